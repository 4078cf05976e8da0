"""The locks of one run: the change lock of an environment, and a claim to be alone in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.environment.change_lock import Gate
from xrun.environment.processes import render_use
from xrun.environment.waiting import Wait
from xrun.proxy import run_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Locks:
    """The locks that one run holds while it decides and changes.

    Args:
        tell: Told who holds a lock for longer than a moment.
        is_peeking: Whether nothing is held longer than a look (`xrunctl explain`).
    """

    def __init__(
        self, tell: Callable[[str], None] | None = None, *, is_peeking: bool = False
    ) -> None:
        self._tell = tell
        self.is_peeking = is_peeking
        self._change: Gate | None = None
        self._claim: run_lock.Alone | None = None
        self._entered: int | None = None

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds the change lock, and waits for it."""
        return self._change is not None and self._change.is_held_above

    def choose(self, place: Path) -> None:
        """Choose whose change lock it is, instead of the one that is held."""
        self.release()
        self.leave()
        self._change = Gate(place, self._tell)

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
            lock = Gate(place, self._tell)
            lock.take()
            lock.release()

    def claim(self, folder: Path) -> str:
        """Claim to be alone in an environment; released with the change lock.

        Returns:
            Empty where no other command runs there; else who does, or that it cannot be known.
        """
        self.leave()
        self.release_claim()
        claim = run_lock.be_alone(str(folder))
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
            self._entered = run_lock.enter(folder) if folder else run_lock.NOWHERE
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
            run_lock.leave(self._entered)
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
