"""What is remembered of an environment is found after a move, and not by a copy."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment
from xrun.environment.attic.store import find_place, resolve_key
from xrun.environment.environment import Environment
from xrun.environment.memory import (
    Memory,
    identify_made,
    list_keys,
    read_memory,
    write_memory,
)
from xrun.environment.separate import find_folder
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path


def test_a_moved_environment_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = make_environment(tmp_path / "first" / ".venv")
    write_memory(first, Memory(identify_made(first), frozenset({"six"})))
    shutil.copytree(first.folder, tmp_path / "copy" / ".venv")
    copy = Environment(tmp_path / "copy" / ".venv", ".venv")
    assert (read_memory(copy), list_keys(copy)) == (Memory(), (resolve_key(copy),))
    keys = [resolve_key(first)]
    for name in ("second", "third"):
        before = tmp_path / ("first" if name == "second" else "second")
        before.rename(tmp_path / name)
        moved = Environment(tmp_path / name / ".venv", ".venv")
        found = read_memory(moved)
        assert found.declared == {"six"}
        keys.append(resolve_key(moved))
        assert set(list_keys(moved)) == set(keys)
        write_memory(moved, found)
        assert read_memory(moved) == found
    assert read_memory(copy) == Memory()


def test_what_was_moved_away_and_back_knows_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = make_environment(tmp_path / "first" / ".venv")
    write_memory(first, Memory(identify_made(first), frozenset({"six"})))
    known = {resolve_key(first)}
    for step, name in enumerate(("second", "first", "second", "third", "first"), start=1):
        before = next(tmp_path.glob("*/.venv")).parent
        before.rename(tmp_path / name)
        moved = Environment(tmp_path / name / ".venv", ".venv")
        known.add(resolve_key(moved))
        found = read_memory(moved)
        assert len(found.declared) == step
        assert set(list_keys(moved)) == known
        write_memory(moved, replace(found, declared=found.declared | {name * step}))


def test_on_another_file_system_it_is_found_once_the_original_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = make_environment(tmp_path / "first" / ".venv")
    _, rest = identify_made(first).split(":", 1)
    write_memory(first, Memory(f"another:{rest}", frozenset({"six"})))
    shutil.copytree(first.folder, tmp_path / "moved" / ".venv")  # as `mv` does there
    moved = Environment(tmp_path / "moved" / ".venv", ".venv")
    other = make_environment(tmp_path / "other" / ".venv")
    assert read_memory(moved) == Memory()
    shutil.rmtree(tmp_path / "first")
    assert read_memory(moved).declared == {"six"}
    assert resolve_key(first) in list_keys(moved)
    assert read_memory(other) == Memory()


def test_another_one_at_its_place_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    place, former = tmp_path / "project" / ".venv", tmp_path / "former" / ".venv"
    first = make_environment(place)
    write_memory(first, Memory(identify_made(first), frozenset({"six"})))
    key = resolve_key(first)
    first.folder.parent.rename(former.parent)
    second = make_environment(place)
    os.utime(place / "pyvenv.cfg", (1, 1))
    assert read_memory(second) == Memory()
    assert key not in list_keys(second)
    write_memory(second, Memory(identify_made(second), frozenset({"idna"})))
    assert read_memory(replace(second)).declared == {"idna"}
    moved = Environment(former, ".venv")
    assert read_memory(moved).declared == {"six"}
    assert set(list_keys(moved)) == {resolve_key(moved), key}
    place.parent.rename(tmp_path / "last")
    former.parent.rename(place.parent)
    assert read_memory(replace(first)).declared == {"six"}
    assert resolve_key(first) == key
    last = read_memory(Environment(tmp_path / "last" / ".venv", ".venv"))
    assert last.declared == {"idna"}
    assert [*map(find_place, last.former)] == [key]


@pytest.mark.parametrize("how", ["rebuilt", "rebuilt, separate", "another inode"])
def test_what_is_made_again_at_its_place_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    above = find_folder() if "separate" in how else tmp_path
    environment = make_environment(above / "project" / ".venv")
    write_memory(environment, Memory(identify_made(environment), frozenset({"six"})))
    key = resolve_key(environment)
    if how == "rebuilt":
        shutil.rmtree(environment.folder)
    else:
        environment.folder.parent.rename(tmp_path / "gone")
    if how == "another inode":
        shutil.copytree(tmp_path / "gone", environment.folder.parent)
    else:
        make_environment(environment.folder)
        os.utime(environment.folder / "pyvenv.cfg", (1, 1))
    assert resolve_key(replace(environment)) == key
    assert read_memory(replace(environment)).declared == {"six"}


def test_what_two_projects_link_to_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    shared = make_environment(tmp_path / "shared")
    links = [tmp_path / name / ".venv" for name in ("first", "second")]
    for link in links:
        link.parent.mkdir()
        link.symlink_to(shared.folder)
    first, second = (Environment(link, ".venv") for link in links)
    write_memory(first, Memory(identify_made(first), frozenset({"six"})))
    os.utime(shared.folder / "pyvenv.cfg", (1, 1))  # it was rebuilt
    assert resolve_key(second) == resolve_key(first)
    assert read_memory(second).declared == {"six"}
