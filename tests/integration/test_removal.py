"""Nothing is removed without having been named, and what is named is what goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.projects import Pyproject, inline_metadata
from support.sayings import commands_in, line_with, names_in, said, versions_in

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]


def test_an_undeclared_distribution_is_named_and_gone(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    markers = project.sandbox.home / ".cache" / "xrun" / "changing"
    left = {*markers.glob("*")}  # by tests that kill a step
    result = project.run(*xrun, "python", "-c", "import beta")
    assert result.status == 1
    assert b"ModuleNotFoundError" in result.stderr
    removed, advice, reminder = said(result)
    assert "undeclared) and 1 it needs" in removed
    assert (names_in(removed), versions_in(removed)) == (["beta"], ["1.0"])
    assert commands_in(advice) == ["uv add beta", "xrunctl restore"]
    assert "exit 1" in reminder
    assert (names_in(reminder), commands_in(reminder)) == (["beta"], ["xrunctl why beta"])
    assert project.installed() == ("alpha==2.0",)
    assert {*markers.iterdir()} == left


def test_the_advice_settles_it(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    project.run(*xrun, "true")
    project.uv("add", "beta")
    result = project.run(*xrun, "python", "-c", "import beta")
    assert (result.status, said(result)) == (0, [])


def test_what_another_branch_declares_goes_quietly(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    before = (project.folder / "pyproject.toml").read_text()
    project.declare(Pyproject(dependencies=("alpha", "beta")))
    assert project.run(*xrun, "true").status == 0  # it was exact with them, in this run
    project.write("pyproject.toml", before)
    project.uv("lock")
    check = project.run(xrunctl, "check", "--output-format", "json")
    assert check.status == 1
    assert check.stdout.count(b"XR106") == 2
    (line,) = said(project.run(*xrun, "true"))
    assert (names_in(line), commands_in(line)) == (["beta", "gamma"], [])
    project.install("beta")
    assert "undeclared" in said(project.run(*xrun, "true"))[0]  # by hand, this time


def test_what_only_a_plain_sync_saw_on_another_branch_goes_quietly(
    project: Project, xrun: Xrun
) -> None:
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    project.run(*git, "init", "-q")
    project.run(*git, "add", "pyproject.toml", "uv.lock")
    project.run(*git, "commit", "-qm", "one")
    project.run(*git, "switch", "-qc", "other")
    project.declare(Pyproject(dependencies=("alpha", "beta")))
    project.uv("sync")
    project.run(*git, "commit", "-qam", "two")
    project.run(*git, "switch", "-q", "-")
    project.install("delta")
    first, _, last = said(project.run(*xrun, "true"))
    assert (names_in(first), names_in(last)) == (["delta"], ["beta", "gamma"])
    assert commands_in(last) == []


def test_a_success_after_a_removal_is_not_commented(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    assert len(said(project.run(*xrun, "true"))) == 2
    assert said(project.run(*xrun, "true")) == []


def test_quiet_leaves_the_notice_out(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    result = project.run(*xrun, "-q", "true")
    assert (result.status, result.stderr) == (0, b"")
    assert project.installed() == ("alpha==2.0",)


def test_what_another_extra_declares_is_unselected(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), extras={"more": ("delta",)}))
    project.sync("--extra", "more")
    project.install("epsilon")
    lines = said(project.run(*xrun, "true"))
    assert names_in(line_with(lines, "undeclared)")) == ["epsilon"]
    assert names_in(line_with(lines, "removed 1 unselected")) == ["delta"]
    assert commands_in(lines[-1]) == ["xrunctl select --extra more", "--extra more"]


def test_extras_that_conflict_are_told_apart_too(make_project: ProjectFactory, xrun: Xrun) -> None:
    conflict = '[tool.uv]\nconflicts = [[{ extra = "one" }, { extra = "two" }]]\n'
    project = make_project(
        Pyproject(
            dependencies=("alpha",),
            extras={"one": ("delta",), "two": ("epsilon",)},
            more="",
        )
    )
    path = project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.uv]\n", conflict))
    project.sync("--extra", "two")
    project.install("zeta")
    lines = said(project.run(*xrun, "true"))
    assert names_in(line_with(lines, "undeclared)")) == ["zeta"]
    assert names_in(line_with(lines, "removed 1 unselected")) == ["epsilon"]


def test_another_version_than_locked_is_named(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0")
    result = project.run(*xrun, "true")
    (line,) = said(result)
    assert "replaced" in line
    assert (names_in(line), versions_in(line)) == (["alpha"], ["1.0", "2.0"])
    assert project.installed() == ("alpha==2.0",)


def test_what_goes_with_a_replaced_environment_is_named(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    config = project.environment / "pyvenv.cfg"
    project.write(".python-version", "3.99\n")
    missing = project.run(*xrun, "true")
    assert missing.status != 0
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
    (project.folder / ".python-version").unlink()
    # An interpreter that is gone: uv rebuilds the environment, and lists no loss.
    python = project.environment / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")
    result = project.run(*xrun, "true")
    assert names_in(line_with(said(result), "removed", "and 1 it needs")) == ["beta"]
    assert project.installed() == ("alpha==2.0",)
    assert config.is_file()


def test_what_shared_files_with_what_went_is_whole_again(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("twin-one",)))
    project.install("twin-two")
    result = project.run(*xrun, "python", "-c", "import twin; print(twin.who)")
    assert (result.status, result.stdout) == (0, b"1\n"), result.stderr
    assert names_in(said(result)[0]) == ["twin-two"]
    assert names_in(said(result)[-1]) == ["twin-one"]
    assert said(project.run(*xrun, "true")) == []


def test_a_dropped_dependency_is_named(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha", "delta")))
    assert said(project.run(*LATER, "true")) == []
    assert said(project.run(*xrun, "true")) == []  # by the stamp
    project.declare(Pyproject(dependencies=("alpha",)))
    lines = said(project.run(*xrun, "true"))
    assert names_in(line_with(lines, "removed 1 no longer declared")) == ["delta"]


def test_each_input_undoes_the_stamp(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), groups={"dev": ("delta",)}))
    project.write("xrun.toml", 'other-selection = "rebuild"\n')
    assert said(project.run(*LATER, "true")) == []
    lines = said(project.run(*xrun, "true", UV_NO_DEV="1"))
    assert names_in(lines[0]) == ["delta"]
    project.sync()
    assert said(project.run(*LATER, "true")) == []
    project.install("epsilon")
    assert names_in(said(project.run(*xrun, "true"))[0]) == ["epsilon"]
    assert said(project.run(*LATER, "true")) == []
    project.write("xrun.toml", 'mode = "refuse"\n')
    project.install("epsilon")
    assert project.run(*xrun, "true").status == 125


def test_eight_starts_at_once_remove_once(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    shell = " & ".join([" ".join([*xrun, "python", "-c", "'import alpha'"])] * 8)
    result = project.run("sh", "-c", f"{shell} & wait")
    assert sum(line.startswith("removed") for line in said(result)) == 1
    assert b"Error" not in result.stderr
    assert project.installed() == ("alpha==2.0",)


def test_a_polluted_script_environment_is_cleaned_by_name(project: Project, xrun: Xrun) -> None:
    script = inline_metadata(("alpha",), project.sandbox.index) + "import sys; print(sys.prefix)\n"
    project.write("tool.py", script)
    prefix = project.run(*xrun, "tool.py").stdout.decode().strip()
    project.install("beta", environment=project.folder / prefix)
    result = project.run(*xrun, "tool.py")
    assert result.status == 0
    line = line_with(said(result), "undeclared)", "tool.py", "and 1 it needs")
    assert names_in(line) == ["beta"]
    assert project.installed() == ("alpha==2.0",)


def test_what_a_script_declares_no_longer_is_not_called_undeclared(
    project: Project, xrun: Xrun
) -> None:
    project.write("tool.py", inline_metadata(("alpha", "beta"), project.sandbox.index))
    project.run(*xrun, "tool.py")
    project.write("tool.py", inline_metadata(("alpha",), project.sandbox.index))
    result = project.run(*xrun, "tool.py")
    assert names_in(line_with(said(result), "no longer declared")) == ["beta", "gamma"]


@pytest.mark.parametrize("way", ["file", "pipe"])
@pytest.mark.parametrize("mode", ["exact", "separate", "refuse", "isolated"])
def test_a_script_from_standard_input_is_exact(
    project: Project, xrun: Xrun, mode: str, way: str
) -> None:
    """It has an environment of its own, which nothing else runs in."""
    look = "import sys, importlib.util as u\n"
    look += "print(sys.prefix, u.find_spec('delta'), sys.stdin.read())\n"
    project.write("tool.py", inline_metadata(("alpha",), project.sandbox.index) + look)
    command = (
        f"{' '.join(xrun)} - < tool.py" if way == "file" else f"cat tool.py | {' '.join(xrun)} -"
    )
    variables = {"XRUN_MODE": mode}
    before = project.snapshot()
    environments = project.sandbox.home / ".cache" / "xrun" / "environments"
    separate = {*environments.glob("*")}  # other tests'
    first = project.run("sh", "-c", command, **variables).stdout.decode().split()
    assert first[1:] == ["None"]
    assert not first[0].startswith(str(project.folder))
    project.install("delta", environment=Path(first[0]))
    result = project.run("sh", "-c", command, **variables)
    assert (result.status, result.stdout.decode().split()) == (0, first), result.stderr
    assert project.snapshot() == before
    assert {*environments.glob("*")} == separate


def test_what_uv_cannot_remove_is_said_to_stay(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    for record in project.environment.glob("lib/*/site-packages/delta-1.0.dist-info/RECORD"):
        record.unlink()
    line = said(project.run(*xrun, "true"))[-1]
    assert names_in(line) == ["delta"]
    assert "RECORD" in line
    assert project.snapshot().names == ("alpha", "delta")


def test_a_reinstallation_is_done_once(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    result = project.run(*xrun, "--reinstall", "true")
    assert result.stderr.count(b"Installed 1 package") == 1
    assert os.fsencode("beta") in result.stderr
