"""Find the first uv; become a command, as that uv would start it, or that uv itself.

How uv comes from words to a program (`ParsedRunCommand::from_args`, `RunCommand::as_command` in
crates/uv/src/commands/project/run.rs, 0.12.5; the same was seen on 0.5.30 to 0.13.9), by the first
that fits:

| words | uv starts | here |
|---|---|---|
| `-`, `http://…`, `https://…` | Python, with what it reads there | by uv |
| `-m X` | Python `-m X` | the same |
| `--gui-script X` | Python X | by uv |
| `--script X` | Python X; in another environment if X has metadata | the same, but for those |
| `python`, in any case | Python | the same |
| X.py, a file | as `--script` | the same |
| X.pyc, X.pyw, files | Python X | by uv |
| a folder with `__main__.py`, a zip file | Python X, or a program of that name | by uv |
| anything else | the program, by its path or the first on PATH (execvp) | the same |

Python is the one of the environment, by its path. PATH begins with the environment's programs.

Light on purpose: the hot path loads this module; what else there is about uv stands in `proxy.uv`.
"""

import os
import sys

from xrun import proxy
from xrun.proxy.command_line import REMOTE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from xrun.proxy.command_line import Invocation

PROGRAM = f"uv{proxy.EXE}"

# What a uv sets for the command besides PATH and VIRTUAL_ENV: its own path, how deep it runs in
# itself, the soft limit of open files.
UV, DEPTH, NOFILE = "UV", "DEPTH", "NOFILE"
DEPTH_VARIABLE = b"UV_RUN_RECURSION_DEPTH"
# Each changes what uv starts or what it says, and none is in a stamp's key.
BY_UV = (
    *(b"HTTP_TIMEOUT", b"PYTHONEXECUTABLE", b"PYTHONHOME", b"RUST_LOG"),
    *(b"UV_RUN_MAX_RECURSION_DEPTH", b"_PYTHON_HOST_PLATFORM", b"_PYTHON_SYSCONFIGDATA_NAME"),
    b"__PYVENV_LAUNCHER__",
)
# Where certificates lie: uv warns of what is missing.
CERTIFICATES = (b"SSL_CERT_DIR", b"SSL_CERT_FILE", b"SSL_CLIENT_CERT")
# How deep uv may run in itself; it refuses what is deeper (`--max-recursion-depth`).
DEEPEST, LONGEST_DEPTH = 100, 9
# uv raises the soft limit to the hard one, but not above this (crates/uv-unix).
MOST_FILES = 0x10_0000

# The values that Python gives to LC_CTYPE when it starts in the C locale (PEP 538).
COERCED_LOCALES = ("C.UTF-8", "C.utf8", "UTF-8")

# A zip file ends so, and with a comment of up to 65,535 bytes.
ZIP_END, ZIP_END_LENGTH = b"PK\5\6", 22 + 0xFFFF


def find_first_uv() -> str | None:
    """Find what `uv` starts: the parent uv's own (`UV`, set since uv 0.6.0), PATH, beside xrun."""
    return next(list_candidates(), None)


def list_candidates() -> "Iterator[str]":
    """List what may be meant by `uv`, the first one first."""
    parent = os.environ.get("UV", "")
    if os.path.isabs(parent) and is_program(parent):
        yield parent
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(folder or os.curdir, PROGRAM)
        if is_program(candidate):
            yield os.path.abspath(candidate)
    beside = _find_uv_beside_xrun()
    if beside is not None:
        yield beside


def _find_uv_beside_xrun() -> str | None:
    """Find the uv that came with `xrun[uv]`: the `uv` distribution in xrun's own environment."""
    candidate = os.path.join(os.path.dirname(sys.executable), PROGRAM)
    if is_program(candidate):
        return candidate
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, OSError):
        return None


def is_program(path: str) -> bool:
    """Whether a path is a program that may be started."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def start(invocation: "Invocation", folder: str, launcher: str) -> None:
    """Become the command; return where that is uv's to do.

    Args:
        invocation: What was typed; its options and uv's variables have been looked at.
        folder: The environment's.
        launcher: How that uv starts commands: the name of its Python, what it sets, its own path
            (`python UV,DEPTH /usr/bin/uv`).
    """
    # uv opens /dev/null for a standard stream that is closed; as process 1 it forwards signals.
    if None in (sys.stdin, sys.stdout, sys.stderr) or os.getpid() == 1:
        return
    undo_traces_of_python()
    name, sets, uv = launcher.split(" ", 2)
    argv = resolve_argv(invocation, f"{folder}/bin/{name}")
    environ = resolve_environ(dict(os.environb), os.fsencode(folder), sets, os.fsencode(uv))
    if argv is None or environ is None:
        return
    if NOFILE in sets:
        _raise_limit()
    for program in list_programs(argv[0], os.fsdecode(environ[b"PATH"])):
        if os.access(program, os.X_OK):
            try:
                os.execve(program, argv, environ)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue  # as execvp does
            except (OSError, ValueError):  # no program: execvp has a shell try
                return


def resolve_argv(invocation: "Invocation", python: str) -> list[str] | None:
    """Resolve what the command is given; `None` where uv does more than start a program.

    Args:
        invocation: What was typed.
        python: The environment's Python.
    """
    target, command = invocation.command[0], list(invocation.command)
    if target.startswith(REMOTE):
        return None
    if invocation.is_module:
        return [python, "-m", *command]
    if invocation.has("--script"):  # which uv reads first
        return [python, *command] if os.path.isfile(target) or not os.path.exists(target) else None
    if target.lower() == "python":
        return [python, *command[1:]]
    if invocation.script is not None:
        is_script = target.lower().endswith(".py") and os.path.basename(target)[0] != "."
        return [python, *command] if is_script and os.path.isfile(target) else None
    return command if target and not _is_python_program(target) else None


def _is_python_program(path: str) -> bool:
    """Whether Python may run what is at a path: a folder with `__main__.py`, or a zip file."""
    try:
        os.stat(f"{path}/__main__.py")
    except FileNotFoundError:  # nothing is there, as a rule
        return False
    except NotADirectoryError:
        return not os.path.isfile(path) or _may_be_zip(path)
    except OSError:
        return True
    return True


def _may_be_zip(path: str) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - ZIP_END_LENGTH))
            return ZIP_END in file.read()
    except OSError:
        return True


def resolve_environ(
    environ: dict[bytes, bytes], folder: bytes, sets: str, uv: bytes
) -> "Mapping[bytes, bytes] | None":
    """Resolve the variables of the command, in uv's order; `None` where uv would refuse.

    Args:
        environ: This process's own.
        folder: The environment's.
        sets: What that uv sets: words divided by commas.
        uv: Its own path.
    """
    programs, path = folder + b"/bin", environ.get(b"PATH")
    if b":" in programs or any(name in environ for name in BY_UV):
        return None
    named = [part for name in CERTIFICATES for part in environ.get(name, b"").split(b":") if part]
    if not all(map(os.path.exists, named)):
        return None
    environ[b"PATH"] = programs if path is None else programs + b":" + path
    environ[b"VIRTUAL_ENV"] = folder
    if UV in sets:
        environ[b"UV"] = uv
    if DEPTH in sets:
        depth = environ.get(DEPTH_VARIABLE, b"0")
        if not depth.isdigit() or len(depth) > LONGEST_DEPTH or int(depth) > DEEPEST:
            return None
        environ[DEPTH_VARIABLE] = b"%d" % (int(depth) + 1)
    return dict(sorted(environ.items()))


def list_programs(name: str, path: str) -> "Iterator[str]":
    """List where a program may be, in the order of execvp; an empty folder is the current one."""
    if os.sep in name:
        yield name
        return
    for folder in path.split(os.pathsep):
        yield f"{folder}/{name}" if folder else name


def _raise_limit() -> None:
    """Raise the soft limit of open files, if it may be."""
    if os.sysconf("SC_OPEN_MAX") >= MOST_FILES:
        return
    import resource  # often a file of its own to load

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if 0 <= soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # macOS has a limit of its own
            return


def exec_uv(uv: str, args: "Sequence[str]") -> "NoReturn":
    """Become uv: on POSIX the process is replaced, so signals, status and terminal cannot differ.

    Raises:
        OSError: The program could not be started.
    """
    if not proxy.REPLACES:
        from xrun.proxy.uv import spawn_uv

        raise SystemExit(spawn_uv(uv, args))
    replace(uv, args)


def replace(uv: str, args: "Sequence[str]") -> "NoReturn":
    """Replace this process by uv."""
    undo_traces_of_python()
    # execv, not execve with os.environ: the environment goes on as C has it, with entries that
    # os.environ cannot hold (no "=", twice the same name).
    os.execv(uv, [uv, *args])


def heed_children() -> None:
    """Have the status of children kept where the caller ignores SIGCHLD, which drops it."""
    import _signal  # not `signal`: see below

    number = getattr(_signal, "SIGCHLD", None)
    if number is not None and _signal.getsignal(number) == _signal.SIG_IGN:
        _signal.signal(number, heed)


def heed(*_: object) -> None:
    """Do nothing: what is caught is not ignored, and a child that is started has it as usual."""


def undo_traces_of_python() -> None:
    """Undo what Python's start and `heed_children` changed for the program to become."""
    import _signal  # not `signal`: its enums cost more than the whole hot path

    for name in ("SIGPIPE", "SIGXFSZ"):  # ignored by Python, which an exec would hand on
        number = getattr(_signal, name, None)
        if number is not None:
            _signal.signal(number, _signal.SIG_DFL)
    number = getattr(_signal, "SIGCHLD", None)
    if number is not None and _signal.getsignal(number) is heed:
        _signal.signal(number, _signal.SIG_IGN)
    _undo_coerced_locale()


def _undo_coerced_locale() -> None:
    """Give LC_CTYPE back where Python set it (PEP 538): /proc has what the process started with."""
    if os.environ.get("LC_CTYPE") not in COERCED_LOCALES:
        return
    try:
        with open(f"{proxy.PROC}/self/environ", "rb") as file:
            start = file.read().split(b"\0")
    except OSError:  # no /proc: better a locale too many than one of the user's too few
        return
    typed = [entry for entry in start if entry.startswith(b"LC_CTYPE=")]
    if typed:  # `C`, or a locale that is not installed here
        os.environ["LC_CTYPE"] = os.fsdecode(typed[0].partition(b"=")[2])
    else:
        del os.environ["LC_CTYPE"]
