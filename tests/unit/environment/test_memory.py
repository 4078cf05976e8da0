"""What is remembered of an environment is found after a move, and not by a copy."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from unit.make import make_environment
from xrun.environment import Environment
from xrun.environment.attic.store import resolve_key
from xrun.environment.memory import (
    Memory,
    identify_made,
    list_keys,
    read_memory,
    write_memory,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
