"""Every test is hermetic: a home of its own, and nothing of the caller's uv or xrun."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from support.platforms import PLATFORMS

if TYPE_CHECKING:
    from pathlib import Path

# A busy machine is no failure: an example may take as long as it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FOREIGN = ("CONDA_", "PIP_", "PYTHON", "UV", "VIRTUAL_ENV", "XDG_", "XRUN")


OUTER = dict(os.environ)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Have the tests run as on another platform, as far as that can be simulated."""
    parser.addoption("--platform", choices=sorted(PLATFORMS), help="simulate this platform")


def pytest_configure(config: pytest.Config) -> None:
    """Be on the platform that is asked for, before anything of xrun is looked at.

    Take signals as a terminal would give them: a background job, or `nohup`, ignores some.
    """
    platform = config.getoption("--platform")
    if platform is not None:
        PLATFORMS[platform]()
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
