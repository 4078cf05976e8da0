"""Platforms that are not at hand, simulated: what xrun asks of a platform is set before it starts.

The switches are those of `xrun.proxy`; a file system is simulated by what Python asks of it. uv
itself runs as it does here.
"""

from __future__ import annotations

import builtins
import fcntl
import io
import os
import pathlib
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xrun import proxy

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).parents[1]


def hide_processes() -> None:
    """No process can be looked into, as on macOS."""
    proxy.PROC = "/nowhere/proc"


def hide_others() -> None:
    """The processes of others are hidden: here all but this one, as if each were another user's."""
    real = os.listdir
    own = str(os.getpid())

    def list_own(path: Any = ".") -> list[str]:
        names = real(path)
        return [name for name in names if not name.isdigit() or name == own or path != "/proc"]

    os.listdir = list_own  # type: ignore[assignment]


def sees_others() -> bool:
    """Whether processes of others can be looked into here."""
    try:
        return str(os.getppid()) in os.listdir(proxy.PROC)  # noqa: PTH208 - what a test replaces
    except OSError:
        return False


def can_lock() -> bool:
    """Whether folders can be locked here, or a file in place of each."""
    if not proxy.LOCKS_FOLDERS:
        return True
    descriptor = os.open(TESTS, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def keep_process() -> None:
    """No exec replaces the process, and no folder can be locked, as on Windows."""
    proxy.REPLACES = proxy.LOCKS_FOLDERS = False


def refuse_locks() -> None:
    """Folders have no locks, as on some network file systems."""
    real = fcntl.flock

    def refuse(descriptor: Any, operation: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(37, "No locks available")
        real(descriptor, operation)

    fcntl.flock = refuse


# Functions of `os` by how many paths they take.
TAKES_PATH = {
    **dict.fromkeys(("access", "chmod", "listdir", "lstat", "mkdir", "open", "readlink"), 1),
    **dict.fromkeys(("remove", "rmdir", "scandir", "stat", "unlink", "utime"), 1),
    **dict.fromkeys(("link", "rename", "replace"), 2),
}


REAL_LISTDIR, REAL_LSTAT = os.listdir, os.lstat


def _find(path: Any) -> Any:
    """Find what a path leads to, by the names that are there in any case."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        return path
    text = os.fspath(path)
    folder, name = os.path.split(text)
    try:
        REAL_LSTAT(text)
    except OSError:
        if not name or folder == text:
            return text
    else:
        return path
    folder = _find(folder) if folder else os.curdir
    try:
        names = {each.casefold(): each for each in REAL_LISTDIR(folder)}
    except OSError:
        return text
    return f"{folder}/{names.get(name.casefold(), name)}"


# Where pathlib of Python 3.10 keeps the functions that it found.
ACCESSORS = [pathlib._NormalAccessor] if hasattr(pathlib, "_NormalAccessor") else []


def patch_system(patch: Callable[[Any, str, Any], None], name: str, function: Any) -> None:
    """Patch a function of `os`, for pathlib too."""
    patch(os, name, function)
    for accessor in ACCESSORS:
        if name != "open" and hasattr(accessor, name):  # its `open` is that of `io`
            patch(accessor, name, staticmethod(function))


def fold_case(patch: Callable[[Any, str, Any], None] = setattr) -> None:
    """Upper and lower case are the same on each disk, as on macOS and Windows."""

    def wrap(function: Callable[..., Any], count: int) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if options.get("dir_fd") is not None:  # no name in the current folder
                return function(*args, **options)
            return function(*map(_find, args[:count]), *args[count:], **options)

        return call

    for name, count in TAKES_PATH.items():
        patch_system(patch, name, wrap(getattr(os, name), count))
    opened = wrap(io.open, 1)
    for holder in (io, builtins, *ACCESSORS):
        patch(holder, "open", opened if holder in (io, builtins) else staticmethod(opened))


PLATFORMS: dict[str, Callable[[], None]] = {
    "folding": fold_case,
    "hidden": hide_others,
    "lockless": refuse_locks,
    "unseen": hide_processes,
    "windows": keep_process,
}

PROGRAM = """\
#!{python}
import sys
sys.path.insert(0, {tests!r})
from support.platforms import PLATFORMS
PLATFORMS[{name!r}]()
sys.path[:] = [each for each in sys.path if each not in {{{tests!r}, {folder!r}}}]
from {module} import main
sys.exit(main())
"""


def make_commands(folder: Path, name: str) -> tuple[str, ...]:
    """Make `xrun` and `xrunctl` as they are on a platform; says how the former is started."""
    for command, module in (("xrun", "xrun.proxy.main"), ("xrunctl", "xrun.ctl")):
        program = folder / command
        words = {"python": sys.executable, "tests": str(TESTS), "folder": str(folder)}
        program.write_text(PROGRAM.format(**words, name=name, module=module))
        program.chmod(0o755)
    return (str(folder / "xrun"),)
