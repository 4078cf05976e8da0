"""Policies as data: each case of `tests/data/policy`, with what it means or why it is refused.

A case is NAME.toml, the `xrun.toml` of a project; or a folder NAME with `project`, `system` and
`user`, and `run.toml`, which says from where (`folder`), what (`command`) and with which variables
(`environ`) is run. Beside it lies NAME.json, what it means, or NAME.txt, why it is refused. There
`{version}` stands for the version of xrun, `{system}`, `{user}` and `{above}` (the project's
parent) for folders.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest
import tomli

from unit.make import write
from xrun import __version__
from xrun.policy.enforce import render_looser
from xrun.policy.keys import KEYS, Key, Layer
from xrun.policy.layers import parse_table
from xrun.policy.load import load_policy
from xrun.policy.problems import PolicyError
from xrun.policy.rules import RULES, read_circumstances
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.report.notices import render_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.policy.keep import Keep
    from xrun.policy.policy import Policy


DATA = Path(__file__).parents[2] / "data" / "policy"

PROJECT = """\
[project]
name = "team"
version = "1"
[project.optional-dependencies]
plots = []
Web-Server = []
[dependency-groups]
docs = []
test = []
type_check = []
"""
MEMBERS = '[tool.uv.workspace]\nmembers = ["member"]\n'
MEMBER = '[project]\nname = "member"\n'

SHOWN = ("mode", "lock", "extras", "groups", "packages", "other-selection")


def list_cases(kind: str, *, is_one_file: bool = False) -> list[str]:
    """List the names of the cases of one kind."""
    there = {path.stem for path in (DATA / kind).glob("*.toml")}
    folders = {path.name for path in (DATA / kind).iterdir() if path.is_dir()}
    return sorted(there if is_one_file else there | folders)


def find_folders() -> dict[str, Path]:
    """Find where the policies of the system and of the user lie."""
    return {
        "system": platformdirs.site_config_path("xrun", appauthor=False),
        "user": platformdirs.user_config_path("xrun", appauthor=False),
    }


def load_case(kind: str, name: str, folder: Path) -> Policy:
    """Load the policy of a case, in a project in the current folder."""
    run = make_case(kind, name, folder)
    return load(folder / str(run.get("folder", ".")), run)


def make_case(kind: str, name: str, folder: Path) -> Mapping[str, object]:
    """Make the files of a case; says from where, what and with which variables is run."""
    source = DATA / kind / name
    write(folder, {"pyproject.toml": PROJECT})
    run: Mapping[str, object] = {}
    if source.is_dir():
        write(folder, {"pyproject.toml": PROJECT + MEMBERS, "member/pyproject.toml": MEMBER})
        for part, target in {**find_folders(), "project": folder}.items():
            if (source / part).exists():
                shutil.copytree(source / part, target, dirs_exist_ok=True)
        if (source / "run.toml").exists():
            run = tomli.loads((source / "run.toml").read_text("utf-8"))
    else:
        shutil.copy(source.with_name(f"{name}.toml"), folder / "xrun.toml")
    return run


def load(folder: Path, run: Mapping[str, object]) -> Policy:
    """Load the policy that counts in a folder."""
    environ = run.get("environ", {})
    assert isinstance(environ, dict)
    invocation = parse_invocation(str(run.get("command", "pytest -x")).split())
    circumstances = read_circumstances(invocation, environ, is_terminal=False)
    return load_policy(find_workspace(folder), folder, environ, circumstances)


def replace_places(text: str) -> str:
    """Replace what depends on the machine and the version."""
    for name, folder in {**find_folders(), "above": Path.cwd().parent}.items():
        text = text.replace(str(folder), f"{{{name}}}")
    return text.replace(__version__, "{version}")


def show(policy: Policy) -> dict[str, object]:
    """Show a policy as data: what holds and where it is from, the rules, what is ignored."""
    shown: dict[str, object] = {}
    for key in SHOWN:
        shown[key] = [getattr(policy, key.replace("-", "_")), policy.origins.get(key, "default")]
    shown["keep"] = [show_entry(entry) for entry in policy.keep]
    if policy.deny:
        shown["deny"] = [policy.deny, policy.origins["deny"]]
    if policy.rules:
        names = (f"{each.source}, rules[{each.rule.index}]" for each in policy.rules)
        obstacles = (each.obstacle or "matches" for each in policy.rules)
        shown["rules"] = dict(zip(names, obstacles, strict=True))
    if policy.floors:
        shown["enforced"] = {
            key: [floor.source, None if key == "keep" else floor.value]
            for key, floor in policy.floors.items()
        }
    if policy.ignored:
        shown["ignored"] = {step.origin: render_looser(step) for step in policy.ignored}
    return shown


def show_entry(entry: Keep) -> str:
    """Show an entry of `keep`, with its place."""
    until = f" until {entry.until}" if entry.until else ""
    reason = f" because {entry.reason}" if entry.reason else ""
    return f"{entry.origin}: {entry.requirement}{until}{reason}"


@pytest.fixture(autouse=True)
def project_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", list_cases("valid"))
def test_a_valid_policy_means_what_is_expected(name: str, project_folder: Path) -> None:
    text = replace_places(json.dumps(show(load_case("valid", name, project_folder))))
    assert json.loads(text) == json.loads((DATA / "valid" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", list_cases("valid", is_one_file=True))
def test_a_valid_policy_means_the_same_in_pyproject(name: str, project_folder: Path) -> None:
    text = (DATA / "valid" / f"{name}.toml").read_text("utf-8").replace("[[", "[[tool.xrun.")
    write(project_folder, {"pyproject.toml": f"{PROJECT}[tool.xrun]\n{text}"})
    shown = json.dumps(show(load(project_folder, {}))).replace("pyproject.toml", "xrun.toml")
    assert json.loads(shown) == json.loads((DATA / "valid" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", list_cases("invalid"))
def test_an_invalid_policy_is_refused_with_what_is_expected(
    name: str, project_folder: Path
) -> None:
    with pytest.raises(PolicyError) as caught:
        load_case("invalid", name, project_folder)
    *lines, _, last = render_error(caught.value)
    expected = (DATA / "invalid" / f"{name}.txt").read_text("utf-8")
    assert replace_places("\n".join(lines) + "\n") == expected
    assert "XRUN=0" in last


@pytest.mark.parametrize(("kind", "end"), [("valid", "json"), ("invalid", "txt")])
def test_every_case_has_what_is_expected_of_it_beside_it(kind: str, end: str) -> None:
    expected = sorted(f"{name}.{end}" for name in list_cases(kind))
    assert sorted(path.name for path in (DATA / kind).glob(f"*.{end}")) == expected
    assert {path.suffix for path in (DATA / kind).iterdir()} <= {".toml", f".{end}", ""}


SAMPLES: Mapping[str, object] = {
    "required-version": ">=0",
    "extends": [],
    "mode": "off",
    "lock": "locked",
    "extras": ["plots"],
    "groups": "all",
    "packages": "all",
    "keep": ["gdal"],
    "other-selection": "rebuild",
    "launch": "uv",
    "deny": "not here",
    "enforce": ["mode"],
    "rules": [{"command": "x", "mode": "off"}],
}


@pytest.mark.parametrize("layer", [layer for layer in Layer if layer is not Layer.ENVIRONMENT])
@pytest.mark.parametrize("key", [*KEYS, RULES], ids=lambda key: key.name)
def test_every_key_may_stand_in_its_layers_and_in_no_other(key: Key, layer: Layer) -> None:
    _, problems = parse_table({key.name: SAMPLES[key.name]}, layer, "file")
    assert (problems == []) is (layer in key.layers)
    assert all("cannot stand" in each.message or "rule" in each.message for each in problems)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_may_stand_in_a_rule_or_is_told_that_it_may_not(key: Key) -> None:
    table = {"rules": [{"command": "x", "mode": "off", key.name: SAMPLES[key.name]}]}
    values, problems = parse_table(table, Layer.LOCAL, "file")
    assert [each.place for each in problems] == [
        *([] if key.is_for_rules else [f"rules[0].{key.name}"])
    ]
    assert all("cannot stand in a rule" in each.message for each in problems)
    assert (key.name in values.rules[0].values) is key.is_for_rules
