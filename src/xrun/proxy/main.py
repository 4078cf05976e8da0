"""The `xrun` command: one page, top to bottom.

Light on purpose: what is unchanged is started from here; anything else loads `run`.
"""

import os
import sys

from xrun import end, leave_path_to_command
from xrun.proxy import launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> int:
    """Run `uv run` with what was typed behind `xrun`; on POSIX this process becomes uv.

    Returns:
        The status where the process stays: the command's, or 125 if it was not run.
    """
    leave_path_to_command()
    launch.heed_children()
    argv = sys.argv[1:]
    try:
        if os.environ.get("XRUN") == "0":
            from xrun.proxy.uv import find_uv

            if (plain := find_uv()) is not None:
                launch.exec_uv(plain, ["run", *argv])  # nothing is read, nothing is added
        from xrun.proxy.command_line import OWN_OPTIONS

        if argv and argv[0] in OWN_OPTIONS:
            from xrun.report.about import render_about

            return _print(render_about(argv[0]))
        first = launch.find_first_uv()
        if first is not None:
            exec_if_unchanged(argv, first)
            from xrun.proxy import uv

            if uv.is_shim(first) and (behind := uv.find_uv()) is not None:
                exec_if_unchanged(argv, behind)
        return _run(argv)
    except KeyboardInterrupt:
        return _die_by_interrupt()
    except OSError as error:  # uv cannot be started
        from xrun.errors import STATUS_NOT_RUN, render_cause

        _say([f"xrun: not run: {render_cause(error)}"])
        return STATUS_NOT_RUN


def exec_if_unchanged(argv: list[str], found: str) -> None:
    """Become the command, or uv, at once if a stamp holds; return otherwise."""
    from xrun.proxy import stamp
    from xrun.proxy.command_line import parse_invocation

    invocation, deciding = parse_invocation(argv), stamp.list_deciding()
    if not stamp.may_have_stamp(invocation, deciding):
        return
    try:
        key = stamp.render_key(invocation, found, deciding)
        last = stamp.find_stamp(key, invocation.command, enters=True)
        if last is None:
            from xrun.proxy.renewal import renew_stamp

            last = renew_stamp(found, key, invocation.command)
    except OSError:  # the current folder is gone
        return
    if last is not None:
        where, launcher, injected = last
        if stamp.ACTIVE in injected:
            os.environ[stamp.WITHIN] = where
            _use_separate(where)
        if launcher:
            launch.start(invocation, where, launcher)
        launch.exec_uv(found, ["run", *injected, *argv])


def _use_separate(folder: str) -> None:
    """Use an environment of xrun's own; the file beside it tells when that was last."""
    os.environ["VIRTUAL_ENV"] = folder
    try:
        os.utime(f"{os.path.dirname(folder)}/about")
    except OSError:
        return


def _run(argv: list[str]) -> int:
    """Run what has changed; the one place where an error of xrun's becomes a status.

    What is still to be said is said by then, so that this process ends here.
    """
    import gc

    gc.disable()  # a short life: what is loaded for it is never garbage
    from functools import partial  # not closures: `proxy.wait` pickles them

    from xrun.errors import STATUS_NOT_RUN, XrunError
    from xrun.run.run import run

    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    say = partial(_say_dressed, argv)
    try:
        end(run(argv, say, partial(_ask_dressed, argv), is_terminal=is_terminal))
    except XrunError as error:
        from xrun.report.notices import render_error

        say(render_error(error))
    return STATUS_NOT_RUN


def _print(text: str) -> int:
    """Print on standard output; that a reader has left is no error to report."""
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # at its end Python would write again
        if not isinstance(error, BrokenPipeError):
            _say([f"xrun: the answer cannot be written: {error.strerror}"])
        return 1
    return 0


def _dress(argv: "Sequence[str]", lines: "Sequence[str]") -> list[str]:
    """Colour and wrap lines as they look for what was typed."""
    from xrun.proxy.command_line import parse_invocation
    from xrun.report.style import find_style

    return [*find_style(parse_invocation(argv)).dress(lines)]


def _say_dressed(argv: "Sequence[str]", lines: "Sequence[str]") -> None:
    _say(_dress(argv, lines))


def _ask_dressed(argv: "Sequence[str]", question: str) -> str:
    return _ask("\n".join(_dress(argv, [question])) + " ")


def _say(lines: "Sequence[str]") -> None:
    """Print lines on standard error, if there is one that takes them."""
    if sys.stderr is None:
        return
    try:
        for line in lines:
            print(line, file=sys.stderr)
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.stderr = None  # at its end Python would write again, and end with 120


def _ask(question: str) -> str:
    """Print a question at the terminal and read one line; empty where there is no more input."""
    _drop_typed_ahead()
    os.write(2, question.encode())
    # Not input(): what is typed ahead behind this line is the command's.
    return os.read(0, 4096).decode(errors="replace")


def _drop_typed_ahead() -> None:
    """Drop what was typed before there was a question: it is no answer."""
    import contextlib

    try:
        import termios
    except ImportError:  # no POSIX
        return
    with contextlib.suppress(termios.error):  # no terminal after all
        termios.tcflush(0, termios.TCIFLUSH)


def _die_by_interrupt() -> int:
    """End as a program does that Ctrl-C ended, so that a shell sees what it would see of uv."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    return 130
