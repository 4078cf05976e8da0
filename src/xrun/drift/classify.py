"""Tell findings apart by what another selection would have: further questions to uv."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from xrun.drift.compare import order
from xrun.drift.declarations import find_reaching, find_selectors
from xrun.drift.dry_run import ask, ask_offline, build_sync
from xrun.drift.finding import Kind
from xrun.errors import UvFailedError
from xrun.project.groups import EVERYTHING, selects_all
from xrun.run.plan import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.drift.answer import SyncAnswer
    from xrun.drift.compare import Comparison
    from xrun.drift.finding import Drift, Finding
    from xrun.environment import Environment
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan

MOST_QUESTIONS = 5  # about selections that may lock what is there


def classify(
    facts: Facts, invocation: Invocation, plan: Plan, comparison: Comparison
) -> Comparison:
    """Tell what another selection has from what none has.

    What is still extraneous with every member, extra and group selected is undeclared; the rest is
    unselected. What is other than locked may be just what another extra or group locks (torch for
    CUDA, say): then it has the option as its selector.
    """
    drift = comparison.drift
    if plan.target is Target.SCRIPT:
        return comparison
    findings = drift.findings
    if drift.extraneous and not selects_all(facts.workspace, facts.environ, invocation):
        undeclared = _find_undeclared(facts, invocation, plan, drift)
        findings = tuple(_tell_apart(finding, undeclared, facts) for finding in findings)
        findings = tuple(_add_reaching(findings, facts, drift.environment))
    if drift.of(Kind.OTHER) and not drift.is_replaced:
        findings = tuple(_find_other_locks(facts, invocation, plan, findings))
    findings = tuple(sorted(findings, key=order))
    return dataclasses.replace(comparison, drift=dataclasses.replace(drift, findings=findings))


def _find_undeclared(facts: Facts, invocation: Invocation, plan: Plan, drift: Drift) -> set[str]:
    undeclared = {finding.name for finding in drift.extraneous}
    for everything in _list_selections(facts):
        args = build_sync(facts, invocation, plan, everything=everything)
        try:
            asks = ask_offline if plan.is_offline else ask
            answer = asks(facts, args, everything=True)
        except UvFailedError:  # extras that conflict cannot be selected at once
            continue
        undeclared &= _read_extraneous(answer, drift)
        if everything == EVERYTHING:
            break
    return undeclared


def _find_other_locks(
    facts: Facts, invocation: Invocation, plan: Plan, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Find which extras and groups, selected beside the rest, would leave a version as it is."""
    others = [each for each in findings if each.kind is Kind.OTHER]
    options = dict.fromkeys(
        option
        for each in others
        for option in (find_selectors(facts.workspace, each.name) if facts.workspace else ())
        if not option.startswith("--package")
    )
    args = build_sync(facts, invocation, plan)
    chosen: dict[str, str] = {}
    for option in list(options)[:MOST_QUESTIONS]:
        word = option.replace(" ", "=", 1)
        if word in args:
            continue
        try:
            asks = ask_offline if plan.is_offline else ask
            answer = asks(facts, [*args, word])
        except UvFailedError:  # it conflicts with what is selected
            continue
        for each in others:
            if each.name not in answer.incoming:
                chosen.setdefault(each.name, option)
    for each in findings:
        is_chosen = each.kind is Kind.OTHER and each.name in chosen
        yield dataclasses.replace(each, selectors=(chosen[each.name],)) if is_chosen else each


def _tell_apart(finding: Finding, undeclared: set[str], facts: Facts) -> Finding:
    """Make a finding an unselected one, if something selects it."""
    if finding.kind is not Kind.UNDECLARED or finding.name in undeclared:
        return finding
    selectors = find_selectors(facts.workspace, finding.name) if facts.workspace else ()
    return dataclasses.replace(finding, kind=Kind.UNSELECTED, selectors=selectors)


def _add_reaching(
    findings: Sequence[Finding], facts: Facts, environment: Environment
) -> Iterator[Finding]:
    """Add what selects an unselected one that nothing declares and no other finding needs."""
    through = [
        each.name
        for each in findings
        if each.kind is Kind.UNSELECTED and not each.selectors and not each.needed_by
    ]
    reaching: Mapping[str, tuple[str, ...]] = {}
    if through and facts.workspace is not None:
        reaching = find_reaching(facts.workspace, environment, through)
    for each in findings:
        selectors = reaching.get(each.name, ())
        yield dataclasses.replace(each, selectors=selectors) if selectors else each


def _read_extraneous(answer: SyncAnswer, drift: Drift) -> set[str]:
    """Read which of the drift's distributions another selection would not have either."""
    if answer.action == "replace":
        return {finding.name for finding in drift.extraneous} - answer.incoming.keys()
    return answer.outgoing.keys() - answer.incoming.keys()


def _list_selections(facts: Facts) -> Iterator[tuple[str, ...]]:
    """List what to ask for: everything at once; where that conflicts, one extra or group a time."""
    yield EVERYTHING
    yield ("--all-packages",)
    members = facts.workspace.members if facts.workspace else ()
    for name in sorted({name for member in members for name in member.extras}):
        yield ("--all-packages", f"--extra={name}")
    for name in sorted({name for member in members for name in member.groups}):
        yield ("--all-packages", f"--group={name}")
