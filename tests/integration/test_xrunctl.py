"""`xrunctl check` changes nothing and says everything; `xrunctl sync` makes it so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory


def test_a_check_of_a_clean_environment_says_one_line(project: Project, xrunctl: str) -> None:
    result = project.run(xrunctl, "check")
    assert (result.status, result.stderr) == (0, b"")
    assert result.stdout.startswith(b".venv ")
    assert len(result.stdout.splitlines()) == 1


def test_drift_in_json(make_project: ProjectFactory, xrunctl: str) -> None:
    project = make_project(Pyproject(dependencies=("alpha", "zeta"), extras={"more": ("delta",)}))
    project.sync("--extra", "more")
    project.install("alpha==1.0", "beta")
    project.uv("pip", "uninstall", "zeta")
    path = project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace('"zeta"]', '"zeta", "epsilon"]'))
    result = project.run(xrunctl, "check", "--output-format", "json")
    assert result.status == 1
    document = json.loads(result.stdout)
    assert list(document) == sorted(document)
    assert document["version"] == 1
    assert document["project"] == str(project.folder)
    assert document["environment"] == str(project.environment)
    found = [
        (each["code"], each["name"], each["installed"], each["locked"])
        for each in document["findings"]
    ]
    assert found == [
        ("XR101", "beta", "1.0", None),
        ("XR101", "gamma", "1.0", None),
        ("XR102", "delta", "1.0", None),
        ("XR103", "epsilon", None, "1.0"),
        ("XR103", "zeta", None, "1.0"),
        ("XR104", "alpha", "1.0", "2.0"),
        ("XR105", "uv.lock", None, None),
    ]
    gamma = document["findings"][1]
    assert (gamma["installer"], gamma["needed_by"]) == ("uv", ["beta"])


def test_check_changes_nothing(project: Project, xrunctl: str) -> None:
    project.install("beta")
    project.sandbox.forget()
    before = project.snapshot(), sorted(project.folder.rglob("*"))
    assert project.run(xrunctl, "check").status == 1
    assert (project.snapshot(), sorted(project.folder.rglob("*"))) == before
    assert not (project.sandbox.home / ".cache" / "xrun").exists()


def test_sync_makes_it_exact_and_check_agrees(project: Project, xrunctl: str) -> None:
    project.install("beta")
    result = project.run(xrunctl, "sync")
    assert result.status == 0
    assert names_in(line_with(said(result), "removed", "and 1 it needs")) == ["beta"]
    assert ".venv" in said(result)[-1]
    assert project.run(xrunctl, "check").status == 0
    (line,) = said(project.run(xrunctl, "sync"))
    assert line != said(result)[-1]  # it was so already


def test_sync_follows_the_policy(make_project: ProjectFactory, xrunctl: str) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), extras={"more": ("delta",)}))
    project.write("xrun.toml", 'extras = ["more"]\n')
    assert project.run(xrunctl, "sync").status == 0
    assert project.installed() == ("alpha==2.0", "delta==1.0")


def test_what_cannot_be_done_is_2(project: Project, xrunctl: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    result = project.run(xrunctl, "check", "--project", str(outside), "--output-format", "json")
    assert result.status == 2
    document = json.loads(result.stdout)
    assert "no pyproject.toml" in document["error"]["message"]
    project.write("xrun.toml", "mode = 1\n")
    assert project.run(xrunctl, "check").status == 2
    assert project.run(xrunctl, "check", "--frobnicate").status == 2


def test_another_project_can_be_named(project: Project, xrunctl: str) -> None:
    project.install("beta")
    result = project.run(xrunctl, "check", "--project", str(project.folder), folder="..")
    assert result.status == 1


def test_what_uv_cannot_see_is_checked_too(project: Project, xrunctl: str) -> None:
    folder = next(project.environment.glob("lib/*/site-packages"))
    (folder / "orphan.py").write_text("x = 1\n")
    result = project.run(xrunctl, "check", PYTHONPATH="elsewhere")
    assert result.status == 1
    lines = result.stdout.decode().splitlines()
    assert "1 stray, 1 leak" in lines[0]
    assert lines[1].split()[:2] == [
        "stray",
        str((folder / "orphan.py").relative_to(project.environment)),
    ]
    assert b"xrunctl sync" not in result.stdout
    (folder / "orphan.py").unlink()
    result = project.run(xrunctl, "check", PYTHONPATH="elsewhere")
    assert result.status == 0
    assert b"1 leak" in result.stdout.splitlines()[0]


@pytest.mark.parametrize("verb", ["check", "sync"])
def test_a_policy_that_selects_what_conflicts_is_named_with_what_to_write(
    make_project: ProjectFactory, xrunctl: str, verb: str
) -> None:
    extras = {"one": ("epsilon",), "two": ("zeta",), "other": ("delta",)}
    project = make_project(Pyproject(dependencies=("alpha",), extras=extras))
    conflict = '[tool.uv]\nconflicts = [[{ extra = "one" }, { extra = "two" }]]\n'
    text = (project.folder / "pyproject.toml").read_text().replace("[tool.uv]\n", conflict)
    project.write("pyproject.toml", text)
    project.write("xrun.toml", 'extras = "all"\n')
    result = project.run(xrunctl, verb)
    assert result.status == 2
    assert "xrun.toml" in said(result)[0]
    (advice,) = commands_in(result.stderr.decode())
    assert advice == 'extras = ["one", "other"]'
    project.write("xrun.toml", f"{advice}\n")
    assert project.run(xrunctl, "sync").status == 0


def test_what_a_member_is_or_rules_out_and_is_not_installed_needs_no_sync(
    make_project: ProjectFactory, xrunctl: str
) -> None:
    project = make_project(Pyproject(members=("member",)))
    project.declare(Pyproject(name="member", extras={"more": ("epsilon",)}), "member")
    project.sync("--all-packages")
    root = (project.folder / "pyproject.toml").read_text()
    project.write("pyproject.toml", root[root.index("[tool.uv]") :])  # a virtual root
    project.uv("lock")
    why = project.run(xrunctl, "why", "member")  # not a package, so uv never installs it
    assert (why.status, commands_in(why.stdout.decode())) == (0, [])
    assert b"settle it" not in why.stdout
    assert b"--extra more" in project.run(xrunctl, "why", "epsilon").stdout
