"""Cells stand in columns, and go on below where there is no room."""

from __future__ import annotations

import pytest

from xrun.report.table import LEAST, render_table
from xrun.report.width import measure


def test_columns_are_as_wide_as_they_have_to_be() -> None:
    rows = [("a", "bb", "one two"), ("aaa", "b", "three")]
    assert render_table(rows, 80) == ["  a    bb  one two", "  aaa  b   three"]


def test_what_is_too_long_goes_on_below() -> None:
    lines = render_table([("key", "v", "word " * 10), ("", "w", "x")], 30)
    assert lines == [
        "  key  v  word word word word",
        "          word word word word",
        "          word word",
        "       w  x",
    ]


@pytest.mark.parametrize("width", [1, 20, 40, 79, 200])
def test_no_cell_loses_anything(width: int) -> None:
    rows = [("k" * 50, "数据" * 30, "x" * 300)]
    lines = render_table(rows, width)
    for letter, count in (("k", 50), ("数", 30), ("x", 300)):
        assert sum(line.count(letter) for line in lines) == count
    if width > 3 * (LEAST + 2) + 6:
        assert max(map(measure, lines)) <= width


def test_nothing_is_nothing() -> None:
    assert render_table([], 80) == []
