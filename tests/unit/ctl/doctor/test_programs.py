"""Which xrun and which uv: the one that is meant, there, and new enough."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_program, make_scene, tell
from unit.make import write
from xrun.ctl.doctor import programs

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "#!/x/python\nimport sys\nfrom xrun.proxy.main import main\n"
SHIM = '#!/bin/sh\nexec pyenv exec xrun "$@"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": PROJECT})


def test_the_xrun_on_path_may_be_a_link_to_this_one(project: Path, tmp_path: Path) -> None:
    own = make_program(tmp_path / "own" / "xrun", SCRIPT)
    scene = make_scene(project, xrun=own, environ={"PATH": str(tmp_path / "bin")})
    assert tell(programs.check_xrun(scene)) == [("note", "`xrun` is not on PATH")]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "xrun").symlink_to(own)
    assert tell(programs.check_xrun(scene)) == []
    assert tell(programs.check_xrun(dataclasses.replace(scene, xrun=None))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SHIM, "`xrun` is started by another script ({found}), as version managers have"),
        (SCRIPT, "`xrun` is another one ({found}) than this xrunctl's ({own})"),
        ("\x7fELF", "`xrun` is another one ({found}) than this xrunctl's ({own})"),
    ],
)
def test_another_xrun_on_path(project: Path, tmp_path: Path, text: str, told: str) -> None:
    own = make_program(tmp_path / "own" / "xrun", SCRIPT)
    found = make_program(tmp_path / "bin" / "xrun", text)
    scene = make_scene(project, xrun=own, environ={"PATH": str(found.parent)})
    assert tell(programs.check_xrun(scene)) == [("note", told.format(found=found, own=own))]


@pytest.mark.parametrize(
    ("text", "is_slow"),
    [
        (SCRIPT, False),
        (SCRIPT.replace("import sys", "import re\nimport sys"), True),
        ("\x7fELFimport re\n", False),
    ],
)
def test_a_console_script_that_imports_re(
    project: Path, tmp_path: Path, text: str, *, is_slow: bool
) -> None:
    own = make_program(tmp_path / "own" / "xrun", text)
    assert bool(tell(programs.check_console_script(make_scene(project, xrun=own)))) is is_slow
    assert tell(programs.check_console_script(make_scene(project))) == []


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ((0, 13, 9), []),
        ((0, 6, 17), []),
        (
            (0, 6, 16),
            [("note", "uv 0.6.16 cannot clean the environments of scripts (0.6.17 can)")],
        ),
        (
            (0, 5, 29),
            [
                (
                    "mend",
                    "uv 0.5.29 cannot say what it would remove (0.5.30 can), "
                    "clean the environments of scripts (0.6.17 can)",
                )
            ],
        ),
    ],
)
def test_what_uv_is_too_old_for(
    project: Path, version: tuple[int, ...], told: list[tuple[str, str]]
) -> None:
    assert tell(programs.check_uv(make_scene(project, version=version))) == told


def test_no_uv_and_one_that_does_not_work(project: Path) -> None:
    scene = make_scene(project, version=())
    (found,) = tell(programs.check_uv(scene))
    assert found == ("mend", f"{scene.facts.uv} says no version")
    (found,) = tell(programs.check_uv(dataclasses.replace(scene, obstacle="no such thing")))
    assert found == ("mend", "uv cannot be started: no such thing")
    none = dataclasses.replace(scene, facts=dataclasses.replace(scene.facts, uv=""))
    (found,) = tell(programs.check_uv(none))
    assert found[1].startswith("no uv found; ")
    assert tell(programs.check_other_uvs(none)) == []
    assert tell(programs.check_shim(none)) == []


def test_another_uv_on_path_is_told_if_it_is_of_another_version(
    project: Path, tmp_path: Path
) -> None:
    other = make_program(tmp_path / "bin" / "uv", "#!/bin/sh\necho uv 0.4.1\n")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "uv").symlink_to(tmp_path / "tools" / "uv")
    path = os.pathsep.join(str(tmp_path / name) for name in ("tools", "bin", "links", "none"))
    scene = make_scene(project, environ={"PATH": path})
    told = f"there is another uv on PATH: {other} (0.4.1)"
    assert tell(programs.check_other_uvs(scene)) == [("note", told)]
    make_program(other, "#!/bin/sh\necho uv 0.13.9\n")
    assert tell(programs.check_other_uvs(scene)) == []
    make_program(other, "#!/nowhere\n")
    told = f"there is another uv on PATH: {other} (cannot be started)"
    assert tell(programs.check_other_uvs(scene)) == [("note", told)]


def test_the_variable_uv_names_another_than_path(project: Path, tmp_path: Path) -> None:
    other = make_program(tmp_path / "bin" / "uv", "#!/bin/sh\necho uv 0.13.9\n")
    used = str(tmp_path / "tools" / "uv")
    scene = make_scene(project, environ={"PATH": str(other.parent), "UV": used})
    told = f"the variable UV names {used}; on PATH is {other}"
    assert tell(programs.check_other_uvs(scene)) == [("note", told)]


def test_a_uv_that_is_a_script(project: Path, tmp_path: Path) -> None:
    make_program(tmp_path / "tools" / "uv", "#!/bin/sh\n")
    (found,) = tell(programs.check_shim(make_scene(project)))
    assert found[0] == "note"
    assert found[1].startswith("uv is a script (")
