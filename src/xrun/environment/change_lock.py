"""The gate: one xrun at a time decides about an environment and changes it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.waiting import Wait
from xrun.proxy.files import Private, choose_private, resolve_cache_file
from xrun.proxy.run_lock import try_to_lock, unlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Names the gates that are held above: files, divided as in PATH.
VARIABLE = "XRUN_GATES"


class Gate:
    """The gate of an environment, held or not; whoever becomes uv releases it before.

    The lock lies in the cache folder, never in the environment: `.venv/.lock` is uv's own. Where
    no lock can be had (cache not writable, a file system without locks) uv's own still keeps two
    changes apart; only the decision is then not single-flight.

    What is started while it is held is told by a variable: an xrun in a build, say, must not wait
    for the one that waits for the build.

    Attributes:
        tell: Told who holds it, if that takes longer than a moment.
    """

    def __init__(self, place: Path, tell: Callable[[str], None] | None = None) -> None:
        self.tell = tell
        self._file = choose_private(resolve_cache_file("gates", str(place.resolve())))
        self._descriptor: int | None = None

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds it."""
        return self._descriptor is None and self._file in _list_above()

    def take(self) -> None:
        """Take it; waits for whoever holds it.

        Raises:
            BusyError: It was waited for long enough.
        """
        if not self.is_held_above:
            Wait(self.tell).until(self.try_to_take, self._file)

    def try_to_take(self) -> bool:
        """Take it, unless someone else holds it; return whether no one else does.

        Where there are no such locks, no one does.
        """
        if self._descriptor is not None or self.is_held_above:
            return self._descriptor is not None
        try:
            with Private():
                Path(self._file).parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            is_had = try_to_lock(descriptor, alone=True)
        except OSError:  # no such locks here
            os.close(descriptor)
            return True
        if not is_had:
            os.close(descriptor)
            return False
        # A uv that changes something holds it as well, should this process be killed.
        os.set_inheritable(descriptor, True)  # noqa: FBT003
        self._descriptor = descriptor
        os.environ[VARIABLE] = os.pathsep.join([*_list_above(), self._file])
        return True

    def release(self) -> None:
        """Release it, if it is held."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):  # a process that a build left behind may have it too
            unlock(self._descriptor)
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
