"""The loop over the checks: none stops the others, what matters most stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.make import write
from xrun.ctl.doctor import CHECKS, examine
from xrun.ctl.doctor.checks import Check
from xrun.ctl.doctor.diagnosis import mend, note
from xrun.errors import XrunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xrun.ctl.doctor import Diagnosis, Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(write(tmp_path / "app", {"pyproject.toml": PROJECT}))


@pytest.mark.parametrize(
    "problem", [OSError("why"), RuntimeError("why"), ValueError("why"), XrunError("why")], ids=repr
)
def test_a_check_that_cannot_be_made_is_told_and_the_others_go_on(
    scene: Scene, problem: Exception
) -> None:
    def fail(_: Scene) -> Iterator[Diagnosis]:
        yield note("half of it")
        raise problem

    checks = [Check("a", fail), Check("b", fail), Check("c", lambda _: [mend("found")])]
    found = examine(scene, checks)
    assert tell(found) == [("mend", "found"), ("unknown", "not looked at: a, b")]
    assert [(each.checks, each.why) for each in found] == [(("c",), ""), (("a", "b"), "why")]


def test_what_should_be_mended_stands_first(scene: Scene) -> None:
    checks = [Check("a", lambda _: [note("1"), mend("2")]), Check("b", lambda _: [mend("3")])]
    found = examine(scene, checks)
    assert tell(found) == [("mend", "2"), ("mend", "3"), ("note", "1")]


def test_every_check_has_a_name_of_its_own() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert not any(", " in name for name in names)


def test_without_a_home_no_check_ends_in_an_error(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def find_nobody(_: int) -> None:
        raise KeyError

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", find_nobody)
    found = examine(scene)
    assert ("mend", ("home folder",)) in [(each.severity.value, each.checks) for each in found]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("~")]
