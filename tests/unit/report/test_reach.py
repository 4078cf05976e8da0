"""What is advised reaches the environment that the run was about, from where one is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.drifts import HOSTILE, make_drift, undeclared
from unit.make import write
from xrun.drift.advice import Adviser
from xrun.drift.finding import Finding, Kind
from xrun.project.conflicts import Item
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.report.reach import HERE, Reach, find_reach
from xrun.report.removals import render_reminder, render_removed, render_shared
from xrun.run.facts import gather_facts

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "x"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("argv", "variables", "expected"),
    [
        ([], {}, "xrunctl restore"),
        (["--project", "."], {}, "xrunctl restore"),
        (["--project", "../b c"], {}, "xrunctl restore --project '../b c'"),
        (["--directory", "../b c"], {}, "xrunctl restore --project '../b c'"),
        ([], {"UV_PROJECT": "../b c"}, "xrunctl restore"),
        (["--project", "."], {"UV_PROJECT": "../b c"}, "xrunctl restore --project ."),
        (["--active"], {"VIRTUAL_ENV": "/v"}, "UV_PROJECT_ENVIRONMENT=/v xrunctl restore"),
        ([], {"UV_PROJECT_ENVIRONMENT": "/v"}, "xrunctl restore"),
    ],
)
def test_the_way_to_where_a_run_was(
    argv: list[str],
    variables: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(tmp_path, {"a/pyproject.toml": PROJECT, "b c/pyproject.toml": PROJECT})
    monkeypatch.chdir(tmp_path / "a")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    invocation = parse_invocation([*argv, "true"])
    facts = gather_facts(invocation, "uv", (0, 13, 9), os.environ)
    assert (
        find_reach(facts.workspace, facts.environment, facts.environ).render("restore") == expected
    )


def test_outside_a_project_there_is_nothing_to_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    facts = gather_facts(parse_invocation(["true"]), "uv", (0, 13, 9), os.environ)
    assert find_reach(facts.workspace, facts.environment, facts.environ) == HERE


def test_every_command_in_advice_reaches_the_same_environment(tmp_path: Path) -> None:
    text = '[project]\nname = "app"\n[project.optional-dependencies]\na = []\nb = []\n'
    workspace = find_workspace(write(tmp_path, {"pyproject.toml": text}))
    adviser = Adviser(make_drift(), workspace, {})
    reach = Reach("../b", "/v")
    unselected = Finding(Kind.UNSELECTED, "idna", "1", selectors=(Item("extra", "a"),))
    other = Finding(Kind.OTHER, "eta", "1", "2", selectors=(Item("extra", "b"),))
    drift = make_drift(undeclared("six"), unselected, other)
    lines = [*render_removed(drift, adviser, reach=reach), *render_reminder(1, drift, reach=reach)]
    lines += render_shared([], ["one"], reach)
    advice = [part for line in lines for part in line.split("`")[1::2] if "xrunctl" in part]
    assert len(advice) == 6
    assert all(each.startswith("UV_PROJECT_ENVIRONMENT=/v xrunctl ") for each in advice)
    assert all(each.endswith(" --project ../b") for each in advice)


def test_no_folder_steers_the_terminal() -> None:
    assert Reach(HOSTILE, HOSTILE).render("restore").isprintable()


def test_each_verb_in_advice_is_pointed() -> None:
    advice = "uv add six && xrunctl select --group dev  # xrun --dev has it"
    verb = "xrunctl select --group dev"
    assert Reach("../b").point(advice) == advice.replace(verb, f"{verb} --project ../b")
    assert HERE.point(advice) == advice
