"""The list of what can be brought back: which command took it and when; it ends, and fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from unit.drifts import HOSTILE
from xrun.ctl.restore_text import MOST_GONE, MOST_LISTED, list_kept, render_list
from xrun.environment.attic.store import Removal, Removed
from xrun.policy.keep import Keep

MINUTE = 60


def make_removal(*names: str, command: str = "xrun pytest -x", at: float = 0) -> Removal:
    gone = tuple(Removed(name, "1.0") for name in names)
    return Removal(at, Path("/venv"), gone, command=command)


def test_a_removal_says_which_command_made_it_and_when() -> None:
    listed = [("1", make_removal("six")), ("-", make_removal("idna", command=""))]
    assert [*render_list(listed, 2 * MINUTE, 80)] == [
        "  1  2 minutes ago by `xrun pytest -x`",
        "     six 1.0",
        "  -  2 minutes ago; no backup is left",
        "     idna 1.0",
    ]


def test_in_a_pipe_each_has_one_line() -> None:
    (line,) = render_list([("1", make_removal("six", "idna"))], MINUTE, None)
    assert line == "  1  1 minute ago by `xrun pytest -x`  six 1.0, idna 1.0"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_many_are_counted_and_wrapped(width: int) -> None:
    many = make_removal(*(f"plugin-{number:02}" for number in range(40)))
    lines = [*render_list([("3", many)] * (MOST_LISTED + 2), MINUTE, width)]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert text.count("`xrunctl restore --list --at 3` names all") == MOST_LISTED
    assert f"and {40 - MOST_GONE} more" in text
    assert text.endswith("and 2 before; `xrunctl restore --list NAME` finds one")
    assert "plugin-39" in " ".join(render_list([("3", many)], MINUTE, width, is_all=True))


def test_nothing_in_it_steers_the_terminal() -> None:
    lines = render_list([("1", make_removal(HOSTILE, command=HOSTILE))], 0, 80)
    assert all(line.isprintable() for line in lines)


def test_of_many_that_are_kept_the_first_are_named() -> None:
    kept = [Keep(Requirement(f"plugin-{number:02}"), "why") for number in range(40)]
    (line,) = list_kept(kept, [], [])
    assert f"and {40 - MOST_GONE} more" in line
