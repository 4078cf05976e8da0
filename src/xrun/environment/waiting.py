"""Waiting for a lock that someone else holds: said after a moment, and never without end."""

from __future__ import annotations

import os
import re
import time

from xrun.errors import BusyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.environment.processes import Command

PATIENCE = 2.0  # seconds until a wait is said
SHORT = 5.0  # seconds that are waited for what may never let go
LONG = 300.0  # seconds that are waited for an xrun or a uv at work, as uv waits (UV_LOCK_TIMEOUT)
# What uv takes for a number of seconds; beside anything else its limit holds (0.13.9).
SECONDS = r"\+?[0-9]{1,19}"
STEP = 0.05  # seconds between two tries, and a second between two looks at who holds the lock


class Wait:
    """One wait for one lock.

    Args:
        tell: Told, once, who holds the lock.
        waited: How long it has been waited for already, in seconds.
    """

    def __init__(self, tell: Callable[[str], None] | None = None, waited: float = 0.0) -> None:
        self._tell = tell
        self._began = time.monotonic() - waited
        self._next = PATIENCE

    def go_on(self, file: str) -> None:
        """Go on waiting, after a try that was in vain.

        Args:
            file: What is locked.

        Raises:
            BusyError: It has been waited for long enough.
        """
        waited = time.monotonic() - self._began
        if waited < self._next:
            return
        from xrun.environment.processes import find_holder  # as a rule nothing is waited for

        holder = find_holder(file)
        cause = f"{holder.render() if holder else 'another program'}, which has locked {file}"
        if self._tell is not None:
            self._tell(cause)
            self._tell = None
        if waited >= _find_limit(holder):
            raise BusyError(
                f"not run: waited {waited:.0f} seconds for {cause}",
                hint="once that has ended, it runs",
            )
        self._next = waited + 1

    def until(self, is_had: Callable[[], bool], file: str) -> None:
        """Wait until a try succeeds; the first one is made at once.

        Raises:
            BusyError: It has been waited for long enough.
        """
        pause = STEP / 32
        while not is_had():
            self.go_on(file)
            time.sleep(pause)
            pause = min(2 * pause, STEP)


def _find_limit(holder: Command | None) -> float:
    """Find how long a holder is waited for: one that is stopped, say, may never let go."""
    if holder is not None and not holder.is_at_work:
        return SHORT
    typed = os.environ.get("UV_LOCK_TIMEOUT", "")
    return max(int(typed), SHORT) if re.fullmatch(SECONDS, typed) else LONG


def make_watch(tell: Callable[[str], None]) -> Callable[[int], None]:
    """Make what watches a uv for as long as it has not ended: it may wait for a lock of its own.

    Args:
        tell: As for `Wait`.
    """
    waits: dict[tuple[int, str], Wait] = {}

    def watch(pid: int) -> None:
        from xrun.environment.processes import find_waited

        file = find_waited(pid)
        if file:
            waits.setdefault((pid, file), Wait(tell, PATIENCE)).go_on(file)

    return watch
