"""A private copy of the base interpreter, for tests that might damage one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .sandbox import base_interpreter

if TYPE_CHECKING:
    from .sandbox import Sandbox

_LEFT_OUT = shutil.ignore_patterns(
    *("test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "pydoc_data", "ensurepip"),
    *("site-packages", "config-*", "*.a", "*.opt-?.pyc"),
    "EXTERNALLY-MANAGED",  # the system's package manager has no part in a copy
)
_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def copy_interpreter(sandbox: Sandbox, folder: Path) -> Path:
    """Put a copy of the base interpreter with its standard library, and no distribution, there.

    The library's files are links to one copy for the session: they may be removed, not written to.
    """
    shared = sandbox.root / "interpreter"
    if not shared.exists():
        _copy_library(shared)
    (folder / "bin").mkdir(parents=True)
    executable = folder / "bin" / _VERSION
    shutil.copy2(base_interpreter(), executable)
    (folder / "bin" / "python3").symlink_to(_VERSION)
    (folder / "bin" / "python").symlink_to(_VERSION)
    shutil.copytree(shared, folder / "lib", copy_function=os.link, symlinks=True)
    return executable


def _copy_library(folder: Path) -> None:
    """Copy what stands beside an interpreter, with byte code if it is there."""
    base = Path(sys.base_prefix) / "lib"
    shutil.copytree(base / _VERSION, folder / _VERSION, ignore=_LEFT_OUT, symlinks=True)
    (folder / _VERSION / "site-packages").mkdir()
    for library in base.glob("libpython*"):  # where the interpreter is linked to one
        shutil.copy2(library, folder, follow_symlinks=False)
