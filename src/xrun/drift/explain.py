"""Drift explained: which lines of the project import what, and which command settles it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xrun.drift.advice import Adviser
from xrun.drift.declarations import find_selectors
from xrun.drift.finding import EXTRANEOUS, Drift, Finding, Kind
from xrun.drift.imports.importers import Imports, find_importers
from xrun.drift.imports.sources import list_sources
from xrun.environment.modules import read_modules
from xrun.proxy.dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from xrun.environment import Environment
    from xrun.project.workspace import Workspace


@dataclass(frozen=True)
class Explained:
    """Drift with what explains it.

    Attributes:
        drift: With the importers of each finding, and XR301.
        imports: Which lines import what was asked about.
        adviser: Knows what settles a finding.
    """

    drift: Drift
    imports: Imports
    adviser: Adviser

    def advise(self, finding: Finding) -> str:
        """Say which command settles a finding; empty where another one's settles it too."""
        return self.adviser.advise(finding)

    def of(self, name: str) -> tuple[Finding, ...]:
        """The findings about a distribution."""
        return tuple(each for each in self.drift.findings if each.name == name)


def explain(  # noqa: PLR0913 - what is explained, and how long it may take
    workspace: Workspace | None,
    drift: Drift,
    environ: Mapping[str, str],
    *,
    also: Iterable[str] = (),
    seconds: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Explained:
    """Explain drift; nothing is read where there is nothing to explain.

    Args:
        workspace: The project, if there is one.
        drift: What was found, told apart by `classify`.
        environ: The variables of the run.
        also: Further distributions to look for in the sources.
        seconds: How long to search; no limit if `None`.
        tell: Called with how many files are searched, and of how many.
    """
    names = {each.name for each in drift.of(*EXTRANEOUS)} | {each.name for each in drift.kept}
    names |= {*also}
    imports = Imports()
    if names and workspace is not None and not drift.is_script:
        deadline = None if seconds is None else time.monotonic() + seconds
        imports = search(workspace, drift.environment, names, deadline=deadline, tell=tell)
    drift = _add_importers(drift, imports, workspace)
    return Explained(drift, imports, Adviser(drift, workspace, environ))


def search(
    workspace: Workspace,
    environment: Environment,
    names: Collection[str],
    *,
    deadline: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Imports:
    """Search a project for lines that import what only these distributions provide.

    Args:
        workspace: The project.
        environment: Where they are installed; or an attic, which has the files of what was.
        names: Normalised.
        deadline: When to stop, by `time.monotonic()`; no limit if `None`.
        tell: Called with how many files are searched, and of how many.
    """
    return find_importers(
        list_sources(workspace, environment),
        workspace.root.folder,
        read_modules(environment),
        names,
        members=[member.folder for member in workspace.members],
        deadline=deadline,
        tell=tell,
    )


def _add_importers(drift: Drift, imports: Imports, workspace: Workspace | None) -> Drift:
    """Add who imports what to the findings and notes, and a finding XR301 for what is imported."""
    by_name = imports.by_distribution
    findings = [
        replace(each, importers=by_name.get(each.name, ())) if each.kind in EXTRANEOUS else each
        for each in drift.findings
    ]
    kept = [replace(each, importers=by_name.get(each.name, ())) for each in drift.kept]
    imported = [
        replace(each, kind=Kind.IMPORTED, needed_by=frozenset())
        for each in findings
        if each.kind in (Kind.UNDECLARED, Kind.FORMER) and each.importers
    ]
    imported += [
        Finding(
            Kind.IMPORTED,
            each.name,
            each.installed,
            None,
            each.provenance,
            importers=each.importers,
            selectors=find_selectors(workspace, each.name, drift.environment) if workspace else (),
        )
        for each in kept
        if each.importers and each.locked is None
    ]
    imported.sort(key=lambda finding: finding.name)
    return replace(
        drift,
        findings=(*findings, *imported),
        kept=tuple(kept),
        unparsed=imports.unparsed,
        is_searched=imports.is_complete,
    )
