"""Distributions that list the same files: when one goes, the other has lost them too.

Both `opencv-python` and `opencv-python-headless` are `cv2`, for instance. No installer keeps count.
"""

from __future__ import annotations

import contextlib
import os
from functools import partial

from xrun.environment.attic.file_operations import link_or_copy
from xrun.environment.attic.own_files import relate
from xrun.environment.damage import find_broken, list_lacking
from xrun.environment.distribution import BYTE_CODE
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from xrun.environment.attic.store import Removal
    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment


def find_sharers(environment: Environment, removal: Removal) -> tuple[str, ...]:
    """Find what is installed and lists a file of what went.

    Args:
        environment: As it is now.
        removal: What went, or was replaced.
    """
    installed = environment.distributions
    gone = [
        file
        for each in (removal.distributions if installed else ())
        for file in each.files
        if ".dist-info/" not in file and not file.endswith(BYTE_CODE)
    ]
    paths = {f"{environment.folder}{os.sep}{file}" for file in gone}
    words = {*map(_find_word, gone)}
    found = (name for name in installed if installed[name].may_list(words))
    return tuple(sorted(name for name in found if not paths.isdisjoint(installed[name].paths)))


def _find_word(file: str) -> str:
    """Find what any list of a file has in it: the folder of its package, or its name elsewhere."""
    inner = file.partition(f"site-packages{os.sep}")[2]
    return inner.partition(os.sep)[0] or file.rpartition(os.sep)[2]


def give_back(environment: Environment, removal: Removal) -> tuple[str, ...]:
    """Give what is installed its own files back that went with others.

    Args:
        environment: Where it is installed.
        removal: That of what had files in common with it.

    Returns:
        The names of what lacks files still.
    """
    now = replace(environment)
    broken = find_broken(now, find_sharers(now, removal))
    if broken:
        link_back(now, removal, broken, only_own=True)
    return find_broken(replace(environment), broken) if broken else ()


def link_back(
    environment: Environment, removal: Removal, names: Collection[str], *, only_own: bool = False
) -> None:
    """Link the files that distributions list and lack back from the attic, where it has them.

    Args:
        environment: Where they are installed.
        removal: That of what had files in common with them.
        names: Normalised.
        only_own: Whether to leave out a distribution of which the attic has not all it lacks, or
            has another one's content: it can be reinstalled.
    """
    installed = environment.distributions
    for name in names:
        lacking = [str(path) for path in list_lacking(installed[name])]
        pairs = [(removal.find_stowed(relate(path, environment.folder)), path) for path in lacking]
        if only_own and not _is_own(installed[name], pairs):
            continue
        for stowed, path in pairs:
            if os.path.lexists(stowed):
                with contextlib.suppress(OSError):  # it is reported as broken then
                    link_or_copy(stowed, path)


def _is_own(distribution: Distribution, pairs: Iterable[tuple[Path, str]]) -> bool:
    """Whether files in the attic have the hashes that a RECORD gives for paths, if it does."""
    hashes = distribution.hashes
    return all(_has_hash(stowed, hashes.get(path, "")) for stowed, path in pairs)


def _has_hash(path: Path, expected: str) -> bool:
    """Whether a file has a hash as RECORD writes it, `sha256=` and base 64 (PEP 376), or none."""
    import base64
    import hashlib

    kind, _, digest = expected.partition("=")
    if not kind:
        return os.path.lexists(path)
    try:
        found = hashlib.new(kind)
        with path.open("rb") as file:
            for part in iter(partial(file.read, 2**20), b""):
                found.update(part)
    except (OSError, ValueError):  # not in the attic; an unknown kind
        return False
    return base64.urlsafe_b64encode(found.digest()).decode().rstrip("=") == digest
