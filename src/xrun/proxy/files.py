"""xrun's own small files: where they lie, how they are written, how a file is recognised again.

They are for their owner alone, whatever the umask is, and what someone else may have written is
not believed.

Light on purpose: the hot path loads this module.
"""

import os
import sys

from xrun import proxy

ABSENT = "-"

# Of a mode: what lets others write, and what lets others do anything.
OTHERS_WRITE, OTHERS = 0o022, 0o077

# The kind of what is cached that is environments.
SEPARATE = "environments"

# Where the user has no home: nothing can be made below it, by root neither, so nothing is kept.
NOWHERE = f"{os.devnull}/xrun"

# Key to file name: the remainder by a prime. Plain arithmetic on purpose: the cheapest module with
# a hash is a shared library, and to load one costs more than all else that the hot path does. No
# prime near a power of two: by such a one, keys in which two bytes changed places would be alike.
# This one was drawn at random; half of it is prime too, so that no power of two soon repeats.
PRIME = 0xB567FFAE63D6BA6B


class Private:
    """While it lasts, what is made is for its owner alone (700, 600), whatever the umask is.

    What is started meanwhile inherits that, so nothing is to be.
    """

    def __enter__(self) -> None:
        self._umask = os.umask(OTHERS)

    def __exit__(self, *_: object) -> None:
        os.umask(self._umask)


def is_private(found: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and no one else may write it."""
    if not proxy.HAS_OWNERS:
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS_WRITE


def is_own(path: str | os.PathLike[str]) -> bool:
    """Whether a file or folder is there, is no link, and is this user's."""
    try:
        return not proxy.HAS_OWNERS or os.lstat(path).st_uid == os.geteuid()
    except OSError:
        return False


def choose_private(path: str) -> str:
    """Choose where to keep something: a path, or one beside it where that is not private.

    So it is after `sudo` once: what root has made there, the user can neither change nor believe.
    """
    try:
        return path if is_private(os.stat(path)) else f"{path}-{os.geteuid()}"
    except OSError:  # not there, as a rule
        return path


def resolve_cache_folder() -> str:
    """Resolve xrun's cache folder, without making it: the usual one, if it is private."""
    return choose_private(resolve_usual_cache_folder())


def resolve_usual_cache_folder() -> str:
    """Resolve where xrun's cache folder usually is, even if another user owns it.

    The same answer as `platformdirs.user_cache_dir("xrun", appauthor=False)`, which a test holds.
    """
    system: str = sys.platform  # a variable, so that mypy reads all of it on each system
    if system == "win32":
        import platformdirs

        return platformdirs.user_cache_dir("xrun", appauthor=False)
    if system == "darwin":
        return resolve_folder("", "~/Library/Caches")
    return resolve_folder("XDG_CACHE_HOME", "~/.cache")


def resolve_folder(variable: str, usual: str) -> str:
    """Resolve xrun's folder where a variable or else a usual place has the folders of all programs.

    The same answer as platformdirs has on Linux, which a test holds (but for a relative one, which
    would lie in the project); importing it costs more than the whole hot path.
    """
    home = os.environ.get(variable, "").strip()
    if not os.path.isabs(home):  # to be ignored, says the XDG specification
        home = os.path.expanduser(usual)
    return f"{home}/xrun" if os.path.isabs(home) else NOWHERE


def resolve_cache_part(kind: str) -> str:
    """Resolve the folder of all that is of one kind in the cache folder."""
    return choose_private(f"{resolve_cache_folder()}/{kind}")


def resolve_cache_file(kind: str, key: str) -> str:
    """Resolve the path of the cache file of one kind for one key.

    Two keys may share a file: a reader compares the key that the file holds.
    """
    return f"{resolve_cache_part(kind)}/{resolve_name(key)}"


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
    """Read a cache file; one that is missing, damaged or not private is empty."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            found = os.fstat(descriptor)
            content = os.read(descriptor, found.st_size) if is_private(found) else b""
        finally:
            os.close(descriptor)
    except OSError:
        return []
    records = os.fsdecode(content).split("\0")
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
        with Private():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(draft, "wb") as file:
                file.write(content)
        os.replace(draft, path)
    except OSError:
        try:
            os.unlink(draft)
        except OSError:
            return
