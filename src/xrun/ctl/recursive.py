"""Every uv project below a folder: found without asking, checked side by side."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.ctl.explaining import explain_drift
from xrun.ctl.progress import show_progress
from xrun.ctl.target import find_subject
from xrun.errors import XrunError
from xrun.project.workspace import PYPROJECT, find_workspace
from xrun.report.json import ProjectResult
from xrun.run.guard import check_is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = frozenset({"__pycache__", "node_modules"})


def check_projects(folder: Path) -> list[ProjectResult]:
    """Check every uv project below a folder, as many at once as there are processors.

    The network is left alone where there is a lock file.

    Returns:
        A result for each, in the order of their paths.
    """
    projects = list_projects(folder)
    results: dict[Path, ProjectResult] = {}
    with (
        show_progress("projects checked", is_terminal=sys.stderr.isatty()) as tell,
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        waiting = [pool.submit(_check, project) for project in projects]
        for done in as_completed(waiting):
            result = done.result()
            results[result.project] = result
            tell(len(results), len(projects))
    return [results[project] for project in projects]


def list_projects(folder: Path) -> list[Path]:
    """List the uv projects below a folder: a workspace once, by its root.

    A uv project has a `uv.lock`, an environment or a `[tool.uv]` table; other tools have
    `pyproject.toml` too. What is hidden, or lies in an environment, is not looked into.
    """
    found: dict[Path, None] = {}
    for place in _walk(folder):
        workspace = find_workspace(place)
        if workspace is None or not workspace.project.declares:
            continue
        root = workspace.root
        is_uvs = root.find_table("tool", "uv") is not None or any(
            os.path.lexists(root.folder / name) for name in ("uv.lock", ".venv")
        )
        if root.is_managed and workspace.project.is_managed and is_uvs:
            found[root.folder] = None
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


def _check(project: Path) -> ProjectResult:
    try:
        subject = find_subject(str(project), remembers=False, is_offline=True)
        check_is_whole(subject.environment, subject.policy.keep)
        explained = explain_drift(subject, is_alone=False)
    except (XrunError, OSError) as problem:
        error = problem if isinstance(problem, XrunError) else XrunError(str(problem))
        return ProjectResult(project, None, error, "")
    uv = ".".join(map(str, subject.facts.version))
    return ProjectResult(project, explained.drift, None, uv, explained.advise)
