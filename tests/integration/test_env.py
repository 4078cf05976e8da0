"""`xrunctl env` and separate environments: where a run goes, and what goes when it is unused."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.projects import Pyproject
from support.sayings import line_with, said

from .test_in_use import running
from .test_keep import keep
from .test_separate import DECLARED, WHERE, find_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]


@pytest.fixture
def project(make_project: ProjectFactory) -> Iterator[Project]:
    """A project with an extra and groups; nothing separate is there but its own."""
    project = make_project(DECLARED)
    shutil.rmtree(find_folder(project), ignore_errors=True)
    yield project
    shutil.rmtree(find_folder(project), ignore_errors=True)


def find_folder(project: Project) -> Path:
    """Where separate environments lie."""
    return project.sandbox.home / ".cache" / "xrun" / "environments"


def find_path(project: Project, xrunctl: str, *words: str, folder: str = ".") -> Path:
    """What `xrunctl env path` prints."""
    result = project.run(xrunctl, "env", "path", *words, folder=folder)
    assert result.stderr == b""
    path = Path(result.stdout.decode().strip())
    assert result.status == (0 if path.exists() else 1)
    return path


OTHERS = [("--only-group=g",), ("--group", "h", "--no-dev"), ("--exact", "--extra", "x")]
COMMANDS = [("python", "-c", "pass"), ("--extra", "x", "--", "python", "-V")]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        *(("exact", words) for words in ((), ("--extra", "x"), *OTHERS, *COMMANDS)),
        *(("separate", words) for words in ((), ("--exact", "--extra", "x"), *COMMANDS)),
        *(("report", words) for words in ((), ("--extra", "x"))),
    ],
)
def test_the_path_is_where_the_run_goes(
    project: Project, xrun: Xrun, xrunctl: str, words: tuple[str, ...], mode: str
) -> None:
    project.write("xrun.toml", f'mode = "{mode}"\n')
    options = [word for word in words if word not in {"python", "-c", "pass", "-V", "--"}]
    before = project.snapshot()
    path = find_path(project, xrunctl, *words)
    assert project.snapshot() == before
    assert find_prefix(project, xrun, *options) == path
    assert path.exists()


def test_what_is_as_declared_for_a_selection_is_used_for_it(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.sync("--extra", "x")
    assert find_path(project, xrunctl, "--extra", "x") == project.environment
    assert find_prefix(project, xrun, "--extra", "x") == project.environment


def test_the_path_of_a_rules_command_is_its_own(project: Project, xrunctl: str) -> None:
    project.write("xrun.toml", '[[rules]]\ncommand = "pytest"\nmode = "separate"\n')
    assert find_path(project, xrunctl) == project.environment
    assert find_path(project, xrunctl, "pytest").is_relative_to(find_folder(project))


def test_the_path_is_the_run_s_with_something_kept_too(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("delta")
    keep(project, '"delta"')
    path = find_path(project, xrunctl, "--extra", "x")
    assert find_prefix(project, xrun, "--extra", "x") == path != project.environment


def test_another_project_is_named_as_to_uv(project: Project, xrunctl: str) -> None:
    folder = str(project.folder)
    assert find_path(project, xrunctl, "--project", folder, folder="..") == project.environment


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--isolated",), "isolated"),
        (("--frobnicate",), "--frobnicate"),
        (("--project", "nowhere"), "no pyproject.toml"),
        (("script.py",), "inline metadata"),
    ],
)
def test_where_there_is_no_such_path_it_is_told(
    project: Project, xrunctl: str, words: tuple[str, ...], told: str
) -> None:
    project.write("script.py", "# /// script\n# dependencies = []\n# ///\n")
    folder = "/" if "nowhere" in words else "."
    result = project.run(xrunctl, "env", "path", *words, folder=folder)
    assert (result.status, result.stdout) == (2, b"")
    assert told in said(result)[0]


@pytest.mark.parametrize("words", [("--extra", "gpu"), ("--extra", "gpu", "--extra", "cpu")])
def test_what_the_run_gets_is_told_where_it_goes_nowhere(
    project: Project, xrun: Xrun, xrunctl: str, words: tuple[str, ...]
) -> None:
    conflicts = '[tool.uv]\nconflicts = [[{extra = "cpu"}, {extra = "gpu"}]]\n'
    file = project.declare(Pyproject(extras={"cpu": ("alpha",), "gpu": ("beta",)}))
    file.write_text(file.read_text().replace("[tool.uv]\n", conflicts))
    project.write("xrun.toml", 'extras = ["cpu"]\n')
    assert find_path(project, xrunctl) == project.environment
    ran, found = project.run(*xrun, *words, "true"), project.run(xrunctl, "env", "path", *words)
    assert ran.status != 0
    assert (found.status, found.stdout) == (2, b"")
    assert "cpu" in said(found)[0]


def test_one_that_is_in_use_stays_until_its_command_ends(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.write("xrun.toml", 'mode = "separate"\n')
    prefix = find_prefix(project, xrun)
    name = prefix.parent.name
    with running(project, *xrun):
        listed = project.run(xrunctl, "env", "list").stdout.decode()
        assert name in listed
        assert "in use by `" in listed
        for verb in (("prune", "--all"), ("remove", name)):
            result = project.run(xrunctl, "env", *verb)
            assert result.status == 2
            assert line_with(said(result), f"not removed: {name}: in use by `")
        assert prefix.exists()
    assert project.run(xrunctl, "env", "remove", name).status == 0
    assert list(find_folder(project).iterdir()) == []
    assert find_prefix(project, xrun) == prefix


def test_a_stamp_of_one_that_was_removed_holds_no_longer(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.write("xrun.toml", 'mode = "separate"\n')
    find_prefix(project, LATER)
    prefix = find_prefix(project, LATER)
    assert project.run(xrunctl, "env", "prune", "--all").status == 0
    result = project.run(*xrun, *WHERE)
    assert result.stdout.decode().strip() == str(prefix)
    assert "made" in said(result)[0]
    assert "separate environment" in said(result)[0]


def test_each_use_counts_as_one_by_stamp_too(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.write("xrun.toml", 'mode = "separate"\n')
    prefix = find_prefix(project, xrun)
    for program in (LATER, xrun, xrun):
        long_ago = time.time() - 40 * 86400
        os.utime(prefix.parent / "about", (long_ago, long_ago))
        find_prefix(project, program)
        assert b"nothing to remove" in project.run(xrunctl, "env", "prune").stderr


@pytest.mark.parametrize("mode", ["exact", "report", "separate", "off"])
def test_beside_a_run_what_no_one_needs_goes_in_silence(
    project: Project, xrun: Xrun, mode: str
) -> None:
    project.write("xrun.toml", 'mode = "separate"\n')
    old = find_prefix(project, xrun, "--extra", "x").parent
    tidied = project.sandbox.home / ".cache" / "xrun" / "tidied"
    tidied.write_text(f"{old.name}\0001")  # it was not needed the last time either
    tidied.chmod(0o600)
    long_ago = time.time() - 40 * 86400
    for path in (old / "about", tidied):
        os.utime(path, (long_ago, long_ago))
    project.write("xrun.toml", f'mode = "{mode}"\n')
    project.install("beta")  # so that a report is due, and the environment changed
    result = project.run(*xrun, *WHERE)
    assert result.status == 0
    assert old.name.encode() not in result.stderr
    assert old.exists() is (mode == "off")
