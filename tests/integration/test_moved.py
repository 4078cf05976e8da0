"""Projects that were moved or copied: their programs are their own again."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Project, Pyproject
from support.sayings import line_with, names_in, said

if TYPE_CHECKING:
    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts are programs there")


@pytest.fixture
def copied(make_project: ProjectFactory) -> Project:
    """Copy a project that has a program of its environment."""
    original = make_project(Pyproject(dependencies=("alpha", "probe")))
    folder = original.folder.with_name("copied")
    shutil.copytree(original.folder, folder, symlinks=True)
    return Project(original.sandbox, folder)


def test_a_program_of_the_original_is_reinstalled(copied: Project, xrun: Xrun) -> None:
    refused = copied.run(*xrun, "probe", XRUN_MODE="refuse")
    assert refused.status == 125
    assert b"moved" in refused.stderr
    found = copied.run(*xrun, "probe")
    assert (found.status, found.stdout) == (0, b"probe []\n"), found.stderr
    assert names_in(line_with(said(found), "reinstalled")) == ["probe"]
    assert str(copied.environment).encode() in (copied.environment / "bin" / "probe").read_bytes()
    again = copied.run(*xrun, "probe")
    assert (again.status, again.stderr) == (0, b"")


def test_a_program_that_is_kept_is_made_to_run_here(project: Project, xrun: Xrun) -> None:
    project.install("probe")
    project.write("xrun.toml", 'keep = ["probe"]\n')
    project.folder.rename(project.folder.with_name("moved"))
    moved = Project(project.sandbox, project.folder.with_name("moved"))
    found = moved.run(*xrun, "probe")
    assert (found.status, found.stdout) == (0, b"probe []\n"), found.stderr
    assert names_in(line_with(said(found), "reinstalled")) == ["probe"]


def test_what_a_quiet_run_removed_comes_back_after_a_move(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("beta")
    project.run(*xrun, "-q", "true")
    moved = Project(project.sandbox, project.folder.rename(project.folder.with_name("moved")))
    assert "beta==1.0" not in moved.installed()
    found = moved.run(xrunctl, "restore")
    assert found.status == 0, found.stderr
    assert "beta==1.0" in moved.installed()


def test_another_project_at_the_old_place_has_backups_of_its_own(
    project: Project, make_project: ProjectFactory, xrun: Xrun, xrunctl: str
) -> None:
    def list_backups(of: Project) -> list[str]:
        return names_in(of.run(xrunctl, "restore", "--list").stdout.decode())

    project.install("beta")
    project.run(*xrun, "true")
    moved = Project(project.sandbox, project.folder.rename(project.folder.with_name("moved")))
    assert make_project(Pyproject()).folder == project.folder
    assert list_backups(project) == []
    assert b"nothing was removed" in project.run(xrunctl, "restore").stderr
    project.install("delta")
    project.run(*xrun, "true")
    assert list_backups(project) == ["delta"]
    assert list_backups(moved) == ["beta", "gamma"]
    moved.run(*xrun, "true")
    listed = project.run(xrunctl, "env", "list").stdout.decode().splitlines()
    assert {str(project.folder), str(moved.folder)} <= {*listed}
