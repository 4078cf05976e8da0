"""Variables that change what a run does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.make import make_environment, write
from xrun.ctl.doctor import variables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": PROJECT})


@pytest.mark.parametrize(
    ("value", "severity"), [("0", ["mend"]), ("1", ["note"]), ("", ["note"]), (None, [])]
)
def test_xrun_switched_off(project: Path, value: str | None, severity: list[str]) -> None:
    environ = {} if value is None else {"XRUN": value}
    found = tell(variables.check_off(make_scene(project, environ=environ)))
    assert [each[0] for each in found] == severity


def test_what_is_stronger_than_the_files_of_the_policy(project: Path) -> None:
    assert tell(variables.check_policy_variables(make_scene(project))) == []
    scene = make_scene(project, environ={"XRUN_MODE": "report"})
    told = tell(variables.check_policy_variables(scene))
    assert told == [("note", "XRUN_MODE=report is set")]
    scene = make_scene(project, environ={"XRUN_KEEP": "six", "XRUN_MODE": "off"})
    (found,) = variables.check_policy_variables(scene)
    assert found.what == "XRUN_MODE=off, XRUN_KEEP=six are set"
    assert found.cure.startswith("`unset XRUN_MODE XRUN_KEEP`")


def test_an_environment_for_every_project(project: Path) -> None:
    for chosen, count in (("/opt/venv", 1), ("other", 0), ("", 0)):
        scene = make_scene(project, environ={"UV_PROJECT_ENVIRONMENT": chosen})
        assert len(tell(variables.check_environment_variables(scene))) == count, chosen


def test_an_environment_that_is_active_and_not_this_ones(project: Path, tmp_path: Path) -> None:
    make_environment(project / ".venv")
    (tmp_path / "link").symlink_to(project / ".venv")
    for active, count in (
        (tmp_path / "other", 1),
        (project / ".venv", 0),
        (tmp_path / "link", 0),
    ):
        scene = make_scene(project, environ={"VIRTUAL_ENV": str(active)})
        assert len(tell(variables.check_environment_variables(scene))) == count, active
    scene = make_scene(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "other")})
    assert tell(variables.check_environment_variables(scene)) == []


def test_how_files_come_from_the_cache(project: Path) -> None:
    for mode, count in (("copy", 1), ("symlink", 1), ("hardlink", 0), ("clone", 0)):
        scene = make_scene(project, environ={"UV_LINK_MODE": mode})
        assert len(tell(variables.check_link_mode(scene))) == count, mode
