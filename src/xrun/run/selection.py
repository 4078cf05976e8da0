"""What an environment is for: extras, dependency groups and members, by policy and as typed.

`make_sync` says it to uv.
"""

from __future__ import annotations

import os
from pathlib import Path

from xrun.drift.dry_run import SyncCommand
from xrun.policy.forms import ALL
from xrun.policy.keys import Layer
from xrun.project.groups import (
    ALL_NAMES,
    OVER_EXTRAS,
    OVER_GROUPS,
    OVER_GROUPS_VARIABLES,
    OVER_LOCK,
    OVER_LOCK_VARIABLES,
    OVER_PACKAGES,
    RESOLVING,
    SELECTING,
    has_open_extras,
    list_defined,
    read_default_groups,
)
from xrun.project.names import canonicalize_name
from xrun.project.selection import ONLY, normalise_selection, select_members
from xrun.project.uv_variables import LOCKS_DEFAULT_GROUPS, WANTS_SCRIPT_LOCK
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import Invocation, parse_invocation
from xrun.proxy.dataclass import replace
from xrun.proxy.options import NOT_FOR_SYNC
from xrun.run.plan import Target
from xrun.words import render_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xrun.policy.keys import Names
    from xrun.policy.policy import Policy
    from xrun.project.groups import Kind
    from xrun.project.workspace import Project, Workspace
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan
    from xrun.run.request import Request

# What says how uv talks, not what it does. `--verbose` stays: an error is shown as uv says it.
TALK = frozenset({"--color", "--no-color", "--no-progress"})
UNTYPED = parse_invocation(["true"])


def resolve_selection(
    policy: Policy, invocation: Invocation, workspace: Workspace, facts: Facts
) -> tuple[str, ...]:
    """Resolve which options say the policy's selection to `uv run` and `uv sync`.

    Only names that the selected members define are said: uv refuses others.
    """
    fixed = frozenset(_list_fixed(invocation, facts))
    every = policy.packages == ALL and "package" not in fixed
    words = ["--all-packages"] if every and len(workspace.members) > 1 else []
    members = workspace.members if every else select_members(workspace, invocation)
    if "extra" not in fixed:
        words += _render_names(policy.extras, "extra", members, invocation)
    if "group" not in fixed:
        words += _render_names(policy.groups, "group", members, invocation)
    return tuple(words)


def _list_fixed(invocation: Invocation, facts: Facts) -> Iterator[Kind]:
    """List the kinds of which the policy's own choice is not injected into a run."""
    if invocation.has(*OVER_PACKAGES):
        yield "package"
    if invocation.has(*OVER_EXTRAS):
        yield "extra"
    is_over = any(map(facts.is_true, OVER_GROUPS_VARIABLES)) or facts.environ.get("UV_NO_GROUP")
    if invocation.has(*OVER_GROUPS) or is_over:
        yield "group"


def _list_out_of_reach(request: Request) -> Iterator[Kind]:
    """List the kinds of which a run selects what it does whatever the local policy says."""
    yield from _list_fixed(request.as_read, request.facts)
    kinds: dict[str, Kind] = {"extras": "extra", "groups": "group", "packages": "package"}
    for key, kind in kinds.items():
        step = request.policy.find_step(key)
        if step.layer is Layer.ENVIRONMENT or step.rule:
            yield kind


def resolve_lock(policy: Policy, invocation: Invocation, facts: Facts) -> tuple[str, ...]:
    """Resolve which option says what may be done to the lock file; what was typed comes first."""
    if policy.lock == "update" or invocation.has(*OVER_LOCK):
        return ()
    if any(map(facts.is_true, OVER_LOCK_VARIABLES)):
        return ()
    return (f"--{policy.lock}",)


def _render_names(
    names: Names, option: str, members: tuple[Project, ...], invocation: Invocation
) -> Iterator[str]:
    defined = list_defined(members, f"{option}s")
    if names == ALL:
        if not invocation.has(f"--{option}"):
            yield f"--all-{option}s"
            return
        values = ",".join(invocation.values(f"--{option}")).split(",")  # uv takes `a,b` for extras
        typed = set(map(canonicalize_name, values))
        names = tuple(sorted(defined - typed))  # uv refuses "all" beside a name
    is_open = option == "extra" and has_open_extras(members)
    for name in names:
        if name in defined or is_open:
            yield f"--{option}={name}"


def read_selection(request: Request, injected: Iterable[str]) -> frozenset[str]:
    """Read what a run selects, in words that two selections share if they come to the same.

    Args:
        request: What was typed, and where.
        injected: The options that say the policy's selection.
    """
    facts = request.facts
    if facts.workspace is None:
        return frozenset()
    return _normalise(facts.workspace, injected, request.as_read, facts.environ)


def read_home_selection(request: Request) -> frozenset[str]:
    """Read what the project's environment is for: the policy's selection at the workspace root.

    As the policy's files say it for every command; in the words of `read_selection`.
    """
    facts, workspace = request.facts, request.facts.workspace
    if workspace is None:
        return frozenset()
    at_root = replace(workspace, project=workspace.root)
    bare = replace(facts, environ={}, workspace=at_root)
    injected = resolve_selection(request.policy.for_every_command(), UNTYPED, at_root, bare)
    return _normalise(at_root, injected, UNTYPED, {})


def selects_as_home(request: Request, injected: Iterable[str]) -> bool:
    """Whether a run selects what the project's environment is for."""
    return read_selection(request, injected) == read_home_selection(request)


def selects_as_untyped(request: Request, injected: Iterable[str]) -> bool:
    """Whether what was typed selects nothing else than the same command would without it."""
    facts = request.facts
    workspace = find_workspace(facts.start)
    if workspace is None:
        return True
    untyped = resolve_selection(request.policy, UNTYPED, workspace, facts)
    here = _normalise(workspace, untyped, UNTYPED, facts.environ)
    return read_selection(request, injected) == here


def _normalise(
    workspace: Workspace,
    injected: Iterable[str],
    invocation: Invocation,
    environ: Mapping[str, str],
) -> frozenset[str]:
    typed = (*parse_invocation([*injected]).typed, *invocation.typed)
    return normalise_selection(workspace, Invocation((), (), typed), environ)


def make_sync(request: Request, plan: Plan, variables: Mapping[str, str]) -> SyncCommand:
    """Make the `uv sync` that syncs what a run would sync.

    Args:
        request: What was typed; what `uv sync` does not take is left out.
        plan: With the policy's selection.
        variables: What the run sets beside the variables of this process.
    """
    facts, invocation = request.facts, request.as_read
    script = facts.script if plan.target is Target.SCRIPT else None
    options = []
    if script is not None:
        options.append(f"--script={script.path}")
    elif facts.workspace and not invocation.has("--project") and "UV_PROJECT" not in facts.environ:
        # `uv run` may have found the project by the script's folder; `uv sync` would not. A member
        # that was named is found from the root alone where a project lies between the two.
        named = invocation.has("--package")
        project = facts.workspace.root if named else facts.workspace.project
        options.append(f"--project={project.folder}")
    if request.no_project and facts.environment is not None:  # such a run is not asked a preview
        variables = {**variables, "UV_PROJECT_ENVIRONMENT": str(facts.environment.folder)}
    left_out = NOT_FOR_SYNC | TALK | {*invocation.unknown}
    if script is not None and not script.has_lock:
        variables = {**variables, **dict.fromkeys(OVER_LOCK_VARIABLES, "0")}
        left_out |= set() if request.can(WANTS_SCRIPT_LOCK) else {"--frozen", "--locked"}
    injected = {"--python"} & {word.partition("=")[0] for word in plan.selection}
    words = [*plan.selection, *invocation.render_options(left_out | injected)]
    words = [word for word in words if word.partition("=")[0] not in left_out]
    selection = [word for word in words if word.partition("=")[0] in SELECTING]
    options += [word for word in words if word.partition("=")[0] not in SELECTING]
    resolving = [word for word in words if word.partition("=")[0] in RESOLVING]
    selection += _name_defaults(request, parse_invocation(words))
    place = _render_place(request, plan)
    return SyncCommand(
        facts.uv,
        facts.version,
        tuple(options),
        () if script is not None else tuple(selection),
        variables,
        facts.workspace,
        None if script is not None else facts.environment,
        script=script.path if script is not None else None,
        adding=render_line(["uv", "add", *place]) if _can_declare(request, plan) else "",
        locking=render_line(["uv", "lock", *place, *resolving]),
        has_colour=request.has_colour,
        is_offline=plan.is_left,
        reinstalls=invocation.has("--reinstall", "--reinstall-package"),
        fixed=frozenset(_list_out_of_reach(request)),
    )


def _name_defaults(request: Request, chosen: Invocation) -> list[str]:
    """Name the default groups of a member where `uv sync` would take those of the lock file."""
    workspace, facts = request.facts.workspace, request.facts
    is_frozen = chosen.last_of("--frozen", "--no-frozen", "--locked") == "--frozen"
    is_frozen = is_frozen or (not chosen.has(*OVER_LOCK) and facts.is_true("UV_FROZEN"))
    is_fixed = chosen.has(*ONLY, "--all-groups", "--no-default-groups")
    if not (is_frozen and chosen.has("--package") and request.can(LOCKS_DEFAULT_GROUPS)):
        return []
    if workspace is None or is_fixed or facts.is_true("UV_NO_DEFAULT_GROUPS"):
        return []
    groups, defaults = workspace.project.groups, read_default_groups(workspace.project)
    groups = groups if defaults == ALL_NAMES else defaults - ({"dev"} - groups)  # uv refuses others
    return ["--no-default-groups", *(f"--group={name}" for name in sorted(groups))]


def _can_declare(request: Request, plan: Plan) -> bool:
    """Whether `uv add` declares a distribution where the run looks."""
    workspace = request.facts.workspace
    declares = workspace is not None and workspace.project.declares
    return declares or plan.target is Target.SCRIPT


def _render_place(request: Request, plan: Plan) -> list[str]:
    """Point a command of uv at what the run is about, where it would not find that from here."""
    if plan.target is Target.SCRIPT:
        return ["--script", request.invocation.command[0]]
    workspace = request.facts.workspace
    if workspace is None:
        return []
    folder, root = Path.cwd(), workspace.root.folder
    here = find_workspace(folder) if root in {folder, *folder.parents} else None
    same = {root, workspace.project.folder}
    if here is not None and {here.root.folder, here.project.folder} >= same:
        return []
    return ["--project", os.path.relpath(workspace.project.folder)]
