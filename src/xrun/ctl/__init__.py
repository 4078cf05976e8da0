"""The `xrunctl` application: one file a verb."""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Run `xrunctl`."""
    try:
        from xrun.ctl.app import app
    except (AttributeError, ImportError) as error:
        _end_hidden(error)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot write must not stop a report
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ImportError as error:  # typer too imports late
        _end_hidden(error)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


def _end_hidden(error: Exception) -> NoReturn:
    """End where a module was not the one that was meant, as PYTHONPATH may have it."""
    if not os.environ.get("PYTHONPATH"):
        raise error
    print(f"xrun: xrunctl cannot start: {error}", file=sys.stderr)
    told = "PYTHONPATH is set, and what lies there comes before xrun's own modules"
    print(f"xrun: {told}; `env -u PYTHONPATH xrunctl` does without", file=sys.stderr)
    sys.exit(2)
