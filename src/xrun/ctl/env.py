"""`xrunctl env`: the environments that xrun knows, and what it has put away of them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from xrun.ctl.attics import list_attics
from xrun.ctl.environments import (
    render_left,
    render_listed,
    render_nothing,
    render_pruned,
    render_removed,
    render_totals,
)
from xrun.ctl.target import STATUS_DRIFT, STATUS_NOT_DONE, fail
from xrun.environment.expired import delete_gone, find_reason, take_away
from xrun.environment.processes import render_use
from xrun.environment.separate import list_separate, resolve_separate
from xrun.environment.space import measure
from xrun.errors import XrunError
from xrun.proxy.command_line import parse_invocation
from xrun.report.text import find_width
from xrun.run.decide import list_absent
from xrun.run.elsewhere import may_move, resolve_purpose, selects_elsewhere
from xrun.run.locks import Locks
from xrun.run.look import Look, look_here
from xrun.run.plan import Response, Target, resolve_plan
from xrun.run.request import Run, make_no_project, read_request

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.separate import Separate

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at separate environments and at the attic, and remove what nobody needs.",
)


@app.command("list")
def list_environments() -> None:
    """List separate environments and the attic, by project."""
    try:
        attics, separate = list_attics(), [*list_separate()]
    except OSError as problem:
        raise fail(problem) from None
    width = find_width() if sys.stdout.isatty() else None
    for line in render_listed(separate, attics, time.time(), width):
        print(line)
    size = measure(*(each.folder for each in separate))
    for line in render_totals(len(separate), size, has_attic=bool(attics)):
        print(line)


@app.command("prune")
def prune(
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that nobody is in.")] = False,
) -> None:
    """Remove what is of no project any more, or unused for 30 days."""
    now = time.time()
    there = [(each, find_reason(each, now)) for each in list_separate()]
    chosen = [(each, reason) for each, reason in there if reason or everything]
    if not chosen:
        print(render_nothing(len(there)), file=sys.stderr)
    _remove(chosen)


@app.command("remove")
def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="As `xrunctl env list` names them.")
    ],
) -> None:
    """Remove separate environments by name."""
    there = {each.name: each for each in list_separate()}
    unknown = [name for name in dict.fromkeys(names) if name not in there]
    if unknown:
        told = f"no separate environment is named {', '.join(unknown)}; nothing was removed"
        raise fail(XrunError(told, hint="`xrunctl env list` shows what there is"))
    _remove([(there[name], "") for name in dict.fromkeys(names)])


def _remove(chosen: list[tuple[Separate, str]]) -> None:
    """Remove environments that nobody is in; of the others say who is."""
    removed: list[Separate] = []
    size, is_left = 0, False
    for separate, reason in chosen:
        folder = separate.environment.folder
        found = measure(separate.folder)
        try:
            alone = take_away(separate)
            state = "" if alone.is_had else render_use(folder, is_possible=alone.is_possible)
        except OSError as problem:
            state = str(problem)
        if state:
            is_left = True
            line = render_left(separate, state)
        else:
            removed.append(separate)
            size += found
            line = render_removed(separate, reason)
        print(line, file=sys.stderr)
    is_deleted = delete_gone()
    for line in render_pruned(len(removed), size, is_deleted=is_deleted):
        print(line, file=sys.stderr)
    if is_left or not is_deleted:
        raise typer.Exit(STATUS_NOT_DONE)


@app.command("path", context_settings={"ignore_unknown_options": True})
def path(
    words: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads this at run time, on Python 3.10 too
        typer.Argument(
            metavar="[WORD]...",
            help="What would stand behind `xrun`: `--extra plots`, a command that rules are for.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the folder of the environment that a run here uses."""
    typed = words or []
    typed = typed if parse_invocation(typed).command else [*typed, "python"]
    try:
        request = read_request(typed, remembers=False)
        folder = _find_folder(Run(request, resolve_plan(request)))
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    print(folder)
    if not folder.exists():
        raise typer.Exit(STATUS_DRIFT)


def _find_folder(this: Run) -> Path:
    """Find the environment that a run would use, whoever is in it just now.

    Raises:
        XrunError: There is none that stays, or only uv knows.
    """
    own = this.facts.environment
    if this.plan.row == "refused by uv":
        words = " ".join(this.invocation.unknown) or "this"
        raise XrunError(
            f"`uv run` does not take {words}", hint="`uv run --help` shows what it does"
        )
    if this.plan.target is Target.SCRIPT:
        script = this.invocation.command[0]
        told = "a script with inline metadata has an environment of its own, which only uv knows"
        raise XrunError(told, hint=f"`uv python find --script {script}` says which Python it has")
    if this.plan.mode == "isolated":
        raise XrunError("an isolated run has a fresh environment, which does not stay")
    if own is None:
        raise make_no_project(this.facts)
    return _resolve_separate(this) if _goes_elsewhere(this) else own.folder


def _resolve_separate(this: Run) -> Path:
    return resolve_separate(resolve_purpose(this)).environment.folder


def _goes_elsewhere(this: Run) -> bool:
    """Whether a run goes to a separate environment by its policy and what it selects."""
    if this.plan.response is not Response.PREPARE or not may_move(this):
        return this.plan.response is Response.SEPARATE
    try:
        comparison = look_here(this, Locks(is_peeking=True), Look()).comparison
    except XrunError:  # what keeps it from being compared, the run tells
        return False
    is_changed = comparison is not None and not comparison.is_clean
    is_elsewhere = comparison is not None and selects_elsewhere(this, comparison)
    return is_changed and is_elsewhere and not list_absent(this)
