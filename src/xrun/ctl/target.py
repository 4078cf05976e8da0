"""What a verb is about: the project, its policy, and the plan of an exact run there."""

from __future__ import annotations

import contextlib
import functools
import os
import sys

from xrun.ctl.output import make_error, show, tell_waiting
from xrun.ctl.verbs import Exit, Option
from xrun.drift.compare import compare
from xrun.drift.kept import find_idle
from xrun.environment.separate import find_separate
from xrun.environment.waiting import make_watch
from xrun.errors import UvTooOldError, XrunError
from xrun.policy.chain import list_keeping
from xrun.policy.every_rule import list_idle
from xrun.policy.load import list_file_problems, load_policy
from xrun.policy.problems import make_policy_error
from xrun.project.groups import SELECTING
from xrun.project.names import canonicalize_name, is_name
from xrun.project.uv_variables import HAS_DRY_RUN, Version
from xrun.proxy import uv
from xrun.proxy.command_line import Invocation, parse_invocation
from xrun.proxy.dataclass import dataclass, replace
from xrun.proxy.files import read_identity
from xrun.report import notices
from xrun.run.facts import Facts, find_uv, gather_facts, make_no_project
from xrun.run.plan import Plan, Response, Sync
from xrun.run.request import Request, Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.environment.environment import Environment
    from xrun.policy.load import Layers
    from xrun.policy.problems import Problem
    from xrun.project.workspace import Workspace
    from xrun.report.reach import Reach

STATUS_DRIFT = 1
STATUS_NOT_DONE = 2

PROJECT = Option("--project", metavar="DIR", help="The project, if not the one found from here.")


@dataclass(frozen=True)
class Place:
    """A project, found without looking at its policy."""

    facts: Facts
    invocation: Invocation
    environment: Environment
    workspace: Workspace


def parse_name(text: str) -> str:
    """Parse the name of a distribution, as it is compared.

    Raises:
        XrunError: It is none, as one with a version is.
    """
    if not is_name(text):
        raise XrunError(f"not the name of a distribution: {text}")
    return canonicalize_name(text)


def find_place(project: str | None, *, remembers: bool) -> Place:
    """Find the project that a verb is about, from the current folder or `--project`.

    Raises:
        XrunError: There is no such project, or no uv.
    """
    uv.watch = make_watch(tell_waiting)
    program = find_uv()
    version = _read_version(program, read_identity(program), remembers=remembers)
    invocation, facts = gather_project_facts(project, program, version)
    words = _read_words(facts)
    if words:
        invocation, facts = gather_project_facts(project, program, version, words)
    if facts.workspace is None or facts.environment is None:
        raise make_no_project(facts)
    return Place(facts, invocation, facts.environment, facts.workspace)


@functools.cache
def _read_version(program: str, _identity: str, *, remembers: bool) -> Version:
    """Read the version of a uv, for all projects that are checked: uv is asked once."""
    return uv.read_version(program, remembers=remembers)


def _read_words(facts: Facts) -> tuple[str, ...]:
    """Read what a separate environment is for that `UV_PROJECT_ENVIRONMENT` names, as options."""
    if facts.environment is None or facts.workspace is None:
        return ()
    separate = find_separate(facts.environment.folder)
    purpose = separate.read_purpose() if separate is not None else None
    is_ours = purpose is not None and purpose.root == facts.workspace.root.folder
    return purpose.words if purpose is not None and is_ours else ()


def gather_project_facts(
    project: str | None, program: str = "", version: Version = (), words: tuple[str, ...] = ()
) -> tuple[Invocation, Facts]:
    """Gather the facts about the current folder or `--project`, whether a project is there or not.

    Args:
        project: The value of `--project`.
        program: That of uv; empty where none is needed.
        version: Its version.
        words: What else is typed.

    Raises:
        XrunError: There is no such folder; the project above it is not meant.
    """
    # Any command will do: what counts is where the project is found from.
    typed = [*(["--project", project] if project else []), *words, "--", "python"]
    invocation = parse_invocation(typed)
    facts = gather_facts(invocation, program, version, os.environ)
    if not facts.start.is_dir():
        raise XrunError(f"no folder {facts.start}", hint="`--project` names that of a project")
    return invocation, facts


def find_run(project: str | None, *, remembers: bool, is_offline: bool = False) -> Run:
    """Find the run that a verb is about, from the current folder or `--project`.

    From a member's folder too it is about the workspace root, which the environment is for; but
    where `other-selection = "rebuild"` lets each run make it its own.

    Args:
        project: The value of `--project`.
        remembers: Whether xrun may write into its cache folder.
        is_offline: Whether the network is left alone where there is a lock file.

    Raises:
        XrunError: There is no such project, no uv that can compare, or the policy is wrong.
    """
    place = find_place(project, remembers=remembers)
    policy = load_policy(place.workspace, place.facts.folder, os.environ)
    # `UV_PROJECT_ENVIRONMENT` may name one of them.
    is_apart = policy.mode == "separate" and find_separate(place.environment.folder) is None
    is_selected = place.invocation.has(*SELECTING) or place.workspace.is_at_root or is_apart
    if policy.other_selection == "separate" and not is_selected:
        place = find_place(str(place.workspace.root.folder), remembers=remembers)
        policy = load_policy(place.workspace, place.facts.folder, os.environ)
    is_terminal = sys.stderr.isatty()
    request = Request(place.invocation, place.facts, policy, is_terminal=is_terminal)
    if not request.can(HAS_DRY_RUN):
        raise UvTooOldError(
            f"uv {request.render_version()} cannot say what it would change",
            hint="uv 0.5.30 and newer can: `uv self update`, or `pip install -U uv`",
        )
    check_is_managed(place.workspace)
    plan = Plan((), request.selection, sync=Sync.EXACT, keep=policy.keep)
    if is_apart:
        plan = replace(plan, response=Response.SEPARATE, mode="separate")
    if is_offline and (place.workspace.root.folder / "uv.lock").is_file():
        plan = replace(plan, sync=Sync.NONE)  # nothing is changed afterwards
    return Run(request, plan)


def find_used_run(project: str | None, *, remembers: bool, is_offline: bool = False) -> Run:
    """As `find_run`, in the environment that runs use: in mode separate one of its own."""
    run = find_run(project, remembers=remembers, is_offline=is_offline)
    if run.plan.response is not Response.SEPARATE:
        return run
    from xrun.run.elsewhere import find_used

    return find_used(run)


def find_reach(run: Run) -> Reach:
    """Find how another verb, typed here, reaches a project: it finds the environment itself."""
    from xrun.report.reach import Reach  # not needed where nothing is advised

    return Reach(run.reach.project)


def list_idle_entries(layers: Layers, project: str | None) -> tuple[Problem, ...]:
    """List the entries of `keep` that have no effect; none where uv cannot say what is declared.

    Args:
        layers: The policy of the project.
        project: The value of `--project`.
    """
    if not any(list_keeping(layers.values)):
        return ()
    try:
        run = find_run(project, remembers=False, is_offline=True)
        comparison = compare(run.sync)
    except (XrunError, OSError):
        return ()
    return list_idle(layers, lambda entry: any(find_idle(comparison, [entry])))


def check_is_managed(workspace: Workspace) -> None:
    """Check that the project declares something, and leaves it to uv.

    Raises:
        XrunError: It does not, or cannot be read.
    """
    unread = [each.file for each in (workspace.root, workspace.project) if not each.is_read]
    if unread:
        problems = list_file_problems(unread[0])
        raise make_policy_error(problems, hint="")
    project = workspace.project
    if not (project.declares and project.is_managed):
        raise XrunError(
            f"{project.file} declares nothing that uv manages",
            hint="it has to be TOML with a [project] table, and without `managed = false`",
        )


def fail(problem: XrunError | OSError) -> Exit:
    """Say on standard error what could not be done; raise what is returned."""
    show(notices.render_error(make_error(problem)))
    return Exit(STATUS_NOT_DONE)


@contextlib.contextmanager
def failing() -> Iterator[None]:
    """Have what goes wrong within end the verb: `fail`."""
    try:
        yield
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
