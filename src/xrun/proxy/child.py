"""A program that is asked something: started, read until it ends, waited for.

Not `subprocess`, but on Windows: it costs half as much as a start of Python (CPython 3.11).

Light on purpose: the shortest way through a changed project loads this module.
"""

from __future__ import annotations

import os
import time

from xrun import proxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

# Standard input, output and error.
STREAMS = 3


class Asked:
    """What became of a program.

    Attributes:
        returncode: Its status; negative for the signal that ended it.
        stdout: What it said on standard output, line ends as here.
        stderr: The same of standard error; empty where that was shown.
    """

    __slots__ = ("returncode", "stderr", "stdout")

    def __init__(self, returncode: int, stdout: str, stderr: str) -> None:
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr


def ask(  # noqa: PLR0913 - what a process is made of
    argv: list[str],
    environ: Mapping[str, str],
    patience: float,
    watch: Callable[[int], None],
    *,
    stderr: int = -1,
    hands_on: bool = False,
) -> Asked:
    """Run a program, with nothing to read, and capture what it says.

    Args:
        argv: Its path and arguments.
        environ: Its variables.
        patience: After how many seconds it is watched, and each second from then on.
        watch: Given its process then; what it raises ends the program.
        stderr: The descriptor that its standard error goes to; it is captured where that is none.
        hands_on: Whether it gets the descriptors that may be inherited, as locks are.

    Raises:
        OSError: The program could not be started.
    """
    return begin(argv, environ, stderr=stderr, hands_on=hands_on).finish(patience, watch)


def begin(
    argv: list[str], environ: Mapping[str, str], *, stderr: int = -1, hands_on: bool = False
) -> Begun:
    """Begin what `ask` does; what is begun has to be finished or ended.

    Raises:
        OSError: The program could not be started.
    """
    if not proxy.REPLACES:
        return _begin_elsewhere(argv, environ, stderr=stderr)
    import _signal  # not `signal`: see `proxy.launch`

    shown = [stderr] if stderr >= 0 else []
    pipes = [_make_pipe() for _ in range(2 - len(shown))]
    outputs = [*(pipe[1] for pipe in pipes), *shown]
    begun = None
    # A Ctrl-C while it starts would leave it behind.
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT])
    try:
        pid = _spawn(argv, environ, outputs, mask, hands_on=hands_on)
        begun = Begun(pid, [pipe[0] for pipe in pipes])
    finally:
        for pipe in pipes:
            os.close(pipe[1])
            if begun is None:
                os.close(pipe[0])
        try:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
        except BaseException:
            if begun is not None:
                begun.end()
            raise
    return begun


class Begun:
    """A program that was started, and is not waited for yet."""

    __slots__ = ("_descriptors", "_pid")

    def __init__(self, pid: int, descriptors: Sequence[int]) -> None:
        self._pid = pid
        self._descriptors = descriptors

    def finish(self, patience: float, watch: Callable[[int], None]) -> Asked:
        """Wait until it ends; the rest as for `ask`."""
        try:
            said = _read(self._descriptors, patience, lambda: watch(self._pid))
        except BaseException:
            self._kill()
            raise
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return Asked(status, *said, *([""] if len(said) == 1 else []))

    def end(self) -> None:
        """End it at once, whatever it does."""
        for each in self._descriptors:
            os.close(each)
        self._kill()

    def _kill(self) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)


def _make_pipe() -> tuple[int, int]:
    """Make a pipe, clear of the standard streams: one of these may be closed here."""
    low: list[int] = []
    while True:
        ends = os.pipe()
        if min(ends) >= STREAMS:
            break
        low += ends
    for each in low:
        os.close(each)
    return ends


def _spawn(
    argv: list[str],
    environ: Mapping[str, str],
    outputs: Sequence[int],
    mask: Collection[int],
    *,
    hands_on: bool,
) -> int:
    import _signal

    actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    actions += ((os.POSIX_SPAWN_DUP2, end, at) for at, end in enumerate(outputs, 1))
    if not hands_on:
        actions += ((os.POSIX_SPAWN_CLOSE, each) for each in _list_inherited())
    usual = [_signal.SIGPIPE, _signal.SIGXFSZ]  # which Python ignores
    return os.posix_spawn(
        argv[0], argv, environ, file_actions=actions, setsigmask=mask, setsigdef=usual
    )


def _list_inherited() -> Iterator[int]:
    """List the descriptors that a program would inherit besides the standard streams.

    Above a limit that was lowered since they were opened (`ulimit -n 64`) they stay: to close one
    there fails the whole start.
    """
    limit = os.sysconf("SC_OPEN_MAX")
    try:
        numbers = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:  # not to be seen here
        return
    for number in numbers:
        try:
            if STREAMS <= number < limit and os.get_inheritable(number):
                yield number
        except OSError:  # noqa: PERF203 - of the listing itself
            continue


def _read(
    descriptors: Sequence[int], patience: float, watch: Callable[[], None]
) -> tuple[str, ...]:
    """Read descriptors until each ends, and close them."""
    import select

    poll = select.poll()
    found: dict[int, list[bytes]] = {each: [] for each in descriptors}
    for each in descriptors:
        poll.register(each, select.POLLIN)
    is_open, due = len(descriptors), time.monotonic() + patience
    try:
        while is_open:
            for descriptor, _ in poll.poll(max(0, due - time.monotonic()) * 1000):
                content = os.read(descriptor, 1 << 16)
                found[descriptor].append(content)
                if not content:
                    poll.unregister(descriptor)
                    is_open -= 1
            if is_open and time.monotonic() >= due:
                watch()
                due = time.monotonic() + 1
    finally:
        for each in descriptors:
            os.close(each)
    texts = (b"".join(parts).decode("utf-8", "replace") for parts in found.values())
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n") for text in texts)


def _begin_elsewhere(argv: Sequence[str], environ: Mapping[str, str], *, stderr: int) -> Begun:
    """Do the same where no process is spawned as POSIX has it."""
    import subprocess

    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr if stderr >= 0 else subprocess.PIPE,
        env=environ,
        encoding="utf-8",
        errors="replace",
    )

    class Elsewhere(Begun):
        __slots__ = ()

        def finish(self, patience: float, watch: Callable[[int], None]) -> Asked:
            try:
                while True:
                    try:
                        said, errors = process.communicate(timeout=patience)
                    except subprocess.TimeoutExpired:  # noqa: PERF203 - each second
                        watch(process.pid)
                        patience = 1
                    else:
                        return Asked(process.returncode, said, errors or "")
            except BaseException:
                self.end()
                raise

        def end(self) -> None:
            with process:
                process.kill()

    return Elsewhere(process.pid, ())
