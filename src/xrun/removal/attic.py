"""The attic: the files of removed distributions, by hardlink where that works, else by copy.

One folder for each removal, below one for each environment: `files/` with the files at the paths
that they had in the environment, and `removal.json`. It lies in xrun's state folder or, where that
is another file system, in the environment itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import platformdirs

from xrun.errors import XrunError
from xrun.state import resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xrun.environment import Distribution, Environment

FORMAT_VERSION = 1
MANIFEST = "removal.json"
# The oldest removals of an environment go beyond either.
MOST_DAYS = 30
MOST_BYTES = 2**30


class AtticError(XrunError):
    """What is about to be removed cannot be put away, so it must not be removed."""


@dataclass(frozen=True)
class Stowed:
    """A distribution in the attic: its name, its version and its files, as in the environment."""

    name: str
    version: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Removal:
    """One removal in the attic.

    Attributes:
        folder: Where it lies.
        at: When it was made, in seconds since the epoch.
        size: The bytes of all files; with hardlinks the disk holds them once.
        distributions: What was removed, by name.
    """

    folder: Path
    at: float
    size: int
    distributions: tuple[Stowed, ...]


def stow(environment: Environment, names: Iterable[str]) -> Removal | None:
    """Put the files of distributions away, before they are removed.

    Args:
        environment: Where they are installed; nothing in it is changed.
        names: Normalised; what is not installed is passed over.

    Returns:
        The removal; `None` if there was nothing to put away.

    Raises:
        AtticError: Not all of it could be put away; nothing is left behind.
    """
    chosen = [
        environment.distributions[name] for name in names if name in environment.distributions
    ]
    found = {each: list_files(environment, each) for each in sorted(chosen, key=lambda e: e.name)}
    found = {each: files for each, files in found.items() if files}  # without RECORD none go
    if not found:
        return None
    now = time.time()
    draft = find_attic(environment) / f".{time.time_ns()}"
    try:
        size = sum(
            _put(environment.folder, draft / "files", file) for file in _join(found.values())
        )
        stowed = tuple(Stowed(each.name, each.version, files) for each, files in found.items())
        removal = Removal(draft.with_name(draft.name[1:]), now, size, stowed)
        (draft / MANIFEST).write_text(_render(removal, environment), encoding="utf-8")
        draft.rename(removal.folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise AtticError(f"what would go cannot be put away: {error}") from error
    _write_journal(removal, environment)
    _drop_old(environment, keep=removal)
    return removal


def is_untouched(removal: Removal, environment: Environment) -> bool:
    """Whether every file of a removal is still in the environment: it was not made after all."""
    files = (file for each in removal.distributions for file in each.files)
    return all(os.path.lexists(environment.folder / file) for file in files)


def discard(removal: Removal) -> None:
    """Take a removal out of the attic that was not made after all."""
    shutil.rmtree(removal.folder, ignore_errors=True)


def find_attic(environment: Environment) -> Path:
    """Find the folder of an environment's removals, there or not."""
    state = platformdirs.user_state_path("xrun", appauthor=False)
    own = state / "attic" / resolve_name(str(environment.folder.resolve()))
    return own if _device(state) == _device(environment.folder) else environment.folder / ".xrun"


def _device(path: Path) -> int:
    """The file system that a path is, or would be, on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.stat().st_dev


def list_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """List a distribution's files that are there, as paths in the environment.

    What RECORD names outside of the environment is not its to take.
    """
    base = distribution.folder.parent
    paths = {os.path.normpath(base / file) for file in distribution.read_files()}
    inside = (os.path.relpath(path, environment.folder) for path in paths if os.path.lexists(path))
    return tuple(sorted(path for path in inside if not path.startswith(os.pardir)))


def _join(groups: Iterable[tuple[str, ...]]) -> list[str]:
    """All files once: two distributions may list the same one."""
    return list(dict.fromkeys(file for group in groups for file in group))


def _put(source: Path, target: Path, file: str) -> int:
    """Put one file away; return its size in bytes."""
    link_or_copy(source / file, target / file)
    return (source / file).lstat().st_size


def link_or_copy(source: Path, target: Path) -> None:
    """Make a file available at another path: a hardlink, else a copy with its times and mode.

    Raises:
        OSError: Neither could be made; FileExistsError if something is there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        raise FileExistsError(17, "File exists", str(target))
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def list_removals(environment: Environment) -> list[Removal]:
    """List what the attic has of an environment, the newest first; damaged ones are passed over."""
    folders = sorted(find_attic(environment).glob("[0-9]*"), reverse=True)
    return [removal for folder in folders if (removal := _load(folder)) is not None]


def _load(folder: Path) -> Removal | None:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if document["version"] != FORMAT_VERSION:
            return None
        stowed = tuple(
            Stowed(each["name"], each["version"], tuple(each["files"]))
            for each in document["distributions"]
        )
        return Removal(folder, float(document["at"]), int(document["size"]), stowed)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _render(removal: Removal, environment: Environment) -> str:
    document = {
        "at": removal.at,
        "distributions": [asdict(each) for each in removal.distributions],
        "environment": str(environment.folder),
        "size": removal.size,
        "version": FORMAT_VERSION,
    }
    return json.dumps(document, sort_keys=True)


def _write_journal(removal: Removal, environment: Environment) -> None:
    """Add a line to the journal, which outlives the attic: what went, when, from where."""
    names = {each.name: each.version for each in removal.distributions}
    line = {"at": removal.at, "environment": str(environment.folder), "removed": names}
    journal = platformdirs.user_state_path("xrun", appauthor=False) / "journal.jsonl"
    with contextlib.suppress(OSError):
        journal.parent.mkdir(parents=True, exist_ok=True)
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")


def _drop_old(environment: Environment, *, keep: Removal) -> None:
    """Drop what is too old, and the oldest of what is too much; never the one just made."""
    total = 0
    for removal in list_removals(environment):
        total += removal.size
        is_old = keep.at - removal.at > MOST_DAYS * 86400
        if removal.folder != keep.folder and (is_old or total > MOST_BYTES):
            shutil.rmtree(removal.folder, ignore_errors=True)
