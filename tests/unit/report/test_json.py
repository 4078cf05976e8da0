"""What programs may rely on: the same keys every time, sorted, with a version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.drifts import (
    HOSTILE,
    ORIGIN,
    advise,
    imported,
    make_drift,
    make_result,
    requests,
    undeclared,
)
from xrun import __version__
from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.errors import XrunError
from xrun.project.conflicts import Item
from xrun.report.json import (
    FORMAT_VERSION,
    ProjectResult,
    render_json,
    render_json_many,
)

KEYS = [
    "environment",
    "environment_replaced",
    "error",
    "files_not_searched",
    "findings",
    "kept",
    "project",
    "uv",
    "version",
    "xrun",
]
FINDING_KEYS = ["code", "cure", "direct_url", "imported_at", "installed", "installed_at"]
FINDING_KEYS += ["installer", "kind", "locked", "name", "needed_by", "requested", "selectors"]


def render(drift: Drift) -> list[dict[str, object]]:
    found = json.loads(render_json(make_result(drift, advise)))["findings"]
    assert isinstance(found, list)
    return found


def test_a_clean_environment_has_every_key() -> None:
    document = json.loads(render_json(make_result(make_drift())))
    assert list(document) == KEYS
    assert document == {
        "environment": "/project/.venv",
        "environment_replaced": False,
        "error": None,
        "files_not_searched": 0,
        "findings": [],
        "kept": [],
        "project": "/project/member",
        "uv": "0.13.9",
        "version": FORMAT_VERSION,
        "xrun": __version__,
    }


def test_the_format_version_is_one_until_a_key_goes_or_changes_its_meaning() -> None:
    assert FORMAT_VERSION == 1


def test_an_error_has_the_same_keys() -> None:
    error = XrunError("not run: x", details=("a", "b"), hint="do y")
    document = json.loads(render_json(make_result(error)))
    assert list(document) == KEYS
    assert document["error"] == {"details": ["a", "b"], "hint": "do y", "message": "not run: x"}
    assert list(document["error"]) == sorted(document["error"])
    assert (document["findings"], document["kept"]) == ([], [])
    nothing = ("environment", "environment_replaced", "files_not_searched", "project", "uv")
    assert [document[key] for key in nothing] == [None] * 5


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.code)
def test_every_finding_has_every_key(kind: Kind) -> None:
    (found,) = render(make_drift(Finding(kind, "six")))
    assert list(found) == FINDING_KEYS
    assert (found["code"], found["kind"]) == (kind.code, kind.word)
    said = {"code": kind.code, "kind": kind.word, "name": "six", "cure": found["cure"]}
    empty: dict[str, object] = {"imported_at": [], "needed_by": [], "selectors": []}
    assert found == {**dict.fromkeys(FINDING_KEYS), **said, **empty}


def test_the_codes_are_stable() -> None:
    assert {kind.name: kind.code for kind in Kind} == {
        "UNDECLARED": "XR101",
        "UNSELECTED": "XR102",
        "FORMER": "XR106",
        "MISSING": "XR103",
        "OTHER": "XR104",
        "STALE_LOCK": "XR105",
        "STRAY": "XR201",
        "LEAK": "XR202",
        "NO_RECORD": "XR203",
        "DAMAGED": "XR204",
        "MOVED": "XR205",
        "IMPORTED": "XR301",
    }


def test_what_is_known_of_a_distribution_is_told() -> None:
    provenance = Provenance("pip", 1_700_000_000.9, is_requested=True, direct_url={})
    needed_by = frozenset({"c", "a", "b"})
    finding = Finding(Kind.OTHER, "six", "1.16", "1.17", provenance, needed_by)
    (found,) = render(make_drift(finding))
    assert (found["installed"], found["locked"]) == ("1.16", "1.17")
    assert (found["installer"], found["requested"]) == ("pip", True)
    assert found["installed_at"] == "2023-11-14T22:13:20Z"
    assert found["needed_by"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("direct_url", "expected"),
    [
        ({}, None),
        (
            {"url": "https://me:secret@host/a.whl", "archive_info": {}},
            {"commit": None, "editable": False, "url": "https://host/a.whl"},
        ),
        (
            {"url": "file:///home/a/lib", "dir_info": {"editable": True}},
            {"commit": None, "editable": True, "url": "file:///home/a/lib"},
        ),
        (
            {"url": "ssh://git@host/a", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            {"commit": "abc", "editable": False, "url": "ssh://git@host/a"},
        ),
        (
            {"url": 7, "dir_info": [], "vcs_info": {"commit_id": None}},
            {"commit": None, "editable": False, "url": None},
        ),
        ({"dir_info": {"editable": "yes"}}, {"commit": None, "editable": False, "url": None}),
    ],
    ids=["an index", "a file", "a folder", "a repository", "nonsense", "more nonsense"],
)
def test_where_it_was_installed_from_is_told_without_credentials(
    direct_url: dict[str, object], expected: object
) -> None:
    provenance = Provenance("pip", None, is_requested=True, direct_url=direct_url)
    (found,) = render(make_drift(Finding(Kind.UNDECLARED, "six", "1", None, provenance)))
    assert found["direct_url"] == expected


def test_who_imports_and_what_selects_it_is_told() -> None:
    lines = (Importer("a.py", 1), Importer("b/c.py", 20))
    finding = Finding(
        Kind.UNSELECTED, "six", "1", selectors=(Item("extra", "a"), Item("group", "b"))
    )
    (selected, found) = render(make_drift(finding, imported("idna", "1", *lines)))
    assert selected["selectors"] == ["--extra a", "--group b"]
    assert found["imported_at"] == [{"line": 1, "path": "a.py"}, {"line": 20, "path": "b/c.py"}]
    assert (found["code"], found["cure"]) == ("XR301", "uv add idna")


def test_the_cure_is_the_one_advised() -> None:
    drift = make_drift(undeclared("six"), undeclared("idna"))
    advice = {"six": "uv add --dev six", "idna": ""}
    text = render_json(make_result(drift, lambda finding: advice[finding.name]))
    found = json.loads(text)["findings"]
    assert [each["cure"] for each in found] == ["uv add --dev six", None]


def test_what_is_kept_is_told_beside_the_findings() -> None:
    provenance = Provenance("pip", 1_700_000_000, is_requested=True, direct_url={})
    gdal = Kept("gdal", "3.8", ORIGIN, "the system", "", "3.9", ("numpy<2",), provenance)
    drift = Drift(make_drift().environment, kept=(gdal, Kept("numpy", "1", ORIGIN)), unparsed=2)
    document = json.loads(render_json(make_result(drift)))
    assert (document["findings"], document["files_not_searched"]) == ([], 2)
    first, second = document["kept"]
    assert list(first) == sorted(first)
    assert first == {
        "imported_at": [],
        "installed": "3.8",
        "installed_at": "2023-11-14T22:13:20Z",
        "installer": "pip",
        "locked": "3.9",
        "name": "gdal",
        "needed_by": None,
        "origin": ORIGIN,
        "reason": "the system",
        "unmet": ["numpy<2"],
    }
    nothing = ("installed_at", "installer", "locked", "needed_by", "reason")
    assert [second[key] for key in nothing] == [None] * 5


def test_several_projects_stand_in_one_document() -> None:
    root, drift = Path("/project"), make_drift(*requests())
    error = XrunError("no uv")

    def advise(finding: Finding) -> str:
        return f"do {finding.name}"

    text = render_json_many(
        [
            ProjectResult(root / "member", drift, None, "0.13.9", advise),
            ProjectResult(root / "b", None, error, ""),
        ]
    )
    document = json.loads(text)
    assert list(document) == ["projects", "version", "xrun"]
    first, second = document["projects"]
    alone = json.loads(render_json(make_result(drift, advise)))
    assert {**first, "version": FORMAT_VERSION, "xrun": __version__} == alone
    failed = json.loads(render_json(make_result(error)))
    assert {**second, "project": None, "uv": None} == {key: failed[key] for key in second}
    assert (second["project"], second["uv"]) == ("/project/b", "")
    assert json.loads(render_json_many([]))["projects"] == []


def test_a_result_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="ProjectResult"):
        render_json_many([ProjectResult(Path("/p"), None, None, "")])


@pytest.mark.parametrize("seconds", [1e300, -1e300, float("inf"), float("nan")])
def test_a_time_that_no_calendar_has_is_null(seconds: float) -> None:
    provenance = Provenance("pip", seconds, is_requested=False, direct_url={})
    (found,) = render(make_drift(Finding(Kind.UNDECLARED, "six", "1", None, provenance)))
    assert found["installed_at"] is None


def test_an_environment_that_would_be_rebuilt_is_told() -> None:
    document = json.loads(render_json(make_result(make_drift(is_replaced=True))))
    assert document["environment_replaced"] is True


def test_an_installer_that_nothing_names_is_null() -> None:
    provenance = Provenance("", None, is_requested=False, direct_url={})
    (found,) = render(make_drift(Finding(Kind.UNDECLARED, "six", "1", None, provenance)))
    assert (found["installer"], found["requested"]) == (None, False)


def test_findings_stand_in_the_order_of_the_drift() -> None:
    found = render(make_drift(*requests()))
    assert [entry["name"] for entry in found] == [finding.name for finding in requests()]


def test_any_text_survives_and_none_steers_a_terminal() -> None:
    provenance = Provenance(HOSTILE, None, is_requested=False, direct_url={})
    drift = make_drift(Finding(Kind.OTHER, HOSTILE, HOSTILE, "\udcff", provenance))
    text = render_json(make_result(drift))
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    (found,) = json.loads(text)["findings"]
    assert (found["name"], found["installer"], found["locked"]) == (HOSTILE, HOSTILE, "\udcff")
