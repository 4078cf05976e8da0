"""PYTHONPATH is the command's: xrun imports nothing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.sayings import said

if TYPE_CHECKING:
    from support.projects import Project

Xrun = tuple[str, ...]


MODULES = ("typing", "tomli", "dataclasses", "json", "typer", "shutil")


def test_modules_of_the_users_own_break_nothing(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.install("beta")
    path = project.folder / "path"
    path.mkdir()
    for module in MODULES:
        (path / f"{module}.py").write_text(f"raise SystemExit({module!r})\n")
    show = ("sh", "-c", "echo $PYTHONPATH")
    for value in (str(path), "path"):
        result = project.run(*xrun, *show, PYTHONPATH=value)
        assert (result.status, result.stdout.decode()) == (0, f"{value}\n"), result.stderr
        assert project.run(xrunctl, "check", PYTHONPATH=value).status == 0
    assert len(said(project.run(*xrun, *show, PYTHONPATH=str(path)))) == 0
    assert project.installed() == ("alpha==2.0",)
