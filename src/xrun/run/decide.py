"""Which way a run goes, by what was compared. Decisions alone: nothing is changed or said here."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

from xrun.drift import Kind
from xrun.drift.kept import find_named
from xrun.report import notices
from xrun.run.elsewhere import may_move, selects_elsewhere
from xrun.run.guard import check_is_meant
from xrun.run.plan import Target

if TYPE_CHECKING:
    from xrun.drift import Comparison, Drift
    from xrun.errors import XrunError
    from xrun.run.hand_over import Run


class Way(enum.Enum):
    """How an environment comes to be exact."""

    ADDING = enum.auto()  # a base Python with nothing to remove: uv only adds
    REFUSED = enum.auto()  # uv refuses, for the lock file is out of date
    ELSEWHERE = enum.auto()  # what is selected has an environment of its own
    STAYING = enum.auto()  # so it would, but something that is kept is only here
    RUNNING = enum.auto()  # nothing to remove, nothing to replace: uv's own run adds
    PREPARING = enum.auto()  # something goes first, in a step of its own


def choose_way(this: Run, comparison: Comparison) -> Way:
    """Choose how the environment of a run comes to be exact.

    Raises:
        NotAnEnvironmentError: What would be changed is not the project's virtual environment.
    """
    check_is_meant(comparison)
    environment = comparison.drift.environment
    if environment.exists and not environment.is_virtual:
        return Way.ADDING
    if comparison.answer.is_refused:
        return Way.REFUSED
    if may_move(this) and selects_elsewhere(this, comparison):
        return Way.STAYING if keeps(this, comparison) else Way.ELSEWHERE
    return Way.PREPARING if comparison.needs_preparing else Way.RUNNING


def asks_first(comparison: Comparison) -> bool:
    """Whether mode ask asks: where something would be removed, or all of it built anew."""
    loses = comparison.drift.extraneous or comparison.drift.is_replaced
    return bool(loses) and not comparison.answer.is_refused


def staying(this: Run, comparison: Comparison) -> Run:
    """The same run, which is not exact as it stays with what is kept."""
    name = comparison.drift.environment.name
    reason = f"it selects otherwise than {name} is for, and what is kept is only there"
    return dataclasses.replace(this, plan=dataclasses.replace(this.plan, reason=reason))


def may_leave(this: Run, comparison: Comparison) -> bool:
    """Whether a run may leave an environment that others are in."""
    return may_move(this) and not keeps(this, comparison)


def keeps(this: Run, comparison: Comparison) -> bool:
    """Whether something that the policy keeps is installed."""
    return bool(find_named(comparison.drift.environment, this.plan.keep))


def check_may_stay(comparison: Comparison, error: XrunError) -> None:
    """Check that what would go can stay.

    Raises:
        XrunError: It cannot: the environment would be built anew.
    """
    if comparison.drift.is_replaced:
        raise type(error)(f"not run: {error.message}", hint=notices.AFTERWARDS) from error


def select_refused(this: Run, comparison: Comparison) -> Drift:
    """Select what a run is refused for."""
    if this.plan.target is not Target.SCRIPT:
        return comparison.drift
    # What is missing there, uv adds at every first run.
    extraneous = comparison.drift.extraneous
    return dataclasses.replace(comparison.drift, findings=extraneous, is_replaced=False)


def select_staying(this: Run, drift: Drift) -> Drift:
    """Select what uv does not mend in the run itself."""
    if this.plan.is_as_it_is:
        return drift
    kinds = (Kind.UNDECLARED, Kind.UNSELECTED)
    return dataclasses.replace(drift, findings=drift.of(*kinds))
