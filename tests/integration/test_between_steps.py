"""Between the steps of a run others install, uv is killed, or xrun is: no command breaks by that.

A stand-in for uv does on cue what the real one, which it then becomes, cannot be made to do.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.markers import mark
from support.processes import TIMEOUT, Process, wait_until
from support.projects import Pyproject, inline_metadata
from support.sayings import commands_in, names_in, said
from support.snapshots import site_packages
from xrun.environment.change_lock import Locks

from .test_in_use import REBUILD, running
from .test_keep import VERSION, keep

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
WHERE = ("python", "-c", "import sys; print(sys.prefix)")
DECLARED = Pyproject(dependencies=("alpha",), extras={"x": ("zeta",)})
IN_USE = "python", "-c", "import sys; print('there', flush=True); sys.stdin.read(); import zeta"


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project with one dependency and an extra."""
    return make_project(DECLARED)


def cue(project: Project, folder: Path, words: str, script: str) -> str:
    """A PATH on which uv runs a script first, once, where its arguments begin so.

    What it asks about (a dry run) is not meant. In the script `$UV` is the real one.
    """
    folder.mkdir(exist_ok=True)
    once, program = folder / "once", folder / "uv"
    lines = [
        "#!/bin/sh",
        f"UV={project.sandbox.uv}",
        'case "$*" in *--dry-run*) ;;',
        f"{words}*) if [ ! -e {once} ]; then touch {once}; {script}; fi;; esac",
        'exec "$UV" "$@"',
    ]
    program.write_text("\n".join(lines) + "\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{project.sandbox.path}"


def install(project: Project, requirement: str) -> str:
    """The command by which another terminal installs something in the project's environment."""
    index = project.sandbox.index
    options = f"-q --no-config --no-index --find-links {index} -p {project.environment}"
    return f"$UV pip install {options} {requirement}"


def drift(project: Project) -> None:
    """Bring about a step in which uv installs something before something else is removed."""
    project.install("beta")
    project.declare(Pyproject(dependencies=("alpha", "epsilon"), extras={"x": ("zeta",)}))


@pytest.mark.parametrize("typed", [(), ("--exact",)], ids=str)
@pytest.mark.parametrize("drifted", [False, True])
def test_what_comes_in_after_the_comparison_stays(
    project: Project, xrun: Xrun, tmp_path: Path, typed: tuple[str, ...], *, drifted: bool
) -> None:
    if drifted:
        drift(project)
    words = "sync" if drifted else "run"
    path = cue(project, tmp_path / "bin", words, install(project, "delta"))
    assert project.run(*xrun, *typed, "true", PATH=path).status == 0
    declared = ("alpha==2.0", "delta==1.0", *(["epsilon==1.0"] if drifted else []))
    assert project.installed() == declared
    assert names_in(said(project.run(*xrun, "true"))[0]) == ["delta"]


@pytest.mark.parametrize("mode", ["exact", "report", "refuse"])
def test_what_is_kept_is_not_replaced_by_a_run_that_waited(
    project: Project, xrun: Xrun, tmp_path: Path, mode: str
) -> None:
    keep(project, '"alpha>=1"', mode=mode)
    for number, program in (("1", LATER), ("2", xrun)):  # compared, and unchanged
        folder = tmp_path / number
        path = cue(project, folder, "run", install(project, "alpha==1.0"))
        result = project.run(*program, "python", "-c", VERSION, PATH=path)
        assert (result.status, result.stdout) == (0, b"1.0\n"), result.stderr
        project.install("alpha==2.0")
        assert project.run(*program, "true").status == 0


def test_a_kept_one_that_comes_in_while_others_go_is_not_replaced(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    keep(project, '"alpha>=1"')
    project.install("beta")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    path = cue(project, tmp_path / "bin", "sync", install(project, "alpha==1.0"))
    assert project.run(*xrun, "true", PATH=path).status == 0
    assert project.installed() == ("alpha==1.0", "epsilon==1.0")


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_who_makes_the_environment_is_in_it(
    make_project: ProjectFactory, xrun: Xrun, mode: str
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.write("xrun.toml", f'mode = "{mode}"\n{REBUILD}')
    shutil.rmtree(project.environment)
    with running(project, *xrun):
        assert project.installed() == ("alpha==2.0",)
        project.install("beta")
        lines = said(project.run(*xrun, "true", XRUN_MODE="exact"))
        assert "in use by `python -c" in lines[0]
        assert "beta==1.0" in project.installed()


def test_what_a_script_runs_with_stays(project: Project, xrun: Xrun) -> None:
    code = "import sys; print('there', flush=True); sys.stdin.read(); import zeta\n"
    index = project.sandbox.index
    script = project.write("s.py", inline_metadata(("zeta",), index) + code)
    with project.started(*xrun, str(script)) as other:
        project.write("s.py", inline_metadata(("epsilon",), index) + "import epsilon\n")
        result = project.run(*xrun, str(script))
        assert result.status == 0, result.stderr
        assert "in use by" in said(result)[0]
    assert other.returncode == 0
    assert names_in(said(project.run(*xrun, str(script)))[0]) == ["zeta"]


@pytest.mark.parametrize("where", ["project", "elsewhere"])
def test_outside_a_project_the_activated_environment_is_entered(
    project: Project, xrun: Xrun, tmp_path: Path, where: str
) -> None:
    project.write("xrun.toml", REBUILD)
    project.install("zeta")
    folder = project.folder if where == "project" else tmp_path
    variables = {"VIRTUAL_ENV": str(project.environment), "XRUN_MODE": "report"}
    with project.started(*xrun, *IN_USE, folder=str(folder), **variables) as other:
        assert "in use by" in said(project.run(*xrun, "true"))[0]
    assert other.returncode == 0


def damage(folder: Path, name: str) -> Path:
    """Take a file from a distribution, deep enough that its folder alone shows it."""
    module = site_packages(folder) / name / "__init__.py"
    module.unlink()
    return module


def test_an_environment_that_a_step_left_half_is_not_unchanged(
    project: Project, xrun: Xrun
) -> None:
    project.write("xrun.toml", 'mode = "separate"\n')
    project.run(*xrun, *WHERE)
    prefix = Path(project.run(*LATER, *WHERE).stdout.decode().strip())
    assert project.run(*xrun, *WHERE).status == 0  # unchanged
    mark(project.sandbox, prefix)
    module = damage(prefix, "alpha")
    assert project.run(*xrun, *WHERE).status == 0
    assert module.exists()


@pytest.mark.parametrize("mode", ["separate", "exact"])
def test_uv_killed_alone_is_told_and_the_next_run_mends(
    project: Project, xrun: Xrun, tmp_path: Path, mode: str
) -> None:
    project.write("xrun.toml", f'mode = "{mode}"\n')
    prefix = Path(project.run(*xrun, *WHERE).stdout.decode().strip())
    drift(project)
    module = site_packages(prefix) / "alpha" / "__init__.py"
    path = cue(project, tmp_path / "bin", "sync", f"rm {module}; kill -9 $$")
    killed = project.run(*xrun, *WHERE, PATH=path)
    assert killed.status == 125
    first, second = said(killed)
    assert "not run: SIGKILL" in first
    assert "the next run" in second
    result = project.run(*xrun, "python", "-c", "import alpha, epsilon; print(alpha.__version__)")
    assert (result.status, result.stdout) == (0, b"2.0\n"), result.stderr
    assert module.exists()


def test_what_a_killed_run_had_removed_is_named_by_the_next(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    drift(project)
    gone = f"$UV pip uninstall --no-config -p {project.environment} beta gamma"
    path = cue(project, tmp_path / "bin", "sync", f"{gone}; kill -9 $PPID; exit 0")
    assert project.run(*xrun, "true", PATH=path).status == -signal.SIGKILL
    assert project.installed() == ("alpha==2.0",)
    first, second = said(project.run(*xrun, "true"))
    assert "interrupted" in first
    assert names_in(first) == ["beta", "gamma"]
    assert commands_in(second) == ["xrunctl restore --list"]
    assert said(project.run(*xrun, "true")) == []
    ctl = (*xrun[:-1], f"{xrun[-1]}ctl")
    assert project.run(*ctl, "restore").status == 0
    assert project.installed() == ("alpha==2.0", "beta==1.0", "epsilon==1.0", "gamma==1.0")


def test_while_the_uv_of_a_killed_run_goes_on_others_wait(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    drift(project)
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    path = cue(project, tmp_path / "bin", "sync", f"touch {begun}; sleep 1.5; touch {ended}")
    with Process([*xrun, "true"], project.place(PATH=path)) as process:
        wait_until(begun.exists)
        process.kill()
        process.wait()
        result = project.run(*xrun, "true")
    assert result.status == 0
    assert ended.exists()


def test_who_waits_for_long_says_for_whom(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    drift(project)
    begun, told = tmp_path / "begun", tmp_path / "told"
    script = f"touch {begun}; until [ -e {told} ]; do sleep 0.1; done"
    path = cue(project, tmp_path / "bin", "sync", script)
    with Process([*xrun, "true"], project.place(PATH=path)) as process:
        wait_until(begun.exists)
        os.killpg(process.pid, signal.SIGSTOP)
        with Process([*xrun, "true"], project.place()) as waiting:
            line = waiting.read_until(stream=waiting.stderr).decode()
            os.killpg(process.pid, signal.SIGCONT)
            told.touch()
            assert line.startswith("xrun: waiting for `xrun true`"), line
            assert f"pid {process.pid}, " in line
            assert "stopped" in line
            for each in (process, waiting):
                each.communicate()
                assert each.returncode == 0


def test_no_run_waits_for_what_a_build_leaves_running(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    drift(project)
    pid = tmp_path / "pid"
    left = f"sleep {2 * TIMEOUT:.0f} >/dev/null 2>&1 & echo $! >{pid}"  # no run would end in time
    path = cue(project, tmp_path / "bin", "sync", left)
    assert project.run(*xrun, "true", PATH=path).status == 0
    project.install("beta")
    assert project.run(*xrun, "true").status == 0
    assert project.installed() == ("alpha==2.0", "epsilon==1.0")
    os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.mark.parametrize("option", ["--no-sync", "--no-project", "--no-dev"])
def test_an_xrun_in_a_build_waits_for_no_other(
    project: Project, xrun: Xrun, tmp_path: Path, option: str
) -> None:
    drift(project)
    there = f"PATH={project.sandbox.path} XRUN_MODE=report"
    nested = f"{there} {' '.join(xrun)} {option} true"
    path = cue(project, tmp_path / "bin", "sync", nested)
    result = project.run(*xrun, "true", PATH=path)
    assert result.status == 0, result.stderr
    assert project.installed() == ("alpha==2.0", "epsilon==1.0")


def test_a_removal_waits_for_a_uv_that_changes_the_environment(
    project: Project, xrun: Xrun
) -> None:
    project.install("beta")
    with (project.environment / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Process([*xrun, "true"], project.place()) as process:
            line = process.read_until(stream=process.stderr).decode()
            assert (line.startswith("xrun: waiting for "), ".lock" in line) == (True, True), line
            assert "beta==1.0" in project.installed()
            fcntl.flock(lock, fcntl.LOCK_UN)
            process.communicate()
    assert (process.returncode, project.installed()) == (0, ("alpha==2.0",))


def test_what_is_kept_and_comes_in_later_follows_a_run(project: Project, xrun: Xrun) -> None:
    keep(project, '"delta"')
    away = ""
    for program in (LATER, LATER, xrun):  # made, compared, unchanged
        away = project.run(*program, "--extra", "x", *WHERE).stdout.decode().strip()
        assert away != str(project.environment)
    project.install("delta")
    inner = "import sys, delta; print(sys.prefix)"
    result = project.run(*xrun, "--extra", "x", "python", "-c", inner)
    assert result.stdout.decode().strip() == away, result.stderr


@pytest.mark.parametrize("settles", [False, True])
def test_what_runs_apart_shares_that_with_what_it_starts(
    project: Project, xrun: Xrun, make_project: ProjectFactory, *, settles: bool
) -> None:
    inner = "import sys, zeta; print(sys.prefix)"
    again = f"{' '.join(xrun)} python -c '{inner}'"
    if settles:
        project.run(*LATER, "--extra", "x", "true")
        project.run(*LATER, "--extra", "x", "true")
    result = project.run(
        *xrun, "--extra", "x", "sh", "-c", f"python -c '{inner}'; {again}; {again}"
    )
    first, second, third = result.stdout.decode().splitlines()
    assert first == second == third != str(project.environment)
    assert result.status == 0
    other = make_project(Pyproject(name="other", dependencies=("epsilon",)))
    there = f"cd {other.folder} && {' '.join(xrun)} {' '.join(WHERE[:2])} '{WHERE[2]}'"
    result = project.run(*xrun, "--extra", "x", "sh", "-c", there)
    assert result.stdout.decode().strip() == str(other.environment)


def test_who_has_nothing_to_change_waits_for_no_decision(
    project: Project, xrun: Xrun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", project.sandbox.environ()["XDG_CACHE_HOME"])
    with Locks() as locks:
        locks.choose(project.environment)
        locks.take()
        result = project.run(*xrun, "python", "-c", "import alpha")
    assert (result.status, result.stderr) == (0, b"")
