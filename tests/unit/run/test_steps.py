"""The steps that are foreseen say what, how many and which, and who does it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from unit.drifts import make_drift, undeclared
from unit.make import Installed, make_environment
from xrun.drift import Comparison, Finding, Kept, Kind
from xrun.drift.answer import Change, SyncAnswer
from xrun.run.foresight import Act
from xrun.run.steps import list_adding, list_preparing, tell_asking, tell_report

if TYPE_CHECKING:
    from pathlib import Path

MISSING = Finding(Kind.MISSING, "attrs", None, "25.3")
OTHER = Finding(Kind.OTHER, "six", "1.16", "1.17")
SOURCE = Finding(Kind.OTHER, "idna", "3.1", "3.1")
UNSELECTED = Finding(Kind.UNSELECTED, "ruff", "0.17")


def compare(*findings: Finding, lock: str = "use", kept: tuple[Kept, ...] = ()) -> Comparison:
    drift = dataclasses.replace(make_drift(*findings), kept=kept)
    return Comparison(SyncAnswer(None, "update", (), lock), drift)


def test_what_goes_is_put_away_first() -> None:
    steps = [*list_preparing(compare(undeclared("a"), undeclared("b"), UNSELECTED, OTHER, SOURCE))]
    assert [step.text for step in steps] == [
        "remove 2 undeclared distributions from .venv, put away first: a, b",
        "remove 1 unselected distribution from .venv, put away first: ruff",
        "replace 2 distributions other than locked, put away first: six 1.16 -> 1.17, "
        "idna 3.1 (another source or build)",
    ]
    assert [step.act for step in steps] == [Act.REMOVE, Act.REMOVE, Act.REPLACE]
    assert [each.name for each in steps[0].distributions] == ["a", "b"]


def test_where_nothing_goes_only_the_rest_is_done_around_what_stays() -> None:
    (step,) = list_preparing(compare(undeclared("a"), MISSING), removes=False)
    assert step.text == "install 1 missing distribution, around what is kept: attrs"


def test_what_the_run_adds_itself_is_uvs() -> None:
    first, second = list_adding(compare(MISSING, lock="update"))
    assert (first.text, second.text) == (
        "uv installs 1 missing distribution, in the run: attrs",
        "uv updates uv.lock",
    )
    (created,) = list_adding(compare(lock="create"))
    assert (created.act, created.text) == (Act.LOCK, "uv writes uv.lock")


def test_what_is_merely_built_anew_is_told_and_what_is_kept_is_not() -> None:
    changes = (Change("app", "1", is_removal=False), Change("gdal", "3", is_removal=False))
    found = compare(kept=(Kept("gdal", "2", "xrun.toml, keep[0]"),))
    found = dataclasses.replace(found, answer=SyncAnswer(None, "update", changes, "use"))
    assert [step.text for step in list_adding(found)] == ["uv builds anew, in the run: app"]


def test_an_environment_that_is_built_anew_is_told_with_what_is_in_it(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    Installed("six").install(environment)
    found = compare(undeclared("six"))
    drift = dataclasses.replace(found.drift, environment=environment, is_replaced=True)
    (step,) = list_preparing(dataclasses.replace(found, drift=drift))
    assert step.act is Act.REBUILD
    assert step.text == "build .venv anew; what is in it (1 distribution) is put away first"


def test_a_question_and_a_report_say_about_what() -> None:
    assert "remove, leave, keep or stop" in tell_asking(make_drift(undeclared("a"))).text
    assert "build it anew, or stop" in tell_asking(make_drift(is_replaced=True)).text
    assert tell_report(make_drift(undeclared("a"))).text.endswith("now: a")
