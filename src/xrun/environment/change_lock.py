"""The change lock of an environment, and all locks that one run holds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xrun.environment.processes import be_alone, render_use
from xrun.environment.waiting import Wait
from xrun.proxy import locks
from xrun.proxy.files import Private, choose_private, resolve_cache_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Names the change locks that are held above: files, divided as in PATH.
VARIABLE = "XRUN_GATES"


class ChangeLock:
    """The change lock of an environment: one xrun at a time decides and changes.

    The lock lies in the cache folder, never in the environment: `.venv/.lock` is uv's own. Where
    no lock can be had (cache not writable, a file system without locks) uv's own still keeps two
    changes apart; only the decision is then not single-flight.

    A variable says so to what is started while it is held: an xrun in a build, say, must not wait
    for the one that waits for the build.

    Attributes:
        tell: Told who holds it, if that takes longer than a moment.
    """

    def __init__(self, place: Path, tell: Callable[[str], None] | None = None) -> None:
        self.tell = tell
        self._file = choose_private(resolve_cache_file("gates", os.path.realpath(place)))
        self._descriptor: int | None = None

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds it."""
        return self._descriptor is None and self._file in _list_above()

    def take(self) -> None:
        """Take it; waits for its holder.

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
            is_had = locks.try_to_lock(descriptor, alone=True)
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
            locks.unlock(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        above = [each for each in _list_above() if each != self._file]
        os.environ[VARIABLE] = os.pathsep.join(above)
        if not above:
            del os.environ[VARIABLE]


class Locks:
    """The locks that one run holds while it decides and changes; released at the end of `with`.

    Args:
        tell: Told who holds a lock for longer than a moment.
        is_peeking: Whether nothing is held longer than a look (`xrunctl explain`).
    """

    def __init__(
        self, tell: Callable[[str], None] | None = None, *, is_peeking: bool = False
    ) -> None:
        self._tell = tell
        self.is_peeking = is_peeking
        self._change: ChangeLock | None = None
        self._claim: locks.Alone | None = None
        self._entered: int | None = None

    def __enter__(self) -> Locks:  # noqa: PYI034 - Python 3.10 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds the change lock, and waits for it."""
        return self._change is not None and self._change.is_held_above

    def choose(self, place: Path) -> None:
        """Choose whose change lock it is, instead of the one that is held."""
        self.release()
        self.leave()
        self._change = ChangeLock(place, self._tell)

    def take(self) -> None:
        """Take the change lock; waits for it.

        Raises:
            BusyError: Someone else does not release it.
        """
        if self._change is not None and not self.is_peeking:
            self._change.take()

    def try_to_take(self) -> bool:
        """Take the change lock, unless another run holds it; return whether none does."""
        if self._change is None or self.is_peeking or self._change.is_held_above:
            return True
        return self._change.try_to_take()

    def wait_for(self, place: Path) -> None:
        """Wait until no other run changes an environment.

        Raises:
            BusyError: One does not end that.
        """
        if not self.is_peeking:
            lock = ChangeLock(place, self._tell)
            lock.take()
            lock.release()

    def claim(self, folder: Path) -> str:
        """Claim to be alone in an environment; released with the change lock.

        Returns:
            Empty where no other command runs there; else who does, or that it cannot be known.
        """
        self.leave()
        self.release_claim()
        claim = be_alone(folder)
        if not claim.is_had:
            return render_use(folder, is_possible=claim.is_possible)
        self._claim = claim
        if self.is_peeking:
            self.release_claim()
        return ""

    def try_to_enter(self, folder: str) -> bool:
        """Enter an environment, unless something is just being taken from it.

        Nothing is taken from it then until `leave`, or until the command has ended.
        """
        if self._entered is None:
            self._entered = locks.enter(folder) if folder else locks.NOWHERE
        return self._entered is not None

    def enter(self, folder: str) -> None:
        """Enter an environment, and wait for who takes something from it.

        Raises:
            BusyError: Someone does not let anyone in.
        """
        self.release_claim()
        # What is taken by a run that started this one, waits for this one.
        if not self.try_to_enter(folder) and not self.is_held_above:
            self.take()
            Wait(self._tell).until(lambda: self.try_to_enter(folder), folder)

    def leave(self) -> None:
        """Leave the environment that was entered."""
        if self._entered is not None:
            locks.leave(self._entered)
            self._entered = None

    def release_claim(self) -> None:
        """Let others into the environment."""
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def release(self) -> None:
        """Release all that is held."""
        self.release_claim()
        if self._change is not None:
            self._change.release()


@contextlib.contextmanager
def exclude_uv(folder: Path, tell: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock that uv takes on an environment while it changes it (0.5.30 to 0.13.9).

    Where it cannot be had at all, it goes without, as uv does.

    Args:
        folder: The environment's.
        tell: Told who holds it, if that takes longer than a moment.

    Raises:
        BusyError: It was waited for long enough.
    """
    file = str(folder / ".lock")
    descriptor = _open_for_all(file)
    try:
        with contextlib.suppress(OSError):  # no such locks here
            if descriptor != locks.NOWHERE:
                Wait(tell).until(lambda: locks.try_to_lock(descriptor, alone=True), file)
        yield
    finally:
        locks.leave(descriptor)


def _open_for_all(file: str) -> int:
    """Open a file that other users' uvs write too, and make it; `NOWHERE` where it cannot be."""
    umask = os.umask(0)
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return locks.NOWHERE
    finally:
        os.umask(umask)


def _list_above() -> list[str]:
    """List the change locks that this process and those above it hold."""
    return os.environ.get(VARIABLE, "").split(os.pathsep) if os.environ.get(VARIABLE) else []
