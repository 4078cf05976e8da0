"""Room on the disk: what a separate environment takes, and whether there is that much."""

from __future__ import annotations

import contextlib
import os

from xrun.errors import XrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.separate import Separate

LEAST_FREE = 2**20  # bytes; a disk with less is full
MOST_COPIED = 2**30  # bytes that are copied without a word against it


def check_not_full(separate: Separate) -> None:
    """Check, after one could not be made, that it was not for want of space; else it goes again.

    Raises:
        XrunError: It was.
    """
    import shutil

    free = shutil.disk_usage(separate.folder).free
    if free < LEAST_FREE:
        shutil.rmtree(separate.folder, ignore_errors=True)
        raise XrunError(
            f"not run: no space is left for a separate environment in {separate.folder.parent}",
            hint="XDG_CACHE_HOME puts them elsewhere; `XRUN_MODE=exact` does without",
        )


def find_device(path: Path) -> int:
    """Find the file system that a path is, or would be, on; -1 where it is unreadable."""
    for each in (path, *path.parents):
        with contextlib.suppress(OSError):
            return each.stat().st_dev
    return -1


def measure(folder: Path) -> int:
    """Measure the bytes of all files below a folder; what is linked twice in it counts once."""
    return sum(list_sizes(folder).values())


def list_sizes(folder: Path) -> dict[tuple[int, int], int]:
    """List the bytes of all files below a folder, by what tells files apart (device, inode)."""
    sizes: dict[tuple[int, int], int] = {}
    left: list[str | Path] = [folder]
    while left:
        with contextlib.suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                else:
                    found = entry.stat(follow_symlinks=False)
                    sizes[found.st_dev, found.st_ino] = found.st_size
    return sizes
