"""Which project uv would find, and the workspace it belongs to.

Follows `VirtualProject::discover` and `find_workspace` of uv 0.12.5: the closest `pyproject.toml`;
from there the next one above decides whether the project is a member of a workspace.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from functools import cached_property
from pathlib import Path

import tomli

from xrun.project.names import canonicalize_name, canonicalize_names
from xrun.project.spelling import list_folder, spell_folder
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

PYPROJECT = "pyproject.toml"
INLINE_METADATA = rb"(?m)^# /// script\r?$"  # the opening line (PEP 723)

LOCAL_SOURCE = r"(?m)^source = \{ (?:editable|directory|virtual|path) = .*\}$"


@dataclass(frozen=True)
class Project:
    """One folder with a `pyproject.toml`.

    Attributes:
        folder: The folder, absolute.
        document: The file's content, decoded; `None` where it is not TOML or cannot be read.
        unread: The text of a file that xrun cannot decode; uv may be able to (leap seconds).
    """

    folder: Path
    document: Mapping[str, object] | None
    unread: str = ""

    def find(self, *keys: str) -> object:
        """Find a value of the file by its dotted name; `None` where it is missing."""
        return follow(self.document, keys)

    def find_table(self, *keys: str) -> Mapping[str, object] | None:
        """Find a table of the file by its dotted name."""
        found = self.find(*keys)
        return found if isinstance(found, dict) else None

    @property
    def file(self) -> Path:
        """The project's `pyproject.toml`."""
        return self.folder / PYPROJECT

    @property
    def is_read(self) -> bool:
        """Whether the file could be read."""
        return self.document is not None

    @cached_property
    def name(self) -> str | None:
        """The project's name, normalised; `None` where it has none."""
        name = self.find("project", "name")
        return canonicalize_name(name) if isinstance(name, str) else None

    @property
    def declares(self) -> bool:
        """Whether there is a `[project]` table or a workspace: something to be exact about."""
        return bool(self.find_table("project") is not None or self.is_workspace_root)

    @property
    def is_workspace_root(self) -> bool:
        """Whether the file says `[tool.uv.workspace]`."""
        return self.find_table("tool", "uv", "workspace") is not None

    @property
    def may_be_workspace_root(self) -> bool:
        """Whether the file says `[tool.uv.workspace]`, or could and cannot be read."""
        return self.is_workspace_root or "workspace" in self.unread

    @property
    def is_managed(self) -> bool:
        """Whether uv manages the project: not with `managed = false` beside a `[project]`."""
        managed = self.find("tool", "uv", "managed")
        return managed is not False or self.find_table("project") is None

    @property
    def dynamic(self) -> frozenset[str]:
        """The fields that the build backend says only when asked (PEP 621 `dynamic`)."""
        fields = self.find("project", "dynamic")
        return frozenset(map(str, fields)) if isinstance(fields, list) else frozenset()

    @cached_property
    def extras(self) -> frozenset[str]:
        """The names of the project's extras, normalised (PEP 685)."""
        return canonicalize_names(self.find_table("project", "optional-dependencies") or ())

    @cached_property
    def groups(self) -> frozenset[str]:
        """The names of the dependency groups, normalised (PEP 735; uv's older `dev` included)."""
        groups = canonicalize_names(self.find_table("dependency-groups") or ())
        legacy = self.find("tool", "uv", "dev-dependencies")
        return groups if legacy is None else groups | {"dev"}

    def read_globs(self, key: str) -> tuple[str, ...]:
        """Read the workspace's `members` or `exclude`, normalised as uv does."""
        patterns = self.find("tool", "uv", "workspace", key)
        if not isinstance(patterns, list):
            return ()
        paths = (os.path.normpath(pattern) for pattern in patterns if isinstance(pattern, str))
        return tuple(path.replace(os.sep, "/") for path in paths)

    def includes(self, folder: Path) -> bool:
        """Whether a folder is a member of the workspace that this project is the root of.

        In `members` a star stays within a folder's name (uv 0.12.15 and newer); in `exclude` it
        does not, as uv matches there without looking at separators.
        """
        relative = os.path.relpath(folder, self.folder).replace(os.sep, "/")
        if any(fnmatch.fnmatchcase(relative, pattern) for pattern in self.read_globs("exclude")):
            return False
        parts = relative.split("/")
        return any(_matches(parts, pattern.split("/")) for pattern in self.read_globs("members"))


def follow(table: object, names: Iterable[str]) -> object:
    """Follow names from table to table; `None` where one is not there."""
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _matches(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether the names of a path match those of a glob; `**` stands for any number of them."""
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_matches(parts[at:], patterns[1:]) for at in range(len(parts) + 1))
    is_match = bool(parts) and fnmatch.fnmatchcase(parts[0], patterns[0])
    return is_match and _matches(parts[1:], patterns[1:])


@dataclass(frozen=True)
class Candidates:
    """What one glob of a workspace comes upon.

    Attributes:
        found: The folders that match, members or not.
        searched: The folders that were listed to find them.
    """

    found: tuple[Path, ...]
    searched: tuple[Path, ...]


def _find_candidates(root: Path, pattern: str) -> Candidates:
    """Find the folders that a glob matches, name by name; hidden ones too, as uv does."""
    import glob  # workspaces are few

    if "**" in pattern:
        found = glob.glob(f"{glob.escape(str(root))}/{pattern}", recursive=True)  # noqa: PTH207
        return Candidates(tuple(Path(os.path.normpath(each)) for each in sorted(found)), ())
    folders, searched = [root], []
    for part in pattern.split("/"):
        if glob.has_magic(part):
            searched += folders
            folders = [
                folder / name
                for folder in folders
                for name in fnmatch.filter(sorted(list_folder(folder)), part)
            ]
        else:
            folders = [Path(os.path.normpath(folder / part)) for folder in folders]
    return Candidates(tuple(folders), tuple(searched))


@dataclass(frozen=True)
class Workspace:
    """The project that a run is for, and the workspace that shares one environment with it.

    Attributes:
        project: The closest project; the workspace root's where the run is for the root.
        root: The project at the workspace root (the same where there is no workspace).
    """

    project: Project
    root: Project

    @property
    def is_at_root(self) -> bool:
        """Whether the run is from the root, not from a member's folder."""
        return self.project.folder == self.root.folder

    @cached_property
    def members(self) -> tuple[Project, ...]:
        """Every project of the workspace, the root first."""
        found = dict.fromkeys(each for candidate in self.candidates for each in candidate.found)
        found.pop(self.root.folder, None)
        folders = [each for each in found if _has_project(each) and self.root.includes(each)]
        members = map(load_project, folders)
        return (self.root, *(member for member in members if member.is_managed))

    @cached_property
    def candidates(self) -> tuple[Candidates, ...]:
        """What each of the workspace's `members` globs comes upon."""
        return tuple(_find_candidates(self.root.folder, each) for each in self.member_patterns)

    def at_member(self, name: str) -> Workspace:
        """The same workspace for a member by its name (`--package`); unchanged if there is none."""
        wanted = canonicalize_name(name)
        chosen = [member for member in self.members if member.name == wanted]
        chosen = chosen or [member for member in self.members if not member.is_read]
        return Workspace(chosen[0], self.root) if chosen else self

    @property
    def member_patterns(self) -> tuple[str, ...]:
        """The `members` globs of the workspace, normalised."""
        return self.root.read_globs("members")


def find_workspace(start: Path) -> Workspace | None:
    """Find the project that uv would discover from a folder, with its workspace.

    Args:
        start: An absolute folder; it need not exist.

    Returns:
        The workspace, of one project where it is no workspace; `None` outside any project.
    """
    found = _find_upwards(start)
    if found is None:
        return None
    folder = spell_folder(Path(os.path.normpath(found)), PYPROJECT)
    project = load_project(folder)
    is_alone = project.is_workspace_root or not project.declares or not project.is_managed
    if project.is_read and is_alone:
        return Workspace(project, project)
    above = _find_upwards(folder.parent) if folder.parent != folder else None
    if above is not None:
        root = load_project(above)
        if root.may_be_workspace_root and (not root.is_read or root.includes(folder)):
            return Workspace(project, root)
    return Workspace(project, project)


def load_project(folder: Path) -> Project:
    """Load a folder's `pyproject.toml`; what is wrong with the file is uv's to tell."""
    try:
        content = (folder / PYPROJECT).read_bytes()
    except OSError:
        return Project(folder, None)
    try:
        text = content.decode().removeprefix("\ufeff")  # uv too passes by a mark
        return Project(folder, tomli.loads(text))
    except (ValueError, RecursionError):  # ValueError: numbers of more digits than Python reads too
        return Project(folder, None, content.decode(errors="replace"))


def _find_upwards(start: Path) -> Path | None:
    folder = str(start)
    while not _has_project(folder):
        below, folder = folder, os.path.dirname(folder)  # noqa: PTH120 - many folders
        if folder == below:
            return None
    return Path(folder)


def _has_project(folder: str | Path) -> bool:
    # Not Path.is_file, which raises for a folder that may not be looked into (Python < 3.14).
    return os.path.isfile(f"{folder}{os.sep}{PYPROJECT}")  # noqa: PTH113


def read_locked_folders(lock: Path) -> tuple[Path, ...]:
    """Read which local folders a lock file builds from: what they say counts like the project's."""
    return _read_sources(lock, {"editable", "directory", "virtual"})


def read_locked_names(lock: Path) -> frozenset[str]:
    """Read which distributions a lock file has; none where it cannot be read."""
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(re.findall(r'^name = "([^"]+)"$', text, re.MULTILINE))


def read_locked_files(lock: Path) -> tuple[Path, ...]:
    """Read which local archives (wheels, source distributions) a lock file installs."""
    return _read_sources(lock, {"path"})


def _read_sources(lock: Path, kinds: Collection[str]) -> tuple[Path, ...]:
    """Read the places of the sources of some kinds, sorted.

    Only names of places are read here, never what is locked; a text search for the lines that are
    then read as TOML keeps a lock file of thousands of lines cheap.
    """
    try:
        text = lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    places: set[str] = set()
    for line in set(re.findall(LOCAL_SOURCE, text)):
        with contextlib.suppress(ValueError):
            source = tomli.loads(line)["source"]
            places |= {place for kind, place in source.items() if kind in kinds}
    return tuple(Path(os.path.normpath(lock.parent / place)) for place in sorted(places))
