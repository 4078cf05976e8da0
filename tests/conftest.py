"""Every test is hermetic: a home of its own, and nothing of the caller's uv or xrun."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = ("CONDA_", "PIP_", "PYTHON", "UV", "VIRTUAL_ENV", "XDG_", "XRUN")


OUTER = dict(os.environ)


def pytest_configure() -> None:
    """Take signals as a terminal would give them: a background job, or `nohup`, ignores some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(signal.Signals[name], signal.SIG_DFL)


@pytest.fixture
def outer_environ() -> dict[str, str]:
    """The variables that the tests were started with, for what needs the network."""
    return dict(OUTER)


@pytest.fixture(autouse=True)
def own_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the test a home, and take what would steer uv or xrun out of its environment."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(home / "etc"))
    return home
