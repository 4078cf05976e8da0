"""A lock that someone else holds is waited for with a word, and not without end."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.platforms import can_lock, sees_others
from support.processes import Process
from xrun import proxy
from xrun.environment import processes, waiting
from xrun.environment.change_lock import ChangeLock, Locks
from xrun.environment.processes import Command, find_holder, find_waited
from xrun.environment.waiting import LONG, SHORT, Wait, make_watch
from xrun.errors import BusyError
from xrun.proxy import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

seen = pytest.mark.skipif(not sees_others(), reason="read from /proc")
KINDS = ["change lock", *(["run lock"] if proxy.LOCKS_FOLDERS and can_lock() else [])]

HOLD = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class Clock:
    """A clock that goes on only when someone sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@contextlib.contextmanager
def hold(path: Path) -> Iterator[Process]:
    """Have a program lock a file or a folder."""
    with Process([sys.executable, "-c", HOLD, str(path)]) as process:
        assert process.read_until() == b"held\n"
        yield process


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Process]:
    """Have a program lock a folder."""
    with hold(tmp_path) as process:
        yield process


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def command(*words: str, is_stopped: bool = False) -> Command:
    return Command(1, 0, words, 0.0, is_stopped=is_stopped)


AT_WORK = (
    ("xrun", "pytest"),
    ("/tools/bin/uv", "sync"),
    ("/usr/bin/python3.12", "/tools/bin/xrun", "pytest"),
    ("python", "/tools/bin/xrunctl", "sync"),
    ("python3", "-m", "xrun", "pytest"),
)
OTHERS = (("flock", ".venv", "xrun", "pytest"), ("python", "server.py"), ("sh", "xrun"))


@pytest.mark.parametrize(
    ("found", "limit"),
    [
        *((command(*words), LONG) for words in AT_WORK),
        *((command(*words, is_stopped=True), SHORT) for words in AT_WORK),
        *((command(*words), SHORT) for words in OTHERS),
        (None, LONG),
    ],
    ids=str,
)
def test_who_is_at_work_is_waited_for_longer(
    found: Command | None, limit: float, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "find_holder", lambda _: found)
    told: list[tuple[float, str]] = []
    wait = Wait(lambda holder: told.append((clock.now, holder)))
    with pytest.raises(BusyError, match="/some/file"):
        wait.until(lambda: False, "/some/file")
    assert limit <= clock.now < limit + 2
    ((at, holder),) = told
    assert waiting.PATIENCE <= at < waiting.PATIENCE + 1
    assert holder.endswith("which has locked /some/file")


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        *(("20", 20), ("+20", 20), ("0", SHORT)),
        *((nonsense, LONG) for nonsense in ("nan", "inf", "-1", "1e9", "2_0", " 20", "", "9" * 20)),
    ],
)
def test_the_limit_is_uvs(
    typed: str, limit: float, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "find_holder", lambda _: None)
    monkeypatch.setenv("UV_LOCK_TIMEOUT", typed)
    tries = itertools.count()
    with pytest.raises(BusyError):
        Wait().until(lambda: next(tries) > 2 * LONG / waiting.STEP, "/some/file")
    assert limit <= clock.now < limit + 2


def test_what_is_free_soon_is_not_told(clock: Clock) -> None:
    tries = itertools.count()
    Wait(pytest.fail).until(lambda: next(tries) > 5, "/some/file")
    assert clock.now < 1


@seen
def test_who_locked_a_folder_is_found(holder: Process, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)  # who only has it open is not meant
    found = find_holder(str(tmp_path))
    os.close(descriptor)
    assert found is not None
    assert found.pid == holder.pid
    assert find_holder(str(tmp_path / "nothing")) is None
    assert find_waited(holder.pid) == ""


@seen
@pytest.mark.parametrize("kind", KINDS)
def test_no_lock_of_a_run_is_waited_for_without_end(
    kind: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del clock
    environment = tmp_path / "environment"
    environment.mkdir()
    lock = ChangeLock(environment)
    assert lock.try_to_take()
    file = next(tmp_path.glob("home/.cache/xrun/gates/*"))
    lock.release()
    told: list[str] = []
    locks = Locks(told.append)
    locks.choose(environment)
    monkeypatch.setattr(waiting, "STEP", 1)
    with hold(environment if kind == "run lock" else file) as process:
        with pytest.raises(BusyError):
            locks.enter(str(environment)) if kind == "run lock" else locks.take()
        assert [f"(pid {process.pid}," in each for each in told] == [True]
    locks.release()
    locks.take()
    locks.enter(str(environment))
    locks.release()
    locks.leave()


def test_a_link_to_itself_has_a_lock(tmp_path: Path) -> None:
    link = tmp_path / ".venv"
    link.symlink_to(link)
    lock = ChangeLock(link)
    assert lock.try_to_take()
    lock.release()


@seen
@pytest.mark.usefixtures("holder")
def test_a_uv_that_waits_for_its_lock_is_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "PATIENCE", 0.2)
    monkeypatch.setattr(waiting, "SHORT", waiting.PATIENCE)
    told: list[str] = []
    monkeypatch.setattr(uv, "watch", make_watch(told.append))
    with pytest.raises(BusyError):
        uv.ask_uv(sys.executable, ["-c", HOLD, str(tmp_path)])
    assert len(told) == 1
    assert told[0].endswith(str(tmp_path))


def test_a_uv_that_takes_its_time_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "PATIENCE", 0.01)
    monkeypatch.setattr(uv, "watch", make_watch(pytest.fail))
    code = "import time; time.sleep(0.3); print('done')"
    assert uv.ask_uv(sys.executable, ["-c", code]).stdout == "done\n"
