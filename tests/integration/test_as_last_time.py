"""What is as last time runs with `--no-sync`: all by which uv would do otherwise is watched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject
from support.wheels import Wheel

from .test_removal import settle

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
SOURCE = '[tool.uv.sources]\nlocal = {{ path = "{path}" }}\n'


def declare(project: Project, path: str, *dependencies: str) -> None:
    """Declare a distribution that comes from a path."""
    more = SOURCE.format(path=path.replace("\\", "\\\\").replace('"', '\\"'))
    project.declare(Pyproject(dependencies=("local", *dependencies), more=more))


def write_local(folder: Path, index: Path, *dependencies: str, more: str = "") -> None:
    """Write a project that is built from its folder, and holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = Pyproject(name="local", dependencies=dependencies, more=more).text(index)
    (folder / "pyproject.toml").write_text(text)


def run_twice(project: Project, xrun: Xrun) -> None:
    """Run until it is as last time."""
    for _ in range(3):
        settle()
        result = project.run(*xrun, "true")
        assert result.status == 0, result.stderr


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project, yet without what comes from a path."""
    return make_project(Pyproject(dependencies=("alpha",)))


@pytest.mark.parametrize("change", ["gone", "another"])
def test_an_archive_that_changes(project: Project, xrun: Xrun, change: str) -> None:
    wheel = Wheel("local").build(project.folder)
    declare(project, wheel.name)
    run_twice(project, xrun)
    wheel.unlink()
    if change == "another":
        Wheel("local", modules={"local.py": "other = 1\n"}).build(project.folder)
    plain = project.run(str(project.sandbox.uv), "run", "true")
    result = project.run(*xrun, "true")
    assert result.status == plain.status != 0, result.stderr


@pytest.mark.parametrize("name", ["local", 'we"ird', "we\\ird"])
def test_a_folder_of_any_name(project: Project, xrun: Xrun, name: str) -> None:
    index = project.sandbox.index
    write_local(project.folder / name, index)
    declare(project, name)
    run_twice(project, xrun)
    write_local(project.folder / name, index, "epsilon")
    assert project.run(*xrun, "python", "-c", "import epsilon").status == 0


def test_the_root_of_another_workspace(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    index, other = project.sandbox.index, tmp_path / "other"
    root = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    write_local(other / "packages" / "local", index, "beta")
    (other / "pyproject.toml").write_text(root)
    declare(project, str(other / "packages" / "local"))
    run_twice(project, xrun)
    write_local(other / "mine", index, "epsilon")
    mine = (other / "mine" / "pyproject.toml").read_text().replace('"local"', '"beta"', 1)
    (other / "mine" / "pyproject.toml").write_text(mine)
    source = '[tool.uv.sources]\nbeta = { path = "mine" }\n'
    (other / "pyproject.toml").write_text(root + source)
    assert project.run(*xrun, "python", "-c", "import epsilon").status == 0


@pytest.mark.parametrize("variables", [{}, {"UV_COMPILE_BYTECODE": "1"}], ids=str)
def test_what_is_compiled_though_all_is_exact(
    project: Project, xrun: Xrun, variables: dict[str, str]
) -> None:
    options = () if variables else ("--compile-bytecode",)
    assert project.run(*xrun, *options, "true", **variables).status == 0
    compiled = [name for _, _, names in os.walk(project.environment) for name in names]
    assert any(name.endswith(".pyc") for name in compiled)
