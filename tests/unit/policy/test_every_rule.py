"""All of a policy is checked, whether it matters just now or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.policy.every_rule import check_layers, list_cases, list_idle, list_looser
from xrun.policy.files import Found
from xrun.policy.keys import Layer
from xrun.policy.layers import parse_table
from xrun.policy.load import Layers, read_layers
from xrun.policy.rules import Circumstances
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = Circumstances()
PROJECT = '[project]\nname = "app"\n[dependency-groups]\ntest = []\n'
SYSTEM = {
    "mode": "exact",
    "keep": ["gdal"],
    "enforce": ["mode", "keep", "lock"],
    "rules": [
        {"command": "pytest", "mode": "report"},
        {"when": "ci", "lock": "locked"},
    ],
}


def make_layers(*tables: tuple[Layer, Mapping[str, object]]) -> Layers:
    """Make layers that are right; a file is called as its layer."""
    values = []
    for number, (layer, table) in enumerate(tables):
        parsed, problems = parse_table(table, layer, f"{layer.word}{number or ''}.toml")
        assert problems == []
        values.append(parsed)
    return Layers(Found(), tuple(values))


def tell_looser(
    table: Mapping[str, object], layer: Layer = Layer.WORKSPACE, now: Circumstances = NOW
) -> list[str]:
    layers = make_layers((Layer.SYSTEM, SYSTEM), (layer, table))
    found = list_looser(layers, now)
    assert all(each.message.startswith("ignored: ") for each in found)
    return [each.place for each in found]


def test_a_looser_value_is_told_with_its_place() -> None:
    assert tell_looser({"mode": "report", "keep": ["six", "gdal", "ipdb"]}) == [
        *("mode", "keep[0]", "keep[2]")
    ]
    assert tell_looser({"mode": "refuse", "keep": ["gdal"]}) == []


def test_a_looser_value_in_a_rule_is_told_although_the_rule_does_not_match() -> None:
    rules = [{"command": "ruff", "mode": "off"}, {"when": "hook", "keep": ["gdal", "six"]}]
    assert tell_looser({"rules": rules}) == ["rules[0].mode", "rules[1].keep[1]"]


def test_a_rule_is_compared_with_what_is_enforced_where_it_holds() -> None:
    pytest_too = {"command": "pytest", "mode": "report"}
    in_ci = {"when": "ci", "lock": "frozen"}
    either = {"command": ["pytest", "ruff"], "mode": "report"}
    assert tell_looser({"rules": [pytest_too]}) == []
    assert tell_looser({"rules": [in_ci]}) == ["rules[0].lock"]
    assert tell_looser({"rules": [either]}) == ["rules[0].mode"]


def test_a_rule_whose_pattern_does_not_match_itself_is_looked_at_all_the_same() -> None:
    rule = {"command": "[a]x", "mode": "off"}
    assert tell_looser({"rules": [rule]}) == ["rules[0].mode"]


def test_what_holds_just_now_counts_for_what_is_no_rule() -> None:
    in_ci = Circumstances((), frozenset({"ci"}))
    assert tell_looser({"lock": "frozen"}) == []
    assert tell_looser({"lock": "frozen"}, now=in_ci) == ["lock"]


def test_an_entry_of_the_projects_own_files_that_has_no_effect_is_told() -> None:
    rule = {"command": "pytest", "keep": ["six"]}
    layers = make_layers(
        (Layer.USER, {"keep": ["six"]}),
        (Layer.WORKSPACE, {"keep": ["@editors", "gdal", "six"], "rules": [rule]}),
    )
    found = list_idle(layers, lambda entry: entry.name in {"six", "ipykernel", "pip"})
    assert [each.place for each in found] == ["keep[2]", "rules[0].keep[0]"]
    editors = list_idle(layers, lambda entry: entry.name not in {"six", "gdal"})
    assert {each.place for each in editors} == {"keep[0]"}


def test_there_is_a_case_for_each_pattern_and_word() -> None:
    rule = {"command": ["a b", "c"], "when": ["ci", "hook"], "mode": "off"}
    layers = make_layers((Layer.WORKSPACE, {"rules": [rule, {"when": "ci", "lock": "locked"}]}))
    first, second = list_cases(layers)
    assert [policy.lock for policy in first.policies] == ["locked", "update", "locked", "update"]
    assert [policy.mode for policy in first.policies] == ["off"] * 4
    assert [policy.mode for policy in second.policies] == ["exact"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write(tmp_path / "project", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    return folder


def check(folder: Path, **variables: str) -> list[str]:
    workspace = find_workspace(folder)
    layers = read_layers(workspace, folder, variables)
    found = check_layers(layers, workspace, NOW)
    return [f"{each.source} {each.place}: {each.message}" for each in found]


def test_every_problem_of_every_file_and_variable_is_told(project: Path) -> None:
    local = '[[rules]]\nwhen = "CI"\ndeny = 1\n'
    write(project, {"xrun.toml": "mod = 1\nlock = 1\n", "xrun.local.toml": local})
    assert [each.partition(":")[0] for each in check(project, XRUN_MODE="exat")] == [
        "xrun.toml mod",
        "xrun.toml lock",
        "xrun.local.toml rules[0].when",
        "xrun.local.toml rules[0].deny",
        "XRUN_MODE ",
    ]


def test_names_that_only_a_rule_of_the_user_selects_are_checked(
    project: Path, own_machine: Path
) -> None:
    rule = '[[rules]]\ncommand = "pytest"\ngroups = ["tests"]\n'
    write(own_machine / ".config" / "xrun", {"xrun.toml": rule})
    (told,) = check(project)
    assert told.endswith('rules[0].groups[tests]: unknown group "tests" (did you mean "test"?)')


def test_a_variable_that_is_looser_in_some_run_is_told_once(project: Path) -> None:
    write(project, {"xrun.toml": 'enforce = ["mode"]\n[[rules]]\nwhen = "ci"\nmode = "refuse"\n'})
    assert len(check(project, XRUN_MODE="report")) == 1


def test_a_project_file_that_is_no_toml_is_told_for_a_policy_may_be_in_it(project: Path) -> None:
    assert check(project) == []
    write(project, {"pyproject.toml": PROJECT + "[tool.xrun"})
    (told,) = check(project)
    assert told.startswith("pyproject.toml : not TOML: ")


CONFLICTS = """\
[project.optional-dependencies]
cpu = []
gpu = []
[tool.uv]
conflicts = [[{ extra = "cpu" }, { extra = "gpu" }], [{ group = "dev" }, { group = "test" }]]
"""


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ({"extras": "all"}, "extras"),
        ({"extras": ["gpu", "cpu"]}, "extras"),
        ({"groups": ["test"]}, "groups"),  # beside one of uv's default groups
        ({"rules": [{"when": "ci", "extras": "all"}]}, "rules[0].extras"),
        ({"extras": ["gpu"]}, ""),
    ],
)
def test_what_is_selected_and_conflicts_is_a_problem(
    tmp_path: Path, table: Mapping[str, object], place: str
) -> None:
    text = PROJECT.replace("test = []", "dev = []\ntest = []") + CONFLICTS
    workspace = find_workspace(write(tmp_path, {"pyproject.toml": text}))
    found = check_layers(make_layers((Layer.WORKSPACE, table)), workspace, NOW)
    assert [each.place for each in found] == ([place] if place else [])
