"""`xrunctl sync`: the environment made exact by the policy, without a command."""

from __future__ import annotations

import sys

import typer

from xrun.ctl.messages import render_synced
from xrun.ctl.target import STATUS_NOT_DONE, ProjectOption, fail, find_subject
from xrun.drift.kept import compare_keeping
from xrun.environment.change_lock import hold_gate
from xrun.environment.marker import was_interrupted
from xrun.errors import XrunError
from xrun.report.notices import render_recovered
from xrun.report.removals import (
    render_left,
    render_removed,
    render_shared,
    render_strays_gone,
    render_unmet,
)
from xrun.run.change import prepare
from xrun.run.changing import Preparation
from xrun.run.guard import check_is_whole
from xrun.run.recover import recover


def sync(project: ProjectOption = None) -> None:
    """Make the environment what is declared and selected."""
    recovered: list[str] = []
    try:
        subject = find_subject(project, remembers=True)
        facts, invocation, plan = subject.facts, subject.invocation, subject.plan
        with hold_gate(subject.environment.folder):
            check_is_whole(subject.environment, subject.policy.keep)
            if was_interrupted(subject.environment):
                done = recover(facts, invocation, plan, subject.environment)
                recovered = render_recovered(done.whole, done.gone)
            comparison = compare_keeping(facts, invocation, plan)
            is_shown = sys.stderr.isatty()
            prepared = prepare(Preparation(facts, invocation, plan, comparison, is_shown))
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    lines = [*recovered, *prepared.said]
    lines += render_removed(prepared.drift)
    if prepared.status == 0:
        drift, left = prepared.drift, prepared.left
        lines += render_unmet(drift.kept)
        lines += render_shared(prepared.mended, prepared.broken)
        lines += render_strays_gone(prepared.strays, drift.environment.name)
        lines += render_left(left, drift.environment) if left else render_synced(drift)
    for line in lines:
        print(line, file=sys.stderr)
    if prepared.status != 0 or prepared.left:
        raise typer.Exit(STATUS_NOT_DONE)
