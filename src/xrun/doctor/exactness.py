"""Whether a plain run in this project is exact, and whether its policy can be followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xrun.doctor.diagnosis import mend, note
from xrun.errors import NotAllowedError
from xrun.plan import HAS_DRY_RUN
from xrun.policy.load import read_layers
from xrun.policy.rules import read_circumstances
from xrun.policy.survey import check_layers, list_looser
from xrun.wording import render_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.doctor.diagnosis import Diagnosis
    from xrun.doctor.scene import Scene
    from xrun.policy.problems import Problem

POINTER = "`xrunctl policy check` tells them"


def check_policy(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the policy can be followed, by this xrun; what is wrong is told elsewhere."""
    facts = scene.facts
    layers = read_layers(facts.workspace, facts.folder, scene.environ)
    now = read_circumstances(None, scene.environ, is_terminal=os.isatty(2))
    problems = check_layers(layers, facts.workspace, now)
    if problems:
        yield mend(f"{_render_count(problems)} in the policy", "Nothing is run.", POINTER)
        return
    looser = list_looser(layers, now)
    if looser:
        why = "It is looser than what a weaker policy enforces, and does not count."
        yield note(f"{_render_count(looser)} in the policy", why, POINTER)


def _render_count(problems: Sequence[Problem]) -> str:
    count = len(problems)
    sources = render_names([*dict.fromkeys(each.source for each in problems)])
    return f"{count} problem{'s' if count > 1 else ''} of {sources}"


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
            "`xrunctl explain -- python` says what is done",
        )
