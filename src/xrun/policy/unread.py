"""A `pyproject.toml` that may hold a policy, but cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.policy.files import load_text, render_path
from xrun.policy.mismatch import Wrong
from xrun.policy.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.policy.policy import Policy
    from xrun.project.workspace import Project, Workspace


def find_unread(workspace: Workspace | None) -> tuple[Project, ...]:
    """Find the projects whose `pyproject.toml` may hold a policy that counts, but is not read."""
    projects = () if workspace is None else (workspace.root, workspace.project)
    return tuple(dict.fromkeys(each for each in projects if not each.is_read))


def list_wrong(project: Project) -> Iterator[Problem]:
    """List what is wrong with the text of a `pyproject.toml` that is not read."""
    try:
        load_text(project.file)
    except Wrong as wrong:
        yield from (Problem(render_path(project.file), *each) for each in wrong.problems)


def check_unread(workspace: Workspace | None, policy: Policy) -> Iterator[Problem]:
    """Check that no policy is passed by because xrun cannot read what uv may (leap seconds).

    A file counts that mentions xrun, and each where something is enforced. Any other that is not
    TOML is uv's to tell.

    Args:
        workspace: The project, if there is one.
        policy: What all that could be read comes to.
    """
    for project in find_unread(workspace):
        if policy.floors or "xrun" in project.unread:
            yield from list_wrong(project)
