"""What the checks look at is found without being changed or remembered."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_program
from unit.make import write
from xrun.ctl.doctor.scene import find_own_xrun, gather_scene
from xrun.errors import XrunError
from xrun.proxy import uv

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    return folder


def test_a_project_may_be_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    assert gather_scene(None).environment is None
    environment = gather_scene("app").environment
    assert environment is not None
    assert environment.folder == project / ".venv"
    with pytest.raises(XrunError, match="no folder"):
        gather_scene("nowhere")


def test_a_uv_that_does_not_start_and_none(
    project: Path, own_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_program(project / "bin" / "uv", "#!/nowhere\n")
    monkeypatch.setattr(uv, "find_uv", lambda: str(broken))
    scene = gather_scene(None)
    assert (scene.facts.uv, scene.facts.version) == (str(broken), ())
    assert scene.obstacle
    make_program(broken, "#!/bin/sh\necho uv 0.13.9\n")
    assert gather_scene(None).facts.version == (0, 13, 9)
    monkeypatch.setattr(uv, "find_uv", lambda: None)
    scene = gather_scene(None)
    assert (scene.facts.uv, scene.obstacle) == ("", "")
    assert list(own_machine.iterdir()) == []


def test_the_xrun_beside_this_xrunctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = make_program(tmp_path / "tools" / "xrun", "")
    make_program(tmp_path / "tools" / "xrunctl", "")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "xrunctl").symlink_to(tmp_path / "tools" / "xrunctl")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin" / "xrunctl")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none" / "python"))
    assert find_own_xrun() == real
    (tmp_path / "bin" / "xrun").symlink_to(real)
    assert find_own_xrun() == tmp_path / "bin" / "xrun"
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert find_own_xrun() is None
