"""`xrunctl check` of many projects: which there are below a folder, what is said of them all."""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path

from xrun.drift.imports.sources import LEFT_OUT
from xrun.policy.files import render_path
from xrun.project.workspace import PYPROJECT, find_workspace
from xrun.proxy.uv import end_ahead
from xrun.report.describe import render_sync
from xrun.report.progress import show_progress
from xrun.words import count, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xrun.report.json import ProjectResult


def check_projects(
    folder: Path, begin: Callable[[Path], Callable[[], ProjectResult]]
) -> list[ProjectResult]:
    """Check every uv project below a folder, one more at once than there are processors.

    Args:
        folder: Which.
        begin: Begins with a project; what it returns finishes that.

    Returns:
        A result for each, in the order of their paths.
    """
    projects, results = list_projects(folder), []
    try:
        with show_progress("checking projects", is_terminal=sys.stderr.isatty()) as tell:
            for result in _overlap(begin, projects):
                results.append(result)
                tell(len(results), len(projects))
    finally:
        end_ahead()
    return results


def _overlap(
    begin: Callable[[Path], Callable[[], ProjectResult]], projects: Sequence[Path]
) -> Iterator[ProjectResult]:
    """Finish one project after the other, while the next ones have begun."""
    begun: deque[Callable[[], ProjectResult]] = deque()
    for each in projects:
        begun.append(begin(each))
        if len(begun) > (os.cpu_count() or 1):
            yield begun.popleft()()
    while begun:
        yield begun.popleft()()


def list_projects(folder: Path) -> list[Path]:
    """List the uv projects below a folder: a workspace once, by its root.

    A uv project has a `uv.lock`, an environment or a `[tool.uv]` table; other tools have
    `pyproject.toml` too. What is hidden, or lies in an environment, is not looked into.
    """
    found: set[Path] = set()
    for place in _walk(folder):
        workspace = find_workspace(place)
        if workspace is None or not workspace.project.declares:
            continue
        root = workspace.root
        is_uvs = root.find_table("tool", "uv") is not None or any(
            os.path.lexists(root.folder / name) for name in ("uv.lock", ".venv")
        )
        if root.is_managed and workspace.project.is_managed and is_uvs:
            found.add(root.folder)
    return sorted(found)


def _walk(folder: Path) -> Iterator[Path]:
    """Walk to every folder that has a `pyproject.toml`."""
    for place, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in LEFT_OUT
        )
        if PYPROJECT in files:
            yield Path(os.path.abspath(place))  # noqa: PTH100 - not resolved, as uv does


def split_absent(
    results: Sequence[ProjectResult],
) -> tuple[list[ProjectResult], list[ProjectResult]]:
    """Split off the projects that have no environment yet, if they are several."""
    absent = [each for each in results if each.drift is not None and each.drift.is_absent]
    absent = absent if len(absent) > 1 else []
    return absent, [each for each in results if each not in absent]


def render_absent(absent: Sequence[ProjectResult]) -> str:
    """Render which projects have no environment yet, and what makes it."""
    names = render_names([render_path(each.project) for each in absent])
    sync = render_sync(*(each.drift for each in absent if each.drift))
    return f"{len(absent)} projects have no environment yet ({sync} makes it): {names}"


def render_summary(results: Sequence[ProjectResult], where: str) -> str:
    """Render the last line of a check of many projects."""
    if not results:
        return f"no uv project in {render_safe(where)} or below"
    failed = sum(result.error is not None for result in results)
    drifted = sum(result.drift is not None and result.drift.fails_check for result in results)
    parts = [f"{drifted} not as declared"] if drifted else []
    held = sum(result.drift is not None and bool(result.drift.held) for result in results)
    parts += [f"{held} with something held"] if held else []
    parts += [f"{failed} that could not be checked"] if failed else []
    projects = count(len(results), "project")
    verb = "is" if len(results) == 1 else "are"
    return f"{projects}: {', '.join(parts)}" if parts else f"{projects} {verb} exactly as declared"
