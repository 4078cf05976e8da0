"""All rows, and which of them are run again where xrun knows the state."""

from __future__ import annotations

from dataclasses import replace

from .row import Mode, Row
from .rows_commands import DEATHS, DISPATCH, ERRORS, SPLITTING, STATUSES, WORDS
from .rows_process import PROCESS_ROWS
from .rows_selection import SELECTION_ROWS

_STARTING = (*SPLITTING, *WORDS, *DISPATCH, *STATUSES, *DEATHS, *ERRORS, *PROCESS_ROWS)

AGAIN = tuple(
    row
    for row in _STARTING
    if row.state == "simple" and Mode.EXACT in row.modes and not row.changes_files
)
"""Rows about how a command is started, without those that change the project's state."""

BY_UV = tuple(
    replace(row, name=f"{row.name}, by uv", environ={**row.environ, "XRUN_LAUNCH": "uv"})
    for row in (*DEATHS, *PROCESS_ROWS)
    if row in AGAIN and not row.bare
)
"""Rows of which xrun gives all to uv: then the command dies as uv has it too."""

ROWS = (*_STARTING, *SELECTION_ROWS)


def cases() -> list[tuple[Row, Mode]]:
    """Every comparison; the clean exact one of rows in `AGAIN` is made there."""
    return [
        (row, mode)
        for row in ROWS
        for mode in Mode
        if mode in row.modes and not (mode is Mode.EXACT and row in AGAIN)
    ]
