"""Distributions that list the same files: when one goes, the other has lost them too.

Both `opencv-python` and `opencv-python-headless` are `cv2`, for instance. No installer keeps count.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from xrun.environment.attic.files import link_or_copy, relate
from xrun.environment.damage import list_lacking
from xrun.environment.distribution import BYTE_CODE

if TYPE_CHECKING:
    from collections.abc import Collection

    from xrun.environment import Environment
    from xrun.environment.attic.store import Removal


def find_sharers(environment: Environment, removal: Removal) -> tuple[str, ...]:
    """Find what is installed and lists a file of what went.

    Args:
        environment: As it is now.
        removal: What went, or was replaced.
    """
    paths = [
        f"{environment.folder}{os.sep}{file}"
        for each in removal.distributions
        for file in each.files
        if ".dist-info/" not in file and not file.endswith(BYTE_CODE)
    ]
    found: set[str] = set()
    for site_packages in environment.site_packages if paths else ():
        files = {relate(path, site_packages) for path in paths}
        words = {_find_word(file) for file in files}
        found |= {
            name
            for name, distribution in environment.distributions.items()
            if distribution.folder.parent == site_packages
            and distribution.may_list(words)
            and not files.isdisjoint(distribution.files)
        }
    return tuple(sorted(found))


def _find_word(file: str) -> str:
    """Find what any list of a file has in it: the folder of its package, or its name elsewhere."""
    first = file.partition(os.sep)[0]
    return os.path.basename(file) if first == os.pardir else first  # noqa: PTH119 - many files


def link_back(environment: Environment, removal: Removal, names: Collection[str]) -> None:
    """Link the files that distributions list and lack back from the attic, where it has them.

    Args:
        environment: Where they are installed.
        removal: That of what had files in common with them.
        names: Normalised.
    """
    there = environment.distributions
    for name in names:
        for path in list_lacking(there[name]):
            stowed = removal.find_stowed(os.path.relpath(path, environment.folder))
            if os.path.lexists(stowed):
                with contextlib.suppress(OSError):  # it is reported as broken then
                    link_or_copy(stowed, path)
