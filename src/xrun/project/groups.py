"""What of a workspace uv selects only when asked: extras, and groups that are no default ones."""

from __future__ import annotations

import re

from xrun.project.names import canonicalize_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from xrun.project.workspace import Project, Workspace

    Kind = Literal["extra", "group", "package"]
    Choice = tuple[Kind, str]


DEFAULT_GROUPS = frozenset({"dev"})  # where `[tool.uv] default-groups` says nothing
ANY = "*"  # no name: stands for all names
ALL_NAMES = frozenset({ANY})

# A requirement on extras, without a version or a marker.
OWN_EXTRAS = r"\s*(?P<name>[A-Za-z0-9._-]+)\s*\[(?P<extras>[A-Za-z0-9._,\s-]+)\]\s*"

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
# What else changes what `uv lock` writes; `--index` and its like where a name is in two indexes.
RESOLVING = (
    *("--upgrade", "--upgrade-package", "--upgrade-group", "--resolution", "--prerelease", "--pre"),
    *("--prerelease-package", "--fork-strategy", "--exclude-newer", "--exclude-newer-package"),
    *("--index", "--default-index", "--index-url", "--extra-index-url", "--find-links"),
    *("--no-index", "--index-strategy", "--no-sources", "--no-sources-package"),
    *("--no-config", "--config-file"),
)
OVER_LOCK_VARIABLES = ("UV_LOCKED", "UV_FROZEN")

EVERYTHING = ("--all-packages", "--all-extras", "--all-groups")
# What would weaken "everything selected".
SELECTING_VARIABLES = ("UV_NO_DEV", "UV_NO_GROUP", "UV_NO_DEFAULT_GROUPS")
SELECTING = frozenset({*OVER_EXTRAS, *OVER_GROUPS, *OVER_PACKAGES, "--extra", "--group", "--dev"})


def list_defined(members: Iterable[Project], key: str) -> frozenset[str]:
    """List the `extras` or `groups` (the key) that some member defines."""
    return frozenset[str]().union(*(getattr(member, key) for member in members))


def has_open_extras(members: Iterable[Project]) -> bool:
    """Whether only a build could say which extras some member has."""
    return any("optional-dependencies" in member.dynamic for member in members)


def find_default_groups(workspace: Workspace) -> frozenset[str]:
    """Find the groups that uv selects by itself, with those that they include in every member."""
    groups = {name for member in workspace.members for name in member.groups}
    given = read_default_groups(workspace.root)
    if given == ALL_NAMES:
        return frozenset(groups)
    choices: set[Choice] = {("group", name) for name in given}
    missing = {
        name
        for member in workspace.members
        for name in member.groups
        if ("group", name) not in include(member, choices)
    }
    return frozenset(groups - missing)


def read_default_groups(project: Project) -> frozenset[str]:
    """Read which groups uv selects by itself for a project; `ALL_NAMES` for all of them."""
    named = project.find("tool", "uv", "default-groups")
    if named == "all":
        return ALL_NAMES
    return frozenset(map(_normalise, named)) if isinstance(named, list) else DEFAULT_GROUPS


def include(member: Project, choices: Iterable[Choice]) -> set[Choice]:
    """Add to extras and groups of a member what they include, and what that includes.

    A group includes groups (PEP 735); both include extras by a requirement on the member itself.
    """
    listed = list_contents(member)
    found = set(choices)
    while (
        more := {
            each
            for choice in found
            for item in listed.get(choice, ())
            for each in _read(item, member)
        }
        - found
    ):
        found |= more
    return found


def list_contents(member: Project) -> dict[Choice, list[object]]:
    """List what stands in each extra and group of a member, uv's older `dev` included."""
    kinds: tuple[tuple[Kind, Mapping[str, object] | None], ...] = (
        ("extra", member.find_table("project", "optional-dependencies")),
        ("group", member.find_table("dependency-groups")),
        ("group", {"dev": member.find("tool", "uv", "dev-dependencies")}),
    )
    contents: dict[Choice, list[object]] = {}
    for kind, table in kinds:
        for name, items in (table or {}).items():
            if isinstance(items, list):
                contents.setdefault((kind, _normalise(name)), []).extend(items)
    return contents


def list_filled(member: Project) -> set[Choice]:
    """List the extras and groups of a member that do more than to include others."""
    contents = list_contents(member).items()
    return {choice for choice, items in contents if not all(_read(item, member) for item in items)}


def _read(item: object, member: Project) -> set[Choice]:
    """Read what an item of an extra or a group includes of its own member."""
    if isinstance(item, dict) and "include-group" in item:
        return {("group", _normalise(item["include-group"]))}
    own = re.fullmatch(OWN_EXTRAS, item) if isinstance(item, str) else None
    if own is None or canonicalize_name(own["name"]) != member.name:
        return set()
    return {("extra", _normalise(each.strip())) for each in own["extras"].split(",")}


def _normalise(name: object) -> str:
    return canonicalize_name(str(name))
