"""What comes out of a distribution, a path or a policy steers nothing, in whichever form."""

from __future__ import annotations

import ast
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xrun.report
from unit.drifts import ORIGIN, make_result
from unit.report.runner import parse_command
from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.environment.environment import Environment
from xrun.errors import XrunError
from xrun.project.conflicts import Item
from xrun.report.github import Annotation, annotate_drift, annotate_error, render_github
from xrun.report.gitlab_sarif import render_gitlab, render_sarif
from xrun.report.json import render_json, render_json_many
from xrun.report.text import render_rows

if TYPE_CHECKING:
    from collections.abc import Callable

# All in one: the rows of a narrow terminal begin with each of them.
PIECES = (
    "::error::x",  # at the very beginning
    "\x1b[31mred",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",  # CSI in one byte
    "six\rsafe",
    "\n::error::x",
    " :::error file=a:::x",
    "\r\n::stop-commands::y",
    "##[error]x",
    "##\x00[error]x",
    "\u202ereversed\u2066",
    "a\u2028::error::x\u2029",
    "a\x85::error::x",
    "a\x00b",
    "a\udcff\ud800",  # lone surrogates
    "a%0A::error::x%0D",
    "   ::error::x",
    "a\u200bb\ufeff",
    "a,line=1,title=b::c",
)
TEXT = " ".join(PIECES)
MARKUP = "[bold]x[/bold]"


def make_finding(**values: object) -> Finding:
    """Make an undeclared distribution with one hostile part."""
    provenance = Provenance("pip", None, is_requested=True, direct_url={})
    start = Finding(Kind.UNDECLARED, "six", "1.0", None, provenance)
    return Finding(**{**vars(start), **values})


def make_kept(**values: object) -> Drift:
    start = Kept("gdal", "3.8", ORIGIN, "a reason", locked="3.9")
    kept = Kept(**{**vars(start), **values})
    return Drift(ENVIRONMENT, (), kept=(kept,))


ENVIRONMENT = Environment(Path("/project/.venv"), ".venv")
SIX = make_finding()


def make_importing(piece: str) -> Drift:
    lines = (Importer(f"{piece}.py", 1), Importer(f"src/{piece}/a.py", 2))
    imported = make_finding(kind=Kind.IMPORTED, importers=lines)
    return Drift(ENVIRONMENT, (SIX, imported, make_finding(name="idna", importers=lines)))


def make_provenance(installer: str = "pip", url: str | None = None) -> Drift:
    direct_url: dict[str, object] = {"url": url, "vcs_info": {"commit_id": url}} if url else {}
    provenance = Provenance(installer, None, is_requested=True, direct_url=direct_url)
    return Drift(ENVIRONMENT, (make_finding(provenance=provenance),))


FIELDS: dict[str, Callable[[str], Drift]] = {
    "name": lambda piece: Drift(ENVIRONMENT, tuple(make_finding(kind=k, name=piece) for k in Kind)),
    "version": lambda piece: Drift(
        ENVIRONMENT, tuple(make_finding(kind=k, installed=piece) for k in Kind)
    ),
    "locked": lambda piece: Drift(
        ENVIRONMENT,
        (
            make_finding(kind=Kind.MISSING, installed=None, locked=piece),
            make_finding(kind=Kind.OTHER, locked=piece),
        ),
    ),
    "installer": lambda piece: make_provenance(installer=piece),
    "url": lambda piece: make_provenance(url=f"https://host/{piece}"),
    "needed by": lambda piece: Drift(ENVIRONMENT, (SIX, make_finding(needed_by={piece}))),
    "needed": lambda piece: Drift(
        ENVIRONMENT, (SIX, make_finding(name=piece, needed_by={"six"}, provenance=None))
    ),
    "selectors": lambda piece: Drift(
        ENVIRONMENT,
        (
            make_finding(kind=Kind.UNSELECTED, selectors=(Item("extra", piece),)),
            make_finding(kind=Kind.UNSELECTED, selectors=(Item("package", piece, piece),)),
        ),
    ),
    "importer": make_importing,
    "environment": lambda piece: Drift(
        Environment(Path("/project") / piece, piece), (SIX,), is_replaced=True
    ),
    "kept name": lambda piece: make_kept(name=piece),
    "kept version": lambda piece: make_kept(installed=piece),
    "kept origin": lambda piece: make_kept(origin=piece),
    "kept origin without a reason": lambda piece: make_kept(origin=piece, reason=""),
    "kept reason": lambda piece: make_kept(reason=piece),
    "kept needed by": lambda piece: make_kept(needed_by=piece),
    "kept locked": lambda piece: make_kept(locked=piece),
    "kept unmet": lambda piece: make_kept(unmet=(piece, f"six {piece}")),
    "kept importer": lambda piece: make_kept(importers=(Importer(piece, 1),)),
}

each_field = pytest.mark.parametrize("field", FIELDS)


def check_harmless(lines: list[str]) -> None:
    """Check that lines can be printed, and are what they look like."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    print("\n".join(lines), file=stream, flush=True)
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if parse_command(line)] == []
    assert not any(line.lstrip().startswith("::") for line in lines)


@each_field
def test_text_steers_neither_a_terminal_nor_a_runner(field: str) -> None:
    drift = FIELDS[field](TEXT)
    for width in (None, 80, 40, 20):
        for most in (None, 4):
            check_harmless(render_rows(drift, width=width, most=most))
    assert len(render_rows(drift)) == len(render_rows(FIELDS[field]("harmless")))


@each_field
def test_json_gives_back_what_was_there_and_is_ascii(field: str) -> None:
    drift = FIELDS[field](TEXT)
    for text in (render_json(make_result(drift)), render_json_many([make_result(drift)])):
        check_harmless(text.splitlines())
        assert text.isascii()
        told = list_strings(json.loads(text))
        assert TEXT in told or str(Path(TEXT)) in told


def annotate(drift: Drift) -> list[Annotation]:
    advised = annotate_drift(drift, root=Path("/c"), base=Path("/c"), advice=lambda _: f"uv {TEXT}")
    return [*advised]


@each_field
def test_files_for_services_are_ascii_and_hold_no_command_of_a_runner(field: str) -> None:
    for render in (render_gitlab, render_sarif):
        text = render(annotate(FIELDS[field](TEXT)))
        assert json.loads(text)
        assert text.isascii()
        assert "##[" not in text


@each_field
def test_annotations_stay_what_they_are(field: str) -> None:
    lines = render_github(annotate(FIELDS[field](TEXT))).split("\n")
    harmless = render_github(annotate(FIELDS[field]("harmless")))
    assert "\n".join(lines).encode().decode() == "\n".join(lines)
    commands = list(map(parse_command, lines))
    expected = list(map(parse_command, harmless.split("\n")))
    for line, command, other in zip(lines, commands, expected, strict=True):
        assert line.isprintable()
        assert command is None or command.data.isprintable()
        assert (command and command.name) == (other and other.name)
        if command is not None and other is not None:
            assert set(command.properties) == set(other.properties)
            assert all(value.isprintable() for value in command.properties.values())


def test_advice_and_errors_are_no_way_in_either() -> None:
    drift = Drift(ENVIRONMENT, (SIX,))
    for width in (None, 80, 40):
        check_harmless(render_rows(drift, width=width, advice=lambda _: f"uv add {TEXT}"))
    text = render_json(make_result(drift, lambda _: f"uv add {TEXT}"))
    check_harmless(text.splitlines())
    error = XrunError(TEXT, details=(TEXT, f"a {TEXT}"), hint=TEXT)
    check_harmless(render_json(make_result(error)).splitlines())
    for github in (
        render_github(annotate(drift)),
        render_github([annotate_error(error)]),
    ):
        command = parse_command(github)
        assert github.isprintable()
        assert command is not None
        assert command.name == "error"
        assert command.data.replace("\n", "").isprintable()


def list_strings(value: object) -> str:
    """List all strings in a document, one after the other."""
    if isinstance(value, dict):
        return " ".join(map(list_strings, value.values()))
    return " ".join(map(list_strings, value)) if isinstance(value, list) else str(value)


def test_markup_is_plain_text_for_nothing_here_reads_it() -> None:
    rows = render_rows(FIELDS["kept reason"](MARKUP))
    assert MARKUP in rows[0]
    paths = {*Path(xrun.report.__path__[0]).glob("*.py")}
    paths -= {path for path in paths if path.name == "progress.py"}  # which says words of its own
    sources = [ast.parse(path.read_text()) for path in paths]
    nodes = [node for source in sources for node in ast.walk(source)]
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    assert not {name.partition(".")[0] for name in imported} & {"rich", "typer"}
