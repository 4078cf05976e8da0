"""What was built from a folder is rebuilt as anything is replaced: put away, with no one there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject
from support.sayings import line_with, names_in, said, versions_in

from .test_in_use import running

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]

LIB = """\
[project]
name = "lib"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = f"""\
import sys
from pathlib import Path

sys.path.insert(0, {str(Path(__file__).parents[1])!r})


def get_requires_for_build_wheel(settings=None):
    return []


def build_wheel(folder, settings=None, metadata=None):
    from support.wheels import Wheel

    return Wheel("lib", modules={{"lib.py": Path("code.txt").read_text()}}).build(Path(folder)).name


get_requires_for_build_editable = get_requires_for_build_wheel
build_editable = build_wheel
"""


@pytest.fixture
def project(make_project: ProjectFactory, tmp_path: Path) -> Project:
    """A project that has `lib` from a folder, not editable."""
    folder = tmp_path / "lib"
    folder.mkdir()
    files = {"pyproject.toml": LIB, "backend.py": BACKEND, "code.txt": "VALUE = 1\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    source = '[tool.uv.sources]\nlib = { path = "../lib" }\n'
    return make_project(Pyproject(dependencies=("alpha", "lib"), more=source))


def change(project: Project) -> None:
    """Change the source of `lib`; uv looks at its `pyproject.toml`.

    And its size: byte code of the same second and size would count as that of the new one.
    """
    folder = project.folder.parent / "lib"
    (folder / "code.txt").write_text("VALUE = 2  # other\n")
    (folder / "pyproject.toml").write_text(LIB + "\n")


def installed(project: Project) -> Path:
    return next(project.environment.glob("lib/*/site-packages/lib.py"))


def test_what_was_edited_by_hand_is_put_away_before_it_is_rebuilt(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    there = installed(project)
    there.unlink()  # not through the hardlink into uv's cache
    there.write_text("VALUE = 'by hand'\n")
    change(project)
    result = project.run(*xrun, "python", "-c", "import lib; print(lib.VALUE)")
    assert result.stdout == b"2\n", result.stderr
    (line,) = said(result)
    assert (names_in(line), versions_in(line)) == (["lib"], ["1.0"])
    assert "source" in line_with([line], "replaced")
    assert said(project.run(*xrun, "true")) == []
    assert project.run(xrunctl, "restore", "lib").status == 0
    assert there.read_text() == "VALUE = 'by hand'\n"


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_nothing_is_rebuilt_under_a_running_command(
    project: Project, xrun: Xrun, mode: str
) -> None:
    project.write("xrun.toml", f'mode = "{mode}"\nother-selection = "rebuild"\n')
    with running(project, *xrun):
        change(project)
        result = project.run(*xrun, "python", "-c", "import lib; print(lib.VALUE)")
        assert result.stdout == b"1\n", result.stderr
        assert "in use by `python -c" in said(result)[0]
    assert project.run(*xrun, "python", "-c", "import lib; print(lib.VALUE)").stdout == b"2\n"


def test_a_build_that_is_kept_stays(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'keep = ["lib==1.0"]\n')
    change(project)
    for names in (["lib"], []):  # that it is held is said once
        result = project.run(*xrun, "python", "-c", "import lib; print(lib.VALUE)")
        assert result.stdout == b"1\n", result.stderr
        assert [name for line in said(result) for name in names_in(line)] == names
