"""Paths as they are spelled on disk, where upper and lower case are the same there.

So it is on macOS and Windows as a rule, and on some disks elsewhere (`/mnt/c`): what a disk does is
looked at, not which platform it is. A path that comes from outside (the current folder, a variable,
a RECORD) is spelled once, where it comes in; from there on paths are compared as text.
"""

from __future__ import annotations

import os
from pathlib import Path


def list_folder(folder: str | Path) -> list[str]:
    """List the names in a folder; none where it is missing, or cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return []


def spell_folder(folder: Path, file: str) -> Path:
    """Spell a folder as it is on disk.

    Args:
        folder: Absolute.
        file: The name of a file in it; where that is missing, the folder stays as it is.
    """
    return Path(spell(str(folder), {})) if folds_case(f"{folder}{os.sep}{file}") else folder


def folds_case(path: str) -> bool:
    """Whether a file is found by its name in the other case, too."""
    folder, name = os.path.split(path)
    try:
        return os.path.samefile(os.path.join(folder, name.swapcase()), path)  # noqa: PTH118, PTH121
    except OSError:  # there is no such file, as a rule
        return False


def spell(path: str, known: dict[str, dict[str, str]]) -> str:
    """Spell a path as it is on disk, as far as it is there.

    Args:
        path: Absolute and normal.
        known: The names in folders, for the next path: as they are, by what they are in one case.
    """
    folder, name = os.path.split(path)
    if not name:
        return path
    folder = spell(folder, known)
    if folder not in known:
        known[folder] = {each.casefold(): each for each in list_folder(folder)}
    path = os.path.join(folder, name)  # noqa: PTH118 - many paths
    found = known[folder].get(name.casefold(), name)
    # Where the disk tells them apart, as it may further up, another name is another file.
    is_same = found == name or (os.path.lexists(path) and name not in known[folder].values())
    return os.path.join(folder, found) if is_same else path  # noqa: PTH118
