"""Mode ask: one question at the terminal before anything is removed, and its answers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from xrun.drift import Kind
from xrun.errors import STATUS_NOT_RUN, NotAllowedError
from xrun.report import notices
from xrun.report.removals import render_kept
from xrun.run.decide import asks_first
from xrun.run.do import prepare_and_run, run_around
from xrun.run.keep_locally import keep_installed
from xrun.run.look import compare_run
from xrun.run.plan import Target
from xrun.run.tell import classify_run, explain_run, render_rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.drift import Comparison
    from xrun.run.hand_over import Run

SEARCH_BEFORE = 0.3  # how long the sources are searched for imports before a question, in seconds


def ask(this: Run, comparison: Comparison) -> int:
    """Ask at the terminal what to do about what would be removed; nothing is done before."""
    if not asks_first(comparison):
        return prepare_and_run(this, comparison)
    comparison = classify_run(this, comparison)
    first = notices.render_asking(comparison.drift, this.mode_told)
    explained = explain_run(this, comparison.drift, SEARCH_BEFORE)
    this.say([first, *render_rows_of(this, explained)])
    this.gate.release()  # nobody waits for somebody's answer
    question, answers = notices.QUESTION, ANSWERS
    if comparison.drift.is_replaced:
        question, answers = notices.QUESTION_ANEW, ANSWERS_ANEW
    while True:
        typed = this.ask(question)
        word = typed.strip().lower() or ("" if typed else "stop")
        chosen = [answer for name, answer in answers.items() if name.startswith(word)]
        if word and chosen:
            return chosen[0](this, comparison)


def _remove(this: Run, _comparison: Comparison) -> int:
    """Do as mode exact, with what is there now."""
    return prepare_and_run(*compare_run(this))


def _leave(this: Run, _comparison: Comparison) -> int:
    """Run as typed, this time."""
    return run_around(*compare_run(this))


def _stop(this: Run, _comparison: Comparison) -> int:
    """Run nothing."""
    this.say(notices.STOPPED)
    return STATUS_NOT_RUN


def _keep(this: Run, comparison: Comparison) -> int:
    """Keep what would be removed or replaced; then all is as with any policy that keeps it."""
    workspace = this.facts.workspace
    if workspace is None or this.plan.target is not Target.PROJECT:
        return _leave(this, comparison)  # the policy keeps nothing in a script's environment
    if floor := this.policy.floors.get("keep"):
        raise NotAllowedError(f"not run: {floor.source} enforces keep, so nothing more is kept")
    replaced = comparison.drift.of(Kind.OTHER)
    found = (*comparison.drift.extraneous, *replaced)
    versions = {each.name: each.installed or "" for each in found}
    kept = keep_installed(
        workspace,
        comparison.drift.environment,
        versions,
        "kept when xrun asked",
        already=this.plan.keep,
        by_name={each.name for each in replaced},
    )
    this.say(render_kept([each.requirement.name for each in kept]))
    plan = dataclasses.replace(this.plan, keep=(*this.plan.keep, *kept))
    return _remove(dataclasses.replace(this, plan=plan), comparison)


ANSWERS: dict[str, Callable[[Run, Comparison], int]] = {
    "remove": _remove,
    "leave": _leave,
    "keep": _keep,
    "stop": _stop,
}
ANSWERS_ANEW: dict[str, Callable[[Run, Comparison], int]] = {
    "build": _remove,
    "stop": _stop,
}
