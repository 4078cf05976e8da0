"""`xrunctl doctor`: what makes xrun slow, not exact or unsafe here, and what mends it."""

from __future__ import annotations

import os
import sys

from xrun import __version__
from xrun.ctl.doctor import machine, places, runs
from xrun.ctl.doctor.scene import Diagnosis, Scene, Severity, gather_scene
from xrun.ctl.output import (
    UNLIMITED,
    find_columns,
    make_error,
    make_schema_option,
)
from xrun.ctl.target import PROJECT, STATUS_DRIFT, fail
from xrun.ctl.verbs import Exit, Option
from xrun.errors import XrunError
from xrun.project.uv_variables import decide_colour, render_version
from xrun.proxy.dataclass import replace
from xrun.report.json import describe_error, read_resource, render_document
from xrun.report.layout import LEAST, PLAIN, render_table
from xrun.report.text import DIM
from xrun.report.width import wrap
from xrun.words import count, render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Annotated, Literal

    from xrun.environment.environment import Environment

    Check = Callable[[Scene], Iterable[Diagnosis]]

COLOURS: Mapping[Severity, str] = {
    Severity.MEND: "\x1b[31m",
    Severity.NOTE: "\x1b[33m",
    Severity.UNKNOWN: "\x1b[36m",
}
# Grows by one when a key goes or changes its meaning; a new key alone does not change it.
FORMAT_VERSION = 1
CHECKS: Mapping[str, Check] = {
    "xrun": machine.check_xrun,
    "console script": machine.check_console_script,
    "byte code": machine.check_byte_code,
    "uv": machine.check_uv,
    "other uvs": machine.check_other_uvs,
    "shim": machine.check_shim,
    "home folder": places.check_home,
    "cache folder": places.check_cache_folder,
    "state folder": places.check_state_folder,
    "file systems": places.check_file_systems,
    "free space": places.check_space,
    "locks": places.check_locks,
    "XRUN": machine.check_off,
    "policy variables": machine.check_policy_variables,
    "environment variables": machine.check_environment_variables,
    "link mode": machine.check_link_mode,
    "policy": runs.check_policy,
    "exactness": runs.check_exactness,
    "unchanged": runs.check_remembered,
    "environment": places.check_environment,
    "killed steps": places.check_killed,
    "distributions": places.check_distributions,
    "commands": runs.check_commands,
    "separate environments": places.check_separate,
}


def load_doctor_schema() -> str:
    """Load the JSON Schema (draft 2020-12) of what is found."""
    return read_resource("xrun.ctl.doctor", "doctor.schema.json")


def doctor(
    project: Annotated[str | None, PROJECT] = None,
    *,
    output_format: Annotated[
        Literal["text", "json"], Option("--output-format", help="For people, or for programs.")
    ] = "text",
    _schema: Annotated[bool, make_schema_option(load_doctor_schema)] = False,
) -> None:
    """Say what is slow, not exact or unsafe here; how to mend it."""
    try:
        scene = gather_scene(project)
    except (XrunError, OSError) as problem:
        if output_format == "json":
            print(render_doctor_json(None, (), make_error(problem)))
        raise fail(problem) from None
    found = examine(scene)
    if output_format == "json":
        print(render_doctor_json(scene, found))
    else:
        has_colour = decide_colour(os.environ, is_terminal=sys.stdout.isatty())
        print("\n".join(render_doctor(scene, found, find_columns(), has_colour=has_colour)))
    if any(each.severity is Severity.MEND for each in found):
        raise Exit(STATUS_DRIFT)


def examine(scene: Scene, checks: Mapping[str, Check] = CHECKS) -> tuple[Diagnosis, ...]:
    """Make all checks; one that cannot be made is reported, those for the same reason together.

    Returns:
        What was found: first what should be mended, then what may be meant so.
    """
    found: list[Diagnosis] = []
    failed: dict[str, list[str]] = {}
    for name, look in checks.items():
        outcome = _look(look, scene)
        if isinstance(outcome, str):
            failed.setdefault(outcome, []).append(name)
        else:
            found += [replace(each, checks=(name,)) for each in outcome]
    for reason, names in failed.items():
        what = f"not looked at: {', '.join(names)}"
        found.append(Diagnosis(Severity.UNKNOWN, what, reason, checks=tuple(names)))
    order = [*Severity]
    return tuple(sorted(found, key=lambda each: order.index(each.severity)))


def _look(look: Check, scene: Scene) -> list[Diagnosis] | str:
    """Make a check; text where it cannot be made: why not."""
    try:
        return [*look(scene)]
    except (OSError, RuntimeError, ValueError, XrunError) as problem:
        return str(problem)


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
    width = width or UNLIMITED
    rows = [(name, shorten_home(render_safe(text))) for name, text in _list_subjects(scene)]
    lines = [line.removeprefix("  ") for line in render_table(rows, width + 2)]
    word = max((len(each.severity.value) for each in found), default=0)
    for each in found:
        lines += ["", *_render_diagnosis(each, word + 2, width, has_colour=has_colour)]
    return [*lines, "", *wrap(_render_summary(found), width)]


def _list_subjects(scene: Scene) -> Iterator[tuple[str, str]]:
    """List what was looked at: the programs, the project, its environment."""
    facts = scene.facts
    python = render_version(sys.version_info[:3])
    where = scene.xrun or "no command of its own"
    yield "xrun", f"{__version__}, {where}, Python {python} ({sys.executable})"
    version = render_version(facts.version) or "version unknown"
    yield "uv", f"{version}, {facts.uv}" if facts.uv else "none"
    if facts.workspace is None:
        yield "project", f"none in {facts.start} or above"
        return
    yield "project", str(facts.workspace.project.folder)
    if scene.environment is not None:
        yield "environment", f"{scene.environment.folder}, {_describe(scene.environment)}"


def _describe(environment: Environment) -> str:
    """Describe an environment: its Python, or what keeps it from having one."""
    try:
        is_virtual = environment.is_virtual
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"
    if is_virtual:
        return f"Python {environment.markers['python_full_version']}"
    is_there = environment.exists or environment.dangling
    return "unusable" if is_there else "not made yet"


def _render_diagnosis(
    found: Diagnosis, indent: int, width: int, *, has_colour: bool
) -> Iterator[str]:
    """Render what was found, why that matters, what mends it: each from a line of its own."""
    room = max(width - indent, LEAST)
    word = f"{found.severity.value:{indent}}"
    start, dim, end = (COLOURS[found.severity], DIM, PLAIN) if has_colour else ("", "", "")
    head = word.replace(found.severity.value, f"{start}{found.severity.value}{end}")
    for line in wrap(shorten_home(render_safe(found.what)), room, breaks=False):
        yield head + line
        head = " " * indent
    if found.why:
        for line in wrap(shorten_home(render_safe(found.why)), room, breaks=False):
            yield f"{head}{dim}{line}{end}"
    if found.cure:
        # A path stays whole: the command is to be copied.
        for line in wrap(f"-> {render_safe(found.cure)}", room - 3, breaks=False):
            yield head + (line if line.startswith("-> ") else f"   {line}")


def _render_summary(found: Sequence[Diagnosis]) -> str:
    mend, notes, unknown = (sum(each.severity is kind for each in found) for kind in Severity)
    parts = [f"{mend} to mend"] if mend else []
    parts += [count(notes, "note")] if notes else []
    parts += [f"{unknown} not looked at"] if unknown else []
    return f"{', '.join(parts) or 'nothing to mend'} ({len(CHECKS)} checks)"


def render_doctor_json(
    scene: Scene | None, found: Sequence[Diagnosis], error: XrunError | None = None
) -> str:
    """Render the same for programs, or why the look failed; `doctor.schema.json` describes it."""
    facts = scene.facts if scene else None
    workspace, environment = facts and facts.workspace, scene and scene.environment
    document = {
        "environment": str(environment.folder) if environment else None,
        "error": describe_error(error),
        "findings": [_make_finding(each) for each in found],
        "project": str(workspace.project.folder) if workspace else None,
        "python": sys.executable,
        "uv": (render_version(facts.version) or None) if facts else None,
        "uv_path": (facts.uv or None) if facts else None,
        "xrun_path": str(scene.xrun) if scene and scene.xrun else None,
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
