"""Find the uv behind a shim, ask uv, wait for it.

Light on purpose: each run that has changed loads this module; `subprocess` and `signal` come where
needed.
"""

from __future__ import annotations

import os
import sys

from xrun.proxy.files import read_identity, read_records, resolve_cache_file, write_records
from xrun.proxy.launch import heed, is_program, list_candidates, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import NoReturn

    from xrun.proxy.child import Asked, Begun

CAPTURED = -1  # no descriptor: what is said there is read

# Called while a uv that is waited for goes on: after this many seconds, and each second from then
# on, with its process. What it raises ends the uv.
PATIENCE = 2
watch: Callable[[int], None] = lambda _: None  # noqa: E731

# Those that were asked ahead, by their command lines.
_ahead: dict[tuple[str, ...], Begun] = {}

# The last part of a word that leads to xrun: the program, or what its console script imports.
MENTIONS = frozenset({"xrun", "xrun.proxy.main"})
BETWEEN_WORDS = str.maketrans(dict.fromkeys("\"'`(){}[]|&;<>,=:", " "))

# The scripts that were started as uv, and led here with no uv in between (it sets `UV`).
THROUGH = "XRUN_THROUGH"
TRIED = frozenset(os.environ.get(THROUGH, "").split(os.pathsep))


def find_uv() -> str | None:
    """Find the uv to start: the first one, or the one behind it where that is a shim to xrun.

    Such a script mentions xrun, or has led here already. The one behind it is a program that it
    names, or the next candidate; if there is none, a script that only mentions xrun is tried once.
    """
    untried: list[str] = []
    for candidate in list_candidates():
        if not is_shim(candidate):
            return candidate
        words = _read_words(candidate)
        if candidate not in TRIED and MENTIONS.isdisjoint(map(os.path.basename, words)):
            return _note(candidate)  # a version manager's
        behind = _find_named(candidate, words)
        if behind is not None:
            return behind
        untried += [candidate] if candidate not in TRIED else []
    return _note(untried[0]) if untried else None


def _note(script: str) -> str:
    """Note a script that is started as uv for the xrun that it may lead to."""
    os.environ[THROUGH] = os.pathsep.join(sorted({*TRIED, script}))
    return script


def _read_words(script: str) -> list[str]:
    """Read the words of a script, whatever its language: paths and names, variables replaced."""
    with open(script, encoding="utf-8", errors="replace") as file:
        text = os.path.expandvars(file.read(100_000))
    words = text.translate(BETWEEN_WORDS).split()
    # once more: what stood within braces, as in `${UV_REAL:-$HOME/opt/uv}`
    return [os.path.expandvars(os.path.expanduser(word)).lstrip("-") for word in words]


def _find_named(script: str, words: Sequence[str]) -> str | None:
    """Find a uv, no script, that a script names by its path, or by a name beside itself."""
    for word in words:
        folder, name = os.path.split(word)
        if "uv" in name and "uvx" not in name:
            for path in (os.path.join(folder, name), os.path.join(os.path.dirname(script), name)):
                if os.path.isabs(path) and is_program(path) and not is_shim(path):
                    return path
    return None


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
    if known[:2] == [uv, identity] and not is_shim(uv):
        return _parse_version(known[-1])
    words = ask_uv(uv, ["--version"]).stdout.split()
    release = (words[1] if len(words) > 1 else "").partition("+")[0].partition("-")[0]
    version = _parse_version(release)
    if remembers and version:
        write_records(memory, [uv, identity, release])
    return version


def _parse_version(release: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in release.split("."))
    except ValueError:
        return ()


def is_shim(uv: str) -> bool:
    """Whether a uv is a script, as version managers put in place of programs.

    Which uv it starts may differ from folder to folder: nothing is remembered of it.
    """
    try:
        with open(uv, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def read_takes_value(uv: str, option: str, *, remembers: bool = True) -> bool | None:
    """Read whether an option of `uv run` takes a value, for one that the table does not know.

    uv is asked with `--help` behind the option, so that nothing is run; the answer is remembered
    by the identity of the file.

    Args:
        uv: The program.
        option: As typed.
        remembers: Whether the answer may be written into the cache folder.

    Returns:
        `None` where uv does not know the option either, and so will refuse it.
    """
    identity = read_identity(uv)
    memory = resolve_cache_file("options", f"{uv}\0{option}")
    known = read_records(memory)
    if known[:3] != [uv, identity, option] or is_shim(uv):
        done = ask_uv(uv, ["run", option, "--help"])
        word = "flag" if done.returncode == 0 else "none"
        word = "value" if "a value is required" in done.stderr else word
        known = [uv, identity, option, word]
        if remembers:
            write_records(memory, known)
    return {"flag": False, "value": True}.get(known[-1])


def ask_uv(
    uv: str,
    args: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    stderr: int = CAPTURED,
    is_change: bool = False,
) -> Asked:
    """Ask uv something, or have it change something; standard input stays untouched.

    Both outputs are captured.

    Args:
        uv: The program.
        args: What it is given.
        environ: The variables it gets instead of this process's own.
        stderr: The descriptor that its standard error goes to instead.
        is_change: Whether it changes an environment: then it holds the locks that this process
            holds, as long as it lives, whatever becomes of this process.

    Raises:
        OSError: The program could not be started.
        UvKilledError: A signal ended it while it changed something.
        BusyError: It waited for a lock that someone else does not release.
    """
    from xrun.proxy.child import begin

    variables = os.environ if environ is None else environ
    argv = [uv, *args]
    begun = _ahead.pop(tuple(argv), None)
    begun = begun or begin(argv, variables, stderr=stderr, hands_on=is_change)
    asked = begun.finish(PATIENCE, watch)
    if is_change and asked.returncode < 0:
        raise _make_killed(-asked.returncode)
    return asked


def ask_ahead(uv: str, args: Sequence[str], environ: Mapping[str, str]) -> None:
    """Have uv begin with an answer, for which `ask_uv` is called later in the same words.

    Raises:
        OSError: The program could not be started.
    """
    from xrun.proxy.child import begin

    argv = [uv, *args]
    _ahead[tuple(argv)] = begin(argv, environ)


def end_ahead() -> None:
    """End each uv that was asked ahead and that `ask_uv` was not called for."""
    while _ahead:
        _ahead.popitem()[1].end()


def _make_killed(number: int) -> Exception:
    """Make the error of a uv that was ended by a signal half-way."""
    import signal

    from xrun.errors import UvKilledError

    is_known = number in signal.valid_signals()
    name = signal.Signals(number).name if is_known else f"signal {number}"
    memory = " (which is what Linux sends where memory runs out)" if name == "SIGKILL" else ""
    return UvKilledError(
        f"not run: {name}{memory} ended uv while it changed the environment",
        hint="the next run mends what that left half done",
    )


def spawn_uv(
    uv: str,
    args: Sequence[str],
    start: Callable[[], None] | None = None,
    say: Callable[[int], None] = lambda _: None,
    silent: Collection[int] = (),
) -> int:
    """Run uv in this process group, with these standard streams, and wait for it.

    What uv forwards to its command (0.13.9) is forwarded to uv, but for what a terminal sends to
    the whole group, as uv gets that too; to a command of this process's own as uv would forward
    it. It is blocked meanwhile, so that none is lost before the child is there. A uv that dies by
    a signal takes this process with it by the same one.

    Args:
        uv: The program.
        args: What it is given.
        start: Becomes the command in place of uv; returns where it is uv that has to start it.
        say: Says what is due afterwards, given the status; can be pickled.
        silent: The statuses after which nothing is.

    Returns:
        The status that uv ended with; that of a command as uv would give it.
    """
    if sys.platform == "win32":
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the console gives it to uv as well
        status = subprocess.run([uv, *args], check=False).returncode
        if status not in silent:
            say(status)
        return status
    import _signal  # not `signal`: see `proxy.launch`

    from xrun.proxy.wait import Child, catch

    is_command = start is not None
    numbers = [_signal.SIGCHLD, *_list_forwarded(is_command=is_command)]
    before = {number: _signal.getsignal(number) for number in numbers}
    mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, numbers)
    catch(numbers)
    # Not subprocess: its posix_spawn leaves two signals ignored, and only an exec like the one
    # without a report gives uv just the same surroundings.
    pid = os.fork()
    if pid == 0:
        for number, handler in before.items():
            is_ignored = handler in {_signal.SIG_IGN, heed}
            _signal.signal(number, _signal.SIG_IGN if is_ignored else _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
        _become(uv, args, start)
    return Child(pid, numbers, mask, silent, is_command).wait(say)


def _list_forwarded(*, is_command: bool) -> Iterator[int]:
    """List what uv forwards (0.13.9); to uv only what was not ignored from the start (nohup)."""
    import _signal

    names = ("TERM", "INT", "USR1", "USR2", "HUP", "ALRM", "QUIT", "WINCH", "PIPE", "INFO")
    for number in (getattr(_signal, f"SIG{name}", None) for name in names):
        # Python ignores SIGPIPE itself
        takes_all = is_command or number == _signal.SIGPIPE
        if number and (takes_all or _signal.getsignal(number) != _signal.SIG_IGN):
            yield number


def _become(uv: str, args: Sequence[str], start: Callable[[], None] | None) -> NoReturn:
    """Become a command or uv in a forked child, which must never return to its parent's code."""
    try:
        if start is not None:
            start()
        replace(uv, args)
    except OSError as error:
        os.write(2, f"xrun: not run: {uv}: {error.strerror}\n".encode())
    os._exit(125)
