"""Advice where `.venv` cannot be written: each is run as printed, and settles what it is for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import Place, run
from support.projects import Pyproject, index_table

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

# Root writes everywhere, but not into what is mounted to be read alone.
CLOSE = 'mount --bind .venv .venv && mount -o remount,bind,ro .venv && exec "$@"'
CAN_MOUNT = subprocess.run(("unshare", "-m", "true"), capture_output=True, check=False)

MEMBER = """\
[project]
name = "member"
version = "1"
requires-python = ">=3.10"
dependencies = ["delta"]
[project.optional-dependencies]
plots = ["epsilon"]
[dependency-groups]
docs = ["zeta"]
"""
VIRTUAL = '[tool.uv.workspace]\nmembers = ["member"]\n'
CONFLICT = '[tool.uv]\nconflicts = [[{ extra = "a" }, { extra = "b" }]]\n'
PROJECTS = {
    "single": Pyproject(dependencies=("alpha",), groups={"docs": ("zeta",)}),
    "member": Pyproject(dependencies=("alpha",), members=("member",)),
    "virtual root": None,
    "conflict": Pyproject(extras={"a": ("alpha==1.0",), "b": ("alpha==2.0",)}),
}


def make(make_project: ProjectFactory, kind: str) -> Project:
    """Make a project with something undeclared and something unselected in `.venv`."""
    declared = PROJECTS[kind]
    project = make_project(Pyproject(dependencies=("alpha",)))
    if declared is not None:
        project.declare(declared)
    else:
        project.write("pyproject.toml", VIRTUAL + index_table(project.sandbox.index))
    if kind in {"member", "virtual root"}:
        project.write("member/pyproject.toml", MEMBER)
    if kind == "conflict":
        text = (project.folder / "pyproject.toml").read_text("utf-8")
        project.write("pyproject.toml", text.replace("[tool.uv]\n", CONFLICT, 1))
    everything = ("--all-packages", "--all-extras", "--all-groups")
    project.sync(*(("--extra", "a") if kind == "conflict" else everything))
    project.install("beta")
    return project


@pytest.mark.skipif(CAN_MOUNT.returncode != 0, reason="nothing can be mounted here")
@pytest.mark.parametrize("kind", PROJECTS)
def test_advice_settles_without_writing(
    make_project: ProjectFactory, xrun: tuple[str, ...], kind: str
) -> None:
    project = make(make_project, kind)
    commands = Path(xrun[0]).parent
    path = f"{commands}:{project.sandbox.environ()['PATH']}"
    place = Place(project.folder, project.sandbox.environ(PATH=path))

    def close(*command: str) -> tuple[int, str]:
        result = run(("unshare", "-m", "sh", "-c", CLOSE, "sh", *command), place)
        return result.status, result.stdout.decode()

    status, found = close("xrunctl", "check", "--output-format", "json")
    assert status == 1
    findings = json.loads(found)["findings"]
    assert {finding["code"] for finding in findings} == {"XR101", "XR102"}
    for cure in dict.fromkeys(finding["cure"] for finding in findings):
        if cure is not None:
            assert close("sh", "-c", cure)[0] == 0, cure
    assert close("xrunctl", "check")[0] == 0
