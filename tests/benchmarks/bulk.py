"""Much at once: 199 distributions removed and restored, 1,001 environments listed."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.layouts import make_project
from benchmarks.machine import name_distributions
from benchmarks.measuring import Contestant
from support.processes import Place, run
from support.projects import Pyproject

if TYPE_CHECKING:
    from benchmarks.machine import Machine
    from support.projects import Project

REMOVE, UNINSTALL = "xrun that removes 199", "uv pip uninstall of them"
RESTORE, INSTALL = "xrunctl restore of 199", "uv pip install of them"
LIST = "xrunctl env list of 1,001"
MANY, ENVIRONMENTS = 199, 1001


def list_bulk(machine: Machine) -> list[Contestant]:
    """Removal and restore of many distributions, beside what uv takes for the file work alone."""
    project = make_project(machine, "bulk", Pyproject())
    names = name_distributions("large", MANY)
    place = Place(project.folder, machine.environ)
    source = ["--no-config", "--no-index", "--find-links", str(machine.sandbox.index), "--quiet"]
    pip = (machine.uv, "pip")
    there = ("--python", ".venv")
    install = (*pip, "install", *there, *source, *names)
    uninstall = (*pip, "uninstall", *there, "--quiet", *names)

    def do(*argv: str) -> None:
        done = run(argv, place)
        if done.status != 0:
            raise RuntimeError(done.stderr.decode())

    def clear(*argv: str) -> None:
        (project.folder / "xrun.local.toml").unlink(missing_ok=True)  # what a restore keeps
        for each in (uninstall, install, argv):
            if each:
                do(*each)

    def contend(name: str, argv: tuple[str, ...], *first: str) -> Contestant:
        environ, folder = machine.environ, project.folder
        return Contestant(name, argv, folder, environ, partial(clear, *first))

    return [
        contend(REMOVE, (machine.xrun, "true")),
        contend(UNINSTALL, uninstall),
        contend(RESTORE, (machine.xrunctl, "restore"), machine.xrun, "true"),
        contend(INSTALL, install, *uninstall),
    ]


def list_environments(machine: Machine) -> list[Contestant]:
    """A list of many separate environments, which are copies of one."""
    project = make_project(machine, "listed", Pyproject(), 'mode = "separate"\n')
    found = project.run(machine.xrun, "true")
    assert found.status == 0, found.stderr
    _copy_environment(project)
    argv = (machine.xrunctl, "env", "list")
    return [Contestant(LIST, argv, project.folder, machine.environ)]


def _copy_environment(project: Project) -> None:
    """Copy the last separate environment until there are so many."""
    folder = project.sandbox.home / ".cache" / "xrun" / "environments"
    model = max(folder.iterdir(), key=os.path.getmtime)
    for at in range(ENVIRONMENTS - len(list(folder.iterdir()))):
        shutil.copytree(model, folder / f"{model.name[:-4]}{at:04}", symlinks=True)
