"""Which environment a run would use, found without changing or starting anything but uv."""

from __future__ import annotations

from xrun.environment.change_lock import Locks
from xrun.environment.separate import resolve_separate
from xrun.errors import XrunError
from xrun.proxy.command_line import parse_invocation
from xrun.run.elsewhere import goes_by_selection, may_move, resolve_purpose
from xrun.run.facts import make_no_project
from xrun.run.local_policy import check_defined
from xrun.run.look import Look, look_here
from xrun.run.permission import check_allowed, check_selection
from xrun.run.plan import Response, Target, resolve_plan
from xrun.run.request import Run, read_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def find_used_folder(words: Sequence[str]) -> Path:
    """Find the environment that a run would use, even one that is in use.

    Args:
        words: What would be typed behind `xrun`; the command may be missing.

    Raises:
        XrunError: There is none that stays, or only uv knows.
        OSError: Something could not be read.
    """
    has_command = bool(parse_invocation(words).command)
    typed = words if has_command else [*words, "python"]
    request = read_request(typed, remembers=False)
    run = Run(request, resolve_plan(request))
    own = run.facts.environment
    if run.plan.row == "refused by uv":
        wrong = " ".join(run.invocation.unknown) or "this"
        raise XrunError(
            f"`uv run` does not take {wrong}", hint="`uv run --help` shows what it does"
        )
    if run.plan.target is Target.SCRIPT:
        script = run.invocation.command[0]
        message = "a script with inline metadata has an environment of its own, which only uv knows"
        raise XrunError(
            message, hint=f"`uv python find --script {script}` says which Python it has"
        )
    if run.plan.mode == "isolated":
        raise XrunError("an isolated run has a fresh environment, which does not stay")
    if own is None:
        raise make_no_project(run.facts)
    if run.facts.workspace is not None:
        line = run.invocation
        check_defined(run.facts.workspace, "extras", line.values("--extra"))
        groups = (*line.values("--group"), *line.values("--only-group"))
        check_defined(run.facts.workspace, "groups", groups)
    (check_allowed if has_command else check_selection)(request, run.plan)
    if not _goes_elsewhere(run):
        return own.folder
    return resolve_separate(resolve_purpose(run)).environment.folder


def _goes_elsewhere(run: Run) -> bool:
    """Whether a run goes to a separate environment by its policy and what it selects.

    Raises:
        UvFailedError: uv refuses what is typed, and says the same of the run.
    """
    if run.plan.response is not Response.PREPARE or not may_move(run):
        return run.plan.response is Response.SEPARATE
    try:
        look = look_here(run, Locks(is_peeking=True), Look())
    except XrunError:  # the run itself says what keeps it from being compared
        return False
    if look.failure is not None and (look.failure.said or look.failure.is_usage):
        raise look.failure
    comparison = look.comparison
    if comparison is None or comparison.is_clean:
        return False
    return goes_by_selection(run, comparison)
