"""Rows about a command that xrun starts itself: what `uv run` makes of the words, and gives it."""

from __future__ import annotations

import sys

from support.terminals import Typed

from .row import Row, on_terminal, piped
from .states import VERSION

_HOW = ("python", "how.py")
_LIMITS = ("cat", "/proc/self/limits")
_VARIABLES = ("cat", "/proc/self/environ")
_ON_PATH = {"PATH": "<arena>/programs:<path>"}


def _shell(setup: str) -> tuple[str, ...]:
    return ("bash", "-c", f'{setup} exec "$@"', "sh")


PYTHONS = (
    Row("how python is started", _HOW),
    Row("python in capitals", ("PYTHON", "how.py")),
    Row("python3", ("python3", "how.py")),
    Row("python with its version", (f"python{VERSION}", "how.py")),
    Row("python by its path", (".venv/bin/python", "how.py", "a")),
    Row("python with options", ("python", "-I", "-X", "utf8", "how.py", "-")),
    Row("python, program in a word", ("python", "-c", "import sys; print(sys.orig_argv)", "a")),
    Row("python, program on standard input", ("python",), way=piped(b"print(__name__, 3)\n")),
    Row("python, a dash", ("python", "-", "a"), way=piped(b"import sys; print(sys.argv)\n")),
    Row("how a script is started", ("how.py", "a", "")),
    Row("script with a dot", ("./how.py",)),
    Row("script through a folder", ("sub/../how.py",)),
    Row("script by its full path", ("<arena>/how.py",)),
    Row("script behind dashes", ("--", "how.py", "--")),
    Row("script in capitals", ("HOW.PY", "a")),
    Row("script that is hidden", (".how.py",), by_uv=True),
    Row("script that is a link", ("linked.py",)),
    Row("script without a console", ("how.pyw",), by_uv=True),
    Row("script option, how", ("-s", "how.py", "a")),
    Row("script option, a folder", ("-s", "sub"), by_uv=None),
    Row("module, how", ("-m", "how", "-a", "--", "b")),
    Row("module behind dashes", ("-m", "--", "how", "a")),
    Row("module named python", ("-m", "python")),
    Row("folder with a main program", ("main", "a"), by_uv=True),
    Row("zip file", ("app.pyz", "a"), by_uv=True),
    Row("zip file named as a program", ("nice", "a"), by_uv=True),
)

PROGRAMS = (
    Row("program by its path", ("/bin/echo", "a", "")),
    Row("program found first", ("tool",), environ=_ON_PATH),
    Row("program with a suffix of Python's", ("tool.py", "a"), environ=_ON_PATH, by_uv=True),
    Row("program without a first line", ("bare", "a"), environ=_ON_PATH, by_uv=True),
    Row("program without a first line, path", ("programs/bare",), by_uv=True),
    Row("program of a missing interpreter", ("lost",), environ=_ON_PATH, by_uv=True),
    Row("program that may not run, another may", ("cat", "x.py"), environ=_ON_PATH),
    Row("folder in place of a program", ("head", "x.py"), environ=_ON_PATH),
    Row("program in this folder", ("plain-script",), by_uv=True),
    Row("program by an empty part", ("tool",), folder="programs", environ={"PATH": ":<path>"}),
    Row("program by a relative part", ("tool",), environ={"PATH": "programs:<path>"}),
    Row("no PATH", ("probe", "a"), environ={"PATH": None, "UV": "<uv>"}),
    Row("no PATH, program", ("true",), environ={"PATH": None, "UV": "<uv>"}, by_uv=True),
    Row("empty PATH", _HOW, environ={"PATH": "", "UV": "<uv>"}),
    Row("empty word", ("",), by_uv=True),
    Row("dot", (".",), by_uv=True),
    Row("many words", ("sh", "-c", 'echo "$#"', "sh", *("word",) * 5000)),
)

PROCESSES = (
    *(
        Row(f"multiprocessing, {method}", ("pool.py", method))
        for method in ("fork", "spawn", "forkserver")
    ),
    Row("program that becomes another", ("sh", "-c", "exec sh -c 'exec printenv VIRTUAL_ENV'")),
    Row("program that starts another", ("sh", "-c", "python how.py; python3 -m how; true")),
    Row("daemon that stays", ("sh", "-c", "(setsid sh -c 'sleep 0.2; echo late' &); echo soon")),
    Row("child that stays", ("sh", "-c", "(sleep 0.2; echo late) & echo soon")),
    Row("input that is left", ("head", "-c", "3"), way=piped(b"abcdef")),
    Row("input of a file", ("wc", "-c"), wrapper=_shell("exec <x.py;")),
    Row("no input", ("cat",), wrapper=_shell("exec </dev/null;")),
    Row("one stream for both", ("sh", "-c", "echo a; echo b >&2"), wrapper=_shell("exec 2>&1;")),
    Row("status above 255", ("python", "-c", "import os; os._exit(300)")),
    Row(
        "command dies of ABRT",
        ("python", "-c", "import os; os.abort()"),
        wrapper=_shell("ulimit -c 0;"),
    ),
    Row("uv in it", ("uv", "run", "printenv", "UV_RUN_RECURSION_DEPTH", "UV"), by_uv=None),
    Row("xrun in it", ("<xrun>", "printenv", "UV_RUN_RECURSION_DEPTH", "UV"), by_uv=None),
    Row("job control", ("bash", "-c", "set -m; sleep 0.1 & fg; echo $?"), way=on_terminal()),
    Row(
        "foreground of the terminal",
        ("python", "-c", "import os; t = open('/dev/tty'); print(os.tcgetpgrp(0) == os.getpgrp())"),
        way=on_terminal(),
    ),
    Row(
        "hidden answer",
        ("sh", "-c", "stty -echo; echo ready; read x; stty echo; echo got $x"),
        way=on_terminal(Typed(b"secret\n")),
    ),
)

_DEPTH = "UV_RUN_RECURSION_DEPTH"
STATE = (
    Row("variables in order", _VARIABLES),
    *(
        Row(f"environment active, {name}", _VARIABLES, environ={"VIRTUAL_ENV": value})
        for name, value in (("its own", "<arena>/.venv"), ("none", ""))
    ),
    Row(
        "environment active, a slash behind it",
        _VARIABLES,
        environ={"VIRTUAL_ENV": "<arena>/.venv/"},
        by_uv=None,
    ),
    Row("environment active, another", _VARIABLES, environ={"VIRTUAL_ENV": "<home>"}, by_uv=True),
    Row(
        "environment active, another, not wanted",
        ("--no-active", *_VARIABLES),
        environ={"VIRTUAL_ENV": "<home>"},
        by_uv=None,
    ),
    Row("programs on PATH already", _VARIABLES, environ={"PATH": "<arena>/.venv/bin:<path>:"}),
    Row("another uv around", _VARIABLES, environ={"UV": "<uv>", _DEPTH: "007"}),
    Row("deepest", _VARIABLES, environ={_DEPTH: "100"}),
    *(
        Row(f"depth {value!r}", ("true",), environ={_DEPTH: value}, by_uv=None)
        for value in ("101", "x", "-1", "")
    ),
    Row("conda", _VARIABLES, environ={"CONDA_PREFIX": "<home>", "CONDA_DEFAULT_ENV": "a"}),
    Row("missing certificates", ("true",), environ={"SSL_CERT_FILE": "/missing"}, by_uv=True),
    Row("log wanted", ("true",), environ={"RUST_LOG": "off"}, by_uv=True),
    Row("bad timeout", ("true",), environ={"HTTP_TIMEOUT": "x"}, by_uv=None),
    Row("limit wanted", _LIMITS, environ={"UV_RUN_RLIMIT_NOFILE": "64"}, by_uv=True),
    *(
        Row(f"limits, {setup}", _LIMITS, wrapper=_shell(f"{setup};"))
        for setup in ("ulimit -S -n 256", "ulimit -n 99", "ulimit -S -s 1024", "umask 0", "nice")
    ),
    Row("every umask", ("sh", "-c", "umask"), wrapper=_shell("umask 777;")),
)

DIRECT = (*PYTHONS, *PROGRAMS, *PROCESSES, *STATE) if sys.platform == "linux" else ()
"""Compared where xrun has nothing to do first; `Row.by_uv` says which of them are uv's to start.

With another uv first on PATH they try what `STARTS` says of that one.
"""
