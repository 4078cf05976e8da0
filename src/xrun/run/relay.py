"""What uv shows while it syncs, as `uv run` would: its progress, not its list of changes."""

from __future__ import annotations

import contextlib
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

# How lines begin that `uv sync` says and `uv run` does not: ` + six==1.17.0`, and some counts.
OWN_TO_SYNC = (b" + ", b" - ", b" ~ ", b"Resolved ", b"Prepared ", b"Audited ", b"Checked ")
OWN = 2  # this process's own standard error
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
BEGUN = re.compile(rb"\x1b(\[[0-9;]*)?$")  # a sequence whose end is still to come
# Progress, up to the last sequence that erases it or moves the cursor: text follows.
PROGRESS = re.compile(rb"(?s)(?:.*\x1b\[[0-9;?]*[A-HJKhl])?\r*")
ENDING = 1.0  # seconds that a program which uv left behind may hold the terminal


@contextlib.contextmanager
def relay(hidden: tuple[bytes, ...] = ()) -> Iterator[int]:
    """Show on standard error what uv says on a terminal of its own, but for some lines.

    Args:
        hidden: How further lines begin that are not shown.

    Yields:
        The descriptor for uv's standard error; this process's own where the system has no
        pseudo-terminals.
    """
    if sys.platform == "win32":
        yield OWN
        return
    import threading

    try:
        master, slave = _open_terminal()
    except OSError:
        yield OWN
        return
    showing = threading.Lock()
    args = (master, (*OWN_TO_SYNC, *hidden), showing)
    thread = threading.Thread(target=_copy, args=args, daemon=True)
    thread.start()
    try:
        yield slave
    finally:
        os.close(slave)
        thread.join(ENDING)
        while thread.is_alive() and showing.locked():  # the terminal is stopped (Ctrl-S)
            thread.join(ENDING)


def _open_terminal() -> tuple[int, int]:
    """Open a terminal as large as the one of standard error, which changes nothing that is said."""
    import termios
    import tty

    master, slave = os.openpty()
    try:
        _take_size(master)
        tty.setraw(slave)
    except (OSError, termios.error) as problem:
        os.close(master)
        os.close(slave)
        raise OSError(*problem.args) from None
    return master, slave


def _take_size(master: int) -> None:
    """Make a terminal as large as the one of standard error is now."""
    import fcntl
    import termios

    fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(OWN, termios.TIOCGWINSZ, b"\0" * 8))


def _copy(master: int, hidden: tuple[bytes, ...], showing: AbstractContextManager[bool]) -> None:
    """Copy what comes until uv ends: whole lines, and progress as soon as it is there."""
    rest = b""
    with contextlib.suppress(OSError):  # Linux: the last one that could write has ended
        while chunk := os.read(master, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            shown = b"".join(_select_shown(line + b"\n", hidden) for line in lines)
            begun = BEGUN.search(rest)
            end = begun.start() if begun else len(rest)
            plain = _read_plain(rest[:end])
            if not any(each.startswith(plain) or plain.startswith(each) for each in hidden):
                shown, rest = shown + rest[:end], rest[end:]
            with showing:
                _show(shown)
            with contextlib.suppress(OSError):  # uv asks before each frame
                _take_size(master)
    with contextlib.suppress(OSError), showing:
        _show(_select_shown(rest, hidden))
    os.close(master)


def _show(content: bytes) -> None:
    """Write all of it, though the terminal may be one that another program made non-blocking."""
    import select

    while content:
        try:
            content = content[os.write(OWN, content) :]
        except BlockingIOError:  # noqa: PERF203 - it is full
            select.select([], [OWN], [])


def _read_plain(line: bytes) -> bytes:
    """Read what a line says, behind the progress that it takes the place of."""
    return COLOUR.sub(b"", PROGRESS.sub(b"", line, count=1))


def _select_shown(line: bytes, hidden: tuple[bytes, ...]) -> bytes:
    """Select what is shown of a line: all of it, or the progress that stands before it."""
    if not _read_plain(line).startswith(hidden):
        return line
    progress = PROGRESS.match(line)
    return progress.group() if progress else b""
