"""Who is in an environment: a shared lock on its folder, alive as long as the command runs.

Nothing is written: the lock is on the descriptor of the folder itself (uv's own `.venv/.lock` is
not touched), goes on through `exec`, is inherited by the command, and ends with the last of them.
Whatever takes something away wants the same lock alone, and does not wait for it.

Light on purpose: the hot path loads this module.
"""

from __future__ import annotations

import os
import sys
import time

# Programs close what they do not know, from 3 on; higher up it disturbs nobody.
HIGH, LOW = 200, 20
# How long another one may look without being taken for somebody who is there, in seconds.
PATIENCE, STEP = 0.2, 0.02


NOWHERE = -1


def enter(folder: str) -> int | None:
    """Enter an environment: from now on, and as long as the command runs, nothing is taken from it.

    Args:
        folder: The environment's.

    Returns:
        A descriptor, for `leave`; `None` if somebody takes something away just now. `NOWHERE` where
        there is no such lock (an environment yet to be made, some network file systems, Windows):
        there nobody gets it alone either, or it is not there.
    """
    if sys.platform == "win32":
        return NOWHERE
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return NOWHERE
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        return NOWHERE
    return _hand_on(descriptor)


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
        is_had: Whether nobody else is there.
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
            if sys.platform != "win32":
                import fcntl

                # A process that a build left behind may have it too, and would keep the lock.
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None


def be_alone(folder: str, patience: float = PATIENCE) -> Alone:
    """Be alone in an environment, to take something away; waits only for who merely looks.

    Args:
        folder: The environment's; where there is none, nobody is in it.
        patience: How long to wait for who looks, in seconds.
    """
    if sys.platform == "win32":
        return Alone(-1)
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return Alone(-1)
    except OSError:
        return Alone(None, is_possible=False)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(STEP)
                continue
            os.close(descriptor)
            return Alone(None)
        except OSError:
            os.close(descriptor)
            return Alone(None, is_possible=False)
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - for the uv that changes something
        return Alone(descriptor)
