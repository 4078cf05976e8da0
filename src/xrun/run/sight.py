"""All that a run would look at before it does anything, looked at without doing it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.environment.processes import make_in_use
from xrun.errors import InUseError, XrunError
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.stamp import find_stamp, may_have_stamp, render_key
from xrun.run.change import be_alone
from xrun.run.decide import Way, choose_way, may_leave
from xrun.run.elsewhere import check_space, find_above, move
from xrun.run.guard import check_is_whole
from xrun.run.look import compare_ungated
from xrun.run.plan import Response, Target
from xrun.run.separately import MOST, be_alone_there, compare_there
from xrun.run.tell import classify_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.drift import Comparison
    from xrun.environment.separate import Separate
    from xrun.run.hand_over import Run


@dataclass(frozen=True)
class Elsewhere:
    """The separate environment that a run would go to.

    Attributes:
        run: The run in it.
        separate: Where it is.
        is_there: Whether there is one that is whole.
        is_clean: Whether it is as declared, so that nothing is done first.
    """

    run: Run
    separate: Separate
    is_there: bool
    is_clean: bool


@dataclass(frozen=True)
class Sight:
    """What there is to see before a run.

    Attributes:
        run: As it was resolved.
        last: What a stamp says was done last time: the environment's folder, and what was injected.
        compared: The run around what is kept, and what uv would do; or why uv cannot say; `None`
            where the run does not ask.
        in_use: What would be told if others are in the environment that something would be
            removed from or replaced in.
        in_use_around: The same where only what uv replaces would go.
        elsewhere: The separate environment that the run would go to, or why there can be none;
            `None` where it would not go to one.
        above: The run in the separate environment that the command above runs in, if it is there.
    """

    run: Run
    last: tuple[str, list[str]] | None = None
    compared: tuple[Run, Comparison] | XrunError | None = None
    in_use: InUseError | None = None
    in_use_around: InUseError | None = None
    elsewhere: Elsewhere | XrunError | None = None
    above: Run | None = None


def look(this: Run) -> Sight:
    """Look at all that a run would look at; only uv is started, and only to be asked.

    Neither the gate nor a place among the environment's users is taken for longer than a look.
    """
    plain = parse_invocation(this.typed)  # as the hot path does, which asks uv nothing
    if may_have_stamp(plain):
        last = find_stamp(render_key(plain, this.facts.uv), plain.command)
        if last is not None:
            return Sight(this, last)
    with _keeping_variables():
        above = find_above(this)
    if above is not None:
        return Sight(this, above=above)
    if this.plan.response is Response.NOTHING:
        return Sight(this)
    if this.plan.response is Response.SEPARATE:
        return Sight(this, elsewhere=_look_elsewhere(this))
    try:
        run, comparison = _compare(this)
    except XrunError as error:
        return Sight(this, compared=error)
    in_use = _find_in_use(comparison, removes=True)
    in_use_around = _find_in_use(comparison, removes=False)
    elsewhere = _look_elsewhere(run) if _may_go(run, comparison, in_use) else None
    return Sight(this, None, (run, comparison), in_use, in_use_around, elsewhere)


def _compare(this: Run) -> tuple[Run, Comparison]:
    """Compare, and tell apart what is found.

    Raises:
        XrunError: uv could not say what it would do, or it must not do it.
    """
    if this.plan.target is Target.PROJECT and this.facts.environment is not None:
        check_is_whole(this.facts.environment, this.plan.keep)
    run, comparison = compare_ungated(this)
    return run, classify_run(run, comparison)


def _may_go(this: Run, comparison: Comparison, in_use: InUseError | None) -> bool:
    """Whether a run may go to a separate environment by itself."""
    if this.plan.response not in {Response.PREPARE, Response.ASK}:
        return False
    try:
        is_elsewhere = choose_way(this, comparison) is Way.ELSEWHERE
    except XrunError:  # told when the way is chosen
        return False
    return is_elsewhere or (in_use is not None and may_leave(this, comparison))


def _find_in_use(comparison: Comparison, *, removes: bool) -> InUseError | None:
    """Find whether others are in an environment that something would be taken from."""
    try:
        be_alone(comparison, removes=removes).release()
    except InUseError as error:
        return error
    return None


def _look_elsewhere(this: Run, number: int = 0) -> Elsewhere | XrunError:
    """Look for the separate environment that a run would go to: the first that is free."""
    with _keeping_variables():
        _, separate, there = move(this, number)
        comparison = compare_there(there, separate)
        is_there = separate.is_whole and separate.environment.exists
        if comparison is not None and comparison.is_clean:
            return Elsewhere(there, separate, is_there, is_clean=True)
        alone = be_alone_there(separate, comparison)
        alone.release()
        if alone.is_had:
            return _check_space(Elsewhere(there, separate, is_there, is_clean=False))
    if number + 1 < MOST:
        return _look_elsewhere(this, number + 1)
    return make_in_use(separate.environment, (), is_possible=alone.is_possible)


def _check_space(found: Elsewhere) -> Elsewhere | XrunError:
    if not found.separate.about.exists():
        try:
            check_space(found.run.facts, found.separate)
        except XrunError as error:
            return error
    return found


@contextlib.contextmanager
def _keeping_variables() -> Iterator[None]:
    """Take back what is set for a separate environment."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
