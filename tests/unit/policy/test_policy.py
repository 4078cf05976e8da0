"""Layers in, one policy out: precedence, origins, variables, names, and problems told at once."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import platformdirs
import pytest
from packaging.requirements import Requirement

from unit.make import write
from xrun import __version__
from xrun.policy.keep import EDITORS, Keep
from xrun.policy.keys import KEYS, Layer
from xrun.policy.layers import LayerValues
from xrun.policy.load import load_policy
from xrun.policy.policy import Account, Policy, list_accounts, resolve_policy
from xrun.policy.problems import PolicyError
from xrun.policy.rules import Circumstances, Rule
from xrun.project.workspace import find_workspace
from xrun.report.notices import render_error

ROOT = """\
[project]
name = "root"
[project.optional-dependencies]
Web_Server = []
[dependency-groups]
test = []
[tool.uv.workspace]
members = ["member"]
"""
MEMBER = """\
[project]
name = "member"
[project.optional-dependencies]
plots = []
[tool.uv]
dev-dependencies = []
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a workspace without any policy; the current folder is its root."""
    folder = tmp_path / "root"
    write(folder, {"pyproject.toml": ROOT, "member/pyproject.toml": MEMBER})
    monkeypatch.chdir(folder)
    return folder


def write_user_policy(text: str) -> str:
    """Write the user's own policy; say its path."""
    folder = platformdirs.user_config_path("xrun", appauthor=False)
    return str(write(folder, {"xrun.toml": text}) / "xrun.toml")


def load(folder: Path, today: date | None = None) -> Policy:
    return load_policy(find_workspace(folder), folder, os.environ, today=today)


def load_wrong(folder: Path, today: date | None = None) -> list[str]:
    """Load a policy that is refused; say each problem behind its place."""
    with pytest.raises(PolicyError) as caught:
        load(folder, today)
    return [*caught.value.details]


def test_a_stronger_layer_replaces_key_by_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_user_policy('mode = "off"\nlock = "frozen"\nextras = ["plots"]\ngroups = ["test"]\n')
    write(root, {"xrun.toml": 'mode = "report"\nextras = ["web-server"]\ngroups = []\n'})
    write(root, {"member/xrun.toml": 'mode = "refuse"\n'})
    write(root, {"xrun.local.toml": 'mode = "ask"\ngroups = ["test"]\n'})
    policy = load(root / "member")
    assert (policy.mode, policy.lock) == ("ask", "frozen")
    assert (policy.extras, policy.groups) == (("web-server",), ("test",))
    monkeypatch.setenv("XRUN_MODE", "isolated")
    assert load(root / "member").mode == "isolated"


def test_says_where_each_value_came_from(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = write_user_policy('mode = "off"\nlock = "frozen"\n')
    write(root, {"pyproject.toml": f'{ROOT}[tool.xrun]\nmode = "exact"\nextras = []\n'})
    write(root, {"member/xrun.toml": 'packages = "all"\n'})
    monkeypatch.setenv("XRUN_GROUPS", "test")
    assert load(root / "member").origins == {
        "mode": "pyproject.toml",
        "lock": user,
        "extras": "pyproject.toml",
        "packages": "member/xrun.toml",
        "groups": "XRUN_GROUPS",
    }


def test_without_any_policy_everything_is_at_its_default(root: Path) -> None:
    policy = load(root)
    assert (policy.mode, policy.lock, policy.packages) == ("exact", "update", "current")
    assert (policy.extras, policy.groups, policy.other_selection) == ((), (), "separate")
    assert policy.origins == {}
    assert root / "xrun.toml" in policy.places


def test_outside_any_project_the_folders_policy_holds_and_no_name_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"xrun.toml": 'mode = "report"\nextras = ["any"]\n'})
    monkeypatch.chdir(tmp_path)
    policy = load(tmp_path)
    assert (policy.mode, policy.extras) == ("report", ("any",))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("XRUN_MODE", "report", "report"),
        ("XRUN_MODE", " report ", "report"),
        ("XRUN_MODE", "", "refuse"),
        ("XRUN_MODE", "  ", "refuse"),
        ("XRUN_EXTRAS", "web.Server", ("web-server",)),
        ("XRUN_EXTRAS", "plots , web_server,,plots", ("plots", "web-server")),
        ("XRUN_EXTRAS", "all", "all"),
        ("XRUN_EXTRAS", "", ()),
        ("XRUN_EXTRAS", " , ", ()),
        ("XRUN_GROUPS", "test,dev", ("dev", "test")),
        ("XRUN_GROUPS", " all ", "all"),
        ("XRUN_GROUPS", "", ()),
        ("XRUN_LOCK", "frozen", "update"),
    ],
)
def test_a_variable_is_stronger_than_every_file(
    name: str, text: str, expected: object, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {"xrun.toml": 'mode = "refuse"\nextras = ["plots"]\ngroups = "all"\n'})
    monkeypatch.setenv(name, text)
    assert getattr(load(root), name.removeprefix("XRUN_").lower()) == expected


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("XRUN_MODE", "exat", 'unknown mode "exat" (did you mean "exact"?)'),
        ("XRUN_MODE", "EXACT", 'unknown mode "EXACT" (did you mean "exact"?)'),
        ("XRUN_EXTRAS", "web server", "expected a name of letters, "),
        ("XRUN_GROUPS", "test,nope", 'unknown group "nope"; expected "dev" or "test"'),
        ("XRUN_GROUPS", "all,test", 'unknown group "all"; '),
        ("XRUN_KEEP", "gdal >> 3", 'expected a requirement such as "gdal>=3", found "gda'),
        ("XRUN_KEEP", "gdal,a @ https://example.org/a.whl", "a URL cannot be kept: "),
        ("XRUN_KEEP", "gdal,@all", 'unknown word "@all"; expected "@editors"'),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    name: str, text: str, told: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    (row,) = load_wrong(root)
    assert row.startswith(f"{name}: {told}")


def test_keep_adds_up_over_all_layers_the_weakest_first(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = write_user_policy('keep = ["ruff"]\n')
    write(root, {"pyproject.toml": f'{ROOT}[tool.xrun]\nkeep = ["gdal>=3", "ipdb"]\n'})
    write(root, {"member/xrun.toml": '[[keep]]\nname = "gdal"\nreason = "libgdal"\n'})
    write(root, {"xrun.local.toml": 'keep = ["ty", "Ruff"]\n'})
    monkeypatch.setenv("XRUN_KEEP", "rich,gdal<4")
    policy = load(root / "member")
    assert [(str(entry.requirement), entry.reason, entry.origin) for entry in policy.keep] == [
        ("ruff", "", f"{user}, keep[0]"),
        ("gdal>=3", "", "pyproject.toml, keep[0]"),
        ("ipdb", "", "pyproject.toml, keep[1]"),
        ("gdal", "libgdal", f"{Path('member/xrun.toml')}, keep[0]"),
        ("ty", "", "xrun.local.toml, keep[0]"),
        ("Ruff", "", "xrun.local.toml, keep[1]"),
        ("rich", "", "XRUN_KEEP"),
        ("gdal<4", "", "XRUN_KEEP"),
    ]
    names = [user, "pyproject.toml", str(Path("member/xrun.toml")), "xrun.local.toml", "XRUN_KEEP"]
    assert policy.origins == {"keep": " and ".join(names)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gdal>=3,<4,ipdb[a,b],@editors", ["gdal<4,>=3", "ipdb[a,b]", *EDITORS]),
        (" gdal , , ipdb ", ["gdal", "ipdb"]),
        ("gdal >= 3 , != 3.1 , ipdb", ["gdal!=3.1,>=3", "ipdb"]),
        ("gdal (>=3,<4),ipdb", ["gdal<4,>=3", "ipdb"]),
        ("all", ["all"]),
        (
            "ipdb[a , b]; python_version in '3.8,3.9' , gdal",
            ['ipdb[a,b]; python_version in "3.8,3.9"', "gdal"],
        ),
        ('a; os_name in "b,c",d', ['a; os_name in "b,c"', "d"]),
        ("", []),
        (" , ", []),
    ],
)
def test_the_variable_is_divided_where_an_entry_ends(
    text: str, expected: list[str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {"xrun.toml": 'keep = ["ruff"]\n'})
    monkeypatch.setenv("XRUN_KEEP", text)
    assert [str(entry.requirement) for entry in load(root).keep] == ["ruff", *expected]


@pytest.mark.parametrize(
    ("until", "today", "holds"),
    [
        ("2026-11-01", date(2026, 10, 31), True),
        ("2026-11-01", date(2026, 11, 1), False),
        ("2026-11-01", date(2026, 11, 2), False),
        ('"2026-11-01"', date(2026, 10, 31), True),
        ('"2026-11-01"', date(2026, 11, 1), False),
        ("9999-12-31", None, True),
        ("1999-12-31", None, False),
    ],
)
def test_an_entry_holds_until_its_day_comes(
    until: str, today: date | None, root: Path, *, holds: bool
) -> None:
    write(root, {"xrun.toml": f'keep = ["a", {{ name = "gdal", until = {until} }}]\n'})
    if holds:
        assert [entry.requirement.name for entry in load(root, today).keep] == ["a", "gdal"]
        return
    (row,) = load_wrong(root, today)
    assert row.startswith(f"xrun.toml:1:39: {until.strip(chr(34))} has come")


def test_a_day_that_has_come_is_told_with_all_other_problems(root: Path) -> None:
    write(root, {"xrun.toml": 'keep = [{ name = "@editors", until = 2026-11-01 }, 1]\n'})
    write(root, {"xrun.local.toml": 'keep = [{ name = "gdal", until = 2026-11-02 }]\n'})
    rows = load_wrong(root, date(2026, 11, 2))
    assert [row.split()[0] for row in rows] == [
        *("xrun.toml:1:38:", "xrun.toml:1:52:", "xrun.local.toml:1:34:"),
    ]


def test_says_the_first_day_that_changes_the_policy(root: Path) -> None:
    assert load(root).next_until is None
    write(root, {"xrun.toml": 'keep = ["ruff", { name = "gdal", until = 9999-12-31 }]\n'})
    write(root, {"xrun.local.toml": 'keep = [{ name = "ipdb", until = "9998-12-31" }]\n'})
    assert load(root).next_until == date(9998, 12, 31)


def test_the_local_policys_keys_stand_at_the_top(root: Path) -> None:
    write(root, {"xrun.local.toml": '[tool.xrun]\nmode = "off"\n'})
    told = 'unknown key "tool"; in this file keys stand at the top, without [tool.xrun]'
    assert load_wrong(root) == [f"xrun.local.toml:1:2: {told}"]


def test_every_key_of_that_layer_may_stand_in_the_local_policy(root: Path) -> None:
    lines = {
        "required-version": '">=0.1"',
        "mode": '"off"',
        "lock": '"locked"',
        "extras": '["plots"]',
        "groups": '"all"',
        "packages": '"all"',
        "keep": '["gdal"]',
        "other-selection": '"rebuild"',
        "launch": '"uv"',
    }
    assert set(lines) == {key.name for key in KEYS if Layer.LOCAL in key.layers}
    write(root, {"xrun.local.toml": "".join(f"{key} = {lines[key]}\n" for key in lines)})
    policy = load(root)
    assert (policy.mode, policy.lock, policy.packages) == ("off", "locked", "all")
    assert set(policy.origins.values()) == {"xrun.local.toml"}


def test_the_problems_of_all_layers_are_told_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = write_user_policy("lock = 1\n")
    write(root, {"xrun.toml": 'mod = "off"\n', "member/xrun.toml": "="})
    monkeypatch.setenv("XRUN_MODE", "nope")
    places = ["member/xrun.toml:1:1:", f"{user}:1:8:", "xrun.toml:1:1:", "XRUN_MODE:"]
    assert [row.split()[0] for row in load_wrong(root / "member")] == places


def test_a_name_is_enough_that_some_member_defines(root: Path) -> None:
    write(root, {"xrun.toml": 'extras = ["plots", "web-server"]\ngroups = ["dev", "test"]\n'})
    assert load(root).extras == ("plots", "web-server")
    assert load(root / "member").groups == ("dev", "test")


def test_a_name_that_no_member_defines_is_told_with_those_that_are(root: Path) -> None:
    write(root, {"xrun.toml": 'extras = ["plot"]\n'})
    assert load_wrong(root) == ['xrun.toml:1:11: unknown extra "plot" (did you mean "plots"?)']
    write(root, {"xrun.toml": 'extras = ["docs"]\n'})
    (row,) = load_wrong(root)
    assert row.endswith('unknown extra "docs"; expected "plots" or "web-server"')


def test_where_none_is_defined_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": '[project]\nname = "a"\n[tool.xrun]\ngroups = ["x"]\n'})
    (row,) = load_wrong(tmp_path)
    assert row.endswith(':4:11: unknown group "x": none is defined here')


def test_extras_that_only_a_build_could_tell_are_not_checked(tmp_path: Path) -> None:
    project = '[project]\nname = "a"\ndynamic = ["optional-dependencies"]\n'
    write(tmp_path, {"pyproject.toml": f'{project}[tool.xrun]\nextras = ["any"]\n'})
    assert load(tmp_path).extras == ("any",)


def test_the_versions_that_all_layers_ask_for_must_hold(root: Path) -> None:
    user = write_user_policy('required-version = ">=99"\nmode = "from the future"\n')
    write(root, {"xrun.toml": f'required-version = "=={__version__}"\n'})
    (row,) = load_wrong(root)
    told = f"this policy needs xrun >=99; this is xrun {__version__}"
    assert row == f"{user}:1:20: {told}"


def test_the_hint_names_this_version_and_the_way_out(root: Path) -> None:
    write(root, {"xrun.toml": "x = 1\n"})
    with pytest.raises(PolicyError) as caught:
        load(root)
    assert f"this is xrun {__version__};" in caught.value.hint
    assert "`XRUN=0 xrun COMMAND` runs without a policy" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ['mode = "\\u001b]0;title\\u0007"\n', '"\\u001b[2J" = 1\n', 'mode = "two\\nlines"\n'],
    ids=["a value", "a key", "a line break"],
)
def test_nothing_in_a_policy_steers_the_terminal(text: str, root: Path) -> None:
    write(root, {"xrun.toml": text})
    with pytest.raises(PolicyError) as caught:
        load(root)
    assert all(line.isprintable() for line in render_error(caught.value))


def account(policy: Policy, key: str) -> Account:
    return next(each for each in list_accounts(policy) if each.key == key)


def places(account: Account) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The steps that hold and those that are overridden, each by its source and key path."""
    holding = [(step.source, step.place) for step in account.holding]
    return holding, [(step.source, step.place) for step in account.overridden]


def test_every_key_has_its_account_in_order() -> None:
    accounts = [*list_accounts(resolve_policy([]))]
    assert [each.key for each in accounts] == [key.name for key in KEYS]
    assert not any(each.is_said or each.ignored or each.floor for each in accounts)


def test_the_strongest_holds_over_all_that_is_weaker() -> None:
    rule = Rule(0, (("pytest",),), (), {"mode": "separate"})
    layers = [
        LayerValues(Layer.USER, "user.toml", {"mode": "ask"}),
        LayerValues(Layer.WORKSPACE, "xrun.toml", {"mode": "report"}, (rule,)),
    ]
    found = account(resolve_policy(layers, None, Circumstances(("pytest",))), "mode")
    assert places(found) == (
        [("xrun.toml", "rules[0].mode")],
        [("xrun.toml", "mode"), ("user.toml", "mode"), ("", "mode")],
    )


def test_an_environment_is_for_what_files_say_for_every_command() -> None:
    rule = Rule(0, (), ("ci",), {"extras": ("ci",)})
    layers = [
        LayerValues(Layer.WORKSPACE, "xrun.toml", {"extras": ("plots",)}, (rule,)),
        LayerValues(Layer.ENVIRONMENT, "XRUN_EXTRAS", {"extras": ("typed",)}),
    ]
    policy = resolve_policy(layers, None, Circumstances((), frozenset({"ci"})))
    assert policy.extras == ("typed",)
    assert policy.for_every_command().extras == ("plots",)


def test_what_adds_up_and_what_each_file_says_for_itself_overrides_nothing() -> None:
    values = {"keep": (Keep(Requirement("gdal")),), "enforce": ("mode",), "extends": ("a.toml",)}
    layers = [
        LayerValues(Layer.SYSTEM, "etc.toml", values),
        LayerValues(Layer.WORKSPACE, "xrun.toml", values),
    ]
    policy = resolve_policy(layers)
    for key in values:
        holding, overridden = places(account(policy, key))
        assert holding == [("etc.toml", key), ("xrun.toml", key)]
        assert overridden == []


def test_what_is_looser_than_enforced_is_ignored() -> None:
    layers = [
        LayerValues(Layer.SYSTEM, "etc.toml", {"mode": "exact", "enforce": ("mode",)}),
        LayerValues(Layer.LOCAL, "xrun.local.toml", {"mode": "off"}),
    ]
    found = account(resolve_policy(layers), "mode")
    assert [step.source for step in found.holding] == ["etc.toml"]
    assert [step.source for step in found.ignored] == ["xrun.local.toml"]
    assert found.floor is not None
    assert found.floor.source == "etc.toml"
