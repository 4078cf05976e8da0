"""What `xrunctl select` writes into the local policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from unit.make import write
from xrun.ctl.app import app
from xrun.policy.files import LOCAL_FILE

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "app"\n[dependency-groups]\ntest = []\ndev = []\ndocs = []\n'
RULE = '[[rules]]\nwhen = "ci"\ngroups = ["test"]\n'


@pytest.mark.parametrize(
    ("team", "local", "environ", "expected"),
    [
        ("", "", {}, '["dev"]'),
        ("", "", {"XRUN_GROUPS": "test"}, '["dev"]'),
        (RULE, "", {"CI": "1"}, '["dev"]'),
        ('groups = ["docs"]\n', "", {"XRUN_GROUPS": "test"}, '["dev", "docs"]'),
        ('groups = ["test"]\n', 'groups = ["docs"]\n', {"XRUN_GROUPS": ""}, '["docs", "dev"]'),
        ('groups = "all"\n', "", {"XRUN_GROUPS": "test"}, '"all"'),
    ],
)
def test_what_holds_for_one_run_is_not_written_for_good(  # noqa: PLR0913 - each says something
    team: str,
    local: str,
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    expected: str,
) -> None:
    files = {"pyproject.toml": PROJECT, "xrun.toml": team, LOCAL_FILE: local}
    monkeypatch.chdir(write(tmp_path / "app", files))
    monkeypatch.setattr("xrun.proxy.uv.find_uv", lambda: "/nowhere/uv")
    monkeypatch.setattr("xrun.proxy.uv.read_version", lambda *_, **__: (0, 13, 9))
    monkeypatch.delenv("CI", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["select", "--group", "dev"])
    assert result.exit_code == 0, result.stderr
    written = (tmp_path / "app" / LOCAL_FILE).read_text()
    assert written.splitlines()[-1] == f"groups = {expected}"


def test_what_gives_way_to_a_selection_in_conflict_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{PROJECT}[tool.uv]\nconflicts = [[{{ group = 'test' }}, {{ group = 'docs' }}]]\n"
    files = {"pyproject.toml": text, LOCAL_FILE: 'groups = ["test", "dev"]\n'}
    monkeypatch.chdir(write(tmp_path / "app", files))
    monkeypatch.setattr("xrun.proxy.uv.find_uv", lambda: "/nowhere/uv")
    monkeypatch.setattr("xrun.proxy.uv.read_version", lambda *_, **__: (0, 13, 9))
    result = CliRunner().invoke(app, ["select", "--group", "docs"])
    assert result.exit_code == 0, result.stderr
    written = (tmp_path / "app" / LOCAL_FILE).read_text()
    assert written.splitlines()[-1] == 'groups = ["dev", "docs"]'
    assert "no longer test" in result.stderr


def test_that_nothing_of_a_kind_is_left_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extras = "[project.optional-dependencies]\nplots = []\n"
    conflict = "[tool.uv]\nconflicts = [[{ group = 'test' }, { extra = 'plots' }]]\n"
    files = {"pyproject.toml": PROJECT + extras + conflict, LOCAL_FILE: 'groups = ["test"]\n'}
    monkeypatch.chdir(write(tmp_path / "app", files))
    monkeypatch.setattr("xrun.proxy.uv.find_uv", lambda: "/nowhere/uv")
    monkeypatch.setattr("xrun.proxy.uv.read_version", lambda *_, **__: (0, 13, 9))
    result = CliRunner().invoke(app, ["select", "--extra", "plots"])
    assert result.exit_code == 0, result.stderr
    assert "extras: plots; groups: none; no longer test" in result.stderr
