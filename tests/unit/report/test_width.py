"""How wide text is on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrun.report.width import measure, pad, shorten, wrap

# Blanks of one kind only, as text has that was made safe for a terminal.
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "))


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("six 1.17.0", 10),
        ("数据", 4),
        ("\uff46\uff55\uff4c\uff4c", 8),
        ("ﾊﾝｶｸ", 4),
        ("модели", 6),
        ("e\u0301te\u0301", 3),
        ("naïve…", 6),
    ],
)
def test_measures_columns_not_letters(text: str, width: int) -> None:
    assert measure(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("ab cdef", 4, "ab…"),
        ("数据数据", 8, "数据数据"),
        ("数据数据", 7, "数据数…"),
        ("数据数据", 6, "数据…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_shortens_to_a_width(text: str, width: int, expected: str) -> None:
    assert shorten(text, width) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("one two three", ["one", "two", "three"]),
        ("a b c d", ["a b c", "d"]),
        ("a verylongword b", ["a", "veryl", "ongwo", "rd b"]),
        ("数据数据", ["数据", "数据"]),
    ],
)
def test_wraps_at_blanks_and_breaks_what_is_too_long(text: str, expected: list[str]) -> None:
    assert wrap(text, 5) == expected


def test_a_name_is_a_line_of_its_own_rather_than_broken() -> None:
    assert wrap("a verylongword b", 5, breaks=False) == ["a", "verylongword", "b"]


@given(TEXT, st.integers(1, 30))
def test_nothing_is_wider_than_asked_for(text: str, width: int) -> None:
    assert measure(shorten(text, width)) <= width
    assert measure(pad(text, width)) == max(measure(text), width)
    if width > 1:
        assert all(measure(line) <= width for line in wrap(text, width))


@given(text=TEXT, width=st.integers(-3, 30), breaks=st.booleans())
def test_wrapping_loses_nothing(text: str, width: int, *, breaks: bool) -> None:
    assert "".join(wrap(text, width, breaks=breaks)).replace(" ", "") == text.replace(" ", "")
