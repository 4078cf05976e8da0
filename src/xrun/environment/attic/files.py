"""The files of a distribution: those that its RECORD lists, and what came to lie among them."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.distribution import BYTE_CODE
from xrun.environment.environment import MADE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from xrun.environment import Distribution, Environment


def list_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """List a distribution's files that are there, as paths in the environment.

    What RECORD names outside of the environment is not its to take. What no RECORD lists, but lies
    in its own folders (a downloaded model, an edited settings file), is its own as well.
    """
    base = distribution.folder.parent
    listed = list_recorded(distribution)
    if not listed:
        return ()
    found = {path for path in listed if os.path.lexists(path)}
    found |= _find_unlisted(environment, distribution, str(base), listed)
    inside = (os.path.relpath(path, environment.folder) for path in found)
    return tuple(sorted(path for path in inside if not path.startswith(os.pardir)))


def list_recorded(distribution: Distribution) -> set[str]:
    """List the paths of what a distribution's RECORD lists, there or not."""
    base = distribution.folder.parent
    return {os.path.normpath(base / file) for file in distribution.read_files()}


def _find_unlisted(
    environment: Environment, distribution: Distribution, base: str, listed: set[str]
) -> set[str]:
    """Find what lies in a distribution's folders and is on nobody's list, but for byte code."""
    folders = {os.path.dirname(path) for path in listed}  # noqa: PTH120 - many paths
    folders = {folder for folder in folders if folder.startswith(base + os.sep)}
    found = {path for folder in folders for path in list_below(folder, folders)} - listed
    if found:  # only then is it worth to read what the others have
        for other in environment.every_distribution:
            if other.folder != distribution.folder:
                found -= list_recorded(other)
    return found


def list_below(folder: str | Path, apart: Collection[str] = ()) -> Iterator[str]:
    """List the files in a folder and below it, but for byte code and what is in folders apart."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            if not entry.name.endswith(BYTE_CODE):
                yield entry.path
        elif entry.path not in apart:
            yield from list_below(entry.path, apart)


def may_remove(environment: Environment, path: str) -> bool:
    """Whether a path lies in an environment, behind no link, and not made with it (its Python)."""
    inside = os.path.relpath(path, environment.folder)
    folder = Path(os.path.realpath(environment.folder)) / os.path.dirname(inside)  # noqa: PTH120
    is_direct = os.path.realpath(os.path.dirname(path)) == str(folder)  # noqa: PTH120
    return is_direct and MADE.fullmatch(inside) is None


def remove_files(environment: Environment, paths: Iterable[str]) -> None:
    """Remove files, there or not, RECORD last, and folders that then have only byte code."""
    chosen = [path for path in paths if may_remove(environment, path)]
    for path in sorted(chosen, key=lambda path: (path.endswith(f"{os.sep}RECORD"), path)):
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - a str
    for folder in sorted({Path(path).parent for path in chosen}, reverse=True):
        _remove_empty(environment, folder)


def _remove_empty(environment: Environment, folder: Path) -> None:
    """Remove a folder without files, and those that it is in, but for the environment's own."""
    for each in (folder, *folder.parents):
        is_installed = any(site in each.parents for site in environment.site_packages)
        is_made = MADE.fullmatch(f"{os.path.relpath(each, environment.folder)}/")
        if each == environment.folder or each.is_symlink() or (is_made and not is_installed):
            return
        try:
            if os.listdir(each) == ["__pycache__"]:  # noqa: PTH208 - names are enough
                if any(list_below(each)):
                    return
                shutil.rmtree(each / "__pycache__")
            each.rmdir()
        except FileNotFoundError:
            continue
        except OSError:  # files are in it
            return


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


def is_missing(stowed: Path, present: Path) -> bool:
    """Whether nothing is at a path, or a link to nothing where the attic has a file."""
    is_same_kind = os.path.islink(stowed) and os.path.islink(present)  # noqa: PTH114 - many paths
    return not is_same_kind and not os.path.exists(present)  # noqa: PTH110


def differs(stowed: Path, present: Path) -> bool:
    """Whether a file is another one than that in the attic; byte code never counts as another.

    Raises:
        OSError: One of them is not there, or cannot be read.
    """
    here, there = stowed.lstat(), present.lstat()
    if stat.S_ISREG(here.st_mode) and stat.S_ISLNK(there.st_mode):
        there = present.stat()  # put away as what it leads to
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
