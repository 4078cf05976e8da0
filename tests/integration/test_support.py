"""What the other tests build on does what it says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.processes import HangingCommandError, Place, run
from support.projects import Project, Pyproject
from support.terminals import Size, Typed, run_on_terminal
from support.wheels import DEFAULT_WHEELS, build_index

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

    from .conftest import ProjectFactory


def test_wheels_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    one, two = build_index(tmp_path / "one"), build_index(tmp_path / "two")
    for wheel in DEFAULT_WHEELS:
        assert (one / wheel.filename).read_bytes() == (two / wheel.filename).read_bytes()


def test_a_project_holds_what_it_declares(make_project: ProjectFactory) -> None:
    wanted = Pyproject(dependencies=("alpha", "toolbox[colour]"), groups={"dev": ("beta",)})
    project = make_project(wanted)
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0", "toolbox==1.0")


def test_a_package_is_built_without_network(make_project: ProjectFactory) -> None:
    project = make_project(Pyproject("my-own", package=True))
    assert project.installed() == ("my_own==0.1",)
    assert project.uv("run", "python", "-c", "import my_own").status == 0


def test_drift_is_seen_and_taken_back(project: Project) -> None:
    before = project.snapshot()
    project.install("beta")
    assert project.snapshot().names == ("alpha", "beta", "gamma")
    project.sync()
    assert project.snapshot() == before


def test_an_edited_file_changes_the_snapshot(project: Project) -> None:
    before = project.snapshot()
    module = next(project.environment.glob("lib/*/site-packages/alpha/__init__.py"))
    module.unlink()  # a link into uv's cache, which is not to be edited
    module.write_text("edited = True\n")
    assert project.snapshot() != before


def test_the_environment_comes_from_the_base_interpreter(project: Project) -> None:
    shown = project.uv("run", "python", "-c", "import sys; print(sys.base_prefix)").stdout
    assert shown.decode().strip() == sys.base_prefix


def test_nothing_reaches_a_command_from_outside(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_NO_SYNC", "XRUN_MODE", "VIRTUAL_ENV", "PYTHONPATH", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "1")
    result = run(["env"], Place(sandbox.root, sandbox.environ()))
    assert b"=1\n" not in result.stdout.replace(b"UV_OFFLINE=1\n", b"")


def test_a_hanging_command_ends_with_its_children(sandbox: Sandbox) -> None:
    place = Place(sandbox.root, sandbox.environ(), timeout=0.3)
    with pytest.raises(HangingCommandError, match="begun"):
        run(["sh", "-c", "echo begun; sleep 60 & sleep 60"], place)


def test_a_terminal_has_size_and_takes_keys(sandbox: Sandbox) -> None:
    place = Place(sandbox.root, sandbox.environ())
    script = "stty size; read word; echo got $word"
    result = run_on_terminal(["sh", "-c", script], place, [Typed(b"x\n", b"9")], Size(7, 9))
    assert result.stdout == b"7 9\r\nx\r\ngot x\r\n"


def test_a_terminal_left_in_another_mode_is_told(sandbox: Sandbox) -> None:
    place = Place(sandbox.root, sandbox.environ())
    assert b"another mode" in run_on_terminal(["stty", "-echo"], place).stderr
