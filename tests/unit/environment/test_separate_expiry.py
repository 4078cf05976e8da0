"""Separate environments that are not needed go, and nothing else: never one that is in use."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.platforms import can_lock
from unit.make import make_environment, write
from xrun.environment import separate_expiry
from xrun.environment.change_lock import ChangeLock
from xrun.environment.marker import begin_step, was_interrupted
from xrun.environment.separate import (
    Purpose,
    Separate,
    find_folder,
    is_tidying_due,
    list_separate,
    make_folder,
    resolve_separate,
)
from xrun.environment.separate_expiry import GONE, delete_gone, find_reason, take_away, tidy_if_due
from xrun.environment.space import measure
from xrun.proxy import locks
from xrun.proxy.files import resolve_cache_folder
from xrun.words import DAY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not can_lock(), reason="nothing goes where nothing can be locked")

OLD = 31 * DAY
needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be locked")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": ""})


def make(root: Path, *words: str, age: float = 0) -> Separate:
    """Make a separate environment that was used some time ago."""
    purpose = Purpose(root, words)
    separate = resolve_separate(purpose)
    make_folder(separate, purpose)
    make_environment(separate.environment.folder)
    os.utime(separate.about, (time.time() - age, time.time() - age))
    return separate


def list_names() -> list[str]:
    return [each.name for each in list_separate()]


def age_memory(days: float = 1.1) -> None:
    """Make the last tidying some days older."""
    moment = time.time() - days * DAY
    os.utime(f"{resolve_cache_folder()}/tidied", (moment, moment))


def tidy_on_two_days() -> None:
    tidy_if_due()
    age_memory()
    tidy_if_due()


def list_all() -> list[str]:
    return sorted(path.name for path in find_folder().iterdir())


def test_what_is_unused_or_of_no_project_is_not_needed(project: Path, tmp_path: Path) -> None:
    gone = make(tmp_path / "gone", age=OLD)
    assert find_reason(make(project), time.time()) == ""
    assert find_reason(make(tmp_path / "moved"), time.time()) == ""
    assert find_reason(make(project, "--extra=x", age=OLD), time.time()) == "used 31 days ago"
    assert find_reason(make(project, "--extra=y", age=-OLD), time.time()) == ""
    assert find_reason(gone, time.time()) == f"its project is gone ({tmp_path / 'gone'})"


def test_a_project_that_no_one_may_look_at_is_not_gone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    separate = make(project)
    assert separate.read_purpose() is not None
    used_at = separate.used_at
    monkeypatch.setattr("pathlib.Path.stat", refuse)
    monkeypatch.setattr(Separate, "used_at", used_at)
    assert find_reason(separate, time.time()) == ""


def test_in_a_closed_cache_folder_nothing_is_looked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat, cache = os.stat, resolve_cache_folder()

    def refuse(path: str | Path, *rest: object, **more: object) -> os.stat_result:
        if str(path).startswith(cache):
            raise PermissionError
        return stat(path, *rest, **more)  # type: ignore[arg-type]

    make(project, age=OLD)
    assert is_tidying_due()
    monkeypatch.setattr(os, "stat", refuse)
    assert not is_tidying_due()
    tidy_if_due()


def test_what_is_taken_away_is_there_no_more_and_then_its_files_go(project: Path) -> None:
    separate, other = make(project), make(project, "--extra=x")
    os.symlink(project, separate.environment.folder / "lib64")  # noqa: PTH211
    assert take_away(separate).is_had
    assert list_names() == [other.name]
    (left,) = (name for name in list_all() if name != other.name)
    assert left.startswith(f"{GONE}{separate.name}-")
    assert delete_gone()
    assert list_all() == [other.name]
    assert (project / "pyproject.toml").exists()


def test_deleting_stops_when_its_time_is_over_and_goes_on_later(project: Path) -> None:
    separate = make(project)
    (separate.environment.folder / "lib64").symlink_to(project)
    take_away(separate)
    assert not delete_gone(-1)
    (left,) = find_folder().iterdir()
    assert (left / "environment" / "pyvenv.cfg").exists()
    assert delete_gone(60)
    assert list_all() == []
    assert (project / "pyproject.toml").exists()


@needs_locks
def test_one_that_someone_is_in_stays(project: Path) -> None:
    separate = make(project, age=OLD)
    descriptor = locks.enter(str(separate.environment.folder))
    assert descriptor is not None
    for waits in (True, False):
        assert not take_away(separate, waits=waits).is_had
    tidy_on_two_days()
    assert list_names() == [separate.name]
    locks.leave(descriptor)
    assert take_away(separate, waits=False).is_had


@needs_locks
def test_who_is_changing_one_is_not_waited_for(project: Path) -> None:
    separate = make(project, age=OLD)
    lock = ChangeLock(separate.environment.folder)
    lock.take()
    assert not take_away(separate, waits=False).is_had
    lock.release()
    assert take_away(separate, waits=False).is_had


@needs_locks
def test_a_gate_can_be_tried(tmp_path: Path) -> None:
    first, second = ChangeLock(tmp_path), ChangeLock(tmp_path)
    assert first.try_to_take()
    assert first.try_to_take()
    assert not second.try_to_take()
    first.release()
    assert second.try_to_take()
    second.release()


def test_beside_a_run_a_few_go_once_a_day(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separate_expiry, "BUDGET", 60)
    tidy_if_due()
    assert not os.path.exists(resolve_cache_folder())  # noqa: PTH110 - nothing to do, nothing written
    fresh = make(project)
    for number in range(4):
        make(project, f"--extra=x{number}", age=OLD)
    tidy_on_two_days()
    assert len(list_all()) == 2
    tidy_if_due()  # there was more to do
    assert list_all() == [fresh.name]
    late = make(project, "--extra=late", age=OLD)
    age_memory()
    tidy_on_two_days()
    assert late.name not in list_names()


def test_a_clock_that_was_ahead_for_a_run_takes_nothing_away(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    separate, now = make(project), time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + 400 * DAY)
        tidy_if_due()
    age_memory(-400)  # as it was written then
    make(project, "--extra=old", age=OLD)
    tidy_on_two_days()
    assert list_names() == [separate.name]


def test_beside_a_run_deleting_is_left_to_the_next_where_it_takes_long(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(project, age=OLD)
    tidy_if_due()
    age_memory()
    monkeypatch.setattr(separate_expiry, "BUDGET", -1)
    tidy_if_due()
    assert list_names() == []
    assert len(list_all()) == 1
    monkeypatch.setattr(separate_expiry, "BUDGET", 60)
    tidy_if_due()
    assert list_all() == []


def test_what_is_not_xruns_is_passed_over(project: Path) -> None:
    separate = make(project)
    base = find_folder()
    (base / "stranger").mkdir()
    (base / "file").touch()
    (base / "link").symlink_to(separate.folder)
    (base / f"{GONE}file").touch()
    assert list_names() == [separate.name]
    assert delete_gone()
    assert list_all() == sorted([f"{GONE}file", separate.name, "file", "link", "stranger"])


@pytest.mark.skipif(sys.platform == "win32", reason="no owners")
def test_what_is_others_is_passed_over(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(project, age=OLD)
    take_away(make(project, "--extra=x"))
    monkeypatch.setattr("xrun.environment.separate.is_own", lambda _: False)
    assert list_names() == []
    assert delete_gone()
    assert len(list_all()) == 2


def test_one_without_what_it_is_for_is_one_all_the_same_and_goes_when_it_is_old() -> None:
    folder = find_folder() / "damaged"
    (folder / "environment").mkdir(parents=True)
    (separate,) = list_separate()
    assert separate.read_purpose() is None
    assert find_reason(separate, time.time()) == ""
    os.utime(folder, (time.time() - OLD, time.time() - OLD))
    assert find_reason(separate, time.time()) == "used 31 days ago"


def test_what_is_linked_twice_counts_once_over_all_folders(tmp_path: Path) -> None:
    write(tmp_path, {"a/x": "12345", "b/z": "123"})
    (tmp_path / "a" / "y").hardlink_to(tmp_path / "a" / "x")
    (tmp_path / "b" / "y").hardlink_to(tmp_path / "a" / "x")
    assert measure(tmp_path / "a") == 5
    assert measure(tmp_path / "b") == 8
    assert measure(tmp_path) == 8
    assert measure(tmp_path / "nowhere") == 0


def test_what_was_interrupted_is_forgotten_with_the_environment(project: Path) -> None:
    separate = make(project)
    begin_step(separate.environment)
    assert take_away(separate).is_had
    assert not was_interrupted(separate.environment)
