"""The locks of one run: the change lock of an environment, and a claim to be alone in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.environment.change_lock import Gate
from xrun.environment.processes import render_use
from xrun.proxy.run_lock import Alone, be_alone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Locks:
    """The locks that one run holds while it decides and changes.

    Args:
        tell: Told the file of a change lock that another xrun has held for longer than a moment.
        is_peeking: Whether nothing is held longer than a look (`xrunctl explain`).
    """

    def __init__(
        self, tell: Callable[[str], None] | None = None, *, is_peeking: bool = False
    ) -> None:
        self._tell = tell
        self.is_peeking = is_peeking
        self._change: Gate | None = None
        self._claim: Alone | None = None

    @property
    def is_held_above(self) -> bool:
        """Whether a process that started this one holds the change lock, and waits for it."""
        return self._change is not None and self._change.is_held_above

    def choose(self, place: Path) -> None:
        """Choose whose change lock it is, instead of the one that is held."""
        self.release()
        self._change = Gate(place, self._tell)

    def take(self) -> None:
        """Take the change lock; waits for it."""
        if self._change is not None and not self.is_peeking:
            self._change.take()

    def wait_for(self, place: Path) -> None:
        """Wait until no other run changes an environment."""
        if not self.is_peeking:
            lock = Gate(place, self._tell)
            lock.take()
            lock.release()

    def claim(self, folder: Path) -> str:
        """Claim to be alone in an environment; released with the change lock.

        Returns:
            Empty where no other command runs there; else who does, or that it cannot be known.
        """
        self.release_claim()
        claim = be_alone(str(folder))
        if not claim.is_had:
            return render_use(folder, is_possible=claim.is_possible)
        self._claim = claim
        if self.is_peeking:
            self.release_claim()
        return ""

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
