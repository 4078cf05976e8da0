"""What programs may rely on: the same keys every time, sorted, with a version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.drifts import HOSTILE, make_drift, requests
from xrun import __version__
from xrun.drift import Drift, Finding, Kind
from xrun.environment import Provenance
from xrun.errors import XrunError
from xrun.facts import Facts
from xrun.report.json import FORMAT_VERSION, render_json, render_json_error
from xrun.workspace import Project, Workspace

KEYS = [
    "environment",
    "environment_replaced",
    "error",
    "findings",
    "project",
    "uv",
    "version",
    "xrun",
]
FINDING_KEYS = ["code", "installed", "installed_at", "installer", "kind", "locked", "name"]
FINDING_KEYS += ["needed_by", "requested"]

MEMBER = Workspace(Project(Path("/project/member"), {}), Project(Path("/project"), {}))


def make_facts(
    workspace: Workspace | None = MEMBER, version: tuple[int, ...] = (0, 13, 9)
) -> Facts:
    here = Path("/here")
    return Facts("/bin/uv", version, here, here, workspace, None, None, {})


def render(drift: Drift) -> list[dict[str, object]]:
    found = json.loads(render_json(drift, make_facts()))["findings"]
    assert isinstance(found, list)
    return found


def test_a_clean_environment_has_every_key() -> None:
    document = json.loads(render_json(make_drift(), make_facts()))
    assert list(document) == KEYS
    assert document == {
        "environment": "/project/.venv",
        "environment_replaced": False,
        "error": None,
        "findings": [],
        "project": "/project/member",
        "uv": "0.13.9",
        "version": FORMAT_VERSION,
        "xrun": __version__,
    }


def test_the_format_version_is_one_until_a_key_goes_or_changes_its_meaning() -> None:
    assert FORMAT_VERSION == 1


def test_an_error_has_the_same_keys() -> None:
    error = XrunError("not run: x", details=("a", "b"), hint="do y")
    document = json.loads(render_json_error(error))
    assert list(document) == KEYS
    assert document["error"] == {"details": ["a", "b"], "hint": "do y", "message": "not run: x"}
    assert list(document["error"]) == sorted(document["error"])
    assert document["findings"] == []
    nothing = ("environment", "environment_replaced", "project", "uv")
    assert [document[key] for key in nothing] == [None] * 4


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.code)
def test_every_finding_has_every_key(kind: Kind) -> None:
    (found,) = render(make_drift(Finding(kind, "six")))
    assert list(found) == FINDING_KEYS
    assert (found["code"], found["kind"]) == (kind.code, kind.word)
    said = {"code": kind.code, "kind": kind.word, "name": "six", "needed_by": []}
    assert found == {**dict.fromkeys(FINDING_KEYS), **said}


def test_the_codes_are_stable() -> None:
    assert {kind.name: kind.code for kind in Kind} == {
        "UNDECLARED": "XR101",
        "UNSELECTED": "XR102",
        "MISSING": "XR103",
        "OTHER": "XR104",
        "STALE_LOCK": "XR105",
        "STRAY": "XR201",
        "LEAK": "XR202",
        "NO_RECORD": "XR203",
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


def test_an_environment_that_would_be_built_anew_is_told() -> None:
    document = json.loads(render_json(make_drift(is_replaced=True), make_facts()))
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
    text = render_json(
        make_drift(Finding(Kind.OTHER, HOSTILE, HOSTILE, "\udcff", provenance)), make_facts()
    )
    assert all(line.isascii() and line.isprintable() for line in text.splitlines())
    (found,) = json.loads(text)["findings"]
    assert (found["name"], found["installer"], found["locked"]) == (HOSTILE, HOSTILE, "\udcff")


def test_without_a_project_the_folder_is_named() -> None:
    document = json.loads(render_json(make_drift(), make_facts(workspace=None, version=())))
    assert (document["project"], document["uv"]) == ("/here", "")
