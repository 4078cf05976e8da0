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


@contextlib.contextmanager
def hold_gate(environment: Path) -> Iterator[None]:
    """Hold the gate of an environment; waits for whoever holds it.

    The lock lies in the cache folder, never in the environment: `.venv/.lock` is uv's own. Where
    no lock can be had (cache not writable, a file system without locks) uv's own still keeps two
    changes apart; only the decision is then not single-flight.
    """
    path = resolve_cache_file("gates", str(environment.resolve()))
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            _lock(descriptor)
        yield
    finally:
        os.close(descriptor)  # which releases the lock


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
