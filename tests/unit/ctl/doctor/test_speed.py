"""What makes each start slower than it has to be."""

from __future__ import annotations

import os
import py_compile
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xrun
from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.make import make_environment, write
from xrun.ctl.doctor import speed

if TYPE_CHECKING:
    from xrun.ctl.doctor import Scene


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    make_environment(folder / ".venv")
    return folder


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what each start loads, not compiled."""
    folder = tmp_path / "xrun"
    folder.mkdir()
    own = Path(xrun.__file__).parent
    shutil.copy(own / "__init__.py", folder)
    shutil.copytree(own / "proxy", folder / "proxy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(xrun, "__file__", str(folder / "__init__.py"))
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return folder


def compile_all(folder: Path, mode: py_compile.PycInvalidationMode) -> None:
    for path in speed.list_hot(folder):
        py_compile.compile(str(path), invalidation_mode=mode)


def test_byte_code_that_the_next_start_leaves_is_no_matter(
    project: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    scene = make_scene(project)
    assert tell(speed.check_byte_code(scene)) == []
    monkeypatch.setattr("os.access", lambda *_: False)
    told = f"xrun's byte code is not compiled, and {sources} cannot be written"
    assert tell(speed.check_byte_code(scene)) == [("mend", told)]


@pytest.mark.parametrize("mode", list(py_compile.PycInvalidationMode))
def test_byte_code_counts_if_it_is_of_this_source(
    project: Path,
    sources: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: py_compile.PycInvalidationMode,
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    scene = make_scene(project)
    told = "xrun's byte code is not compiled, and Python may not write byte code"
    assert tell(speed.check_byte_code(scene)) == [("mend", told)]
    compile_all(sources, mode)
    assert tell(speed.check_byte_code(scene)) == []
    write(sources, {"proxy/uv.py": "changed = 1\n"})
    is_by_time = mode is py_compile.PycInvalidationMode.TIMESTAMP
    assert len(tell(speed.check_byte_code(scene))) == is_by_time


def test_byte_code_of_another_python_does_not_count(
    project: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compile_all(sources, py_compile.PycInvalidationMode.TIMESTAMP)
    monkeypatch.setattr("importlib.util.MAGIC_NUMBER", b"old\n")
    scene = make_scene(project, environ={"PYTHONDONTWRITEBYTECODE": "1"})
    (found,) = tell(speed.check_byte_code(scene))
    assert found[1].endswith("and PYTHONDONTWRITEBYTECODE is set")


def look(scene: Scene) -> list[tuple[str, str]]:
    return tell(speed.check_remembered(scene))


@pytest.mark.parametrize(
    ("pyproject", "told"),
    [
        (f"{PROJECT}[tool.uv]\n", ""),
        (f'{PROJECT}dynamic = ["dependencies"]\n', ""),
        (
            f'{PROJECT}[tool.uv]\ncache-keys = [{{ file = "x" }}]\n',
            "{} has `cache-keys`, which name other files",
        ),
        (
            f'{PROJECT}[tool.uv.workspace]\nmembers = ["packages/**"]\n',
            "{} looks for members at any depth (`**`)",
        ),
    ],
)
def test_what_cannot_be_watched_is_named(project: Path, pyproject: str, told: str) -> None:
    file = project / "pyproject.toml"
    file.write_text(pyproject)
    assert look(make_scene(project)) == ([("note", told.format(file))] if told else [])


def test_variables_that_keep_a_run_from_being_remembered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_MALWARE_CHECK", "1")
    monkeypatch.setenv("UV_INDEX_URL", "https://me:secret@example.org/")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://example.org/")
    assert look(make_scene(project)) == [
        ("note", "UV_MALWARE_CHECK is set, and asks a service each time"),
        ("note", "a URL with a user's name or password stands in UV_INDEX_URL"),
    ]


def test_files_from_the_future(project: Path) -> None:
    scene = make_scene(project)
    assert look(scene) == []
    later = time.time() + 100
    os.utime(project / "pyproject.toml", (later, later))
    told = f"{project / 'pyproject.toml'} is from the future, by the time of the last change"
    assert look(scene) == [("mend", told)]


def test_outside_a_project_nothing_is_remembered_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_MALWARE_CHECK", "1")
    assert look(make_scene(tmp_path)) == []
