"""Many at once, and killed at any moment: no run breaks another, nothing is used half."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.load import OLD, put_under_load
from support.processes import Process
from support.projects import Project, Pyproject
from support.stress import scale
from support.wheels import Wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
RUNS, AT_ONCE = scale(200, short=30), scale(20, short=8)
KILLS, KILLS_IN_PLACE = scale(50, short=10), scale(20, short=6)
FILES = 1500  # of what is installed: it takes long enough to be killed meanwhile


def list_failures(project: Project, command: Xrun, xrunctl: Xrun, runs: int) -> list[str]:
    """What is said by the runs that fail, of three selections at once, while all else changes."""
    loaded = put_under_load(project, command, xrunctl, runs, AT_ONCE)
    return [each.stderr.decode() for each in loaded.failed]


def test_many_selections_at_once_while_all_else_changes(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    xrunctl = (*xrun[:-1], f"{xrun[-1]}ctl")
    assert list_failures(make_project(OLD), xrun, xrunctl, RUNS) == []


def test_uv_itself_fails_under_the_same_stress(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(OLD)
    xrunctl = (*xrun[:-1], f"{xrun[-1]}ctl")
    assert list_failures(project, (str(project.sandbox.uv), "run", "--exact"), xrunctl, 60)


def list_lacking(environment: Path) -> list[str]:
    """The files that a RECORD lists and that are not there."""
    lacking = []
    for record in environment.glob("lib/*/site-packages/*.dist-info/RECORD"):
        for row in csv.reader(record.read_text().splitlines()):
            path = Path(os.path.normpath(record.parent.parent / row[0]))
            if not row[0].endswith(".pyc") and not path.exists():
                lacking.append(str(path))
    return lacking


def kill_soon(project: Project, command: tuple[str, ...], seconds: float) -> None:
    """Start a run and kill it with all that it started, after a while."""
    with Process(command, project.place(UV_LINK_MODE="copy"), stderr=subprocess.DEVNULL):
        time.sleep(seconds)


def survive(
    project: Project, xrun: Xrun, environment: Path, before: Callable[[int], None], kills: int
) -> None:
    """Kill runs at random moments; the next one always ends with everything in place."""
    chance = random.Random(20261123)
    command = (*xrun, "python", "-c", "import bulky")
    for number in range(kills):
        before(number)
        kill_soon(project, command, chance.uniform(0.05, 0.6))
        result = project.run(*command)
        assert result.status == 0, (number, result.stderr.decode())
        assert list_lacking(environment) == [], number


def test_killed_at_any_moment_the_next_run_has_everything(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_bulky(make_project)
    project.write("xrun.toml", 'mode = "separate"\n')
    show = ("python", "-c", "import sys; print(sys.prefix)")
    prefix = Path(project.run(*xrun, *show).stdout.decode().strip())

    def change(number: int) -> None:
        if number % 3 == 0:
            shutil.rmtree(prefix)
        declare_bulky(project, number)

    survive(project, xrun, prefix, change, KILLS)


def test_killed_while_it_replaces_the_next_run_has_everything(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_bulky(make_project)
    declare_bulky(project, 1)
    project.sync()

    def change(number: int) -> None:
        declare_bulky(project, number)

    survive(project, xrun, project.environment, change, KILLS_IN_PLACE)


def declare_bulky(project: Project, number: int) -> None:
    """Declare one version or the other, and lock it."""
    project.declare(Pyproject(dependencies=(f"bulky=={1 + number % 2}.0",)))
    project.uv("lock")


def make_bulky(make_project: ProjectFactory) -> Project:
    """A project, and two versions of something that takes its time to install."""
    project = make_project(Pyproject())
    for version in ("1.0", "2.0"):
        modules = {f"bulky/m{number:04}.py": f"version = {version}\n" for number in range(FILES)}
        Wheel("bulky", version, modules={"bulky/__init__.py": "", **modules}).build(
            project.sandbox.index
        )
    return project
