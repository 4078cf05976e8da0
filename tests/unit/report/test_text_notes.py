"""What stands below the rows, and all of it at each width."""

from __future__ import annotations

import os
import time

import pytest

from unit.drifts import ENVIRONMENT, ORIGIN, make_rich_drift
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.report.text import render_notes, render_rows
from xrun.report.width import find_width, measure

MISSING = Finding(Kind.MISSING, "attrs", None, "25.3.0")
KEPT = (
    Kept("gdal", "3.8", ORIGIN, "the system's own"),
    *(Kept(name, "1", ORIGIN, needed_by="gdal") for name in ("a", "b")),
    Kept("numpy", "1.0", ORIGIN, needed_by="gdal", unmet=("six<2",)),
    Kept("proj", "1.0", ORIGIN, needed_by="gdal", locked="2.0"),
    Kept("torch", "2.8", ORIGIN, locked="2.9", unmet=("a<1", "b<1", "c<1")),
    Kept("wheel", "1.0", ORIGIN, locked="1.0"),
    Kept("x", "1.0", ORIGIN, needed_by="what is declared"),
)


def test_what_a_declared_one_needs_is_told_for_nothing_else_counts_it() -> None:
    assert render_notes(Drift(ENVIRONMENT, kept=KEPT[-1:])) == [
        "  kept  x 1.0  needed by what is declared (xrun.toml, keep[0])"
    ]


def test_what_is_kept_is_a_note_below() -> None:
    drift = Drift(ENVIRONMENT, (), kept=KEPT, unparsed=1)
    assert render_rows(drift) == [
        "  kept  gdal 3.8   and 2 that it needs: the system's own (xrun.toml, keep[0])",
        "  kept  numpy 1.0  needed by gdal (xrun.toml, keep[0]); needs six<2, which the lock file "
        "does not have",
        "  held  proj 1.0   needed by gdal (xrun.toml, keep[0]); instead of 2.0",
        "  held  torch 2.8  by xrun.toml, keep[0]; instead of 2.9; needs a<1, b<1 and 1 more, "
        "which the lock file does not have",
        "  held  wheel 1.0  by xrun.toml, keep[0]; instead of the same version from another "
        "source or build",
        "  and 1 more that is kept",
        "  1 file could not be read as Python and was not searched",
    ]


def test_notes_are_few_and_only_in_full() -> None:
    kept = tuple(Kept(f"d{at}", "1", ORIGIN) for at in range(7))
    drift = Drift(ENVIRONMENT, (MISSING,), kept=kept, unparsed=2)
    lines = render_rows(drift)
    assert len(lines) == 8
    assert lines[-2:] == [
        "  and 2 more that are kept",
        "  2 files could not be read as Python and were not searched",
    ]
    assert len(render_rows(drift, most=4)) == 1


def test_notes_are_dimmed_where_there_is_colour() -> None:
    lines = render_notes(Drift(ENVIRONMENT, kept=KEPT, unparsed=1), 40, has_colour=True)
    assert all(line.startswith("\x1b[2m") and line.endswith("\x1b[0m") for line in lines)
    assert [line[4:-4] for line in lines] == render_notes(
        Drift(ENVIRONMENT, kept=KEPT, unparsed=1), 40
    )


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40])
@pytest.mark.parametrize("most", [None, 4])
def test_nothing_is_wider_than_the_terminal_but_a_name(width: int, most: int | None) -> None:
    drift = make_rich_drift(time.time())
    lines = render_rows(drift, width=width, most=most)
    uncut = ("helper.py", "delete it, or")
    assert not [line for line in lines if measure(line) > width and not any(map(line.count, uncut))]
    assert "…" in "".join(lines) or width in (200, 40) or most is not None
    names = [each.name for each in drift.findings if each.kind is not Kind.IMPORTED]
    assert most is not None or all(name in "\n".join(lines) for name in names)


@pytest.mark.parametrize(
    ("columns", "expected"), [("80", 80), ("0", None), ("", None), ("²", None), ("wide", None)]
)
def test_the_width_is_what_the_variable_says(
    columns: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", _raise)
    assert find_width() == expected


def test_else_it_is_that_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((132, 50)))
    assert find_width() == 132
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    assert find_width() is None


def _raise(_: int) -> os.terminal_size:
    raise OSError
