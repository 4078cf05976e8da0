"""Progress is shown on terminals only, and only for what takes long."""

from __future__ import annotations

import threading

import pytest

from xrun.report import progress
from xrun.report.progress import show_progress


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once something is shown; nothing really is."""
    event = threading.Event()
    monkeypatch.setattr(progress._Shown, "open", lambda _: event.set())
    return event


def test_what_takes_long_is_shown(opened: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    with show_progress("removing", is_terminal=True) as tell:
        assert opened.wait(10)
        tell(1, 2)


def test_what_is_done_at_once_is_not_shown(
    opened: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 60)
    with show_progress("removing", is_terminal=True) as tell:
        tell(1, 2)
    assert not opened.is_set()


@pytest.mark.parametrize("name", ["", "TERM", "UV_NO_PROGRESS"])
def test_without_a_terminal_or_where_it_is_not_wanted_nothing_is_started(
    name: str, opened: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    if name:
        monkeypatch.setenv(name, "dumb")
    before = threading.active_count()
    with show_progress("removing", is_terminal=bool(name)):
        assert threading.active_count() == before
    assert not opened.is_set()


def test_nothing_is_left_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich takes the captured stream for a terminal
    shown = progress._Shown("removing 3 distributions")
    shown.open()
    shown.tell(1, 3)
    shown.stack.close()
    said = capsys.readouterr().err
    assert "removing 3 distributions" in said
    assert said.endswith("\x1b[1A\x1b[2K")
