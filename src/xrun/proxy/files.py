"""xrun's own small files: where they lie, how they are written, how a file is recognised again.

Light on purpose: the hot path loads this module.
"""

from __future__ import annotations

import os
import sys

ABSENT = "-"

# Where the user has no home: nothing can be made below it, by root neither, so nothing is kept.
NOWHERE = f"{os.devnull}/xrun"

# Key to file name: the remainder by a prime. Plain arithmetic on purpose: the cheapest module with
# a hash is a shared library, and to load one costs more than all else that the hot path does. No
# prime near a power of two: by such a one, keys in which two bytes changed places would be alike.
# This one was drawn at random; half of it is prime too, so that no power of two soon repeats.
PRIME = 0xB567FFAE63D6BA6B


def resolve_cache_folder() -> str:
    """Resolve xrun's cache folder, without making it.

    The same answer as `platformdirs.user_cache_dir("xrun", appauthor=False)`, which a test holds
    (but for a relative XDG_CACHE_HOME, which would lie in the project); importing platformdirs
    costs more than the whole hot path, so Linux and macOS do without it.
    """
    if sys.platform == "win32":
        import platformdirs

        return platformdirs.user_cache_dir("xrun", appauthor=False)
    if sys.platform == "darwin":
        home = os.path.expanduser("~/Library/Caches")
    else:
        home = os.environ.get("XDG_CACHE_HOME", "").strip()
        if not os.path.isabs(home):  # to be ignored, says the XDG specification
            home = os.path.expanduser("~/.cache")
    return home + "/xrun" if os.path.isabs(home) else NOWHERE


def has_separate() -> bool:
    """Whether there is any environment of xrun's own."""
    return os.path.isdir(f"{resolve_cache_folder()}/environments")


def resolve_cache_file(kind: str, key: str) -> str:
    """Resolve the path of the cache file of one kind for one key.

    Two keys may share a file: whoever reads it compares the key that the file holds.
    """
    return f"{resolve_cache_folder()}/{kind}/{resolve_name(key)}"


def resolve_name(key: str) -> str:
    """Resolve the file name for a key: sixteen hexadecimal digits."""
    return format(int.from_bytes(os.fsencode(key), "little") % PRIME, "016x")


def read_identity(path: str) -> str:
    """Read what tells a file or folder from a changed one: device, inode, size, mtime, ctime (ns).

    An edit that keeps size and mtime still changes ctime. A path that is not there, or may not be
    looked at, is `ABSENT`.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


def read_records(path: str) -> list[str]:
    """Read a cache file; a missing or damaged one is empty."""
    try:
        with open(path, "rb") as file:
            records = os.fsdecode(file.read()).split("\0")
    except OSError:
        return []
    # The last record is written last and says how many there are.
    return records[:-1] if records[-1] == str(len(records) - 1) else []


def write_records(path: str, records: list[str]) -> None:
    """Write a cache file so that a reader sees the old one or the new, never a part.

    Records are divided by NUL, which neither a path nor an argument nor a variable can hold.
    A cache that cannot be written only costs time: nothing is raised.
    """
    content = os.fsencode("\0".join([*records, str(len(records))]))
    draft = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except OSError:
        try:
            os.unlink(draft)
        except OSError:
            return
