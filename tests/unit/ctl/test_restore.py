"""How what came back stays: by as few options as select it."""

from __future__ import annotations

from xrun.ctl.restore import choose_selectors
from xrun.drift import Finding, Kind


def unselected(name: str, *selectors: str) -> Finding:
    return Finding(Kind.UNSELECTED, name, "1.0", selectors=selectors)


def test_one_option_selects_what_only_one_group_declares() -> None:
    found = [unselected(f"d{at}", "--group docs") for at in range(16)]
    assert choose_selectors(found) == {"--extra": [], "--group": ["docs"], "--package": []}


def test_an_option_that_selects_more_comes_first() -> None:
    found = [
        unselected("a", "--extra one", "--group all"),
        unselected("b", "--group all"),
        unselected("c", "--extra two", "--package part"),
        unselected("d"),
    ]
    assert choose_selectors(found) == {"--extra": ["two"], "--group": ["all"], "--package": []}
    assert choose_selectors(found[3:]) == {}
