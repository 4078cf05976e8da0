"""What options come to: the members, extras and groups that uv selects for them. Pure.

Measured on uv 0.13.9, with `uv sync` and with `uv run --exact`:
- the default groups are those that the run's own project names, for every member;
- a group that is asked for, by `--all-groups` too, is the workspace root's where a member has none
  of that name;
- `--no-extra` and `--no-group` hold whatever else is said, but not for what others include;
- `--dev` and `--no-dev` undo each other, `UV_DEV` and `UV_NO_DEV`, and `--no-group` undoes
  `UV_NO_GROUP`; of the two variables `UV_NO_DEV` is stronger, and `UV_DEV` adds to `--only-group`;
- several extras may stand in one word (`--extra a,b`).
"""

from __future__ import annotations

import re

from xrun.project.groups import (
    ALL_NAMES,
    ANY,
    include,
    list_contents,
    list_filled,
    read_default_groups,
)
from xrun.project.names import canonicalize_name, canonicalize_names
from xrun.project.uv_variables import is_true
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from xrun.project.groups import Choice
    from xrun.project.workspace import Project, Workspace
    from xrun.proxy.command_line import Invocation

    Part = tuple[str | None, Choice]  # of the member of that name

ONLY = ("--only-group", "--only-dev")
ALWAYS = r"\s*(?P<name>[A-Za-z0-9._-]+)[^;]*"  # a requirement without a marker
NO_NAMES: frozenset[str] = frozenset()


def normalise_selection(
    workspace: Workspace, invocation: Invocation, environ: Mapping[str, str]
) -> frozenset[str]:
    """Normalise what a run selects: two selections that come to the same have the same words.

    Args:
        workspace: The workspace, with the project that the run is for.
        invocation: What is injected, then what was typed.
        environ: The variables that this uv reads.

    Returns:
        As options, what differs from what uv selects by itself at the workspace root; empty where
        nothing does. An extra or a group without requirements of its own makes no difference, nor
        do members that the root needs.
    """
    workspace = _go_to_member(workspace, invocation)
    members, root = select_members(workspace, invocation), workspace.root
    asked = read_asked(workspace, invocation, environ)
    parts = asked.select(members, root)
    if len(members) > 1 and parts == asked.select((root,), root) and _needs_all(root, members):
        members = (root,)
    if invocation.has(*ONLY):  # whichever member it is for
        words = _name_parts(parts, (), root)
        return frozenset(f"--only-{word}" for word in words) or frozenset({"--only-group"})
    words = _name_parts(parts, members, root)
    project = members[0] if len(members) == 1 else root
    plain = Asked(defaults=read_default_groups(project)).select(members, root)
    usual = _name_parts(plain, members, root)
    options = {f"--{word}" for word in words - usual} | {f"--no-{word}" for word in usual - words}
    if len(members) > 1 and not _stands_for_all(root):
        options.add("--all-packages")
    elif len(members) == 1 and members[0].folder != root.folder:
        options.add(f"--package={members[0].name}")
    return frozenset(options)


def select_members(workspace: Workspace, invocation: Invocation) -> tuple[Project, ...]:
    """Select the members that a run is for, the root first."""
    workspace = _go_to_member(workspace, invocation)
    is_for_all = workspace.is_at_root and _stands_for_all(workspace.root)
    if invocation.has("--all-packages") or is_for_all:
        return workspace.members
    return (workspace.project,)


def _go_to_member(workspace: Workspace, invocation: Invocation) -> Workspace:
    named = invocation.last("--package")
    return workspace if named is None else workspace.at_member(named)


def _needs_all(root: Project, members: Iterable[Project]) -> bool:
    """Whether a root needs all members, on any platform, and so has them without being asked."""
    by_name = {member.name: member for member in members}
    reached, waiting = {root.name}, [root]
    while waiting:
        listed = waiting.pop().find("project", "dependencies")
        needs = map(
            re.compile(ALWAYS).fullmatch, map(str, listed if isinstance(listed, list) else ())
        )
        names = {canonicalize_name(need["name"]) for need in needs if need} & by_name.keys()
        waiting += (by_name[name] for name in names - reached)
        reached |= names
    return reached >= by_name.keys()


def _stands_for_all(root: Project) -> bool:
    """Whether a root is no project itself, and so stands for all members."""
    return root.find_table("project") is None


@dataclass(frozen=True)
class Asked:
    """Which extras and groups are asked for by name, whichever member has them.

    Attributes:
        extras: The extras; `ANY` among them stands for all.
        groups: The groups, likewise.
        defaults: The groups that are selected without being asked for, likewise.
        excluded: What is left out whatever is asked for.
    """

    extras: frozenset[str] = NO_NAMES
    groups: frozenset[str] = NO_NAMES
    defaults: frozenset[str] = NO_NAMES
    excluded: frozenset[Choice] = frozenset()

    def has_group(self, name: str) -> bool:
        """Whether a group is asked for, once a member defines it."""
        is_asked = not {ANY, name}.isdisjoint(self.groups | self.defaults)
        return is_asked and ("group", name) not in self.excluded

    def select(self, members: Iterable[Project], root: Project) -> set[Part]:
        """Select what members have of it, and what that includes."""
        parts: set[Part] = set()
        for member in members:
            groups = pick(member.groups, self.groups | self.defaults)
            extras = pick(member.extras, self.extras)
            if "optional-dependencies" in member.dynamic:  # only a build could say which there are
                extras |= self.extras
            parts |= self._expand(member, extras, groups)
            parts |= self._expand(root, NO_NAMES, pick(root.groups - member.groups, self.groups))
        return parts

    def _expand(self, member: Project, extras: Iterable[str], groups: Iterable[str]) -> set[Part]:
        choices: set[Choice] = {("extra", name) for name in extras}
        choices |= {("group", name) for name in groups}
        included = include(member, choices - self.excluded)
        idle = list_contents(member).keys() - list_filled(member)
        return {(member.name, choice) for choice in included - idle}


def read_asked(workspace: Workspace, invocation: Invocation, environ: Mapping[str, str]) -> Asked:
    """Read which extras and groups options and variables ask for.

    Args:
        workspace: The workspace, with the project that the run is for.
        invocation: What is injected, then what was typed.
        environ: The variables that this uv reads.
    """
    is_only = invocation.has(*ONLY)
    is_without_defaults = is_only or invocation.has("--no-default-groups")
    if is_without_defaults or is_true(environ, "UV_NO_DEFAULT_GROUPS"):
        defaults = NO_NAMES
    else:
        defaults = read_default_groups(_go_to_member(workspace, invocation).project)
    excluded: set[Choice] = {
        ("extra", name) for name in canonicalize_names(invocation.values("--no-extra"))
    }
    excluded |= {("group", name) for name in _read_excluded_groups(invocation, environ)}
    extras = NO_NAMES if is_only else _read_extras(invocation)
    return Asked(extras, _read_groups(invocation, environ), defaults, frozenset(excluded))


def _read_extras(invocation: Invocation) -> frozenset[str]:
    if invocation.last_of("--all-extras", "--no-all-extras") == "--all-extras":
        return ALL_NAMES
    return canonicalize_names(
        name for value in invocation.values("--extra") for name in value.split(",")
    )


def _read_groups(invocation: Invocation, environ: Mapping[str, str]) -> frozenset[str]:
    if invocation.has("--all-groups"):
        return ALL_NAMES
    names = [*invocation.values("--group"), *invocation.values("--only-group")]
    last = invocation.last_of("--dev", "--no-dev", "--only-dev")
    is_dev = last in {"--dev", "--only-dev"} or (last is None and is_true(environ, "UV_DEV"))
    return canonicalize_names([*names, *(["dev"] if is_dev else [])])


def _read_excluded_groups(invocation: Invocation, environ: Mapping[str, str]) -> frozenset[str]:
    names = invocation.values("--no-group") or environ.get("UV_NO_GROUP", "").split()
    last = invocation.last_of("--dev", "--no-dev", "--only-dev")
    is_dev = last == "--no-dev" or (last is None and is_true(environ, "UV_NO_DEV"))
    return canonicalize_names([*names, *(["dev"] if is_dev else [])])


def pick(names: frozenset[str], wanted: Collection[str]) -> frozenset[str]:
    """Pick those that are wanted, all of them if `ANY` is."""
    return names if ANY in wanted else names.intersection(wanted)


def _name_parts(parts: Collection[Part], members: Iterable[Project], root: Project) -> set[str]:
    """Name parts in words: by name alone where all members that have the name are meant.

    What no member has is the root's.
    """
    holders: dict[Choice, set[str | None]] = {}
    for member in members:
        for choice in list_filled(member):
            holders.setdefault(choice, set()).add(member.name)
    words = set()
    for choice in {choice for _, choice in parts}:
        chosen = {member for member, each in parts if each == choice}
        kind, name = choice
        is_whole = chosen == holders.get(choice, {root.name})
        words |= {f"{kind}={'' if is_whole else f'{each}:'}{name}" for each in chosen}
    return words
