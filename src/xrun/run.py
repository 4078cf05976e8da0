"""One run that is not as last time: decide, do what comes first, hand over to uv."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import messages, uv
from xrun.drift import Kind, classify, compare
from xrun.errors import UvFailedError, UvNotFoundError
from xrun.facts import gather_facts
from xrun.guard import check_is_meant, check_is_whole
from xrun.inputs import list_inputs
from xrun.invocation import parse_invocation
from xrun.options import CHANGES_SOMETHING
from xrun.plan import Response, Target, resolve_plan
from xrun.policy import load_policy
from xrun.prepare import prepare
from xrun.stamp import may_have_stamp, render_key, take_identities, write_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from xrun.drift import Comparison, Drift
    from xrun.facts import Facts
    from xrun.invocation import Invocation
    from xrun.plan import Plan
    from xrun.policy import Policy

STATUS_NOT_RUN = 125
# Success, and ends that somebody asked for: HUP, INT, QUIT, TERM.
DELIBERATE = frozenset({0, 129, 130, 131, 143})
# What is done once a `uv sync` was given them.
DONE_BY_SYNC = CHANGES_SOMETHING - {"--no-cache"}
MOST_ROWS = 4  # a report has six lines: these, one above, one below


@dataclass(frozen=True)
class Run:
    """One run: what was typed, what is so, what is to be done.

    Attributes:
        argv: What was typed behind `xrun`.
        say: Prints lines on standard error.
        is_terminal: Whether standard error is a terminal.
    """

    argv: tuple[str, ...]
    invocation: Invocation
    facts: Facts
    policy: Policy
    plan: Plan
    say: Callable[[Sequence[str]], None]
    is_terminal: bool

    @property
    def is_quiet(self) -> bool:
        """Whether notices are left out; refusals are not."""
        return self.invocation.has("--quiet")

    @property
    def uv_args(self) -> list[str]:
        """What uv is given."""
        return ["run", *self.plan.inject, *self.argv]

    def tell(self, lines: Sequence[str]) -> None:
        """Say a notice, unless `-q` was typed."""
        if not self.is_quiet:
            self.say(lines)

    def hand_over(self) -> NoReturn:
        """Become uv."""
        uv.exec_uv(self.facts.uv, self.uv_args)

    def without_exact(self) -> Run:
        """The same run with no `--exact` injected: uv only adds."""
        inject = tuple(word for word in self.plan.inject if word != "--exact")
        return dataclasses.replace(self, plan=dataclasses.replace(self.plan, inject=inject))

    def without_done(self) -> Run:
        """The same run after a sync: it need not upgrade, reinstall or look anew once more."""
        if not self.invocation.has(*DONE_BY_SYNC):
            return self
        return dataclasses.replace(self, argv=tuple(self.invocation.without(*DONE_BY_SYNC)))


def run(
    argv: Sequence[str], say: Callable[[Sequence[str]], None], *, is_terminal: bool = False
) -> int:
    """Run what was typed behind `xrun`; where nothing is due afterwards this process becomes uv.

    Args:
        argv: What was typed behind `xrun`.
        say: Prints lines on standard error.
        is_terminal: Whether standard error is a terminal: rows may be coloured.

    Returns:
        The command's status where this process stayed; 125 if the command was refused.

    Raises:
        XrunError: The command was not run.
    """
    found = uv.find_uv()
    if found is None:
        raise UvNotFoundError(messages.UV_MISSING, hint=messages.UV_MISSING_HINT)
    version = uv.read_version(found)
    invocation = parse_invocation(argv, lambda name: uv.read_takes_value(found, name))
    try:
        facts = gather_facts(invocation, found, version, os.environ)
    except FileNotFoundError:  # the current folder is gone, which is uv's to tell
        uv.exec_uv(found, ["run", *argv])
    policy = load_policy(facts.workspace, facts.folder, os.environ)
    plan = resolve_plan(policy, invocation, facts)
    this = Run(tuple(argv), invocation, facts, policy, plan, say, is_terminal)
    if invocation.has("--verbose"):
        said = {"mode": policy.mode, "row": plan.row, "reason": plan.reason}
        say(messages.render_decision(said, [found, *this.uv_args]))
    return _follow(this)


def _follow(this: Run) -> int:
    """Follow the plan: compare if it says so, respond to what was found."""
    identities = _take_identities(this)
    if this.plan.response is Response.NOTHING:
        if this.plan.says:
            this.tell(messages.render_not_exact(this.plan.reason))
        else:
            _write_stamp(this, identities)
        this.hand_over()
    _check_is_whole(this)
    try:
        comparison = compare(this.facts, this.invocation, this.plan)
    except UvFailedError as error:
        if error.is_usage:
            this.hand_over()
        # What would be removed cannot be named, so nothing is; uv's own error follows, as a rule.
        this.tell(messages.render_not_exact(error.message))
        this.without_exact().hand_over()
    if comparison.is_clean:
        _write_stamp(this, identities)
        this.hand_over()
    return RESPONSES[this.plan.response](this, comparison)


def _check_is_whole(this: Run) -> None:
    """Stop at a damaged environment; where uv changes nothing, nothing can be lost in it."""
    environment = this.facts.environment
    if this.plan.target is not Target.PROJECT or environment is None:
        return
    if environment.is_damaged and this.plan.is_as_it_is and this.plan.response is Response.REPORT:
        this.tell(messages.render_not_exact(this.plan.reason))
        this.hand_over()
    check_is_whole(environment)


def _take_identities(this: Run) -> dict[str, str] | None:
    """Take the identities of all that decides, before uv is asked; `None` if some cannot be."""
    if not may_have_stamp(this.invocation):
        return None
    watched = list_inputs(this.facts, this.policy, this.invocation.command)
    return None if watched is None else take_identities(watched)


def _write_stamp(this: Run, identities: dict[str, str] | None) -> None:
    if identities is not None and this.plan.target is Target.PROJECT:
        key = render_key(this.invocation, this.facts.uv)
        write_stamp(key, this.plan.inject, identities)


def _prepare(this: Run, comparison: Comparison) -> int:
    """Make the environment exact, then run; a failure of the command is told what went before."""
    check_is_meant(comparison)
    environment = comparison.drift.environment
    if environment.exists and not environment.is_virtual:
        this.without_exact().hand_over()  # a base Python with nothing to remove
    if not comparison.needs_preparing or comparison.answer.is_refused:
        this.hand_over()
    prepared = prepare(
        this.facts, this.invocation, this.plan, environment, is_shown=this.is_terminal
    )
    if prepared.status != 0:
        this.say(prepared.said)  # an error of uv's, which `-q` does not silence either
        return prepared.status
    this.tell(prepared.said)
    this = this.without_done()
    this.tell(messages.render_removed(prepared.drift, is_verbose=this.invocation.has("--verbose")))
    if prepared.left:
        this.tell(messages.render_left(prepared.left))
    removed = prepared.drift.extraneous
    if this.is_quiet or not removed:
        this.hand_over()
    status = uv.spawn_uv(this.facts.uv, this.uv_args)
    if status not in DELIBERATE:
        this.tell(messages.render_reminder(status, removed))
    return status


def _report(this: Run, comparison: Comparison) -> int:
    """Run as typed, then report the drift that is there."""
    if this.is_quiet or not _select_staying(this, comparison.drift).findings:
        this.hand_over()
    status = uv.spawn_uv(this.facts.uv, this.uv_args)
    try:
        after = compare(this.facts, this.invocation, this.plan)  # the command may have changed it
    except UvFailedError:
        after = comparison
    drift = _select_staying(this, _classify(this, after).drift)
    if drift.findings:
        first, last = messages.render_report(drift, this.plan.reason)
        this.say([first, *_render_rows(this, drift), last])
    return status


def _refuse(this: Run, comparison: Comparison) -> int:
    """Do not run in an environment that has drifted."""
    drift = comparison.drift
    if this.plan.target is Target.SCRIPT:  # what is missing there, uv adds at every first run
        drift = dataclasses.replace(drift, findings=drift.extraneous)
    if not drift.findings:
        this.hand_over()
    drift = _classify(this, dataclasses.replace(comparison, drift=drift)).drift
    source = this.policy.origins.get("mode", "")
    first, last = messages.render_refused(drift, source, this.argv)
    this.say([first, *_render_rows(this, drift), last])
    return STATUS_NOT_RUN


RESPONSES: dict[Response, Callable[[Run, Comparison], int]] = {
    Response.PREPARE: _prepare,
    Response.REPORT: _report,
    Response.REFUSE: _refuse,
}


def _select_staying(this: Run, drift: Drift) -> Drift:
    """Select what uv does not mend in the run itself."""
    if this.plan.is_as_it_is:
        return drift
    kinds = (Kind.UNDECLARED, Kind.UNSELECTED)
    return dataclasses.replace(drift, findings=drift.of(*kinds))


def _classify(this: Run, comparison: Comparison) -> Comparison:
    return classify(this.facts, this.invocation, this.plan, comparison)


def _render_rows(this: Run, drift: Drift) -> list[str]:
    from xrun.report.text import decide_colour, render_rows

    most = None if this.invocation.has("--verbose") else MOST_ROWS
    has_colour = decide_colour(this.facts.environ, is_terminal=this.is_terminal)
    return render_rows(drift, most=most, has_colour=has_colour)
