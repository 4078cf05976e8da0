"""`xrunctl policy`: what is wrong in its files, and what may stand in them."""

from __future__ import annotations

import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING

import typer

from xrun.ctl.target import STATUS_DRIFT, ProjectOption, fail, gather_place
from xrun.errors import XrunError
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import read_layers
from xrun.policy.problems import render_newer
from xrun.policy.rules import read_circumstances
from xrun.policy.schema import render_schema
from xrun.report.layout import render_table
from xrun.report.text import find_width
from xrun.words import render_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from xrun.policy.load import Layers
    from xrun.policy.problems import Problem
    from xrun.project.workspace import Workspace

UNLIMITED = 10_000  # columns, where no person looks at them

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at the policy. Status: 0 right, 1 problems found, 2 could not be done.",
)


@app.command("check")
def check(project: ProjectOption = None) -> None:
    """Tell all problems of all policy files."""
    try:
        workspace, folder = _find_place(project)
        layers = read_layers(workspace, folder, os.environ)
        now = read_circumstances(None, os.environ, is_terminal=os.isatty(2))
        problems = [*check_layers(layers, workspace, now), *list_looser(layers, now)]
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    width = find_width() if is_terminal() else None
    for line in _render_check(layers, problems, width):
        print(line)
    if problems:
        raise typer.Exit(STATUS_DRIFT)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of a policy file."""
    print(render_schema())


def is_terminal() -> bool:
    """Whether a person looks at it as it comes out."""
    return sys.stdout.isatty()


def _find_place(project: str | None) -> tuple[Workspace | None, Path]:
    """Find the project whose policy it is, if there is one; no uv is needed for that.

    Raises:
        XrunError: There is no such folder.
    """
    _, facts = gather_place(project)
    return facts.workspace, facts.folder


def _render_check(layers: Layers, problems: Sequence[Problem], width: int | None) -> Iterator[str]:
    """Render what was found, a block for each file and variable."""
    if not problems:
        sources = dict.fromkeys(layer.source for layer in layers.values)
        yield f"no problem in {_render_all(sources)}" if sources else "no policy: all is default"
    for source, group in groupby(_sort(problems), lambda problem: problem.source):
        rows = [*group]
        count = f"{len(rows)} problem{'s' if len(rows) > 1 else ''}"
        yield render_safe(f"{source} has {count}")
        has_places = any(each.place for each in rows)
        parts = [(each.place, each.message) if has_places else (each.message,) for each in rows]
        cells = [[*map(render_safe, each)] for each in parts]
        yield from render_table(cells, width or UNLIMITED)
    newer = render_newer(problems)
    if newer:
        yield newer


def _sort(problems: Sequence[Problem]) -> list[Problem]:
    """Sort problems by their file; else they stay as they were found."""
    order = [*dict.fromkeys(problem.source for problem in problems)]
    return sorted(problems, key=lambda problem: order.index(problem.source))


def _render_all(names: Iterable[str]) -> str:
    *first, last = map(render_safe, names)
    return f"{', '.join(first)} and {last}" if first else last
