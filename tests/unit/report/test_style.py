"""How lines of xrun's own look: coloured, and wrapped between words."""

from __future__ import annotations

import pytest

from xrun.proxy.command_line import parse_invocation
from xrun.report.style import Style, find_style

LINE = "xrun: removed six, which `xrunctl restore --at 1 six` brings back from the backup"


def test_in_a_pipe_nothing_is_wrapped_or_coloured() -> None:
    assert [*Style().dress([LINE, "  a row"])] == [LINE, "  a row"]


def test_a_line_is_wrapped_between_words_and_below_its_text() -> None:
    assert [*Style(40).dress([LINE])] == [
        "xrun: removed six, which",
        "      `xrunctl restore --at 1 six`",
        "      brings back from the backup",
    ]


@pytest.mark.parametrize("width", [1, 20, 30])
def test_no_word_and_no_command_is_cut(width: int) -> None:
    words = " ".join(line.strip() for line in Style(width).dress([LINE]))
    assert words == LINE
    assert any("`xrunctl restore --at 1 six`" in line for line in Style(width).dress([LINE]))


def test_rows_and_lines_of_others_stay() -> None:
    rows = ["  undeclared  " + "x" * 90, "error: " + "y " * 90]
    assert [*Style(40, has_colour=True).dress(rows)] == rows


def test_what_leads_a_line_and_commands_are_coloured() -> None:
    coloured = [*Style(has_colour=True).dress(["xrun: not run: no; `uv add x` helps"])]
    assert coloured == [
        "\x1b[1;36mxrun:\x1b[0m \x1b[1;31mnot run:\x1b[0m no; \x1b[32m`uv add x`\x1b[0m helps"
    ]


@pytest.mark.parametrize(
    ("typed", "environ", "expected"),
    [
        ("x", {}, False),
        ("x", {"FORCE_COLOR": "1"}, True),
        ("x", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("--color always x", {"NO_COLOR": "1"}, True),
        ("--color never x", {"FORCE_COLOR": "1"}, False),
        ("--no-color x", {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_the_colour_is_decided_as_by_uv(
    typed: str,
    environ: dict[str, str],
    expected: bool,  # noqa: FBT001 - a row
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert find_style(parse_invocation(typed.split())).has_colour is expected
