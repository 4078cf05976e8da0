"""How what is not selected is selected: on this machine by the policy, and for one run. Pure."""

from __future__ import annotations

from collections import Counter

from xrun.project.conflicts import Conflicts, Item
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from xrun.drift.finding import Finding
    from xrun.project.conflicts import Selection
    from xrun.project.workspace import Workspace


@dataclass(frozen=True)
class Way:
    """How findings are selected, all at once.

    Attributes:
        findings: Those that are.
        words: The options of `xrunctl select`; none where the policy cannot say it, because of a
            conflict, or has it already.
        once: The options of `xrun` for one run; empty where it selects them already.
    """

    findings: tuple[Finding, ...]
    words: tuple[str, ...]
    once: str

    @property
    def select(self) -> str:
        """The options of `xrunctl select` as they are typed."""
        return _render_words(self.words)


def find_ways(
    workspace: Workspace,
    selection: Iterable[str],
    findings: Iterable[Finding],
    fixed: Collection[str] = (),
) -> tuple[Way, ...]:
    """Find how findings are selected: one way, and more where they conflict with each other.

    Args:
        workspace: What can be selected.
        selection: The options that select what is selected now.
        findings: What is not; those that nothing selects are passed over.
        fixed: The kinds that no policy selects more of.
    """
    conflicts = Conflicts(workspace)
    finder = _Finder(conflicts, conflicts.read_words(selection), fixed)
    # What only one thing selects comes first; the rest may then need nothing of its own.
    selected = sorted((each for each in findings if each.selectors), key=lambda x: len(x.selectors))
    return tuple(finder.list_ways(selected))


@dataclass(frozen=True)
class _Finder:
    conflicts: Conflicts
    current: Selection
    fixed: Collection[str]

    def list_ways(self, findings: Sequence[Finding]) -> Iterator[Way]:
        while findings:
            chosen, items = self._bundle(findings, self._extend)
            if not chosen:
                chosen, items = self._bundle(findings, self._reach)
            if not chosen:
                return
            yield Way(chosen, self._list_words(items), self._render_once(items))
            findings = [each for each in findings if each not in chosen]

    def _bundle(
        self, findings: Sequence[Finding], can: Callable[[Iterable[Item]], Selection | None]
    ) -> tuple[tuple[Finding, ...], tuple[Item, ...]]:
        """Bundle as many findings as can be selected at once, by as few items as will do."""
        counts = Counter(item for each in findings for item in each.selectors)
        chosen: list[Finding] = []
        items: tuple[Item, ...] = ()
        for finding in findings:
            options = sorted(finding.selectors, key=lambda item: (item not in items, -counts[item]))
            wider = (tuple(dict.fromkeys((*items, item))) for item in options)
            found = next(filter(can, wider), None)
            if found is not None:
                chosen.append(finding)
                items = found
        return tuple(chosen), items

    def _extend(self, items: Iterable[Item]) -> Selection | None:
        return self.conflicts.extend(self.current, items)

    def _reach(self, items: Iterable[Item]) -> Selection | None:
        return self.conflicts.reach(items, self.current.members)

    def _list_words(self, items: Iterable[Item]) -> tuple[str, ...]:
        wider = self._extend(items)
        if wider is None:
            return ()
        by_itself = self.conflicts.select_members(wider.members).groups
        more = {
            "extra": wider.extras - self.current.extras,
            "group": wider.groups - self.current.groups - by_itself,
            "package": wider.members - self.current.members,
        }
        if any(more[kind] for kind in self.fixed):
            return ()
        words = [f"--{kind}={name}" for kind in ("extra", "group") for name in sorted(more[kind])]
        return (*words, *(["--all-packages"] if more["package"] else []))

    def _render_once(self, items: Iterable[Item]) -> str:
        reached = self._reach(items)
        if reached is None:
            return ""
        words = self.conflicts.render(reached, beside=self.current.members)
        less = (x for x in self.current.items if self.conflicts.find(reached.adding(x)))
        out = (f"--no-{each.kind}={each.name}" for each in less)
        return _render_words(dict.fromkeys((*words, *out)))


def _render_words(words: Iterable[str]) -> str:
    import shlex

    return shlex.join(part for word in words for part in word.split("=", 1))
