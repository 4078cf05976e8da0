"""`xrunctl policy`: what is wrong in its files, and what may stand in them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from xrun.ctl.output import UNLIMITED, find_columns
from xrun.ctl.target import (
    STATUS_DRIFT,
    ProjectOption,
    failing,
    gather_place,
    list_idle_entries,
)
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import read_layers
from xrun.policy.problems import render_newer
from xrun.policy.rules import read_circumstances
from xrun.policy.schema import render_schema
from xrun.report.layout import render_table
from xrun.words import render_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xrun.policy.load import Layers
    from xrun.policy.problems import Problem


def check(project: ProjectOption = None) -> None:
    """List all problems of all policy files.

    Also what does not count, and entries of `keep` without effect (for which uv is asked).
    """
    with failing():
        _, facts = gather_place(project)
        layers = read_layers(facts.workspace, facts.folder, os.environ)
        now = read_circumstances(None, os.environ, is_terminal=os.isatty(2))
        problems = [*check_layers(layers, facts.workspace, now), *list_looser(layers, now)]
        problems += list_idle_entries(layers, project)
    for line in _render_check(layers, problems, find_columns() or UNLIMITED):
        print(line)
    if problems:
        raise typer.Exit(STATUS_DRIFT)


def schema() -> None:
    """Print the JSON Schema of a policy file."""
    print(render_schema())


def _render_check(layers: Layers, problems: Sequence[Problem], width: int) -> Iterator[str]:
    """Render what was found, a block for each file and variable."""
    if not problems:
        sources = dict.fromkeys(layer.source for layer in layers.values)
        yield f"no problem in {_render_all(sources)}" if sources else "no policy: all is default"
    blocks: dict[str, list[Problem]] = {}
    for problem in problems:
        blocks.setdefault(problem.source, []).append(problem)
    for source, rows in blocks.items():
        yield render_safe(f"{source} has {len(rows)} problem{'s' if len(rows) > 1 else ''}")
        has_places = any(each.place for each in rows)
        parts = [(each.place, each.message) if has_places else (each.message,) for each in rows]
        cells = [[*map(render_safe, each)] for each in parts]
        yield from render_table(cells, width)
    newer = render_newer(problems)
    if newer:
        yield newer


def _render_all(names: Iterable[str]) -> str:
    *first, last = map(render_safe, names)
    return f"{', '.join(first)} and {last}" if first else last
