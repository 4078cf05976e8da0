"""What is done about drift: prepare and run, run and report, or refuse; `asking` asks first."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from xrun.drift.kept import compare_keeping
from xrun.environment.attic.stow import AtticError
from xrun.errors import STATUS_NOT_RUN, InUseError, UvFailedError, UvKilledError, XrunError
from xrun.report import notices
from xrun.report.removals import (
    render_left,
    render_reminder,
    render_removed,
    render_shared,
    render_strays_gone,
    render_unmet,
)
from xrun.run.change import prepare, select_said
from xrun.run.changing import Preparation, make_empty
from xrun.run.decide import (
    Way,
    check_may_stay,
    choose_way,
    may_leave,
    select_refused,
    select_staying,
    staying,
)
from xrun.run.look import compare_run
from xrun.run.separately import run_separately, run_separately_if_possible
from xrun.run.tell import (
    classify_run,
    explain_run,
    find_reach_of,
    render_cure_of,
    render_rows_of,
)

if TYPE_CHECKING:
    from xrun.drift import Comparison, Drift
    from xrun.run.change import Prepared
    from xrun.run.hand_over import Run

# Success, and ends that somebody asked for: HUP, INT, QUIT, TERM.
DELIBERATE = frozenset({0, 129, 130, 131, 143})
# How long the sources are searched for imports after a command, in seconds.
SEARCH_AFTER = 1.0


def prepare_and_run(this: Run, comparison: Comparison) -> int:
    """Make the environment exact, then run; a failure of the command is told what went before."""
    way = choose_way(this, comparison)
    if way is Way.ADDING:
        this.without_exact().hand_over()
    if way is Way.REFUSED:
        if f"--{this.policy.lock}" in this.plan.inject:
            source = this.policy.origins.get("lock", "")
            this.tell(notices.render_lock_origin(this.policy.lock, source))
        this.hand_over()
    if way is Way.ELSEWHERE:
        return _run_elsewhere(this, comparison)
    if way is Way.STAYING:
        return run_and_report(staying(this, comparison), comparison)
    if way is Way.RUNNING:
        _begin(this, comparison)
        this.hand_over()
    return _prepare_then_run(this, comparison)


def _begin(this: Run, comparison: Comparison) -> None:
    """Make an environment that is yet to be made, for a run that fills it: it is entered first."""
    is_uvs = this.plan.is_as_it_is or comparison.answer.is_refused
    if not is_uvs and not comparison.drift.environment.exists:
        shown = this.is_terminal and not this.is_quiet
        said = make_empty(
            Preparation(this.facts, this.invocation, this.plan, comparison, is_shown=shown)
        )
        this.tell(select_said(said))


def _run_elsewhere(this: Run, comparison: Comparison) -> int:
    """Run in a separate environment; where there can be none, in the project's own after all."""
    try:
        return run_separately(this)
    except UvKilledError:
        raise
    except XrunError as error:
        this.tell(notices.render_not_apart(error.message, comparison.drift.environment.name))
    this, comparison = compare_run(this)
    if not comparison.needs_preparing:
        _begin(this, comparison)
        this.hand_over()
    return _prepare_then_run(this, comparison)


def _prepare_then_run(this: Run, comparison: Comparison) -> int:
    """Make the environment exact in a step of its own, then run."""
    try:
        prepared = _make_ready(this, comparison)
    except (AtticError, InUseError) as error:
        return _leave_it(this, comparison, error)
    if prepared.status != 0:
        return prepared.status
    this = this.without_done().settled(comparison)
    if this.is_quiet or not prepared.drift.extraneous:
        this.hand_over()
    status = this.spawn()
    if status not in DELIBERATE:
        this.tell(render_reminder(status, prepared.drift, this.program, find_reach_of(this)))
    return status


def _leave_it(this: Run, comparison: Comparison, error: XrunError) -> int:
    """Run and take nothing away: elsewhere if others are there, else in what stays as it is."""
    if isinstance(error, InUseError) and may_leave(this, comparison):
        lines = notices.render_moved(error.message, comparison.drift.environment.name)
        run_separately_if_possible(this, lines)
        this, comparison = compare_run(this)  # that let the gate go
    _tell_staying(this, comparison, error)
    return run_around(this, comparison, told=error.message)


def _tell_staying(this: Run, comparison: Comparison, error: XrunError) -> None:
    """Tell that what would go stays, for it cannot be put away or others use it.

    Raises:
        XrunError: It cannot stay: the environment would be built anew.
    """
    check_may_stay(comparison, error)
    if isinstance(error, InUseError):
        this.tell(notices.render_beside(error.message))
    else:
        this.tell(notices.render_not_exact(error.message))


def _make_ready(this: Run, comparison: Comparison, *, removes: bool = True) -> Prepared:
    """Prepare the environment, and say what was done.

    Raises:
        XrunError: As `prepare`.
    """
    shown = this.is_terminal and not this.is_quiet
    prepared = prepare(
        Preparation(this.facts, this.invocation, this.plan, comparison, shown, removes=removes)
    )
    if prepared.status != 0:
        this.say(prepared.said)  # an error of uv's, which `-q` does not silence either
        this.tell(render_removed(prepared.drift, reach=find_reach_of(this)))
        return prepared
    this.tell(prepared.said)
    is_verbose = this.invocation.has("--verbose")
    reach = find_reach_of(this)
    this.tell(
        render_removed(
            prepared.drift, is_verbose=is_verbose, is_policys=this.is_policys, reach=reach
        )
    )
    this.tell(render_unmet(prepared.drift.kept))
    this.tell(render_shared(prepared.mended, prepared.broken, reach))
    this.tell(render_strays_gone(prepared.strays, comparison.drift.environment.name))
    if prepared.left:
        this.tell(render_left(prepared.left, prepared.drift.environment))
    return prepared


def _sync_around(this: Run, comparison: Comparison, told: str = "") -> tuple[Run, int]:
    """Sync what the run would sync, where that is not to be left to the run.

    Args:
        this: The run.
        comparison: Made under the gate.
        told: Why nothing goes, where that was told already.

    Returns:
        The run, and uv's status.
    """
    if not comparison.needs_syncing or this.plan.is_as_it_is:
        return this, 0
    try:
        return this.without_done(), _make_ready(this, comparison, removes=False).status
    except (AtticError, InUseError) as error:  # what would be replaced stays, and the run goes on
        if error.message != told:
            _tell_staying(this, comparison, error)
        return this.as_it_is(), 0


def run_around(this: Run, comparison: Comparison, told: str = "") -> int:
    """Run and remove nothing."""
    this, status = _sync_around(this, comparison, told)
    if status == 0:
        _begin(this, comparison)
        this.hand_over()
    return status


def run_and_report(this: Run, comparison: Comparison) -> int:
    """Run as typed, then report the drift that is there."""
    this, status = _sync_around(this, comparison)
    if status != 0:
        return status
    _begin(this, comparison)
    if this.is_quiet or not select_staying(this, comparison.drift).findings:
        this.hand_over()
    status = this.spawn()
    try:
        # The command may have changed it.
        after = compare_keeping(this.facts, this.invocation, this.plan)
    except UvFailedError:
        after = comparison
    drift = select_staying(this, classify_run(this, after).drift)
    if drift.findings:
        explained = explain_run(this, drift, SEARCH_AFTER)
        cure = render_cure_of(this, drift, may_run=not this.plan.reason)
        first, last = notices.render_report(drift, this.plan.reason, cure)
        this.say([first, *render_rows_of(this, explained), last])
    return status


def refuse(this: Run, comparison: Comparison) -> int:
    """Do not run in an environment that has drifted."""
    drift = select_refused(this, comparison)
    if drift.is_clean and comparison.is_keeping:
        return run_around(this.but_for_builds(), comparison)
    if drift.is_clean:
        this = this.building()
        _begin(this, comparison)
        this.hand_over()
    drift = classify_run(this, dataclasses.replace(comparison, drift=drift)).drift
    first, last = render_refusal(this, drift)
    explained = explain_run(this, drift, SEARCH_AFTER)
    this.say([first, *render_rows_of(this, explained), last])
    return STATUS_NOT_RUN


def render_refusal(this: Run, drift: Drift) -> tuple[str, str]:
    """Render the first and the last line around the rows of a refusal."""
    cure = render_cure_of(this, drift, may_run=True)
    may_loosen = "mode" not in this.policy.floors
    return notices.render_refused(drift, this.mode_told, cure, this.typed, may_loosen=may_loosen)
