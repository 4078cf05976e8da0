"""What a run tells of drift: the rows of its report, and the command that mends it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from xrun.drift import Kind, classify
from xrun.report import notices
from xrun.report.reach import Reach, find_reach

if TYPE_CHECKING:
    from xrun.drift import Comparison, Drift, Finding
    from xrun.drift.explain import Explained
    from xrun.run.hand_over import Run

MOST_ROWS = 4  # a report has six lines: these, one above, one below


def classify_run(this: Run, comparison: Comparison) -> Comparison:
    """Tell apart what no selection has and what this run's has not."""
    return classify(this.facts, this.invocation, this.plan, comparison)


def explain_run(this: Run, drift: Drift, seconds: float) -> Explained:
    """Explain drift to who runs something: which lines import what, which command settles what.

    Args:
        this: The run.
        drift: What is told.
        seconds: How long the sources are searched.
    """
    from xrun.drift.explain import explain  # not needed where nothing is reported

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


def find_reach_of(this: Run) -> Reach:
    """Find how `xrunctl` reaches the environment of a run."""
    return find_reach(this.facts.workspace, this.facts.environment, this.facts.environ)


def render_cure_of(this: Run, drift: Drift, *, may_run: bool) -> str:
    """Render the command that makes the environment of a run exact."""
    is_whole = drift.environment.is_virtual or not drift.environment.exists
    is_policys = this.is_policys and is_whole
    sync = find_reach_of(this).render("sync") if is_policys else ""
    may_loosen = "mode" not in this.policy.floors
    return notices.render_cure(drift, this.typed, sync, may_run=may_run, may_loosen=may_loosen)


def render_rows_of(this: Run, explained: Explained) -> list[str]:
    """Render the rows of a run's report: a few, unless `-v` was typed."""
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
