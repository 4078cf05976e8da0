"""The gate: one xrun at a time decides about an environment and changes it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.proxy.files import resolve_cache_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Names the gates that are held above: files, divided as in PATH.
VARIABLE = "XRUN_GATES"
PATIENCE = 2.0  # seconds until who waits says so


class Gate:
    """The gate of an environment, held or not; whoever becomes uv releases it before.

    The lock lies in the cache folder, never in the environment: `.venv/.lock` is uv's own. Where
    no lock can be had (cache not writable, a file system without locks) uv's own still keeps two
    changes apart; only the decision is then not single-flight.

    What is started while it is held is told by a variable: an xrun in a build, say, must not wait
    for the one that waits for the build.

    Attributes:
        tell: Told the gate's file once somebody else has held it for longer than a moment.
    """

    def __init__(self, place: Path, tell: Callable[[str], None] | None = None) -> None:
        self.tell = tell
        self._file = resolve_cache_file("gates", str(place.resolve()))
        self._descriptor: int | None = None

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds it."""
        return self._descriptor is None and self._file in _list_above()

    def take(self) -> None:
        """Take it; waits for whoever holds it."""
        self._take(waits=True)

    def try_to_take(self) -> bool:
        """Take it if nobody holds it; says whether it is held now."""
        if not self._take(waits=False):
            self.release()
        return self._descriptor is not None

    def _take(self, *, waits: bool) -> bool:
        if self._descriptor is not None or self.is_held_above:
            return True
        try:
            Path(self._file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            # A uv that changes something holds it as well, should this process be killed.
            os.set_inheritable(self._descriptor, True)  # noqa: FBT003
            self._lock(self._descriptor, waits=waits)
        except OSError:
            return False
        os.environ[VARIABLE] = os.pathsep.join([*_list_above(), self._file])
        return True

    def _lock(self, descriptor: int, *, waits: bool) -> None:
        """Lock; say so if that takes longer than a moment.

        Raises:
            OSError: Somebody else holds it, or there is no such lock here.
        """
        try:
            _lock(descriptor, waits=False)
        except (BlockingIOError, PermissionError):  # the latter on Windows
            if not waits:
                raise
            import threading

            timer = threading.Timer(PATIENCE, lambda: self.tell and self.tell(self._file))
            timer.daemon = True
            timer.start()
            try:
                _lock(descriptor, waits=True)
            finally:
                timer.cancel()

    def release(self) -> None:
        """Release it, if it is held."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):  # a process that a build left behind may have it too
            _unlock(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        above = [each for each in _list_above() if each != self._file]
        os.environ[VARIABLE] = os.pathsep.join(above)
        if not above:
            del os.environ[VARIABLE]


@contextlib.contextmanager
def hold_gate(place: Path, tell: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the gate of an environment for a while; waits for whoever holds it.

    Args:
        place: The environment's folder.
        tell: As `Gate.tell`.
    """
    gate = Gate(place, tell)
    gate.take()
    try:
        yield
    finally:
        gate.release()


def _list_above() -> list[str]:
    """List the gates that this process and those above it hold."""
    return os.environ.get(VARIABLE, "").split(os.pathsep) if os.environ.get(VARIABLE) else []


def _lock(descriptor: int, *, waits: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK if waits else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
