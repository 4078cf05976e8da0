"""Where each layer's policy is looked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from xrun.policy.extends import follow_extends
from xrun.policy.files import (
    LOCAL_FILE,
    POLICY_FILE,
    Found,
    find_file,
    find_project_file,
    is_there,
    render_path,
)
from xrun.policy.keys import ENFORCE, Layer
from xrun.policy.layers import check_version
from xrun.policy.problems import Problem
from xrun.policy.values import URL
from xrun.project.user_folders import resolve_config_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.project.workspace import Workspace

POLICY_VARIABLE = "XRUN_POLICY"


def find_policy_files(
    workspace: Workspace | None, folder: Path, environ: Mapping[str, str]
) -> Found:
    """Find the policy files that count, and what they extend.

    Args:
        workspace: The project that the run is for, if there is one; nothing above it is looked at.
        folder: The current folder; its `xrun.toml` counts outside any project.
        environ: `XRUN_POLICY` names a file instead of the workspace's and the project's.
    """
    system = platformdirs.site_config_path("xrun", appauthor=False)
    user = resolve_config_folder()
    found = follow_extends(find_file(Layer.SYSTEM, system / POLICY_FILE))
    found += _find_user(user / POLICY_FILE)
    found += _find_team(workspace, folder, environ.get(POLICY_VARIABLE, "").strip())
    if workspace is not None:
        found += find_file(Layer.LOCAL, workspace.root.folder / LOCAL_FILE)
    return found


def _find_user(path: Path) -> Found:
    """Find the user's policy; in a home that is closed to this user (sudo, a service) it is not."""
    try:
        os.lstat(path)
    except PermissionError:
        return Found(places=(path,))
    except OSError:
        pass  # not there, as a rule
    return follow_extends(find_file(Layer.USER, path))


def _find_team(workspace: Workspace | None, folder: Path, named: str) -> Found:
    """Find the workspace's policy and the project's, or the one that is named instead of both."""
    if workspace is None:
        team = follow_extends(find_file(Layer.WORKSPACE, folder / POLICY_FILE))
    else:
        team = follow_extends(find_project_file(Layer.WORKSPACE, workspace.root))
    if named:
        return _hide(team) + _load_named(named, folder)
    if workspace is None or workspace.is_at_root:
        return team
    return team + follow_extends(find_project_file(Layer.PROJECT, workspace.project), team)


def _hide(team: Found) -> Found:
    """Hide a layer behind a named file, unless it enforces something or nobody can know."""
    is_open = team.problems or any(check_version(file.table, file.source) for file in team.files)
    enforces = any(file.table.get(ENFORCE.name) for file in team.files)
    return team if is_open or enforces else Found(places=team.places)


def _load_named(named: str, folder: Path) -> Found:
    """Load the file that `XRUN_POLICY` names, and what it extends."""
    if URL.match(named):
        told = "a URL is never fetched; name a file"
        return Found(problems=(Problem(POLICY_VARIABLE, "", told),))
    path = Path(os.path.normpath(folder / named))
    if not is_there(path):
        told = f"there is no {render_path(path)}"
        return Found(places=(path,), problems=(Problem(POLICY_VARIABLE, "", told),))
    return follow_extends(find_file(Layer.WORKSPACE, path))
