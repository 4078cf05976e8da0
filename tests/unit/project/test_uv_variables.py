"""Whether uv colours, by its variables, by what was typed, and by where it says something."""

from __future__ import annotations

import sys

import pytest

from xrun.project.uv_variables import decide_colour, set_colour

XTERM = {"TERM": "xterm"}

# Each as seen on uv 0.13.9.
ON_TERMINAL = [
    (XTERM, True),
    ({"TERM": "dumb"}, False),
    ({"TERM": "dumb", "CLICOLOR": "1"}, True),
    ({"TERM": "dumb", "CLICOLOR": ""}, True),
    ({"TERM": "dumb", "CI": "true"}, True),
    ({**XTERM, "CLICOLOR": "0"}, False),
    ({**XTERM, "CLICOLOR": "0", "FORCE_COLOR": "1"}, True),
    ({**XTERM, "CLICOLOR": "0", "CLICOLOR_FORCE": "0"}, True),
    ({**XTERM, "NO_COLOR": "1"}, False),
    ({**XTERM, "NO_COLOR": ""}, True),
    ({**XTERM, "NO_COLOR": "0", "FORCE_COLOR": "1"}, False),
]
ON_PIPE = [
    (XTERM, False),
    ({**XTERM, "CLICOLOR": "1", "CI": "true"}, False),
    ({"FORCE_COLOR": "0"}, True),
    ({"FORCE_COLOR": ""}, False),
    ({"CLICOLOR_FORCE": "1"}, True),
    ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
]
TYPED = [
    ("always", {"NO_COLOR": "1"}, True),
    ("never", {"FORCE_COLOR": "1"}, False),
    ("auto", {"FORCE_COLOR": "1"}, False),
    ("auto", {"CLICOLOR_FORCE": "1"}, True),
]
SEEN = [
    *((environ, True, "", expected) for environ, expected in ON_TERMINAL),
    *((environ, False, "", expected) for environ, expected in ON_PIPE),
    *((environ, False, typed, expected) for typed, environ, expected in TYPED),
]


@pytest.mark.parametrize(("environ", "is_terminal", "typed", "expected"), SEEN, ids=str)
def test_colours_where_uv_does(
    environ: dict[str, str], *, is_terminal: bool, typed: str, expected: bool
) -> None:
    assert decide_colour(environ, is_terminal=is_terminal, typed=typed) is expected


@pytest.mark.skipif(sys.platform == "win32", reason="a console there can")
def test_a_terminal_of_no_kind_has_no_colours() -> None:
    assert not decide_colour({}, is_terminal=True)


@pytest.mark.parametrize("environ", [environ for environ, *_ in SEEN], ids=str)
@pytest.mark.parametrize("has_colour", [True, False])
def test_what_is_captured_is_coloured_as_if_it_were_not(
    environ: dict[str, str], *, has_colour: bool
) -> None:
    for is_terminal in (True, False):
        is_right = decide_colour(environ, is_terminal=is_terminal) is has_colour
        chosen = set_colour(environ, has_colour=has_colour, is_terminal=is_terminal)
        assert (chosen == environ) is is_right
        assert decide_colour(chosen, is_terminal=is_terminal) is has_colour
        assert chosen.get("TERM") == environ.get("TERM")
