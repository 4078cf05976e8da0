"""As on other platforms: what cannot be known there is said once, and nothing goes on a guess."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from support.platforms import PLATFORMS, make_commands
from support.projects import Pyproject
from support.sayings import names_in, said

from .test_in_use import DRIFTED, REBUILD, running

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]


@pytest.fixture(params=sorted(PLATFORMS.keys() - {"folding"}))  # which hides nothing
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def xrun(platform: str, tmp_path: Path) -> Xrun:
    return make_commands(tmp_path, platform)


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    project = make_project(Pyproject(dependencies=("alpha",), extras={"x": ("delta",)}))
    project.install("beta")
    return project


def test_beside_a_command_nothing_goes_and_that_is_said_once(
    project: Project, xrun: Xrun, platform: str
) -> None:
    project.write("xrun.toml", REBUILD)
    with running(project, *xrun, XRUN_MODE="off") as other:
        first, second = (said(project.run(*xrun, "true")) for _ in range(2))
        assert project.installed() == DRIFTED
    assert other.returncode == 0
    assert first
    assert second == []
    after = project.run(*xrun, "true")
    assert after.status == 0
    is_known = platform != "lockless"  # else none may ever go
    assert project.installed() == (("alpha==2.0",) if is_known else DRIFTED)


@pytest.mark.parametrize("platform", ["lockless"], indirect=True)
def test_without_locks_a_run_goes_elsewhere_and_says_why_once(project: Project, xrun: Xrun) -> None:
    result = project.run(*xrun, "python", "-c", "import beta")
    assert result.status == 1
    (line,) = (line for line in said(result) if "beta" in line)
    assert names_in(line) == ["beta", "gamma"]
    assert said(project.run(*xrun, "true")) == []
    assert project.installed() == DRIFTED


@pytest.mark.parametrize("platform", ["unseen"], indirect=True)
def test_what_a_command_starts_stays_where_it_runs(project: Project, xrun: Xrun) -> None:
    nested = (*xrun, "env", "XRUN_MODE=exact", *xrun, "printenv", "VIRTUAL_ENV")
    result = project.run(*nested, XRUN_MODE="off")
    assert result.stdout == f"{project.environment}\n".encode()
    assert project.installed() == DRIFTED


@pytest.mark.parametrize("platform", ["windows"], indirect=True)
@pytest.mark.parametrize("command", ["exit 3", "kill -TERM $$", "exec python -c 1"])
def test_a_process_that_stays_ends_as_uv_does(project: Project, xrun: Xrun, command: str) -> None:
    for _ in range(2):
        ends = [project.run(*words, "sh", "-c", command) for words in (("uv", "run"), xrun)]
        assert ends[0].status == ends[1].status
        assert ends[0].status != -signal.SIGTERM
