"""The only room that starts uv: find it, become it, ask it, wait for it.

Light on purpose: the hot path loads this module; `subprocess` and `signal` come where needed.
"""

from __future__ import annotations

import os
import sys

from xrun.state import read_identity, read_records, resolve_cache_file, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from subprocess import CompletedProcess
    from typing import NoReturn

PROGRAM = "uv.exe" if sys.platform == "win32" else "uv"

# The values that Python gives to LC_CTYPE when it starts in the C locale (PEP 538).
COERCED_LOCALES = ("C.UTF-8", "C.utf8", "UTF-8")


def find_uv() -> str | None:
    """Find uv: the parent uv's own (`UV`, set since uv 0.6.0), then PATH, then beside xrun."""
    parent = os.environ.get("UV", "")
    if os.path.isabs(parent) and _is_program(parent):
        return parent
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(folder or os.curdir, PROGRAM)
        if _is_program(candidate):
            return os.path.abspath(candidate)
    return _find_uv_beside_xrun()


def _find_uv_beside_xrun() -> str | None:
    """Find the uv that came with `xrun[uv]`: the `uv` distribution in xrun's own environment."""
    candidate = os.path.join(os.path.dirname(sys.executable), PROGRAM)
    if _is_program(candidate):
        return candidate
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, OSError):
        return None


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def read_version(uv: str, *, remembers: bool = True) -> tuple[int, ...]:
    """Read uv's version (`(0, 13, 9)`), asked once and remembered by the identity of the file.

    Args:
        uv: The program.
        remembers: Whether the answer may be written into the cache folder.

    Returns:
        The release numbers; empty where uv does not say one.
    """
    identity = read_identity(uv)
    memory = resolve_cache_file("versions", uv)
    known = read_records(memory)
    if known[:2] == [uv, identity]:
        return tuple(int(part) for part in known[2].split("."))
    words = ask_uv(uv, ["--version"]).stdout.split()
    text = words[1] if len(words) > 1 else ""
    release = text.partition("+")[0].partition("-")[0]
    if not all(part.isdigit() for part in release.split(".")):
        return ()
    if remembers:
        write_records(memory, [uv, identity, release])
    return tuple(int(part) for part in release.split("."))


def read_value_options(uv: str) -> frozenset[str]:
    """Read which options of this uv's `uv run` take a value, out of its help.

    For options that the table does not know: asked once and remembered by the file's identity.
    """
    identity = read_identity(uv)
    memory = resolve_cache_file("options", uv)
    known = read_records(memory)
    if known[:2] == [uv, identity]:
        return frozenset(known[2:])
    names = []
    for line in ask_uv(uv, ["run", "--help", "--color", "never"]).stdout.splitlines():
        text = line.strip()
        if text.startswith("-") and "<" in text:
            names += [word.strip(",") for word in text.split() if word.startswith("-")]
    write_records(memory, [uv, identity, *names])
    return frozenset(names)


def exec_uv(uv: str, args: Sequence[str]) -> NoReturn:
    """Become uv: on POSIX the process is replaced, so signals, status and terminal cannot differ.

    Raises:
        OSError: The program could not be started.
    """
    if sys.platform == "win32":
        raise SystemExit(spawn_uv(uv, args))
    _undo_traces_of_python()
    # execv, not execve with os.environ: the environment goes on as C has it, with entries that
    # os.environ cannot hold (no "=", twice the same name).
    os.execv(uv, [uv, *args])


def ask_uv(
    uv: str,
    args: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    is_shown: bool = False,
) -> CompletedProcess[str]:
    """Ask uv something: standard input stays untouched, both outputs are captured.

    Args:
        uv: The program.
        args: What it is given.
        environ: The variables it gets instead of this process's own.
        is_shown: Whether its standard error goes to this process's own: for what takes long.

    Raises:
        OSError: The program could not be started.
    """
    import subprocess

    return subprocess.run(
        [uv, *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if is_shown else subprocess.PIPE,
        env=environ,
        check=False,
        encoding="utf-8",
        errors="replace",
    )


def spawn_uv(uv: str, args: Sequence[str]) -> int:
    """Run uv in this process group, with these standard streams, and wait for it.

    TERM, HUP, USR1 and USR2 are forwarded. INT reaches the child from the terminal; where there
    is none it is forwarded too, which is what uv itself does for its child. A uv that dies by a
    signal takes this process with it by the same one.

    Returns:
        The status that uv ended with.
    """
    import signal
    import subprocess

    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, _frame: object) -> None:
        if child is not None and child.returncode is None:
            child.send_signal(number)

    def leave_to_child(number: int, _frame: object) -> None:
        if not os.isatty(0):
            forward(number, None)

    for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"):
        _handle(getattr(signal, name, None), forward)
    _handle(signal.SIGINT, leave_to_child)
    _undo_coerced_locale()
    # Descriptors that were handed to xrun are the command's; Python's own are never inherited.
    child = subprocess.Popen([uv, *args], close_fds=False)
    status = child.wait()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _handle(number: int | None, handler: Callable[[int, object], None]) -> None:
    """Install a handler, but for a signal that was ignored from the start (nohup) or is unknown."""
    import signal

    if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, handler)


def _undo_traces_of_python() -> None:
    """Undo what Python's start changed for the program that this process becomes."""
    import _signal  # not `signal`: its enums cost more than the whole hot path

    for name in ("SIGPIPE", "SIGXFSZ"):  # ignored by Python, which an exec would hand on
        number = getattr(_signal, name, None)
        if number is not None:
            _signal.signal(number, _signal.SIG_DFL)
    _undo_coerced_locale()


def _undo_coerced_locale() -> None:
    """Take back LC_CTYPE where Python set it (PEP 538): /proc has what the process started with."""
    if os.environ.get("LC_CTYPE") not in COERCED_LOCALES:
        return
    try:
        with open("/proc/self/environ", "rb") as file:
            start = file.read().split(b"\0")
    except OSError:  # no /proc: better a locale too many than one of the user's too few
        return
    if not any(entry.startswith(b"LC_CTYPE=") for entry in start):
        del os.environ["LC_CTYPE"]
