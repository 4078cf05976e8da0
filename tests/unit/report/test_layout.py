"""Rows in columns, as wide as there is room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrun.report.layout import LEAST, LEAST_LAST, Row, align, align_notes, render_table
from xrun.report.width import measure

REQUESTS = Row(
    *("undeclared", "requests 2.34.2"),
    *(("by pip, 2 hours ago", "tests/test_api.py:3 imports it"), "uv add --dev requests"),
    colour="\x1b[31m",
)
ATTRS = Row("missing", "attrs 25.3.0", (), "xrunctl sync")
LOCKED = Row("other", "idna 3.6", ("locked: 3.20",), "xrunctl sync")
STRAY = Row("stray", "lib/python3.12/site-packages/helper.py", ("no one owns it",), "delete it")
NAMES = Row("", "and 3 that only it needs: certifi, charset-normalizer, idna")

WIDTHS = [
    (
        200,
        "  undeclared  requests 2.34.2  by pip, 2 hours ago; tests/test_api.py:3 imports it  "
        "uv add --dev requests",
    ),
    (104, "  undeclared  requests 2.34.2  … tests/test_api.py:3 imports it  uv add --dev requests"),
    (83, "  undeclared  requests 2.34.2  tests/test_api.py:3 imports…  uv add --dev requests"),
    (
        73,
        "  undeclared  requests 2.34.2  … tests/test_api.py:3 imports it\n"
        "              uv add --dev requests",
    ),
    (
        60,
        "  undeclared  requests 2.34.2  tests/test_api.py:3 imports…\n"
        "              uv add --dev requests",
    ),
    (
        40,
        "  undeclared  requests 2.34.2\n"
        "    by pip, 2 hours ago\n"
        "    tests/test_api.py:3 imports it\n"
        "    uv add --dev requests",
    ),
    (
        20,
        "  undeclared  requests 2.34.2\n"
        "    by pip, 2 hours ago\n"
        "    tests/test_api.py:3\n"
        "    imports it\n"
        "    uv add --dev requests",
    ),
]


@pytest.mark.parametrize(("width", "expected"), WIDTHS, ids=[str(width) for width, _ in WIDTHS])
def test_explanations_give_way_first_then_cures_move_down(width: int, expected: str) -> None:
    assert "\n".join(align([REQUESTS], width=width)) == expected


def test_without_a_width_nothing_is_cut() -> None:
    assert align([REQUESTS]) == align([REQUESTS], width=1000)


def test_what_is_short_stays_in_its_columns_beside_what_moves() -> None:
    long = Row("other", "six 1", ("by pip, 2 hours ago",), "uv add " + "six" * 30)
    assert align([long, LOCKED, ATTRS], width=70) == [
        "  other    six 1         by pip, 2 hours ago",
        f"    {long.cure}",
        "  other    idna 3.6      locked: 3.20  xrunctl sync",
        "  missing  attrs 25.3.0                xrunctl sync",
    ]


def test_a_cure_that_left_its_column_stays_in_the_line_where_there_is_room() -> None:
    rows = align([REQUESTS, LOCKED, ATTRS], width=60)
    assert rows[2:] == [
        "  other       idna 3.6         locked: 3.20  xrunctl sync",
        "  missing     attrs 25.3.0     xrunctl sync",
    ]


def test_one_odd_long_name_does_not_squeeze_the_others() -> None:
    assert align([LOCKED, STRAY], width=60) == [
        "  other  idna 3.6  locked: 3.20  xrunctl sync",
        "  stray  lib/python3.12/site-packages/helper.py",
        "         no one owns it",
        "         delete it",
    ]
    assert align([LOCKED, STRAY], width=75)[1] == (
        "  stray  lib/python3.12/site-packages/helper.py  no one owns it  delete it"
    )


def test_one_odd_long_cure_does_not_squeeze_the_others() -> None:
    long = Row("stray", "a.py", ("no one owns it",), "delete this, or move it into the project")
    lines = align([REQUESTS, long], width=110)
    assert lines == [
        *align([REQUESTS]),
        f"  stray       a.py             no one owns it  {long.cure}",
    ]


def test_a_list_of_names_is_wrapped_between_names() -> None:
    assert align([REQUESTS, NAMES], width=50)[-2:] == [
        "              and 3 that only it needs: certifi,",
        "              charset-normalizer, idna",
    ]


def test_no_name_is_broken_however_narrow_it_is() -> None:
    name = "opentelemetry-instrumentation-httpx"
    missing = Row("missing", f"{name} 0.51b0", (), "xrunctl sync")
    names = Row("", f"and 2 that only it needs: idna, {name}")
    assert align([missing, names], width=30) == [
        f"  missing  {name} 0.51b0",
        "    xrunctl sync",
        "           and 2 that only it",
        "           needs: idna,",
        f"           {name}",
    ]


def test_wide_letters_count_as_two_columns() -> None:
    wide = Row("x", "a", ("数据/模型.py:1 imports it",), "uv add a")
    thin = Row("x", "b", ("abcd/efgh.py:1 imports it",), "uv add b")
    first, second = align([wide, thin])
    assert measure(first[: first.index("uv")]) == measure(second[: second.index("uv")])


def test_a_row_without_explanations_leaves_no_empty_column() -> None:
    assert align([ATTRS]) == ["  missing  attrs 25.3.0  xrunctl sync"]
    assert align([]) == []


def test_notes_are_wrapped_below_their_own_column() -> None:
    note = Row("kept", "gdal 3.8", ("must match the system's libgdal", "instead of 3.9"))
    assert align_notes([note]) == [
        "  kept  gdal 3.8  must match the system's libgdal; instead of 3.9"
    ]
    assert align_notes([note], width=50) == [
        "  kept  gdal 3.8  must match the system's libgdal;",
        "                  instead of 3.9",
    ]
    assert align_notes([note], width=30) == [
        "  kept  gdal 3.8",
        "    must match the system's",
        "    libgdal",
        "    instead of 3.9",
    ]


WORDS = st.sampled_from(["undeclared", "missing", "no RECORD", ""])


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (40, "tests/test_api.py:10 and 15 import it"),
        (36, "tests/test_api.py:10 and 15 import…"),
        (31, "tests/test_api.py:10 and 15…"),
        (28, "tests/test_api.py:10 and 15…"),
        (27, "tests/test_api.py:10 and…"),
        (12, "tests/test_…"),
    ],
)
def test_no_number_is_cut(width: int, text: str) -> None:
    row = Row("undeclared", "six 1", ("tests/test_api.py:10 and 15 import it",))
    assert row.shorten_explanation(width) == text


TEXTS = st.text("ab c…数é", max_size=60).map(lambda text: " ".join(text.split()))
ROWS = st.builds(
    Row, WORDS, TEXTS.filter(bool), st.lists(TEXTS.filter(bool), max_size=3).map(tuple), TEXTS
)


@given(st.lists(ROWS, max_size=6), st.none() | st.integers(1, 200))
def test_no_name_and_no_cure_is_ever_cut(rows: list[Row], width: int | None) -> None:
    lines = align(rows, width=width)
    told = "\n".join(lines)
    for row in rows:
        is_list = not row.parts and not row.cure
        assert (row.subject in told) or (is_list and row.subject.split()[0] in told)
        assert row.cure in told
        assert width is not None or row.explanation in told
    uncut = max((measure(text) for row in rows for text in (row.subject, row.cure)), default=0)
    most = max(width or 0, LEAST + 4, uncut + 14)
    assert width is None or all(measure(line) <= most for line in lines)


@given(st.lists(ROWS, max_size=6), st.none() | st.integers(1, 200))
def test_colour_changes_no_place(rows: list[Row], width: int | None) -> None:
    coloured = [Row(row.word, row.subject, row.parts, row.cure, colour="\x1b[31m") for row in rows]
    for render in (align, align_notes):
        plain = render(rows, width=width)
        lines = render(coloured, width=width, has_colour=True)
        assert [re.sub("\x1b\\[[0-9]*m", "", line).rstrip() for line in lines] == plain


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
def test_no_cell_of_a_table_loses_anything(width: int) -> None:
    rows = [("k" * 50, "数据" * 30, "x" * 300)]
    lines = render_table(rows, width)
    for letter, count in (("k", 50), ("数", 30), ("x", 300)):
        assert sum(line.count(letter) for line in lines) == count
    if width > 3 * (LEAST_LAST + 2) + 6:
        assert max(map(measure, lines)) <= width


def test_an_empty_table_is_nothing() -> None:
    assert render_table([], 80) == []
