"""Problems with their line: where the mark stands, and what is cut of a long line."""

from __future__ import annotations

import pytest

from xrun.policy.positions import make_excerpt
from xrun.policy.problems import Problem
from xrun.report.excerpt import render_problems
from xrun.report.width import measure


def render(text: str, piece: str, *, width: int | None = None) -> list[str]:
    """Render a problem of a piece of a text."""
    start = text.index(piece)
    at = make_excerpt(text, (start, start + len(piece)))
    return render_problems([Problem("xrun.toml", "", "wrong", at=at)], width=width)


def find_marked(lines: list[str]) -> str:
    """Find what the mark stands below, by columns."""
    line, mark = lines[-2], lines[-1]
    start = measure(mark.rstrip("^"))
    columns = "".join((letter + "\0")[: measure(letter)] for letter in line)
    return columns[start : measure(mark)].replace("\0", "")


def test_a_problem_has_its_place_its_line_and_a_mark() -> None:
    assert render('a = 1\nmode = "exac"\n', '"exac"') == [
        "error: wrong",
        "  --> xrun.toml:2:8",
        '  2 | mode = "exac"',
        "    |        ^^^^^^",
    ]


def test_numbers_of_two_digits_move_all_to_the_right() -> None:
    lines = render("\n" * 11 + "mode = 1", "1")
    assert lines[1:] == ["   --> xrun.toml:12:8", "  12 | mode = 1", "     |        ^"]


def test_what_stands_in_no_line_has_its_place_alone() -> None:
    warning = Problem("xrun.toml", "", "odd", is_warning=True)
    assert render_problems([warning]) == ["warning: odd", "  --> xrun.toml"]


@pytest.mark.parametrize(
    "before", ["\t", "\tx = 1, \t", "日本語 = 1, ", "e\u0301 = 1, ", "\x1b[2J"]
)
def test_the_mark_stands_below_what_it_is_about(before: str) -> None:
    assert find_marked(render(f"{before}'wröng' }}", "'wröng'")) == "'wröng'"
    assert find_marked(render(f"{before}'日本' }}", "'日本'")) == "'日本'"


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("piece", ["'wrong'", "'" + "long " * 50 + "'", "'日本語'"])
@pytest.mark.parametrize(("before", "after"), [(0, 500), (500, 0), (500, 500), (30, 30)])
def test_a_long_line_is_cut_around_the_mark(
    width: int, piece: str, before: int, after: int
) -> None:
    lines = render("x" * before + piece + "y" * after, piece, width=width)
    assert max(map(measure, lines)) <= width
    assert find_marked(lines).startswith("'")
    assert before != 500 or "…" in lines[-2].partition("'")[0]


def test_a_piece_of_several_lines_is_marked_in_the_first() -> None:
    assert find_marked(render("keep = [\n1,\n]\n", "[\n1,\n]")) == "["


def test_a_line_without_a_terminal_has_an_end_too() -> None:
    assert max(map(len, render("x" * 9999 + "'a'", "'a'"))) <= 120


def test_colours_change_no_letter() -> None:
    at = make_excerpt("mode = 1", (7, 8))
    problem = Problem("xrun.toml", "", "wrong", at=at)
    coloured = "\n".join(render_problems([problem], has_colour=True))
    assert coloured.count("\x1b[1;31m") == 2  # the level, and the mark
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == "\n".join(render_problems([problem]))
