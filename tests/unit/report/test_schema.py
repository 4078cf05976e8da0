"""The schema that is shipped holds for every document, and for nothing else."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from unit.breakers import drop, put
from unit.drifts import ORIGIN, make_drift, make_result, make_rich_drift, requests
from unit.report.test_hostile import FIELDS, TEXT
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.errors import XrunError
from xrun.report.json import (
    FORMAT_VERSION,
    ProjectResult,
    load_schema,
    render_json,
    render_json_many,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = json.loads(load_schema())
VALIDATOR = Draft202012Validator(SCHEMA)
ERROR = XrunError("not run: x", details=("a", "b"), hint="do y")
RICH = make_rich_drift(time.time())

DOCUMENTS = {
    "clean": render_json(make_result(make_drift())),
    "rebuilt": render_json(make_result(make_drift(is_replaced=True))),
    "requests": render_json(make_result(make_drift(*requests()))),
    "rich": render_json(make_result(RICH)),
    "rich with advice": render_json(make_result(RICH, lambda _: "do this")),
    "bare": render_json(make_result(make_drift(*(Finding(kind, "x") for kind in Kind)))),
    "kept": render_json(
        make_result(Drift(make_drift().environment, kept=(Kept("gdal", "3", ORIGIN),)))
    ),
    "error": render_json(make_result(ERROR)),
    "bare error": render_json(make_result(XrunError(""))),
    "none": render_json_many([]),
    "many": render_json_many(
        [
            ProjectResult(Path("/a"), RICH, None, "0.13.9"),
            ProjectResult(Path("/b"), None, ERROR, "0.13.9"),
            ProjectResult(Path("/c"), make_drift(), None, ""),
        ]
    ),
}


def is_valid(document: object) -> bool:
    return bool(VALIDATOR.is_valid(document))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_as_the_schema_says(name: str) -> None:
    VALIDATOR.validate(json.loads(DOCUMENTS[name]))


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_text_is_no_exception(field: str) -> None:
    result = make_result(FIELDS[field](TEXT))
    VALIDATOR.validate(json.loads(render_json(result)))
    VALIDATOR.validate(json.loads(render_json_many([result])))


BREAKERS = [
    ("rich", drop("kept")),
    ("rich", drop("findings", 0, "cure")),
    ("rich", drop("kept", 0, "reason")),
    ("rich", put(1, "further")),
    ("rich", put(1, "findings", 0, "further")),
    ("rich", put(1, "kept", 0, "further")),
    ("rich", put("XR999", "findings", 0, "code")),
    ("rich", put("odd", "findings", 0, "kind")),
    ("rich", put("", "findings", 0, "cure")),
    ("rich", put("yesterday", "findings", 0, "installed_at")),
    ("rich", put({"path": "a.py", "line": 0}, "kept", 1, "imported_at", 0)),
    ("rich", put({"path": "a.py"}, "kept", 1, "imported_at", 0)),
    ("rich", put({"url": "x"}, "findings", 0, "direct_url")),
    ("rich", put(2, "version")),
    ("rich", put(None, "project")),
    ("rich", put(None, "environment")),
    ("rich", put(None, "files_not_searched")),
    ("rich", put(-1, "files_not_searched")),
    ("rich", put([], "projects")),
    ("rich", put({"message": "x"}, "error")),
    ("error", put(None, "error")),
    ("error", put("/a", "environment")),
    ("error", put("/a", "project")),
    ("error", put([json.loads(DOCUMENTS["rich"])["findings"][0]], "findings")),
    ("many", put(1, "further")),
    ("many", put(1, "projects", 0, "version")),
    ("many", put(1, "projects", 0, "further")),
    ("many", drop("projects", 0, "project")),
    ("many", put(None, "projects", 1, "project")),
    ("many", put(None, "projects", 1, "error")),
    ("many", put("yes", "projects", 1, "environment_replaced")),
    ("many", drop("version")),
]


@pytest.mark.parametrize(("name", "break_it"), BREAKERS, ids=map(str, range(len(BREAKERS))))
def test_a_document_that_is_otherwise_is_not(name: str, break_it: Callable[[Any], object]) -> None:
    document = json.loads(DOCUMENTS[name])
    broken = copy.deepcopy(document)
    break_it(broken)
    assert is_valid(document)
    assert not is_valid(broken)


def list_objects(schema: object) -> Iterator[dict[str, Any]]:
    """List the parts of the schema that describe an object in full."""
    if isinstance(schema, dict):
        if "additionalProperties" in schema:
            yield schema
        for value in schema.values():
            yield from list_objects(value)


def test_every_key_is_required_described_and_nothing_else_allowed() -> None:
    objects = list(list_objects(SCHEMA))
    assert len(objects) == 8
    for each in objects:
        assert each["additionalProperties"] is False
        assert each["required"] == sorted(each["properties"])
        for found in each["properties"].values():
            target = SCHEMA["$defs"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found
            assert target["description"].endswith(".")


def test_the_schema_knows_each_kind_and_the_version() -> None:
    finding = SCHEMA["$defs"]["finding"]["properties"]
    assert finding["code"]["enum"] == [kind.code for kind in Kind]
    assert finding["kind"]["enum"] == [kind.word for kind in Kind]
    assert SCHEMA["$defs"]["version"]["const"] == FORMAT_VERSION
