"""`xrunctl explain`: what a run would do and why, as a dry run; without a command the policy."""

from __future__ import annotations

import enum
import os
import sys
from typing import Annotated, Optional

import typer

from xrun.ctl.explain_json import (
    load_explain_schema,
    render_explanation_error,
    render_explanation_json,
)
from xrun.ctl.explain_text import render_explanation
from xrun.ctl.target import ProjectOption, fail
from xrun.errors import XrunError
from xrun.report.text import find_width
from xrun.run.foresee import foresee
from xrun.run.foresight import Foresight
from xrun.run.run import find_uv, resolve_run
from xrun.run.sight import look


class ExplainFormat(str, enum.Enum):
    """For whom the explanation is."""

    TEXT = "text"
    JSON = "json"


def _print_schema(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_asked:
        print(load_explain_schema())
        raise typer.Exit


def explain(
    command: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time, on Python 3.10 too
        typer.Argument(
            metavar="-- COMMAND",
            help="What would stand behind `xrun`, options of uv included.",
            show_default=False,
        ),
    ] = None,
    *,
    project: ProjectOption = None,
    output_format: Annotated[
        ExplainFormat, typer.Option("--output-format", help="For people, or for programs.")
    ] = ExplainFormat.TEXT,
    _schema: Annotated[
        bool,
        typer.Option(
            "--schema", callback=_print_schema, is_eager=True, help="Print the schema of the JSON."
        ),
    ] = False,
) -> None:
    """Say what a run would do, and why; nothing is run, nothing is changed."""
    typed = [*([f"--project={project}"] if project else []), *(command or ())]
    try:
        text = _explain(typed, output_format, is_run=bool(command))
    except (XrunError, OSError) as problem:
        error = problem if isinstance(problem, XrunError) else XrunError(str(problem))
        if output_format is ExplainFormat.JSON:
            print(render_explanation_error(error))
        raise fail(error) from None
    print(text)


def _explain(typed: list[str], output_format: ExplainFormat, *, is_run: bool) -> str:
    """Explain a run, or the policy alone.

    Raises:
        XrunError: The policy cannot be read, or there is no uv.
        OSError: The current folder is gone, or uv cannot be started.
    """
    uv = find_uv()
    width = find_width() if sys.stdout.isatty() else None
    plain = _foresee_plain(uv, typed) if is_run else None
    if plain is not None and output_format is ExplainFormat.JSON:
        return render_explanation_json(None, plain)
    if plain is not None:
        return "\n".join(render_explanation(None, plain, width))
    this = resolve_run(uv, typed, is_terminal=sys.stderr.isatty(), remembers=False)
    found = foresee(look(this)) if is_run else None
    if output_format is ExplainFormat.TEXT:
        return "\n".join(render_explanation(this.policy, found, width))
    workspace = this.facts.workspace
    return render_explanation_json(
        this.policy,
        found,
        project=workspace.project.folder if workspace else None,
        uv=".".join(map(str, this.facts.version)),
    )


def _foresee_plain(uv: str, typed: list[str]) -> Foresight | None:
    """Foresee a run for which xrun reads no policy; `None` for all others."""
    if os.environ.get("XRUN") == "0":
        command = (uv, "run", *typed)
        return Foresight(tuple(typed), "off", "XRUN=0 reads nothing", command=command)
    if typed[:1] in (["--version"], ["--help"], ["-h"]):
        return Foresight(tuple(typed), "off", f"xrun itself answers {typed[0]}")
    return None
