"""Which Python files are a project's own: what git knows of, or what a walk comes upon."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from xrun.project.git import find_files
from xrun.project.workspace import PYPROJECT, load_project
from xrun.proxy.dataclass import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.environment.environment import Environment
    from xrun.project.workspace import Workspace

SUFFIXES = (".py", ".pyw")
# What a walk leaves out, beside hidden folders; a project names such to git itself.
LEFT_OUT = frozenset({"__pycache__", "node_modules"})


def list_sources(workspace: Workspace, environment: Environment) -> list[Path]:
    """List the Python files of a project, or of all members of its workspace.

    Args:
        workspace: Its root and its members are searched.
        environment: What lies in it is not the project's own, nor what lies in any other
            environment, nor in a project that is no member.

    Returns:
        Regular files, sorted. Symbolic links are passed over: what they lead to is listed where it
        is, or is not the project's own.
    """
    members = [str(member.folder) for member in workspace.members]  # the root first
    scope = _Scope(
        frozenset(members),
        frozenset(map(str, (environment.folder, *environment.site_packages))),
    )
    found: set[str] = set()
    for member in members:
        # Known is what was come upon below the root; what git ignores there, or what lies below
        # another project, is looked into on its own.
        if member not in scope.known:
            found.update(_list_files(member, scope))
    return sorted(Path(path) for path in found if _is_regular(path))


@dataclass
class _Scope:
    """Which folders are the workspace's own: decided by the closest one that says something.

    Attributes:
        own: The folders of the members.
        foreign: Folders that are not the workspace's own, whatever is in them.
        known: What has been decided.
    """

    own: frozenset[str]
    foreign: frozenset[str]
    known: dict[str, bool] = field(default_factory=dict)

    def includes(self, folder: str) -> bool:
        """Whether the files in a folder are the workspace's own."""
        if folder not in self.known:
            parent = os.path.dirname(folder)  # noqa: PTH120
            self.known[folder] = folder in self.own or (
                folder != parent and not self._is_foreign(folder) and self.includes(parent)
            )
        return self.known[folder]

    def _is_foreign(self, folder: str) -> bool:
        """Whether a folder is an environment, or a project that is no member."""
        if folder in self.foreign or _exists(folder, "pyvenv.cfg"):
            return True
        return _exists(folder, PYPROJECT) and load_project(Path(folder)).declares


def _list_files(folder: str, scope: _Scope) -> Iterator[str]:
    """List what Python files a folder may have; repositories within are asked on their own."""
    listed = find_files(Path(folder))
    if not listed:  # no repository, or one that ignores the folder as a whole
        yield from _walk(folder, scope)
        return
    for name in listed:
        path = os.path.join(folder, name.replace("/", os.sep))  # noqa: PTH118
        if name.endswith("/"):
            inner = path.rstrip(os.sep)
            # A submodule that is not checked out is an empty folder of the outer repository.
            if _exists(inner, ".git") and scope.includes(inner):
                yield from _list_files(inner, scope)
        elif name.endswith(SUFFIXES) and scope.includes(os.path.dirname(path)):  # noqa: PTH120
            yield path


def _walk(top: str, scope: _Scope) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        yield from (f"{folder}{os.sep}{file}" for file in files if file.endswith(SUFFIXES))
        names = [name for name in folders if name not in LEFT_OUT and not name.startswith(".")]
        folders.clear()
        for name in names:
            path = f"{folder}{os.sep}{name}"
            if os.path.islink(path) or not scope.includes(path):  # noqa: PTH114
                continue
            if _exists(path, ".git"):
                yield from _list_files(path, scope)
            else:
                folders.append(name)


def _exists(folder: str, name: str) -> bool:
    return os.path.exists(f"{folder}{os.sep}{name}")  # noqa: PTH110


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
