"""Tell findings apart by what another selection would have: further questions to uv."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from xrun.drift.compare import order
from xrun.drift.declarations import find_reaching, find_selectors
from xrun.drift.dry_run import ask
from xrun.drift.finding import Kind
from xrun.environment.memory import read_memory
from xrun.errors import UvFailedError
from xrun.project.git import find_past_lines
from xrun.project.groups import EVERYTHING
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.drift.compare import Comparison
    from xrun.drift.dry_run import DryRun, SyncCommand
    from xrun.drift.finding import Drift, Finding
    from xrun.environment import Environment
    from xrun.project.workspace import Workspace

MOST_QUESTIONS = 5  # about selections that may lock what is there


def classify(sync: SyncCommand, comparison: Comparison) -> Comparison:
    """Tell what another selection has from what none has.

    What is still extraneous with every member, extra and group selected is undeclared, or no longer
    declared; the rest is unselected. What is other than locked may be just what another extra or
    group locks (torch for CUDA, say): then it has the option as its selector.
    """
    drift = comparison.drift
    if sync.script:
        return comparison
    findings = drift.findings
    if drift.extraneous and not sync.selects_all:
        undeclared = _find_undeclared(sync, drift)
        findings = tuple(_tell_apart(finding, undeclared, sync.workspace) for finding in findings)
        findings = tuple(_add_reaching(findings, sync.workspace, drift.environment))
    if drift.extraneous and sync.workspace is not None:
        former = _find_former(findings, sync.workspace, comparison)
        findings = tuple(
            replace(each, kind=Kind.FORMER) if each.name in former else each for each in findings
        )
    if drift.of(Kind.OTHER) and not drift.is_replaced:
        findings = tuple(_find_other_locks(sync, findings))
    findings = tuple(sorted(findings, key=order))
    return replace(comparison, drift=replace(drift, findings=findings))


def _find_undeclared(sync: SyncCommand, drift: Drift) -> set[str]:
    undeclared = {finding.name for finding in drift.extraneous}
    for everything in _list_selections(sync.workspace):
        try:
            answer = ask(sync.selecting(*everything), everything=True)
        except UvFailedError:  # extras that conflict cannot be selected at once
            continue
        undeclared &= _read_extraneous(answer, drift)
        if everything == EVERYTHING:
            break
    return undeclared


def _find_other_locks(sync: SyncCommand, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Find which extras and groups, selected beside the rest, would leave a version as it is."""
    others = [each for each in findings if each.kind is Kind.OTHER]
    options = dict.fromkeys(
        option
        for each in others
        for option in (find_selectors(sync.workspace, each.name) if sync.workspace else ())
        if not option.startswith("--package")
    )
    chosen: dict[str, str] = {}
    for option in list(options)[:MOST_QUESTIONS]:
        word = option.replace(" ", "=", 1)
        if word in sync.selection:
            continue
        try:
            answer = ask(sync.selecting(*sync.selection, word))
        except UvFailedError:  # it conflicts with what is selected
            continue
        for each in others:
            if each.name not in answer.incoming:
                chosen.setdefault(each.name, option)
    for each in findings:
        is_chosen = each.kind is Kind.OTHER and each.name in chosen
        yield replace(each, selectors=(chosen[each.name],)) if is_chosen else each


def _find_former(
    findings: Sequence[Finding], workspace: Workspace, comparison: Comparison
) -> set[str]:
    """Find what was declared and selected here at some time, and is not any more.

    What was installed after the project's last change was not installed by it, whatever the
    environment once had; and what such a one needs is there for its sake.
    """
    undeclared = [each for each in findings if each.kind is Kind.UNDECLARED]
    since = time.time() if comparison.answer.is_lock_stale else _read_last_change(workspace)
    older = {each.name for each in undeclared if _read_age(each) <= since}
    known = read_memory(comparison.drift.environment).declared
    if older - known:  # what only a plain `uv sync` has seen, on another branch
        lock = workspace.root.folder / "uv.lock"
        known |= find_past_lines(lock, {f'name = "{name}"': name for name in older - known})
    by_hand = {each.name for each in undeclared} - (older & known)
    waiting = by_hand
    while waiting:
        waiting = {each.name for each in undeclared if each.needed_by & waiting} - by_hand
        by_hand |= waiting
    return {each.name for each in undeclared} - by_hand


def _read_age(finding: Finding) -> float:
    """Read when something was installed, in seconds since the epoch; 0 where nothing says it."""
    return (finding.provenance and finding.provenance.installed_at) or 0


def _read_last_change(workspace: Workspace) -> float:
    """Read when what a project declares, or locks, was last changed, in seconds since the epoch."""
    files = (workspace.root.folder / "uv.lock", *(member.file for member in workspace.members))
    changes = [0.0]
    for file in files:
        with contextlib.suppress(OSError):
            changes.append(file.stat().st_ctime)  # also where a file of an older age was put here
    return max(changes)


def _tell_apart(finding: Finding, undeclared: set[str], workspace: Workspace | None) -> Finding:
    """Make a finding an unselected one, if something selects it."""
    if finding.kind is not Kind.UNDECLARED or finding.name in undeclared:
        return finding
    selectors = find_selectors(workspace, finding.name) if workspace else ()
    return replace(finding, kind=Kind.UNSELECTED, selectors=selectors)


def _add_reaching(
    findings: Sequence[Finding], workspace: Workspace | None, environment: Environment
) -> Iterator[Finding]:
    """Add what selects an unselected one that nothing declares and no other finding needs."""
    through = [
        each.name
        for each in findings
        if each.kind is Kind.UNSELECTED and not each.selectors and not each.needed_by
    ]
    reaching: Mapping[str, tuple[str, ...]] = {}
    if through and workspace is not None:
        reaching = find_reaching(workspace, environment, through)
    for each in findings:
        selectors = reaching.get(each.name, ())
        yield replace(each, selectors=selectors) if selectors else each


def _read_extraneous(answer: DryRun, drift: Drift) -> set[str]:
    """Read which of the drift's distributions another selection would not have either."""
    if answer.action == "replace":
        return {finding.name for finding in drift.extraneous} - answer.incoming.keys()
    return answer.outgoing.keys() - answer.incoming.keys()


def _list_selections(workspace: Workspace | None) -> Iterator[tuple[str, ...]]:
    """List what to ask for: everything at once; where that conflicts, one extra or group a time."""
    yield EVERYTHING
    yield ("--all-packages",)
    members = workspace.members if workspace else ()
    for name in sorted({name for member in members for name in member.extras}):
        yield ("--all-packages", f"--extra={name}")
    for name in sorted({name for member in members for name in member.groups}):
        yield ("--all-packages", f"--group={name}")
