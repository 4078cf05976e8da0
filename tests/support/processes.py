"""Start a command, say how it ended; every wait has an end, and only its own are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Argument = str | bytes
"""A word of a command line; bytes where it is not text."""

TIMEOUT = 30.0
"""Seconds until a command counts as hanging."""


SETTLING = 0.1
"""Seconds from a command's first word until uv, its parent, has put its handlers up."""


@dataclass(frozen=True)
class Place:
    """Where a command runs: its folder, its whole environment, and the seconds it may take."""

    folder: Path
    environ: Mapping[str, str]
    timeout: float = TIMEOUT


@dataclass(frozen=True)
class Result:
    """How a command ended: a negative status is the signal that killed it."""

    status: int
    stdout: bytes
    stderr: bytes
    pid: int
    merged: bool = False
    """Both outputs were one terminal, and what it showed is in `stdout`."""


class HangingCommandError(AssertionError):
    """The command did not end, or did not say that it was ready, in time."""

    def __init__(self, command: Sequence[Argument], output: bytes = b"") -> None:
        super().__init__(f"no end in time: {list(command)!r}, output so far: {output!r}")


def run(
    command: Sequence[Argument],
    place: Place,
    *,
    stdin: bytes = b"",
    blocked: frozenset[signal.Signals] = frozenset(),
) -> Result:
    """Run with pipes; `stdin` is what the command can read, `blocked` what it has masked."""
    with _masked(blocked):
        process = _start(command, place)
    with _killed_at_last(process):
        try:
            stdout, stderr = process.communicate(stdin, place.timeout)
        except subprocess.TimeoutExpired as error:
            raise HangingCommandError(command, error.output or b"") from None
    return Result(process.returncode, stdout, stderr, process.pid)


def run_signalled(
    command: Sequence[Argument],
    place: Place,
    signals: Sequence[signal.Signals],
    *,
    ready: bytes = b"ready\n",
) -> Result:
    """Send signals to the started process alone, once its output begins with `ready`."""
    process = _start(command, place)
    with _killed_at_last(process):
        begun = _read_until(process, ready, place.timeout)
        time.sleep(SETTLING)
        for each in signals:
            process.send_signal(each)
        try:
            stdout, stderr = process.communicate(None, place.timeout)
        except subprocess.TimeoutExpired as error:
            raise HangingCommandError(command, begun + (error.output or b"")) from None
    return Result(process.returncode, begun + stdout, stderr, process.pid)


def run_abandoned(command: Sequence[Argument], place: Place, wanted: bytes) -> Result:
    """Read standard output until it begins with `wanted`, then close it, as `head` does."""
    process = _start(command, place)
    with _killed_at_last(process):
        begun = _read_until(process, wanted, place.timeout)
        _stream(process.stdout).close()
        process.stdout = None
        try:
            _, stderr = process.communicate(None, place.timeout)
        except subprocess.TimeoutExpired:
            raise HangingCommandError(command, begun) from None
    return Result(process.returncode, begun, stderr, process.pid)


def _start(command: Sequence[Argument], place: Place) -> subprocess.Popen[bytes]:
    """Start in a session of its own, so that its process group is ours to kill."""
    return subprocess.Popen(
        command,
        cwd=place.folder,
        env=place.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    """The pipe that `_start` asked for."""
    assert stream is not None
    return stream


def _read_until(process: subprocess.Popen[bytes], wanted: bytes, timeout: float) -> bytes:
    """Read standard output until it is as long as `wanted`, or ends."""
    stdout = _stream(process.stdout).fileno()
    os.set_blocking(stdout, False)
    deadline = time.monotonic() + timeout
    output = b""
    while len(output) < len(wanted):
        try:
            piece = os.read(stdout, len(wanted) - len(output))
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HangingCommandError(process.args, output) from None  # type: ignore[arg-type]
            time.sleep(0.005)
            continue
        if not piece:
            break
        output += piece
    os.set_blocking(stdout, True)
    return output


@contextlib.contextmanager
def _masked(blocked: frozenset[signal.Signals]) -> Iterator[None]:
    """Block signals in this thread while a child is started, who inherits the mask."""
    if not blocked or sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _killed_at_last(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no process behind when the body fails: kill what `_start` started, by its group.

    The group is killed also where its leader has ended and a child of it still runs.
    """
    try:
        yield
    except BaseException:
        kill_group(process)
        raise
    finally:
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own session, with what it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
