"""Run in a separate environment: made or synced first where it has to be, in a step of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from xrun import messages, uv
from xrun.drift.compare import compare
from xrun.drift.question import build_sync, select_variables
from xrun.errors import UvFailedError, XrunError
from xrun.in_use import is_nested, make_in_use
from xrun.invocation import parse_invocation
from xrun.locks import Gate
from xrun.plan import Target
from xrun.remember import remember, take_inputs
from xrun.selection import resolve_selection
from xrun.separate import (
    begin_change,
    check_space,
    end_change,
    list_selection,
    resolve_purpose,
    resolve_separate,
    use,
)
from xrun.stamp import ACTIVE
from xrun.state import read_identity
from xrun.users import Alone, be_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.drift import Comparison
    from xrun.handover import Run
    from xrun.separate import Purpose, Separate

MOST = 4  # environments for one purpose, while each is in use


def selects_elsewhere(this: Run, comparison: Comparison) -> bool:
    """Whether a run selects something else than the project's environment is for.

    That is for the policy's selection at the workspace root, as its files say it for every command,
    and for the Python that it has.
    """
    facts, workspace = this.facts, this.facts.workspace
    if workspace is None:
        return False
    if comparison.drift.is_replaced:
        return this.invocation.has("--python") or bool(facts.environ.get("UV_PYTHON"))
    nothing = parse_invocation(["true"])
    at_root = dataclasses.replace(workspace, project=workspace.root)
    bare = dataclasses.replace(facts, environ={}, workspace=at_root)
    home = resolve_selection(this.policy.for_every_command(), nothing, at_root, bare)
    wanted = list_selection(facts, this.invocation, this.plan.selection)
    return wanted != list_selection(bare, nothing, home)


def may_move(this: Run) -> bool:
    """Whether a run may go to a separate environment by itself: by its policy, and as typed.

    Not while something that is kept is installed, which is nowhere else; nor away from the
    environment that a command above it runs in.
    """
    environment = this.facts.environment
    return (
        this.policy.other_selection == "separate"
        and this.plan.mode == "exact"
        and this.plan.target is Target.PROJECT
        and not this.invocation.has("--exact", "--active")
        and environment is not None
        and not is_nested(environment.folder)
    )


def run_separately(this: Run) -> int:
    """Run in the separate environment for what is selected; return the status of what failed.

    Raises:
        XrunError: It could not be made or changed.
    """
    before = os.environ.get("VIRTUAL_ENV")
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
    before = os.environ.get("VIRTUAL_ENV")
    with contextlib.suppress(XrunError):
        there, status, _ = prepare_separate(this, remembers=False)
        if status == 0:
            this.tell(lines)
            there.hand_over()
    _put_back(before)


def _put_back(active: str | None) -> None:
    """Put back which environment is activated."""
    if active is None:
        os.environ.pop("VIRTUAL_ENV", None)
    else:
        os.environ["VIRTUAL_ENV"] = active


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
    identities = take_inputs(there)
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


def move(this: Run, number: int = 0) -> tuple[Purpose, Separate, Run]:
    """Move a run to the separate environment for what it selects, which is changed only before it.

    This process and what it starts use that environment from then on.

    Args:
        this: The run, for the project's own environment.
        number: Of the environment, for while the first ones are in use.

    Returns:
        What the environment is for, the environment, and the run in it.
    """
    purpose = resolve_purpose(this.facts, this.invocation, this.plan.selection)
    separate = resolve_separate(purpose, number)
    selection = tuple(word for word in this.plan.selection if word != ACTIVE)
    plan = dataclasses.replace(
        this.plan,
        inject=(ACTIVE, "--no-sync", *selection),
        selection=(ACTIVE, *selection),
        keep=(),
        mode="separate",
    )
    this.gate.release()
    there = dataclasses.replace(
        this.without_exact(),
        plan=plan,
        facts=use(this.facts, separate),
        gate=Gate(separate.environment.folder),
    )
    return purpose, separate, there


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
    if is_first:
        copied = check_space(this.facts, separate)
        this.tell(messages.render_separate(str(separate.folder), copied))
    before = _read_state(separate)
    begin_change(separate, purpose)
    shown = is_first and this.is_terminal and not this.is_quiet
    sync = build_sync(this.facts, this.invocation, this.plan)
    done = uv.ask_uv(this.facts.uv, sync, select_variables(is_question=False), is_shown=shown)
    if done.returncode == 0 or _read_state(separate) == before:
        end_change(separate)  # where nothing was changed nothing is damaged
    return done.returncode, (done.stderr or "").splitlines()


def _read_state(separate: Separate) -> list[str]:
    environment = dataclasses.replace(separate.environment)
    return [read_identity(str(each)) for each in (environment.folder, *environment.site_packages)]
