"""The `xrunctl` application: one file a verb."""

from __future__ import annotations

import io
import os
import sys

from xrun import leave_path_to_command


def main() -> None:
    """Run `xrunctl`."""
    leave_path_to_command()
    from xrun.ctl.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot write must not stop a report
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            if isinstance(sys.stdout, io.TextIOBase):  # it may be closed, and so None
                sys.stdout.flush()  # what is still buffered may fail as well
    except BrokenPipeError:  # whoever reads has seen enough
        _drop_output()
        sys.exit(1)
    except OSError as problem:
        if problem.filename is not None:  # not that of standard output
            raise
        _drop_output()
        print(f"xrun: the answer cannot be written: {problem.strerror}", file=sys.stderr)
        sys.exit(2)


def _drop_output() -> None:
    """Drop what is still buffered: Python would try to write it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
