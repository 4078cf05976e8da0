"""Annotations as files that services show: GitLab's code quality, and SARIF for code scanning."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from xrun import __version__
from xrun.drift.finding import Kind
from xrun.project.workspace import PYPROJECT
from xrun.report.github import ERROR, NOTICE, WARNING
from xrun.report.json import render_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.report.github import Annotation

SEVERITIES = {ERROR: "major", WARNING: "minor", NOTICE: "info"}
LEVELS = {ERROR: "error", WARNING: "warning", NOTICE: "note"}
ABOUT = "https://github.com/astral-sh/uv/issues/14230"
OTHER = "xrun"  # the rule of what is about no finding


def render_gitlab(annotations: Iterable[Annotation]) -> str:
    """Render a code quality report: the keys that GitLab 13.2 and newer read, for each a line."""
    entries = [
        {
            "check_name": each.code or OTHER,
            "description": each.message,
            "fingerprint": fingerprint,
            "location": {"path": each.file or PYPROJECT, "lines": {"begin": each.line or 1}},
            "severity": SEVERITIES[each.level],
        }
        for each, fingerprint in _identify(annotations)
    ]
    return render_value(entries)


def render_sarif(annotations: Iterable[Annotation]) -> str:
    """Render a log of the Static Analysis Results Interchange Format (SARIF 2.1.0, OASIS)."""
    rules = [
        {
            "id": kind.code,
            "shortDescription": {"text": kind.word},
            "fullDescription": {"text": kind.sentence.format("It")},
            "help": {"text": "`xrunctl help findings` says what it is and what settles it."},
        }
        for kind in Kind
    ]
    driver = {"name": "xrun", "version": __version__, "informationUri": ABOUT, "rules": rules}
    results = [
        {
            "ruleId": each.code or OTHER,
            "level": LEVELS[each.level],
            "message": {"text": each.message},
            "locations": [{"physicalLocation": _locate(each)}],
            "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        }
        for each, fingerprint in _identify(annotations)
    ]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return render_value(log)


def _locate(annotation: Annotation) -> dict[str, object]:
    """Locate an annotation; code scanning shows none without a line."""
    uri = quote(annotation.file or PYPROJECT, errors="replace")
    return {"artifactLocation": {"uri": uri}, "region": {"startLine": annotation.line or 1}}


def _identify(annotations: Iterable[Annotation]) -> Iterator[tuple[Annotation, str]]:
    """Identify each by what stays while lines move: services keep one of those that are alike."""
    import hashlib  # loads what is larger than all else that a check needs

    counts: Counter[str] = Counter()
    for each in annotations:
        key = f"{each.title}\0{each.file}"
        counts[key] += 1
        text = f"{key}\0{counts[key]}"
        yield each, hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
