"""Which uv is started: never one that only leads back to xrun."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.proxy import uv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Put = Callable[[str, str], str]

SHELL = '#!/bin/sh\ncase $1 in run) shift; exec {xrun} "$@" ;; *) exec {uv} "$@" ;; esac\n'
PYTHON = """#!/usr/bin/env python3
import subprocess, sys
sys.exit(subprocess.call([['xrun', *sys.argv[2:]], ['{uv}', *sys.argv[1:]]][sys.argv[1] != 'run']))
"""
CONSOLE_SCRIPT = "#!/opt/bin/python\nfrom xrun.proxy.main import main\nmain()\n"
VERSION_MANAGER = '#!/usr/bin/env bash\nexec "/home/xrun/.pyenv/libexec/pyenv" exec uv "$@"\n'


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts a program somewhere; PATH is `first` and `next`, and there is no uv beside xrun."""
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in ("first", "next")))
    monkeypatch.setattr(uv, "_find_uv_beside_xrun", lambda: None)
    monkeypatch.setenv(uv.THROUGH, "")

    def put(name: str, content: str) -> str:
        path = write(tmp_path, {name: content}) / name
        path.chmod(0o755)
        return str(path)

    return put


@pytest.mark.parametrize("shim", [SHELL, SHELL.replace("{uv}", '"{uv}"'), PYTHON])
@pytest.mark.parametrize("xrun", ["xrun", '"$HOME/.local/bin/xrun"', "/opt/bin/xrun"])
def test_a_shim_to_xrun_names_the_real_one(put: Put, shim: str, xrun: str) -> None:
    real = put("opt/uv", "a program")
    put("first/uv", shim.format(xrun=xrun, uv=real))
    put("next/uv", "another program")
    assert uv.find_uv() == real


@pytest.mark.parametrize(
    "named", ["$HOME/opt/uv-real", "~/opt/uv-real", "${UV_REAL:-$HOME/opt/uv-real}"]
)
def test_what_a_shim_names_is_expanded(put: Put, named: str) -> None:
    real = put("opt/uv-real", "a program")
    put("first/uv", SHELL.format(xrun="xrun", uv=named))
    assert uv.find_uv() == real


def test_the_real_one_lies_beside_a_shim(put: Put) -> None:
    real = put("first/uv.orig", "a program")
    put("first/uv", SHELL.format(xrun="xrun", uv='"${0%/*}"/uv.orig'))
    assert uv.find_uv() == real


@pytest.mark.parametrize("shim", [SHELL.format(xrun="xrun", uv="$(which uv)"), CONSOLE_SCRIPT])
def test_the_next_one_on_path_is_the_real_one(put: Put, shim: str) -> None:
    put("first/uv", shim)
    following = put("next/uv", "a program")
    assert uv.find_uv() == following


def test_a_script_of_a_version_manager_is_started(put: Put) -> None:
    first = put("first/uv", VERSION_MANAGER)
    put("next/uv", "a program")
    assert uv.find_uv() == first


def test_what_led_here_is_not_started_again(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a script does: `XRUN_THROUGH` tells the xrun that it leads to."""
    for expected in (put("first/uv", VERSION_MANAGER), put("next/uv", CONSOLE_SCRIPT), None):
        assert uv.find_uv() == expected
        monkeypatch.setattr(uv, "TRIED", frozenset(os.environ[uv.THROUGH].split(os.pathsep)))
    assert put("next/uv", "a program") == uv.find_uv()


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
SPAWN = "import sys; from xrun.proxy import uv; sys.exit(uv.spawn_uv(sys.executable, sys.argv[1:]))"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


def read_until(descriptor: int, word: str) -> str:
    """What comes until a word does, or nothing for too long."""
    text = ""
    while word not in text:
        if not select.select([descriptor], [], [], 30)[0]:
            return text
        text += os.read(descriptor, 1000).decode()
    return text


@posix
def test_signals_are_forwarded_once_each() -> None:
    command = [sys.executable, "-c", SPAWN, "-c", WATCH]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), "ready")
        for name in ("INT", "USR1", "USR2", "HUP", "ALRM", "QUIT", "WINCH", "PIPE"):
            process.send_signal(signal.Signals[f"SIG{name}"])
            assert read_until(process.stdout.fileno(), "\n").split() == [f"SIG{name}"]
        process.terminate()
        assert process.stdout.read() == b""
        assert process.wait() == 7


BECOME = """
import os, sys
from xrun.proxy import uv
start = lambda: os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
sys.exit(uv.spawn_uv("/no/uv", [], start))
"""


@posix
@pytest.mark.parametrize("sends_to_group", [False, True])
@pytest.mark.parametrize("trap", ["", "trap '' INT;"])
def test_a_command_gets_each_signal_as_often_as_from_uv(trap: str, *, sends_to_group: bool) -> None:
    """Without a terminal uv forwards all, ignored or not: a group's signal comes twice."""
    command = ["sh", "-c", f'{trap} exec "$@"', "sh", sys.executable, "-c", BECOME, "-c", WATCH]
    send = os.killpg if sends_to_group else os.kill
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), "ready")
        send(process.pid, signal.SIGINT)
        said = [read_until(process.stdout.fileno(), "\n") for _ in range(1 + sends_to_group)]
        process.terminate()
        assert said == ["SIGINT\n"] * len(said)
        assert process.stdout.read() == b""
        assert process.wait() == 7


@posix
def test_a_command_that_a_signal_ends_has_the_status_that_uv_gives() -> None:
    kill = f"import os; os.kill(os.getpid(), {int(signal.SIGTERM)})"
    assert subprocess.run([sys.executable, "-c", BECOME, "-c", kill], check=False).returncode == 143


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_uv_that_a_signal_ends_takes_this_process_with_it(name: str) -> None:
    number = int(signal.Signals[name])
    kill = f"import os; os.kill(os.getpid(), {number})"
    done = subprocess.run([sys.executable, "-c", SPAWN, "-c", kill], check=False)
    assert done.returncode == -number


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="others do not tell who sent a signal")
@pytest.mark.parametrize("stdin", ["", "< /dev/null"])
def test_what_a_terminal_sends_reaches_uv_from_there(stdin: str) -> None:
    import fcntl
    import pty
    import termios

    line = f'exec "$@" {stdin}'
    child, terminal = pty.fork()
    if child == 0:
        os.execv("/bin/sh", ["sh", "-c", line, "sh", sys.executable, "-c", SPAWN, "-c", WATCH])
    read_until(terminal, "ready\r\n")
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


@posix
def test_no_signal_is_lost_before_uv_is_there() -> None:
    number = int(signal.SIGUSR1)
    early = f"import os; fork = os.fork; kill = lambda: os.kill(os.getpid(), {number}); "
    early += "os.fork = lambda: (kill(), fork())[1]; "
    done = subprocess.run([sys.executable, "-c", early + SPAWN, "-c", "input()"], check=False)
    assert done.returncode == -number
