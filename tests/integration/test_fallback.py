"""Where exactness cannot be forced: checked first, silent if clean, reported if not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]

SITUATIONS = {
    "--no-sync": (("--no-sync",), {}, "--no-sync"),
    "UV_NO_SYNC": ((), {"UV_NO_SYNC": "1"}, "UV_NO_SYNC"),
    "--inexact": (("--inexact",), {}, "--inexact"),
    "--no-project": (("--no-project",), {}, "--no-project"),
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
    assert "not exact" in lines[0]
    assert reason in lines[0]
    assert lines[1].split()[:3] == ["undeclared", "beta", "1.0"]
    assert lines[1].endswith("uv add beta")
    assert names_in(lines[2]) == ["gamma"]
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
    assert ".venv" in said(result)[0]
    assert b"undeclared  beta 1.0" in result.stderr
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
    assert 'mode is "refuse" (xrun.toml)' in line_with(said(result)[:1], "not run")
    assert not (project.folder / "ran").exists()
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
    assert project.run(*xrun, "touch", "ran", XRUN_MODE="report").status == 0


def test_mode_refuse_wants_what_is_missing_too(project: Project, xrun: Xrun) -> None:
    project.uv("pip", "uninstall", "alpha")
    result = project.run(*xrun, "true", XRUN_MODE="refuse")
    assert result.status == 125
    assert b"missing  alpha 2.0" in result.stderr


def test_mode_isolated_isolates_without_a_project_too(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    result = project.run(*xrun, "--no-project", "python", "-c", "import beta", XRUN_MODE="isolated")
    assert (result.status, project.installed()) == (1, ("alpha==2.0", "beta==1.0", "gamma==1.0"))


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
    assert "[project]" in said(result)[0]
    assert project.installed() == ("alpha==2.0",)


def test_an_unmanaged_project_is_said_to_be_so(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.declare(Pyproject(dependencies=("alpha",), managed=False))
    result = project.run(*xrun, "python", "-c", "import alpha")
    assert result.status == 0
    (line,) = said(result)
    assert "not exact" in line
    assert "managed = false" in line


def test_a_policy_problem_runs_nothing(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'mod = "exact"\nlock = 3\n')
    result = project.run(*xrun, "touch", "ran")
    assert result.status == 125
    assert not (project.folder / "ran").exists()
    lines = result.stderr.decode().splitlines()
    assert [line.strip() for line in lines[1:8:4]] == ["--> xrun.toml:1:1", "--> xrun.toml:2:8"]
    assert "nothing was done" in said(result)[0]
    assert "XRUN=0" in said(result)[-1]
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
        "from xrun.proxy import launch, main; launch._find_uv_beside_xrun = lambda: None; "
        "raise SystemExit(main.main())"
    )
    result = project.run(sys.executable, "-c", program, "true", PATH=str(project.folder))
    assert result.status == 125
    assert "UV" in line_with(said(result)[:1], "not run", "no uv")


SHIM = '#!/bin/sh\ncase $1 in run) shift; exec xrun "$@" ;; *) exec {} "$@" ;; esac\n'


@pytest.mark.skipif(sys.platform == "win32", reason="there it is no script")
def test_a_uv_that_is_a_shim_to_xrun(project: Project) -> None:
    start = "from xrun.proxy import launch, main; launch._find_uv_beside_xrun = lambda: None"
    xrun = f"#!{sys.executable}\n{start}; raise SystemExit(main.main())\n"
    folder = project.write("programs/xrun", xrun, 0o755).parent
    shim = project.write("programs/uv", SHIM.format(project.sandbox.uv), 0o755)
    path = os.pathsep.join([str(folder), os.defpath])
    project.install("beta")
    result = project.run(str(shim), "run", "true", PATH=path)
    assert result.status == 0
    assert "beta" in names_in(*said(result))
    project.write("programs/uv", SHIM.format(f"$(echo {project.sandbox.tools})/uv"))
    for words in (("uv", "run", "true"), ("xrun", "true")):
        result = project.run(*words, PATH=path)
        assert result.status == 125
        assert any(command.startswith("UV=") for command in commands_in(*said(result)))
