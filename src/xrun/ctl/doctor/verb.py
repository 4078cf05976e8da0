"""`xrunctl doctor`: what makes xrun slow, not exact or unsafe here, and what mends it."""

from __future__ import annotations

import enum
import os
import sys
from typing import Annotated

import typer

from xrun.ctl.doctor import Severity, examine, gather_scene
from xrun.ctl.doctor.report import (
    load_doctor_schema,
    render_doctor,
    render_doctor_error,
    render_doctor_json,
)
from xrun.ctl.target import STATUS_DRIFT, ProjectOption, fail
from xrun.errors import XrunError
from xrun.report.text import decide_colour, find_width


class DoctorFormat(str, enum.Enum):
    """For whom the findings are."""

    TEXT = "text"
    JSON = "json"


def _print_schema(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_asked:
        print(load_doctor_schema())
        raise typer.Exit


def doctor(
    project: ProjectOption = None,
    *,
    output_format: Annotated[
        DoctorFormat, typer.Option("--output-format", help="For people, or for programs.")
    ] = DoctorFormat.TEXT,
    _schema: Annotated[
        bool,
        typer.Option(
            "--schema", callback=_print_schema, is_eager=True, help="Print the schema of the JSON."
        ),
    ] = False,
) -> None:
    """Say what makes xrun slow, not exact or unsafe here, and what mends it."""
    try:
        scene = gather_scene(project)
    except (XrunError, OSError) as problem:
        error = problem if isinstance(problem, XrunError) else XrunError(str(problem))
        if output_format is DoctorFormat.JSON:
            print(render_doctor_error(error))
        raise fail(error) from None
    found = examine(scene)
    if output_format is DoctorFormat.JSON:
        print(render_doctor_json(scene, found))
    else:
        is_terminal = sys.stdout.isatty()
        has_colour = decide_colour(os.environ, is_terminal=is_terminal)
        width = find_width() if is_terminal else None
        print("\n".join(render_doctor(scene, found, width, has_colour=has_colour)))
    if any(each.severity is Severity.MEND for each in found):
        raise typer.Exit(STATUS_DRIFT)
