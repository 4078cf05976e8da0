"""Start a command, say how it ended; every wait has an end, and only its own are killed."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

Argument = str | bytes
"""A word of a command line; bytes where it is not text."""

TIMEOUT = 60.0
"""Seconds until a command counts as hanging."""


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

    def __init__(self, command: object, output: bytes = b"") -> None:
        super().__init__(f"no end in time: {command!r}, output so far: {output!r}")


class Process(subprocess.Popen[bytes]):
    """A process on pipes that nothing waits for without end, and that is gone behind its `with`.

    It leads a session, and its group is killed where the body fails or the process goes on: what
    is stopped, or waits itself, would never end. What it left running when it ended stays.
    """

    def __init__(
        self, command: Sequence[Argument], place: Place | None = None, **options: Any
    ) -> None:
        self.patience = place.timeout if place else TIMEOUT
        defaults = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        where = {"cwd": place.folder, "env": place.environ} if place else {}
        super().__init__(command, 0, **{**defaults, "start_new_session": True, **where, **options})

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type or self.poll() is None:
            kill_group(self)
        super().__exit__(exc_type, value, traceback)

    def wait(self, timeout: float | None = None) -> int:
        try:
            return super().wait(self.patience if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            raise HangingCommandError(self.args) from None

    def communicate(
        self,
        input: bytes | None = None,  # noqa: A002 - as its base has it
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        try:
            return super().communicate(input, self.patience if timeout is None else timeout)
        except subprocess.TimeoutExpired as error:
            raise HangingCommandError(self.args, error.output or b"") from None

    def read_until(self, wanted: bytes = b"\n", stream: IO[bytes] | None = None) -> bytes:
        """Read standard output, or another stream, until it has come to what is wanted, or ends."""
        source = stream or self.stdout
        assert source is not None
        due = time.monotonic() + self.patience
        output = b""
        while not output.endswith(wanted):
            if not select.select([source], [], [], max(0, due - time.monotonic()))[0]:
                raise HangingCommandError(self.args, output)
            piece = os.read(source.fileno(), 1)
            if not piece:
                break
            output += piece
        return output


def wait_until(has_happened: Callable[[], bool]) -> None:
    """Wait for something that is certain to happen, and fail where it does not."""
    due = time.monotonic() + TIMEOUT
    while not has_happened():
        assert time.monotonic() < due, has_happened
        time.sleep(0.01)


def run(
    command: Sequence[Argument],
    place: Place | None = None,
    *,
    stdin: bytes = b"",
    blocked: frozenset[signal.Signals] = frozenset(),
) -> Result:
    """Run with pipes; `stdin` is what the command can read, `blocked` what it has masked."""
    with _masked(blocked):
        process = Process(command, place)
    with process:
        stdout, stderr = process.communicate(stdin)
    return Result(process.returncode, stdout, stderr, process.pid)


def run_at_once(command: Sequence[Argument], place: Place, count: int) -> list[Result]:
    """Run the same command so many times at once."""
    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(lambda _: run(command, place), range(count))]


def run_signalled(
    command: Sequence[Argument],
    place: Place,
    signals: Sequence[signal.Signals],
    *,
    ready: bytes = b"ready\n",
) -> Result:
    """Send signals to the started process alone, once its output begins with `ready`."""
    with Process(command, place) as process:
        begun = process.read_until(ready)
        wait_until(lambda: is_prepared(process, signals))
        for each in signals:
            process.send_signal(each)
        stdout, stderr = process.communicate()
    return Result(process.returncode, begun + stdout, stderr, process.pid)


def run_abandoned(command: Sequence[Argument], place: Place, wanted: bytes) -> Result:
    """Read standard output until it begins with `wanted`, then close it, as `head` does."""
    with Process(command, place) as process:
        begun = process.read_until(wanted)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, stderr = process.communicate()
    return Result(process.returncode, begun, stderr, process.pid)


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


def is_prepared(process: Process, signals: Iterable[signal.Signals]) -> bool:
    """Whether each uv and xrun of a session that has a child would handle these signals.

    uv puts its handlers up when it has started the command, which may have said a word by then.
    """
    rows = []
    for file in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):  # it has ended
            lines = (line.partition(":") for line in file.read_text().splitlines())
            rows.append({name: value.strip() for name, _, value in lines})
    session = [row for row in rows if row.get("NSsid", "").split()[:1] == [str(process.pid)]]
    parents = {row["PPid"] for row in session}
    handled = [
        int(row["SigBlk"], 16) | int(row["SigIgn"], 16) | int(row["SigCgt"], 16)
        for row in session
        if row["Name"] in {"uv", "xrun"} and row["Pid"] in parents
    ]
    return all(mask >> (number - 1) & 1 for mask in handled for number in signals)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own session, with what it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
