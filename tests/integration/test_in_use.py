"""Nothing is taken from an environment while another command runs in it."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.processes import run_at_once, wait_until
from support.projects import Pyproject
from support.sayings import line_with, names_in, said
from xrun import proxy

from .test_keep import VERSION
from .test_kept_through_everything import make_python

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from support.processes import Process
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
WAIT = "import sys; print('there', flush=True); sys.stdin.read(); import beta, gamma"
DRIFTED = ("alpha==2.0", "beta==1.0", "gamma==1.0")


named = pytest.mark.skipif(not proxy.LOCKS_FOLDERS, reason="who holds a lock on a file is not seen")

REBUILD = 'other-selection = "rebuild"\n'


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project that has one environment and no other."""
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.write("xrun.toml", REBUILD)
    return project


def running(project: Project, *command: str, **variables: str) -> AbstractContextManager[Process]:
    """A command that waits, and then imports what it has not imported before."""
    return project.started(*command, "python", "-c", WAIT, **variables)


@named
@pytest.mark.parametrize("variables", [{}, {"XRUN_MODE": "off"}, {"XRUN_MODE": "report"}], ids=str)
@pytest.mark.parametrize("options", [(), ("--no-sync",)], ids=str)
def test_what_a_running_command_may_import_stays(
    project: Project, xrun: Xrun, variables: dict[str, str], options: tuple[str, ...]
) -> None:
    project.install("beta")
    project.write("xrun.toml", f'mode = "report"\n{REBUILD}')
    with running(project, *xrun, *options, **variables) as other:
        result = project.run(*xrun, "python", "-c", "import beta", XRUN_MODE="exact")
        assert result.status == 0, result.stderr
        (line,) = said(result)
        assert "not exact" in line
        assert "in use by `python -c 'import sys;" in line
        assert re.search(r"\bpid \d+\b", line)
        assert names_in(line) == ["beta", "gamma"]
        assert said(project.run(*xrun, "true", XRUN_MODE="exact")) == []  # it was said
        assert project.installed() == DRIFTED
    assert other.returncode == 0
    assert project.run(*xrun, "true", XRUN_MODE="exact").status == 0
    assert project.installed() == ("alpha==2.0",)


@named
def test_what_is_missing_is_added_beside_others(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    with running(project, *xrun, XRUN_MODE="report"):
        project.declare(Pyproject(dependencies=("alpha", "epsilon")))
        result = project.run(*xrun, "python", "-c", "import epsilon")
        assert result.status == 0, result.stderr
        assert len(said(result)) == 1
        assert project.installed() == ("alpha==2.0", "beta==1.0", "epsilon==1.0", "gamma==1.0")


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_nothing_is_replaced_beside_others(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("alpha==1.0")
    with running(project, *xrun, XRUN_MODE="off", UV_NO_SYNC="1"):
        result = project.run(*xrun, "python", "-c", VERSION, XRUN_MODE=mode)
        assert (result.status, result.stdout) == (0, b"1.0\n")
        assert names_in(line_with(said(result), "in use")) == ["alpha"]
    assert project.run(*xrun, "python", "-c", VERSION, XRUN_MODE=mode).stdout == b"2.0\n"


def test_an_environment_is_not_rebuilt_beside_others(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    python = make_python(project, tmp_path / "python")
    project.install("beta")
    with running(project, *xrun, XRUN_MODE="off"):
        result = project.run(*xrun, "-p", str(python), "true")
        assert result.status == 125
        assert "in use" in said(result)[0]
        assert project.installed() == DRIFTED


@named
def test_an_unchanged_run_is_in_it_too(project: Project, xrun: Xrun) -> None:
    assert said(project.run(*LATER, "python", "-c", "pass")) == []
    with running(project, *xrun) as other:
        project.install("beta")
        result = project.run(*xrun, "python", "-c", "import beta")
        assert "in use by" in said(result)[0]
        assert result.status == 0
    assert other.returncode == 0


def test_a_clean_environment_is_shared_in_silence(project: Project, xrun: Xrun) -> None:
    with running(project, *xrun, XRUN_MODE="exact") as other:
        result = project.run(*xrun, "true")
        assert (result.status, said(result)) == (0, [])
        other.kill()


@named
def test_sync_says_who_is_there_and_changes_nothing(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    with running(project, *xrun, XRUN_MODE="report"):
        result = project.run(*xrun[:-1], xrun[-1] + "ctl", "sync")
        assert result.status == 2
        first, last = said(result)
        assert "in use by `python -c" in first
        assert "nothing was changed; `xrunctl sync`" in last
        assert project.installed() == DRIFTED


@named
def test_what_a_command_leaves_behind_is_still_there(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    leave = "sleep 60 >/dev/null 2>&1 & echo $!"
    left = project.run(*xrun, "sh", "-c", leave, XRUN_MODE="report")
    assert left.status == 0
    assert "`sleep 60`" in said(project.run(*xrun, "true"))[0]
    os.kill(int(left.stdout), signal.SIGTERM)
    wait_until(lambda: not Path("/proc", left.stdout.decode().strip(), "exe").exists())
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0",)


@named
def test_what_a_python_leaves_behind_is_still_there(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    leave = "import subprocess, sys; subprocess.Popen([sys.executable, *sys.argv[2:]])"
    with running(project, *xrun, "python", "-c", leave, XRUN_MODE="report"):
        assert "in use by `python -c" in said(project.run(*xrun, "true"))[0]
        assert project.installed() == DRIFTED
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0",)


def test_many_at_once_clean_it_once(project: Project, xrun: Xrun) -> None:
    project.install("beta", "delta")
    ended = run_at_once([*xrun, "python", "-c", "import alpha"], project.place(), 8)
    assert [each.status for each in ended] == [0] * 8
    assert sum(b"removed 3 undeclared: " in each.stderr for each in ended) == 1
    assert [each for each in ended if b"in use" in each.stderr] == []
