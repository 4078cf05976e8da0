"""`xrunctl policy`: check, show and schema, as they are typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tomli
from typer.testing import CliRunner, Result

from unit.make import write
from xrun.ctl.app import app

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "app"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write(tmp_path / "project", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", "")  # no uv is needed
    return folder


def policy(*words: str) -> Result:
    """Type it."""
    return CliRunner().invoke(app, ["policy", *words])


def test_without_any_policy_all_is_default(project: Path) -> None:
    result = policy("check")
    assert (result.exit_code, result.stdout) == (0, "no policy: all is default\n")
    shown = policy("show")
    assert shown.exit_code == 0
    head, _, rest = shown.stdout.partition("\n\n")
    words = f"# The policy for {project}; nothing but defaults".split()
    assert [word for word in head.split() if word != "#"] == words[1:]
    assert rest.startswith('mode = "exact"  # default\n')
    assert tomli.loads(shown.stdout)["mode"] == "exact"


def test_where_nothing_is_wrong_the_files_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"xrun.toml": "", "xrun.local.toml": ""})
    monkeypatch.setenv("XRUN_MODE", "ask")
    result = policy("check")
    told = "no problem in xrun.toml, xrun.local.toml and XRUN_MODE\n"
    assert (result.exit_code, result.stdout) == (0, told)


def test_problems_stand_below_their_file(project: Path) -> None:
    files = {
        "xrun.toml": 'mod = 1\nenforce = ["mode"]\n[[rules]]\nwhen = "CI"\nmode = "off"\n',
        "xrun.local.toml": 'mode = "report"\n',
    }
    write(project, files)
    result = policy("check")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "xrun.toml has 2 problems"
    assert lines[1] == '  mod            unknown key; did you mean "mode"?'
    assert lines[2].startswith('  rules[0].when  expected "ci", "hook" or "terminal", found')
    assert lines[3:5] == [
        "xrun.local.toml has 1 problem",
        '  mode  does not count: mode = "report" is looser than mode = "exact", which xrun.toml '
        "enforces",
    ]
    assert lines[5].startswith("this is xrun ")


def test_what_is_wrong_cannot_be_shown_and_what_does_not_count_can(project: Path) -> None:
    write(project, {"xrun.toml": 'enforce = ["mode"]\n', "xrun.local.toml": 'mode = "off"\n'})
    result = policy("show")
    assert result.exit_code == 0
    assert "# xrun.local.toml, mode does not count:" in result.stdout
    write(project, {"xrun.local.toml": "mode = 1\n"})
    result = policy("show")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "xrun.local.toml has 1 problem; nothing is shown" in result.stderr


def test_another_project_and_another_policy_can_be_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"xrun.toml": 'lock = "locked"\n', "ci.toml": 'lock = "frozen"\n'})
    monkeypatch.chdir(tmp_path)
    shown = policy("show", "--project", "project")
    assert 'lock = "locked"  # project/xrun.toml, lock' in shown.stdout
    monkeypatch.setenv("XRUN_POLICY", "project/ci.toml")
    shown = policy("show", "--project", "project")
    assert 'lock = "frozen"  # project/ci.toml, lock' in shown.stdout
    monkeypatch.setenv("XRUN_POLICY", "nowhere.toml")
    result = policy("check", "--project", "project")
    assert result.exit_code == 1
    assert result.stdout == "XRUN_POLICY has 1 problem\n  there is no nowhere.toml\n"


def test_a_folder_that_is_not_there_is_told(project: Path) -> None:
    for verb in ("check", "show"):
        result = policy(verb, "--project", "nowhere")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"no folder {project}/nowhere" in result.stderr


def test_outside_a_project_the_current_folders_policy_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path / "outside", {"xrun.toml": "mode = 1\n"}))
    assert policy("check").exit_code == 1


def test_the_schema_is_printed() -> None:
    assert json.loads(policy("schema").stdout)["properties"]["mode"]["default"] == "exact"


def test_no_text_of_a_policy_steers_the_terminal(project: Path) -> None:
    write(project, {"xrun.toml": '"mo\\u001bd" = 1\nmode = "\\u001b[2J\\u009b"\n'})
    assert "\x1b" not in policy("check").stdout
    assert "\x9b" not in policy("check").stdout
    assert "\x1b" not in policy("show").stderr


@pytest.mark.parametrize("width", [100, 80, 40])
def test_at_a_terminal_everything_fits(
    project: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    text = 'mode = "exat"\n[[rules]]\ncommand = "a"\ndeny = true\nother-selection = "no"\n'
    write(project, {"xrun.toml": text})
    whole = policy("check").stdout
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("xrun.ctl.policy.is_terminal", lambda: True)
    lines = policy("check").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert sorted("".join("".join(lines).split())) == sorted("".join(whole.split()))
