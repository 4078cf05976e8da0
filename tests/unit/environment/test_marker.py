"""The marker tells of a step that was interrupted, and of which environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xrun.environment import Environment
from xrun.environment.marker import (
    Marker,
    begin_step,
    end_step,
    find_marker,
    read_marker,
    was_interrupted,
)
from xrun.proxy import files
from xrun.proxy.files import write_records

HERE = Environment(Path("/project/.venv"), ".venv")
THERE = Environment(Path("/other/.venv"), ".venv")


@pytest.mark.parametrize("is_new", [True, False])
def test_it_is_there_until_the_step_ends(*, is_new: bool) -> None:
    assert read_marker(HERE) is None
    end_step(HERE)
    assert begin_step(HERE, is_new=is_new)
    assert read_marker(HERE) == Marker(is_new)
    assert was_interrupted(HERE)
    assert not was_interrupted(THERE)
    end_step(HERE)
    assert read_marker(HERE) is None
    assert not was_interrupted(HERE)


def test_the_next_step_says_again_what_it_began_with() -> None:
    begin_step(HERE, is_new=True)
    begin_step(HERE, is_new=False)
    assert read_marker(HERE) == Marker(is_new=False)


@pytest.mark.parametrize(
    ("words", "is_new"), [([], False), (["new"], True), (["new", "x"], True), (["x"], False)]
)
def test_other_versions_of_xrun_write_less_or_more(words: list[str], *, is_new: bool) -> None:
    write_records(find_marker(HERE), [str(HERE.folder), *words])
    assert read_marker(HERE) == Marker(is_new)


def test_another_environment_with_the_same_file_was_not_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "PRIME", 1)
    begin_step(HERE, is_new=True)
    assert find_marker(HERE) == find_marker(THERE)
    assert not was_interrupted(THERE)


def test_one_that_is_damaged_or_cannot_be_written_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin_step(HERE, is_new=True)
    Path(find_marker(HERE)).write_text(str(HERE.folder))
    assert read_marker(HERE) is None
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert not begin_step(HERE, is_new=False)
