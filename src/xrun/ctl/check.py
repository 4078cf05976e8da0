"""`xrunctl check`: how the environment differs from what the project declares."""

from __future__ import annotations

import dataclasses
import enum
import os
import sys
from typing import Annotated

import typer

from xrun.ctl.messages import render_check
from xrun.ctl.target import STATUS_DRIFT, ProjectOption, fail, find_subject
from xrun.drift import Drift, classify, compare
from xrun.drift.strays import find_strays
from xrun.errors import XrunError
from xrun.guard import check_is_whole
from xrun.report.json import render_json, render_json_error
from xrun.report.text import decide_colour, render_rows


class OutputFormat(str, enum.Enum):
    """For whom the result is."""

    TEXT = "text"
    JSON = "json"


def check(
    project: ProjectOption = None,
    output_format: Annotated[
        OutputFormat, typer.Option("--output-format", help="For people or for programs.")
    ] = OutputFormat.TEXT,
) -> None:
    """Say how the environment differs from what is declared."""
    try:
        subject = find_subject(project, remembers=False)
        check_is_whole(subject.environment)
        comparison = compare(subject.facts, subject.invocation, subject.plan)
        comparison = classify(subject.facts, subject.invocation, subject.plan, comparison)
        strays = find_strays(subject.environment, os.environ)
    except (XrunError, OSError) as problem:
        error = problem if isinstance(problem, XrunError) else XrunError(str(problem))
        if output_format is OutputFormat.JSON:
            print(render_json_error(error))
        raise fail(error) from None
    drift = comparison.drift
    drift = dataclasses.replace(drift, findings=(*drift.findings, *strays))
    if output_format is OutputFormat.JSON:
        print(render_json(drift, subject.facts))
    else:
        _print_text(drift)
    if drift.fails_check:
        raise typer.Exit(STATUS_DRIFT)


def _print_text(drift: Drift) -> None:
    has_colour = decide_colour(os.environ, is_terminal=sys.stdout.isatty())
    first, last = render_check(drift)
    print("\n".join([first, *render_rows(drift, has_colour=has_colour), *last]))
