"""Distributions that list the same files: when one goes, the other has lost them too.

Both `opencv-python` and `opencv-python-headless` are `cv2`, for instance. No installer keeps count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from xrun.environment import Distribution, Environment

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
    return tuple(name for name in names if name in there and _lacks_files(there[name]))


def _lacks_files(distribution: Distribution) -> bool:
    base = distribution.folder.parent
    return any(
        not os.path.lexists(base / file)
        for file in distribution.read_files()
        if not file.endswith(BYTE_CODE)
    )
