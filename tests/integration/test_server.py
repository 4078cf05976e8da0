"""A server imports late, again and again, while other terminals run what would break it."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING

import pytest

from support.processes import Process
from support.projects import Pyproject
from support.stress import scale
from support.wheels import Wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
SECONDS = scale(60, short=12)
STEP = 0.25  # seconds from one late import to the next
SERVER = """
import importlib, sys, time
for number in range(int(sys.argv[1])):
    importlib.import_module(f"late.m{number}")
    print(number, flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project with an extra; nothing in it declares what the server imports."""
    return make_project(Pyproject(dependencies=("alpha",), extras={"x": ("zeta",)}))


@contextlib.contextmanager
def serving(project: Project, words: Xrun, folder: Path) -> Iterator[Process]:
    """Start a server, and install by hand what it is going to import; back when it has begun."""
    count = int(SECONDS / STEP)
    late = Wheel("late", modules={f"late/m{number}.py": "" for number in range(count)})
    wheel = late.build(folder)
    project.write("server.py", SERVER)
    uv = str(project.sandbox.uv)
    assert project.run(uv, "pip", "install", "--no-config", "--no-index", str(wheel)).status == 0
    command = [*words, "python", "-B", "server.py", str(count), str(STEP)]
    with Process(command, project.place(XRUN_MODE="report")) as server:
        assert server.read_until() == b"0\n"
        yield server


def test_nothing_is_taken_from_a_server(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    runs = itertools.cycle(
        [
            ((), "alpha"),
            (("--extra", "x"), "alpha, zeta"),
            (("--exact",), "alpha"),
            (("--no-dev",), "alpha"),
            (("--exact", "--extra", "x"), "alpha, zeta"),
        ]
    )
    begun, count = time.monotonic(), 0
    with serving(project, xrun, tmp_path) as server:
        while server.poll() is None:
            options, modules = next(runs)
            result = project.run(*xrun, *options, "python", "-c", f"import {modules}")
            assert result.status == 0, result.stderr
            project.install("delta")  # more to prune
            count += 1
        stdout, stderr = server.communicate()
    assert server.returncode == 0, stderr
    assert len(stdout.splitlines()) == SECONDS / STEP - 1
    assert time.monotonic() - begun > SECONDS * 0.9
    assert count > SECONDS / 10
    assert project.run(*xrun, "true").status == 0
    assert project.installed() == ("alpha==2.0",)


def test_the_same_breaks_under_uv(project: Project, tmp_path: Path) -> None:
    uv = str(project.sandbox.uv)
    with serving(project, (uv, "run"), tmp_path) as server:
        project.run(uv, "run", "--exact", "true")
        server.communicate()
    assert server.returncode == 1
