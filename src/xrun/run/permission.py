"""Whether the policy lets a command run as it was typed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xrun.errors import NotAllowedError
from xrun.policy.enforce import is_looser_than, render_floor, render_looser
from xrun.project.groups import OVER_LOCK, OVER_LOCK_VARIABLES, SELECTING
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import Invocation, parse_invocation
from xrun.proxy.files import read_identity, read_records, resolve_cache_file, write_records
from xrun.report.notices import render_ignored
from xrun.run.plan import Response
from xrun.words import render_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xrun.policy.policy import Policy
    from xrun.project.conflicts import Conflicts, Item
    from xrun.run.plan import Plan
    from xrun.run.request import Request

# Options of `pip install` and `uv pip install` whose values look like names.
VALUED = frozenset(
    {"-c", "-e", "-f", "-i", "-p", "-r", "-t"}
    | {"--constraint", "--editable", "--index-url", "--python", "--requirement", "--target"}
)
REQUIREMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?\s*(?:[<>=!~;@].*)?$"
UPGRADES = ("--upgrade", "--upgrade-package", "--upgrade-group")
WAYS_OUT = ("--project", "--directory")
WAYS_OUT_VARIABLES = ("UV_PROJECT", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY")


def check_allowed(request: Request, plan: Plan) -> None:
    """Check that no rule denies the command, and nothing typed is looser than what is enforced.

    uv's variables count as typed.

    Raises:
        NotAllowedError: With the rule's message, or the option and what enforces.
    """
    policy = request.policy
    if policy.deny and request.invocation.command:
        message = " ".join(policy.deny.split()).replace("{names}", _name_typed(request))
        hint = f"denied by {policy.find_step('deny').origin}"
        raise NotAllowedError(f"not run: {message}", hint=hint)
    typed = {"mode": _find_looser_mode(request, plan), "lock": _find_looser_lock(request)}
    for key, words in typed.items():
        if words:
            refusal = f"not run: {words} is looser than {render_floor(key, policy.floors[key])}"
            raise NotAllowedError(refusal)
    check_selection(request, plan)


def _name_typed(request: Request) -> str:
    """Name the distributions in a command line that would install some, as `uv add` takes them."""
    words = [*request.invocation.command]
    words = words[words.index("install") + 1 :] if "install" in words else []
    pairs = zip(["", *words], words, strict=False)
    names = [word for before, word in pairs if before not in VALUED and re.match(REQUIREMENT, word)]
    return render_line(names) or "NAME"


def check_selection(request: Request, plan: Plan) -> None:
    """Check that the policy selects nothing that conflicts with what was typed, or with itself.

    Raises:
        NotAllowedError: With what conflicts, the policy's file and the option that leaves it out.
        PolicyError: The same, with the key and what to write, where nothing typed conflicts.
    """
    workspace = request.facts.workspace
    injected = parse_invocation([*plan.selection])
    if workspace is None or not injected.names & SELECTING:
        return
    from xrun.project.conflicts import Conflicts  # not needed where the policy selects nothing

    conflicts = Conflicts(workspace)
    typed, environ = request.invocation, request.facts.environ
    whole = Invocation((), (), (*injected.typed, *typed.typed))
    items = sorted(conflicts.find(conflicts.read(whole, environ)), key=str)
    policys = {each: own for each in items if (own := _find_own(each, injected, conflicts))}
    if not policys or conflicts.find(conflicts.read(typed, environ)):  # uv tells
        return
    names = [
        f"{each.kind} {policys[each]} ({request.policy.find_step(f'{each.kind}s').origin})"
        if each in policys
        else f"{each.kind} {each.name}"
        for each in items
    ]
    kind, name = [(each.kind, own) for each, own in policys.items()][-1]
    leaving = "--package NAME" if kind == "package" else f"--no-{kind} {name}"
    if not any(_find_own(each, typed, conflicts) for each in items):
        check_agrees(request, "nothing was done", f"`{leaving}` leaves it out for one run")
    raise NotAllowedError(
        f"not run: {' and '.join(names)} conflict ([tool.uv] conflicts)",
        hint=f"`{leaving}` leaves out what the policy selects",
    )


def check_agrees(request: Request, outcome: str, hint: str = "") -> None:
    """Check that what the policy selects can be selected at once.

    Args:
        request: With the policy.
        outcome: What is not done because of a conflict.
        hint: What does without it.

    Raises:
        PolicyError: It conflicts, which uv would say without the file and the key.
    """
    from xrun.policy.every_rule import check_conflicts  # not needed where nothing conflicts

    policy = request.policy
    if problems := [*check_conflicts(policy, request.facts.workspace)]:
        from xrun.policy.positions import locate
        from xrun.policy.problems import make_policy_error

        located = locate(problems, policy.files, os.environ)
        raise make_policy_error(located, outcome=outcome, hint=hint)


def _find_own(item: Item, chosen: Invocation, conflicts: Conflicts) -> str:
    """Find the name by which options select an item: its own, or that of a group that includes it.

    Returns:
        Empty where they do not.
    """
    if chosen.has(f"--all-{item.kind}s"):
        return item.name
    values = chosen.values(f"--{item.kind}")
    return next((each for each in conflicts.list_including(item) if each in values), "")


def _find_looser_mode(request: Request, plan: Plan) -> str:
    """Find what was typed that makes the run looser than the mode that is enforced."""
    floor = request.policy.floors.get("mode")
    if floor is None:
        return ""
    # What leaves the environment as it is comes to a report, unless the run is refused in drift.
    leaving = {
        "no project": request.no_project,
        "no sync": request.no_sync,
        "isolated, no sync": request.no_sync,
        "separate, active": "--active (typed)",
        "outside a project": _find_way_out(request),
    }.get(plan.row, "")
    if leaving and plan.response is not Response.REFUSE:
        return leaving if is_looser_than("mode", "report", floor.value) else ""
    return "--inexact (typed)" if is_looser_than("mode", plan.mode, floor.value) else ""


def _find_way_out(request: Request) -> str:
    """Find what led out of the project around the current folder; empty if nothing did.

    There uv may still take that project's `.venv`, from the current folder or `VIRTUAL_ENV`.
    """
    words = [f"{name} (typed)" for name, _ in request.invocation.typed if name in WAYS_OUT]
    words += [name for name in WAYS_OUT_VARIABLES if request.facts.environ.get(name)]
    if not words or not request.is_outside:
        return ""
    try:
        around = find_workspace(Path.cwd())
    except OSError:  # the current folder is gone
        return ""
    return " with ".join(dict.fromkeys(words)) if around is not None else ""


def _find_looser_lock(request: Request) -> str:
    """Find what was typed that makes the run looser than the lock that is enforced."""
    floor = request.policy.floors.get("lock")
    if floor is None or not request.uses_lock:
        return ""
    typed = [f"{name} (typed)" for name, _ in request.invocation.typed if name in OVER_LOCK]
    words = typed + [name for name in OVER_LOCK_VARIABLES if request.facts.is_true(name)]
    if words and is_looser_than("lock", _read_lock(request), floor.value):
        return " with ".join(dict.fromkeys(words))
    return ""


def _read_lock(request: Request) -> str:
    """Read what was typed about the lock file; of two that contradict each other the looser."""
    if request.invocation.has(*UPGRADES):
        return "update"
    for word in ("frozen", "locked"):
        last = request.invocation.last_of(f"--{word}", f"--no-{word}")
        if last == f"--{word}" or (last is None and request.facts.is_true(f"UV_{word.upper()}")):
            return word
    return "update"


def tell_ignored(policy: Policy, folder: Path, say: Callable[[Sequence[str]], None]) -> None:
    """Say what is ignored in policy files, as it is looser than what is enforced; once a change.

    Args:
        policy: The policy.
        folder: Where the run is; what was said there is remembered.
        say: Prints lines.
    """
    if not policy.ignored:
        return
    files = {source: read_identity(str(path)) for source, path in policy.files.items()}
    lines = {
        f"{files.get(step.source, '')} {step.origin}: {render_looser(step)}": step
        for step in policy.ignored
    }
    key = f"ignored {folder}"
    memory = resolve_cache_file("told", key)
    records = read_records(memory)
    reported = records[1:] if records[:1] == [key] else []
    new = [line for line in lines if line not in reported]
    if new:
        say(render_ignored([(lines[line].origin, render_looser(lines[line])) for line in new]))
        current = [line for line in reported if line.split(" ", 1)[0] in files.values()]
        write_records(memory, [key, *current, *new])
