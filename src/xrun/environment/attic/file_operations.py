"""How files go and come: removed, linked or copied to another place, and compared."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from xrun.environment.attic.own_files import Folders, group, list_below, relate
from xrun.environment.distribution import BYTE_CODE
from xrun.environment.environment import is_made_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xrun.environment.environment import Environment


def remove_files(
    environment: Environment, paths: Iterable[str], emptied: Iterable[str] = ()
) -> None:
    """Remove files, there or not, and folders that then have only byte code.

    What lies in `.dist-info` folders goes last, METADATA and RECORD at the very end: stopped
    half-way, it is known what was to go. What `may_remove` denies stays.

    Args:
        environment: Where they are.
        paths: Of the files.
        emptied: Other folders, from which something went.

    Raises:
        OSError: One could not be removed; those that come later are there.
    """
    files, folders = group(paths), Folders(environment)
    for folder in _order(folders, {*files, *emptied}):
        if not folders.is_direct(folder):
            continue
        own = folders.leave_out_made(folder, files.get(folder, ()))
        for path in sorted(own, key=_is_last) if ".dist-info" in folder else own:
            _unlink(path)
        if _may_empty(folders, folder):
            _remove_empty(folder)


def _order(folders: Folders, chosen: Collection[str]) -> list[str]:
    """Order folders, and those above that may be empty then: the inner first, `.dist-info` last."""
    found = {*chosen}
    for folder in chosen:
        above = os.path.dirname(folder)  # noqa: PTH120 - a str
        while above not in found and _may_empty(folders, above):
            found.add(above)
            above = os.path.dirname(above)  # noqa: PTH120
    return sorted(found, key=lambda folder: (".dist-info" not in folder, folder), reverse=True)


def _is_last(path: str) -> tuple[bool, str]:
    return path.endswith(("METADATA", "RECORD")), path


def _unlink(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108 - many files
    except (FileNotFoundError, NotADirectoryError):
        return


def _may_empty(folders: Folders, folder: str) -> bool:
    """Whether a folder goes when it is empty: not those that an environment is made with."""
    site = folders.find_site(folder)
    if site:
        return folder != site
    inside = relate(folder, folders.environment.folder)
    is_inside = inside != os.curdir and not inside.startswith(os.pardir)
    return is_inside and not is_made_folder(inside)


def _remove_empty(folder: str) -> None:
    """Remove the byte code in a folder, as uv does, and the folder if nothing else is in it."""
    cache = f"{folder}{os.sep}__pycache__"
    with contextlib.suppress(OSError):  # something is in it, or it is gone
        if "__pycache__" in os.listdir(folder) and not any(list_below(cache)):  # noqa: PTH208
            remove_tree(Path(cache))
        os.rmdir(folder)  # noqa: PTH106 - many folders


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be removed."""
    import shutil  # what a removal itself does is done without

    shutil.rmtree(folder, ignore_errors=True)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Make a file available at another path: a hardlink, else a copy with its times and mode.

    Raises:
        OSError: Neither could be made; FileExistsError if something is there.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        folder = os.path.dirname(target)  # noqa: PTH120 - many files
        if not os.path.isdir(folder):  # noqa: PTH112
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            _copy_mode(os.path.dirname(source), folder)  # noqa: PTH120
            link_or_copy(source, target)
        elif os.path.lexists(target):
            raise FileExistsError(17, "File exists", str(target)) from None
        else:
            import shutil  # of another file system

            try:
                shutil.copy2(source, target, follow_symlinks=False)
            except BaseException:  # a full disk: half a file is none
                _unlink(str(target))
                raise


def _copy_mode(source: str, target: str) -> None:
    """Give a new folder the mode of another, where that is unusual; 700 is the attic's own."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(os.stat(source).st_mode)  # noqa: PTH116 - a str
        if mode not in {0o755, 0o700}:
            os.chmod(target, mode | 0o700)  # noqa: PTH101


def is_missing(stowed: str | Path, present: str | Path) -> bool:
    """Whether nothing is at a path, or a link to nothing where the attic has a file."""
    if os.path.exists(present):  # noqa: PTH110 - many paths
        return False
    return not (os.path.islink(present) and os.path.islink(stowed))  # noqa: PTH114


def differs(stowed: str | Path, present: str | Path) -> bool:
    """Whether a file is another one than that in the attic; byte code never counts as another.

    Raises:
        OSError: One of them is not there, or cannot be read.
    """
    before, now = os.lstat(stowed), os.lstat(present)
    if stat.S_ISREG(before.st_mode) and stat.S_ISLNK(now.st_mode):
        now = os.stat(present)  # noqa: PTH116 - put away as what it leads to
    if os.path.samestat(before, now):
        return False
    if stat.S_IFMT(before.st_mode) != stat.S_IFMT(now.st_mode):
        return True
    if stat.S_ISLNK(before.st_mode):
        return os.readlink(stowed) != os.readlink(present)  # noqa: PTH115 - compared as text
    if not stat.S_ISREG(before.st_mode):
        return True
    if str(present).endswith(BYTE_CODE):
        return False
    import filecmp  # few are copies

    return not filecmp.cmp(stowed, present, shallow=False)
