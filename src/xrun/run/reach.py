"""How `xrunctl`, typed in the current folder, is led to the environment of a run."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.environment import find_environment
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import gather_facts
from xrun.words import render_safe

if TYPE_CHECKING:
    from xrun.run.facts import Facts


@dataclass(frozen=True)
class Reach:
    """What has to be typed beside a verb, so that it is about the environment of a run.

    Attributes:
        project: The path for `--project`; empty where the project is found from here.
        environment: The path for UV_PROJECT_ENVIRONMENT; empty where it is found by itself.
    """

    project: str = ""
    environment: str = ""

    def render(self, *words: str) -> str:
        """Render a command line of `xrunctl`, of words that are quoted already."""
        variable = f"UV_PROJECT_ENVIRONMENT={shlex.quote(self.environment)} "
        option = f" --project {shlex.quote(self.project)}"
        line = f"{variable if self.environment else ''}xrunctl {' '.join(words)}"
        return render_safe(line + (option if self.project else ""))


HERE = Reach()


def find_reach(facts: Facts) -> Reach:
    """Find how `xrunctl` reaches what a run was about: `--directory`, `--active` and their like."""
    if facts.workspace is None or facts.environment is None:
        return HERE
    plain = gather_facts(parse_invocation(["python"]), facts.uv, facts.version, os.environ)
    root = facts.workspace.root.folder
    is_here = plain.workspace is not None and plain.workspace.root.folder == root
    found = find_environment(root, facts.environ, is_active=False)
    folder = facts.environment.folder
    return Reach(
        "" if is_here else os.path.relpath(root, plain.folder),
        "" if found.folder == folder else str(folder),
    )
