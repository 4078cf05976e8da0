"""Run in a separate environment: made or synced first where it has to be, in a step of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from xrun.drift.compare import compare
from xrun.drift.dry_run import build_sync, select_variables
from xrun.environment.damage import find_broken
from xrun.environment.marker import begin_step, end_step
from xrun.environment.processes import make_in_use
from xrun.environment.separate import Separate, make_folder
from xrun.environment.space import check_not_full
from xrun.errors import UvFailedError, XrunError
from xrun.proxy import uv
from xrun.proxy.files import read_identity
from xrun.proxy.run_lock import Alone, be_alone
from xrun.report import notices
from xrun.run.elsewhere import SET, check_space, move
from xrun.run.remember import remember, take_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xrun.drift import Comparison
    from xrun.environment.separate import Purpose
    from xrun.run.hand_over import Run

MOST = 4  # environments for one purpose, while each is in use


def run_separately(this: Run) -> int:
    """Run in the separate environment for what is selected; return the status of what failed.

    Raises:
        XrunError: It could not be made or changed.
    """
    before = {name: os.environ.get(name) for name in SET}
    try:
        there, status, said = prepare_separate(this)
    except XrunError:
        _put_back(before)
        raise
    if status == 0:
        there.hand_over()
    this.say(said)
    return status


def run_separately_if_possible(this: Run, lines: Sequence[str]) -> None:
    """Run in a separate environment; return where there can be none just now.

    Args:
        this: The run, for the project's own environment.
        lines: What is said before.
    """
    before = {name: os.environ.get(name) for name in SET}
    with contextlib.suppress(XrunError):
        there, status, _ = prepare_separate(this, remembers=False)
        if status == 0:
            this.tell(lines)
            there.hand_over()
    _put_back(before)


def _put_back(before: Mapping[str, str | None]) -> None:
    """Put back which environment is used."""
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def prepare_separate(
    this: Run, number: int = 0, *, remembers: bool = True
) -> tuple[Run, int, list[str]]:
    """Prepare the separate environment for what a run selects.

    Args:
        this: The run, for the project's own environment.
        number: Of the environment, for while the first ones are in use.
        remembers: Whether it is there that the run would go the next time too.

    Returns:
        The run in it, uv's status, and what uv said where it failed.

    Raises:
        XrunError: It could not be made or changed.
    """
    purpose, separate, there = move(this, number)
    there.gate.take()
    is_by_itself = this.plan.mode != "separate"
    identities = take_inputs(there, this) if is_by_itself else take_inputs(there)
    comparison = compare_there(there, separate)
    if comparison is not None and comparison.is_clean:
        separate.touch()
        if remembers and not number:
            remember(there, identities)
        return there, 0, []
    alone = be_alone_there(separate, comparison)
    if not alone.is_had:
        there.gate.release()
        if number + 1 < MOST:
            return prepare_separate(this, number + 1, remembers=remembers)
        raise make_in_use(separate.environment, (), is_possible=alone.is_possible)
    try:
        status, said = _sync(there, separate, purpose)
    finally:
        alone.release()
    return there.without_done(), status, said


def compare_there(this: Run, separate: Separate) -> Comparison | None:
    """Compare a separate environment.

    Returns:
        `None` where it is not there or damaged, and where uv cannot compare, whose own error then
        comes from the sync.
    """
    if not (separate.is_whole and separate.environment.exists):
        return None
    try:
        return compare(this.facts, this.invocation, this.plan)
    except UvFailedError:
        return None


def be_alone_there(separate: Separate, comparison: Comparison | None) -> Alone:
    """Be alone in an environment from which something is taken; where uv only adds, anybody may."""
    drift = comparison.drift if comparison else None
    if drift is not None and not drift.extraneous and not drift.replaces:
        return Alone(-1)
    return be_alone(str(separate.environment.folder))


def _sync(this: Run, separate: Separate, purpose: Purpose) -> tuple[int, list[str]]:
    """Make the environment, or make it exact; return uv's status and what it said.

    Raises:
        XrunError: There is no space, or it is somebody else's.
    """
    is_first = not separate.about.exists()
    copied = check_space(this.facts, separate) if is_first else 0
    before = _read_state(separate)
    make_folder(separate, purpose)
    begin_step(separate.environment, is_new=not separate.environment.exists)
    if is_first:
        this.tell(notices.render_separate(str(separate.folder), copied))
    shown = is_first and this.is_terminal and not this.is_quiet
    sync = build_sync(this.facts, this.invocation, this.plan)
    environ = select_variables(is_question=False)
    done = uv.ask_uv(this.facts.uv, sync, environ, is_shown=shown, is_change=True)
    if done.returncode == 0 or _is_as_before(separate, before):
        end_step(separate.environment)  # where nothing was changed nothing is damaged
    elif is_first:
        check_not_full(separate)
    return done.returncode, (done.stderr or "").splitlines()


def _is_as_before(separate: Separate, before: list[str]) -> bool:
    """Whether a uv that failed has changed nothing: files deep in a folder show nowhere else."""
    environment = dataclasses.replace(separate.environment)
    is_same = _read_state(separate) == before
    return is_same and not find_broken(environment)


def _read_state(separate: Separate) -> list[str]:
    environment = dataclasses.replace(separate.environment)
    return [read_identity(str(each)) for each in (environment.folder, *environment.site_packages)]
