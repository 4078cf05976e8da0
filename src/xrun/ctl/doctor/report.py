"""What `xrunctl doctor` found: for a terminal, and as JSON."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from xrun import __version__
from xrun.ctl.doctor import CHECKS, Severity
from xrun.report.json import render_document
from xrun.report.layout import PLAIN, render_table
from xrun.report.text import DIM
from xrun.report.width import wrap
from xrun.words import render_safe, shorten_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.ctl.doctor import Diagnosis, Scene
    from xrun.environment import Environment
    from xrun.errors import XrunError

COLOURS: Mapping[Severity, str] = {
    Severity.MEND: "\x1b[31m",
    Severity.NOTE: "\x1b[33m",
    Severity.UNKNOWN: "\x1b[36m",
}
LEAST = 20  # columns that a text has, however narrow the terminal is
UNLIMITED = 10_000  # columns, where no person looks at them
# Grows by one when a key goes or changes its meaning; a new key alone does not change it.
FORMAT_VERSION = 1


def render_doctor(
    scene: Scene, found: Sequence[Diagnosis], width: int | None, *, has_colour: bool
) -> list[str]:
    """Render what was looked at, what was found, and how much that is.

    Args:
        scene: What was looked at.
        found: As `examine` has it.
        width: How many columns there are; as many as it takes if `None`.
        has_colour: Whether words are coloured.
    """
    rows = [(name, shorten_home(render_safe(text))) for name, text in list_subjects(scene)]
    lines = [line.removeprefix("  ") for line in render_table(rows, (width or UNLIMITED) + 2)]
    word = max((len(each.severity.value) for each in found), default=0)
    for each in found:
        lines += ["", *_render_diagnosis(each, word + 2, width, has_colour=has_colour)]
    return [*lines, "", *wrap(_render_summary(found), width or UNLIMITED)]


def list_subjects(scene: Scene) -> Iterator[tuple[str, str]]:
    """List what was looked at: the programs, the project, its environment."""
    facts = scene.facts
    python = ".".join(map(str, sys.version_info[:3]))
    where = scene.xrun or "no command of its own"
    yield "xrun", f"{__version__}, {where}, Python {python} ({sys.executable})"
    version = ".".join(map(str, facts.version)) or "version unknown"
    yield "uv", f"{version}, {facts.uv}" if facts.uv else "none"
    if facts.workspace is None:
        yield "project", f"none in {facts.start} or above"
        return
    yield "project", str(facts.workspace.project.folder)
    if facts.environment is not None:
        name = facts.environment.name
        shown = name if os.path.isabs(name) else facts.environment.folder  # noqa: PTH117 - a str
        yield "environment", f"{shown}, {_describe(facts.environment)}"


def _describe(environment: Environment) -> str:
    """Describe an environment: its Python, or what keeps it from having one."""
    try:
        is_virtual = environment.is_virtual
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    if is_virtual:
        return f"Python {environment.markers['python_full_version']}"
    return "not as it should be" if environment.exists else "not made yet"


def _render_diagnosis(
    found: Diagnosis, indent: int, width: int | None, *, has_colour: bool
) -> Iterator[str]:
    """Render what was found, why that matters, what mends it: each from a line of its own."""
    room = max((width or UNLIMITED) - indent, LEAST)
    word = found.severity.value
    start, end = (COLOURS[found.severity], PLAIN) if has_colour else ("", "")
    head = f"{start}{word}{end}{' ' * (indent - len(word))}"
    what = shorten_home(render_safe(found.what))
    for line in wrap(what, room, breaks=False):
        yield head + line
        head = " " * indent
    start, end = (DIM, PLAIN) if has_colour else ("", "")
    if found.why:
        for line in wrap(shorten_home(render_safe(found.why)), room, breaks=False):
            yield f"{head}{start}{line}{end}"
    if found.cure:
        # A path stays whole: the command is to be copied.
        for line in wrap(f"-> {render_safe(found.cure)}", room - 3, breaks=False):
            yield head + (line if line.startswith("-> ") else f"   {line}")


def _render_summary(found: Sequence[Diagnosis]) -> str:
    """Render how much was found, and how many checks found nothing."""
    named = {name for each in found for name in each.checks}
    silent = len(CHECKS) - len(named)
    if not found:
        return f"nothing to mend: {silent} checks found nothing"
    counts = {each: sum(one.severity is each for one in found) for each in Severity}
    notes = "1 note" if counts[Severity.NOTE] == 1 else f"{counts[Severity.NOTE]} notes"
    parts = {
        Severity.MEND: f"{counts[Severity.MEND]} to mend",
        Severity.NOTE: notes,
        Severity.UNKNOWN: f"{counts[Severity.UNKNOWN]} not looked at",
    }
    told = ", ".join(part for kind, part in parts.items() if counts[kind])
    return f"{told}; {silent} of {len(CHECKS)} checks found nothing"


def render_doctor_json(scene: Scene, found: Sequence[Diagnosis]) -> str:
    """Render the same for programs; `doctor.schema.json` describes it."""
    facts = scene.facts
    workspace, environment = facts.workspace, facts.environment
    document = {
        "environment": str(environment.folder) if environment else None,
        "error": None,
        "findings": [_make_finding(each) for each in found],
        "project": str(workspace.project.folder) if workspace else None,
        "python": sys.executable,
        "uv": ".".join(map(str, facts.version)) or None,
        "uv_path": facts.uv or None,
        "xrun_path": str(scene.xrun) if scene.xrun else None,
    }
    return render_document(document, FORMAT_VERSION)


def _make_finding(found: Diagnosis) -> dict[str, object]:
    return {
        "checks": list(found.checks),
        "cure": found.cure or None,
        "severity": found.severity.value,
        "what": found.what,
        "why": found.why or None,
    }


def render_doctor_error(error: XrunError) -> str:
    """Render why nobody could look; the same keys."""
    told = {"details": list(error.details), "hint": error.hint, "message": error.message}
    nothing = dict.fromkeys(("environment", "project", "uv", "uv_path", "xrun_path"))
    document: dict[str, object] = {
        **nothing,
        "error": told,
        "findings": [],
        "python": sys.executable,
    }
    return render_document(document, FORMAT_VERSION)


def load_doctor_schema() -> str:
    """Load the JSON Schema (draft 2020-12) of all that is rendered here."""
    from importlib.resources import files

    return files("xrun.ctl.doctor").joinpath("doctor.schema.json").read_text("utf-8")
