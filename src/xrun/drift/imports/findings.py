"""Findings of what the project imports: who imports what is undeclared or kept, and XR301."""

from __future__ import annotations

import time

from xrun.drift.declarations import find_selectors
from xrun.drift.finding import EXTRANEOUS, Finding, Imports, Kind
from xrun.drift.imports.importers import find_importers
from xrun.drift.imports.sources import list_sources
from xrun.environment.modules import read_modules
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from xrun.drift.advice import Adviser
    from xrun.drift.finding import Drift
    from xrun.environment.environment import Environment
    from xrun.project.workspace import Workspace


def add_importers(
    adviser: Adviser,
    *,
    also: Iterable[str] = (),
    seconds: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Adviser:
    """Add to drift which lines import what; nothing is read where nothing is extraneous or kept.

    Args:
        adviser: Of the drift, told apart by `classify`.
        also: Further distributions to look for in the sources.
        seconds: How long to search; no limit if `None`.
        tell: Called with how many files are searched, and of how many.

    Returns:
        The same adviser, of drift with the importers of each finding and XR301.
    """
    drift, workspace = adviser.drift, adviser.workspace
    names = {*also, *(each.name for each in drift.of(*EXTRANEOUS))}
    names |= {each.name for each in drift.kept}
    imports = Imports()
    if names and workspace is not None and not drift.is_script:
        deadline = None if seconds is None else time.monotonic() + seconds
        imports = search(workspace, drift.environment, names, deadline=deadline, tell=tell)
    return replace(adviser, drift=_add_importers(drift, imports, workspace), imports=imports)


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
    held = [each for each in kept if each.importers and each.locked is None]
    names = [each.name for each in held] if workspace else []
    selectors = find_selectors(workspace, names, drift.environment) if workspace and names else {}
    imported += [
        Finding(
            Kind.IMPORTED,
            each.name,
            each.installed,
            None,
            each.provenance,
            importers=each.importers,
            selectors=selectors.get(each.name, ()),
        )
        for each in held
    ]
    imported.sort(key=lambda finding: finding.name)
    return replace(
        drift,
        findings=(*findings, *imported),
        kept=tuple(kept),
        unparsed=imports.unparsed,
        is_searched=imports.is_complete,
    )
