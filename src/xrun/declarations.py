"""Where a project declares a distribution: the tables of `pyproject.toml` that name it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.names import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.workspace import Project, Workspace


@dataclass(frozen=True)
class Declaration:
    """A table that names a distribution.

    Attributes:
        file: The `pyproject.toml`, relative to the workspace root.
        place: The table, dotted (`dependency-groups.dev`).
        selector: The option of uv that selects it (`--group dev`).
    """

    file: str
    place: str
    selector: str


def find_declarations(workspace: Workspace, name: str) -> tuple[Declaration, ...]:
    """Find where the members of a workspace declare a distribution by its normalised name.

    Nothing is found for what is in the lock file only because something else needs it.
    """
    return tuple(each for member in workspace.members for each in _list_in(member, workspace, name))


def find_selectors(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Find the options that select what some member declares by this name, itself included."""
    return tuple(dict.fromkeys(each.selector for each in find_declarations(workspace, name)))


def _list_in(member: Project, workspace: Workspace, name: str) -> Iterator[Declaration]:
    file = os.path.relpath(member.file, workspace.root.folder).replace(os.sep, "/")
    project = member.find_table("project") or {}
    package = f"--package {member.name}"
    if member.name == name:
        yield Declaration(file, "project.name", package)
    if member.name and name in _read_names(project.get("dependencies")):
        yield Declaration(file, "project.dependencies", package)
    extras = member.find_table("project", "optional-dependencies") or {}
    for key, value in extras.items():
        if name in _read_names(value):
            yield Declaration(file, f"project.optional-dependencies.{key}", f"--extra {key}")
    groups = member.find_table("dependency-groups") or {}
    for key, value in groups.items():
        if name in _read_names(value):
            yield Declaration(file, f"dependency-groups.{key}", f"--group {key}")
    legacy = (member.find_table("tool", "uv") or {}).get("dev-dependencies")
    if name in _read_names(legacy):
        yield Declaration(file, "tool.uv.dev-dependencies", "--group dev")


def _read_names(requirements: object) -> frozenset[str]:
    """Read the names of a list of requirements; what is none is passed over."""
    if not isinstance(requirements, list):
        return frozenset()
    starts = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", str(each)) for each in requirements)
    return frozenset(canonicalize_name(start[0]) for start in starts if start)
