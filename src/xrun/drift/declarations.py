"""Where a project declares a distribution: the tables of `pyproject.toml` that name it."""

from __future__ import annotations

import os
import re

from xrun.environment.needs import find_needs
from xrun.environment.requirement import parse_requirement
from xrun.project.conflicts import Conflicts, Item
from xrun.project.groups import find_default_groups
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from xrun.environment.environment import Environment
    from xrun.project.workspace import Project, Workspace

Root = tuple[str, frozenset[str]]  # a normalised name, and extras
OWN_NAME = "project.name"


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


Table = tuple[Declaration, object]  # where it is, and its requirements


def find_declarations(workspace: Workspace, name: str) -> tuple[Declaration, ...]:
    """Find where the members of a workspace declare a distribution by its normalised name.

    Nothing is found for what is in the lock file only because something else needs it.
    """
    tables = _list_tables(workspace)
    return tuple(each for each, requirements in tables if name in _read_names(requirements))


def find_selectors(
    workspace: Workspace, names: Iterable[str], environment: Environment | None = None
) -> Mapping[str, tuple[Item, ...]]:
    """Find what selects what some member declares by these names, itself included.

    Args:
        workspace: What its members declare.
        names: Normalised.
        environment: Where it would be: what a marker rules out there is not found.

    Returns:
        For each of the names what selects it.
    """
    found: dict[str, dict[Item, None]] = {name: {} for name in names}
    for each, requirements in _list_tables(workspace):
        named = _read_names(requirements) & found.keys()
        if named and environment is not None:
            named &= dict(_list_roots(requirements, environment, named)).keys()
        for name in named:
            found[name][each.selector] = None
    return {name: tuple(items) for name, items in found.items()}


def _list_tables(workspace: Workspace) -> Iterator[Table]:
    """List the tables of all members; uv's default groups come with a member."""
    conflicts, defaults = Conflicts(workspace), find_default_groups(workspace)
    for member in workspace.members:
        file = os.path.relpath(member.file, workspace.root.folder).replace(os.sep, "/")
        for place, selector, requirements in _list_member_tables(
            member, conflicts.name(member), defaults
        ):
            yield Declaration(file, place, selector), requirements


def _list_member_tables(
    member: Project, package: str, defaults: Collection[str]
) -> Iterator[tuple[str, Item, object]]:
    whole = Item("package", member.name or "", package)
    if member.name:
        yield OWN_NAME, whole, [member.name]
        yield "project.dependencies", whole, member.find("project", "dependencies")
    extras = member.find_table("project", "optional-dependencies") or {}
    for key, value in extras.items():
        name = canonicalize_name(key)
        yield f"project.optional-dependencies.{key}", Item("extra", name, package), value
    groups = member.find_table("dependency-groups") or {}
    legacy = member.find("tool", "uv", "dev-dependencies")
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
    tables = sorted(_list_tables(workspace), key=lambda table: table[0].selector.kind == "package")
    found: dict[str, dict[Item, None]] = {name: {} for name in names}
    for each, requirements in tables:
        if each.place != OWN_NAME:
            roots = _list_roots(requirements, environment, environment.distributions)
            reached = find_needs(environment, roots)
            for name in reached.keys() & found.keys():
                found[name][each.selector] = None
    return {name: tuple(items) for name, items in found.items()}


def list_roots(workspace: Workspace, environment: Environment) -> Iterator[Root]:
    """List what members declare for an environment, with the extras that are asked for."""
    for each, requirements in _list_tables(workspace):
        if each.place != OWN_NAME:
            yield from _list_roots(requirements, environment, environment.distributions)


def _list_roots(
    requirements: object, environment: Environment, names: Collection[str]
) -> Iterator[Root]:
    for each in requirements if isinstance(requirements, list) else ():
        for found in parse_requirement(str(each), lambda: environment.markers, names=names):
            yield found.name, found.extras


def _read_names(requirements: object) -> frozenset[str]:
    """Read the names of a list of requirements; what is none is passed over."""
    if not isinstance(requirements, list):
        return frozenset()
    starts = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", str(each)) for each in requirements)
    return frozenset(canonicalize_name(start[0]) for start in starts if start)
