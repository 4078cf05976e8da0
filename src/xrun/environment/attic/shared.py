"""Distributions that list the same files: when one goes, the other has lost them too.

Both `opencv-python` and `opencv-python-headless` are `cv2`, for instance. No installer keeps count.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.attic.files import link_or_copy

if TYPE_CHECKING:
    from collections.abc import Collection

    from xrun.environment import Distribution, Environment
    from xrun.environment.attic.store import Removal

BYTE_CODE = ".pyc"


def find_sharers(environment: Environment, going: Collection[str]) -> tuple[str, ...]:
    """Find what stays and lists a file of what goes.

    Args:
        environment: As it is before anything goes.
        going: Names, normalised.
    """
    files = {
        file
        for each in environment.every_distribution
        if each.name in going
        for file in each.read_files()
        if ".dist-info/" not in file and not file.endswith(BYTE_CODE)
    }
    if not files:
        return ()
    return tuple(
        name
        for name, distribution in sorted(environment.distributions.items())
        if name not in going and not files.isdisjoint(distribution.read_files())
    )


def find_broken(environment: Environment, names: Collection[str]) -> tuple[str, ...]:
    """Find which installed distributions lack a file that they list, byte code left aside."""
    there = environment.distributions
    return tuple(name for name in names if name in there and _list_lacking(there[name]))


def link_back(environment: Environment, removal: Removal, names: Collection[str]) -> None:
    """Link the files that distributions list and lack back from the attic, where it has them.

    Args:
        environment: Where they are installed.
        removal: That of what had files in common with them.
        names: Normalised.
    """
    there = environment.distributions
    for name in names:
        for path in _list_lacking(there[name]):
            stowed = removal.find_stowed(os.path.relpath(path, environment.folder))
            if os.path.lexists(stowed):
                with contextlib.suppress(OSError):  # it is told as broken then
                    link_or_copy(stowed, path)


def _list_lacking(distribution: Distribution) -> list[Path]:
    base = distribution.folder.parent
    files = [file for file in distribution.read_files() if not file.endswith(BYTE_CODE)]
    paths = [Path(os.path.normpath(base / file)) for file in files]
    return [path for path in paths if not os.path.lexists(path)]
