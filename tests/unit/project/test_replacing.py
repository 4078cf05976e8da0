"""A file is replaced whole, keeps its mode, and leaves what was linked to it alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from unit.make import write
from xrun.project.replacing import replace_file


def test_the_mode_stays_and_a_link_keeps_the_former_content(tmp_path: Path) -> None:
    folder = write(tmp_path / "bin", {"tool": "old"})
    file, link = folder / "tool", folder / "cached"
    file.chmod(0o754)
    os.link(file, link)
    replace_file(file, b"new")
    assert (file.read_bytes(), link.read_bytes()) == (b"new", b"old")
    assert os.name == "nt" or stat.S_IMODE(file.stat().st_mode) == 0o754
    assert len([*folder.iterdir()]) == 2


def test_a_folder_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        replace_file(Path(), b"new")


def test_where_it_cannot_be_replaced_no_draft_is_left(tmp_path: Path) -> None:
    place = write(tmp_path / "place", {"folder/file": ""})
    with pytest.raises(OSError, match="folder"):
        replace_file(place / "folder", b"new")
    assert [path.name for path in place.iterdir()] == ["folder"]
