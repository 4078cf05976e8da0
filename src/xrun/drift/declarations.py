"""Where a project declares a distribution: the tables of `pyproject.toml` that name it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from xrun.environment import find_needs, parse_requirement
from xrun.project.conflicts import Conflicts, Item
from xrun.project.groups import find_default_groups
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xrun.environment import Environment
    from xrun.project.workspace import Project, Workspace

Table = tuple[str, Item, object]  # its place, what selects it, and its requirements
Root = tuple[str, frozenset[str]]  # a normalised name, and extras


@dataclass(frozen=True)
class Declaration:
    """A table that names a distribution.

    Attributes:
        file: The `pyproject.toml`, relative to the workspace root.
        place: The table, dotted (`dependency-groups.dev`).
        selector: What selects it.
    """

    file: str
    place: str
    selector: Item


def find_declarations(workspace: Workspace, name: str) -> tuple[Declaration, ...]:
    """Find where the members of a workspace declare a distribution by its normalised name.

    Nothing is found for what is in the lock file only because something else needs it.
    """
    return tuple(each for member in workspace.members for each in _list_in(member, workspace, name))


def find_selectors(
    workspace: Workspace, name: str, environment: Environment | None = None
) -> tuple[Item, ...]:
    """Find what selects what some member declares by this name, itself included.

    Args:
        workspace: What its members declare.
        name: Normalised.
        environment: Where it would be: what a marker rules out there is not found.
    """
    found = [
        each.selector
        for member in workspace.members
        for each in _list_in(member, workspace, name, environment)
    ]
    return tuple(dict.fromkeys(found))


def _list_in(
    member: Project, workspace: Workspace, name: str, environment: Environment | None = None
) -> Iterator[Declaration]:
    file = os.path.relpath(member.file, workspace.root.folder).replace(os.sep, "/")
    if member.name == name:
        package = Conflicts(workspace).name(member)
        yield Declaration(file, "project.name", Item("package", member.name, package))
    for place, selector, requirements in _list_tables(member, workspace):
        is_named = name in _read_names(requirements)
        if is_named and (
            environment is None or name in dict(_list_roots(requirements, environment))
        ):
            yield Declaration(file, place, selector)


def _list_tables(member: Project, workspace: Workspace) -> Iterator[Table]:
    """List the tables of requirements of a member; uv's default groups come with a member."""
    package, defaults = Conflicts(workspace).name(member), find_default_groups(workspace)
    whole = Item("package", member.name or "", package)
    if member.name:
        dependencies = (member.find_table("project") or {}).get("dependencies")
        yield "project.dependencies", whole, dependencies
    extras = member.find_table("project", "optional-dependencies") or {}
    for key, value in extras.items():
        name = canonicalize_name(key)
        yield f"project.optional-dependencies.{key}", Item("extra", name, package), value
    groups = member.find_table("dependency-groups") or {}
    legacy = (member.find_table("tool", "uv") or {}).get("dev-dependencies")
    tables = [(f"dependency-groups.{key}", key, value) for key, value in groups.items()]
    for place, key, value in (*tables, ("tool.uv.dev-dependencies", "dev", legacy)):
        name = canonicalize_name(key)
        is_apart = not package or name not in defaults
        yield place, Item("group", name, package) if is_apart else whole, value


def find_reaching(
    workspace: Workspace, environment: Environment, names: Iterable[str]
) -> Mapping[str, tuple[Item, ...]]:
    """Find what selects what, as it is installed, needs some distributions in turn.

    Args:
        workspace: What its members declare, with the extras that they ask for, is followed.
        environment: Says what that needs.
        names: The distributions, normalised.

    Returns:
        For each of them what selects it, extras and groups first; nothing else selects what
        an extra of something brings (`uvicorn[standard]`).
    """
    names = tuple(names)
    tables = [table for each in workspace.members for table in _list_tables(each, workspace)]
    tables.sort(key=lambda table: table[1].kind == "package")
    found: dict[str, dict[Item, None]] = {name: {} for name in names}
    for _, selector, requirements in tables:
        reached = find_needs(environment, _list_roots(requirements, environment))
        for name in names:
            if name in reached:
                found[name][selector] = None
    return {name: tuple(items) for name, items in found.items()}


def list_roots(workspace: Workspace, environment: Environment) -> Iterator[Root]:
    """List what members declare for an environment, with the extras that are asked for."""
    for member in workspace.members:
        for _, _, requirements in _list_tables(member, workspace):
            yield from _list_roots(requirements, environment)


def _list_roots(requirements: object, environment: Environment) -> Iterator[Root]:
    for each in requirements if isinstance(requirements, list) else ():
        for found in parse_requirement(str(each), lambda: environment.markers):
            yield found.name, found.extras


def _read_names(requirements: object) -> frozenset[str]:
    """Read the names of a list of requirements; what is none is passed over."""
    if not isinstance(requirements, list):
        return frozenset()
    starts = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", str(each)) for each in requirements)
    return frozenset(canonicalize_name(start[0]) for start in starts if start)
