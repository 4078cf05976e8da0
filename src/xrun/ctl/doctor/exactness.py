"""Whether a plain run in this project is exact, and whether its policy can be followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xrun.ctl.doctor.diagnosis import mend, note
from xrun.errors import NotAllowedError
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import read_layers
from xrun.policy.rules import read_circumstances
from xrun.project.uv_variables import HAS_DRY_RUN
from xrun.words import render_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene
    from xrun.policy.problems import Problem

# What mends a row of the plan's table.
CURES = {
    "no sync": "`unset UV_NO_SYNC`",
    "no project": "`unset UV_NO_PROJECT`",
    "isolated, no sync": "`unset UV_NO_SYNC`, or UV_ISOLATED",
    "unmanaged": "take `managed = false` out of pyproject.toml",
    "no [project]": "declare something: a [project] table in pyproject.toml",
    "unreadable": "`uv lock` says what is wrong in it",
}
POINTER = "`xrunctl policy check` says more"


def check_policy(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the policy can be followed, by this xrun; what is wrong is told elsewhere."""
    facts = scene.facts
    layers = read_layers(facts.workspace, facts.folder, scene.environ)
    now = read_circumstances(None, scene.environ, is_terminal=os.isatty(2))
    problems = check_layers(layers, facts.workspace, now)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        yield mend(
            f"the policy has {count}: {_render_sources(problems)}", "Nothing is run.", POINTER
        )
        return
    looser = list_looser(layers, now)
    if looser:
        told = f"the policy says what does not count: {_render_sources(looser)}"
        yield note(told, "It is looser than what a weaker file enforces.", POINTER)


def _render_sources(problems: Sequence[Problem]) -> str:
    return render_names([*dict.fromkeys(each.source for each in problems)])


def check_exactness(scene: Scene) -> Iterator[Diagnosis]:
    """Check that a plain run here is exact, and is not refused."""
    plan = scene.plan
    try:
        scene.check_allowed()
    except NotAllowedError as error:
        told = error.message.removeprefix("not run: ")
        yield mend(f"no command is run here: {told}", error.hint)
        return
    environment = scene.environment
    is_told = scene.facts.version < HAS_DRY_RUN or (environment and not environment.is_writable)
    if plan.reason and scene.facts.workspace is not None and not is_told:
        yield mend(
            f"runs here are not exact: {plan.reason}",
            "What is extraneous stays; a report follows each run, where uv can compare.",
            CURES.get(plan.row, "`xrunctl explain -- python` says what is done"),
        )
