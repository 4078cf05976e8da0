"""`xrunctl sync`: the environment made exact by the policy, without a command."""

from __future__ import annotations

import sys

import typer

from xrun.changing import Preparation
from xrun.ctl.messages import render_synced
from xrun.ctl.target import STATUS_NOT_DONE, ProjectOption, fail, find_subject
from xrun.damage import recover
from xrun.errors import XrunError
from xrun.guard import check_is_whole
from xrun.locks import hold_gate
from xrun.marker import was_killed
from xrun.messages import render_recovered
from xrun.prepare import prepare
from xrun.removal.keep import compare_keeping
from xrun.removal.messages import (
    render_left,
    render_removed,
    render_shared,
    render_strays_gone,
    render_unmet,
)


def sync(project: ProjectOption = None) -> None:
    """Make the environment what is declared and selected."""
    recovered: list[str] = []
    try:
        subject = find_subject(project, remembers=True)
        facts, invocation, plan = subject.facts, subject.invocation, subject.plan
        with hold_gate(subject.environment.folder):
            check_is_whole(subject.environment, subject.policy.keep)
            if was_killed(subject.environment):
                done = recover(facts, invocation, plan, subject.environment)
                recovered = render_recovered(done)
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
