"""Which project a verb is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from unit.make import write
from xrun.ctl.app import app

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "app"\n[dependency-groups]\ntest = []\n'
VERBS = ["init", "select --group test", "keep six", "check", "why six", "sync", "restore"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("is_typed", [True, False])
def test_a_project_that_is_not_there_is_not_the_one_above(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_typed: bool
) -> None:
    project = write(tmp_path / "project", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(project)
    monkeypatch.setattr("xrun.proxy.uv.find_uv", lambda: "/nowhere/uv")
    monkeypatch.setattr("xrun.proxy.uv.read_version", lambda *_, **__: (0, 13, 9))
    option = ["--project", "tpyo"] if is_typed else []
    if not is_typed:
        monkeypatch.setenv("UV_PROJECT", "tpyo")
    result = CliRunner().invoke(app, [*verb.split(), *option])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"no folder {project}/tpyo" in result.stderr
    assert [each.name for each in project.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("verb", ["why", "restore"])
def test_a_name_with_a_version_is_none(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "six==1.17"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "not the name of a distribution: six==1.17" in result.stderr
