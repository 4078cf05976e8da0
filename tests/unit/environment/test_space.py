"""Room on the disk for a separate environment."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from xrun.environment.separate import Separate
from xrun.environment.space import LEAST_FREE, check_not_full, measure
from xrun.errors import XrunError

if TYPE_CHECKING:
    from pathlib import Path


def fill(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Have the disk so much free space."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def test_what_could_not_be_made_on_a_full_disk_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    separate = Separate(tmp_path / "environments" / "a")
    (separate.folder / "environment").mkdir(parents=True)
    fill(monkeypatch, LEAST_FREE)
    check_not_full(separate)
    assert separate.folder.exists()
    fill(monkeypatch, LEAST_FREE - 1)
    with pytest.raises(XrunError, match="no space is left for a separate environment"):
        check_not_full(separate)
    assert not separate.folder.exists()


def test_what_is_linked_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert measure(tmp_path) == 10
