"""An xrun whose clock is ahead, so that what was written just now counts as old enough.

A run is remembered only where all that decided it is older than two seconds. A test that needs a
remembered run, and not the wait for it, has one made by `LATER`; a remembered run itself looks at
no clock. That xrun waits at all is tested with the real clock.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

AGE = 2.1
"""Seconds after which a file is old enough."""

_PROGRAM = f"""\
import sys, time
del sys.path[0]  # the folder of the project
sys.argv[0] = {str(Path(sys.executable).with_name("xrun"))!r}
real = time.time_ns
time.time_ns = lambda: real() + int({AGE} * 1e9)
from xrun.proxy.main import main
sys.exit(main())
"""

LATER = (sys.executable, "-c", _PROGRAM)
"""The xrun under test, started by a clock that is `AGE` ahead."""


def settle() -> None:
    """Wait until everything that decides is old enough, by the real clock."""
    time.sleep(AGE)
