"""What is done about drift: prepare and run, run and report, or refuse."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import messages, uv
from xrun.drift import Kind, classify, compare
from xrun.errors import STATUS_NOT_RUN, UvFailedError
from xrun.guard import check_is_meant
from xrun.options import CHANGES_SOMETHING
from xrun.plan import Response, Target
from xrun.prepare import prepare
from xrun.removal import AtticError
from xrun.selection import SELECTING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from xrun.drift import Comparison, Drift
    from xrun.facts import Facts
    from xrun.invocation import Invocation
    from xrun.plan import Plan
    from xrun.policy import Policy

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
        """The same run with no `--exact`, injected or typed: uv only adds."""
        inject = tuple(word for word in self.plan.inject if word != "--exact")
        typed = self.invocation.has("--exact")
        argv = tuple(self.invocation.without("--exact")) if typed else self.argv
        plan = dataclasses.replace(self.plan, inject=inject)
        return dataclasses.replace(self, plan=plan, argv=argv)

    def building(self) -> Run:
        """The same run, but that uv may build anew what is merely old (the project itself)."""
        plan = dataclasses.replace(self.plan, inject=self.plan.selection)
        return dataclasses.replace(self, plan=plan)

    @property
    def is_policys(self) -> bool:
        """Whether the run is for the environment and the selection that `xrunctl` knows."""
        elsewhere = {*SELECTING, "--python", "--active"} & self.invocation.names
        is_project = self.plan.target is Target.PROJECT
        declares = self.facts.workspace is not None and self.facts.workspace.project.declares
        return is_project and declares and not elsewhere

    def without_done(self) -> Run:
        """The same run after a sync: it need not upgrade, reinstall or look anew once more."""
        if not self.invocation.has(*DONE_BY_SYNC):
            return self
        return dataclasses.replace(self, argv=tuple(self.invocation.without(*DONE_BY_SYNC)))


def _prepare(this: Run, comparison: Comparison) -> int:
    """Make the environment exact, then run; a failure of the command is told what went before."""
    check_is_meant(comparison)
    environment = comparison.drift.environment
    if environment.exists and not environment.is_virtual:
        this.without_exact().hand_over()  # a base Python with nothing to remove
    if comparison.answer.is_refused and f"--{this.policy.lock}" in this.plan.inject:
        source = this.policy.origins.get("lock", "")
        this.tell(messages.render_lock_origin(this.policy.lock, source))
    if not comparison.needs_preparing or comparison.answer.is_refused:
        this.hand_over()
    try:
        prepared = prepare(
            this.facts, this.invocation, this.plan, environment, is_shown=this.is_terminal
        )
    except AtticError as error:
        this.tell(messages.render_not_exact(error.message))
        this.without_exact().hand_over()
    if prepared.status != 0:
        this.say(prepared.said)  # an error of uv's, which `-q` does not silence either
        this.tell(messages.render_removed(prepared.drift))
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
        cure = _render_cure(this, drift, may_run=not this.plan.reason)
        first, last = messages.render_report(drift, this.plan.reason, cure)
        this.say([first, *_render_rows(this, drift), last])
    return status


def _refuse(this: Run, comparison: Comparison) -> int:
    """Do not run in an environment that has drifted."""
    drift = comparison.drift
    if this.plan.target is Target.SCRIPT:  # what is missing there, uv adds at every first run
        drift = dataclasses.replace(drift, findings=drift.extraneous, is_replaced=False)
    if drift.is_clean:
        this.building().hand_over()
    drift = _classify(this, dataclasses.replace(comparison, drift=drift)).drift
    source = this.policy.origins.get("mode", "")
    cure = _render_cure(this, drift, may_run=True)
    first, last = messages.render_refused(drift, source, cure, this.argv)
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


def _render_cure(this: Run, drift: Drift, *, may_run: bool) -> str:
    is_whole = drift.environment.is_virtual or not drift.environment.exists
    is_policys = this.is_policys and is_whole
    return messages.render_cure(drift, this.argv, is_policys=is_policys, may_run=may_run)


def _render_rows(this: Run, drift: Drift) -> list[str]:
    from xrun.report.text import decide_colour, render_rows

    most = None if this.invocation.has("--verbose") else MOST_ROWS
    has_colour = decide_colour(this.facts.environ, is_terminal=this.is_terminal)
    return render_rows(drift, most=most, has_colour=has_colour, can_sync=this.is_policys)
