"""Where xrun has to look twice: other folders, odd variables, inputs of the stamp, refusals.

Each of these once removed something without naming it, or touched or told of the wrong thing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.processes import Process
from support.projects import Project, Pyproject, index_table, inline_metadata
from support.sayings import commands_in, line_with, names_in, said, versions_in

if TYPE_CHECKING:
    from support.processes import Result
    from support.sandbox import Sandbox

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]


def stamp(project: Project, *words: str) -> None:
    """Run until the run is unchanged."""
    for _ in range(2):
        result = project.run(*LATER, *words, "true")
        assert (result.status, result.stderr) == (0, b"")


def check_replaced(result: Result) -> None:
    """What was said of a run is that it replaced alpha 2.0 by alpha 1.0, and no more."""
    (line,) = said(result)
    assert "replaced" in line
    assert (names_in(line), versions_in(line)) == (["alpha"], ["2.0", "1.0"])


def test_a_directory_behind_a_link_is_the_real_one(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    here = make_project(Pyproject(name="here", dependencies=("alpha",)))
    there = make_project(Pyproject(name="there", dependencies=("alpha",)))
    for project in (here, there):
        project.install("delta")
    (there.folder / "src").mkdir()
    (here.folder / "link").symlink_to(there.folder / "src")
    result = here.run(*xrun, "--directory", "link", "true")
    assert names_in(said(result)[0]) == ["delta"]
    assert there.installed() == ("alpha==2.0",)
    assert here.installed() == ("alpha==2.0", "delta==1.0")


def test_a_redirected_environment_is_watched(project: Project, xrun: Xrun) -> None:
    other = project.folder / "other"
    project.uv("venv", str(other))
    project.install("alpha", "delta", environment=other)
    stamp(project)
    project.run("rm", "-r", ".venv")
    project.write(".venv", "other\n")
    result = project.run(*xrun, "true")
    assert any(names_in(line) == ["delta"] for line in said(result)), result.stderr


def test_a_typed_configuration_is_watched(project: Project, xrun: Xrun) -> None:
    index = index_table(project.sandbox.index).replace("tool.uv.", "")
    project.write("own.toml", f'resolution = "highest"\n{index}')
    project.run(*xrun, "--config-file", "own.toml", "true")
    stamp(project, "--config-file", "own.toml")
    project.write("own.toml", f'resolution = "lowest"\n{index}')
    result = project.run(*xrun, "--config-file", "own.toml", "true")
    check_replaced(result)


@pytest.mark.parametrize("pattern", ["packages/*", "libs/*/py"])
def test_a_member_that_appears_is_noticed(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun, pattern: str
) -> None:
    project = Project(sandbox, tmp_path)
    project.declare(Pyproject(dependencies=("alpha",), members=(pattern,)))
    folder = pattern.replace("*", "new")
    (project.folder / folder).parent.mkdir(parents=True, exist_ok=True)
    if pattern == "packages/*":
        (project.folder / folder).mkdir()  # an empty folder is no member yet
    project.sync()
    stamp(project)
    (project.folder / folder).mkdir(exist_ok=True)
    project.declare(Pyproject(name="new", dependencies=("alpha<2",)), folder)
    result = project.run(*xrun, "true")
    check_replaced(result)


def test_refuse_does_not_run_what_could_not_be_compared(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    unknown = ("--extra", "none", "touch", "ran")
    result = project.run(*xrun, *unknown, XRUN_MODE="refuse")
    assert (result.status, result.stderr.split(b":")[0]) == (2, b"error")  # uv's own
    result = project.run(*xrun, "--no-sync", *unknown, XRUN_MODE="refuse")
    assert result.status == 125
    assert "Extra `none` is not defined" in said(result)[0]
    project.write("uv.lock", "broken")
    assert project.run(*xrun, "touch", "ran", XRUN_MODE="refuse").status == 2
    assert not (project.folder / "ran").exists()


def test_refuse_does_not_run_on_an_environment_that_would_be_replaced(
    project: Project, xrun: Xrun
) -> None:
    python = project.environment / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")
    result = project.run(*xrun, "true", XRUN_MODE="refuse")
    assert result.status == 125
    assert "not run" in said(result)[0]
    assert ".venv" in said(result)[0]
    assert project.installed() == ("alpha==2.0",)


def test_refuse_lets_uv_build_the_project_itself(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), package=True))
    path = project.folder / "pyproject.toml"
    text = path.read_text()
    script = '[project.scripts]\nhello = "project:hello"\n[build-system]'
    path.write_text(text.replace("[build-system]", script))
    project.write("src/project/__init__.py", "def hello():\n    print('hello')\n")
    result = project.run(*xrun, "hello", XRUN_MODE="refuse")
    assert (result.status, result.stdout) == (0, b"hello\n"), result.stderr


def test_what_only_uv_sync_leaves_out_is_no_drift(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), package=True))
    before = project.installed()
    result = project.run(*xrun, "python", "-c", "import project", UV_NO_INSTALL_PROJECT="1")
    assert (result.status, said(result), project.installed()) == (0, [], before)


def test_a_variable_that_narrows_the_run_does_not_make_undeclared(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), groups={"dev": ("delta",)}))
    project.write("xrun.toml", 'other-selection = "rebuild"\n')
    lines = said(project.run(*xrun, "true", UV_NO_DEV="1"))
    assert "removed 1 unselected" in lines[0]
    assert names_in(lines[0]) == ["delta"]


def test_a_killed_uv_takes_xrun_with_it(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    # The command kills uv, its parent.
    result = project.run(*xrun, "python", "-c", "import os; os.kill(os.getppid(), 9)")
    assert result.status == -signal.SIGKILL
    assert not any("not run" in line for line in said(result))


def test_the_advice_for_a_script_is_about_the_script(project: Project, xrun: Xrun) -> None:
    script = inline_metadata(("alpha",), project.sandbox.index) + "import sys; print(sys.prefix)\n"
    project.write("tool.py", script)
    prefix = Path(project.run(*xrun, "tool.py").stdout.decode().strip())
    project.install("delta", environment=prefix)
    refused = project.run(*xrun, "tool.py", XRUN_MODE="refuse")
    assert b"uv add --script tool.py delta" in refused.stderr
    assert "XRUN_MODE=exact xrun tool.py" in commands_in(*said(refused))
    project.uv("add", "--script", "tool.py", "delta")
    assert project.run(*xrun, "tool.py", XRUN_MODE="refuse").status == 0


def test_a_script_outside_any_project_is_advised_too(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun
) -> None:
    project = Project(sandbox, tmp_path)
    script = inline_metadata(("alpha",), sandbox.index) + "import sys; print(sys.prefix)\n"
    project.write("tool.py", script)
    prefix = Path(project.run(*xrun, "tool.py").stdout.decode().strip())
    project.install("delta", environment=prefix)
    lines = said(project.run(*xrun, "tool.py"))
    assert commands_in(lines[1]) == ["uv add --script tool.py delta"]


def test_xrunctl_does_not_empty_what_declares_nothing(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.write("pyproject.toml", "[tool.black]\n")
    result = project.run(xrunctl, "sync")
    assert result.status == 2
    assert b"declares nothing that uv manages" in result.stderr
    assert project.installed() == ("alpha==2.0",)
    assert b"xrunctl" not in project.run(*xrun, "true").stderr.splitlines()[-1]


def test_what_changes_nothing_asks_no_network(project: Project, xrun: Xrun) -> None:
    path = project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace('["alpha"]', '["alpha", "nowhere-to-be-found"]'))
    result = project.run(*xrun, "--no-sync", "python", "-c", "import alpha", UV_OFFLINE=None)
    assert result.status == 0
    assert b"stale  uv.lock" in result.stderr


def test_credentials_are_not_written_down(project: Project) -> None:
    project.run(*LATER, "true", UV_INDEX_PRIVATE_PASSWORD="hunter2")
    project.run(*LATER, "--index", "https://me:hunter2@localhost/simple", "true")
    remembered = [*(project.sandbox.home / ".cache" / "xrun").rglob("*")]
    assert any(path.parent.name == "stamps" for path in remembered)
    assert not any(b"hunter2" in path.read_bytes() for path in remembered if path.is_file())


def test_a_shim_is_asked_each_time(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "uv"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {project.sandbox.uv} "$@"\n')
    shim.chmod(0o755)
    environ = {"PATH": f"{shim.parent}:{project.sandbox.path}"}
    project.sandbox.forget()
    project.run(*LATER, "true", **environ)
    assert not list((project.sandbox.home / ".cache" / "xrun" / "stamps").glob("*"))
    assert project.run(*xrun, "echo", "hello", **environ).stdout == b"hello\n"


def test_members_that_a_root_does_not_select_are_told_as_such(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun
) -> None:
    project = Project(sandbox, tmp_path)
    project.declare(Pyproject(name="root", dependencies=("alpha",), members=("ma",)))
    project.declare(Pyproject(name="ma", dependencies=("delta",), package=True), "ma")
    project.sync("--all-packages")
    lines = said(project.run(*xrun, "true"))
    assert "removed 2 unselected" in lines[0]
    assert commands_in(lines[1]) == ["xrunctl select --all-packages", "--package ma"]
    project.write("xrun.toml", 'packages = "all"\n')
    assert project.run(*xrun, "python", "-c", "import delta").status == 0


def test_refuse_has_a_way_out_without_a_project_table(project: Project, xrun: Xrun) -> None:
    project.write("pyproject.toml", "[tool.black]\n")
    result = project.run(*xrun, "true", XRUN_MODE="refuse")
    assert result.status == 125
    assert b"uv add" not in result.stderr
    assert "[project]" in said(result)[-1]


def test_a_policys_lock_option_is_named_when_uv_refuses(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'lock = "locked"\n')
    path = project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace('["alpha"]', '["alpha", "delta"]'))
    result = project.run(*xrun, "true")
    assert result.status == 1
    line = line_with(said(result), "--locked")
    assert 'lock = "locked" (xrun.toml)' in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("mode", ["exact", "report"])
def test_what_cannot_be_said_changes_no_status(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("delta")
    for errors in ("/dev/full", "&-"):  # in mode exact the first of them removes
        words = ("sh", "-c", f'exec "$@" 2>{errors}', "sh", *xrun, "sh", "-c", "exit 4")
        result = project.run(*words, XRUN_MODE=mode)
        assert (result.status, result.stdout) == (4, b"")


@pytest.mark.parametrize("mode", ["exact", "report", "separate", "refuse"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_left_changes_no_status(
    project: Project, xrun: Xrun, mode: str, stream: str
) -> None:
    """The command is ended by SIGPIPE, as from a shell; what xrun says goes nowhere."""
    project.install("delta")  # in each mode there is something to say
    reader, writer = os.pipe()
    os.close(reader)
    is_out, nowhere = stream == "stdout", subprocess.DEVNULL
    command, status = ("yes; exit $?", 128 + signal.SIGPIPE) if is_out else ("exit 4", 4)
    with Process(
        (*xrun, "sh", "-c", command),
        project.place(XRUN_MODE=mode),
        stdout=writer if is_out else nowhere,
        stderr=nowhere if is_out else writer,
    ) as process:
        os.close(writer)
        assert process.wait() == (125 if mode == "refuse" else status)
    assert ("delta==1.0" in project.installed()) is (mode != "exact")


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_a_caller_that_ignores_the_end_of_children(project: Project, xrun: Xrun, mode: str) -> None:
    """What xrun asks is waited for all the same, and the command finds the signal as it was."""
    project.install("delta")
    lines = (
        "import os, signal, sys",
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "os.execv(sys.argv[1], sys.argv[1:])",
    )
    ignoring = (sys.executable, "-c", "; ".join(lines))
    shown = "import signal, sys; sys.exit(signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN)"
    for _ in range(2):
        result = project.run(*ignoring, *xrun, "python", "-c", shown, XRUN_MODE=mode)
        assert result.status == 1
    check = (str(Path(xrun[0]).with_name("xrunctl")), "check")
    assert project.run(*ignoring, *check).status == (0 if mode == "exact" else 1)


def test_a_verb_of_xrunctl_is_named_unless_the_environment_has_it(
    project: Project, xrun: Xrun
) -> None:
    for _ in range(2):
        result = project.run(*xrun, "sync")
        assert (result.status, commands_in(*said(result))) == (0, ["xrunctl sync"])
    result = project.run(*xrun, "check", "--quiet")
    assert (result.status, commands_in(*said(result))) == (2, ["xrunctl check"])
    assert said(project.run(*xrun, "-q", "sync")) == said(project.run(*xrun, "env")) == []
    project.write(".venv/bin/check", "#!/bin/sh\n", 0o755)
    assert said(project.run(*xrun, "check")) == []
