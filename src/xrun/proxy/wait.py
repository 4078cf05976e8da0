"""Wait for a command that something may be said after, and forward signals to it.

Also a program, which xrun becomes once the command has run for a moment: a Python that has loaded
no more than this has 8 to 10 MiB resident, xrun 17 to 24 (CPython 3.10 to 3.13). What is to be said
waits in a pipe.

Light on purpose: the program has the standard library alone, and loads what is here.
"""

from __future__ import annotations

import _signal
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import NoReturn

# How long xrun itself waits, in seconds; most commands have ended by then.
MOMENT = 1.0
# How the program's command line begins: Python, an option, this file, a descriptor. What xrun was
# started with follows.
PROGRAM, WORDS = os.path.join("xrun", "proxy", "wait.py"), 4


class Child:
    """A child that is waited for: a command, or the uv that starts it.

    Attributes:
        pid: Its process.
        signals: What is blocked meanwhile: SIGCHLD, and all that is forwarded.
        mask: What was blocked before.
        silent: The statuses after which nothing is said.
        is_command: Whether it is a command: it gets signals as from uv, and its status as uv has
            it. uv gets from the terminal what that sends to the whole group, and takes this process
            with it where it dies by a signal.
    """

    def __init__(
        self,
        pid: int,
        signals: Collection[int],
        mask: Collection[int],
        silent: Collection[int],
        is_command: bool,  # noqa: FBT001 - as it is handed over
    ) -> None:
        self.pid = pid
        self.signals = signals
        self.mask = mask
        self.silent = silent
        self.is_command = is_command

    def wait(self, say: Callable[[int], None], *, is_small: bool = False) -> int:
        """Wait until it has ended, and say what is due.

        Args:
            say: Says it, given the status; pickled where this process becomes smaller.
            is_small: Whether it is as small as it can be.

        Returns:
            Its status.
        """
        is_small = is_small or sys.platform != "linux" or not _set_timer()
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return self._end(os.waitstatus_to_exitcode(status), say)
            if sys.platform == "linux":
                taken = _signal.sigwaitinfo(self.signals)
                is_by_kernel = taken.si_code > 0  # no process sent what has such a code
                if is_by_kernel and taken.si_signo == _signal.SIGALRM and not is_small:
                    self._become_smaller(say)
                    is_small = True  # or cannot be
                else:
                    self._forward(taken.si_signo, is_for_group=is_by_kernel)
            else:
                self._forward(_signal.sigwait(self.signals), is_for_group=os.isatty(0))

    def _forward(self, number: int, *, is_for_group: bool) -> None:
        if self.is_command:
            has_it = number == _signal.SIGINT and self._has_interrupt()
        else:
            typed = {_signal.SIGINT, _signal.SIGQUIT, _signal.SIGWINCH}
            has_it = is_for_group and number in {*typed, getattr(_signal, "SIGINFO", None)}
        if number != _signal.SIGCHLD and not has_it:
            try:
                os.kill(self.pid, number)  # not waited for yet, so the number is still its own
            except PermissionError:  # another user's, such as sudo
                return

    def _has_interrupt(self) -> bool:
        """Guess as uv does (child.rs, 0.13.9) that a command has a SIGINT from the terminal.

        Otherwise this waits a moment, as uv does too, in which the command may handle one.
        """
        try:
            if os.isatty(0) and os.getpgid(self.pid) == os.getpgrp():
                return True
        except ProcessLookupError:  # it has ended
            return True
        time.sleep(0.2)
        return False

    def _end(self, status: int, say: Callable[[int], None]) -> int:
        # As Python has it: what is left to say, and cannot be written, must not end this process.
        _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
        _signal.setitimer(_signal.ITIMER_REAL, 0)  # it would end this process as Python finishes
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self.mask)
        if status < 0 and self.is_command:
            status = 128 - status
        elif status < 0:
            if -status not in {_signal.SIGKILL, _signal.SIGSTOP}:
                _signal.signal(-status, _signal.SIG_DFL)
            os.kill(os.getpid(), -status)
        if status not in self.silent:
            say(status)
        return status

    def _become_smaller(self, say: Callable[[int], None]) -> None:
        """Become the program that goes on here; return where that cannot be."""
        # In an archive, or by now removed, they are no files.
        if not all(map(os.path.isfile, (sys.executable, os.__file__, __file__))):
            return
        try:
            import fcntl
            import marshal
            import pickle

            content = marshal.dumps((sys.path, vars(self))) + pickle.dumps(say)
            reading, writing = os.pipe()
            with open(reading, "rb", 0), open(writing, "wb", 0) as pipe:
                fcntl.fcntl(writing, getattr(fcntl, "F_SETPIPE_SZ"), len(content))  # noqa: B009 - of Linux
                os.set_blocking(writing, False)
                if pipe.write(content) == len(content):
                    os.set_inheritable(reading, True)  # noqa: FBT003
                    words = ["-S", __file__, str(reading), *sys.orig_argv]
                    os.execv(sys.executable, [sys.executable, *words])
        except Exception:  # noqa: BLE001 - it is all about memory, and the command runs
            return


def _set_timer() -> bool:
    """Have SIGALRM wake this process after the moment, unless one is to come already (`alarm`).

    `sigtimedwait` returns nonsense where its time ends while this process is stopped (CPython 3.10
    to 3.13).
    """
    due, interval = _signal.setitimer(_signal.ITIMER_REAL, MOMENT)
    if due:
        _signal.setitimer(_signal.ITIMER_REAL, due, interval)
    return not due


def catch(signals: Iterable[int]) -> None:
    """Catch signals, and do nothing: what is ignored is dropped, also where it is blocked."""
    for number in signals:
        _signal.signal(number, lambda *_: None)


def main() -> NoReturn:
    """Go on waiting where xrun was."""
    import marshal

    with open(int(sys.argv[1]), "rb", buffering=0) as pipe:
        path, state = marshal.load(pipe)  # noqa: S302 - by this process, to itself
        child = Child(**state)
        catch(child.signals)
        _take_name()

        def say(status: int) -> None:
            sys.path[:] = path
            try:
                import pickle

                pickle.loads(pipe.read())(status)  # noqa: S301 - likewise
            except Exception:  # noqa: BLE001 - another xrun may be there by now, or none
                return

        raise SystemExit(child.wait(say, is_small=True))


def _take_name() -> None:
    """Take the name that xrun's script had in lists of processes."""
    try:
        with open("/proc/self/comm", "wb", buffering=0) as file:
            file.write(b"xrun")
    except OSError:
        return


if __name__ == "__main__":
    main()
