"""Run a command on a pseudo-terminal, as a person would: keys, window size, echo."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .processes import (
    Argument,
    HangingCommandError,
    Place,
    Process,
    Result,
    is_prepared,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Size:
    """The size of a terminal window in characters."""

    rows: int = 33
    columns: int = 101


DEFAULT_SIZE = Size()


@dataclass(frozen=True)
class Typed:
    """Keys for the terminal, sent once the output holds `after` so often; b"\\x03" is Ctrl-C."""

    keys: bytes
    after: bytes = b"ready"
    times: int = 1


@dataclass(frozen=True)
class Resized:
    """A new window size, set once the output holds `after`."""

    size: Size
    after: bytes = b"ready"


@dataclass(frozen=True)
class Sent:
    """A signal for the started process alone, sent once the output holds `after`."""

    number: signal.Signals
    after: bytes = b"ready"


Event = Typed | Resized | Sent
BY_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH)
"""What a terminal sends to all that run on it."""


def run_on_terminal(
    command: Sequence[Argument],
    place: Place,
    events: Sequence[Event] = (),
    size: Size = DEFAULT_SIZE,
) -> Result:
    """Run with all three streams on one terminal; what it showed is the result's stdout.

    Standard error of the result is empty, or says that the terminal was left in another mode. What
    takes long shows no progress, so that a busy machine changes nothing.
    """
    place = replace(place, environ={"UV_NO_PROGRESS": "1", **place.environ})
    master, slave = os.openpty()
    with contextlib.closing(_Descriptor(master)), contextlib.closing(_Descriptor(slave)):
        _set_size(slave, size)
        before = termios.tcgetattr(slave)
        with _start_on(slave, command, place) as process:
            shown = _converse(process, master, events)
        kept = termios.tcgetattr(slave) == before
    remark = b"" if kept else b"terminal left in another mode\n"
    return Result(process.returncode, shown, remark, process.pid, merged=True)


@dataclass(frozen=True)
class _Descriptor:
    """A file descriptor that `contextlib.closing` can close."""

    number: int

    def close(self) -> None:
        os.close(self.number)


def _set_size(descriptor: int, size: Size) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))


def _start_on(slave: int, command: Sequence[Argument], place: Place) -> Process:
    """Start as the leader of a session whose controlling terminal is `slave`."""
    claim: Callable[[], object] = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # noqa: E731
    return Process(command, place, stdin=slave, stdout=slave, stderr=slave, preexec_fn=claim)


def _converse(process: Process, master: int, events: Sequence[Event]) -> bytes:
    """Collect what is shown, and do each event when its turn has come, until the end."""
    shown = b""
    waiting = list(events)
    deadline = time.monotonic() + process.patience
    while True:
        ended = process.poll() is not None
        readable, _, _ = select.select([master], [], [], 0 if ended else 0.02)
        if readable:
            shown += os.read(master, 65536)
        elif ended:
            return shown
        if waiting and _is_due(waiting[0], shown):
            if waiting[0].after:
                wait_until(lambda: is_prepared(process, BY_KEYS))
            _do(waiting.pop(0), process, master)
        if time.monotonic() > deadline:
            raise HangingCommandError(process.args, shown)


def _is_due(event: Event, shown: bytes) -> bool:
    times = event.times if isinstance(event, Typed) else 1
    return shown.count(event.after) >= times


def _do(event: Event, process: Process, master: int) -> None:
    if isinstance(event, Typed):
        os.write(master, event.keys)
    elif isinstance(event, Sent):
        process.send_signal(event.number)
    else:
        _set_size(master, event.size)
