"""What was declared here before is told from what never was; uv is not asked for that."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from unit.make import Installed, make_environment, write
from xrun.drift.classify import classify
from xrun.drift.compare import Comparison, list_extraneous
from xrun.drift.dry_run import DryRun, SyncCommand
from xrun.drift.finding import Drift, Kind
from xrun.environment.memory import Memory, read_memory, write_memory
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

LATER = 4e9  # seconds since the epoch


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    write(tmp_path, {"pyproject.toml": '[project]\nname = "app"\nversion = "1"\n', "uv.lock": ""})
    return make_environment(tmp_path / ".venv")


def find_former(
    environment: Environment, *, lock: str = "use", script: Path | None = None
) -> list[str]:
    """Find which of all that is installed counts as no longer declared; nothing declares it now."""
    installed = {name: each.version for name, each in environment.distributions.items()}
    drift = Drift(environment, tuple(list_extraneous(installed, environment)))
    workspace = find_workspace(environment.folder.parent)
    sync = SyncCommand("uv", (), (), (), {}, workspace, environment, script)
    answer = DryRun(environment.folder, "update", {}, {}, lock)
    return [each.name for each in classify(sync, Comparison(answer, drift)).drift.of(Kind.FORMER)]


def install(environment: Environment, name: str, *needs: str, at: float | None = None) -> None:
    folder = Installed(name, needs=needs).install(environment)
    info = next(folder.glob("*.dist-info")) if not folder.name.endswith(".dist-info") else folder
    os.utime(info / "INSTALLER", (at or 1e9, at or 1e9))


def test_what_was_declared_before_is_no_longer_declared(environment: Environment) -> None:
    for name in "ab":
        install(environment, name)
    assert find_former(environment) == []
    write_memory(environment, Memory(declared=frozenset("ac")))
    assert find_former(environment) == ["a"]


def test_in_the_environment_of_a_script_the_script_says_when_that_was(
    environment: Environment,
) -> None:
    script = environment.folder.parent / "s.py"
    write(script.parent, {"s.py": ""})
    install(environment, "a")
    install(environment, "b", at=LATER)
    write_memory(environment, Memory(declared=frozenset("ab")))
    assert find_former(environment, script=script) == ["a"]


def test_what_was_installed_since_the_last_change_is_by_hand(environment: Environment) -> None:
    install(environment, "a", at=LATER)
    write_memory(environment, Memory(declared=frozenset("a")))
    assert find_former(environment) == []


def test_with_a_stale_lock_file_the_last_change_is_now(environment: Environment) -> None:
    install(environment, "a", at=time.time())  # the files were written before
    write_memory(environment, Memory(declared=frozenset("a")))
    assert find_former(environment) == []
    assert find_former(environment, lock="update") == ["a"]


def test_what_one_installed_by_hand_needs_is_there_for_its_sake(environment: Environment) -> None:
    install(environment, "a", "b")
    install(environment, "b", "c")
    for name in "cd":
        install(environment, name)
    write_memory(environment, Memory(declared=frozenset("bcd")))
    assert find_former(environment) == ["d"]


def test_a_memory_is_of_one_environment_and_ignored_when_damaged(environment: Environment) -> None:
    write_memory(environment, Memory(declared=frozenset("a")))
    assert read_memory(environment).declared == {"a"}
    other = replace(environment, folder=environment.folder.with_name("other"))
    assert read_memory(other) == Memory()
    (file,) = (environment.folder.parent / "state").rglob("memory")
    file.write_bytes(file.read_bytes().replace(b"declared", b"declined"))
    assert read_memory(environment) == Memory()
