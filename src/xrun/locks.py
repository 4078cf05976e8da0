"""The gate: one xrun at a time decides about an environment and changes it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.state import resolve_cache_file

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """The gate of an environment, held or not; it is released at the latest by an `exec`.

    The lock lies in the cache folder, never in the environment: `.venv/.lock` is uv's own. Where
    no lock can be had (cache not writable, a file system without locks) uv's own still keeps two
    changes apart; only the decision is then not single-flight.
    """

    def __init__(self, place: Path) -> None:
        self._file = resolve_cache_file("gates", str(place.resolve()))
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take it; waits for whoever holds it."""
        self._take(waits=True)

    def try_to_take(self) -> bool:
        """Take it if nobody holds it; says whether it is held now."""
        if not self._take(waits=False):
            self.release()
        return self._descriptor is not None

    def _take(self, *, waits: bool) -> bool:
        if self._descriptor is not None:
            return True
        try:
            Path(self._file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            self._descriptor = os.open(self._file, flags, 0o600)
            _lock(self._descriptor, waits=waits)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Release it, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextlib.contextmanager
def hold_gate(place: Path) -> Iterator[None]:
    """Hold the gate of an environment for a while; waits for whoever holds it."""
    gate = Gate(place)
    gate.take()
    try:
        yield
    finally:
        gate.release()


def _lock(descriptor: int, *, waits: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK if waits else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
