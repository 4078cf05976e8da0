"""What of uv's own words comes through while it syncs."""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from support.processes import TIMEOUT
from xrun.run import relay

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

CLEAR = "\r\x1b[2K"
SAID = (
    "Using CPython 3.11\n"
    f"⠋ Resolving{CLEAR}\x1b[2mResolved \x1b[1m2 packages\x1b[0m in 1ms\x1b[0m\n"
    f"███ [1/2] six{CLEAR}\x1b[2mInstalled \x1b[1m2 packages\x1b[0m in 2ms\x1b[0m\n"
    " \x1b[32m+\x1b[39m \x1b[1msix\x1b[0m\x1b[2m==1.17.0\x1b[0m\n"
    " - old==1.0\n ~ odd==1.0\n"
    "error: no\n  cause: why\n"
)


BARS = "Building a\x1b[1A\r\x1b[2K\x1b[1B\r\x1b[2K\x1b[1A"  # more than one row
# What is shown of what uv says until it ends, at once or after the last line.
ENDS = {
    "bar": f"bar{CLEAR}",
    "begun": "Reso",
    "colour": "x\n\x1b[0m",
    "sequence": "x\x1b[",
    "rows": f"{BARS}Installed 1\n",
}


def copy(chunks: Iterable[bytes], monkeypatch: pytest.MonkeyPatch, room: int = 1 << 20) -> bytes:
    """Copy what a uv says, to a terminal that each second time is full, else has some room."""
    shown, coming, is_full = b"", iter([*chunks, b""]), True

    def write(_: int, data: bytes) -> int:
        nonlocal shown, is_full
        is_full = not is_full
        if is_full:
            raise BlockingIOError
        shown += data[:room]
        return len(data[:room])

    monkeypatch.setattr(os, "read", lambda *_: next(coming))
    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "close", lambda _: None)
    monkeypatch.setattr(select, "select", lambda *_: None)
    relay._copy(-1, (*relay.OWN_TO_SYNC, b"Using CPython"), threading.Lock())
    return shown


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_the_list_of_changes_is_left_out_and_progress_is_not(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = SAID.encode()
    chunks = (content[at : at + size] for at in range(0, len(content), size))
    text = copy(chunks, monkeypatch).decode()
    assert "1.17.0" not in text
    assert "old" not in text
    assert "odd" not in text
    assert "⠋ Resolving" in text
    assert "Installed" in text
    assert text.endswith("error: no\n  cause: why\n")
    assert "Resolved" not in text
    assert "Using" not in text


@pytest.mark.parametrize("name", ENDS)
def test_nothing_is_lost_at_the_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copy([ENDS[name].encode()], monkeypatch).decode() == ENDS[name]


def test_a_terminal_that_takes_little_at_once_gets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"x" * 99 + b"\n"
    assert copy([content], monkeypatch, room=10) == content


def test_bars_of_more_than_one_row_are_cleared_before_what_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert copy([f"{BARS} + six==1\n".encode()], monkeypatch).decode() == BARS


def test_a_terminal_that_is_stopped_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, joined, shown = threading.Event(), threading.Event(), [], []
    join, write = threading.Thread.join, os.write

    def join_twice(thread: threading.Thread, _: float | None = None) -> None:
        joined.append(thread)
        if len(joined) > 1:
            goes_on.set()
            join(thread)

    def wait(to: int, content: bytes) -> int:
        if to != relay.OWN:
            return write(to, content)
        begun.set()
        assert goes_on.wait(TIMEOUT)
        shown.append(content)
        return len(content)

    monkeypatch.setattr(relay, "_open_terminal", os.pipe)
    monkeypatch.setattr(threading.Thread, "join", join_twice)
    monkeypatch.setattr(os, "write", wait)
    try:
        with relay.relay() as stderr:
            write(stderr, b"word\n")
            assert begun.wait(TIMEOUT)
        assert shown == [b"word\n"]
    finally:
        goes_on.set()
