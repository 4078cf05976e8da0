"""What of a workspace uv selects only when asked: extras, and groups that are no default ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from xrun.project.names import canonicalize_name, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xrun.project.workspace import Project, Workspace
    from xrun.proxy.command_line import Invocation

Kind = Literal["extra", "group", "package"]
Choice = tuple[Kind, str]

DEFAULT_GROUPS = frozenset({"dev"})  # where `[tool.uv] default-groups` says nothing
# What takes from the groups that are selected by default begins so.
LESS = ("--no-", "--only-", "UV_NO_")

# Beside one of these the policy's own choice of that kind is not injected: uv refuses some of the
# combinations, and in the others what was typed is meant to be all there is.
OVER_EXTRAS = ("--all-extras", "--no-all-extras", "--no-extra", "--only-group", "--only-dev")
OVER_GROUPS = (
    *("--all-groups", "--no-group", "--no-default-groups", "--no-dev"),
    *("--only-group", "--only-dev"),
)
OVER_GROUPS_VARIABLES = ("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS")
OVER_PACKAGES = ("--package", "--all-packages")
OVER_LOCK = (
    *("--locked", "--no-locked", "--frozen", "--no-frozen"),
    *("--upgrade", "--upgrade-package", "--upgrade-group"),
)
OVER_LOCK_VARIABLES = ("UV_LOCKED", "UV_FROZEN")

EVERYTHING = ("--all-packages", "--all-extras", "--all-groups")
# What would weaken "everything selected".
SELECTING_VARIABLES = ("UV_NO_DEV", "UV_NO_GROUP", "UV_NO_DEFAULT_GROUPS")
SELECTING = frozenset({*OVER_EXTRAS, *OVER_GROUPS, *OVER_PACKAGES, "--extra", "--group", "--dev"})


@dataclass(frozen=True)
class Offer:
    """What could be selected of one kind.

    Attributes:
        names: Those that can be selected together, sorted.
        excluded: Those that conflict with the names, or with what uv selects by default.
    """

    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def find_offers(workspace: Workspace) -> tuple[Offer, Offer]:
    """Find the extras and the groups that members define and uv does not select by itself.

    A group that a default one includes (PEP 735) is selected with it. Of what conflicts, the first
    by name is taken; what is no valid name is uv's to tell, and is passed over.
    """
    groups = {name for member in workspace.members for name in member.groups}
    extras = {name for member in workspace.members for name in member.extras}
    defaults = find_default_groups(workspace)
    conflicts = list_conflicts(workspace)
    taken: set[Choice] = {("group", name) for name in defaults}
    offered_extras = _take("extra", extras, taken, conflicts)
    return offered_extras, _take("group", groups - defaults, taken, conflicts)


def find_default_groups(workspace: Workspace) -> frozenset[str]:
    """Find the groups that uv selects by itself, with those that they include in every member."""
    groups = {name for member in workspace.members for name in member.groups}
    named = (workspace.root.find_table("tool", "uv") or {}).get("default-groups")
    if named == "all":
        return frozenset(groups)
    given = frozenset(map(_normalise, named)) if isinstance(named, list) else DEFAULT_GROUPS
    missing = {
        name for member in workspace.members for name in member.groups - _include(member, given)
    }
    return frozenset(groups - missing)


def selects_all(
    workspace: Workspace | None, environ: Mapping[str, str], invocation: Invocation
) -> bool:
    """Whether a run selects all that its project declares, so that nothing can be unselected."""
    if workspace is None or len(workspace.members) > 1:
        return False
    is_chosen = invocation.has(*SELECTING) or any(map(environ.get, SELECTING_VARIABLES))
    more = workspace.root.groups - find_default_groups(workspace)
    return not (is_chosen or more or workspace.root.extras)


def list_needless(workspace: Workspace, words: Iterable[str]) -> Iterator[str]:
    """List which options, of those that select, change nothing.

    Args:
        workspace: What is selected from.
        words: All options that select, and the variables.
    """
    if len(workspace.members) == 1:
        yield "--all-packages"
    root = workspace.root
    if root.find_table("project") is not None:
        named = (word for word in words if word.startswith("--package="))
        yield from (
            word for word in named if canonicalize_name(word.partition("=")[2]) == root.name
        )
    is_less = any(word.startswith(LESS) for word in words)
    if not is_less and "dev" in find_default_groups(workspace):
        yield "--dev"


def list_conflicts(workspace: Workspace) -> list[frozenset[Choice]]:
    """List what cannot be selected together: each set of `[tool.uv] conflicts` of every member.

    An extra or a group counts by its name alone, whichever package the set says.
    """
    return [each for member in workspace.members for each in _list_conflicts_of(member)]


def can_select_all(workspace: Workspace) -> bool:
    """Whether no two members conflict, so that `--all-packages` can be done."""
    names: set[Choice] = {("package", member.name) for member in workspace.members if member.name}
    return all(len(each & names) < 2 for each in list_conflicts(workspace))  # noqa: PLR2004 - a pair


def _take(
    kind: Kind, names: set[str], taken: set[Choice], conflicts: list[frozenset[Choice]]
) -> Offer:
    """Take names as long as they do not conflict with what is taken, to which they are added."""
    chosen: list[str] = []
    excluded: list[str] = []
    for name in sorted(filter(is_name, names)):
        choice = (kind, name)
        if any(choice in each and each & (taken - {choice}) for each in conflicts):
            excluded.append(name)
        else:
            chosen.append(name)
            taken.add(choice)
    return Offer(tuple(chosen), tuple(excluded))


def _include(member: Project, names: frozenset[str]) -> frozenset[str]:
    """Add to groups of a member what they include, and what that includes."""
    table = member.find_table("dependency-groups") or {}
    included = {_normalise(name): frozenset(_list_included(value)) for name, value in table.items()}
    found = names
    while more := {each for name in found for each in included.get(name, ())} - found:
        found |= more
    return found


def _list_included(group: object) -> Iterator[str]:
    for item in group if isinstance(group, list) else ():
        if isinstance(item, dict) and "include-group" in item:
            yield _normalise(item["include-group"])


def _list_conflicts_of(member: Project) -> Iterator[frozenset[Choice]]:
    sets = (member.find_table("tool", "uv") or {}).get("conflicts")
    for each in sets if isinstance(sets, list) else ():
        items = [item for item in each if isinstance(item, dict)] if isinstance(each, list) else []
        yield frozenset(choice for item in items for choice in _read_choice(item))


def _read_choice(item: Mapping[str, object]) -> Iterator[Choice]:
    """Read an item of a set; a package that stands beside an extra or a group only says whose."""
    kinds: tuple[Kind, ...] = ("extra", "group", "package")
    kind = next((each for each in kinds if each in item), None)
    if kind is not None:
        yield kind, _normalise(item[kind])


def _normalise(name: object) -> str:
    return canonicalize_name(str(name))
