"""The steps that are explained say what, how many and which."""

from __future__ import annotations

from pathlib import Path

from packaging.requirements import Requirement

from unit.drifts import make_drift, undeclared
from unit.make import Installed, make_environment
from xrun.ctl.explanation import Act, Step, explain_decision, list_changes
from xrun.drift.compare import Comparison
from xrun.drift.dry_run import DryRun
from xrun.drift.finding import Finding, Kept, Kind
from xrun.policy.keep import Keep
from xrun.policy.policy import resolve_policy
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import replace
from xrun.run.decision import Change, Decision, Launch
from xrun.run.facts import Facts
from xrun.run.look import Look
from xrun.run.plan import Plan
from xrun.run.request import Request, Run

MISSING = Finding(Kind.MISSING, "attrs", None, "25.3")
OTHER = Finding(Kind.OTHER, "six", "1.16", "1.17")
SOURCE = Finding(Kind.OTHER, "idna", "3.1", "3.1")
UNSELECTED = Finding(Kind.UNSELECTED, "ruff", "0.17")


def compare(*findings: Finding, lock: str = "use", kept: tuple[Kept, ...] = ()) -> Comparison:
    drift = replace(make_drift(*findings), kept=kept)
    return Comparison(DryRun(None, "update", {}, {}, lock), drift)


def make_run(*keep: Keep) -> Run:
    here = Path("/project")
    facts = Facts("/bin/uv", (0, 13, 9), here, here, None, None, None, {})
    return Run(Request(parse_invocation(["x"]), facts, resolve_policy([])), Plan(keep=keep))


def list_steps(comparison: Comparison, *keep: Keep, removes: bool = True) -> list[Step]:
    return [*list_changes(Change(make_run(*keep), comparison, removes=removes))]


def test_what_goes_is_put_away_first_and_removed_last() -> None:
    steps = list_steps(compare(undeclared("a"), undeclared("b"), UNSELECTED, OTHER, SOURCE))
    assert [step.text for step in steps] == [
        "replace 2 distributions other than locked, backed up first: six 1.16 -> 1.17, "
        "idna 3.1 (another source or build)",
        "remove 2 undeclared distributions from .venv, backed up first: a, b",
        "remove 1 unselected distribution from .venv, backed up first: ruff",
    ]
    assert [step.act for step in steps] == [Act.REPLACE, Act.REMOVE, Act.REMOVE]
    assert [each.name for each in steps[1].distributions] == ["a", "b"]


def test_where_nothing_goes_only_the_rest_is_done() -> None:
    (step,) = list_steps(compare(undeclared("a"), MISSING), removes=False)
    assert step.text == "install 1 missing distribution: attrs"
    (around,) = list_steps(compare(MISSING), Keep(Requirement("gdal>=3")))
    assert around.text == "install 1 missing distribution, around what is kept: attrs"


def test_what_is_added_and_locked_is_a_step_too() -> None:
    first, second = list_steps(compare(MISSING, lock="update"))
    assert (first.text, second.text) == (
        "install 1 missing distribution: attrs",
        "update uv.lock",
    )
    (created,) = list_steps(compare(lock="create"))
    assert (created.act, created.text) == (Act.LOCK, "write uv.lock")


def test_what_is_merely_old_is_built_and_what_is_kept_is_not() -> None:
    found = compare(kept=(Kept("gdal", "2", "xrun.toml, keep[0]"),))
    found = replace(found, answer=DryRun(None, "update", {"app": "1", "gdal": "3"}, {}, "use"))
    assert [step.text for step in list_steps(found)] == ["build what is old: app"]


def test_an_environment_that_is_rebuilt_is_told_with_what_is_in_it(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    Installed("six").install(environment)
    found = compare(undeclared("six"))
    drift = replace(found.drift, environment=environment, is_replaced=True)
    (step,) = list_steps(replace(found, drift=drift))
    assert step.act is Act.REBUILD
    assert "what is in it (1 distribution) is backed up first" in step.text


def test_a_question_and_a_report_say_about_what() -> None:
    run, drift = make_run(), make_drift(undeclared("a"))
    launch = Launch(run, (), report=drift)
    texts = {}
    for name, comparison in (
        ("drift", Comparison(DryRun(None, "update", {}, {}, "use"), drift)),
        (
            "rebuilt",
            Comparison(DryRun(None, "replace", {}, {}, "use"), make_drift(is_replaced=True)),
        ),
    ):
        decision = Decision(run, question=comparison, launch=launch)
        told = explain_decision(decision, Look(comparison=comparison))
        assert [step.act for step in (*told.before, *told.after)] == [Act.ASK, Act.REPORT]
        texts[name] = (told.before[0].text, told.after[0].text)
    assert "remove, leave, keep or stop" in texts["drift"][0]
    assert "or stop" in texts["rebuilt"][0]
    assert "leave" not in texts["rebuilt"][0]
    assert texts["drift"][1].endswith("now: a")


def test_the_steps_are_told_in_the_order_in_which_they_are_done() -> None:
    run, comparison = make_run(), compare(undeclared("a"), OTHER)
    decision = Decision(
        run,
        ("xrun: said first",),
        is_half_made=True,
        mends=True,
        question=comparison,
        change=Change(run, comparison, removes=True),
        launch=Launch(run, ("--active",), reminds=True),
        notes=("a note",),
    )
    told = explain_decision(decision, Look(comparison=comparison))
    assert [step.act for step in told.before] == [
        *(Act.REBUILD, Act.MEND, Act.ASK, Act.REPLACE, Act.REMOVE)
    ]
    assert [step.act for step in told.after] == [Act.REMIND]
    assert told.command == ("/bin/uv", "run", "--active")
    assert told.notes == ("said first", "a note")
    assert told.is_clean is False
