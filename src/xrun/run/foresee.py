"""What a run would do, by what there is to see: pure, and by the very decisions of the run.

The order of these functions is that of `run` and `respond`; each takes the decision that they take
(`ways`, `handover`, `guard`) and says what they would do.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.errors import InUseError, UvFailedError, XrunError
from xrun.proxy.stamp import ACTIVE
from xrun.report import notices
from xrun.report.removals import render_not_there
from xrun.run.change import check_may_change
from xrun.run.decide import (
    Way,
    asks_first,
    check_may_stay,
    choose_way,
    may_leave,
    select_refused,
    select_staying,
    staying,
)
from xrun.run.do import render_refusal
from xrun.run.foresight import Foresight, Refusal
from xrun.run.permission import check_allowed
from xrun.run.plan import Response, Target
from xrun.run.run import is_left_damaged
from xrun.run.sight import Elsewhere
from xrun.run.steps import (
    REMINDER,
    STAMP,
    list_adding,
    list_preparing,
    tell_asking,
    tell_report,
    tell_separate,
)
from xrun.run.unknown import check_is_known, check_may_be_unknown, leave_to_uv, list_not_there
from xrun.words import render_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xrun.drift import Comparison
    from xrun.run.foresight import Step
    from xrun.run.hand_over import Run
    from xrun.run.sight import Sight

VARIABLE = "VIRTUAL_ENV"  # by which a separate environment is told to uv


def foresee(sight: Sight) -> Foresight:
    """Foresee what a run would do, or why it would not be run."""
    this = sight.run
    if sight.last is not None:
        return _repeat(this, *sight.last)
    try:
        check_allowed(this.case, this.plan)
        if sight.above is not None:
            return _stay_within(sight.above)
        return _follow(sight)
    except XrunError as error:
        refusal = Refusal(_strip(error.message), error.details, error.hint)
        return dataclasses.replace(_start(this), refusal=refusal)


def _strip(line: str) -> str:
    """Strip what stands before every refusal."""
    return line.removeprefix(notices.PREFIX).removeprefix("not run: ")


def _start(this: Run) -> Foresight:
    """Start with what is so whatever is done."""
    plan = this.plan
    why = this.case.mode_and_why[1]
    return Foresight(this.typed, plan.mode, why, plan.row, plan.reason)


def _hand_over(
    this: Run,
    before: Iterable[Step] = (),
    after: Iterable[Step] = (),
    notes: Iterable[str] = (),
) -> Foresight:
    """Hand over to uv: the last thing that a run does."""
    # Where nothing is compared, nobody has looked which environment uv will use.
    is_known = this.plan.response is not Response.NOTHING and this.plan.target is Target.PROJECT
    environment = this.facts.environment
    return dataclasses.replace(
        _start(this),
        command=(this.facts.uv, *this.uv_args),
        environment=environment.folder if is_known and environment else None,
        before=tuple(before),
        after=tuple(after),
        notes=tuple(notes),
    )


def _follow(sight: Sight) -> Foresight:
    """Foresee as `run` decides.

    Raises:
        XrunError: The run would not be run.
    """
    this = sight.run
    if this.plan.response is Response.NOTHING:
        return _run_uncompared(this)
    if this.plan.response is Response.SEPARATE:
        return _go(this, sight.elsewhere)
    if sight.compared is None or isinstance(sight.compared, XrunError):
        return _run_unknown(this, sight.compared)
    this, comparison = sight.compared
    if comparison.is_clean:
        return dataclasses.replace(_hand_over(this.settled(comparison)), is_clean=True)
    found = FORESEEN[this.plan.response](sight, this, comparison)
    return dataclasses.replace(found, is_clean=False)


def _run_uncompared(this: Run) -> Foresight:
    """Foresee a run for which uv is not asked first.

    Raises:
        XrunError: It would not be run.
    """
    check_is_known(this)
    notes = _tell_not_there(this) if this.plan.mode == "isolated" else []
    return _hand_over(this.uncompared(), notes=notes)


def _repeat(this: Run, where: str, injected: Sequence[str]) -> Foresight:
    """Foresee a run that is as last time."""
    plan = dataclasses.replace(this.plan, inject=tuple(injected))
    found = _hand_over(dataclasses.replace(this, plan=plan), [STAMP])
    found = dataclasses.replace(found, environment=Path(where) if where else None)
    if ACTIVE not in injected:
        return found
    return dataclasses.replace(found, mode="separate", variables={VARIABLE: where})


def _run_unknown(this: Run, error: XrunError | None) -> Foresight:
    """Foresee a run of which uv cannot say what it would do.

    Raises:
        XrunError: It would not be run.
    """
    if is_left_damaged(this):
        return dataclasses.replace(_hand_over(this), environment=None)
    if error is not None and not isinstance(error, UvFailedError):
        raise error
    if error is None or error.is_usage:
        return _hand_over(leave_to_uv(this), notes=["uv refuses this command line"])
    check_may_be_unknown(this, error)
    notes = map(_strip, notices.render_unknown(error.message))
    return _hand_over(this.without_exact(), notes=[*notes])


def _prepare(sight: Sight, this: Run, comparison: Comparison) -> Foresight:
    """Foresee as `prepare_and_run`."""
    way = choose_way(this, comparison)
    if way is Way.ADDING:
        return _hand_over(this.without_exact(), list_adding(comparison))
    if way is Way.REFUSED:
        return _hand_over(this, notes=["uv refuses: the lock file is not as pyproject.toml asks"])
    if way is Way.ELSEWHERE:
        where = comparison.drift.environment.name
        return _go(this, sight.elsewhere, f"this run selects otherwise than {where} is for")
    if way is Way.STAYING:
        return _report(sight, staying(this, comparison), comparison)
    return _prepare_here(sight, this, comparison)


def _prepare_here(sight: Sight, this: Run, comparison: Comparison) -> Foresight:
    """Foresee what is done to the project's own environment before a run there."""
    if not comparison.needs_preparing:
        return _hand_over(this, list_adding(comparison), notes=_tell_kept(comparison))
    check_may_change(comparison)
    if sight.in_use is not None:
        return _leave_it(sight, this, comparison, sight.in_use)
    is_told = comparison.drift.extraneous and not this.is_quiet
    after = [REMINDER] if is_told else []
    steps = list_preparing(comparison)
    then = this.without_done().settled(comparison)
    return _hand_over(then, steps, after, _tell_kept(comparison))


def _leave_it(sight: Sight, this: Run, comparison: Comparison, error: InUseError) -> Foresight:
    """Foresee a run that takes nothing away, for others are there."""
    if may_leave(this, comparison) and isinstance(sight.elsewhere, Elsewhere):
        return _go(this, sight.elsewhere, error.message)
    check_may_stay(comparison, error)
    this, steps, _ = _sync_around(sight, this.without_exact(), comparison)
    return _hand_over(this, steps, notes=map(_strip, notices.render_beside(error.message)))


def _sync_around(
    sight: Sight, this: Run, comparison: Comparison
) -> tuple[Run, Sequence[Step], Sequence[str]]:
    """Foresee what is synced, where that is not left to the run: the run, steps and notes."""
    if this.plan.is_as_it_is:
        return this, (), ()
    if not comparison.needs_syncing:
        return this, [*list_adding(comparison)], _tell_kept(comparison)
    check_may_change(comparison)
    error = sight.in_use_around
    if error is not None:
        check_may_stay(comparison, error)
        return this.as_it_is(), (), [*map(_strip, notices.render_beside(error.message))]
    steps = list_preparing(comparison, removes=False)
    return this.without_done(), [*steps], _tell_kept(comparison)


def _report(sight: Sight, this: Run, comparison: Comparison) -> Foresight:
    """Foresee as `run_and_report`."""
    this, steps, notes = _sync_around(sight, this.without_exact(), comparison)
    drift = select_staying(this, comparison.drift)
    after = [tell_report(drift)] if drift.findings and not this.is_quiet else []
    return _hand_over(this, steps, after, notes)


def _refuse(sight: Sight, this: Run, comparison: Comparison) -> Foresight:
    """Foresee as `refuse`."""
    drift = select_refused(this, comparison)
    if drift.is_clean and comparison.is_keeping:
        this, steps, notes = _sync_around(sight, this.but_for_builds().without_exact(), comparison)
        return _hand_over(this, steps, notes=notes)
    if drift.is_clean:
        return _hand_over(this.building(), list_adding(comparison))
    first, last = map(_strip, render_refusal(this, drift))
    details = tuple(
        f"{each.kind.word}: {each.name} {each.installed or ''}".rstrip() for each in drift.findings
    )
    return dataclasses.replace(_start(this), refusal=Refusal(first, details, last))


def _ask(sight: Sight, this: Run, comparison: Comparison) -> Foresight:
    """Foresee as `asking`: what follows the answer that does as mode exact."""
    found = _prepare(sight, this, comparison)
    if not asks_first(comparison):
        return found
    return dataclasses.replace(found, before=(tell_asking(comparison.drift), *found.before))


FORESEEN: Mapping[Response, Callable[[Sight, Run, Comparison], Foresight]] = {
    Response.PREPARE: _prepare,
    Response.REPORT: _report,
    Response.REFUSE: _refuse,
    Response.ASK: _ask,
}


def _go(this: Run, found: Elsewhere | XrunError | None, why: str = "") -> Foresight:
    """Foresee a run in a separate environment.

    Raises:
        XrunError: There can be none.
    """
    if not isinstance(found, Elsewhere):
        raise found or XrunError("there is no separate environment")
    there = found.run if found.is_clean else found.run.without_done()
    told = _hand_over(there, [tell_separate(found)], notes=_tell_not_there(this))
    folder = found.separate.environment.folder
    return dataclasses.replace(told, why=why, variables={VARIABLE: str(folder)}, environment=folder)


def _stay_within(this: Run) -> Foresight:
    """Foresee a run in the separate environment that the command above runs in."""
    why = "so does the command that started this one"
    return dataclasses.replace(_hand_over(this), why=why, variables={VARIABLE: this.where})


def _tell_not_there(this: Run) -> list[str]:
    """Tell what is kept in the project's environment, and so is in no other."""
    names, environment = list_not_there(this), this.facts.environment
    if not names or environment is None:
        return []
    return [*map(_strip, render_not_there(names, environment.name, this.plan.mode))]


def _tell_kept(comparison: Comparison) -> list[str]:
    """Tell what stays, for the policy keeps it."""
    names = [f"{each.name} {each.installed}" for each in comparison.drift.kept]
    return [f"stays, for it is kept: {render_names(names)}"] if names else []
