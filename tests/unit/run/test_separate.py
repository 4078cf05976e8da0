"""Whether there is room for a separate environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.environment import space
from xrun.environment.separate import Separate
from xrun.errors import XrunError
from xrun.proxy import uv
from xrun.proxy.child import Asked
from xrun.run.facts import Facts
from xrun.run.separate import check_space

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 1000


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """A project whose environment of that size has another name; uv's cache is on another disk."""
    cache, environment = tmp_path / "uv", make_environment(tmp_path / "other-name")
    write(environment.folder, {"lib/module.py": b"#" * SIZE})
    monkeypatch.setattr(uv, "ask_uv", lambda *_: Asked(0, f"{cache}\n", ""))
    monkeypatch.setattr(space, "find_device", lambda path: path == cache)
    return Facts("/bin/uv", (0, 13, 9), tmp_path, tmp_path, None, None, environment, {})


def test_as_much_is_copied_as_the_environment_has(facts: Facts, tmp_path: Path) -> None:
    assert SIZE < check_space(facts, Separate(tmp_path / "separate")) < 2 * SIZE


def test_too_much_to_copy_is_refused(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "MOST_COPIED", SIZE)
    with pytest.raises(XrunError, match="another file system"):
        check_space(facts, Separate(tmp_path / "separate"))


def test_nothing_is_copied_on_the_same_file_system(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "find_device", lambda _: 1)
    assert check_space(facts, Separate(tmp_path / "separate")) == 0
