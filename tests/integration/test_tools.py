"""The snippets of `xrunctl help tools`: what a task runner starts is exact."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xrun
from support.processes import Place, run

if TYPE_CHECKING:
    from support.projects import Project

PAGE = Path(xrun.__file__).parent / "ctl" / "pages" / "tools.md"
TESTS = "import importlib.util\nassert importlib.util.find_spec('beta') is None\nprint('tested')\n"
# The file that a snippet goes to, and the tool's command.
TOOLS = {
    "make": ("Makefile", ("make", "test")),
    "just": ("justfile", ("just", "test")),
    "poethepoet": ("pyproject.toml", ("poe", "test")),
    "nox": ("noxfile.py", ("nox", "--non-interactive", "--session", "tests")),
    "tox": ("tox.ini", ("tox", "run")),
}


def read_snippet(tool: str) -> str:
    """Read the first block below the heading of a tool; it runs a script instead of pytest."""
    section = PAGE.read_text("utf-8").partition(f"\n## {tool}\n")[2]
    found = re.search(r"```\w+\n(.*?)```", section, re.DOTALL)
    assert found is not None
    text = found[1].replace('"pytest", "-q"', '"python", "tests.py"')
    return text.replace("pytest -q", "python tests.py")


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_task_runner_starts_is_exact(project: Project, tmp_path: Path, tool: str) -> None:
    name, command = TOOLS[tool]
    scripts = Path(sys.executable).parent
    program = shutil.which(command[0], path=f"{scripts}:/usr/bin:/bin")
    if program is None:
        pytest.skip(f"there is no {command[0]}")
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "xrun").symlink_to(scripts / "xrun")
    file = project.folder / name
    before = file.read_text("utf-8") if file.exists() else ""
    project.write(name, f"{before}\n{read_snippet(tool)}")
    project.write("tests.py", TESTS)
    project.install("beta")
    environ = project.sandbox.environ(PATH=f"{commands}:{project.sandbox.environ()['PATH']}")
    result = run((program, *command[1:]), Place(project.folder, environ))
    shown = (result.stdout + result.stderr).decode()
    assert result.status == 0, shown
    assert "tested" in shown
    if tool != "tox":  # it has an environment of its own
        assert "beta" in shown
        assert project.installed() == ("alpha==2.0",)
