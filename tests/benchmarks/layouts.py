"""The projects that are measured: written, locked and synced."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.machine import name_distributions
from support.projects import Project, Pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.machine import Machine

LARGE = 218
"""Distributions of the large project."""
SOURCES = 1000
"""Source files of the large project."""
RULE = '[[rules]]\ncommand = ["tool{0}", "python -m tool{0}"]\nmode = "refuse"\n'
_SOURCE = "from __future__ import annotations\n\nimport json\nimport {0}\n\n" + "x = 1\n" * 200


def make_project(
    machine: Machine, name: str, pyproject: Pyproject, policy: str = "", local: str = ""
) -> Project:
    """Make a project and sync it."""
    project = Project(machine.sandbox, machine.sandbox.root / "projects" / name)
    project.declare(replace(pyproject, name=name))
    if policy:
        project.write("xrun.toml", policy)
    if local:
        project.write("xrun.local.toml", local)
    for member in pyproject.members:
        project.declare(Pyproject(name=member, dependencies=("tiny0000",)), member)
    project.sync("--quiet")
    return project


def make_usual(machine: Machine, name: str, number: int, mode: str = "exact") -> Project:
    """Make a project with a policy of two layers and ten rules, none of which matches."""
    stem = "large" if number >= LARGE else "tiny"
    dependencies = tuple(name_distributions(stem, number))
    rules = [RULE.format(at) for at in range(10)]
    pyproject = Pyproject(dependencies=dependencies, more=_render_rivals())
    policy = f'mode = "{mode}"\n' + "".join(rules[:5])
    project = make_project(machine, name, pyproject, policy, "".join(rules[5:]))
    if stem == "large":
        for at in range(SOURCES):
            project.write(f"app/part{at // 100}/module{at}.py", _SOURCE.format(dependencies[0]))
    return project


def write_rivals(project: Project, dependencies: list[str]) -> None:
    """Write what nox, tox and hatch read: each with uv, each running `true` in what is locked."""
    project.write(
        "noxfile.py",
        "import nox\n\n\n"
        '@nox.session(venv_backend="uv")\n'
        "def run(session):\n"
        '    place = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}\n'
        '    session.run_install("uv", "sync", "--locked", env=place)\n'
        '    session.run("true", external=True)\n',
    )
    project.write(
        "tox.toml",
        '[env.run]\nrunner = "uv-venv-lock-runner"\n'
        'allowlist_externals = ["true"]\ncommands = [["true"]]\n',
    )
    project.write(
        "hatch.toml",
        '[envs.default]\ninstaller = "uv"\nskip-install = true\n'
        f"dependencies = {json.dumps(dependencies)}\n",
    )


def _render_rivals() -> str:
    """Tables of `pyproject.toml` for poethepoet and taskipy."""
    return (
        '[tool.poe.executor]\ntype = "uv"\nexact = true\n'
        '[tool.poe.tasks]\nnothing = "true"\n'
        '[tool.taskipy.tasks]\nnothing = "uv run --exact true"\n'
    )


def copy_many(project: Project, folder: Path, number: int) -> None:
    """Copy a project, with its environment, so many times; each copy is one of its own."""
    for at in range(number):
        shutil.copytree(project.folder, folder / f"project{at:04}", symlinks=True)
