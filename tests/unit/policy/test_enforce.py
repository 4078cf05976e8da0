"""What is enforced holds: nothing stronger loosens it, whatever is combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.make import LOCK_ORDER, MODE_ORDER, write
from xrun.errors import NotAllowedError
from xrun.policy.enforce import check_kept, render_looser
from xrun.policy.keep import parse_keep
from xrun.policy.keys import ENFORCEABLE, MODES, Layer
from xrun.policy.layers import LayerValues, parse_table, parse_variables
from xrun.policy.load import load_policy, read_layers
from xrun.policy.policy import Policy, resolve_policy
from xrun.policy.problems import PolicyError
from xrun.policy.rules import Circumstances
from xrun.project.workspace import find_workspace
from xrun.report.notices import render_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

PYTEST = Circumstances(("pytest",))
Table = dict[str, object]


def parse(layer: Layer, table: Mapping[str, object]) -> LayerValues:
    """Parse a policy that is right."""
    values, problems = parse_table(table, layer, f"{layer.word}.toml")
    assert problems == []
    return values


def resolve(*tables: tuple[Layer, Mapping[str, object]], **variables: str) -> Policy:
    """Resolve layers for the command `pytest`."""
    parsed, problems = parse_variables(variables)
    assert problems == []
    return resolve_policy([*(parse(*each) for each in tables), *parsed], None, PYTEST)


def tell(policy: Policy) -> list[str]:
    return [f"{step.origin}: {render_looser(step)}" for step in policy.ignored]


def name_kept(policy: Policy) -> list[str]:
    return [entry.requirement.name for entry in policy.keep]


def test_a_looser_value_does_not_count_and_a_stricter_one_does() -> None:
    enforced = {"mode": "ask", "lock": "frozen", "enforce": ["mode", "lock"]}
    local: Table = {"mode": "report", "lock": "locked"}
    policy = resolve((Layer.SYSTEM, enforced), (Layer.LOCAL, local))
    assert (policy.mode, policy.lock) == ("ask", "locked")
    assert tell(policy) == [
        'local.toml: mode = "report" is looser than mode = "ask", which system.toml enforces'
    ]
    assert policy.origins == {
        **dict.fromkeys(["mode", "enforce"], "system.toml"),
        "lock": "local.toml",
    }
    assert [(step.layer, step.value, bool(step.floor)) for step in policy.chains["mode"]] == [
        (None, "exact", False),
        (Layer.SYSTEM, "ask", False),
        (Layer.LOCAL, "report", True),
    ]


@pytest.mark.parametrize("one", MODE_ORDER[-1])
@pytest.mark.parametrize("other", ["exact", "refuse", "isolated"])
def test_modes_that_are_equally_strict_replace_each_other(one: str, other: str) -> None:
    layers = [
        LayerValues(Layer.SYSTEM, "a", {"mode": one, "enforce": ("mode",)}),
        LayerValues(Layer.LOCAL, "b", {"mode": other}),
    ]
    assert resolve_policy(layers).mode == other


@pytest.mark.parametrize(
    ("order", "key"), [(MODE_ORDER, "mode"), (LOCK_ORDER, "lock")], ids=["mode", "lock"]
)
def test_every_looser_value_is_held_to_every_stricter_one(
    order: tuple[tuple[str, ...], ...], key: str
) -> None:
    for rank, row in enumerate(order):
        for value in row:
            for looser in (each for below in order[:rank] for each in below):
                layers = [
                    LayerValues(Layer.USER, "a", {key: value, "enforce": (key,)}),
                    LayerValues(Layer.PROJECT, "b", {key: looser}),
                ]
                assert getattr(resolve_policy(layers), key) == value


def test_the_floor_is_what_the_enforcing_layer_gives_for_this_run() -> None:
    rules = [{"command": "pytest", "mode": "report"}, {"command": "ruff", "mode": "isolated"}]
    table = {"mode": "exact", "rules": rules, "enforce": ["mode"]}
    assert resolve((Layer.WORKSPACE, table), (Layer.LOCAL, {"mode": "ask"})).mode == "ask"
    assert resolve((Layer.WORKSPACE, table), (Layer.LOCAL, {"mode": "off"})).mode == "report"


def test_a_floor_can_come_from_a_weaker_layer_or_be_the_default() -> None:
    user = {"lock": "locked"}
    table = {"enforce": ["mode", "lock"]}
    local = {"mode": "off", "lock": "frozen"}
    policy = resolve((Layer.USER, user), (Layer.WORKSPACE, table), (Layer.LOCAL, local))
    assert (policy.mode, policy.lock) == ("exact", "locked")


def test_a_stronger_layers_rule_is_held_as_its_keys_are() -> None:
    table = {"mode": "refuse", "enforce": ["mode"]}
    rule = {"command": "pytest", "mode": "off", "lock": "frozen"}
    policy = resolve((Layer.SYSTEM, table), (Layer.WORKSPACE, {"rules": [rule]}))
    assert (policy.mode, policy.lock) == ("refuse", "frozen")
    assert tell(policy) == [
        'workspace.toml, rules[0].mode: mode = "off" is looser than mode = "refuse", which '
        "system.toml enforces"
    ]


def test_a_stronger_layer_cannot_take_enforcement_away_but_may_raise_it() -> None:
    system = {"mode": "ask", "enforce": ["mode"]}
    empty: Table = {"enforce": [], "mode": "off"}
    assert resolve((Layer.SYSTEM, system), (Layer.USER, empty)).mode == "ask"
    team = {"mode": "exact", "enforce": ["mode"]}
    local: Table = {"mode": "ask"}
    layers = ((Layer.SYSTEM, system), (Layer.WORKSPACE, team), (Layer.LOCAL, local))
    assert resolve(*layers).mode == "exact"


def test_only_names_that_are_kept_already_may_be_kept() -> None:
    policy = resolve(
        (Layer.SYSTEM, {"keep": ["gdal>=3"]}),
        (Layer.WORKSPACE, {"keep": ["ruff"], "enforce": ["keep"]}),
        (Layer.LOCAL, {"keep": ["ipdb", "GDAL", "rich"]}),
    )
    assert name_kept(policy) == ["gdal", "ruff", "GDAL"]
    assert tell(policy) == [
        "local.toml: workspace.toml enforces keep, and neither it nor a weaker policy keeps "
        "ipdb, rich"
    ]


def test_an_enforced_denial_is_not_lifted() -> None:
    rule: Table = {"command": "pytest", "deny": "not here"}
    table = {"rules": [rule], "enforce": ["deny"]}
    for other, told in ((False, "not here"), ("nor there", "nor there")):
        stronger = {"rules": [{"command": "*", "deny": other}]}
        policy = resolve((Layer.USER, table), (Layer.WORKSPACE, stronger))
        assert policy.deny == told
    (step,) = resolve(
        (Layer.USER, table), (Layer.LOCAL, {"rules": [{**rule, "deny": False}]})
    ).ignored
    assert render_looser(step) == (
        'deny = false is looser than deny = "not here", which user.toml enforces'
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project whose workspace enforces something; the current folder is its root."""
    folder = tmp_path / "root"
    policy = 'mode = "refuse"\nlock = "frozen"\nkeep = ["gdal"]\nenforce = ["mode", "keep"]\n'
    write(folder, {"pyproject.toml": '[project]\nname = "app"\n', "xrun.toml": policy})
    monkeypatch.chdir(folder)
    return folder


def load(folder: Path, environ: Mapping[str, str]) -> Policy:
    return load_policy(find_workspace(folder), folder, environ)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "XRUN_MODE",
            "report",
            'mode = "report" is looser than mode = "refuse", which xrun.toml enforces',
        ),
        (
            "XRUN_KEEP",
            "gdal,ipdb",
            "xrun.toml enforces keep, and neither it nor a weaker policy keeps ipdb",
        ),
    ],
)
def test_a_looser_variable_is_refused(name: str, value: str, told: str, root: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load(root, {name: value})
    assert caught.value.details == (f"{name}: {told}",)


def test_a_stricter_variable_is_taken(root: Path) -> None:
    policy = load(root, {"XRUN_MODE": "isolated", "XRUN_KEEP": "gdal<4"})
    assert (policy.mode, name_kept(policy)) == ("isolated", ["gdal", "gdal"])


def test_a_named_policy_hides_no_layer_that_enforces(root: Path) -> None:
    write(root, {"ci.toml": 'mode = "off"\nlock = "update"\n'})
    policy = load(root, {"XRUN_POLICY": "ci.toml"})
    assert (policy.mode, policy.lock) == ("refuse", "update")
    write(root, {"xrun.toml": 'mode = "refuse"\nlock = "frozen"\nenforce = []\n'})
    policy = load(root, {"XRUN_POLICY": "ci.toml"})
    assert (policy.mode, policy.lock, policy.rules) == ("off", "update", ())


def test_a_named_policy_hides_nothing_that_what_it_extends_enforces(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "base.toml"\n', "ci.toml": 'mode = "off"\n'})
    write(root, {"base.toml": 'enforce = ["mode"]\n'})
    assert load(root, {"XRUN_POLICY": "ci.toml"}).mode == "exact"


@pytest.mark.parametrize(
    "text", ["=", 'extends = "missing.toml"\n', 'required-version = ">=99"\nnew = 1\n']
)
def test_a_named_policy_hides_nothing_that_cannot_be_known(text: str, root: Path) -> None:
    write(root, {"xrun.toml": text, "ci.toml": ""})
    with pytest.raises(PolicyError, match=r"1 problem in xrun\.toml"):
        load(root, {"XRUN_POLICY": "ci.toml"})


def test_a_named_policy_hides_what_is_merely_wrong(root: Path) -> None:
    write(root, {"xrun.toml": "mode = 1\n", "ci.toml": 'mode = "off"\n'})
    assert load(root, {"XRUN_POLICY": "ci.toml"}).mode == "off"


def test_what_is_extended_enforces_against_what_extends_it(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "base.toml"\nmode = "off"\n'})
    write(root, {"base.toml": 'mode = "ask"\nenforce = ["mode"]\n'})
    assert load(root, {}).mode == "ask"


@pytest.mark.parametrize("layer", ["member/xrun.toml", "xrun.local.toml"])
def test_a_member_and_a_checkout_cannot_enforce(layer: str, root: Path) -> None:
    table = '[project]\nname = "app"\n[tool.uv.workspace]\nmembers = ["member"]\n'
    member = '[project]\nname = "member"\n'
    write(root, {"pyproject.toml": table, "member/pyproject.toml": member})
    write(root, {layer: 'enforce = ["mode"]\n'})
    with pytest.raises(PolicyError) as caught:
        load(root / "member", {})
    assert "only in one of: system, user, workspace" in caught.value.details[0]


def test_the_organisation_and_a_person_can(root: Path) -> None:
    for place in (platformdirs.site_config_path, platformdirs.user_config_path):
        folder = place("xrun", appauthor=False)
        file = write(folder, {"xrun.toml": 'lock = "locked"\nenforce = ["lock"]\n'}) / "xrun.toml"
        policy = load(root, {})
        assert (policy.lock, policy.floors["lock"].source) == ("locked", str(file))
        file.unlink()


# No combination of layers, rules and variables gives a looser value than an enforced one.

COMMANDS = ["pytest", "ruff", "*"]
NAMES = ["gdal", "ipdb", "six"]


def values() -> dict[str, SearchStrategy[object]]:
    return {
        "mode": st.sampled_from([*MODES]),
        "lock": st.sampled_from(["update", "frozen", "locked"]),
        "keep": st.lists(st.sampled_from(NAMES), max_size=2),
    }


RULES = st.lists(
    st.fixed_dictionaries(
        {"command": st.sampled_from(COMMANDS), "extras": st.just(["a"])},
        optional={**values(), "deny": st.sampled_from([False, "one", "two"])},
    ),
    max_size=3,
)
ENFORCED = st.lists(st.sampled_from(["mode", "lock", "keep", "deny"]))
TABLE = st.fixed_dictionaries({}, optional={**values(), "rules": RULES})
LAYERS = st.lists(
    st.tuples(st.sampled_from([Layer.SYSTEM, Layer.USER, Layer.WORKSPACE]), TABLE, ENFORCED),
    max_size=4,
)
STRONGER = st.lists(st.tuples(st.sampled_from([Layer.PROJECT, Layer.LOCAL]), TABLE), max_size=3)
VARIABLES = st.fixed_dictionaries(
    {},
    optional={
        "XRUN_MODE": st.sampled_from([*MODES]),
        "XRUN_KEEP": st.lists(st.sampled_from(NAMES)).map(",".join),
    },
)


def make_layers(
    layers: Sequence[tuple[Layer, Table, list[str]]], stronger: Sequence[tuple[Layer, Table]]
) -> list[LayerValues]:
    weaker = sorted(layers, key=lambda each: each[0])
    rest = sorted(stronger, key=lambda each: each[0])
    tables = [*((layer, {**table, "enforce": names}) for layer, table, names in weaker), *rest]
    return [parse(layer, table) for layer, table in tables]


def fold(layers: Sequence[LayerValues], command: str) -> dict[str, object]:
    """Fold layers as if nothing was enforced: all that precedence alone gives."""
    found: dict[str, object] = {"mode": "exact", "lock": "update", "keep": set(), "deny": False}
    for layer in layers:
        rules = [r.values for r in layer.rules if r.command[0][0] in {command, "*"}]
        for said in (layer.values, *rules):
            for key, value in said.items():
                if key == "keep":
                    kept = {entry.requirement.name for entry in cast("tuple[object, ...]", value)}  # type: ignore[attr-defined]
                    found[key] = cast("set[str]", found[key]) | kept
                elif key in found:
                    found[key] = value
    return found


def is_within(policy: Policy, key: str, floor: object) -> bool:
    """Whether a policy is at least as strict as a floor."""
    if key == "keep":
        return set(name_kept(policy)) <= cast("set[str]", floor)
    if key == "deny":
        return bool(policy.deny) or not floor
    order = MODE_ORDER if key == "mode" else LOCK_ORDER
    ranks = {value: rank for rank, row in enumerate(order) for value in row}
    return ranks[getattr(policy, key)] >= ranks[str(floor)]


@given(LAYERS, STRONGER, VARIABLES, st.sampled_from(["pytest", "ruff"]))
def test_nothing_loosens_what_is_enforced(
    weaker: list[tuple[Layer, Table, list[str]]],
    stronger: list[tuple[Layer, Table]],
    variables: dict[str, str],
    command: str,
) -> None:
    layers = make_layers(weaker, stronger)
    parsed, _ = parse_variables(variables)
    policy = resolve_policy([*layers, *parsed], None, Circumstances((command,)))
    enforcing = [
        (index, key)
        for index, layer in enumerate(layers)
        for key in cast("tuple[str, ...]", layer.values.get("enforce", ()))
    ]
    for index, key in enforcing:
        before = resolve_policy(layers[: index + 1], None, Circumstances((command,)))
        floor = set(name_kept(before)) if key == "keep" else getattr(before, key)
        assert is_within(policy, key, floor)
    first: dict[str, int] = {}
    for index, key in enforcing:
        first.setdefault(key, index)
    for key, index in first.items():  # up to the first that enforces, precedence alone decides
        assert is_within(policy, key, fold(layers[: index + 1], command)[key])
    if not enforcing:
        expected = fold([*layers, *parsed], command)
        assert (policy.mode, policy.lock) == (expected["mode"], expected["lock"])
        assert policy.deny == (expected["deny"] or "")
        assert set(name_kept(policy)) == expected["keep"]
        assert policy.ignored == ()


def find_floors(project: Path, layer: Layer, name: str) -> list[str]:
    layers = read_layers(find_workspace(project), project, {})
    return sorted(floor.source for floor in layers.find_floors(layer, project / name).values())


def test_what_is_enforced_before_a_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write(tmp_path / "project", {"pyproject.toml": "[project]\nname = 'app'\n"})
    monkeypatch.chdir(project)
    assert find_floors(project, Layer.LOCAL, "xrun.local.toml") == []
    write(project, {"xrun.toml": 'extends = "base.toml"\nenforce = ["mode"]\n'})
    write(project, {"base.toml": 'enforce = ["keep"]\n', "xrun.local.toml": "mode = 1\n"})
    assert find_floors(project, Layer.WORKSPACE, "xrun.toml") == ["base.toml"]
    assert find_floors(project, Layer.LOCAL, "xrun.local.toml") == ["base.toml", "xrun.toml"]
    system = platformdirs.site_config_path("xrun", appauthor=False)
    write(system, {"xrun.toml": 'enforce = ["lock"]\n'})
    (project / "xrun.toml").unlink()
    assert find_floors(project, Layer.WORKSPACE, "xrun.toml") == [str(system / "xrun.toml")]


def test_entries_that_would_not_count_are_refused_by_name() -> None:
    floor = resolve((Layer.SYSTEM, {"keep": ["gdal"], "enforce": ["keep"]})).floors["keep"]
    check_kept(floor, parse_keep(["gdal>=3"]))
    check_kept(None, parse_keep(["six"]))
    with pytest.raises(NotAllowedError) as caught:
        check_kept(floor, parse_keep(["gdal", "Six", "ipdb"]))
    assert render_error(caught.value) == [
        "xrun: system.toml enforces keep, and neither it nor a weaker policy keeps six, ipdb",
        "xrun: `uv add six ipdb` declares them; what is kept is for system.toml to say",
    ]


def test_what_select_writes_cannot_be_enforced() -> None:
    assert {"extras", "groups", "packages"}.isdisjoint(ENFORCEABLE)
