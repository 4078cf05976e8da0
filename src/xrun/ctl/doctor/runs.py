"""Checks of runs here: can the policy be followed, are they exact, remembered, alone."""

from __future__ import annotations

import os
import shlex
import time

from xrun.ctl.doctor.scene import mend, note
from xrun.ctl.target import list_idle_entries
from xrun.environment.processes import list_commands
from xrun.errors import NotAllowedError
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import check_unread, read_layers
from xrun.policy.rules import read_circumstances
from xrun.project.uv_variables import HAS_DRY_RUN
from xrun.proxy.stamp import list_deciding, may_have_stamp
from xrun.run.permission import check_allowed
from xrun.run.plan import Response, Target
from xrun.run.stamp_inputs import find_unwatchable, list_inputs, list_projects
from xrun.words import count, render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.ctl.doctor.scene import Diagnosis, Scene
    from xrun.policy.problems import Problem

POINTER = "`xrunctl policy check` says more"
# What mends a row of the plan's table.
CURES = {
    "no sync": "`unset UV_NO_SYNC`",
    "no project": "`unset UV_NO_PROJECT`",
    "isolated, no sync": "`unset UV_NO_SYNC`, or UV_ISOLATED",
    "unmanaged": "take `managed = false` out of pyproject.toml",
    "no [project]": "declare something: a [project] table in pyproject.toml",
    "unreadable": "`uv lock` says what is wrong in it",
}


def check_policy(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the policy can be followed, by this xrun; what is wrong is reported elsewhere."""
    facts = scene.facts
    layers = read_layers(facts.workspace, facts.folder, scene.environ)
    now = read_circumstances(None, scene.environ, is_terminal=os.isatty(2))
    # What xrun cannot read, and no run is refused for, is reported with what is not exact.
    unread = {*check_unread(facts.workspace)}
    unread -= {*check_unread(facts.workspace, layers.resolve(now))}
    problems = [x for x in check_layers(layers, facts.workspace, now) if x not in unread]
    looser = () if problems else list_looser(layers, now)
    if problems:
        message = f"the policy has {count(len(problems), 'problem')}: {_render_sources(problems)}"
        yield mend(message, "Nothing is run.", POINTER)
    elif looser:
        message = f"the policy says what does not count: {_render_sources(looser)}"
        yield note(message, "It is looser than what a weaker file enforces.", POINTER)
    if facts.workspace is not None and not problems:
        idle = list_idle_entries(layers, str(facts.workspace.root.folder))
        if idle:
            message = f"the policy keeps what is declared: {_render_sources(idle)}"
            yield note(
                message, "Such an entry has no effect, because the lock file decides.", POINTER
            )


def _render_sources(problems: Sequence[Problem]) -> str:
    return render_names([*dict.fromkeys(each.source for each in problems)])


def check_exactness(scene: Scene) -> Iterator[Diagnosis]:
    """Check that a plain run here is exact, and is not refused."""
    plan, environment = scene.plan, scene.environment
    try:
        check_allowed(scene.request, plan)
    except NotAllowedError as error:
        message = error.message.removeprefix("not run: ")
        yield mend(f"no command is run here: {message}", error.hint)
        return
    is_known = scene.facts.version < HAS_DRY_RUN or (environment and not environment.is_writable)
    if plan.reason and scene.facts.workspace is not None and not is_known:
        yield mend(
            f"runs here are not exact: {plan.reason}",
            "What is extraneous stays; a report follows each run, where uv can compare.",
            CURES.get(plan.row, "`xrunctl explain -- python` says what is done"),
        )


def check_remembered(scene: Scene) -> Iterator[Diagnosis]:
    """Check that a run in this project can be recognised as unchanged, and need not be compared."""
    plan, workspace = scene.plan, scene.facts.workspace
    if workspace is None or plan.target is not Target.PROJECT or plan.response is Response.NOTHING:
        return
    why = "Each run is compared in full: uv is asked what it would do."
    if not may_have_stamp(scene.invocation, list_deciding()):
        yield from _find_variables(scene, why)
    unwatchable = find_unwatchable(workspace, list_projects(workspace))
    if unwatchable:
        yield note(unwatchable, f"That cannot be watched. {why}")
    newest = time.time()
    inputs = list_inputs(scene.facts, scene.policy, scene.invocation) or ()
    late = [path for path in inputs if _read_time(path) > newest]
    if late:
        files = f"{render_names(late, most=2)} {'is' if len(late) == 1 else 'are'}"
        what = f"{files} from the future, by the time of the last change"
        yield mend(what, why, f"`touch {shlex.join(late[:2])}`")


def _find_variables(scene: Scene, why: str) -> Iterator[Diagnosis]:
    """Find which variables keep runs from being remembered; their values are not shown."""
    if "UV_MALWARE_CHECK" in scene.environ:
        yield note("UV_MALWARE_CHECK is set, and asks a service each time", why)
    names = [
        name
        for name, value in sorted(scene.environ.items())
        if name.startswith(("UV_", "XRUN_")) and "@" in value and "://" in value
    ]
    if names:
        yield note(
            f"a URL with a user's name or password stands in {render_names(names)}",
            f"Nothing is remembered, because that would write it down. {why}",
            "name the index in pyproject.toml, and the user in UV_INDEX_NAME_USERNAME and "
            "UV_INDEX_NAME_PASSWORD",
        )


def _read_time(path: str) -> float:
    try:
        found = os.stat(path)  # noqa: PTH116 - a str
    except OSError:
        return 0
    return max(found.st_mtime, found.st_ctime)


def check_commands(scene: Scene) -> Iterator[Diagnosis]:
    """Say which commands run in the environment."""
    environment = scene.environment
    commands = list_commands(environment.folder) if environment else ()
    if environment and commands:
        commands_shown = render_names([each.render() for each in commands], most=3)
        yield note(
            f"{environment.name} is in use by {commands_shown}",
            "Until that ends, nothing is removed or replaced: runs that would go elsewhere, or "
            "are not exact.",
        )
