"""A private copy of the base interpreter, for tests that might damage one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .sandbox import base_interpreter

_LEFT_OUT = shutil.ignore_patterns(
    "test", "tests", "idlelib", "__pycache__", "site-packages", "*.a"
)


def copy_interpreter(folder: Path) -> Path:
    """Copy the base interpreter with its standard library, and no distribution, into `folder`."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys.base_prefix)
    (folder / "bin").mkdir(parents=True)
    executable = folder / "bin" / version
    shutil.copy2(base_interpreter(), executable)
    (folder / "bin" / "python3").symlink_to(version)
    (folder / "bin" / "python").symlink_to(version)
    library = base / "lib" / version
    shutil.copytree(library, folder / "lib" / version, ignore=_LEFT_OUT, symlinks=True)
    (folder / "lib" / version / "site-packages").mkdir()
    for shared in base.glob("lib/libpython*"):  # where the interpreter is linked to one
        shutil.copy2(shared, folder / "lib", follow_symlinks=False)
    return executable
