"""Fixtures that unit tests of several packages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment with nothing in it."""
    return make_environment(tmp_path / ".venv")
