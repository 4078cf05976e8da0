"""What the verbs of `xrunctl` say beside what a run says."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

from xrun.drift.finding import Kind
from xrun.environment.attic.stow import MOST_BYTES, MOST_DAYS
from xrun.policy.files import LOCAL_FILE
from xrun.project.names import canonicalize_name
from xrun.report.notices import PREFIX
from xrun.report.width import shorten
from xrun.words import render_age, render_names, render_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xrun.ctl.attics import Attic
    from xrun.ctl.init_callers import Caller
    from xrun.ctl.init_template import Shape
    from xrun.drift.finding import Drift
    from xrun.environment.attic.journal import Entry, Gone
    from xrun.environment.attic.store import Removal, Stowed
    from xrun.policy.keep import Keep
    from xrun.report.json import ProjectResult


LIST_WIDTH = 78  # of the names in a list of removals
MOST_CURES = 3
MOST_CALLERS = 10
MOST_COLUMNS = 200  # of a line from a file, where no terminal says how wide it is


def render_check(drift: Drift) -> tuple[str, list[str]]:
    """Render the first line of a check, and the last ones: what settles most of it."""
    name = render_safe(drift.environment.name)
    if drift.is_clean:
        return f"{name} is exactly as declared", []
    kinds = list(dict.fromkeys(finding.kind for finding in drift.findings))
    counts = [f"{len(drift.of(kind))} {_render_kind(kind, drift)}" for kind in kinds]
    if drift.is_replaced:
        counts.append("a sync builds it anew, for another Python")
    is_seen_by_uv = drift.is_replaced or any(kind.is_seen_by_uv for kind in kinds)
    sync = "`uv lock && xrunctl sync`" if Kind.STALE_LOCK in kinds else "`xrunctl sync`"
    cure = [f"{sync} makes {name} exact"] if is_seen_by_uv else []
    if drift.is_replaced and drift.kept:
        cure = ["a sync would lose what is kept, and is refused: choose the Python that is there"]
    state = "not" if drift.fails_check else "exactly"
    return f"{name} is {state} as declared: {', '.join(counts)}", cure


def _render_kind(kind: Kind, drift: Drift) -> str:
    """Render the word for a kind; who counts the imported has counted most of them already."""
    undeclared = {each.name for each in drift.of(Kind.UNDECLARED)}
    is_counted = all(each.name in undeclared for each in drift.of(kind))
    return "of them imported" if kind is Kind.IMPORTED and is_counted else kind.word


def render_synced(drift: Drift) -> list[str]:
    """Render the last line of a sync."""
    name = render_safe(drift.environment.name)
    return [f"{PREFIX}{name} is {'exactly' if drift.is_clean else 'now exactly'} as declared"]


def render_removal(number: int, removal: Removal, now: float) -> str:
    """Render a removal in the attic as a row of a list."""
    return _render_row(str(number), removal.at, now, map(render_gone, removal.distributions))


def render_lost(entry: Entry, now: float) -> str:
    """Render a removal that only the journal knows of, as a row of the same list."""
    names = list(map(render_gone, entry.removed))
    names[-1] += " (no longer in the attic)"
    return _render_row("-", entry.at, now, names)


def _render_row(number: str, at: float, now: float, names: Iterable[str]) -> str:
    """Render a row of the list: as many lines as the names need in a terminal of usual width."""
    lines = textwrap.wrap(", ".join(names), LIST_WIDTH, break_on_hyphens=False)
    first = f"{number:>3}  {render_age(at, now):15}  {lines[0]}"
    return "\n".join([first, *(" " * 22 + line for line in lines[1:])])


def render_gone(each: Stowed | Gone) -> str:
    """Render what went: name and version, and what came instead."""
    instead = f" (replaced by {each.replaced_by})" if each.replaced_by else ""
    if each.replaced_by == each.version:
        instead = " (replaced by the same from another source or build)"
    return render_safe(f"{each.name} {each.version}{instead}")


def render_restored(chosen: Sequence[Stowed], back: Sequence[Stowed], where: str) -> list[str]:
    """Render what came back; of what was asked for, the rest was there already."""
    names = list(dict.fromkeys(each.name for each in back))
    there = [name for name in dict.fromkeys(each.name for each in chosen) if name not in names]
    lines = []
    if names:
        count = "1 distribution" if len(names) == 1 else f"{len(names)} distributions"
        lines.append(f"brought back {count} to {render_safe(where)}: {render_names(names)}")
    if there:
        verb = "is" if len(there) == 1 else "are"
        lines.append(f"{render_names(there)} {verb} in {render_safe(where)} already")
    return [PREFIX + line for line in lines]


def render_keeping(
    kept: Sequence[Keep], overruled: Sequence[Keep], cures: Sequence[str]
) -> list[str]:
    """Render how what came back stays, and what would make it part of the project."""
    lines = []
    if kept:
        names = [each.requirement.name for each in kept]
        lines.append(
            f"kept from now on, on this machine: {render_names(names, most=len(kept))} "
            f"({LOCAL_FILE})"
        )
    for each in overruled:
        until = f"until {each.until}" if each.until else ""
        told = ", ".join(part for part in (each.reason, until) if part)
        entry = f"{each.requirement}" + (f" ({told})" if told else "")
        lines.append(
            f"`{render_safe(entry)}` in {LOCAL_FILE} did not hold for that, and was replaced"
        )
    if cures:
        shown = ", ".join(f"`{render_safe(cure)}`" for cure in cures[:MOST_CURES])
        more = " and so on" if len(cures) > MOST_CURES else ""
        them = "it" if len(kept) == 1 else "them"
        lines.append(f"to have {them} without that: {shown}{more}")
    return [PREFIX + line for line in lines]


def render_kept_by_hand(
    changed: Sequence[str], unmet: Sequence[tuple[Keep, str]], file: str, where: str
) -> list[str]:
    """Render what `xrunctl keep` wrote, and what of it keeps nothing as yet.

    Args:
        changed: The names whose entries are new or changed, normalised.
        unmet: Entries that keep nothing, each with the version that is installed, if one is.
        file: The policy.
        where: The environment.
    """
    file, where = render_safe(file), render_safe(where)
    idle = {canonicalize_name(entry.requirement.name) for entry, version in unmet if version}
    held = [name for name in changed if name not in idle]
    lines = [f"kept from now on: {render_names(held)} ({file})"] if held else []
    lines += [] if changed else [f"nothing to change: {file} keeps that already"]
    for entry, version in unmet:
        name = entry.requirement.name
        if version:
            there = f"{name} {version}, which is in {where}"
            lines.append(render_safe(f"`{entry.requirement}` is in {file}, but not for {there}"))
    absent = [entry.requirement.name for entry, version in unmet if not version]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        lines.append(f"{render_names(absent)} {verb} not installed in {where} as yet")
    return [PREFIX + line for line in lines]


def render_selected(chosen: Mapping[str, str]) -> list[str]:
    """Render what `xrunctl select` wrote."""
    told = "; ".join(f"{key}: {render_safe(value)}" for key, value in chosen.items())
    return [f"{PREFIX}selected on this machine ({LOCAL_FILE}): {told}"]


def render_written(file: str, *, is_at_root: bool, is_done: bool) -> list[str]:
    """Render the line above a policy that `xrunctl init` wrote."""
    where = "" if is_at_root else " at the workspace root, for every member"
    return [f"{'wrote' if is_done else 'would write'} {render_safe(file)}{where}:"]


def render_excluded(name: str, file: str, *, is_done: bool, is_asked: bool) -> list[str]:
    """Render that git ignores the local policy from now on, or why it does not."""
    if not is_done:
        return [f"git does not ignore {name}: {render_safe(file)} cannot be written"]
    verb = "would ignore" if is_asked else "ignores"
    return [f"git {verb} {name}, the policy of one machine ({render_safe(file)})"]


def render_left_out(shape: Shape, *, is_workspace: bool, has_ignored_lock: bool) -> list[str]:
    """Render what a policy has not, although other projects' have it, and why."""
    lines: list[str] = []
    if not shape.has_lock:
        why = "git ignores uv.lock" if has_ignored_lock else "there is no uv.lock"
        lines.append(f'left out: the rule lock = "locked" for CI, for {why}')
    if is_workspace and not shape.has_members:
        lines.append('left out: packages = "all", for members conflict ([tool.uv] conflicts)')
    return lines


def render_callers(callers: Sequence[Caller], width: int | None) -> list[str]:
    """Render the lines that call `uv run`, each cut to the width of a terminal."""
    shown, rest = callers[:MOST_CALLERS], callers[MOST_CALLERS:]
    lines = [f"  {each.file}:{each.line}: {each.text}" for each in shown]
    if rest:
        files = list(dict.fromkeys(each.file for each in rest))
        lines.append(f"  and {len(rest)} more in {render_names(files, most=3)}")
    head = "these lines call `uv run`, which does not read xrun.toml; none was changed:"
    return [head, *(shorten(render_safe(line), width or MOST_COLUMNS) for line in lines)]


def render_going_on(program: str, *, has_offers: bool) -> list[str]:
    """Render what to do next."""
    first = "take the # from what belongs to .venv, then go on" if has_offers else "go on"
    return [f"{first} with `xrun {program}`", "`xrunctl check` says how .venv differs from that"]


def render_attic(attic: Attic, now: float) -> str:
    """Render what is put away of one environment: a row of `xrunctl env list`."""
    count = len(attic.removals)
    names = sum(len(removal.distributions) for removal in attic.removals)
    oldest = render_age(attic.removals[-1].at, now)
    gone = "" if os.path.lexists(attic.environment) else "; the environment is gone"
    return (
        f"{count} removal{'s' if count > 1 else ''} of {names} "
        f"distribution{'s' if names > 1 else ''}, {render_size(attic.size)}, the oldest {oldest}"
        f"{gone}"
    )


def render_bounds() -> str:
    """Render what the attic keeps at most."""
    return (
        f"The attic keeps {MOST_DAYS} days, at most {render_size(MOST_BYTES)} an environment "
        "(hardlinks count in full, and take no room while the file is elsewhere too)."
    )


def render_size(size: int) -> str:
    """Render a number of bytes in the largest binary unit that fits."""
    for unit, length in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= length:
            return f"{size / length:.1f} {unit}".replace(".0 ", " ")
    return f"{size} B"


def render_summary(results: Sequence[ProjectResult], where: str) -> str:
    """Render the last line of a check of many projects."""
    if not results:
        return f"no uv project in {render_safe(where)} or below"
    failed = sum(result.error is not None for result in results)
    drifted = sum(result.drift is not None and result.drift.fails_check for result in results)
    parts = [f"{drifted} not as declared"] if drifted else []
    parts += [f"{failed} that could not be checked"] if failed else []
    count = f"{len(results)} project{'s' if len(results) > 1 else ''}"
    verb = "is" if len(results) == 1 else "are"
    return f"{count}: {', '.join(parts)}" if parts else f"{count} {verb} exactly as declared"
