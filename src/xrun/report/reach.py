"""How `xrunctl`, typed in the current folder, is led to the environment of a run."""

from __future__ import annotations

import os
import re

from xrun.environment.environment import find_environment
from xrun.project.uv_variables import resolve_folder, resolve_named_project
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import dataclass
from xrun.words import render_line, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.environment.environment import Environment
    from xrun.project.workspace import Workspace


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
        variable = f"UV_PROJECT_ENVIRONMENT={render_line([self.environment])} "
        option = f" --project {render_line([self.project])}"
        line = f"{variable if self.environment else ''}xrunctl {' '.join(words)}"
        return render_safe(line + (option if self.project else ""))

    def point(self, advice: str) -> str:
        """Point each verb of `xrunctl` in advice there."""
        return re.sub(r"xrunctl (.+?)(?= &&|  #|$)", lambda found: self.render(found[1]), advice)


HERE = Reach()


def find_reach(
    workspace: Workspace | None, environment: Environment | None, environ: Mapping[str, str]
) -> Reach:
    """Find how `xrunctl` reaches what a run was about: `--directory`, `--active` and their like.

    Args:
        workspace: The project of the run; without one there is nothing to reach.
        environment: The environment of the run; likewise.
        environ: The variables that this uv reads.

    Raises:
        OSError: The current folder is gone.
    """
    if workspace is None or environment is None:
        return HERE
    root = workspace.root.folder
    folder = resolve_folder(environ)
    here = find_workspace(resolve_named_project(environ, folder) or folder)
    is_here = here is not None and here.root.folder == root
    found = find_environment(root, environ, is_active=False)
    return Reach(
        "" if is_here else os.path.relpath(root, folder),
        "" if found.folder == environment.folder else str(environment.folder),
    )
