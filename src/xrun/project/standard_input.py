"""What comes by standard input, looked at before the program that it is for reads it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

CHUNK = 1 << 20


def read_ahead() -> bytes:
    """Read all of standard input, and leave it to be read once more.

    A file is only wound back; what comes through a pipe goes on as a file without a name. A
    terminal is left alone: who types there would have to type it twice.

    Returns:
        What is there; nothing for a terminal, and where there is no standard input.
    """
    try:
        if os.isatty(0):
            return b""
        if stat.S_ISREG(os.fstat(0).st_mode):
            at = os.lseek(0, 0, os.SEEK_CUR)
            content = _read_all()
            os.lseek(0, at, os.SEEK_SET)
            return content
        content = _read_all()
    except OSError:  # closed, or a folder
        return b""
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        os.dup2(file.fileno(), 0)
    with suppress(OSError):
        os.lseek(0, 0, os.SEEK_SET)
    return content


def _read_all() -> bytes:
    pieces = []
    while piece := os.read(0, CHUNK):
        pieces.append(piece)
    return b"".join(pieces)
