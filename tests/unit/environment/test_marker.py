"""The marker tells of a step that was interrupted, and of which environment."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from unit.make import write
from xrun.environment.environment import Environment
from xrun.environment.marker import begin_step, end_step, find_marker, was_interrupted
from xrun.proxy import BIN, files
from xrun.proxy.files import write_records

if TYPE_CHECKING:
    import pytest

HERE = Environment(Path("/project/.venv"), ".venv")
THERE = Environment(Path("/other/.venv"), ".venv")


def test_it_is_there_until_the_step_ends() -> None:
    end_step(HERE)
    assert not was_interrupted(HERE)
    begin_step(HERE)
    assert (was_interrupted(HERE), was_interrupted(THERE)) == (True, False)
    end_step(HERE)
    assert not was_interrupted(HERE)


def test_another_version_of_xrun_may_write_more() -> None:
    write_records(find_marker(HERE), [str(HERE.folder), "more"])
    assert was_interrupted(HERE)


def test_another_environment_with_the_same_file_was_not_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "PRIME", 1)
    begin_step(HERE)
    assert find_marker(HERE) == find_marker(THERE)
    assert not was_interrupted(THERE)


def test_one_that_is_damaged_says_nothing() -> None:
    begin_step(HERE)
    Path(find_marker(HERE)).write_text(str(HERE.folder))
    assert not was_interrupted(HERE)


def test_it_goes_along_with_a_project_that_is_renamed_and_not_with_a_copy(tmp_path: Path) -> None:
    first, copy, moved = (
        Environment(tmp_path / name / ".venv", ".venv") for name in ("first", "copy", "moved")
    )
    first.folder.mkdir(parents=True)
    begin_step(first)
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    assert not was_interrupted(copy)
    (tmp_path / "first").rename(tmp_path / "moved")
    assert (was_interrupted(moved), was_interrupted(copy)) == (True, False)
    end_step(moved)
    assert not was_interrupted(moved)


def test_it_goes_along_to_another_file_system(tmp_path: Path) -> None:
    first = Environment(tmp_path / "first" / ".venv", ".venv")
    write(first.folder, {f"{BIN}/activate": f"VIRTUAL_ENV='{first.folder}'\nexport VIRTUAL_ENV\n"})
    moved = Environment(tmp_path / "moved" / ".venv", ".venv")
    begin_step(first)
    shutil.copytree(tmp_path / "first", tmp_path / "moved")
    assert not was_interrupted(moved)
    shutil.rmtree(tmp_path / "first")
    assert was_interrupted(moved)
    end_step(moved)
    assert not was_interrupted(moved)


def test_it_is_that_of_all_links_to_an_environment(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    places = [tmp_path / "first", tmp_path / "second"]
    for place in places:
        place.mkdir()
        (place / ".venv").symlink_to(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "first")
    folders = (tmp_path / "real", *(each / ".venv" for each in (*places, tmp_path / "link")))
    found = [Environment(folder, folder.name) for folder in folders]
    begin_step(found[1])
    assert [*map(was_interrupted, found)] == [True] * 4
    end_step(found[3])
    assert [*map(was_interrupted, found)] == [False] * 4
