"""Who is in an environment is seen by whoever would take something from it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from xrun.proxy import run_lock

if sys.platform == "win32":
    pytest.skip("locks of folders are POSIX", allow_module_level=True)

STAY = "import sys; print('there', flush=True); sys.stdin.read()"
ENTER = "from xrun.proxy import run_lock; import os, sys; run_lock.enter(sys.argv[1]); {then}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(run_lock, "PATIENCE", 0.05)
    place = tmp_path / "environment"
    place.mkdir()
    return str(place)


def start(folder: str, then: str) -> subprocess.Popen[bytes]:
    """Start a process that enters, and goes on with something that stays."""
    command = [sys.executable, "-c", ENTER.format(then=then), folder]
    process = subprocess.Popen(command, 0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    return process


def is_free(folder: str) -> bool:
    alone = run_lock.be_alone(folder)
    alone.release()
    return alone.is_had


def test_nobody_is_there(folder: str) -> None:
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
    process = start(folder, then)
    assert not is_free(folder)
    process.communicate()
    assert is_free(folder)


def test_what_outlives_it_is_still_there(folder: str) -> None:
    child = f'os.fork() == 0 and (os.setsid(), exec("{STAY}")); os._exit(0)'
    process = start(folder, child)
    process.wait()
    assert not is_free(folder)
    process.communicate()
    assert is_free(folder)


def test_nobody_enters_while_something_is_taken_away(folder: str) -> None:
    alone = run_lock.be_alone(folder)
    assert alone.is_had
    assert run_lock.enter(folder) is None
    alone.release()
    process = start(folder, f'exec("{STAY}")')
    assert not is_free(folder)
    process.communicate()


def test_the_descriptor_is_high_and_the_only_one(folder: str) -> None:
    then = (
        "print('there', flush=True); "
        "print([n for n in map(int, os.listdir('/proc/self/fd')) if n > 2 and "
        "os.path.realpath(f'/proc/self/fd/{n}') == sys.argv[1]])"
    )
    out, _ = start(folder, then).communicate()
    assert out == b"[200]\n"


def test_with_few_descriptors_it_is_low(folder: str) -> None:
    then = (
        "print('there', flush=True); "
        "print([n for n in range(3, 60) if os.path.realpath(f'/proc/self/fd/{n}') == sys.argv[1]])"
    )
    limit = f'ulimit -n 64; exec \'{sys.executable}\' -c "$0" "$1"'
    done = subprocess.run(
        ["/bin/sh", "-c", limit, ENTER.format(then=then), folder],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout == b"there\n[20]\n"


def test_an_environment_made_anew_is_another(folder: str) -> None:
    process = start(folder, f'exec("{STAY}")')
    Path(folder).rename(f"{folder}-old")
    Path(folder).mkdir()
    assert is_free(folder)
    process.communicate()


def test_where_nothing_is_nobody_is(folder: str) -> None:
    Path(folder).rmdir()
    assert run_lock.enter(folder) == run_lock.NOWHERE
    assert is_free(folder)


def test_without_locks_one_enters_and_is_never_alone(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert run_lock.enter(folder) == run_lock.NOWHERE
    alone = run_lock.be_alone(folder)
    assert (alone.is_had, alone.is_possible) == (False, False)


def test_who_only_looked_leaves(folder: str) -> None:
    descriptor = run_lock.enter(folder)
    assert descriptor is not None
    assert not is_free(folder)
    run_lock.leave(descriptor)
    assert is_free(folder)
