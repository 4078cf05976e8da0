"""How long tests go on that run the same again and again, until something breaks by chance."""

from __future__ import annotations

import os

FULL = os.environ.get("XRUN_TEST_STRESS") == "full"
"""Whether there is time for the full counts: set `XRUN_TEST_STRESS=full` before a release."""


def scale(full: int, *, short: int) -> int:
    """How often to do something: `full` if there is time for it, else `short`."""
    return full if FULL else short
