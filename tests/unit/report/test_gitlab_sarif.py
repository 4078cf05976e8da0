"""Files for services: GitLab's code quality report, and a SARIF log for code scanning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from unit.drifts import advise, make_drift, make_rich_drift, undeclared
from xrun.drift.finding import Drift, Finding, Importer, Kind
from xrun.errors import XrunError
from xrun.proxy.dataclass import replace
from xrun.report.github import Annotation, annotate_drift, annotate_error
from xrun.report.gitlab_sarif import render_gitlab, render_sarif

ROOT = Path("/checkout/api")
TEXT = {"type": "string", "minLength": 1}


def closed(*required: str, **properties: object) -> dict[str, object]:
    """Make the schema of an object with all of these, and nothing else."""
    kind = {"type": "object", "additionalProperties": False}
    return {**kind, "required": [*required] or [*properties], "properties": properties}


def array(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


# As GitLab documents the report: the keys that it reads, which all have to be there.
GITLAB = array(
    closed(
        check_name=TEXT,
        description=TEXT,
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        severity={"enum": ["info", "minor", "major", "critical", "blocker"]},
        location=closed(
            path={"type": "string", "pattern": "^[^./]"},
            lines=closed(begin={"type": "integer", "minimum": 1}),
        ),
    )
)
# The part of SARIF 2.1.0 (sections 3.13 to 3.52) that is written here, each object closed as there,
# with what code scanning asks for beyond it: a rule, a place and a line for each result.
MESSAGE = closed(text=TEXT)
RULE = closed(id=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE)
PLACE = closed(
    artifactLocation=closed(uri={"type": "string", "format": "uri-reference"}),
    region=closed(startLine={"type": "integer", "minimum": 1}),
)
RESULT = closed(
    ruleId=TEXT,
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations={**array(closed(physicalLocation=PLACE)), "minItems": 1, "maxItems": 1},
    partialFingerprints=closed(primaryLocationLineHash=TEXT),
)
DRIVER = closed(name={"const": "xrun"}, version=TEXT, informationUri=TEXT, rules=array(RULE))
SARIF = closed(
    **{"$schema": TEXT},
    version={"const": "2.1.0"},
    runs=array(closed(tool=closed(driver=DRIVER), results=array(RESULT))),
)


def annotate(drift: Drift) -> list[Annotation]:
    return [*annotate_drift(drift, root=ROOT, base=ROOT.parent, advice=advise)]


def load_gitlab(annotations: list[Annotation]) -> Any:
    entries = json.loads(render_gitlab(annotations))
    jsonschema.validate(entries, GITLAB)
    return entries


def load_sarif(annotations: list[Annotation]) -> Any:
    log = json.loads(render_sarif(annotations))
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    return run


EVERY = [
    *annotate(make_rich_drift(0)),
    *annotate(make_drift(*(Finding(kind, "a", "1", "2") for kind in Kind))),
    annotate_error(XrunError("no project")),
]


def test_every_kind_of_annotation_is_valid_and_counted() -> None:
    assert len(load_gitlab(EVERY)) == len(load_sarif(EVERY)["results"]) == len(EVERY)


def test_nothing_is_a_valid_file_too() -> None:
    assert load_gitlab([]) == load_sarif([])["results"] == []


def test_what_is_said_is_what_annotations_say() -> None:
    found = Finding(Kind.IMPORTED, "six", "1", importers=(Importer("a b.py", 3),))
    (annotation,) = annotations = annotate(make_drift(found))
    (entry,) = load_gitlab(annotations)
    assert (entry["check_name"], entry["severity"]) == ("XR301", "major")
    assert entry["location"] == {"path": "api/a b.py", "lines": {"begin": 3}}
    run = load_sarif(annotations)
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("XR301", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "api/a%20b.py"}, "region": {"startLine": 3}}
    assert annotation.message == entry["description"] == result["message"]["text"]
    assert {each.code for each in Kind} == {each["id"] for each in run["tool"]["driver"]["rules"]}


def test_what_has_no_line_stands_at_the_first_line_of_the_projects_file() -> None:
    entries = load_gitlab([*annotate(make_drift(undeclared("six"))), EVERY[-1]])
    assert [each["location"]["path"] for each in entries] == [
        "api/pyproject.toml",
        "pyproject.toml",
    ]
    assert {each["location"]["lines"]["begin"] for each in entries} == {1}


@pytest.mark.parametrize("load", [load_gitlab, lambda each: load_sarif(each)["results"]])
def test_fingerprints_tell_all_apart_and_stay_where_lines_move(load: Any) -> None:
    def show(*lines: int) -> list[object]:
        importers = tuple(Importer("a.py", line) for line in lines)
        found = Finding(Kind.IMPORTED, "six", "1", importers=importers)
        drift = make_drift(found, replace(found, name="tomli"))
        return [
            each.get("fingerprint") or each["partialFingerprints"] for each in load(annotate(drift))
        ]

    assert show(1, 2) == show(5, 9)
    assert len({str(each) for each in show(1, 2)}) == 4
