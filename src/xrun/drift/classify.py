"""Tell findings apart by what another selection would have: further questions to uv."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from xrun.drift.compare import order
from xrun.drift.declarations import find_reaching, find_selectors
from xrun.drift.dry_run import ask_dry_run
from xrun.drift.finding import Kind
from xrun.environment.memory import read_memory
from xrun.errors import UvFailedError
from xrun.project.conflicts import Conflicts
from xrun.project.groups import EVERYTHING
from xrun.project.selection import normalise_selection
from xrun.project.uv_variables import select_read
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xrun.drift.compare import Comparison
    from xrun.drift.dry_run import DryRun, SyncCommand
    from xrun.drift.finding import Drift, Finding
    from xrun.environment.environment import Environment
    from xrun.project.conflicts import Item, Selection
    from xrun.project.workspace import Workspace


@dataclass(frozen=True)
class Other:
    """What uv would do for another selection.

    Attributes:
        selection: What is selected.
        answer: uv's answer.
    """

    selection: Selection
    answer: DryRun

    def lacks(self, name: str) -> bool:
        """Whether it has not something that is installed."""
        if self.answer.action == "replace":
            return name not in self.answer.incoming
        return name in self.answer.outgoing and name not in self.answer.incoming

    def leaves(self, finding: Finding) -> bool:
        """Whether it has something just as it is installed."""
        if self.answer.action == "replace":
            return self.answer.incoming.get(finding.name) == finding.installed
        return finding.name not in {*self.answer.incoming, *self.answer.outgoing}


def classify(sync: SyncCommand, comparison: Comparison) -> Comparison:
    """Tell what another selection has from what none has.

    A distribution that is extraneous whatever is selected is undeclared, or no longer declared. The
    rest is unselected, even where the environment was exact with it before: something declares it,
    and selecting that settles it. Runs, checks and restores all take the kind from here.

    Where extras or groups conflict, one that is other than locked may be just what another of them
    locks (torch for CUDA, say): then that is its selector.
    """
    drift, files = comparison.drift, _list_declaring(sync)
    findings = drift.findings
    if sync.workspace is not None and sync.script is None:
        findings = _tell_selections_apart(sync, sync.workspace, drift)
    if drift.extraneous and files:
        former = _find_former(findings, files, comparison)
        findings = tuple(
            replace(each, kind=Kind.FORMER) if each.name in former else each for each in findings
        )
    findings = tuple(sorted(findings, key=order))
    return replace(comparison, drift=replace(drift, findings=findings))


def _tell_selections_apart(
    sync: SyncCommand, workspace: Workspace, drift: Drift
) -> tuple[Finding, ...]:
    """Tell what another selection has from what none has, where uv has to be asked for that."""
    conflicts, findings = Conflicts(workspace), drift.findings
    is_open = bool(drift.extraneous) and not _selects_all(sync, workspace)
    has_other_locks = bool(conflicts.sets and drift.of(Kind.OTHER)) and not drift.is_replaced
    if not (is_open or has_other_locks):
        return findings
    others = tuple(_ask_others(sync, conflicts))
    selectors = find_selectors(workspace, [x.name for x in findings], drift.environment)
    selection = conflicts.read_words(sync.selection)
    judge = _Judge(conflicts, drift.environment, selection, others, selectors)
    return tuple(judge.add_reaching([*map(judge.tell_apart, findings)]))


def _list_declaring(sync: SyncCommand) -> tuple[Path, ...]:
    """List the files that say what belongs to an environment, the lock file first."""
    if sync.script is not None:
        return Path(f"{sync.script}.lock"), sync.script
    if sync.workspace is None:
        return ()
    members = (member.file for member in sync.workspace.members)
    return (sync.workspace.root.folder / "uv.lock", *members)


def _selects_all(sync: SyncCommand, workspace: Workspace) -> bool:
    """Whether it selects all that its project declares, so that nothing can be unselected."""
    environ = select_read(sync.select_environ(), sync.version)
    selected = normalise_selection(workspace, parse_invocation(sync.selection), environ)
    return selected == normalise_selection(workspace, parse_invocation(EVERYTHING), {})


def _ask_others(sync: SyncCommand, conflicts: Conflicts) -> Iterator[Other]:
    """Ask for everything at once; where that conflicts, or uv refuses, for a part at a time."""
    for selection in conflicts.cover():
        words = conflicts.render(selection) if conflicts.sets else EVERYTHING
        try:
            yield Other(selection, ask_dry_run(sync.with_selection(*words), everything=True))
        except UvFailedError:  # a group may be for another Python
            yield from _ask_in_parts(sync, conflicts, selection)


def _ask_in_parts(sync: SyncCommand, conflicts: Conflicts, whole: Selection) -> Iterator[Other]:
    base = conflicts.select_members(whole.members)
    items = [item for item in conflicts.list_items() if whole.has(item) and not base.has(item)]
    for selection in dict.fromkeys((base, *(base.adding(item) for item in items))):
        words = conflicts.render(selection)
        with contextlib.suppress(UvFailedError):
            yield Other(selection, ask_dry_run(sync.with_selection(*words), everything=True))


def _find_former(
    findings: Sequence[Finding], files: Sequence[Path], comparison: Comparison
) -> set[str]:
    """Find what was declared and selected here at some time, and is not any more.

    What was installed after the project's last change was not installed by it, whatever the
    environment once had; and what such a one needs is there for its sake.
    """
    undeclared = [each for each in findings if each.kind is Kind.UNDECLARED]
    since = time.time() if comparison.answer.is_lock_stale else _read_last_change(files)
    ages = {each.name: each.provenance and each.provenance.installed_at for each in undeclared}
    older = {name for name, age in ages.items() if (age or 0) <= since}
    known = read_memory(comparison.drift.environment).declared
    if older - known:  # what only a plain `uv sync` has seen, on another branch
        from xrun.project.git import find_past_lines

        known |= find_past_lines(files[0], {f'name = "{name}"': name for name in older - known})
    by_hand = {each.name for each in undeclared} - (older & known)
    waiting = by_hand
    while waiting:
        waiting = {each.name for each in undeclared if each.needed_by & waiting} - by_hand
        by_hand |= waiting
    return {each.name for each in undeclared} - by_hand


def _read_last_change(files: Iterable[Path]) -> float:
    """Read when what is declared, or locked, was last changed, in seconds since the epoch."""
    changes = [0.0]
    for file in files:
        with contextlib.suppress(OSError):
            changes.append(file.stat().st_ctime)  # also where a file of an older age was put here
    return max(changes)


@dataclass(frozen=True)
class _Judge:
    """Judges findings by what uv would do for other selections than this one."""

    conflicts: Conflicts
    environment: Environment
    selection: Selection
    others: tuple[Other, ...]
    selectors: Mapping[str, tuple[Item, ...]]

    def tell_apart(self, finding: Finding) -> Finding:
        """Make an undeclared one unselected, if something selects it; find what locks another."""
        if finding.kind not in (Kind.UNDECLARED, Kind.OTHER):
            return finding
        if all(other.lacks(finding.name) for other in self.others):
            return finding
        selectors = self.selectors[finding.name]
        just = self._select_leaving(finding, selectors)
        if finding.kind is Kind.OTHER:  # what is selected decides, if only that stands against it
            free = (x for x in just if not self.conflicts.find(self.selection.adding(x)))
            return replace(finding, selectors=tuple(free))
        return replace(finding, kind=Kind.UNSELECTED, selectors=just or selectors)

    def add_reaching(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Add what selects an unselected one that nothing declares and no other finding needs."""
        through = [
            each.name
            for each in findings
            if each.kind is Kind.UNSELECTED and not each.selectors and not each.needed_by
        ]
        workspace = self.conflicts.workspace
        reaching = find_reaching(workspace, self.environment, through) if through else {}
        for each in findings:
            selectors = reaching.get(each.name, ())
            just = self._select_leaving(each, selectors) or selectors
            yield replace(each, selectors=just) if selectors else each

    def _select_leaving(self, finding: Finding, selectors: Iterable[Item]) -> tuple[Item, ...]:
        """Select what, added to this selection, leaves something just as it is installed.

        Of a version that not all have, only what conflicts decides.
        """
        leaving = [other.selection for other in self.others if other.leaves(finding)]
        having = [other for other in self.others if not other.lacks(finding.name)]
        just = [
            item
            for item in selectors
            if not self.selection.has(item) and any(each.has(item) for each in leaving)
        ]
        deciding = [item for item in just if any(item in each for each in self.conflicts.sets)]
        return tuple(deciding if deciding and len(leaving) < len(having) else just)
