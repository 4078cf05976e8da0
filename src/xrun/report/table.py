"""Cells in aligned columns; what is too long goes on below, in its own column."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from xrun.report.layout import BETWEEN
from xrun.report.width import measure, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 16  # columns that the last cell has however narrow the terminal is


def render_table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Render rows of cells: each column as wide as it has to be, the last one gets the rest.

    Args:
        rows: Of the same number of cells each, safe for a terminal.
        width: How many columns there are.
    """
    if not rows:
        return []
    most = max(width // 3, LEAST)
    columns = [min(max(map(measure, cells)), most) for cells in zip(*rows, strict=True)]
    columns[-1] = max(width - sum(each + BETWEEN for each in columns[:-1]) - BETWEEN, LEAST)
    return [line for row in rows for line in _render_row(row, columns)]


def _render_row(row: Sequence[str], columns: Sequence[int]) -> list[str]:
    cells = [wrap(cell, column) for cell, column in zip(row, columns, strict=True)]
    gap = " " * BETWEEN
    return [
        (gap + gap.join(map(pad, line, columns))).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]
