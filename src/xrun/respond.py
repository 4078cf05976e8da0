"""What is done about drift: prepare and run, run and report, or refuse."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from xrun import messages
from xrun.drift import Kind, classify
from xrun.errors import STATUS_NOT_RUN, UvFailedError
from xrun.guard import check_is_meant
from xrun.plan import Response, Target
from xrun.prepare import Preparation, prepare
from xrun.removal import AtticError
from xrun.removal.keep import compare_keeping
from xrun.removal.keeping import keep_installed
from xrun.removal.messages import (
    render_kept,
    render_left,
    render_reminder,
    render_removed,
    render_shared,
    render_unmet,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.drift import Comparison, Drift, Finding
    from xrun.environment import Environment
    from xrun.explain import Explained
    from xrun.handover import Run
    from xrun.prepare import Prepared

# Success, and ends that somebody asked for: HUP, INT, QUIT, TERM.
DELIBERATE = frozenset({0, 129, 130, 131, 143})
MOST_ROWS = 4  # a report has six lines: these, one above, one below
# How long the sources are searched for imports, in seconds: after a command, before a question.
SEARCH_AFTER, SEARCH_BEFORE = 1.0, 0.3


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
        prepared = _make_ready(this, environment)
    except AtticError as error:
        this.tell(messages.render_not_exact(error.message))
        this.without_exact().hand_over()
    if prepared.status != 0:
        return prepared.status
    this = this.without_done()
    if this.is_quiet or not prepared.drift.extraneous:
        this.hand_over()
    status = this.spawn()
    if status not in DELIBERATE:
        this.tell(render_reminder(status, prepared.drift, this.program))
    return status


def _make_ready(this: Run, environment: Environment, *, removes: bool = True) -> Prepared:
    """Prepare the environment, and say what was done.

    Raises:
        XrunError: As `prepare`.
    """
    shown = this.is_terminal and not this.is_quiet
    prepared = prepare(
        Preparation(this.facts, this.invocation, this.plan, environment, shown, removes=removes)
    )
    if prepared.status != 0:
        this.say(prepared.said)  # an error of uv's, which `-q` does not silence either
        this.tell(render_removed(prepared.drift))
        return prepared
    this.tell(prepared.said)
    is_verbose = this.invocation.has("--verbose")
    this.tell(render_removed(prepared.drift, is_verbose=is_verbose, is_policys=this.is_policys))
    this.tell(render_unmet(prepared.drift.kept))
    this.tell(render_shared(prepared.mended, prepared.broken))
    if prepared.left:
        this.tell(render_left(prepared.left, prepared.drift.environment))
    return prepared


def _sync_around(this: Run, comparison: Comparison) -> int:
    """Sync what the run would sync, around what is held; return uv's status."""
    try:
        return _make_ready(this, comparison.drift.environment, removes=False).status
    except AtticError as error:  # what would be replaced stays, and the run goes on
        this.tell(messages.render_not_exact(error.message))
        return 0


def _report(this: Run, comparison: Comparison) -> int:
    """Run as typed, then report the drift that is there."""
    if comparison.held and comparison.changes and not this.plan.is_as_it_is:
        status = _sync_around(this, comparison)
        if status != 0:
            return status
    if this.is_quiet or not _select_staying(this, comparison.drift).findings:
        this.hand_over()
    status = this.spawn()
    try:
        # The command may have changed it.
        after = compare_keeping(this.facts, this.invocation, this.plan)
    except UvFailedError:
        after = comparison
    drift = _select_staying(this, _classify(this, after).drift)
    if drift.findings:
        explained = _explain(this, drift, SEARCH_AFTER)
        cure = _render_cure(this, drift, may_run=not this.plan.reason)
        first, last = messages.render_report(drift, this.plan.reason, cure)
        this.say([first, *_render_rows(this, explained), last])
    return status


def _refuse(this: Run, comparison: Comparison) -> int:
    """Do not run in an environment that has drifted."""
    drift = comparison.drift
    if this.plan.target is Target.SCRIPT:  # what is missing there, uv adds at every first run
        drift = dataclasses.replace(drift, findings=drift.extraneous, is_replaced=False)
    if drift.is_clean and comparison.held:
        status = _sync_around(this, comparison)
        if status == 0:
            this.hand_over()
        return status
    if drift.is_clean:
        this.building().hand_over()
    drift = _classify(this, dataclasses.replace(comparison, drift=drift)).drift
    cure = _render_cure(this, drift, may_run=True)
    first, last = messages.render_refused(drift, this.mode_told, cure, this.argv)
    explained = _explain(this, drift, SEARCH_AFTER)
    this.say([first, *_render_rows(this, explained), last])
    return STATUS_NOT_RUN


def _ask(this: Run, comparison: Comparison) -> int:
    """Ask at the terminal what to do about what would be removed; nothing is done before."""
    loses = comparison.drift.extraneous or comparison.drift.is_replaced
    if not loses or comparison.answer.is_refused:
        return _prepare(this, comparison)
    comparison = _classify(this, comparison)
    first = messages.render_asking(comparison.drift, this.mode_told)
    explained = _explain(this, comparison.drift, SEARCH_BEFORE)
    this.say([first, *_render_rows(this, explained)])
    answers = {"r": _prepare, "l": _leave, "k": _keep, "s": _stop}
    while True:
        typed = this.ask(messages.QUESTION)
        word = typed.strip().lower() or ("" if typed else "stop")
        chosen = [name for name in ("remove", "leave", "keep", "stop") if name.startswith(word)]
        if word and chosen:
            return answers[chosen[0][0]](this, comparison)


def _leave(this: Run, _comparison: Comparison) -> int:
    """Run as typed, this time."""
    this.without_exact().hand_over()


def _stop(this: Run, _comparison: Comparison) -> int:
    """Run nothing."""
    this.say(messages.STOPPED)
    return STATUS_NOT_RUN


def _keep(this: Run, comparison: Comparison) -> int:
    """Keep what would be removed, from now on; then all is as with any policy that keeps it."""
    workspace = this.facts.workspace
    if workspace is None or this.plan.target is not Target.PROJECT:
        return _leave(this, comparison)  # the policy keeps nothing in a script's environment
    versions = {each.name: each.installed or "" for each in comparison.drift.extraneous}
    kept = keep_installed(
        workspace,
        comparison.drift.environment,
        versions,
        "kept when xrun asked",
        already=this.plan.keep,
    )
    this.say(render_kept([each.requirement.name for each in kept]))
    plan = dataclasses.replace(this.plan, keep=(*this.plan.keep, *kept))
    this = dataclasses.replace(this, plan=plan)
    comparison = compare_keeping(this.facts, this.invocation, plan)
    return _prepare(this.keeping(comparison), comparison)


RESPONSES: dict[Response, Callable[[Run, Comparison], int]] = {
    Response.PREPARE: _prepare,
    Response.REPORT: _report,
    Response.REFUSE: _refuse,
    Response.ASK: _ask,
}


def _select_staying(this: Run, drift: Drift) -> Drift:
    """Select what uv does not mend in the run itself."""
    if this.plan.is_as_it_is:
        return drift
    kinds = (Kind.UNDECLARED, Kind.UNSELECTED)
    return dataclasses.replace(drift, findings=drift.of(*kinds))


def _classify(this: Run, comparison: Comparison) -> Comparison:
    return classify(this.facts, this.invocation, this.plan, comparison)


def _explain(this: Run, drift: Drift, seconds: float) -> Explained:
    from xrun.explain import explain  # not needed where nothing is reported

    explained = explain(this.facts, drift, seconds=seconds)
    # That something kept is imported is `xrunctl check`'s to tell: a run may go on.
    going = {each.name for each in drift.extraneous}
    findings = [
        each
        for each in explained.drift.findings
        if each.kind is not Kind.IMPORTED or each.name in going
    ]
    shown = dataclasses.replace(explained.drift, findings=tuple(findings))
    return dataclasses.replace(explained, drift=shown)


def _render_cure(this: Run, drift: Drift, *, may_run: bool) -> str:
    is_whole = drift.environment.is_virtual or not drift.environment.exists
    is_policys = this.is_policys and is_whole
    return messages.render_cure(drift, this.argv, is_policys=is_policys, may_run=may_run)


def _render_rows(this: Run, explained: Explained) -> list[str]:
    from xrun.report.text import decide_colour, find_width, render_rows

    most = None if this.invocation.has("--verbose") else MOST_ROWS

    def advise(finding: Finding) -> str:
        advice = explained.advise(finding)
        return advice if this.is_policys or not advice.startswith("xrunctl sync") else ""

    return render_rows(
        explained.drift,
        most=most,
        has_colour=decide_colour(this.facts.environ, is_terminal=this.is_terminal),
        width=find_width() if this.is_terminal else None,
        advice=advise,
    )
