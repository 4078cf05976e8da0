"""Rows about the process: streams, signals, terminal, environment, what is inherited."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING

from support.terminals import Resized, Size, Typed

from .row import Row, abandoned, on_terminal, piped, signalled

if TYPE_CHECKING:
    from support.processes import Result

_WATCH = ("python", "watch.py")
_SLEEP = ("sh", "-c", "ulimit -c 0; echo ready; exec sleep 30")
_TTY = ("python", "tty.py")
_LIST_DESCRIPTORS = """\
import os
for number in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        print(number, "->", os.readlink(f"/proc/self/fd/{number}"))
    except FileNotFoundError:
        pass
"""
_DESCRIPTORS = ("python", "-c", f"text = None\n{_LIST_DESCRIPTORS}")
_CLOSED_STDOUT = f"import sys\nsys.stdout = sys.stderr\n{_LIST_DESCRIPTORS}"
_GROUP = "import os; print(os.getpgrp(), os.getsid(0))"
_MASKS = ("grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status")


def _shell(setup: str) -> tuple[str, ...]:
    """A wrapper that changes the shell's own state and then becomes the command."""
    return ("sh", "-c", f'{setup} exec "$@"', "sh")


def _with(redirection: str) -> tuple[str, ...]:
    """A wrapper that becomes the command with redirected streams."""
    return ("sh", "-c", f'exec "$@" {redirection}', "sh")


def _variables(output: bytes, _: Result) -> bytes:
    """Variables in order, but for those that the shell counts up."""
    lines = [line for line in output.splitlines() if not re.match(rb"(_|SHLVL)=", line)]
    return b"".join(line + b"\n" for line in sorted(lines))


def _without_pid(output: bytes, result: Result) -> bytes:
    return re.sub(rb"\b%d\b" % result.pid, b"<pid>", output)


def _without_inodes(output: bytes, _: Result) -> bytes:
    """Without inodes, and without the one descriptor that xrun adds: the environment's folder."""
    output = re.sub(rb"(?m)^\d+ -> .*/\.venv\n", b"", output)
    return re.sub(rb"(pipe|socket|anon_inode):\[\w+\]", rb"\1", output)


STREAMS = (
    Row("both outputs", ("sh", "-c", "echo out; echo err >&2; echo out")),
    Row("binary output", ("head", "-c", "3000", "say.py", "x.py")),
    Row("closed input", _TTY, wrapper=_with("<&-")),
    Row("closed output", ("sh", "-c", "echo out; echo $? >&2"), wrapper=_with(">&-")),
    Row("closed errors", ("sh", "-c", "echo err >&2; echo $?"), wrapper=_with("2>&-")),
    Row("all closed", ("sh", "-c", "exit 4"), wrapper=_with("<&- >&- 2>&-")),
    Row("reader of yes leaves", ("yes",), way=abandoned(b"y\n")),
    Row(
        "reader of python leaves",
        ("python", "-c", "while True: print('y')"),
        way=abandoned(b"y\n"),
    ),
    Row("isatty, pipes", _TTY),
)

SIGNALS = (
    *(
        Row(f"{name} to a command that handles it", _WATCH, way=signalled(signal.Signals[name]))
        for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT")
    ),
    *(
        Row(f"{name} to a command that does not", _SLEEP, way=signalled(signal.Signals[name]))
        for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")
    ),
    Row(
        "ignored HUP",
        _SLEEP,
        wrapper=_shell("trap '' HUP;"),
        way=signalled(signal.SIGHUP, signal.SIGTERM),
    ),
)

TERMINAL = (
    Row("isatty, terminal", _TTY, way=on_terminal()),
    Row("Ctrl-C, handled", _WATCH, way=on_terminal(Typed(b"\x03"))),
    Row("Ctrl-C, not handled", _SLEEP, way=on_terminal(Typed(b"\x03"))),
    Row("Ctrl-backslash", _SLEEP, way=on_terminal(Typed(b"\x1c"))),
    Row(
        "hello and Ctrl-D",
        ("sh", "-c", "echo ready; exec cat"),  # typed earlier, the echo may split a line of uv's
        way=on_terminal(Typed(b"hello\n\x04")),
    ),
    Row("window size", ("stty", "size"), way=on_terminal(size=Size(21, 77))),
    Row(
        "window size changes",
        ("python", "resize.py"),
        way=on_terminal(Resized(Size(50, 120)), size=Size(21, 77)),
    ),
    Row("terminal settings", ("stty", "-a"), way=on_terminal()),
    Row("uv's error in colour", ("no-such-command",), way=on_terminal()),
)

ENVIRONMENT = (
    Row("variables", ("env",), tidy=_variables),
    Row(
        "variables, env -i",
        ("env",),
        wrapper=("env", "-i", "PATH=<path>", "HOME=<home>"),
        bare=True,
        tidy=_variables,
    ),
    Row("variables, LC_ALL=C", ("env",), environ={"LC_ALL": "C"}, tidy=_variables),
    Row("variables, no locale", ("env",), environ={"LANG": None}, tidy=_variables),
    Row("variables, LANG=C", ("env",), environ={"LANG": "C"}, tidy=_variables),
    Row(
        "variables, own LC_CTYPE",
        ("env",),
        environ={"LANG": None, "LC_CTYPE": "C.UTF-8"},
        tidy=_variables,
    ),
    Row(
        "variables, LC_CTYPE of no locale here",
        ("env",),
        environ={"LANG": None, "LC_CTYPE": "xx_YY.UTF-8"},
        tidy=_variables,
    ),
    Row("variables, empty LC_CTYPE", ("env",), environ={"LC_CTYPE": ""}, tidy=_variables),
    Row("variable not unicode", ("printenv", "ODD"), environ={"ODD": "\udce9\n\udcff"}),
    Row(
        "variables of python",
        ("env",),
        environ={"PYTHONPATH": "<arena>/sub", "PYTHONUTF8": "0"},
        tidy=_variables,
    ),
    Row("python's development mode", ("true",), environ={"PYTHONDEVMODE": "1"}),
)

INHERITED = (
    Row("folder", ("sh", "-c", "pwd; pwd -P"), folder="sub"),
    Row(
        "folder through a link",
        ("sh", "-c", "pwd; pwd -P"),
        wrapper=_shell("ln -s sub linked; cd linked;"),
        changes_files=True,
    ),
    Row("umask", ("sh", "-c", "umask"), wrapper=_shell("umask 027;")),
    Row("niceness", ("nice",), wrapper=("nice", "-n", "5")),
    Row("soft limit of files", ("sh", "-c", "ulimit -S -n"), wrapper=_shell("ulimit -S -n 256;")),
    Row("process group", ("python", "-c", _GROUP), tidy=_without_pid),
)

LINUX = (
    Row("signal masks", _MASKS),
    Row("ignored signals", _MASKS, wrapper=_shell("trap '' HUP USR1;")),
    Row("ignored SIGPIPE", _MASKS, wrapper=_shell("trap '' PIPE;")),
    Row("blocked signals", _MASKS, way=piped(blocked=frozenset({signal.SIGUSR2}))),
    Row("descriptors", _DESCRIPTORS, tidy=_without_inodes),
    Row("one more descriptor", _DESCRIPTORS, wrapper=_with("7<x.py"), tidy=_without_inodes),
    Row(
        "high descriptor",
        _DESCRIPTORS,
        wrapper=("bash", "-c", 'exec "$@" 200<x.py', "sh"),
        tidy=_without_inodes,
    ),
    Row("descriptors, closed input", _DESCRIPTORS, wrapper=_with("<&-"), tidy=_without_inodes),
    Row(
        "descriptors, closed output",
        ("python", "-c", _CLOSED_STDOUT),
        wrapper=_with(">&-"),
        tidy=_without_inodes,
    ),
)

PROCESS_ROWS = (
    *STREAMS,
    *SIGNALS,
    *TERMINAL,
    *ENVIRONMENT,
    *INHERITED,
    *(LINUX if sys.platform == "linux" else ()),
)
