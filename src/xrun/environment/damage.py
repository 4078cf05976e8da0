"""Damage: what an installer that was killed left, and nothing else repairs.

uv takes a distribution that lacks files for installed for ever (0.5.31 to 0.13.9).
"""

from __future__ import annotations

import os
from pathlib import Path

from xrun.environment.distribution import BYTE_CODE
from xrun.proxy import LIBRARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment

# What an installer only remarks in `.dist-info`, and what is made again: nothing needs it.
REMARKS = (".dist-info/INSTALLER", ".dist-info/REQUESTED", ".dist-info/direct_url.json")
UNNEEDED = (*BYTE_CODE, *REMARKS)
FEW = 10  # files: sooner looked at one by one than their folders are listed
DEPTH = LIBRARY.count("/") + 1  # of `site-packages` in an environment


def find_broken(
    environment: Environment,
    names: Collection[str] | None = None,
    *,
    sizes: bool = False,
    only_listed: bool = False,
) -> tuple[str, ...]:
    """Find which installed distributions lack files.

    An upgrade that was interrupted leaves two `.dist-info` folders of one name: it is broken if
    either of them lacks files. If none does, nothing says which one counts, and it is not. What
    another one has written over was not cut off.

    Args:
        environment: Where they are installed.
        names: Those to look at, normalised; all if not given.
        sizes: As `list_lacking`.
        only_listed: Whether to leave out those without any RECORD. They are broken after a step
            that was interrupted; else that is finding XR203, and may be meant (Debian).

    Returns:
        The names, sorted.
    """
    folders: dict[str, dict[str, bool]] = {}
    broken = {
        each.name
        for each in environment.every_distribution
        if (names is None or each.name in names)
        and (each.has_record or not only_listed)
        and any(
            not (sizes and _is_of_another(environment, each, path))
            for path in _find_lacking(each, folders, sizes=sizes)
        )
    }
    return tuple(sorted(broken))


def _is_of_another(environment: Environment, distribution: Distribution, path: str) -> bool:
    """Whether a file is there, as long as the RECORD of another one says that has written it."""
    others = (each for each in environment.every_distribution if each.name != distribution.name)
    size = read_size(path)
    return size > 0 and any(each.sizes.get(path) == size for each in others)


def list_lacking(distribution: Distribution, *, sizes: bool = False) -> list[Path]:
    """List the files that a distribution lacks.

    That is what its RECORD lists in the environment and is missing, and METADATA and RECORD if they
    are missing or empty. A link to nothing is no file. Byte code is made again, so it may be gone.

    Args:
        distribution: Which.
        sizes: Whether a file counts too that is shorter than its RECORD says: a copy that was cut
            off. A longer one does not: people edit files.
    """
    lacking = dict.fromkeys(_find_lacking(distribution, {}, sizes=sizes))
    return [Path(path) for path in lacking]


def _find_lacking(
    distribution: Distribution, folders: dict[str, dict[str, bool]], *, sizes: bool
) -> Iterator[str]:
    """Find what a distribution lacks; `folders` remembers what lies in each folder."""
    files, info = distribution.files, str(distribution.folder)
    metadata, record = f"{info}{os.sep}METADATA", f"{info}{os.sep}RECORD"
    if read_size(metadata) < 1:
        yield metadata
    if not files:
        yield record
    base, *_ = info.rpartition(os.sep)
    inside = base.rsplit(os.sep, DEPTH + 1)[0] + os.sep
    places: dict[str, tuple[str, dict[str, bool]]] = {}
    least = distribution.sizes if sizes else {}
    for file in files:
        # Not one path for each file: there are many files, and few folders.
        folder, _, name = file.rpartition("/")
        if folder not in places:
            place = os.path.normpath(os.path.join(base, folder)) + os.sep  # noqa: PTH118
            if place not in folders:
                is_looked_at = place.startswith(inside) and "__pycache__" not in folder
                is_listed = is_looked_at and len(files) > FEW
                folders[place] = _list_folder(place) if is_listed else {}
            places[folder] = place, folders[place]
        place, names = places[folder]
        is_seen = names.get(name)
        if is_seen and not least:
            continue
        is_needed = not (file.endswith(UNNEEDED) or "__pycache__" in file)
        if not (is_needed and place.startswith(inside)):
            continue
        path = place + name
        # What is listed otherwise may be a link, or differ by case alone.
        is_there = is_seen or path in (metadata, record) or os.path.exists(path)  # noqa: PTH110
        if not is_there or (path in least and read_size(path) < least[path]):
            yield path


def _list_folder(folder: str) -> dict[str, bool]:
    """List the names in a folder, each with whether it is certain to be there: no link."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: not entry.is_symlink() for entry in entries}
    except OSError:
        return {}


def read_size(path: str) -> int:
    """Read the size of a file; -1 where there is none."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - many paths
    except OSError:
        return -1
