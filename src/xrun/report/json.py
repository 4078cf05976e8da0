"""Drift as JSON for programs: versioned, sorted, the same keys every time."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from xrun import __version__

if TYPE_CHECKING:
    from xrun.drift.finding import Drift, Finding
    from xrun.errors import XrunError
    from xrun.facts import Facts

# Grows by one when a key goes or changes its meaning; a new key alone does not change it.
FORMAT_VERSION = 1


def render_json(drift: Drift, facts: Facts) -> str:
    """Render what `xrunctl check` found.

    Args:
        drift: What was found; nothing, where the environment is as declared.
        facts: Of the project that was looked at.
    """
    project = facts.workspace.project.folder if facts.workspace else facts.folder
    return _render(
        environment=str(drift.environment.folder),
        environment_replaced=drift.is_replaced,
        error=None,
        findings=[_make_finding(finding) for finding in drift.findings],
        project=str(project),
        uv=".".join(map(str, facts.version)),
    )


def render_json_error(error: XrunError) -> str:
    """Render why `xrunctl check` could not look; the same keys, nothing found."""
    told = {"details": list(error.details), "hint": error.hint, "message": error.message}
    nothing = dict.fromkeys(("environment", "environment_replaced", "project", "uv"))
    return _render(error=told, findings=[], **nothing)


def _render(**values: object) -> str:
    document = {**values, "version": FORMAT_VERSION, "xrun": __version__}
    return json.dumps(document, indent=2, sort_keys=True)


def _make_finding(finding: Finding) -> dict[str, object]:
    provenance = finding.provenance
    at = provenance.installed_at if provenance else None
    return {
        "code": finding.kind.code,
        "installed": finding.installed,
        "installed_at": _render_time(at),
        "installer": (provenance.installer or None) if provenance else None,
        "kind": finding.kind.word,
        "locked": finding.locked,
        "name": finding.name,
        "needed_by": sorted(finding.needed_by),
        "requested": provenance.is_requested if provenance else None,
    }


def _render_time(seconds: float | None) -> str | None:
    """Render seconds since the epoch in UTC (ISO 8601); `None` where no calendar has them."""
    if seconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(seconds), timezone.utc)
    except (OverflowError, ValueError):
        return None
    return moment.isoformat().replace("+00:00", "Z")
