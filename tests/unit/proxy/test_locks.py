"""Who is in an environment is seen before something is taken from it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from support.platforms import can_lock
from support.processes import Process, run, wait_until
from xrun import proxy
from xrun.proxy import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    pytest.skip("locks of folders are POSIX", allow_module_level=True)

STAY = "import sys; print('there', flush=True); sys.stdin.read()"
ENTER = (
    "from xrun import proxy; from xrun.proxy import locks; import os, sys; "
    "proxy.LOCKS_FOLDERS = sys.argv[2:] != ['file']; locks.enter(sys.argv[1]); {then}"
)


LOCKS = {"of the folder": True, "of a file": False} if can_lock() else {"of a file": False}


@pytest.fixture(params=LOCKS.values(), ids=list(LOCKS))
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment that is locked by its folder, or by a file where folders cannot be."""
    monkeypatch.setattr(proxy, "LOCKS_FOLDERS", request.param)
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    place = tmp_path / "environment"
    place.mkdir()
    return str(place)


@contextlib.contextmanager
def started(folder: str, then: str, program: str = ENTER) -> Iterator[Process]:
    """Start a process that enters, and goes on with something that stays."""
    words = [] if proxy.LOCKS_FOLDERS else ["file"]
    with Process([sys.executable, "-c", program.format(then=then), folder, *words]) as process:
        assert process.read_until() == b"there\n"
        yield process


def is_free(folder: str) -> bool:
    alone = locks.be_alone(folder)
    alone.release()
    return alone.is_had


def test_a_folder_without_commands_is_free(folder: str) -> None:
    assert is_free(folder)


@pytest.mark.parametrize(
    "then",
    [
        f'exec("{STAY}")',
        f"os.execv(sys.executable, [sys.executable, '-c', \"{STAY}\"])",
        f"os.execv('/bin/sh', ['sh', '-c', '\"$0\" -c \"$1\"; true', sys.executable, \"{STAY}\"])",
    ],
    ids=["itself", "through exec", "a shell's child"],
)
def test_who_runs_is_there_until_the_end(folder: str, then: str) -> None:
    with started(folder, then) as process:
        assert not is_free(folder)
        process.communicate()
    assert is_free(folder)


def test_what_outlives_it_is_still_there(folder: str) -> None:
    child = f'os.fork() == 0 and (os.setsid(), exec("{STAY}")); os._exit(0)'
    with started(folder, child) as process:
        process.wait()
        assert not is_free(folder)
        process.communicate()
    wait_until(lambda: is_free(folder))  # it ends a moment after its output does


def test_what_takes_something_away_holds_it_when_xrun_is_killed(folder: str) -> None:
    child = f"subprocess.Popen([sys.executable, '-c', \"{STAY}\"], close_fds=False)"
    take = ENTER.replace("enter(sys.argv[1])", "be_alone(sys.argv[1])")
    with started(folder, f"import subprocess; {child}; os.kill(os.getpid(), 9)", take) as process:
        assert process.wait() == -9
        assert not is_free(folder)
        process.communicate()


def test_no_one_enters_while_something_is_taken_away(folder: str) -> None:
    alone = locks.be_alone(folder)
    assert alone.is_had
    assert locks.enter(folder) is None
    alone.release()
    with started(folder, f'exec("{STAY}")'):
        assert not is_free(folder)


@pytest.mark.parametrize("folder", [True], indirect=True)
def test_the_descriptor_is_high_and_the_only_one(folder: str) -> None:
    then = (
        "print('there', flush=True); "
        "print([n for n in map(int, os.listdir('/proc/self/fd')) if n > 2 and "
        "os.path.realpath(f'/proc/self/fd/{n}') == sys.argv[1]])"
    )
    with started(folder, then) as process:
        assert process.communicate() == (b"[200]\n", b"")


@pytest.mark.parametrize("folder", [True], indirect=True)
def test_with_few_descriptors_it_is_low(folder: str) -> None:
    then = (
        "print('there', flush=True); "
        "print([n for n in range(3, 60) if os.path.realpath(f'/proc/self/fd/{n}') == sys.argv[1]])"
    )
    limit = f'ulimit -n 64; exec \'{sys.executable}\' -c "$0" "$1"'
    done = run(["/bin/sh", "-c", limit, ENTER.format(then=then), folder])
    assert done.stdout == b"there\n[20]\n"


def test_an_environment_rebuilt_is_another(folder: str) -> None:
    with started(folder, f'exec("{STAY}")'):
        Path(folder).rename(f"{folder}-old")
        Path(folder).mkdir()
        assert is_free(folder)


def test_where_nothing_is_no_one_is(folder: str) -> None:
    Path(folder).rmdir()
    assert locks.enter(folder) == locks.NOWHERE
    assert is_free(folder)


def test_without_locks_one_enters_and_is_never_alone(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert locks.enter(folder) == locks.NOWHERE
    alone = locks.be_alone(folder)
    assert (alone.is_had, alone.is_possible) == (False, False)


def test_who_only_looked_leaves(folder: str) -> None:
    descriptor = locks.enter(folder)
    assert descriptor is not None
    assert not is_free(folder)
    locks.leave(descriptor)
    assert is_free(folder)


@pytest.mark.parametrize("folder", [False], indirect=True)
def test_where_no_process_is_replaced_xrun_alone_holds_it(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", False)
    descriptor = locks.enter(folder)
    assert descriptor is not None
    assert not os.get_inheritable(descriptor)
    assert not is_free(folder)
    locks.leave(descriptor)


@pytest.mark.parametrize("folder", [False], indirect=True)
def test_without_a_cache_folder_one_is_never_alone(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    assert locks.enter(folder) == locks.NOWHERE
    alone = locks.be_alone(folder)
    assert (alone.is_had, alone.is_possible) == (False, False)


class Msvcrt:
    """Locks of bytes as Windows has them: nothing is shared, each handle is someone else."""

    LK_NBLCK, LK_UNLCK = fcntl.F_WRLCK, fcntl.F_UNLCK

    @staticmethod
    def locking(descriptor: int, kind: int, count: int) -> None:
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        row = struct.pack("hhqqi4x", kind, os.SEEK_SET, at, count, 0)
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, row)
        except BlockingIOError as error:
            raise PermissionError(*error.args) from error


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="locks of bytes are Linux's")
@pytest.mark.parametrize("folder", [False], indirect=True)
def test_on_windows_many_enter_and_one_is_alone(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", False)
    monkeypatch.setattr(locks, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt)
    there = [locks.enter(folder) for _ in range(3)]
    assert None not in there
    assert not is_free(folder)
    for descriptor in there:
        locks.leave(descriptor or locks.NOWHERE)
    alone = locks.be_alone(folder)
    assert alone.is_had
    assert locks.enter(folder) is None
    alone.release()
    assert is_free(folder)
