"""`xrunctl policy`: what is wrong in its files, and what may stand in them."""

from __future__ import annotations

import os
import sys

from xrun.ctl.output import find_columns
from xrun.ctl.target import (
    PROJECT,
    STATUS_DRIFT,
    failing,
    gather_project_facts,
    list_idle_entries,
)
from xrun.ctl.verbs import Exit, Option
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import read_layers
from xrun.policy.problems import render_newer
from xrun.policy.rules import read_circumstances
from xrun.policy.schema import render_schema
from xrun.project.uv_variables import decide_colour
from xrun.report.excerpt import render_problems
from xrun.report.json import render_document
from xrun.words import count, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Annotated, Literal

    from xrun.policy.load import Layers
    from xrun.policy.problems import Problem

FORMAT_VERSION = 1  # grows when a key of the JSON goes or changes its meaning


def check(
    project: Annotated[str | None, PROJECT] = None,
    output_format: Annotated[
        Literal["text", "json"], Option("--output-format", help="For people or programs.")
    ] = "text",
) -> None:
    """List all problems of all policy files.

    Also what does not count, and entries of `keep` without effect (for which uv is asked).
    """
    with failing():
        _, facts = gather_project_facts(project)
        layers = read_layers(facts.workspace, facts.folder, os.environ)
        now = read_circumstances(None, os.environ, is_terminal=os.isatty(2))
        found = [*check_layers(layers, facts.workspace, now), *list_looser(layers, now)]
        problems = layers.locate([*found, *list_idle_entries(layers, project)])
    if output_format == "json":
        documents = [_make_document(each) for each in problems]
        print(render_document({"problems": documents}, FORMAT_VERSION))
    else:
        has_colour = decide_colour(os.environ, is_terminal=sys.stdout.isatty())
        lines = render_problems(problems, width=find_columns(), has_colour=has_colour)
        print("\n".join([*lines, _render_sum(layers, problems)]))
    if problems:
        raise Exit(STATUS_DRIFT)


def schema() -> None:
    """Print the JSON Schema of a policy file."""
    print(render_schema())


def _make_document(problem: Problem) -> dict[str, object]:
    at = problem.at
    return {
        "column": at.column if at else None,
        "key": problem.place or None,
        "line": at.line or None if at else None,
        "message": problem.message,
        "severity": "warning" if problem.is_warning else "error",
        "source": problem.source,
    }


def _render_sum(layers: Layers, problems: Sequence[Problem]) -> str:
    """Render the last line: how many problems there are, and in what."""
    if problems:
        sources = dict.fromkeys(each.source for each in problems)
        parts = (
            f"{count(len(problems), 'problem')} in {_render_all(sources)}",
            render_newer(problems),
        )
        return "; ".join(filter(None, parts))
    sources = dict.fromkeys(layer.source for layer in layers.values)
    return f"no problem in {_render_all(sources)}" if sources else "no policy: all is default"


def _render_all(names: Iterable[str]) -> str:
    *first, last = map(render_safe, names)
    return f"{', '.join(first)} and {last}" if first else last
