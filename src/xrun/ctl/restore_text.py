"""What `xrunctl restore` says: which removals there are, what came back, and how it stays."""

from __future__ import annotations

from xrun.ctl.output import render_entry
from xrun.policy.files import LOCAL_FILE
from xrun.words import count_of, render_age, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.environment.attic.restore import Restored
    from xrun.environment.attic.store import Removal, Removed
    from xrun.policy.keep import Keep

MOST_LISTED = 10  # removals
MOST_GONE = 10  # names of what one of them took
MOST_CURES = 3


def render_list(
    numbered: Sequence[tuple[str, Removal]], now: float, width: int | None, *, is_all: bool = False
) -> Iterator[str]:
    """Render removals: the number, when, by which command, and what went.

    Args:
        numbered: Each with its number; with none if only the journal knows it.
        now: The time, in seconds since the epoch.
        width: Of the terminal; `None` where there is none.
        is_all: Whether all that went is named, not the first ones.
    """
    for number, each in numbered[:MOST_LISTED]:
        most = len(each.distributions) if is_all else MOST_GONE
        dropped = "; no backup is left" if number == "-" else ""
        names = render_names([*map(render_gone, each.distributions)], most=most)
        parts = [render_made(each, now) + dropped, names]
        if len(each.distributions) > most and dropped == "":
            parts.append(f"`xrunctl restore --list --at {number}` names all")
        parts = parts if width is not None else ["  ".join(parts)]
        for at, part in enumerate(parts):
            yield from render_entry("     " if at else f"{number:>3}  ", part, width)
    if len(numbered) > MOST_LISTED:
        more = f"and {len(numbered) - MOST_LISTED} before; `xrunctl restore --list NAME` finds one"
        yield from render_entry("  ", more, width)


def render_made(removal: Removal, now: float) -> str:
    """Render when a removal was made, and by which command."""
    by = f" by `{removal.command}`" if removal.command else ""
    return render_safe(f"{render_age(removal.at, now)}{by}")


def render_gone(each: Removed) -> str:
    """Render what went: name and version, and what came instead."""
    instead = f" (replaced by {each.replaced_by})" if each.replaced_by else ""
    if each.replaced_by == each.version:
        instead = " (replaced by the same from another source or build)"
    return render_safe(f"{each.name} {each.version}{instead}")


def list_restored(chosen: Sequence[Removed], restored: Restored, where: str) -> Iterator[str]:
    """List what is said of what came back; of what was chosen, the rest was there already."""
    names = list(dict.fromkeys(each.name for each in restored.back))
    present = [name for name in dict.fromkeys(each.name for each in chosen) if name not in names]
    if names:
        yield f"brought back {count_of(len(names))} to {where}: {render_names(names)}"
    if present:
        verb = "is" if len(present) == 1 else "are"
        yield f"{render_names(present)} {verb} in {where} already"
    if restored.sharers:
        yield f"files shared with {render_names(restored.sharers)} are now those that came back"


def list_kept(
    kept: Sequence[Keep], overruled: Sequence[Keep], cures: Sequence[str]
) -> Iterator[str]:
    """List how what came back stays, and what would make it part of the project."""
    if kept:
        entries = [f"{each.requirement}" if each.holds else each.requirement.name for each in kept]
        names = render_names(entries, most=MOST_GONE)
        yield f"kept from now on, on this machine: {names} ({LOCAL_FILE})"
    for each in overruled:
        until = f"until {each.until}" if each.until else ""
        remark = ", ".join(filter(None, (each.reason, until)))
        entry = f"{each.requirement}" + (f" ({remark})" if remark else "")
        yield f"`{entry}` in {LOCAL_FILE} did not hold for that, and was replaced"
    if cures:
        shown = ", ".join(f"`{cure}`" for cure in cures[:MOST_CURES])
        more = " and so on" if len(cures) > MOST_CURES else ""
        yield f"to declare {'it' if len(kept) == 1 else 'them'} instead: {shown}{more}"
