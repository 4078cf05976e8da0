"""What `xrunctl env` says: separate environments and the attic by project, and what was removed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.ctl.messages import render_attic, render_bounds, render_size
from xrun.environment.expired import GONE, MOST_DAYS
from xrun.environment.processes import list_commands
from xrun.environment.separate import find_folder
from xrun.environment.space import measure
from xrun.project.workspace import PYPROJECT
from xrun.report.notices import PREFIX
from xrun.report.width import wrap
from xrun.words import render_age, render_names, render_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xrun.ctl.attics import Attic
    from xrun.environment.separate import Separate

UNKNOWN = "of no known project"
BUCKET = "environments-v"  # where in its cache uv keeps the environments of scripts
LEAST = 20  # columns that a line has at least


def render_listed(
    separate: Sequence[Separate], attics: Sequence[Attic], now: float, width: int | None
) -> Iterator[str]:
    """Render environments by project, what was used or changed last first: a heading, and rows.

    Args:
        separate: Separate environments.
        attics: What is put away.
        now: The time, in seconds since the epoch.
        width: Of the terminal; `None` where there is none.
    """
    entries = [_list_attic(each, now) for each in attics]
    entries += [_list_separate(each, now) for each in separate]
    blocks: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.at):
        blocks.setdefault(entry.project, []).extend(entry.rows)
    for project, rows in blocks.items():
        yield render_safe(project)
        for row in rows:
            yield from _wrap(f"  {render_safe(row)}", width)


@dataclass(frozen=True)
class Entry:
    """What is listed of one environment.

    Attributes:
        at: When it was used last, or something was removed from it.
        project: The heading that it stands below.
        rows: What it is.
    """

    at: float
    project: str
    rows: tuple[str, ...]


def _list_attic(attic: Attic, now: float) -> Entry:
    text = f"{attic.environment.name}  in the attic: {render_attic(attic, now)}"
    return Entry(attic.removals[0].at, _render_project(attic.environment.parent), (text,))


def _list_separate(separate: Separate, now: float) -> Entry:
    purpose = separate.read_purpose()
    project = _render_project(purpose.root) if purpose else UNKNOWN
    words = "" if purpose is None else " ".join(purpose.words) or "default selection"
    first = f"{separate.name}  {words}".rstrip()
    return Entry(separate.used_at, project, (first, f"    {_describe(separate, now)}"))


def _render_project(folder: Path) -> str:
    if folder.name.startswith(BUCKET):
        return f"{folder}  (uv's, for scripts)"
    gone = "" if os.path.lexists(folder / PYPROJECT) else "  (the project is gone)"
    return f"{folder}{gone}"


def _describe(separate: Separate, now: float) -> str:
    """Describe a separate environment: its Python, its size, when it was used, by whom it is."""
    environment = separate.environment
    used = f"used {render_age(separate.used_at, now)}"
    try:
        is_whole = separate.is_whole and environment.exists
        python = environment.markers["python_full_version"] if is_whole else ""
    except OSError:
        is_whole, python = False, ""
    state = f"Python {python}" if is_whole else "being changed, or damaged"
    commands = render_names([each.render() for each in list_commands(environment.folder)], most=1)
    in_use = f"in use by {commands}" if commands else ""
    parts = (state, render_size(measure(separate.folder)), used, in_use)
    return ", ".join(part for part in parts if part)


def _wrap(row: str, width: int | None) -> list[str]:
    """Wrap a row; what goes on below is indented by four more."""
    if width is None:
        return [row]
    indent = " " * (len(row) - len(row.lstrip()))
    below = f"{indent}    "
    head, gap, rest = row.strip().partition("  ")
    first, *more = wrap(f"{head} {rest}", max(width - len(below), LEAST), breaks=False)
    return [indent + first.replace(f"{head} ", head + gap, 1), *(below + line for line in more)]


def render_totals(count: int, size: int, *, has_attic: bool) -> Iterator[str]:
    """Render the last lines of a list: how much it is together."""
    if count:
        what = "1 separate environment" if count == 1 else f"{count} separate environments"
        yield f"{what}, {render_size(size)} less what is linked from uv's cache."
    if has_attic:
        yield render_bounds()
    if not count and not has_attic:
        yield "No separate environment, and nothing in the attic."


def render_removed(separate: Separate, reason: str) -> str:
    """Render that a separate environment was removed, and why if nobody named it."""
    why = f": {reason}" if reason else ""
    return render_safe(f"{PREFIX}removed {separate.name}{why}")


def render_left(separate: Separate, state: str) -> str:
    """Render why a separate environment was not removed."""
    return render_safe(f"{PREFIX}not removed: {separate.name}: {state}")


def render_nothing(count: int) -> str:
    """Render that there is nothing to remove, of so many separate environments."""
    if not count:
        return f"{PREFIX}there is no separate environment"
    return (
        f"{PREFIX}nothing to remove: all are of projects that are there, and were used in the last "
        f"{MOST_DAYS} days"
    )


def render_pruned(count: int, size: int, *, is_deleted: bool) -> Iterator[str]:
    """Render how much was removed.

    Args:
        count: How many environments.
        size: Their bytes.
        is_deleted: Whether all files of what was removed could be deleted.
    """
    if count:
        what = "1 separate environment" if count == 1 else f"{count} separate environments"
        yield f"{PREFIX}removed {what}, {render_size(size)}"
    if not is_deleted:
        told = f"not all files could be deleted: {find_folder()}{os.sep}{GONE}…"
        yield render_safe(PREFIX + told)
