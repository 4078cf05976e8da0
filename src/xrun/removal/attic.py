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
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from xrun.errors import XrunError
from xrun.removal.files import link_or_copy, list_files
from xrun.state import resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xrun.environment import Environment

FORMAT_VERSION = 1
MANIFEST = "removal.json"
OWN_FOLDER = ".xrun"
# The oldest removals of an environment go beyond either.
MOST_DAYS = 30
MOST_BYTES = 2**30


class AtticError(XrunError):
    """What is about to be removed cannot be put away, so it must not be removed."""


@dataclass(frozen=True)
class Stowed:
    """A distribution in the attic.

    Attributes:
        name: Normalised.
        version: The version that went.
        files: The paths of its files, as in the environment.
        replaced_by: The version that came instead; `None` where it was removed.
    """

    name: str
    version: str
    files: tuple[str, ...]
    replaced_by: str | None = None


@dataclass(frozen=True)
class Removal:
    """One removal in the attic.

    Attributes:
        folder: Where it lies.
        environment: The folder of the environment that it was made from.
        at: When it was made, in seconds since the epoch.
        size: The bytes of all files; with hardlinks the disk holds them once.
        distributions: What was removed or replaced, by name.
    """

    folder: Path
    environment: Path
    at: float
    size: int
    distributions: tuple[Stowed, ...]

    @property
    def removed(self) -> tuple[Stowed, ...]:
        """What was removed, not replaced."""
        return tuple(each for each in self.distributions if each.replaced_by is None)


def stow(environment: Environment, going: Mapping[str, str | None]) -> Removal | None:
    """Put the files of distributions away, before they are removed or replaced.

    Args:
        environment: Where they are installed; nothing in it is changed.
        going: Names, normalised, with the version that comes instead, if one does.

    Returns:
        The removal; `None` if there was nothing to put away.

    Raises:
        AtticError: Not all of it could be put away, or one is installed in a form that has no list
            of its files (`.egg-info`, `.egg-link`); nothing is left behind.
    """
    unknown = [name for name in going if name not in environment.distributions]
    if unknown:
        raise AtticError(
            f"what would go cannot be put away: {', '.join(sorted(unknown))}, installed in an old "
            "form that lists no files; remove it by hand (`uv pip uninstall`)"
        )
    chosen = [environment.distributions[name] for name in going]
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
        stowed = tuple(
            Stowed(each.name, each.version, files, going[each.name])
            for each, files in found.items()
        )
        removal = Removal(draft.with_name(draft.name[1:]), environment.folder, now, size, stowed)
        (draft / MANIFEST).write_text(_render(removal), encoding="utf-8")
        draft.rename(removal.folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise AtticError(f"what would go cannot be put away: {error}") from error
    _drop_old(environment, keep=removal)
    return removal


def is_untouched(removal: Removal, environment: Environment) -> bool:
    """Whether every file of a removal is still in the environment: it was not made after all."""
    files = (file for each in removal.distributions for file in each.files)
    return all(os.path.lexists(environment.folder / file) for file in files)


def sweep(removal: Removal, environment: Environment) -> None:
    """Sweep away the ghosts of what went: files in a `.dist-info` folder that no RECORD listed.

    uv leaves them, and from then on takes the folder for an installed distribution that it can
    neither read nor remove (0.5.31 to 0.13.9). They are in the attic.
    """
    for each in removal.distributions:
        info = {file for file in each.files if f"{each.version}.dist-info/" in file}
        if any(file.endswith("/METADATA") and not _is_there(environment, file) for file in info):
            for path in (environment.folder / file for file in info):
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # not empty: others' files, or not its last
                    path.parent.rmdir()


def _is_there(environment: Environment, file: str) -> bool:
    return os.path.lexists(environment.folder / file)


def discard(removal: Removal) -> None:
    """Take a removal out of the attic that was not made after all."""
    shutil.rmtree(removal.folder, ignore_errors=True)


def find_attic(environment: Environment) -> Path:
    """Find the folder of an environment's removals, there or not."""
    state = platformdirs.user_state_path("xrun", appauthor=False)
    own = state / "attic" / resolve_name(str(environment.folder.resolve()))
    return own if _device(state) == _device(environment.folder) else environment.folder / OWN_FOLDER


def _device(path: Path) -> int:
    """The file system that a path is, or would be, on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.stat().st_dev


def _join(groups: Iterable[tuple[str, ...]]) -> list[str]:
    """All files once: two distributions may list the same one."""
    return list(dict.fromkeys(file for group in groups for file in group))


def _put(source: Path, target: Path, file: str) -> int:
    """Put one file away; return its size in bytes."""
    link_or_copy(source / file, target / file)
    return (source / file).lstat().st_size


def list_removals(environment: Environment) -> list[Removal]:
    """List what the attic has of an environment, the newest first; damaged ones are passed over."""
    return list_in(find_attic(environment))


def list_in(attic: Path) -> list[Removal]:
    """List the removals in a folder of them, the newest first."""
    folders = sorted(attic.glob("[0-9]*"), reverse=True)
    return [removal for folder in folders if (removal := _load(folder)) is not None]


def _load(folder: Path) -> Removal | None:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if document["version"] != FORMAT_VERSION:
            return None
        stowed = tuple(
            Stowed(each["name"], each["version"], tuple(each["files"]), each["replaced_by"])
            for each in document["distributions"]
        )
        environment = Path(document["environment"])
        return Removal(folder, environment, float(document["at"]), int(document["size"]), stowed)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _render(removal: Removal) -> str:
    document = {
        "at": removal.at,
        "distributions": [asdict(each) for each in removal.distributions],
        "environment": str(removal.environment),
        "size": removal.size,
        "version": FORMAT_VERSION,
    }
    return json.dumps(document, sort_keys=True)


def _drop_old(environment: Environment, *, keep: Removal) -> None:
    """Drop what is too old, and the oldest of what is too much; never the one just made."""
    total = 0
    for removal in list_removals(environment):
        total += removal.size
        is_old = keep.at - removal.at > MOST_DAYS * 86400
        if removal.folder != keep.folder and (is_old or total > MOST_BYTES):
            shutil.rmtree(removal.folder, ignore_errors=True)
