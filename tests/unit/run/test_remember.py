"""What was kept is missed once, in the environment that took its place."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from unit.make import Installed, make_environment
from xrun.drift.compare import Comparison
from xrun.drift.dry_run import DryRun
from xrun.drift.finding import Drift, Kept
from xrun.environment.memory import read_memory
from xrun.policy.keep import Keep
from xrun.proxy.dataclass import replace
from xrun.run.remember import remember, remember_kept
from xrun.run.tell import Voice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xrun.environment.environment import Environment

KEEP = (Keep(Requirement("a"), "debugging"),)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / ".venv"


def compare(environment: Environment, *kept: str) -> Comparison:
    notes = tuple(Kept(name, "1.0", "xrun.toml, keep[0]") for name in kept)
    answer = DryRun(environment.folder, "check", {}, {}, "use")
    return Comparison(answer, Drift(environment, kept=notes))


def hear(comparison: Comparison, *, is_quiet: bool = False) -> str:
    said: list[str] = []

    def say(lines: Sequence[str]) -> None:
        said.extend(lines)

    remember(comparison, KEEP, Voice(say, is_quiet=is_quiet))
    return "\n".join(said)


def rebuild(folder: Path) -> Environment:
    folder.rename(folder.with_name("former"))
    return make_environment(folder)


def test_what_was_kept_is_missed_once_after_a_rebuild(folder: Path) -> None:
    environment = make_environment(folder)
    Installed("a").install(environment)
    assert hear(compare(environment, "a")) == ""
    shutil.rmtree(environment.site_packages[0] / "a-1.0.dist-info")
    assert hear(compare(replace(environment))) == ""  # uninstalled here, it is no loss
    Installed("a").install(environment)
    assert hear(compare(replace(environment), "a")) == ""
    now = rebuild(folder)
    assert hear(compare(now), is_quiet=True) == ""
    assert "a 1.0" in hear(compare(now))
    assert hear(compare(now)) == ""


def test_what_is_newly_kept_leaves_it_to_the_next_run_to_miss_the_former(folder: Path) -> None:
    environment = make_environment(folder)
    Installed("a").install(environment)
    remember_kept(compare(environment, "a"))
    assert [each.name for each in read_memory(environment).kept] == ["a"]
    now = rebuild(folder)
    remember_kept(compare(now))
    assert "a 1.0" in hear(compare(now))
