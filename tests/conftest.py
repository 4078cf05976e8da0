"""Every test is hermetic: a home of its own, and nothing of the caller's uv or xrun."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = ("CONDA_", "PIP_", "UV", "VIRTUAL_ENV", "XDG_", "XRUN")


OUTER = dict(os.environ)


@pytest.fixture
def outer_environ() -> dict[str, str]:
    """The variables that the tests were started with, for what needs the network."""
    return dict(OUTER)


@pytest.fixture(autouse=True)
def own_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the test a home, and take what would steer uv or xrun out of its environment."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name in {"PYTHONPATH", "NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home
