"""The policy's files: where each layer's is looked for, and how it is read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import platformdirs
import tomli

from xrun.policy.keys import Layer
from xrun.policy.mismatch import Wrong
from xrun.policy.parse import Problem
from xrun.workspace import PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.workspace import Project, Workspace

POLICY_FILE = "xrun.toml"
LOCAL_FILE = "xrun.local.toml"


@dataclass(frozen=True)
class PolicyFile:
    """A policy file that is there: its layer, its path and its decoded table."""

    layer: Layer
    path: Path
    table: Mapping[str, object]


@dataclass(frozen=True)
class Found:
    """The result of looking for policies.

    Attributes:
        files: The files that are there and could be read, weakest first.
        places: Every path that was looked at, there or not: a policy may appear.
        problems: What is wrong with files as files.
    """

    files: tuple[PolicyFile, ...]
    places: tuple[Path, ...]
    problems: tuple[Problem, ...]


def find_policy_files(workspace: Workspace | None, folder: Path) -> Found:
    """Find the policy files that count.

    Args:
        workspace: The project that the run is for, if there is one.
        folder: The current folder; its `xrun.toml` counts outside any project.
    """
    files: list[PolicyFile] = []
    problems: list[Problem] = []
    user = platformdirs.user_config_path("xrun", appauthor=False)
    places = [user / POLICY_FILE]
    _add_file(Layer.USER, places[0], files, problems)
    if workspace is None:
        places.append(folder / POLICY_FILE)
        _add_file(Layer.WORKSPACE, places[-1], files, problems)
    else:
        projects = {Layer.WORKSPACE: workspace.root}
        if not workspace.is_at_root:
            projects[Layer.PROJECT] = workspace.project
        for layer, project in projects.items():
            places += [project.folder / POLICY_FILE, project.file]
            _add_project(layer, project, files, problems)
        places.append(workspace.root.folder / LOCAL_FILE)
        _add_file(Layer.LOCAL, places[-1], files, problems)
    return Found(tuple(files), tuple(places), tuple(problems))


def _add_project(
    layer: Layer, project: Project, files: list[PolicyFile], problems: list[Problem]
) -> None:
    """Add a folder's policy: `xrun.toml` or `[tool.xrun]`, never both."""
    table = project.find_table("tool", "xrun")
    beside = project.folder / POLICY_FILE
    if table is None:
        tool = project.find_table("tool")
        if tool is not None and "xrun" in tool:
            problems.append(Problem(render_path(project.file), "tool.xrun", "expected a table"))
        _add_file(layer, beside, files, problems)
    elif os.path.lexists(beside):
        problems.append(
            Problem(
                render_path(beside),
                "",
                f"{PYPROJECT} beside it has [tool.xrun] too; keep the policy in one of them",
            )
        )
    else:
        files.append(PolicyFile(layer, project.file, table))


def _add_file(layer: Layer, path: Path, files: list[PolicyFile], problems: list[Problem]) -> None:
    """Add a policy file if it is there."""
    if not os.path.lexists(path):
        return
    try:
        files.append(PolicyFile(layer, path, load_text(path)[1]))
    except Wrong as wrong:
        problems += [Problem(render_path(path), *problem) for problem in wrong.problems]


def load_text(path: Path) -> tuple[str, Mapping[str, object]]:
    """Load a TOML file: its text as it stands, line ends included, and its decoded table.

    Raises:
        Wrong: It cannot be read, or is not TOML.
    """
    place = ""
    try:
        content = path.read_bytes()
        if not content.startswith(b"\xef\xbb\xbf"):
            text = content.decode("utf-8")
            return text, tomli.loads(text)
        message = "starts with a byte order mark; save it as UTF-8 without one"
    except IsADirectoryError:
        message = "expected a file, found a folder"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except RecursionError:
        message = "nested too deeply"
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start})"
    except tomli.TOMLDecodeError as error:
        place, message = f"line {error.lineno}, column {error.colno}", error.msg
    raise Wrong([(place, message)])


def render_path(path: Path) -> str:
    """Render a path as it is shortest to read: relative where it lies below the current folder."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; the current folder is gone
        return str(path)
    return str(path) if relative.startswith(os.pardir + os.sep) else relative
