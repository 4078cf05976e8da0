"""Separate environments: one for each purpose, and whole or made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment
from xrun.environment.marker import begin_step, end_step
from xrun.environment.separate import Purpose, find_foreign, make_folder, resolve_separate
from xrun.errors import XrunError
from xrun.proxy import files

if TYPE_CHECKING:
    from pathlib import Path


def test_two_purposes_with_the_same_name_have_two_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PRIME", 101)
    by_folder: dict[Path, Purpose] = {}
    one = two = Purpose(tmp_path, ())
    for number in range(102):
        two = Purpose(tmp_path, (f"--extra=x{number}",))
        one = by_folder.setdefault(resolve_separate(two).folder, two)
        if one != two:
            break
    make_folder(resolve_separate(one), one)
    assert resolve_separate(two) != resolve_separate(one)
    make_folder(resolve_separate(two), two)
    assert [resolve_separate(each).read_purpose() for each in (one, two)] == [one, two]


def test_what_was_interrupted_is_not_whole_and_stays_to_be_mended(tmp_path: Path) -> None:
    purpose = Purpose(tmp_path, ())
    separate = resolve_separate(purpose)
    assert separate.is_whole
    make_folder(separate, purpose)
    begin_step(separate.environment)
    seen = [separate.is_whole]  # nothing is there yet
    make_environment(separate.environment.folder)
    seen.append(separate.is_whole)
    end_step(separate.environment)
    seen.append(separate.is_whole)
    assert seen == [True, False, True]
    make_folder(separate, purpose)
    assert separate.environment.exists
    begin_step(separate.environment)
    make_folder(separate, purpose)
    assert separate.environment.exists


@pytest.mark.parametrize("part", ["pyvenv.cfg", "bin/python"])
def test_one_without_its_own_files_is_made_again(tmp_path: Path, part: str) -> None:
    purpose = Purpose(tmp_path, ())
    separate = resolve_separate(purpose)
    make_environment(separate.environment.folder)
    (separate.environment.folder / part).unlink()
    assert not separate.is_whole
    make_folder(separate, purpose)
    assert not separate.environment.exists


def test_what_belongs_to_someone_else_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    purpose = Purpose(tmp_path, ())
    separate = resolve_separate(purpose)
    make_environment(separate.environment.folder)
    begin_step(separate.environment)
    assert find_foreign(separate) is None
    inside = separate.environment.folder
    monkeypatch.setattr("xrun.environment.separate.is_own", lambda path: path != inside)
    assert find_foreign(separate) == inside
    monkeypatch.setattr("xrun.environment.separate.is_own", lambda _: False)
    assert find_foreign(separate) == separate.folder
    with pytest.raises(XrunError, match="belongs to someone else"):
        make_folder(separate, purpose)
    assert separate.environment.exists
