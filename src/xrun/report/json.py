"""Drift as JSON for programs: versioned, sorted, the same keys every time.

`check.schema.json` beside this file says what they mean.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone

from xrun import __version__
from xrun.drift.finding import Kind
from xrun.environment.distribution import strip_credentials
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xrun.drift.finding import Drift, Finding, Importer, Kept
    from xrun.environment.distribution import Provenance
    from xrun.errors import XrunError
    from xrun.report.describe import Advice, Describer

# Grows by one when a key goes or changes its meaning; a new key alone does not change it.
FORMAT_VERSION = 1


@dataclass(frozen=True)
class ProjectResult:
    """What a check of one project gave: drift, or an error.

    Attributes:
        project: The project's folder.
        drift: What was found; `None` where the look failed.
        error: Why the look failed; `None` where there is drift to tell.
        uv: The version of uv that was asked.
        advice: Says what settles a finding of this project.
        root: The workspace root, where that is another folder.
    """

    project: Path
    drift: Drift | None
    error: XrunError | None
    uv: str
    advice: Advice | None = None
    root: Path | None = None


def render_json(result: ProjectResult) -> str:
    """Render what was found in one project; where the look failed, of no project.

    Raises:
        ValueError: The result has neither drift nor an error.
    """
    nowhere = {"project": None, "uv": None} if result.error is not None else {}
    return render_document({**_make_project(result), **nowhere}, FORMAT_VERSION)


def render_json_many(results: Iterable[ProjectResult]) -> str:
    """Render what was found in several projects: a document each, but for the versions.

    Raises:
        ValueError: A result has neither drift nor an error.
    """
    projects = [_make_project(result) for result in results]
    return render_document({"projects": projects}, FORMAT_VERSION)


def load_schema() -> str:
    """Load the JSON Schema (draft 2020-12) of all that is rendered here."""
    schema = json.loads(read_resource("xrun.report", "check.schema.json"))
    finding = schema["$defs"]["finding"]["properties"]
    finding["code"]["enum"] = [kind.code for kind in Kind]
    finding["kind"]["enum"] = [kind.word for kind in Kind]
    return json.dumps(schema, indent=2)


def read_resource(package: str, name: str) -> str:
    """Read a text that lies in a package."""
    from importlib.resources import files

    return files(package).joinpath(name).read_text("utf-8")


def render_document(values: Mapping[str, object], version: int) -> str:
    """Render a document for programs, with the version of its format and that of xrun."""
    return render_value({**values, "version": version, "xrun": __version__})


def render_value(value: object) -> str:
    """Render what JSON can hold, sorted; nothing in it steers who shows it."""
    text = json.dumps(value, indent=2, sort_keys=True)
    # GitHub's runner obeys `##[command]` in the middle of a line; a string alone can hold it.
    return text.replace("##[", "##\\u005b")


def _make_project(result: ProjectResult) -> dict[str, object]:
    if result.error is not None:
        nothing = dict.fromkeys(("environment", "environment_replaced", "files_not_searched"))
        document: dict[str, object] = {
            **nothing,
            "error": describe_error(result.error),
            "findings": [],
            "kept": [],
        }
    elif result.drift is not None:
        document = _make_document(result.drift, result.advice)
    else:
        raise ValueError(result)
    return {**document, "project": str(result.project), "uv": result.uv}


def _make_document(drift: Drift, advice: Advice | None) -> dict[str, object]:
    from xrun.report.describe import Describer  # not needed where a person reads

    describer = Describer(drift, now=0, advice=advice)
    return {
        "environment": str(drift.environment.folder),
        "environment_replaced": drift.is_replaced,
        "error": None,
        "files_not_searched": drift.unparsed,
        "findings": [_make_finding(finding, describer) for finding in drift.findings],
        "kept": [_make_kept(kept) for kept in drift.kept],
    }


def describe_error(error: XrunError | None) -> dict[str, object] | None:
    """Describe an error for programs; `None` if there is none."""
    if error is None:
        return None
    return {"details": [*error.details], "hint": error.hint, "message": error.message}


def _make_finding(finding: Finding, describer: Describer) -> dict[str, object]:
    provenance = finding.provenance
    return {
        **_make_provenance(provenance),
        "code": finding.kind.code,
        "cure": describer.render_cure(finding) or None,
        "direct_url": _make_direct_url(provenance),
        "imported_at": _make_importers(finding.importers),
        "installed": finding.installed,
        "kind": finding.kind.word,
        "locked": finding.locked,
        "name": finding.name,
        "needed_by": sorted(finding.needed_by),
        "requested": provenance.is_requested if provenance else None,
        "selectors": [str(each) for each in finding.selectors],
    }


def _make_kept(kept: Kept) -> dict[str, object]:
    return {
        **_make_provenance(kept.provenance),
        "imported_at": _make_importers(kept.importers),
        "installed": kept.installed,
        "locked": kept.locked,
        "name": kept.name,
        "needed_by": kept.needed_by or None,
        "origin": kept.origin,
        "reason": kept.reason or None,
        "unmet": list(kept.unmet),
    }


def _make_provenance(provenance: Provenance | None) -> dict[str, object]:
    return {
        "installed_at": _render_time(provenance.installed_at if provenance else None),
        "installer": (provenance.installer or None) if provenance else None,
    }


def _make_direct_url(provenance: Provenance | None) -> dict[str, object] | None:
    """Make what is shown of `direct_url.json` (PEP 610); anything may stand in that file."""
    if provenance is None or not provenance.direct_url:
        return None
    url, repository = (provenance.direct_url.get(key) for key in ("url", "vcs_info"))
    commit = repository.get("commit_id") if isinstance(repository, dict) else None
    return {
        "commit": commit if isinstance(commit, str) else None,
        "editable": provenance.is_editable,
        "url": strip_credentials(url) if isinstance(url, str) else None,
    }


def _make_importers(importers: Sequence[Importer]) -> list[dict[str, object]]:
    return [{"line": each.line, "path": each.path} for each in importers]


def _render_time(seconds: float | None) -> str | None:
    """Render seconds since the epoch in UTC (ISO 8601); `None` where no calendar has them."""
    if seconds is None:
        return None
    try:
        moment = datetime.fromtimestamp(int(seconds), timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat().replace("+00:00", "Z")
