"""Signals reach what is waited for, and statuses come back; also once xrun has become smaller."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import Place, Process, run
from support.terminals import Resized, Sent, Size, Typed, run_on_terminal
from xrun.proxy import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(sys.platform != "linux", reason="others do not tell who sent a signal")
# How xrun waits: by itself, or as the smaller program.
BIG, SMALL = "100", "0.000001"
both = pytest.mark.parametrize("moment", [BIG, pytest.param(SMALL, marks=linux)])

# What takes uv's place: it says each signal that it gets, and ends at SIGTERM.
WATCH = """
import signal
names = [f"SIG{name}" for name in "TERM INT USR1 USR2 HUP ALRM QUIT WINCH PIPE".split()]
numbers = [getattr(signal, name) for name in names]
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
print("ready", flush=True)
while (number := signal.sigwait(numbers)) != signal.SIGTERM:
    print(signal.Signals(number).name, flush=True)
raise SystemExit(7)
"""
# Waits until xrun, its parent, is small.
AWAIT_SMALL = f"""
import os, time
due = time.monotonic() + 20
while {wait.PROGRAM!r} not in open(f"/proc/{{os.getppid()}}/cmdline").read():
    assert time.monotonic() < due
    time.sleep(0.005)
"""
WATCHES = {BIG: WATCH, SMALL: f"{AWAIT_SMALL}{WATCH}"}
HEAD = """
import os, sys
from xrun.proxy import uv, wait
wait.MOMENT = float(sys.argv.pop(1))
start = lambda: os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# After 7 nothing is said.
SPAWN = f"{HEAD}sys.exit(uv.spawn_uv(sys.executable, sys.argv[1:], say=print, silent=[7]))"
BECOME = f"{HEAD}sys.exit(uv.spawn_uv('/no/uv', [], start, print, [7]))"


@contextlib.contextmanager
def watching(*command: str, moment: str) -> Iterator[Process]:
    """What says its signals, below xrun."""
    words = [*command, moment, "-c", WATCHES[moment]]
    with Process(words, stdin=subprocess.DEVNULL) as process:
        assert process.read_until() == b"ready\n"
        yield process
        process.terminate()
        assert process.communicate() == (b"", b"")
        assert process.returncode == 7


@both
def test_signals_are_forwarded_once_each(moment: str) -> None:
    with watching(sys.executable, "-c", SPAWN, moment=moment) as process:
        for name in ("INT", "USR1", "USR2", "HUP", "ALRM", "QUIT", "WINCH", "PIPE"):
            process.send_signal(signal.Signals[f"SIG{name}"])
            assert process.read_until() == f"SIG{name}\n".encode()


@both
@pytest.mark.parametrize("sends_to_group", [False, True])
@pytest.mark.parametrize("trap", ["", "trap '' INT;"])
def test_a_command_gets_each_signal_as_often_as_from_uv(
    trap: str, moment: str, *, sends_to_group: bool
) -> None:
    """Without a terminal uv forwards all, ignored or not: a group's signal comes twice."""
    command = ["sh", "-c", f'{trap} exec "$@"', "sh", sys.executable, "-c", BECOME]
    with watching(*command, moment=moment) as process:
        if sends_to_group:
            process.send_signal(signal.SIGSTOP)  # until the first one is read: two could be one
            os.killpg(process.pid, signal.SIGINT)
            assert process.read_until() == b"SIGINT\n"
            process.send_signal(signal.SIGCONT)
        else:
            process.send_signal(signal.SIGINT)
        assert process.read_until() == b"SIGINT\n"


@linux
def test_a_stop_until_the_moment_is_over_changes_nothing() -> None:
    moment = 0.5
    code = f"print(flush=True)\n{AWAIT_SMALL}raise SystemExit(3)"
    with Process([sys.executable, "-c", SPAWN, str(moment), "-c", code]) as process:
        process.read_until()
        process.send_signal(signal.SIGSTOP)
        time.sleep(moment)
        process.send_signal(signal.SIGCONT)
        assert process.communicate() == (b"3\n", b"")


@linux
def test_an_alarm_that_is_to_come_stays() -> None:
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        assert not wait._set_timer()
    finally:
        remaining, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    assert remaining > 900
    assert wait._set_timer()
    remaining, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    assert 0 < remaining <= wait.MOMENT


@linux
def test_no_alarm_is_left_at_the_end() -> None:
    program = SPAWN.replace("say=print", "say=lambda _: print(wait._signal.getitimer(0))")
    assert run([sys.executable, "-c", program, BIG, "-c", ""]).stdout == b"(0.0, 0.0)\n"


def test_a_command_of_another_user_is_still_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    wait.Child(1, [], [], [], is_command=True)._forward(signal.SIGTERM, is_for_group=False)


@both
def test_a_command_that_a_signal_ends_has_the_status_that_uv_gives(moment: str) -> None:
    kill = f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})"
    command = [sys.executable, "-c", BECOME, moment, "-c", kill]
    done = run(command)
    assert (done.status, done.stdout) == (143, b"143\n")


@both
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_uv_that_a_signal_ends_takes_this_process_with_it(name: str, moment: str) -> None:
    number = int(signal.Signals[name])
    kill = f"import os; os.kill(os.getpid(), {number})"
    assert run([sys.executable, "-c", SPAWN, moment, "-c", kill]).status == -number


@linux
@pytest.mark.parametrize("moment", [BIG, SMALL])
@pytest.mark.parametrize("stdin", ["", "< /dev/null"])
def test_what_a_terminal_sends_reaches_uv_from_there(stdin: str, moment: str) -> None:
    line = f'exec "$@" {stdin}'
    words = ["sh", "-c", line, "sh", sys.executable, "-c", SPAWN, moment, "-c", WATCHES[moment]]
    done = run_on_terminal(
        words,
        Place(Path.cwd(), os.environ),
        [
            Typed(b"\x03"),
            Typed(b"\x1c", after=b"SIGINT"),
            Resized(Size(30, 90), after=b"SIGQUIT"),
            Sent(signal.SIGTERM, after=b"SIGWINCH"),
        ],
    )
    assert done.status == 7
    assert re.findall(rb"SIG\w+", done.stdout) == [b"SIGINT", b"SIGQUIT", b"SIGWINCH"]


EARLY = """
import os
xrun, call = os.getpid(), os.{call}
def call_late(*words):
    if os.getpid() == xrun:
        os.kill(xrun, {number})
    return call(*words)
os.{call} = call_late
"""


@pytest.mark.parametrize(
    ("call", "moment"), [("fork", BIG), pytest.param("execv", SMALL, marks=linux)]
)
def test_no_signal_is_lost_before_uv_is_there_or_xrun_is_smaller(call: str, moment: str) -> None:
    number = int(signal.SIGUSR1)
    program = EARLY.format(call=call, number=number) + SPAWN
    command = [sys.executable, "-c", program, moment, "-c", "input()"]
    with Process(command) as process:
        assert process.wait() == -number


@linux
def test_what_was_typed_ahead_is_the_commands() -> None:
    command = [sys.executable, "-c", SPAWN, SMALL, "-c", f"{AWAIT_SMALL}print('ready', input())"]
    assert run(command, stdin=b"typed\n").stdout == b"ready typed\n0\n"


@linux
def test_the_status_holds_where_xrun_is_gone_by_the_end(tmp_path: Path) -> None:
    module = tmp_path / "later.py"
    module.write_text("def say(status): print('said', status)")
    program = HEAD.replace("import os", f"import os; sys.path[0] = {str(tmp_path)!r}; import later")
    program = (
        f"import sys\n{program}sys.exit(uv.spawn_uv(sys.executable, sys.argv[1:], say=later.say))"
    )
    for word in ("pass", f"import os; os.unlink({str(module)!r})"):
        words = ["-c", program, SMALL, "-c", f"{AWAIT_SMALL}{word}; raise SystemExit(3)"]
        done = run([sys.executable, *words])
        said = b"said 3\n" if word == "pass" else b""
        assert (done.status, done.stdout, done.stderr) == (3, said, b"")


@linux
def test_what_cannot_be_handed_over_is_said_by_xrun_itself() -> None:
    program = SPAWN.replace("say=print", "say=lambda status: print('said', status)")
    command = [sys.executable, "-c", program, SMALL, "-c", "import time; time.sleep(0.1)"]
    assert run(command).stdout == b"said 0\n"


@linux
@pytest.mark.parametrize("gone", ["os.__file__ = '/gone'", "sys.modules['pickle'] = None"])
def test_xrun_stays_where_its_python_is_no_longer_whole(gone: str) -> None:
    call = "uv.spawn_uv(sys.executable, sys.argv[1:], say=print, silent=[])"
    program = f"{HEAD}{gone}; status = {call}; print('stayed'); sys.exit(status)"
    words = [program, SMALL, "-c", "import time; time.sleep(0.1); raise SystemExit(7)"]
    done = run([sys.executable, "-c", *words])
    assert (done.status, done.stdout, done.stderr) == (7, b"7\nstayed\n", b"")
