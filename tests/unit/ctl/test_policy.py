"""`xrunctl policy`: check and schema, as they are typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from unit.make import write
from xrun.ctl.app import app
from xrun.report.width import find_width

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


@pytest.mark.usefixtures("project")
def test_without_any_policy_all_is_default() -> None:
    result = policy("check")
    assert (result.exit_code, result.stdout) == (0, "no policy: all is default\n")


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
    assert lines[1::4] == [
        "  --> xrun.toml:1:1",
        "  --> xrun.toml:4:8",
        "  --> xrun.local.toml:1:8",
    ]
    assert [line.split(":")[0] for line in lines[:12:4]] == ["error", "error", "warning"]
    assert lines[12].startswith("3 problems in xrun.toml and xrun.local.toml; this is xrun ")
    assert lines[8].endswith("which xrun.toml enforces")


def test_programs_get_line_and_column(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, {"xrun.toml": '\nmode = "exat"\n', "xrun.local.toml": 'keep = ["a", 1]\n'})
    monkeypatch.setenv("XRUN_GROUPS", "x")
    result = policy("check", "--output-format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["version"]) == (1, 1)
    names = ("source", "key", "line", "column", "severity")
    assert [tuple(each[name] for name in names) for each in document["problems"]] == [
        ("xrun.toml", "mode", 2, 8, "error"),
        ("xrun.local.toml", "keep[1]", 1, 14, "error"),
        ("XRUN_GROUPS", "groups[x]", None, 13, "error"),
    ]
    assert all(each["message"] for each in document["problems"])


def test_another_project_and_another_policy_can_be_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"xrun.toml": 'lock = "locked"\n', "ci.toml": 'lock = "frozen"\n'})
    monkeypatch.chdir(tmp_path)
    found = policy("check", "--project", "project")
    assert found.stdout == "no problem in project/xrun.toml\n"
    monkeypatch.setenv("XRUN_POLICY", "project/ci.toml")
    found = policy("check", "--project", "project")
    assert found.stdout == "no problem in project/ci.toml\n"
    monkeypatch.setenv("XRUN_POLICY", "nowhere.toml")
    result = policy("check", "--project", "project")
    assert result.exit_code == 1
    assert "--> XRUN_POLICY" in result.stdout


def test_a_folder_that_is_not_there_is_told(project: Path) -> None:
    result = policy("check", "--project", "nowhere")
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


@pytest.mark.parametrize("width", [100, 80, 40])
def test_at_a_terminal_everything_fits(
    project: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    text = 'mode = "exat"\n[[rules]]\ncommand = "a"\ndeny = true\nother-selection = "no"\n'
    write(project, {"xrun.toml": text})
    whole = policy("check").stdout
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("xrun.ctl.policy.find_columns", find_width)
    lines = policy("check").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert sorted("".join("".join(lines).split())) == sorted("".join(whole.split()))
