"""Separate environments and backups as `xrunctl env list` shows them: by project, for people."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from xrun.environment.environment import CENTRAL
from xrun.environment.marker import was_interrupted
from xrun.environment.processes import find_commands
from xrun.environment.separate import find_separate, is_sound
from xrun.project.workspace import PYPROJECT
from xrun.report.layout import LEAST
from xrun.report.width import wrap
from xrun.words import count, count_of, render_age, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from xrun.environment.attic.store import Removal
    from xrun.environment.processes import Command
    from xrun.environment.separate import Separate

UNKNOWN = "of no known project"


class _Entry(NamedTuple):
    """What is listed of one environment: when it was used or changed, below which heading, rows."""

    at: float
    project: str
    rows: tuple[str, ...]


def render_listed(
    separate: Mapping[Separate, int],
    attics: Sequence[Sequence[Removal]],
    now: float,
    width: int | None,
) -> Iterator[str]:
    """Render environments by project, what was used or changed last first: a heading, and rows.

    Args:
        separate: Separate environments, each with its size in bytes.
        attics: What is put away, as `list_attics` has it.
        now: The time, in seconds since the epoch.
        width: Of the terminal; `None` where there is none.
    """
    entries = [_list_attic(each, now) for each in attics]
    folders = {each: each.environment.folder for each in separate}
    used = find_commands(folders.values())
    entries += [
        _list_separate(each, size, used[folders[each]], now) for each, size in separate.items()
    ]
    blocks: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.at):
        blocks.setdefault(entry.project, []).extend(entry.rows)
    for project, rows in blocks.items():
        yield render_safe(project)
        for row in rows:
            yield from _wrap(f"  {render_safe(row)}", width)


def _list_attic(removals: Sequence[Removal], now: float) -> _Entry:
    environment = removals[0].environment
    names = count_of(sum(len(each.distributions) for each in removals))
    size = render_size(sum(each.size for each in removals))
    oldest = render_age(removals[-1].at, now)
    gone = "" if os.path.lexists(environment) else "; the environment is gone"
    what = f"{count(len(removals), 'removal')} of {names}"
    separate, project = find_separate(environment), find_project(environment)
    name = environment.name if separate is None else separate.name
    row = f"{name}  backups: {what}, {size}, the oldest {oldest}{gone}"
    heading = UNKNOWN if project is None else _render_project(project)
    return _Entry(removals[0].at, heading, (row,))


def find_project(environment: Path) -> Path | None:
    """Find the project that an environment is of; `None` where nothing says so any more."""
    separate = find_separate(environment)
    if separate is None:
        return environment.parent
    purpose = separate.read_purpose()
    return None if purpose is None else purpose.root


def _list_separate(
    separate: Separate, size: int, commands: Sequence[Command], now: float
) -> _Entry:
    purpose = separate.read_purpose()
    project = _render_project(purpose.root) if purpose else UNKNOWN
    words = "" if purpose is None else " ".join(purpose.words) or "default selection"
    first, used_at = f"{separate.name}  {words}".rstrip(), separate.used_at
    names = render_names([each.render() for each in commands], most=1)
    in_use = f"in use by {names}" if names else ""
    used = f"used {render_age(used_at, now)}"
    parts = (_render_state(separate), render_size(size), used, in_use)
    return _Entry(used_at, project, (first, f"    {', '.join(filter(None, parts))}"))


def _render_project(folder: Path) -> str:
    if folder.name.startswith(CENTRAL):
        return f"{folder}  (uv's, for scripts)"
    gone = "" if os.path.lexists(folder / PYPROJECT) else "  (the project is gone)"
    return f"{folder}{gone}"


def _render_state(separate: Separate) -> str:
    """Render the Python of a separate environment, or why it has none that could be used."""
    environment = separate.environment
    with contextlib.suppress(OSError):
        if is_sound(environment) and not was_interrupted(environment):
            return f"Python {environment.version}"
    return "being changed, or damaged"


def _wrap(row: str, width: int | None) -> list[str]:
    """Wrap a row; what goes on below is indented by four more."""
    if width is None:
        return [row]
    indent = " " * (len(row) - len(row.lstrip()))
    below = f"{indent}    "
    head, gap, rest = row.strip().partition("  ")
    first, *more = wrap(f"{head} {rest}", max(width - len(below), LEAST), breaks=False)
    return [indent + first.replace(f"{head} ", head + gap, 1), *(below + line for line in more)]


def render_size(size: int) -> str:
    """Render a number of bytes in the largest binary unit that fits."""
    for unit, length in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= length:
            return f"{size / length:.1f} {unit}".replace(".0 ", " ")
    return f"{size} B"
