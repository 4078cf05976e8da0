"""A program that is asked: what it gets, what comes back, how it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from support.processes import wait_until
from xrun import proxy
from xrun.proxy.child import Asked, ask, begin

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(not proxy.REPLACES, reason="descriptors as POSIX has them")
both = pytest.mark.parametrize("replaces", [sys.platform != "win32", False])

SAY_PID = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'w')); time.sleep(30)"
WRITE_LATE = "import sys, time; time.sleep(30); open(sys.argv[1], 'w')"


def fail(pid: int) -> None:
    pytest.fail(f"{pid} is watched")


def run(*argv: str, **environ: str) -> Asked:
    return ask([*argv], {**os.environ, **environ}, 60, fail)


@both
def test_it_gets_its_variables_and_says_what_it_says(
    monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", replaces)
    code = "import os, sys; [os.write(fd, b'x' * 99_999 + b'\\r\\n\\xff') for fd in (1, 2, 1, 2)];"
    code += "sys.exit(len(os.environ['NAME'] + sys.stdin.read()))"
    asked = run(sys.executable, "-c", code, NAME="value")
    expected = ("x" * 99_999 + "\n\N{REPLACEMENT CHARACTER}") * 2
    assert (asked.returncode, asked.stdout, asked.stderr) == (5, expected, expected)


@both
def test_it_is_watched_and_ended_by_what_that_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", replaces)
    pids: list[int] = []

    def watch(pid: int) -> None:
        pids.append(pid)
        if len(pids) > 1:
            stop()

    def stop() -> NoReturn:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        ask([sys.executable, "-c", WRITE_LATE, str(tmp_path / "ended")], os.environ, 0.01, watch)
    assert not (tmp_path / "ended").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@both
def test_what_cannot_be_started_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", replaces)
    with pytest.raises(FileNotFoundError):
        run(str(tmp_path / "missing"))


@both
def test_several_may_have_begun(monkeypatch: pytest.MonkeyPatch, *, replaces: bool) -> None:
    monkeypatch.setattr(proxy, "REPLACES", replaces)
    code = "import sys; print(sys.argv[1]); sys.stderr.write('x' * 4_000)"
    words = ["a", "b", "c"]
    begun = [begin([sys.executable, "-c", code, word], os.environ) for word in words]
    asked = [each.finish(60, fail) for each in begun]
    assert [each.stdout for each in asked] == [f"{word}\n" for word in words]
    assert {each.stderr for each in asked} == {"x" * 4_000}


@both
def test_what_has_begun_may_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, replaces: bool
) -> None:
    monkeypatch.setattr(proxy, "REPLACES", replaces)
    file = tmp_path / "pid"
    begun = begin([sys.executable, "-c", SAY_PID, str(file)], os.environ)
    wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
    begun.end()
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


INTERRUPTED = """
import os, signal, sys
from xrun.proxy.child import ask
def spawn(*args, **options):
    pid = real(*args, **options)
    print(pid)
    os.kill(os.getpid(), signal.SIGINT)
    return pid
real, os.posix_spawn = os.posix_spawn, spawn
try:
    ask(["/bin/sleep", "1000"], os.environ, 60, print)
except KeyboardInterrupt:
    print("interrupted", *map(int, signal.pthread_sigmask(signal.SIG_BLOCK, [])))
"""


@posix
def test_nothing_is_left_where_it_is_interrupted_at_its_start() -> None:
    pid, end = run(sys.executable, "-c", INTERRUPTED).stdout.splitlines()
    assert end == "interrupted"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@posix
def test_what_fails_at_the_start_leaves_no_signal_blocked(tmp_path: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with pytest.raises(TypeError):
        begin([str(tmp_path)], {"NAME": 1})  # type: ignore[dict-item]
    assert signal.pthread_sigmask(signal.SIG_SETMASK, before) == before


@posix
@pytest.mark.parametrize("blocked", [set(), {signal.SIGINT}, {signal.SIGTERM}], ids=str)
def test_it_blocks_the_signals_that_are_blocked_here(blocked: set[signal.Signals]) -> None:
    code = "import signal; print([*map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))])"
    before = signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    try:
        asked = run(sys.executable, "-c", code)
        assert signal.pthread_sigmask(signal.SIG_SETMASK, before) == blocked
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert asked.stdout == f"{[*map(int, blocked)]}\n"


@posix
def test_signals_that_python_ignores_end_it() -> None:
    asked = run("/bin/sh", "-c", "kill -PIPE $$; echo alive")
    assert (asked.returncode, asked.stdout) == (-13, "")


@posix
@pytest.mark.parametrize("hands_on", [True, False])
def test_descriptors_are_handed_on_where_that_is_asked(tmp_path: Path, *, hands_on: bool) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - by position only
    argv = [sys.executable, "-c", f"import os; os.fstat({descriptor})"]
    asked = ask(argv, os.environ, 60, fail, hands_on=hands_on)
    os.close(descriptor)
    assert (asked.returncode == 0) == hands_on


@posix
def test_a_descriptor_above_the_limit_keeps_nothing_from_starting(tmp_path: Path) -> None:
    import resource

    (tmp_path / "file").touch()
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    os.dup2(descriptor, 200)  # as the run lock of an outer run
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, limits[1]))
    try:
        assert run(sys.executable, "-c", "raise SystemExit(3)").returncode == 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(200)
        os.close(descriptor)


@posix
@pytest.mark.parametrize("closed", ["0", "1", "2", "0, 1", "0, 1, 2"])
def test_standard_streams_may_be_closed(tmp_path: Path, closed: str) -> None:
    file = tmp_path / "said"
    code = f"import os; from xrun.proxy.child import ask; [os.close(each) for each in ({closed},)];"
    code += "asked = ask(['/bin/sh', '-c', 'cat; echo out; echo err >&2'], os.environ, 60, print);"
    code += f"open({str(file)!r}, 'w').write(asked.stdout + asked.stderr)"
    subprocess.run([sys.executable, "-c", code], check=True, stdin=subprocess.DEVNULL)
    assert file.read_text() == "out\nerr\n"
