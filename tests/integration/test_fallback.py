"""Where exactness cannot be forced: checked first, silent if clean, reported if not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject

from .test_removal import said

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]

SITUATIONS = {
    "--no-sync": (("--no-sync",), {}, "--no-sync (typed) left .venv as it was"),
    "UV_NO_SYNC": ((), {"UV_NO_SYNC": "1"}, "UV_NO_SYNC left .venv as it was"),
    "--inexact": (("--inexact",), {}, "--inexact (typed)"),
    "--no-project": (("--no-project",), {}, "--no-project (typed) used .venv as it was"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_clean_is_silent(name: str, project: Project, xrun: Xrun) -> None:
    options, environ, _ = SITUATIONS[name]
    result = project.run(*xrun, *options, "python", "-c", "import alpha", **environ)
    assert (result.status, result.stderr) == (0, b"")


@pytest.mark.parametrize("name", SITUATIONS)
def test_drifted_runs_as_typed_and_is_reported(name: str, project: Project, xrun: Xrun) -> None:
    options, environ, reason = SITUATIONS[name]
    project.install("beta")
    result = project.run(
        *xrun, *options, "python", "-c", "import beta; raise SystemExit(7)", **environ
    )
    assert result.status == 7
    lines = result.stderr.decode().splitlines()
    assert lines[0] == f"xrun: this run was not exact: {reason}"
    assert lines[1].split()[:3] == ["undeclared", "beta", "1.0"]
    assert lines[1].endswith("uv add beta")
    assert lines[2].strip() == "and 1 that only it needs: gamma"
    assert lines[3].startswith("xrun: ")
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_a_report_has_every_kind(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha", "zeta"), extras={"more": ("delta",)}))
    project.sync("--extra", "more")
    project.install("alpha==1.0", "epsilon")
    project.uv("pip", "uninstall", "zeta")
    result = project.run(*xrun, "--no-sync", "true")
    rows = [line.split() for line in result.stderr.decode().splitlines() if line[:1] == " "]
    assert [row[:3] for row in rows] == [
        ["undeclared", "epsilon", "1.0"],
        ["unselected", "delta", "1.0"],
        ["missing", "zeta", "1.0"],
        ["other", "alpha", "1.0"],
    ]


def test_mode_report_removes_nothing(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    result = project.run(*xrun, "true", XRUN_MODE="report")
    assert said(result)[0] == "xrun: .venv is not as declared"
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_a_report_tells_what_the_command_left(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    uv = str(project.sandbox.uv)
    result = project.run(*xrun, uv, "pip", "uninstall", "beta", "gamma", XRUN_MODE="report")
    assert (result.status, said(result)) == (0, [])


def test_mode_refuse_does_not_run(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'mode = "refuse"\n')
    assert project.run(*xrun, "python", "-c", "import alpha").status == 0
    project.install("beta")
    result = project.run(*xrun, "-q", "touch", "ran")
    assert result.status == 125
    assert said(result)[0] == 'xrun: not run: .venv has drifted and mode is "refuse" (xrun.toml)'
    assert not (project.folder / "ran").exists()
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
    assert project.run(*xrun, "touch", "ran", XRUN_MODE="report").status == 0


def test_mode_refuse_wants_what_is_missing_too(project: Project, xrun: Xrun) -> None:
    project.uv("pip", "uninstall", "alpha")
    result = project.run(*xrun, "true", XRUN_MODE="refuse")
    assert result.status == 125
    assert b"missing  alpha 2.0" in result.stderr


def test_mode_isolated_leaves_the_environment_alone(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    result = project.run(*xrun, "python", "-c", "import alpha, beta", XRUN_MODE="isolated")
    assert result.status == 1
    assert b"No module named 'beta'" in result.stderr
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_a_pyproject_without_project_is_never_emptied(project: Project, xrun: Xrun) -> None:
    project.write("pyproject.toml", "[tool.black]\n")
    result = project.run(*xrun, "python", "-c", "import alpha")
    assert result.status == 0
    assert "pyproject.toml has no [project] table" in said(result)[0]
    assert project.installed() == ("alpha==2.0",)


def test_an_unmanaged_project_is_said_to_be_so(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.declare(Pyproject(dependencies=("alpha",), managed=False))
    result = project.run(*xrun, "python", "-c", "import alpha")
    assert result.status == 0
    assert said(result) == [
        "xrun: this run is not exact: pyproject.toml says managed = false, so uv cannot compare"
    ]


def test_a_policy_problem_runs_nothing(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'mod = "exact"\nlock = 3\n')
    result = project.run(*xrun, "touch", "ran")
    assert result.status == 125
    assert not (project.folder / "ran").exists()
    assert result.stderr.decode().splitlines() == [
        "xrun: xrun.toml has 2 problems; nothing was run",
        '  mod    unknown key; did you mean "mode"?',
        '  lock   expected "update", "frozen" or "locked", found 3',
        "xrun: this is xrun 0.1.0; a newer one may know more keys. XRUN=0 runs without a policy",
    ]
    assert project.run(*xrun, "touch", "ran", XRUN="0").status == 0


def test_selection_and_lock_are_injected(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(
        Pyproject(
            dependencies=("alpha",), extras={"more": ("delta",)}, groups={"test": ("epsilon",)}
        )
    )
    project.write("xrun.toml", 'extras = ["more"]\ngroups = ["test"]\nlock = "locked"\n')
    result = project.run(*xrun, "python", "-c", "import alpha, delta, epsilon")
    assert result.status == 0, result.stderr
    assert said(project.run(*xrun, "true")) == []
    project.declare(Pyproject(dependencies=("alpha", "zeta"), extras={"more": ("delta",)}))
    project.write("xrun.toml", 'lock = "locked"\n')
    stale = project.run(*xrun, "true")
    assert stale.status != 0
    assert b"needs to be updated" in stale.stderr
    assert "delta==1.0" in project.installed()


def test_without_uv_it_says_where_it_looked(project: Project) -> None:
    program = (
        "from xrun.proxy import main, uv; uv._find_uv_beside_xrun = lambda: None; "
        "raise SystemExit(main.main())"
    )
    result = project.run(sys.executable, "-c", program, "true", PATH=str(project.folder))
    assert result.status == 125
    assert said(result)[0].startswith("xrun: not run: no uv found; looked at the variable UV")
