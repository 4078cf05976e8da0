"""Signals reach what is waited for, and statuses come back; also once xrun has become smaller."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xrun.proxy import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

linux = pytest.mark.skipif(sys.platform != "linux", reason="others do not tell who sent a signal")
# How xrun waits: by itself, or as the smaller program.
BIG, SMALL = "100", "0"
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
HEAD = """
import os, sys
from xrun.proxy import uv, wait
wait.MOMENT = float(sys.argv.pop(1))
start = lambda: os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# After 7 nothing is said.
SPAWN = f"{HEAD}sys.exit(uv.spawn_uv(sys.executable, sys.argv[1:], say=print, silent=[7]))"
BECOME = f"{HEAD}sys.exit(uv.spawn_uv('/no/uv', [], start, print, [7]))"


def read_until(descriptor: int, word: str) -> str:
    """What comes until a word does, or nothing for too long."""
    text = ""
    while word not in text:
        if not select.select([descriptor], [], [], 30)[0]:
            return text
        text += os.read(descriptor, 1000).decode()
    return text


def wait_until_small(pid: int, moment: str) -> None:
    """Wait until xrun has become smaller, where it does."""
    program, due = Path("/proc", str(pid), "cmdline"), time.monotonic() + 30
    while moment == SMALL and wait.PROGRAM not in program.read_text():
        assert time.monotonic() < due
        time.sleep(0.005)


@contextlib.contextmanager
def watching(*command: str, moment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """What says its signals, below xrun; and from where that is read."""
    with subprocess.Popen(
        [*command, moment, "-c", WATCH],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.fileno()
        read_until(output, "ready")
        wait_until_small(process.pid, moment)
        yield process, output
        process.terminate()
        assert process.stdout.read() == b""
        assert process.wait() == 7


@both
def test_signals_are_forwarded_once_each(moment: str) -> None:
    with watching(sys.executable, "-c", SPAWN, moment=moment) as (process, output):
        for name in ("INT", "USR1", "USR2", "HUP", "ALRM", "QUIT", "WINCH", "PIPE"):
            process.send_signal(signal.Signals[f"SIG{name}"])
            assert read_until(output, "\n").split() == [f"SIG{name}"]


@both
@pytest.mark.parametrize("sends_to_group", [False, True])
@pytest.mark.parametrize("trap", ["", "trap '' INT;"])
def test_a_command_gets_each_signal_as_often_as_from_uv(
    trap: str, moment: str, *, sends_to_group: bool
) -> None:
    """Without a terminal uv forwards all, ignored or not: a group's signal comes twice."""
    command = ["sh", "-c", f'{trap} exec "$@"', "sh", sys.executable, "-c", BECOME]
    send = os.killpg if sends_to_group else os.kill
    with watching(*command, moment=moment) as (process, output):
        send(process.pid, signal.SIGINT)
        said = [read_until(output, "\n") for _ in range(1 + sends_to_group)]
        assert said == ["SIGINT\n"] * len(said)


@both
def test_a_command_that_a_signal_ends_has_the_status_that_uv_gives(moment: str) -> None:
    kill = f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})"
    command = [sys.executable, "-c", BECOME, moment, "-c", kill]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (143, b"143\n")


@both
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_uv_that_a_signal_ends_takes_this_process_with_it(name: str, moment: str) -> None:
    number = int(signal.Signals[name])
    kill = f"import os; os.kill(os.getpid(), {number})"
    done = subprocess.run([sys.executable, "-c", SPAWN, moment, "-c", kill], check=False)
    assert done.returncode == -number


@linux
@pytest.mark.parametrize("moment", [BIG, SMALL])
@pytest.mark.parametrize("stdin", ["", "< /dev/null"])
def test_what_a_terminal_sends_reaches_uv_from_there(stdin: str, moment: str) -> None:
    line = f'exec "$@" {stdin}'
    words = ["sh", "-c", line, "sh", sys.executable, "-c", SPAWN, moment, "-c", WATCH]
    child, terminal = pty.fork()
    if child == 0:
        os.execv("/bin/sh", words)
    read_until(terminal, "ready\r\n")
    wait_until_small(child, moment)
    for name, typed in (("SIGINT", b"\x03"), ("SIGQUIT", b"\x1c"), ("SIGWINCH", b"")):
        os.write(terminal, typed)
        if not typed:
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
        assert read_until(terminal, f"{name}\r\n").count("SIG") == 1
    os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    with pytest.raises(OSError, match="Input/output"):  # nothing more came
        os.read(terminal, 1000)
    os.close(terminal)


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
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.wait() == -number


@linux
def test_what_was_typed_ahead_is_the_commands() -> None:
    command = [sys.executable, "-c", SPAWN, SMALL, "-c", "print('ready', input(), flush=True)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        wait_until_small(process.pid, SMALL)
        assert process.communicate(b"typed\n")[0] == b"ready typed\n0\n"


@linux
def test_the_status_holds_where_xrun_is_gone_by_the_end(tmp_path: Path) -> None:
    module = tmp_path / "later.py"
    module.write_text("def say(status): print('said', status)")
    program = HEAD.replace("import os", f"import os; sys.path[0] = {str(tmp_path)!r}; import later")
    program = (
        f"import sys\n{program}sys.exit(uv.spawn_uv(sys.executable, sys.argv[1:], say=later.say))"
    )
    for word in ("pass", f"import os; os.unlink({str(module)!r})"):
        words = ["-c", program, SMALL, "-c", f"input(); {word}; raise SystemExit(3)"]
        with subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            wait_until_small(process.pid, SMALL)
            said = process.communicate(b"\n")
            assert said == ((b"said 3\n" if word == "pass" else b""), b"")
            assert process.returncode == 3


@linux
def test_what_cannot_be_handed_over_is_said_by_xrun_itself() -> None:
    program = SPAWN.replace("say=print", "say=lambda status: print('said', status)")
    command = [sys.executable, "-c", program, SMALL, "-c", "import time; time.sleep(0.1)"]
    assert subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout == b"said 0\n"
