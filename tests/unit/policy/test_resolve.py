"""Layers in, one policy out: precedence, origins, variables, names, and problems told at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import platformdirs
import pytest

from unit.make import write
from xrun import __version__
from xrun.errors import PolicyError
from xrun.messages import render_error
from xrun.policy import Policy, load_policy
from xrun.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

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


def load(folder: Path) -> Policy:
    return load_policy(find_workspace(folder), folder, os.environ)


def load_wrong(folder: Path) -> list[str]:
    """Load a policy that is refused; say the lines that are told, but for the hint."""
    with pytest.raises(PolicyError) as caught:
        load(folder)
    return render_error(caught.value)[:-1]


def test_a_stronger_layer_replaces_key_by_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_user_policy('mode = "off"\nlock = "frozen"\nextras = ["plots"]\ngroups = ["test"]\n')
    write(root, {"xrun.toml": 'mode = "report"\nextras = ["web-server"]\ngroups = []\n'})
    write(root, {"member/xrun.toml": 'mode = "refuse"\n'})
    monkeypatch.setenv("XRUN_MODE", "isolated")
    policy = load(root / "member")
    assert (policy.mode, policy.lock) == ("isolated", "frozen")
    assert (policy.extras, policy.groups) == (("web-server",), ())


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
    assert (policy.extras, policy.groups, policy.other_selection) == ((), (), "rebuild")
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
        ("XRUN_MODE", "exat", '  expected "exact", "refuse", '),
        ("XRUN_MODE", "EXACT", '  expected "exact", "refuse", '),
        ("XRUN_EXTRAS", "web server", "  expected a name of letters, "),
        ("XRUN_GROUPS", "test,nope", '  groups   no project here defines "nope"; defined: dev, te'),
        ("XRUN_GROUPS", "all,test", '  groups   no project here defines "all"; '),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    name: str, text: str, told: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    first, row = load_wrong(root)
    assert first == f"xrun: {name} has 1 problem; nothing was run"
    assert row.startswith(told)


def test_the_problems_of_all_layers_are_told_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = write_user_policy("lock = 1\n")
    write(root, {"xrun.toml": 'mod = "off"\n', "member/xrun.toml": "="})
    monkeypatch.setenv("XRUN_MODE", "nope")
    first, *rows = load_wrong(root / "member")
    sources = ["member/xrun.toml", user, "xrun.toml", "XRUN_MODE"]
    assert first == f"xrun: {' and '.join(sources)} have 4 problems; nothing was run"
    assert [row.split()[0] for row in rows] == sources


def test_a_name_is_enough_that_some_member_defines(root: Path) -> None:
    write(root, {"xrun.toml": 'extras = ["plots", "web-server"]\ngroups = ["dev", "test"]\n'})
    assert load(root).extras == ("plots", "web-server")
    assert load(root / "member").groups == ("dev", "test")


def test_a_name_that_no_member_defines_is_told_with_those_that_are(root: Path) -> None:
    write(root, {"xrun.toml": 'extras = ["plot"]\n'})
    assert load_wrong(root)[1:] == [
        '  extras   no project here defines "plot"; defined: plots, web-server'
    ]


def test_where_none_is_defined_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": '[project]\nname = "a"\n[tool.xrun]\ngroups = ["x"]\n'})
    assert load_wrong(tmp_path)[1:] == ['  groups   no project here defines "x"; none is defined']


def test_extras_that_only_a_build_could_tell_are_not_checked(tmp_path: Path) -> None:
    project = '[project]\nname = "a"\ndynamic = ["optional-dependencies"]\n'
    write(tmp_path, {"pyproject.toml": f'{project}[tool.xrun]\nextras = ["any"]\n'})
    assert load(tmp_path).extras == ("any",)


def test_the_versions_that_all_layers_ask_for_must_hold(root: Path) -> None:
    user = write_user_policy('required-version = ">=99"\nmode = "from the future"\n')
    write(root, {"xrun.toml": f'required-version = "=={__version__}"\n'})
    first, row = load_wrong(root)
    assert first == f"xrun: {user} has 1 problem; nothing was run"
    assert row == f"  required-version   asks for xrun >=99, this is {__version__}"


def test_the_hint_names_this_version_and_the_way_out(root: Path) -> None:
    write(root, {"xrun.toml": "x = 1\n"})
    with pytest.raises(PolicyError) as caught:
        load(root)
    assert f"this is xrun {__version__};" in caught.value.hint
    assert "XRUN=0 runs without a policy" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ['mode = "\\u001b]0;title\\u0007"\n', '"\\u001b[2J" = 1\n', 'mode = "two\\nlines"\n'],
    ids=["a value", "a key", "a line break"],
)
def test_nothing_in_a_policy_steers_the_terminal(text: str, root: Path) -> None:
    write(root, {"xrun.toml": text})
    assert all(line.isprintable() for line in load_wrong(root))
