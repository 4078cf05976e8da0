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
        app()
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
