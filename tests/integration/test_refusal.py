"""What uv refuses changes nothing, whatever there is to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, Pyproject

if TYPE_CHECKING:
    from pathlib import Path

Xrun = tuple[str, ...]
LINES: list[tuple[tuple[str | bytes, ...], dict[str, str]]] = [
    (("--with", "not a requirement", "true"), {}),
    (("--with", "--quiet", "true"), {}),
    (("--with-requirements", "missing.txt", "true"), {}),
    (("--with-requirements", "-", "-"), {}),
    (("--env-file", "missing", "true"), {}),
    (("-m", "-"), {}),
    ((b"no-\xff-such",), {}),
    (("true",), {"UV_ENV_FILE": "missing"}),
    (("true",), {"UV_NO_SYNC": "perhaps"}),
    (("true",), {"UV_RUN_RECURSION_DEPTH": "101"}),
]


def list_separate(project: Project) -> set[Path]:
    """The separate environments of this session, all tests'."""
    return {*project.sandbox.home.glob(".cache/xrun/environments/*")}


@pytest.mark.parametrize("mode", ["exact", "report", "separate"])
def test_what_uv_refuses_changes_nothing(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("delta")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    lock = (project.folder / "uv.lock").read_bytes()
    before = list_separate(project)
    for words, variables in LINES:
        result = project.run(*xrun, *words, XRUN_MODE=mode, **variables)
        assert (result.status, project.installed()) == (2, ("alpha==2.0", "delta==1.0")), result
        assert (project.folder / "uv.lock").read_bytes() == lock
        assert list_separate(project) == before


def test_a_selection_that_is_not_there_makes_no_environment(project: Project, xrun: Xrun) -> None:
    before = list_separate(project)
    result = project.run(*xrun, "--extra", "missing", "true", XRUN_MODE="separate")
    assert result.status == 2
    assert result.stderr.startswith(b"error: Extra `missing` is not defined")
    assert list_separate(project) == before


@pytest.mark.parametrize("option", ["--extra", "--group", "--package"])
def test_a_selection_that_is_not_there_is_uvs_to_refuse_though_something_is_held(
    project: Project, xrun: Xrun, option: str
) -> None:
    project.write("xrun.toml", 'keep = ["delta==1.0"]\n')
    project.install("delta==1.0")
    result = project.run(*xrun, option, "missing", "true")
    assert (result.status, result.stderr.split(b":")[0]) == (2, b"error")
    assert project.installed() == ("alpha==2.0", "delta==1.0")
