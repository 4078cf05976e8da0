"""The decision, purely: what was seen in, what is done out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from unit.drifts import undeclared
from unit.make import Installed, make_environment
from xrun.drift import Comparison, Drift, Finding, Kept, Kind
from xrun.drift.dry_run import Change, DryRun
from xrun.environment.attic.stow import AtticError
from xrun.errors import InUseError, NoAnswerError, UvFailedError, XrunError
from xrun.policy.keep import Keep
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.run.ask import Answer
from xrun.run.decide import decide
from xrun.run.facts import Facts
from xrun.run.look import Look
from xrun.run.plan import resolve_plan
from xrun.run.request import Request, Run
from xrun.run.steps import Decision, Need

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment import Environment

PROJECT = '[project]\nname = "app"\nversion = "1"\n[project.optional-dependencies]\nx = []\n'
MISSING = Finding(Kind.MISSING, "attrs", None, "25.3")
OTHER = Finding(Kind.OTHER, "six", "1.16", "1.17")
KEEP = Keep(Requirement("gdal"))
MODES = ("exact", "report", "refuse", "ask")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return make_environment(tmp_path / ".venv")


def make_run(environment: Environment, typed: str = "pytest", **policy: object) -> Run:
    named = {name.replace("_", "-"): value for name, value in policy.items()}
    folder = environment.folder.parent
    facts = Facts(
        *("/bin/uv", (0, 13, 9), folder, folder, find_workspace(folder), None, environment, {}),
        can_ask=True,
    )
    resolved = resolve_policy([LayerValues(Layer.WORKSPACE, "xrun.toml", named)])
    words = typed.split()
    request = Request(parse_invocation(words), facts, resolved, tuple(words))
    return Run(request, resolve_plan(request))


def see(
    environment: Environment, *findings: Finding, kept: tuple[Kept, ...] = (), lock: str = "use"
) -> Comparison:
    changes = [
        Change(each.name, each.installed, is_removal=True)
        for each in findings
        if each.kind is not Kind.MISSING
    ]
    changes += [
        Change(each.name, each.locked, is_removal=False)
        for each in findings
        if each.kind in {Kind.MISSING, Kind.OTHER}
    ]
    answer = DryRun(environment.folder, "update", tuple(changes), lock)
    drift = Drift(dataclasses.replace(environment), findings, kept=kept)
    return Comparison(answer, drift)


def decide_for(run: Run, comparison: Comparison, **seen: object) -> Decision:
    look = dataclasses.replace(Look({}, comparison=comparison), **seen)  # type: ignore[arg-type]
    decision = decide(run, look)
    assert isinstance(decision, Decision)
    return decision


def arguments(decision: Decision) -> list[str]:
    assert decision.launch is not None
    return decision.launch.arguments


@pytest.mark.parametrize("mode", MODES)
def test_clean_it_is_launched_and_remembered(environment: Environment, mode: str) -> None:
    found = decide_for(make_run(environment, mode=mode), see(environment))
    assert (found.change, found.question, found.refused) == (None, None, None)
    assert arguments(found) == ["run", "pytest"]
    assert found.launch is not None
    assert found.launch.remembers


@pytest.mark.parametrize("finding", [undeclared("beta"), OTHER])
def test_what_goes_goes_in_a_step_before(environment: Environment, finding: Finding) -> None:
    found = decide_for(make_run(environment), see(environment, finding))
    assert found.change is not None
    assert (found.change.removes, found.change.outgoing) == (True, (finding,))
    assert arguments(found) == ["run", "pytest"]
    assert found.launch is not None
    assert (found.launch.reminds, found.launch.remembers) == (finding is not OTHER, False)


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_what_is_missing_is_added_in_a_step_before(environment: Environment, mode: str) -> None:
    found = decide_for(make_run(environment, mode=mode), see(environment, MISSING))
    assert found.change is not None
    assert found.change.syncs
    assert found.change.outgoing == ()


def test_a_report_removes_nothing_and_reports_what_stays(environment: Environment) -> None:
    run = make_run(environment, mode="report")
    found = decide_for(run, see(environment, undeclared("beta"), OTHER))
    assert found.change is not None
    assert [each.name for each in found.change.outgoing] == ["six"]
    assert found.launch is not None
    assert found.launch.report is not None
    assert [each.name for each in found.launch.report.findings] == ["beta"]
    quiet = decide_for(make_run(environment, "-q x", mode="report"), see(environment, OTHER))
    assert quiet.launch is not None
    assert quiet.launch.report is None


def test_refuse_refuses_drift_and_builds_what_is_old(environment: Environment) -> None:
    run = make_run(environment, mode="refuse")
    assert decide_for(run, see(environment, MISSING)).refused is not None
    clean = see(environment)
    build = (Change("app", "1", is_removal=True), Change("app", "1", is_removal=False))
    old = dataclasses.replace(clean, answer=dataclasses.replace(clean.answer, changes=build))
    found = decide_for(run, old)
    assert found.refused is None
    assert found.change is not None
    assert not found.change.removes


def test_what_was_interrupted_is_mended_first_but_not_in_refuse(environment: Environment) -> None:
    for mode in ("exact", "report"):
        run = make_run(environment, mode=mode)
        assert decide_for(run, see(environment), is_interrupted=True).mends
        assert decide_for(run, see(environment, OTHER), is_interrupted=True).mends
    with pytest.raises(XrunError, match="interrupted"):
        decide_for(make_run(environment, mode="refuse"), see(environment), is_interrupted=True)


def test_what_was_left_half_made_is_made_again(environment: Environment) -> None:
    found = decide(make_run(environment), Look(is_half_made=True))
    assert isinstance(found, Decision)
    assert found.is_half_made


def test_only_what_the_policy_holds_keeps_uv_from_syncing(environment: Environment) -> None:
    run = make_run(environment, keep=(KEEP,))
    for comparison in (see(environment), see(environment, MISSING)):
        assert arguments(decide_for(run, comparison)) == ["run", "pytest"]
        held = decide_for(run, comparison, is_held=True)
        assert arguments(held) == ["run", "--no-sync", "pytest"]


def test_no_run_is_told_exact_after_a_comparison(environment: Environment) -> None:
    run = make_run(environment, "--exact -U pytest")
    assert arguments(decide_for(run, see(environment))) == ["run", "--upgrade", "pytest"]
    assert arguments(decide_for(run, see(environment, OTHER))) == ["run", "pytest"]


def test_a_lock_file_that_uv_refuses_is_left_to_uv(environment: Environment) -> None:
    comparison = see(environment, OTHER, lock="update")
    answer = dataclasses.replace(comparison.answer, is_refused=True)
    refused = dataclasses.replace(comparison, answer=answer)
    for mode in ("exact", "report"):
        found = decide_for(make_run(environment, mode=mode, lock="locked"), refused)
        assert found.change is None
        assert arguments(found) == ["run", "--locked", "pytest"]


def test_the_question_is_asked_once_and_answered(environment: Environment) -> None:
    run, comparison = make_run(environment, mode="ask"), see(environment, undeclared("beta"))
    assert decide_for(run, comparison).question is comparison
    removed = decide_for(run, comparison, answer=Answer.REMOVE)
    assert (removed.question, removed.change is not None) == (None, True)
    left = decide_for(run, comparison, answer=Answer.LEAVE)
    assert (left.question, left.change) == (None, None)
    assert decide_for(run, see(environment, MISSING)).question is None


def test_where_others_are_nothing_is_taken(environment: Environment) -> None:
    comparison, use = see(environment, undeclared("beta"), OTHER), "in use by `x`"
    here = make_run(environment, other_selection="rebuild")
    found = decide_for(here, comparison, use=use)
    assert found.change is None
    assert arguments(found) == ["run", "--no-sync", "pytest"]  # uv would replace
    only = decide_for(here, see(environment, undeclared("beta"), MISSING), use=use)
    assert only.change is not None
    assert only.change.outgoing == ()
    apart = make_run(environment)
    assert decide(apart, Look(comparison=comparison, use=use)) is Need.ELSEWHERE
    stays = decide_for(apart, comparison, use=use, elsewhere=InUseError("not there either"))
    assert stays.change is None


def test_what_cannot_be_put_away_stays(environment: Environment) -> None:
    obstacle = AtticError("the disk is full")
    found = decide_for(make_run(environment), see(environment, OTHER), obstacle=obstacle)
    assert found.change is None
    assert "--no-sync" in arguments(found)
    assert any("the disk is full" in line for line in found.said)


def test_no_answer_stops_all_but_what_changes_nothing(environment: Environment) -> None:
    look = Look(failure=NoAnswerError("not run: no answer"))
    for mode in MODES:
        with pytest.raises(NoAnswerError):
            decide(make_run(environment, mode=mode), look)
    left = decide(make_run(environment, "--no-sync x"), look)
    assert isinstance(left, Decision)


def test_an_error_of_uvs_is_uvs_to_tell_unless_something_is_kept(
    environment: Environment,
) -> None:
    failed = Look(failure=UvFailedError("uv says no"))
    found = decide(make_run(environment, keep=(KEEP,)), failed)
    assert isinstance(found, Decision)
    assert arguments(found) == ["run", "pytest"]
    Installed("gdal").install(environment)
    with pytest.raises(XrunError, match="gdal"):
        decide(make_run(dataclasses.replace(environment), keep=(KEEP,)), failed)


FINDINGS = st.lists(
    st.sampled_from([undeclared("beta"), MISSING, OTHER]), unique_by=lambda each: each.name
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    findings=FINDINGS, mode=st.sampled_from(MODES), typed=st.sampled_from(["", "--exact ", "-U "])
)
def test_launching_changes_nothing(
    environment: Environment, findings: list[Finding], mode: str, typed: str
) -> None:
    run, comparison = make_run(environment, f"{typed}x", mode=mode), see(environment, *findings)
    look = Look({}, comparison=comparison)
    found = decide(run, look)
    assert found == decide(run, look)
    assert isinstance(found, Decision)
    installs = any(not change.is_removal for change in comparison.changes)
    if installs and found.refused is None:
        assert found.change is not None
        assert found.change.syncs
    if found.launch is not None:
        assert "--exact" not in found.launch.arguments
