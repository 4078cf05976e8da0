"""Rules: which commands and places they match, what they change, and what is told of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.make import write
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues, parse_table
from xrun.policy.load import load_policy
from xrun.policy.policy import Policy, resolve_policy
from xrun.policy.problems import PolicyError
from xrun.policy.rules import Circumstances, read_circumstances
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.stamp import list_deciding, render_key, render_rules_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOWHERE: Mapping[str, str] = {}


def read(line: str, environ: Mapping[str, str] = NOWHERE, *, tty: bool = False) -> Circumstances:
    return read_circumstances(parse_invocation(line.split()), environ, is_terminal=tty)


def parse(table: Mapping[str, object], layer: Layer = Layer.WORKSPACE) -> LayerValues:
    """Parse a policy that is right."""
    values, problems = parse_table(table, layer, f"{layer.word}.toml")
    assert problems == []
    return values


def resolve(line: str, *tables: Mapping[str, object], **circumstances: object) -> Policy:
    """Resolve policies of the layers workspace, project and local for a command."""
    layers = [Layer.WORKSPACE, Layer.PROJECT, Layer.LOCAL]
    parsed = [parse(table, layer) for table, layer in zip(tables, layers, strict=False)]
    environ = {str(key): str(value) for key, value in circumstances.items() if key != "tty"}
    return resolve_policy(parsed, None, read(line, environ, tty=bool(circumstances.get("tty"))))


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        ("pytest", "pytest", True),
        ("pytest", "pytest -x tests", True),
        ("pytest", "pytest-bench", False),
        ("pytest*", "pytest-bench", True),
        ("pytest", "Pytest", False),
        ("pytest", ".venv/bin/pytest -x", True),
        ("pytest", "/usr/bin/pytest", True),
        (".venv/bin/pytest", ".venv/bin/pytest", False),
        ("pytest", "t/pytest/ -x", True),
        ("pytest", "t//pytest//. -x", True),
        ("pytest", "t/pytest/x/../ -x", True),
        ("pytest", "-q --with six pytest", True),
        ("pytest", "echo pytest", False),
        ("pytest", "-m pytest -x", False),
        ("python -m pytest", "-m pytest -x", True),
        ("python -m pytest", "python -m pytest", True),
        ("python -m pytest", "Python -m pytest", True),
        ("python* -m pytest", "PYTHON -m pytest", True),
        ("python -m pytest", "bin/Python -m pytest", False),
        ("python* -m pytest", "Python3 -m pytest", False),
        ("python -m pytest", "python -m pytest.x", False),
        ("python* -m pytest", "python3.12 -m pytest", True),
        ("python* -m pytest", "-m pytest", True),
        ("python -m pytest", "python -X dev -m pytest", False),
        ("pip install", "pip install six", True),
        ("pip install", "pip", False),
        ("  pip   install ", "pip install", True),
        ("pip [iu]*", "pip uninstall six", True),
        ("pip [!l]*", "pip list", False),
        ("pip ?", "pip install", False),
        ("python x.py", "x.py 1", True),
        ("python x.py", "python x.py", True),
        ("python x.py", "tools/x.py", False),
        ("python */x.py", "tools/x.py", True),
        ("x.py", "x.py", False),
        ("python tool", "--script tool", True),
        ("python", "-", True),
        ("*", "true", True),
        ("* *", "true", False),
        ("*", "", False),
    ],
)
def test_a_command_is_matched_by_its_leading_words(
    pattern: str, line: str, *, matches: bool
) -> None:
    (rule,) = parse({"rules": [{"command": pattern, "mode": "off"}]}).rules
    assert bool(rule.find_obstacle(read(line))) is not matches


@pytest.mark.parametrize(
    ("when", "environ", "tty", "matches"),
    [
        ("ci", {"CI": "true"}, False, True),
        ("ci", {"CI": "1"}, False, True),
        ("ci", {"CI": " True "}, False, True),
        ("ci", {"CI": "false"}, False, False),
        ("ci", {"CI": "0"}, False, False),
        ("ci", {"CI": ""}, False, False),
        ("ci", {}, True, False),
        ("hook", {"PRE_COMMIT": "1"}, False, True),
        ("hook", {"GIT_INDEX_FILE": ""}, False, True),
        ("hook", {"CI": "1", "GIT_DIR": "."}, False, False),
        ("terminal", {}, True, True),
        ("terminal", {}, False, False),
        (["ci", "hook"], {"PRE_COMMIT": ""}, False, True),
        (["ci", "hook"], {}, True, False),
    ],
)
def test_where_it_runs_is_matched_by_any_of_the_words(
    when: object, environ: Mapping[str, str], *, tty: bool, matches: bool
) -> None:
    (rule,) = parse({"rules": [{"when": when, "mode": "off"}]}).rules
    assert bool(rule.find_obstacle(read("x", environ, tty=tty))) is not matches


def test_any_of_several_patterns_is_enough() -> None:
    table = {"rules": [{"command": ["pytest", "python -m pytest"], "mode": "report"}]}
    modes = [resolve(line, table).mode for line in ("pytest", "-m pytest", "ruff")]
    assert modes == ["report", "report", "exact"]


def test_command_and_when_must_both_match() -> None:
    table = {"rules": [{"command": "pytest", "when": "ci", "mode": "report"}]}
    assert resolve("pytest", table).mode == "exact"
    assert resolve("ruff", table, CI="1").mode == "exact"
    assert resolve("pytest", table, CI="1").mode == "report"


def test_every_rule_that_matches_applies_later_over_earlier() -> None:
    table = {
        "mode": "off",
        "rules": [
            {"command": "pytest", "mode": "report", "lock": "frozen", "extras": ["a"]},
            {"command": "ruff", "mode": "isolated"},
            {"command": "py*", "mode": "refuse", "groups": "all"},
        ],
    }
    policy = resolve("pytest", table)
    assert (policy.mode, policy.lock) == ("refuse", "frozen")
    assert (policy.extras, policy.groups) == (("a",), "all")
    assert policy.origins["mode"] == "workspace.toml, rules[2].mode"


def test_a_stronger_layers_key_is_stronger_than_a_weaker_ones_rule() -> None:
    rules = {"mode": "off", "rules": [{"command": "pytest", "mode": "refuse"}]}
    assert resolve("pytest", rules, {"mode": "report"}).mode == "report"
    assert resolve("pytest", {"mode": "report"}, rules).mode == "refuse"
    assert resolve("ruff", {"mode": "report"}, rules).mode == "off"


def test_keep_adds_up_over_rules_and_other_lists_replace() -> None:
    table = {
        "keep": ["gdal"],
        "extras": ["a"],
        "rules": [
            {"command": "pytest", "keep": ["ipdb", "pip"], "extras": ["b"]},
            {"command": "pytest", "keep": ["six"], "extras": ["c"]},
        ],
    }
    policy = resolve("pytest", table, {"rules": [{"command": "*", "keep": ["rich"]}]})
    assert [(each.requirement.name, each.origin) for each in policy.keep] == [
        ("gdal", "workspace.toml, keep[0]"),
        ("ipdb", "workspace.toml, rules[0].keep[0]"),
        ("pip", "workspace.toml, rules[0].keep[1]"),
        ("six", "workspace.toml, rules[1].keep[0]"),
        ("rich", "project.toml, rules[0].keep[0]"),
    ]
    assert policy.extras == ("c",)
    assert [each.requirement.name for each in resolve("ruff", table).keep] == ["gdal"]


def test_a_denial_can_be_lifted_by_what_is_stronger() -> None:
    table = {"rules": [{"command": "pip install", "deny": "uv add NAME"}]}
    lifted = {"rules": [{"command": "pip", "deny": False}]}
    assert resolve("pip install six", table).deny == "uv add NAME"
    assert resolve("pip list", table).deny == ""
    assert resolve("pip install six", table, lifted).deny == ""
    assert resolve("pip install six", lifted, table).deny == "uv add NAME"


def test_every_value_has_its_chain_and_every_rule_its_verdict() -> None:
    table = {
        "mode": "off",
        "rules": [
            {"command": ["ruff", "pip install"], "mode": "report"},
            {"when": ["ci", "terminal"], "mode": "report"},
            {"command": "pytest", "when": "hook", "mode": "ask"},
            {"command": "pytest", "mode": "refuse"},
        ],
    }
    policy = resolve("pytest", table, {}, {"mode": "isolated"})
    assert [
        (step.layer, step.source, step.place, step.value) for step in policy.chains["mode"]
    ] == [
        (None, "", "mode", "exact"),
        (Layer.WORKSPACE, "workspace.toml", "mode", "off"),
        (Layer.WORKSPACE, "workspace.toml", "rules[3].mode", "refuse"),
        (Layer.LOCAL, "local.toml", "mode", "isolated"),
    ]
    assert [(each.source, each.rule.index, each.obstacle) for each in policy.rules] == [
        ("workspace.toml", 0, 'the command is not "ruff" or "pip install"'),
        ("workspace.toml", 1, "CI is not set, or not true; standard error is no terminal"),
        ("workspace.toml", 2, "neither PRE_COMMIT nor GIT_INDEX_FILE is set"),
        ("workspace.toml", 3, ""),
    ]


def test_says_how_many_words_decide() -> None:
    assert resolve("x", {"mode": "off"}).rule_words is None
    assert resolve("x", {"rules": [{"when": "ci", "mode": "off"}]}).rule_words == 0
    rules = [{"command": ["a", "python* -m pip"], "mode": "off"}, {"command": "a b", "mode": "off"}]
    assert resolve("x", {"rules": rules}).rule_words == 3


def test_says_whether_the_command_decides_what_belongs_to_the_environment() -> None:
    table = {
        "rules": [
            {"command": "pytest", "extras": ["a"]},
            {"command": "ruff", "mode": "off"},
            {"when": "ci", "groups": ["b"]},
        ]
    }
    assert resolve("pytest", table).is_for_command
    assert not resolve("ruff", table).is_for_command
    assert not resolve("make", table, CI="1").is_for_command


WORDS = st.sampled_from(["pytest", "python", "-m", "pip", "install", "x.py", "a/pip", "-", "-q"])
OPTIONS = st.sampled_from([(), ("-m",), ("-q",), ("--script",), ("--",)])
LINES = (
    st.tuples(OPTIONS, st.lists(WORDS, min_size=1, max_size=4))
    .map(lambda line: (*line[0], *line[1]))
    .filter(lambda line: parse_invocation(line).command)
)
PATTERN = st.lists(
    st.sampled_from(["pytest", "py*", "-m", "pip", "*", "install", "?*"]), min_size=1
)
RULE = st.fixed_dictionaries(
    {"mode": st.sampled_from(["off", "report", "refuse"])},
    optional={
        "command": PATTERN.map(" ".join),
        "when": st.sampled_from(["ci", "hook"]),
    },
).filter(lambda rule: len(rule) > 1)
PLACE = st.sampled_from(
    [{}, {"CI": "1"}, {"CI": "0"}, {"PRE_COMMIT": "1"}, {"GIT_INDEX_FILE": "x"}]
)


@given(st.lists(RULE, min_size=1, max_size=4), LINES, LINES, PLACE, PLACE)
def test_two_runs_of_one_stamp_are_under_the_same_rules(
    rules: list[object],
    one: tuple[str, ...],
    other: tuple[str, ...],
    here: Mapping[str, str],
    there: Mapping[str, str],
) -> None:
    layer = parse({"rules": rules})

    def run(line: tuple[str, ...], place: Mapping[str, str]) -> tuple[str, list[str]]:
        """Say the stamp's key of a run, and the verdicts of the rules."""
        invocation = parse_invocation(line)
        read = read_circumstances(invocation, place, is_terminal=False)
        policy = resolve_policy([layer], None, read)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("CI", "PRE_COMMIT", "GIT_INDEX_FILE"):
                patch.delenv(name, raising=False)
            for name, value in place.items():
                patch.setenv(name, value)
            key = render_key(invocation, "uv", list_deciding())
            key = render_rules_key(key, str(policy.rule_words), invocation.command)
        return key, [verdict.obstacle for verdict in policy.rules]

    (key, verdicts), (other_key, other_verdicts) = run(one, here), run(other, there)
    assert key != other_key or verdicts == other_verdicts


PROJECT = '[project]\nname = "app"\n[dependency-groups]\ntest = []\n'


def test_a_rules_names_are_checked_though_it_does_not_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = '[[rules]]\ncommand = "x"\ngroups = ["test", "tests"]\n'
    write(tmp_path, {"pyproject.toml": PROJECT, "xrun.toml": rules})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as caught:
        load_policy(find_workspace(tmp_path), tmp_path, os.environ)
    assert caught.value.details == ('xrun.toml:3:19: unknown group "tests" (did you mean "test"?)',)


def test_a_rule_for_every_project_is_checked_where_it_matches(tmp_path: Path) -> None:
    user = tmp_path / "home" / ".config" / "xrun"
    write(user, {"xrun.toml": '[[rules]]\ncommand = "x"\ngroups = ["plots"]\n'})
    write(tmp_path, {"pyproject.toml": PROJECT})
    workspace = find_workspace(tmp_path)
    assert load_policy(workspace, tmp_path, {}, read("y")).groups == ()
    with pytest.raises(PolicyError, match="1 problem in "):
        load_policy(workspace, tmp_path, {}, read("x"))


def test_an_entry_of_a_rule_ends_though_the_rule_does_not_match(tmp_path: Path) -> None:
    entry = 'keep = [{ name = "gdal", until = 2020-01-31 }]'
    write(tmp_path, {"xrun.toml": f'[[rules]]\ncommand = "x"\n{entry}\n'})
    with pytest.raises(PolicyError) as caught:
        load_policy(None, tmp_path, {})
    assert caught.value.details[0].startswith(f"{tmp_path}/xrun.toml:3:34: 2020-01-31 has come")
    write(tmp_path, {"xrun.toml": f'[[rules]]\ncommand = "x"\n{entry.replace("2020", "9999")}\n'})
    assert str(load_policy(None, tmp_path, {}).next_until) == "9999-01-31"
