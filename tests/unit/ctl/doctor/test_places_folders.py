"""xrun's own folders: known, written, owned, near, with room, locked."""

from __future__ import annotations

import collections
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.platforms import can_lock
from unit.ctl.doctor.scenes import PROJECT, make_program, make_scene, tell
from unit.make import make_environment, write
from xrun.ctl.doctor import places
from xrun.environment.space import MOST_COPIED
from xrun.project.user_folders import Distrusted, close_folders
from xrun.proxy.locks import Alone

if TYPE_CHECKING:
    from xrun.ctl.doctor.scene import Scene

locked = pytest.mark.skipif(not can_lock(), reason="nothing goes where nothing can be locked")


pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="owners, and file systems, of POSIX"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    make_environment(folder / ".venv")
    return folder


@pytest.fixture
def scene(project: Path) -> Scene:
    return make_scene(project)


def test_a_home_folder_that_is_not_known_is_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(places.check_home(scene)) == []
    monkeypatch.setenv("HOME", "relative")
    (found,) = tell(places.check_home(scene))
    assert found[0] == "mend"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert tell(places.check_cache_folder(scene)) == []


@pytest.mark.parametrize(
    ("look", "name"),
    [(places.check_cache_folder, ".cache"), (places.check_state_folder, ".local/state")],
)
def test_a_folder_that_is_written_by_another_user(
    scene: Scene, own_machine: Path, monkeypatch: pytest.MonkeyPatch, look: object, name: str
) -> None:
    assert callable(look)
    assert tell(look(scene)) == []  # yet to be made
    folder = own_machine / name / "xrun"
    (folder / "stamps").mkdir(parents=True)
    assert tell(look(scene)) == []
    another = os.geteuid() + 1
    monkeypatch.setattr("os.geteuid", lambda: another)
    (found,) = look(scene)
    assert found.severity.value == "note"
    assert f"folder is another user's: {folder} (of " in found.what
    assert found.cure == f'`sudo chown -R "$(id -un)" {folder}`'


def test_a_folder_on_a_file_system_without_modes_is_told_by_doctor_alone(
    scene: Scene, own_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_machine / ".cache" / "xrun"
    stamp = folder / "stamps" / "a"
    stamp.parent.mkdir(parents=True)
    stamp.touch()
    folder.chmod(0o777)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", lambda *_: None)
        assert close_folders() == Distrusted()
        assert not stamp.exists()
        (found,) = places.check_cache_folder(scene)
        assert (found.severity.value, str(folder) in found.what) == ("note", True)
    assert close_folders(folder) == Distrusted((folder,))
    assert tell(places.check_cache_folder(scene)) == []


def test_a_folder_that_cannot_be_made(
    scene: Scene, own_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _: path != own_machine)
    (found,) = places.check_cache_folder(scene)
    assert f"cannot be written: {own_machine} (of " in found.what
    assert found.cure == "set XDG_CACHE_HOME to a folder that can be written"
    monkeypatch.setattr(places, "is_own", lambda _: False)
    (found,) = places.check_cache_folder(scene)
    assert found.cure == f'`sudo chown -R "$(id -un)" {own_machine}`'


def test_files_that_cannot_be_linked(
    project: Path, tmp_path: Path, own_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "uv-cache"
    make_program(tmp_path / "tools" / "uv", f"#!/bin/sh\necho {cache}\n")
    scene = make_scene(project)
    assert tell(places.check_file_systems(scene)) == []
    far = {cache: 2, own_machine / ".local" / "state" / "xrun": 3}
    monkeypatch.setattr(places, "find_device", lambda path: far.get(path, 1))
    copied, inside = places.check_file_systems(scene)
    assert copied.severity.value == inside.severity.value == "note"
    assert copied.why == "Separate environments are copied, not linked."
    assert inside.what.startswith(".venv is on another file system than xrun's state folder")
    monkeypatch.setattr(places, "measure", lambda *_: 2 * MOST_COPIED)
    copied, _ = places.check_file_systems(scene)
    assert copied.severity.value == "mend"
    assert copied.why == "Separate environments are refused; this project's has 2048 MB."
    assert tell(places.check_file_systems(make_scene(tmp_path, obstacle="none"))) == []


def test_little_space_is_told_once_for_a_file_system(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = collections.namedtuple("usage", "free")  # noqa: PYI024 - as shutil has it
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(places.LEAST_FREE))
    assert tell(places.check_space(scene)) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**24))
    (found,) = tell(places.check_space(scene))
    assert found[0] == "mend"
    assert found[1].startswith("16 MB are free where ")


@locked
def test_a_file_system_without_locks_is_named(
    scene: Scene, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(places.check_locks(scene)) == []
    monkeypatch.setattr(places, "be_alone", lambda *_: Alone(None, is_possible=False))
    (found,) = tell(places.check_locks(scene))
    assert found[1].startswith(f"{project / '.venv'} cannot be locked")
    shutil.rmtree(project / ".venv")
    assert tell(places.check_locks(scene)) == []
