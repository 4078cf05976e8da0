"""The `xrunctl` application: one file a verb."""

from __future__ import annotations

import gc
import io
import os
import sys

from xrun import end, leave_path_to_command
from xrun.proxy.launch import heed_children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Run `xrunctl`; Ctrl-C ends it with typer's status, while its modules are loaded too."""
    try:
        _run()
    except SystemExit as finished:
        if not isinstance(finished.code, int):
            raise
        end(finished.code)
    except KeyboardInterrupt:
        end(130)
    end(0)


def _run() -> None:
    """Run a verb; what it says is written by its end."""
    leave_path_to_command()
    gc.disable()  # a short life: what is loaded for it is never garbage
    heed_children()
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115 - closed, and so None
    if isinstance(sys.stdout, io.TextIOWrapper):  # what it cannot write must not stop a report
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr = _open_standard_error()
    try:
        try:
            _call(sys.argv[1:])
        finally:
            sys.stdout.flush()  # what is still buffered may fail as well
    except BrokenPipeError:  # the reader has seen enough
        sys.exit(1)
    except OSError as problem:
        if problem.filename is not None:  # not that of standard output
            raise
        print(f"xrun: the answer cannot be written: {problem.strerror}", file=sys.stderr)
        sys.exit(2)


def _call(words: Sequence[str]) -> None:
    """Call a verb: its function, where no word needs typer; else that reads the words."""
    if words[:1] == ["--complete"]:  # a shell waits; most of the verbs are not needed
        from xrun.ctl.complete import main as complete

        complete(words[1:])
        return
    from xrun.ctl.output import warn_of_distrusted
    from xrun.ctl.verbs import Exit, find_call

    call = find_call(words)
    if call is None:
        from xrun.ctl.app import app

        app()
        return
    try:
        warn_of_distrusted()
        call()
    except Exit as finished:
        sys.exit(finished.status)


class _Unfailing(io.TextIOWrapper):
    """A stream that takes everything, and drops what cannot be written: no status depends on it."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            return


def _open_standard_error() -> io.TextIOWrapper:
    """Open standard error so that it takes everything, though it may be full or closed."""
    stream = sys.stderr
    buffer = stream.buffer if stream else open(os.devnull, "wb")  # noqa: PTH123, SIM115 - to the end
    encoding = stream.encoding if stream else None
    return _Unfailing(buffer, encoding, "backslashreplace", line_buffering=True)
