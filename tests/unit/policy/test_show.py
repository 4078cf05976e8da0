"""What `xrunctl policy show` prints is a policy again, and means the same as all layers."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from unit.make import write
from unit.policy.test_data import PROJECT, list_cases, make_case
from xrun.policy.files import Found
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues, parse_table, parse_variables
from xrun.policy.load import Layers, read_layers
from xrun.policy.rules import WHEN, Circumstances
from xrun.policy.show import render_policy
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.policy.policy import Policy

COMMANDS = ("pytest -x", "python -m pytest", "pip install six", "ruff", "uv pip install", "")
CIRCUMSTANCES = [
    Circumstances(tuple(command.split()), frozenset(holds))
    for command, holds in product(COMMANDS, [(), ("ci",), ("hook", "terminal"), (*WHEN,)])
]


def make_layers(*tables: tuple[Layer, Mapping[str, object]], **variables: str) -> Layers:
    """Make layers that are right; a file is called as its layer."""
    values: list[LayerValues] = []
    for number, (layer, table) in enumerate(tables):
        parsed, problems = parse_table(table, layer, f"{layer.word}{number or ''}.toml")
        assert problems == []
        values.append(parsed)
    parsed_variables, problems = parse_variables(variables)
    assert problems == []
    return Layers(Found(), (*values, *parsed_variables))


def read_again(layers: Layers) -> Layers:
    """Read what is shown as the policy of a workspace."""
    return make_layers((Layer.WORKSPACE, tomli.loads(render_policy(layers, "here"))))


def tell(policy: Policy) -> object:
    """What a policy means for a run."""
    keep = {(str(each.requirement), each.reason, each.until) for each in policy.keep}
    rest = (policy.mode, policy.lock, policy.extras, policy.groups, policy.packages, policy.deny)
    return keep, *rest, policy.other_selection, {*policy.floors}


def assert_means_the_same(layers: Layers) -> None:
    again = read_again(layers)
    for circumstances in CIRCUMSTANCES:
        assert tell(again.resolve(circumstances)) == tell(layers.resolve(circumstances))


@pytest.mark.parametrize("name", list_cases("valid"))
def test_what_is_shown_means_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "project", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    run = make_case("valid", name, folder)
    place, environ = folder / str(run.get("folder", ".")), run.get("environ", {})
    assert isinstance(environ, dict)
    layers = read_layers(find_workspace(place), place, environ)
    assert layers.problems == ()
    assert_means_the_same(layers)
    again = render_policy(read_again(layers), "here")
    assert tomli.loads(again) == tomli.loads(render_policy(layers, "here"))


VALUES = {
    "mode": st.sampled_from(["exact", "report", "refuse"]),
    "lock": st.sampled_from(["update", "locked"]),
    "groups": st.sampled_from(["all", ["docs"], []]),
    "keep": st.lists(st.sampled_from(["gdal", "@editors", "six>=1"]), max_size=2),
}
RULE_VALUES = {**VALUES, "deny": st.sampled_from([False, "no"])}
CONDITIONS = st.sampled_from(
    [{"command": "py*"}, {"command": ["pytest", "ruff"]}, {"when": "ci"}, {"when": ["hook", "ci"]}]
)
RULES = st.builds(
    lambda condition, values: {**condition, **values},
    CONDITIONS,
    st.fixed_dictionaries({}, optional=RULE_VALUES).filter(bool),
)
TABLES = st.fixed_dictionaries({}, optional={**VALUES, "rules": st.lists(RULES, max_size=2)})


@given(TABLES, TABLES, TABLES, st.sampled_from([{}, {"XRUN_MODE": "ask", "XRUN_KEEP": "ipdb"}]))
def test_any_layers_mean_the_same_as_what_is_shown(
    system: Mapping[str, object],
    workspace: Mapping[str, object],
    local: Mapping[str, object],
    variables: dict[str, str],
) -> None:
    tables = ((Layer.SYSTEM, system), (Layer.WORKSPACE, workspace), (Layer.LOCAL, local))
    assert_means_the_same(make_layers(*tables, **variables))


def test_each_value_has_its_file_and_key_path_beside_it() -> None:
    layers = make_layers(
        (Layer.SYSTEM, {"mode": "ask", "required-version": ">=0.0.1", "enforce": ["mode"]}),
        (Layer.WORKSPACE, {"groups": ["b", "a"], "required-version": "<99", "keep": ["@editors"]}),
        (Layer.LOCAL, {"keep": ["six", {"name": "gdal", "reason": 'the "old" one'}]}),
        XRUN_KEEP="ipdb",
        XRUN_EXTRAS="all",
    )
    assert render_policy(layers, "/app").splitlines() == [
        "# The policy for /app; weakest first: system.toml, workspace1.toml, local2.toml,",
        "#   XRUN_EXTRAS, XRUN_KEEP",
        "",
        "# system.toml, required-version and workspace1.toml, required-version",
        'required-version = "<99,>=0.0.1"',
        'mode = "ask"  # system.toml, mode',
        'lock = "update"  # default',
        'extras = "all"  # XRUN_EXTRAS',
        'groups = ["a", "b"]  # workspace1.toml, groups',
        'packages = "current"  # default',
        "keep = [",
        '    "@editors",  # workspace1.toml, keep[0]',
        '    "six",  # local2.toml, keep[0]',
        '    { name = "gdal", reason = "the \\"old\\" one" },  # local2.toml, keep[1]',
        '    "ipdb",  # XRUN_KEEP',
        "]",
        'other-selection = "separate"  # default',
        'enforce = ["mode"]  # system.toml, enforce',
    ]


def test_a_rule_says_what_of_it_does_not_count() -> None:
    rules = [
        {"command": "pytest", "mode": "report", "lock": "locked", "keep": ["six", "gdal"]},
        {"command": "ruff", "mode": "off"},
        {"when": ["ci", "hook"], "command": ["a", "b  c"], "groups": "all", "deny": False},
    ]
    layers = make_layers(
        (Layer.SYSTEM, {"mode": "ask", "keep": ["gdal"], "enforce": ["mode", "keep"]}),
        (Layer.WORKSPACE, {"rules": rules}),
        (Layer.LOCAL, {"lock": "update"}),
    )
    shown = render_policy(layers, "/app")
    assert shown[shown.index("[[rules]]") :].splitlines() == [
        "[[rules]]  # workspace1.toml, rules[0]",
        'command = ["pytest"]',
        '# workspace1.toml, rules[0].mode does not count: mode = "report" is looser than',
        '#   mode = "ask", which system.toml enforces',
        '# lock = "locked" does not count: local2.toml, lock is stronger',
        "keep = [",
        '    "gdal",  # workspace1.toml, rules[0].keep[1]',
        "]",
        "# workspace1.toml, rules[0].keep[0] does not count: system.toml enforces keep,",
        "#   and neither it nor a weaker policy keeps six",
        "",
        "# workspace1.toml, rules[1]: nothing of it counts",
        '# workspace1.toml, rules[1].mode does not count: mode = "off" is looser than',
        '#   mode = "ask", which system.toml enforces',
        "",
        "[[rules]]  # workspace1.toml, rules[2]",
        'command = ["a", "b c"]',
        'when = ["ci", "hook"]',
        'groups = "all"',
        "deny = false",
    ]


def test_a_rule_that_counts_beside_what_it_enforces_is_shown() -> None:
    system = {"rules": [{"when": "ci", "lock": "locked"}], "enforce": ["lock"]}
    layers = make_layers((Layer.SYSTEM, system), (Layer.WORKSPACE, {"lock": "update"}))
    assert 'when = ["ci"]\nlock = "locked"' in render_policy(layers, "/app")
    assert_means_the_same(layers)


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "\u202e", "\x7f\x9b", "\U000e0001", '"\\'])
def test_no_text_steers_the_terminal_and_each_comes_back(text: str) -> None:
    rule = {"command": f"x{text.strip()}y", "deny": f"no {text}"}
    table = {"rules": [rule], "keep": [{"name": "six", "reason": text}]}
    values, problems = parse_table(table, Layer.WORKSPACE, f"{text}.toml")
    assert problems == []
    shown = render_policy(Layers(Found(), (values,)), text)
    assert all(line.isprintable() for line in shown.split("\n"))
    again = tomli.loads(shown)
    assert again["rules"][0]["deny"] == f"no {text}"
    assert again["keep"][0]["reason"] == text
    assert again["rules"][0]["command"] == [" ".join(rule["command"].split())]
