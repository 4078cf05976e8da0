"""`xrunctl restore`: what a run removed, brought back from the attic."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from packaging.utils import canonicalize_name

from xrun.ctl.messages import render_removal, render_restored
from xrun.ctl.target import ProjectOption, fail, find_subject
from xrun.errors import XrunError
from xrun.guard import check_is_whole
from xrun.locks import hold_gate
from xrun.removal import Removal, list_removals, restore

if TYPE_CHECKING:
    from xrun.environment import Environment


def restore_removed(
    names: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time, on Python 3.10 too
        typer.Argument(
            metavar="[NAME]...", help="Only these of the removal; all if none is named."
        ),
    ] = None,
    *,
    at: Annotated[int, typer.Option("--at", min=1, help="Which removal: 1 is the last one.")] = 1,
    lists: Annotated[bool, typer.Option("--list", help="List what could be brought back.")] = False,
    project: ProjectOption = None,
) -> None:
    """Bring back what the last run removed."""
    try:
        environment = find_subject(project, remembers=True).environment
        removals = list_removals(environment)
        if lists:
            now = time.time()
            for number, each in enumerate(removals, start=1):
                print(render_removal(number, each, now))
            return
        removal = _choose(removals, at, environment)
        check_is_whole(environment)
        with hold_gate(environment.folder):
            wanted = [canonicalize_name(name) for name in names or ()]
            done = restore(environment, removal, wanted)
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    for line in render_restored([each.name for each in done], environment.name):
        print(line, file=sys.stderr)


def _choose(removals: list[Removal], at: int, environment: Environment) -> Removal:
    """Choose a removal by its number.

    Raises:
        XrunError: There is none of that number.
    """
    if len(removals) < at:
        raise XrunError(
            f"the attic has {len(removals)} removals from {environment.name}, not {at}",
            hint="`xrunctl restore --list` shows what there is",
        )
    return removals[at - 1]
