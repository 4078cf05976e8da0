"""Annotations: at the lines that import something, else at the project's own file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from unit.drifts import (
    ENVIRONMENT,
    HOUR,
    ORIGIN,
    advise,
    imported,
    make_drift,
    make_rich_drift,
    requests,
    undeclared,
)
from unit.report.runner import Command, parse_command
from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.environment.environment import Environment
from xrun.errors import XrunError
from xrun.project.conflicts import Item
from xrun.proxy.dataclass import replace
from xrun.report.github import MOST, annotate_drift, annotate_error, render_github

ROOT = Path("/checkout/api")
PYPROJECT = "api/pyproject.toml"
LINES = tuple(Importer("tests/test_api.py", line) for line in range(3, 30))


def render(drift: Drift, *, root: Path = ROOT) -> list[str]:
    base = Path("/checkout")
    return render_github(annotate_drift(drift, root=root, base=base, advice=advise)).splitlines()


def parse(drift: Drift) -> list[Command]:
    commands = list(map(parse_command, render(drift)))
    return [command for command in commands if command is not None]


def test_nothing_is_said_of_what_is_as_declared() -> None:
    assert render_github(annotate_drift(make_drift(), root=ROOT, base=ROOT)) == ""


def test_what_is_imported_is_told_at_each_line_with_who_installed_it_and_the_cure() -> None:
    provenance = Provenance("pip", time.time() - 2 * HOUR, is_requested=False, direct_url={})
    found = Finding(Kind.IMPORTED, "six", "1.17", None, provenance, importers=LINES[:2])
    undeclared_one = replace(found, kind=Kind.UNDECLARED)
    told = "six 1.17 is imported here, but nothing declares it (by pip, 2 hours ago): uv add six"
    assert render(make_drift(undeclared_one, found)) == [
        f"::error file=api/tests/test_api.py,line=3,title=XR301 six::{told}",
        f"::error file=api/tests/test_api.py,line=4,title=XR301 six::{told}",
    ]


def test_what_no_line_imports_is_told_at_the_projects_file() -> None:
    found = replace(undeclared("six"), importers=LINES[:1])
    assert render(make_drift(found)) == [
        f"::error file={PYPROJECT},title=XR101 six::six 1.0 is installed, but nothing declares it "
        "(by pip): uv add six"
    ]


SENTENCES = [
    (Finding(Kind.UNDECLARED, "a", "1"), "a 1 is installed, but nothing declares it: uv add a"),
    (
        Finding(Kind.UNSELECTED, "a", "1", selectors=(Item("extra", "b"),)),
        "a 1 is installed and locked, but not selected: --extra b",
    ),
    (
        Finding(Kind.FORMER, "a", "1"),
        "a 1 is installed, but no longer declared: xrunctl sync",
    ),
    (Finding(Kind.MISSING, "a", None, "2"), "a 2 is locked, but not installed: xrunctl sync"),
    (
        Finding(Kind.OTHER, "a", "1", "2"),
        "a 1 is installed, but not as locked (locked: 2): xrunctl sync",
    ),
    (
        Finding(Kind.OTHER, "a", "1", "1"),
        "a 1 is installed, but not as locked (from another source or build): xrunctl sync",
    ),
    (Finding(Kind.STALE_LOCK, "uv.lock"), "uv.lock is missing or out of date: uv lock"),
    (
        Finding(Kind.STRAY, "lib/a.py"),
        "lib/a.py is in the environment, but no distribution owns it: "
        "delete it, or move it into the project",
    ),
    (Finding(Kind.LEAK, "PYTHONPATH"), "PYTHONPATH makes modules from outside visible"),
    (
        Finding(Kind.NO_RECORD, "a", "1"),
        "a 1 has no RECORD, so uv cannot remove it: delete its files by hand",
    ),
    (
        Finding(Kind.DAMAGED, "a", "1"),
        "a 1 lacks files that its RECORD lists: uv pip install --reinstall a",
    ),
    (
        Finding(Kind.MOVED, "a", "1"),
        "a 1 has scripts that run in another environment: xrunctl sync",
    ),
    (Finding(Kind.IMPORTED, "a", "1"), "a 1 is imported here, but nothing declares it: uv add a"),
]


@pytest.mark.parametrize(("finding", "sentence"), SENTENCES)
def test_each_kind_has_a_sentence_and_a_level(
    finding: Finding, sentence: str, tmp_path: Path
) -> None:
    (command,) = parse(Drift(Environment(tmp_path, ".venv"), (finding,)))
    assert command.data == sentence
    assert command.name == ("error" if finding.kind.fails_check else "warning")
    title = f"{finding.kind.code} {finding.name}"
    assert command.properties == {"file": PYPROJECT, "title": title}


def test_what_many_share_is_one_annotation() -> None:
    docs = (Item("group", "docs"),)
    many = [Finding(Kind.UNSELECTED, f"d{n}", "1", "1", selectors=docs) for n in range(199)]
    (command,) = parse(make_drift(*many))
    assert command.properties["title"] == "XR102 199 distributions"
    assert "d0, d1, d2, d3, d4 and 194 more" in command.data
    assert command.data.endswith("not selected: --group docs")


def test_an_environment_that_is_yet_to_be_made_is_one_annotation() -> None:
    missing = [Finding(Kind.MISSING, name, None, "1") for name in ("attrs", "idna")]
    (command,) = parse(make_drift(*missing))
    assert (command.name, command.properties["title"]) == ("error", "xrunctl check")
    assert "xrunctl sync" in command.data


def test_every_kind_is_covered() -> None:
    assert {finding.kind for finding, _ in SENTENCES} == set(Kind)


def test_an_annotation_ends_with_its_advice() -> None:
    drift = make_drift(undeclared("six"))
    text = render_github(
        annotate_drift(drift, root=ROOT, base=ROOT, advice=lambda _: "uv add --dev six")
    )
    assert text.endswith(": uv add --dev six")
    assert render_github(annotate_drift(drift, root=ROOT, base=ROOT, advice=lambda _: "")).endswith(
        "(by pip)"
    )


def test_what_is_kept_is_a_notice_and_an_error_where_it_is_imported() -> None:
    kept = (
        Kept("gdal", "3.8", ORIGIN, "the system's own", locked="3.9"),
        Kept("numpy", "1", ORIGIN, needed_by="gdal"),
    )
    drift = Drift(ENVIRONMENT, (imported("gdal", "3.8", LINES[0]),), kept=kept, unparsed=3)
    error, notice, files = parse(drift)
    assert (error.name, notice.name, files.name) == ("error", "notice", "notice")
    assert error.data == (
        "gdal 3.8 is imported here, but it is kept, not declared (by pip): uv add gdal"
    )
    assert notice.properties == {"file": PYPROJECT, "title": "held gdal"}
    assert notice.data == (
        "gdal 3.8 is held, and 1 that it needs: the system's own (xrun.toml, keep[0]); "
        "instead of 3.9"
    )
    assert files.data == "3 files could not be read as Python and were not searched"


def test_an_environment_that_would_be_rebuilt_is_an_error() -> None:
    assert render(make_drift(is_replaced=True)) == [
        f"::error file={PYPROJECT},title=xrunctl check::.venv would be rebuilt"
    ]


@pytest.mark.parametrize(
    ("root", "file"),
    [("/checkout", "pyproject.toml"), ("/elsewhere", "/elsewhere/pyproject.toml")],
)
def test_files_are_relative_to_the_checkout_where_they_are_in_it(root: str, file: str) -> None:
    (line,) = render(make_drift(undeclared("six")), root=Path(root))
    assert f"file={file}," in line


def test_ten_of_a_level_are_told_and_the_others_counted() -> None:
    many = [undeclared(f"d{at:02}") for at in range(MOST)]
    assert len(render(make_drift(*many))) == MOST
    lines = render(make_drift(*many, undeclared("x")))
    assert lines[MOST:] == ["xrun: and 1 more error: `xrunctl check` names all"]
    lines = render(make_drift(*many, *requests(), Finding(Kind.LEAK, "PYTHONPATH")))
    assert [parse_command(line) is not None for line in lines] == [True] * 11 + [False]
    assert lines[-1] == "xrun: and 5 more errors: `xrunctl check` names all"


def test_importing_lines_go_first_one_of_each_and_what_is_only_needed_last() -> None:
    drift = make_drift(
        *reversed(requests()),
        *(imported("six", "1", *LINES[:2]), imported("zope", "1", LINES[0])),
    )
    assert [command.properties["title"] for command in parse(drift)] == [
        *("XR301 six", "XR301 zope", "XR301 six", "XR101 requests"),
        *("XR101 urllib3", "XR101 idna", "XR101 charset-normalizer", "XR101 certifi"),
    ]


def test_a_rich_drift_is_commands_and_one_line() -> None:
    lines = render(make_rich_drift(time.time()))
    commands = [command for command in map(parse_command, lines) if command]
    assert len(commands) == len(lines) - 1
    assert [command.name for command in commands].count("error") == MOST
    assert commands[1].properties["file"] == "api/src/app/数据/модели.py"


def test_what_could_not_be_done_is_one_error() -> None:
    error = XrunError("no 100% uv", details=("looked here", "and: there"), hint="get one")
    text = render_github([annotate_error(error)])
    assert text == (
        "::error title=xrunctl check::no 100%25 uv%0Alooked here%0Aand: there%0Aget one"
    )
    command = parse_command(text)
    assert command is not None
    assert command.data == "no 100% uv\nlooked here\nand: there\nget one"


def test_properties_are_escaped_and_messages_are_not_cut_at_colons() -> None:
    finding = imported("a,b:c", "1", Importer("a,line=7:x%0A.py", 2))
    (command,) = parse(make_drift(finding))
    assert command.properties == {
        "file": "api/a,line=7:x%0A.py",
        "line": "2",
        "title": "XR301 a,b:c",
    }
