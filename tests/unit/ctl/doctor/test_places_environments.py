"""The project's environment, and the separate ones."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.environment.test_separate_expiry import make
from unit.make import Installed, make_environment, write
from xrun.ctl.doctor import places
from xrun.ctl.doctor.verb import render_doctor
from xrun.environment import marker
from xrun.environment.change_lock import ChangeLock

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": PROJECT})


@pytest.fixture
def environment(project: Path) -> Environment:
    return make_environment(project / ".venv")


def look(project: Path) -> list[tuple[str, str]]:
    return tell(places.check_environment(make_scene(project)))


def test_none_yet_and_a_whole_one_are_fine(project: Path) -> None:
    assert look(project) == []
    make_environment(project / ".venv")
    assert look(project) == []
    assert look(project.parent) == []


def test_an_environment_without_pyvenv_cfg_is_named(
    environment: Environment, project: Path
) -> None:
    (environment.folder / "pyvenv.cfg").unlink()
    assert look(project) == [("mend", ".venv is damaged: it has no pyvenv.cfg")]
    environment.interpreter.unlink()
    told = f"{environment.folder} is not a virtual environment: it has no pyvenv.cfg"
    assert look(project) == [("mend", told)]


def test_a_link_to_what_is_missing(project: Path) -> None:
    (project / ".venv").symlink_to("gone")
    assert look(project) == [("mend", ".venv is a link to gone, which is missing")]


def test_a_whole_python_in_its_place(environment: Environment, project: Path) -> None:
    (environment.folder / "pyvenv.cfg").unlink()
    write(environment.folder / "lib" / "python3.12", {"os.py": ""})
    told = f"{environment.folder} is a whole Python, not a virtual environment"
    assert look(project) == [("note", told)]


def test_one_whose_python_is_gone(environment: Environment, project: Path) -> None:
    environment.interpreter.unlink()
    environment.interpreter.symlink_to(project / "gone" / "python3")
    told = f"the Python of .venv is gone: {project}/gone/python3"
    assert look(project) == [("note", told)]


def test_one_whose_python_is_gone_while_something_in_it_is_kept(
    environment: Environment, project: Path
) -> None:
    Installed("gdal").install(environment)
    write(project, {"xrun.toml": 'keep = ["gdal"]\n'})
    environment.interpreter.unlink()
    (found,) = places.check_environment(make_scene(project))
    assert found.severity.value == "mend"
    assert found.cure.endswith(", and install what is kept into the new one: gdal")


def test_one_that_cannot_be_written(
    environment: Environment, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda _, mode: mode != os.W_OK)
    assert environment.exists
    assert look(project) == [("note", ".venv cannot be written")]


def test_one_that_no_one_may_look_into(
    environment: Environment, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    scene = make_scene(project)
    monkeypatch.setattr("os.access", lambda path, _: path != environment.folder)
    monkeypatch.setattr("pathlib.Path.is_file", refuse)
    found = tell(places.check_environment(scene))
    assert found == [("mend", ".venv cannot be read")]
    assert tell(places.check_distributions(scene)) == []
    assert tell(places.check_locks(scene)) == []
    line = render_doctor(scene, (), None, has_colour=False)[3]
    assert line.endswith(".venv, cannot be looked at: Permission denied")


def test_a_file_in_place_of_the_environment_is_named(project: Path) -> None:
    (project / ".venv").write_text("")
    assert tell(places.check_environment(make_scene(project))) == [
        ("mend", ".venv is a file, which leads to no environment")
    ]


def test_a_killed_step_is_none_while_it_goes_on(environment: Environment, project: Path) -> None:
    scene = make_scene(project)
    assert tell(places.check_killed(scene)) == []
    lock = ChangeLock(environment.folder)
    lock.take()
    marker.begin_step(environment)
    assert tell(places.check_killed(scene)) == []
    lock.release()
    told = "a step that changed .venv was killed"
    assert tell(places.check_killed(scene)) == [("mend", told)]
    assert marker.was_interrupted(environment)


def test_distributions_without_all_of_their_files(environment: Environment, project: Path) -> None:
    for name in ("whole", "half", "none"):
        folder = Installed(name).install(environment)
        write(folder, {"RECORD": f"{name}.py,,\n{name}.pyc,,\n{folder.name}/METADATA,,\n"})
        write(folder.parent, {f"{name}.py": ""})
    Installed("unlisted").install(environment)  # `xrunctl check` tells of it (XR203)
    scene = make_scene(project)
    assert tell(places.check_distributions(scene)) == []
    for name in ("half", "none"):
        (environment.site_packages[0] / f"{name}.py").unlink()
    (found,) = places.check_distributions(make_scene(project))
    assert found.what == "half, none in .venv lack files that RECORD lists"
    assert found.cure == "`xrun --reinstall-package half --reinstall-package none python -V`"


def test_separate_environments_left_half_made_or_of_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(project)
    assert tell(places.check_separate(scene)) == []
    separate = make(project)
    assert tell(places.check_separate(scene)) == []
    marker.begin_step(separate.environment)
    lock = ChangeLock(separate.environment.folder)
    lock.take()
    assert tell(places.check_separate(scene)) == []
    lock.release()
    (found,) = places.check_separate(scene)
    assert found.what == f"a separate environment was left half made: {separate.name}"
    assert found.cure.startswith(f"`xrunctl env remove {separate.name}`")
    marker.end_step(separate.environment)
    monkeypatch.setattr("xrun.environment.separate.is_own", lambda _: False)
    told = f"separate environments of another user: {separate.name}"
    assert tell(places.check_separate(scene)) == [("note", told)]
    shutil.rmtree(separate.folder)
