"""Unchanged is a run only while all that may change what uv does is: all that is watched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.projects import Pyproject, index_table
from support.wheels import Wheel

from .test_hot_path import is_remembered, spy

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
DYNAMIC = """\
[project]
name = "app"
version = "1.0"
requires-python = ">=3.10"
dynamic = ["dependencies"]
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
NO_CACHE = "[tool.uv]\nno-cache = true\n"
# Of an editable project: what it depends on stands in another file.
BACKEND = f"""\
import sys
from pathlib import Path

sys.path.insert(0, {str(Path(__file__).parents[1])!r})


def get_requires_for_build_editable(settings=None):
    return []


def build_editable(folder, settings=None, metadata=None):
    from support.wheels import Wheel

    requires = tuple(Path("needs.txt").read_text().split())
    return Wheel("app", requires=requires).build(Path(folder)).name
"""
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


def run_twice(project: Project) -> None:
    """Run until it is unchanged."""
    for _ in range(3):
        result = project.run(*LATER, "true")
        assert result.status == 0, result.stderr
    assert is_remembered(project)
    assert spy(project, "true")[1] == ["true"]


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project, yet without what comes from a path."""
    return make_project(Pyproject(dependencies=("alpha",)))


@pytest.mark.parametrize("change", ["gone", "another"])
def test_a_local_archive_is_watched(project: Project, xrun: Xrun, change: str) -> None:
    wheel = Wheel("local").build(project.folder)
    declare(project, wheel.name)
    run_twice(project)
    wheel.unlink()
    if change == "another":
        Wheel("local", modules={"local.py": "other = 1\n"}).build(project.folder)
    assert not is_remembered(project)
    plain = project.run(str(project.sandbox.uv), "run", "true")
    result = project.run(*xrun, "true")
    assert result.status == plain.status != 0, result.stderr


@pytest.mark.parametrize("name", ["local", 'we"ird', "we\\ird"])
def test_a_local_source_of_any_name_is_watched(project: Project, xrun: Xrun, name: str) -> None:
    index = project.sandbox.index
    write_local(project.folder / name, index)
    declare(project, name)
    run_twice(project)
    write_local(project.folder / name, index, "epsilon")
    assert not is_remembered(project)
    assert project.run(*xrun, "python", "-c", "import epsilon").status == 0


def test_the_root_of_another_workspace(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    index, other = project.sandbox.index, tmp_path / "other"
    root = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    write_local(other / "packages" / "local", index, "beta")
    (other / "pyproject.toml").write_text(root)
    declare(project, str(other / "packages" / "local"))
    run_twice(project)
    write_local(other / "mine", index, "epsilon")
    mine = (other / "mine" / "pyproject.toml").read_text().replace('"local"', '"beta"', 1)
    (other / "mine" / "pyproject.toml").write_text(mine)
    source = '[tool.uv.sources]\nbeta = { path = "mine" }\n'
    (other / "pyproject.toml").write_text(root + source)
    assert not is_remembered(project)
    assert project.run(*xrun, "python", "-c", "import epsilon").status == 0


@pytest.mark.parametrize("variables", [{}, {"UV_COMPILE_BYTECODE": "1"}], ids=str)
def test_what_is_compiled_though_all_is_exact(
    project: Project, xrun: Xrun, variables: dict[str, str]
) -> None:
    options = () if variables else ("--compile-bytecode",)
    assert project.run(*xrun, *options, "true", **variables).status == 0
    compiled = [name for _, _, names in os.walk(project.environment) for name in names]
    assert any(name.endswith(".pyc") for name in compiled)


@pytest.fixture
def dynamic(project: Project) -> Project:
    """A project of which a build says what it depends on, by what stands in another file."""
    text = DYNAMIC + index_table(project.sandbox.index)
    files = {"pyproject.toml": text, "backend.py": BACKEND, "needs.txt": "alpha"}
    for name, content in files.items():
        project.write(name, content)
    return project


@pytest.mark.parametrize("changed", ["pyproject.toml", "setup.py", "setup.cfg", "src/app.py"])
def test_a_build_that_says_what_is_needed(dynamic: Project, xrun: Xrun, changed: str) -> None:
    """uv asks such a build again when one of these changes, not when what it reads does."""
    run_twice(dynamic)
    dynamic.write("needs.txt", "alpha epsilon")
    look = ("python", "-c", "import epsilon")
    plain = dynamic.run(str(dynamic.sandbox.uv), "run", "--exact", *look)
    assert plain.status == dynamic.run(*xrun, *look).status == 1
    path = dynamic.folder / changed
    dynamic.write(changed, (path.read_text() if path.exists() else "") + "\n")
    assert not is_remembered(dynamic)
    assert dynamic.run(*xrun, *look).status == 0


@pytest.mark.parametrize("way", ["cleaned", "none", "none, by configuration"])
def test_a_build_that_is_asked_again_for_nothing_remembers_it(
    dynamic: Project, xrun: Xrun, way: str
) -> None:
    cache = dynamic.folder / "cache"  # of its own: it is not to be cleaned for others
    variables = {"UV_CACHE_DIR": str(cache)}
    variables |= {"UV_NO_CACHE": "1"} if way == "none" else {}
    if way == "none, by configuration":
        dynamic.write("pyproject.toml", DYNAMIC + NO_CACHE + index_table(dynamic.sandbox.index))
    for _ in range(3):
        assert dynamic.run(*LATER, "true", **variables).status == 0
    dynamic.write("needs.txt", "alpha epsilon")
    if way == "cleaned":
        dynamic.uv("cache", "clean", UV_CACHE_DIR=str(cache))
    assert not is_remembered(dynamic, **variables)
    result = dynamic.run(*xrun, "python", "-c", "import epsilon", **variables)
    assert result.status == 0, result.stderr
