"""Many at once, and killed at any moment: nobody is broken by anybody, nothing is used half."""

from __future__ import annotations

import csv
import itertools
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.projects import Project, Pyproject
from support.stress import scale
from support.wheels import Wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
RUNS = scale(100, short=25)
KILLS, KILLS_IN_PLACE = scale(50, short=15), scale(20, short=8)
FILES = 1500  # of what is installed: it takes long enough to be killed meanwhile
ONE, TWO = ("--extra", "x", "zeta"), ("--group", "g", "probe")
PROGRAM = "import time; time.sleep(0.02); import alpha, {module}"
EXTRAS = {"x": ("zeta",)}
GROUPS = {"g": ("probe",), "dev": ()}
OLD = Pyproject(dependencies=("alpha",), extras=EXTRAS, groups=GROUPS)
NEW = Pyproject(dependencies=("alpha<2", "epsilon"), extras=EXTRAS, groups=GROUPS)


def count_failures(project: Project, command: tuple[str, ...], runs: int = RUNS) -> list[bytes]:
    """What is said by the runs that fail, of two selections at once, while all else changes."""
    failures: list[bytes] = []
    ended = threading.Event()
    states = [(each, lock(project, each)) for each in (NEW, OLD)]
    working = [
        threading.Thread(target=select, args=(project, (*command, *options), runs, failures))
        for options in (ONE, TWO)
    ]
    disturbing = [
        threading.Thread(target=install_and_remove, args=(project, ended)),
        threading.Thread(target=change_the_lock, args=(project, states, ended)),
    ]
    for thread in (*working, *disturbing):
        thread.start()
    for thread in working:
        thread.join()
    ended.set()
    for thread in disturbing:
        thread.join()
    return failures


def lock(project: Project, pyproject: Pyproject) -> str:
    """What is locked for what is declared."""
    project.declare(pyproject)
    project.uv("lock")
    return (project.folder / "uv.lock").read_text()


def select(project: Project, words: tuple[str, ...], runs: int, failures: list[bytes]) -> None:
    """Run with one selection, again and again; the last word is the module that it brings."""
    program = PROGRAM.format(module=words[-1])
    for _ in range(runs):
        done = project.run(*words[:-1], "python", "-c", program)
        if done.status != 0:
            failures.append(done.stderr)


def install_and_remove(project: Project, ended: threading.Event) -> None:
    """Install a stray by hand and remove it, again and again."""
    source = ("--no-config", "--no-index", "--find-links", str(project.sandbox.index))
    while not ended.wait(0.2):
        project.run(str(project.sandbox.uv), "pip", "install", "-p", ".venv", *source, "delta")
        ended.wait(0.2)
        project.run(str(project.sandbox.uv), "pip", "uninstall", "-p", ".venv", "delta")


def change_the_lock(
    project: Project, states: list[tuple[Pyproject, str]], ended: threading.Event
) -> None:
    """Change what is declared and what is locked back and forth, each file at once."""
    for pyproject, locked in itertools.cycle(states):
        texts = {"uv.lock": locked, "pyproject.toml": pyproject.text(project.sandbox.index)}
        for name, text in texts.items():
            project.write(f".{name}.draft", text).rename(project.folder / name)
        if ended.wait(0.7):
            return


def test_two_selections_at_once_while_all_else_changes(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    failures = count_failures(make_project(OLD), xrun)
    assert not failures, failures[0].decode()


def test_the_same_can_fail(make_project: ProjectFactory) -> None:
    project = make_project(OLD)
    uv = str(project.sandbox.uv)
    assert count_failures(project, (uv, "run", "--exact"), runs=50)


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
    process = subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.sandbox.environ(UV_LINK_MODE="copy"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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
