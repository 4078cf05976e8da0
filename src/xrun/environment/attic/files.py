"""The files of a distribution: those that its RECORD lists, and what came to lie among them."""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
from typing import TYPE_CHECKING

from xrun.environment.distribution import BYTE_CODE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xrun.environment import Distribution, Environment


def list_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """List a distribution's files that are there, as paths in the environment.

    What RECORD names outside of the environment is not its to take. What no RECORD lists, but lies
    in its own folders (a downloaded model, an edited settings file), is its own as well.
    """
    base = distribution.folder.parent
    listed = _list_recorded(distribution)
    if not listed:
        return ()
    found = {path for path in listed if os.path.lexists(path)}
    found |= _find_unlisted(environment, distribution, str(base), listed)
    inside = (os.path.relpath(path, environment.folder) for path in found)
    return tuple(sorted(path for path in inside if not path.startswith(os.pardir)))


def _list_recorded(distribution: Distribution) -> set[str]:
    base = distribution.folder.parent
    return {os.path.normpath(base / file) for file in distribution.read_files()}


def _find_unlisted(
    environment: Environment, distribution: Distribution, base: str, listed: set[str]
) -> set[str]:
    """Find what lies in a distribution's folders and is on nobody's list, but for byte code."""
    folders = {os.path.dirname(path) for path in listed}  # noqa: PTH120 - many paths
    folders = {folder for folder in folders if folder.startswith(base + os.sep)}
    found = {path for folder in folders for path in _list_folder(folder, folders)} - listed
    if found:  # only then is it worth to read what the others have
        for other in environment.every_distribution:
            if other.folder != distribution.folder:
                found -= _list_recorded(other)
    return found


def _list_folder(folder: str, folders: set[str]) -> Iterator[str]:
    """List the files in a folder and below it, but for byte code and what is looked at anyway."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            if not entry.name.endswith(BYTE_CODE):
                yield entry.path
        elif entry.path not in folders:
            yield from _list_folder(entry.path, folders)


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


def differs(stowed: Path, present: Path) -> bool:
    """Whether a file is another one than that in the attic; byte code never counts as another.

    Raises:
        OSError: One of them is not there, or cannot be read.
    """
    here, there = stowed.lstat(), present.lstat()
    if os.path.samestat(here, there):
        return False
    if stat.S_IFMT(here.st_mode) != stat.S_IFMT(there.st_mode):
        return True
    if stat.S_ISLNK(here.st_mode):
        return os.readlink(stowed) != os.readlink(present)  # noqa: PTH115 - compared as text
    if not stat.S_ISREG(here.st_mode):
        return True
    is_byte_code = present.name.endswith(BYTE_CODE)
    return not is_byte_code and not filecmp.cmp(stowed, present, shallow=False)
