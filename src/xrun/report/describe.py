"""What is said of findings and notes, in whichever form: harmless text, a part at a time.

What comes out of an installed distribution, a path or a policy is not to be trusted.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from xrun.drift.finding import EXTRANEOUS, Drift, Kind
from xrun.proxy.dataclass import dataclass
from xrun.words import MOST_NAMES, count, count_of, render_age, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from xrun.drift.finding import Finding, Importer, Kept
    from xrun.environment.distribution import Provenance

    Advice = Callable[[Finding], str]


def render_origin(provenance: Provenance | None, now: float, between: str = ", ") -> str:
    """Render who installed a distribution, and when: `by pip, 2 hours ago`."""
    if provenance is None:
        return ""
    installer = render_safe(provenance.installer)
    parts = [f"by {installer}"] if installer else []
    if provenance.installed_at is not None:
        parts.append(render_age(provenance.installed_at, now))
    return between.join(parts)


def render_harmless(text: str) -> str:
    """Render text that steers neither a terminal nor a CI service.

    GitHub's runner obeys `::command::` at the beginning of a line, and `##[command]` anywhere;
    what is wrapped may begin a line with any word.
    """
    return re.sub(":(?=:)", ": ", _render_literal(text))


def _render_literal(text: str) -> str:
    """Render text that is to be copied, and is not wrapped: a URL may have colons side by side."""
    return re.sub(r"(?<!\S):(?=:)", ": ", render_safe(text).replace("##[", "## ["))


def render_subject(each: Finding | Kept) -> str:
    """Render which distribution (or file) it is, with the version that is or should be there."""
    version = each.installed or each.locked
    return render_harmless(f"{each.name} {version}" if version else each.name)


def render_absent(drift: Drift) -> str:
    """Render that there is no environment yet, and what makes it."""
    name, missing = render_harmless(drift.environment.name), len(drift.of(Kind.MISSING))
    return f"{name} does not exist yet: {render_sync(drift)} makes it, with {count_of(missing)}"


def render_sync(*drifts: Drift) -> str:
    """Render the command that syncs environments; a lock file that keeps it from that comes first.

    Of several it is the one to be typed in the folder of each.
    """
    sync = drifts[0].syncing if len(drifts) == 1 else Drift.syncing
    needed = [each.relocking for each in drifts if each.relocking]
    if not needed:
        return f"`{sync}`"
    return f"`{needed[0] if len(drifts) == 1 else 'uv lock'} && {sync}`"


def count_alike(findings: Sequence[Finding]) -> str:
    """Render how many findings of one kind there are: `12 distributions`."""
    is_file = findings[0].kind in (Kind.STRAY, Kind.LEAK)
    return f"{len(findings)} {'entries' if is_file else 'distributions'}"


def render_unparsed(number: int) -> str:
    """Render how many files could not be searched for imports."""
    verb = "was" if number == 1 else "were"
    return f"{count(number, 'file')} could not be read as Python and {verb} not searched"


def render_needed(number: int, names: Sequence[str], most: int) -> str:
    """Render what only as many others need (`and 4 that only it needs: certifi, …`)."""
    who = "it needs" if number == 1 else "they need"
    return f"and {len(names)} that only {who}: {render_names(names, most=most)}"


def render_importers(importers: Sequence[Importer], *, is_all: bool) -> str:
    """Render who imports it (`src/a.py:1 and 3 more import it`); uncounted if not all are known."""
    if not importers:
        return ""
    others = f"{len(importers) - 1} more" if is_all else "others"
    more = f" and {others} import it" if importers[1:] else " imports it"
    return render_harmless(f"{importers[0]}{more}")


@dataclass(frozen=True)
class Describer:
    """Says what findings of one drift are, and what settles them.

    Attributes:
        drift: All that was found.
        now: In seconds since the epoch.
        advice: Says what settles a finding; without it nothing does.
    """

    drift: Drift
    now: float
    advice: Advice | None = None

    @cached_property
    def imported(self) -> Mapping[str, Finding]:
        """The findings XR301, by name."""
        return {each.name: each for each in self.drift.of(Kind.IMPORTED)}

    @cached_property
    def kept(self) -> frozenset[str]:
        """The names of what the policy keeps."""
        return frozenset(each.name for each in self.drift.kept)

    @cached_property
    def _extraneous(self) -> frozenset[str]:
        return frozenset(each.name for each in self.drift.extraneous)

    def is_folded(self, finding: Finding) -> bool:
        """Whether a finding XR301 is shown with the one of its distribution."""
        return finding.kind is Kind.IMPORTED and finding.name in self._extraneous

    def find_imported(self, finding: Finding) -> Finding | None:
        """Find the finding XR301 that is shown with this one."""
        return self.imported.get(finding.name) if finding.kind in EXTRANEOUS else None

    def explain(self, finding: Finding, *, above: Finding | None = None) -> tuple[str, ...]:
        """Explain a finding: parts of a sentence, the least important first.

        Args:
            finding: What is explained.
            above: The finding that it is shown below; its origin is not said again.
        """
        imported = self.find_imported(finding) or finding
        importers = render_importers(
            finding.importers or imported.importers, is_all=self.drift.is_searched
        )
        if finding.kind is Kind.IMPORTED:
            state = (
                f"it is kept, not {'selected' if finding.selectors else 'declared'}"
                if finding.name in self.kept
                else "nothing declares it"
            )
            return ("; ".join(filter(None, (importers, state))),)
        parts = [*self.explain_origin(finding, above=above), importers]
        return tuple(part for part in parts if part)

    def explain_origin(self, finding: Finding, *, above: Finding | None = None) -> Iterator[str]:
        """Explain where it comes from and why it is there, but for who imports it."""
        if finding.kind.explanation:
            yield finding.kind.explanation
        elif finding.kind is Kind.OTHER:
            is_source = finding.installed == finding.locked
            locked = f"locked: {finding.locked}"
            yield "from another source or build" if is_source else render_harmless(locked)
        elif finding.kind is not Kind.MISSING:
            origin = self._render_origin(finding)
            yield origin if above is None or self._render_origin(above) != origin else ""
            if finding.needed_by:
                yield render_harmless(f"needed by {_render_few(sorted(finding.needed_by))}")
            elif finding.provenance and finding.provenance.direct_url:
                yield "not from an index"
            elif finding.kind is Kind.UNSELECTED and not finding.selectors:
                yield "only others need it"

    def _render_origin(self, finding: Finding) -> str:
        return render_harmless(render_origin(finding.provenance, self.now))

    def render_cure(self, finding: Finding) -> str:
        """Render what settles a finding; empty where nothing does, or what settles another."""
        if self.advice is None:
            return ""
        imported = self.find_imported(finding)  # knows best where it is imported
        cure = imported and self.advice(imported)
        return _render_literal(cure or self.advice(finding))

    def list_alike(self, findings: Iterable[Finding]) -> Iterator[list[Finding]]:
        """List findings: together those of one kind that one command settles, if they are many.

        One that tells more than its name, as who imports it, stays alone.
        """
        groups: dict[tuple[Kind, str, str], list[Finding]] = {}
        for finding in findings:
            tells_more = finding.importers or self.find_imported(finding)
            own = finding.name if tells_more else ""
            groups.setdefault((finding.kind, self.render_cure(finding), own), []).append(finding)
        for group in groups.values():
            yield from [group] if len(group) > MOST_NAMES else ([each] for each in group)

    def list_notes(self) -> Iterator[Note]:
        """List what is kept; what is kept only because another needs it is counted there.

        Of those, one with something of its own to say is not counted but shown.
        """
        named = {kept.name for kept in self.drift.kept if not kept.needed_by}
        counted = {
            kept.name: kept.needed_by
            for kept in self.drift.kept
            if kept.needed_by in named and not kept.unmet and kept.locked is None
        }
        counts = Counter(counted.values())
        for kept in self.drift.kept:
            if kept.name not in counted:
                yield Note(kept, counts[kept.name])


@dataclass(frozen=True)
class Note:
    """What is shown of a kept distribution.

    Attributes:
        kept: The distribution.
        count: How many others are kept only because it needs them.
    """

    kept: Kept
    count: int

    @property
    def state(self) -> str:
        """Says whether it is kept, or held against the lock file."""
        return "kept" if self.kept.locked is None else "held"

    @property
    def more(self) -> str:
        """Says what else is kept for its sake."""
        return f"and {self.count} that it needs" if self.count else ""

    def explain(self) -> Iterator[str]:
        """Explain why it is kept, and what is odd about it."""
        kept = self.kept
        reason = f"needed by {kept.needed_by}" if kept.needed_by else kept.reason
        yield render_harmless(f"{reason} ({kept.origin})" if reason else f"by {kept.origin}")
        if kept.locked is not None:
            is_source = kept.locked == kept.installed
            other = "the same version from another source or build" if is_source else kept.locked
            yield render_harmless(f"instead of {other}")
        if kept.unmet:
            needs = _render_few(kept.unmet)
            yield render_harmless(f"needs {needs}, which the lock file does not have")


def _render_few(names: Sequence[str]) -> str:
    return render_names(names, most=2)
