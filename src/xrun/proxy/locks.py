"""How xrun locks, on each system; who is in an environment: a shared lock on its folder.

Nothing is written: the lock is on the descriptor of the folder itself (uv's own `.venv/.lock` is
not touched), goes on through `exec`, is inherited by the command, and ends with the last of them.
Whatever takes something away wants the same lock alone, and does not wait for it.

Where folders cannot be locked it is on a file in the cache folder, and held by xrun, which waits
for its command there: what outlives xrun, or another user's xrun, is not seen.

Light on purpose: the hot path loads this module.
"""

import os
import sys
import time

from xrun import proxy
from xrun.proxy.files import Private, resolve_cache_file

# Programs close what they do not know, from 3 on; higher up it is out of the way.
HIGH, LOW = 200, 20
# How long another one may look without being taken for a user of it, in seconds.
PATIENCE, STEP = 0.2, 0.02
# Windows has no shared locks: who enters locks one byte of so many, who is alone all of them.
SEATS = 1024


NOWHERE = -1


def enter(folder: str) -> int | None:
    """Enter an environment: from now on, and as long as the command runs, nothing is taken from it.

    Args:
        folder: The environment's.

    Returns:
        A descriptor, for `leave`; `None` if something is being taken away just now. `NOWHERE` where
        there is no such lock (an environment yet to be made, some network file systems): there
        it cannot be had alone either, or it is not there.
    """
    try:
        descriptor = _open(folder)
    except OSError:
        return NOWHERE
    try:
        if not try_to_lock(descriptor, alone=False):
            os.close(descriptor)
            return None
    except OSError:
        os.close(descriptor)
        return NOWHERE
    return _hand_on(descriptor) if proxy.REPLACES else descriptor


def _open(folder: str) -> int:
    """Open what is locked for an environment.

    Raises:
        FileNotFoundError, NotADirectoryError: There is no such folder.
        OSError: There is nothing that can be locked.
    """
    if proxy.LOCKS_FOLDERS:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    found = os.stat(folder + os.sep)  # the same, however it is spelled
    file = resolve_cache_file("users", f"{found.st_dev}:{found.st_ino}")
    try:
        with Private():
            os.makedirs(os.path.dirname(file), exist_ok=True)
            return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, NotADirectoryError) as error:  # there is no home folder
        raise PermissionError(*error.args) from error


def try_to_lock(descriptor: int, *, alone: bool) -> bool:
    """Lock a file or folder without waiting; says whether that was possible beside others.

    Args:
        descriptor: Of the file or folder, opened for this.
        alone: Whether no one else may have it; else all may that do not want it alone.

    Raises:
        OSError: There are no such locks here.
    """
    if sys.platform == "win32":
        import msvcrt

        for seat in [0] if alone else range(SEATS):
            os.lseek(descriptor, seat, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, SEATS if alone else 1)
            except PermissionError:
                continue
            return True
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Unlock what is locked alone, also for other processes that have the descriptor.

    Raises:
        OSError: It cannot be unlocked.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, SEATS)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)


def leave(descriptor: int) -> None:
    """Leave an environment that was entered."""
    if descriptor != NOWHERE:
        os.close(descriptor)


def _hand_on(descriptor: int) -> int:
    """Hand a descriptor on to the command, under a high number where there is one."""
    import fcntl

    for number in (HIGH, LOW):
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, number)
        except OSError:  # `ulimit -n 64`
            continue
        os.close(descriptor)
        return high
    fcntl.fcntl(descriptor, fcntl.F_SETFD, 0)
    return descriptor


class Alone:
    """Alone in an environment: the lock, or why there is none.

    Attributes:
        is_had: Whether no other user is there.
        is_possible: Whether this file system has such locks.
    """

    __slots__ = ("_descriptor", "is_had", "is_possible")

    def __init__(self, descriptor: int | None, *, is_possible: bool = True) -> None:
        self._descriptor = descriptor
        self.is_had = descriptor is not None
        self.is_possible = is_possible

    def release(self) -> None:
        """Let others in."""
        if self._descriptor is not None and self._descriptor >= 0:
            # A process that a build left behind may have it too, and would keep the lock.
            unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None


def be_alone(folder: str, patience: float = PATIENCE) -> Alone:
    """Be alone in an environment, to take something away; waits only for who merely looks.

    Args:
        folder: The environment's; where there is none, it is not in use.
        patience: How long to wait for who looks, in seconds.
    """
    try:
        descriptor = _open(folder)
    except (FileNotFoundError, NotADirectoryError):
        return Alone(-1)
    except OSError:
        return Alone(None, is_possible=False)
    deadline = time.monotonic() + patience
    while True:
        try:
            is_had = try_to_lock(descriptor, alone=True)
        except OSError:
            os.close(descriptor)
            return Alone(None, is_possible=False)
        if is_had:
            os.set_inheritable(descriptor, True)  # noqa: FBT003 - for the uv that changes something
            return Alone(descriptor)
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return Alone(None)
        time.sleep(STEP)
