"""One run that is not as last time: decide, compare, and leave the rest to the response."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import TYPE_CHECKING

from xrun.environment.change_lock import Gate
from xrun.errors import UvFailedError, UvNotFoundError
from xrun.policy import load_policy
from xrun.policy.rules import read_circumstances
from xrun.proxy import uv
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.files import read_records, resolve_cache_file, write_records
from xrun.proxy.stamp import WITHIN, render_key
from xrun.report import notices
from xrun.run.facts import gather_facts
from xrun.run.guard import check_is_whole
from xrun.run.hand_over import Run
from xrun.run.look import compare_run
from xrun.run.permission import check_allowed, tell_ignored
from xrun.run.plan import Response, Target, resolve_plan
from xrun.run.remember import remember, take_inputs
from xrun.run.unknown import check_is_known, check_may_be_unknown, leave_to_uv, list_not_there

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xrun.drift import Comparison
    from xrun.run.facts import Facts


def run(
    argv: Sequence[str],
    say: Callable[[Sequence[str]], None],
    ask: Callable[[str], str] = lambda _: "",
    *,
    is_terminal: bool = False,
) -> int:
    """Run what was typed behind `xrun`; where nothing is due afterwards this process becomes uv.

    Args:
        argv: What was typed behind `xrun`.
        say: Prints lines on standard error.
        ask: Prints a question at the terminal and gives the line that is typed; empty at its end.
        is_terminal: Whether standard error is a terminal: rows may be coloured.

    Returns:
        The command's status where this process stayed; 125 if the command was refused.

    Raises:
        XrunError: The command was not run.
    """
    found = find_uv()
    try:
        this = resolve_run(found, argv, say, ask, is_terminal=is_terminal)
    except FileNotFoundError:  # the current folder is gone, which is uv's to tell
        uv.exec_uv(found, ["run", *argv])
    policy, plan = this.policy, this.plan
    check_allowed(this.case, plan)
    if not this.is_quiet:
        tell_ignored(policy, this.facts.folder, say)
    if this.invocation.has("--verbose"):
        said = {"policy": policy.mode, "decided as": plan.row, "reason": plan.reason}
        say(notices.render_decision(said))
    return _follow(this)


def find_uv() -> str:
    """Find the uv to run.

    Raises:
        UvNotFoundError: There is none.
    """
    found = uv.find_uv()
    if found is None:
        raise UvNotFoundError(notices.UV_MISSING, hint=notices.UV_MISSING_HINT)
    return found


def resolve_run(  # noqa: PLR0913 - what a run is made of
    found: str,
    argv: Sequence[str],
    say: Callable[[Sequence[str]], None] = lambda _: None,
    ask: Callable[[str], str] = lambda _: "",
    *,
    is_terminal: bool = False,
    remembers: bool = True,
) -> Run:
    """Resolve what is to be done for what was typed; whether it is allowed is not looked at.

    Args:
        found: The program of uv.
        argv: What was typed behind `xrun`.
        say: As `run`.
        ask: As `run`.
        is_terminal: As `run`.
        remembers: Whether uv's answers about itself may be written into the cache folder.

    Raises:
        PolicyError: The policy cannot be followed.
        FileNotFoundError: The current folder is gone.
    """
    since = time.time_ns()
    version = uv.read_version(found, remembers=remembers)
    invocation = parse_invocation(
        argv, lambda name: uv.read_takes_value(found, name, remembers=remembers)
    )
    facts = gather_facts(invocation, found, version, os.environ)
    circumstances = read_circumstances(invocation, os.environ, is_terminal=is_terminal)
    policy = load_policy(facts.workspace, facts.folder, os.environ, circumstances)
    plan = resolve_plan(policy, invocation, facts)
    quiet = invocation.has("--quiet")
    gate = Gate(_find_gate(facts), None if quiet else lambda file: _tell_waiting(file, say))
    key = render_key(invocation, found) if invocation.command else ""
    this = Run(tuple(argv), invocation, facts, policy, plan, say, ask, is_terminal, gate, key)
    return dataclasses.replace(this, since=since)


def _tell_waiting(file: str, say: Callable[[Sequence[str]], None]) -> None:
    from xrun.environment.processes import render_holder

    say(notices.render_waiting(render_holder(file)))


def _find_gate(facts: Facts) -> Path:
    """Find what the gate is kept by: the environment, or the script that has one of its own."""
    if facts.script is not None and facts.script.has_metadata:
        return facts.script.path
    return facts.environment.folder if facts.environment else facts.folder


def _follow(this: Run) -> int:
    """Follow the plan: compare if it says so, respond to what was found."""
    if this.facts.environ.get(WITHIN):
        _stay_above(this)
    identities = take_inputs(this)
    if this.plan.response is Response.NOTHING:
        check_is_known(this)
        if this.plan.says:
            this.tell(notices.render_not_exact(this.plan.reason))
        else:
            remember(this, identities)
        if this.plan.mode == "isolated":
            _tell_what_is_not_there(this)
        this.uncompared().hand_over()
    if this.plan.response is Response.SEPARATE:
        from xrun.run.separately import run_separately

        _tell_what_is_not_there(this)
        return run_separately(this)
    _check_is_whole(this)
    try:
        this, comparison = compare_run(this)
    except UvFailedError as error:
        if error.is_usage:
            leave_to_uv(this).hand_over()
        check_may_be_unknown(this, error)
        detail = error.message if this.invocation.has("--verbose") else ""
        this.tell(notices.render_unknown(detail))
        this.without_exact().hand_over()
    if comparison.is_clean:
        this = this.settled(comparison)
        remember(this, identities)
        this.hand_over()
    return _respond(this, comparison)


def _stay_above(this: Run) -> None:
    """Run in the separate environment that the command above runs in, if this belongs there."""
    from xrun.run.elsewhere import find_above

    above = find_above(this)
    if above is not None:
        remember(above, take_inputs(above))
        above.hand_over()


def _respond(this: Run, comparison: Comparison) -> int:
    """Do what is to be done about drift; a run without any does not import that."""
    from xrun.run import ask, do

    responses: dict[Response, Callable[[Run, Comparison], int]] = {
        Response.PREPARE: do.prepare_and_run,
        Response.REPORT: do.run_and_report,
        Response.REFUSE: do.refuse,
        Response.ASK: ask.ask,
    }
    return responses[this.plan.response](this, comparison)


def _check_is_whole(this: Run) -> None:
    """Stop at a damaged environment; where uv changes nothing, nothing can be lost in it."""
    if is_left_damaged(this):
        this.tell(notices.render_not_exact(this.plan.reason))
        this.hand_over()
    if this.plan.target is Target.PROJECT and this.facts.environment is not None:
        check_is_whole(this.facts.environment, this.plan.keep)


def is_left_damaged(this: Run) -> bool:
    """Whether the environment of a run is damaged, and used as it is all the same."""
    environment, plan = this.facts.environment, this.plan
    if plan.target is not Target.PROJECT or environment is None or not environment.is_damaged:
        return False
    return plan.is_as_it_is and plan.response is Response.REPORT


def _tell_what_is_not_there(this: Run) -> None:
    """Say, once for each of them, that another environment has not what is kept."""
    environment, names = this.facts.environment, list_not_there(this)
    if environment is None or not names:
        return
    told = [str(environment.folder), *names]
    memory = resolve_cache_file("told", told[0])
    if read_records(memory) != told and not this.is_quiet:
        from xrun.report.removals import render_not_there

        this.say(render_not_there(names, environment.name, this.plan.mode))
        write_records(memory, told)
