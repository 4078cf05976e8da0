"""What drift comes to as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment
from xrun.drift.finding import Drift, Finding, Kind
from xrun.environment.environment import Environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("kinds", "is_absent"),
    [
        ([Kind.MISSING, Kind.STALE_LOCK, Kind.LEAK], True),
        ([Kind.STALE_LOCK], False),
        ([Kind.MISSING, Kind.UNDECLARED], False),
    ],
)
def test_absent_is_what_merely_lacks_all(
    kinds: list[Kind],
    is_absent: bool,  # noqa: FBT001 - a column of the table
    tmp_path: Path,
) -> None:
    findings = tuple(Finding(kind, kind.word) for kind in kinds)
    assert Drift(Environment(tmp_path / "none", ".venv"), findings).is_absent is is_absent
    assert not Drift(make_environment(tmp_path / "there"), findings).is_absent
