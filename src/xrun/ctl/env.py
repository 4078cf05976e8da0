"""`xrunctl env`: separate environments and the attic by project, and what of them goes."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from xrun.ctl.env_text import find_project, render_listed, render_size
from xrun.ctl.output import find_columns, render_entry, say, tell_waiting
from xrun.ctl.target import STATUS_DRIFT, STATUS_NOT_DONE, fail, failing
from xrun.ctl.verbs import Argument, Exit, Option
from xrun.environment.attic import expiry
from xrun.environment.attic.journal import list_environments as list_known
from xrun.environment.attic.store import ATTIC, list_in, list_places
from xrun.environment.attic.stow import discard
from xrun.environment.environment import USUAL, Environment, is_central
from xrun.environment.memory import find_moved
from xrun.environment.processes import render_use
from xrun.environment.separate import find_folder, find_separate, list_separate
from xrun.environment.separate_expiry import (
    GONE,
    MOST_DAYS,
    delete_gone,
    find_lost,
    find_reason,
    is_gone,
    take_away,
)
from xrun.environment.space import list_sizes, measure
from xrun.errors import XrunError
from xrun.project.spelling import list_folder
from xrun.project.user_folders import list_state
from xrun.project.workspace import PYPROJECT
from xrun.proxy.dataclass import replace
from xrun.report.progress import show_progress
from xrun.run.where import find_used_folder
from xrun.words import DAY, count, render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Annotated

    from xrun.environment.attic.store import Removal
    from xrun.environment.separate import Separate


def list_() -> None:
    """List separate environments and backups, by project."""
    with failing():
        attics, separate = list_attics(), [*list_separate()]
    every: dict[tuple[int, int], int] = {}  # what two have is counted once
    sizes = {}
    with show_progress("measuring environments", is_terminal=sys.stderr.isatty()) as tell:
        for done, each in enumerate(separate):
            found = list_sizes(each.folder)
            sizes[each] = sum(found.values())
            every |= found
            tell(done, len(separate))
        lines = [*render_listed(sizes, attics, time.time(), find_columns())]
    for line in lines:
        print(line)
    if separate:
        size = render_size(sum(every.values()))
        number = count(len(separate), "separate environment")
        _print(f"{number}, {size} less what is linked from uv's cache.")
    if attics:
        size = render_size(expiry.MOST_BYTES)
        _print(
            f"Backups stay for {expiry.MOST_DAYS} days of use, the last {expiry.LAST} longer, up "
            f"to {size} an environment (hardlinks count in full, even to a file that is "
            "in use elsewhere)."
        )
    if not separate and not attics:
        _print("No separate environment, and no backup.")


def _print(text: str) -> None:
    print("\n".join(render_entry("", text, find_columns())))


def prune(
    *,
    everything: Annotated[bool, Option("--all", help="All that are not in use.")] = False,
) -> None:
    """Remove unused environments, and backups of gone projects.

    Unused means for 30 days, and by no command that runs now.
    """
    now = time.time()
    reasons = [(each, find_reason(each, now)) for each in list_separate()]
    chosen = [(each, reason) for each, reason in reasons if reason or everything]
    found = [(each, reason) for each in list_attics() if (reason := find_useless(each))]
    stay = [] if everything else [each for each, _ in found if _is_young(each, now)]
    lost = [each.name for each, reason in reasons if not (reason or everything) and find_lost(each)]
    if not reasons and not found:
        say(["there is no separate environment"])
    elif not (chosen or found or lost):
        state = "all are of projects that are there, and were used in the last"
        say([f"nothing to remove: {state} {MOST_DAYS} days"])
    for removals, reason in found:
        if removals in stay:
            continue
        for each in removals:
            discard(each)
        say([f"removed the backup of {removals[0].environment}: {reason}"])
    backups = [f"the backup of {removals[0].environment}" for removals in stay]
    for names, days in ((lost, MOST_DAYS), (backups, expiry.MOST_DAYS)):
        if names:
            why = f"for {days} days, because the project may have been moved"
            say([f"kept {render_names(names)} {why} (`xrunctl env prune --all` does not)"])
    _remove(chosen)


def _is_young(removals: Sequence[Removal], now: float) -> bool:
    """Whether backups may still be wanted: a project that was moved looks gone until it runs."""
    return now - removals[0].at < expiry.MOST_DAYS * DAY


def remove(
    names: Annotated[
        list[str], Argument(metavar="NAME...", help="As `xrunctl env list` names them.")
    ],
) -> None:
    """Remove separate environments by name."""
    separate = {each.name: each for each in list_separate()}
    unknown = [name for name in dict.fromkeys(names) if name not in separate]
    if unknown:
        message = f"no separate environment is named {', '.join(unknown)}; nothing was removed"
        raise fail(XrunError(message, hint="`xrunctl env list` shows what there is"))
    _remove([(separate[name], "") for name in dict.fromkeys(names)])


def _remove(chosen: Sequence[tuple[Separate, str]]) -> None:
    """Remove environments that are not in use, each for a reason; name the users of the others."""
    sizes = []
    for separate, reason in chosen:
        size = measure(separate.folder)
        try:
            alone = take_away(separate, tell=tell_waiting)
            folder = separate.environment.folder
            state = "" if alone.is_had else render_use(folder, is_possible=alone.is_possible)
        except (XrunError, OSError) as problem:
            state = str(problem)
        if state:
            say([f"not removed: {separate.name}: {state}"])
        else:
            sizes.append(size)
            say([f"removed {separate.name}: {reason}" if reason else f"removed {separate.name}"])
    is_deleted = delete_gone()
    if sizes:
        say([f"removed {count(len(sizes), 'separate environment')}, {render_size(sum(sizes))}"])
    if not is_deleted:
        say([f"not all files could be deleted: {find_folder()}{os.sep}{GONE}…"])
    if len(sizes) < len(chosen) or not is_deleted:
        raise Exit(STATUS_NOT_DONE)


def path(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[WORD]...",
            help="What would stand behind `xrun`: `--extra plots`, a command that rules are for.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the folder of the environment that a run here uses."""
    with failing():
        folder = find_used_folder(words or ())
    print(folder)
    if not folder.exists():
        raise Exit(STATUS_DRIFT)


def list_attics() -> list[tuple[Removal, ...]]:
    """List what is put away: the removals of each environment, always the newest first."""
    # Where the state folder does not take it, the attic lies in the environment.
    known = (Environment(folder, "") for folder in list_known())
    places = [path for environment in known for path in list_places(environment)[1]]
    places += [attic / name for attic in list_state(ATTIC) for name in list_folder(attic)]
    removals = (removal for place in places for removal in list_in(place))
    moved = {key: now for attic in list_state(ATTIC) for key, now in find_moved(attic).items()}
    found: dict[Path, list[Removal]] = {}
    for removal in sorted(removals, key=lambda each: -each.number):
        where = removal.environment
        now = Path(moved.get(removal.key, where))
        if os.path.lexists(now) or not os.path.lexists(where):  # else it was moved back
            where = now
        found.setdefault(where, []).append(replace(removal, environment=where))
    return [*map(tuple, found.values())]


def find_useless(removals: Sequence[Removal]) -> str:
    """Find why what is put away of an environment is of no use; empty where it may be.

    What is put away of a `.venv` stays as long as its project is there.
    """
    environment = removals[0].environment
    project, is_there = find_project(environment), os.path.lexists(environment)
    is_projects = environment.name == USUAL or find_separate(environment) is not None
    if is_projects and project is not None and is_gone(project / PYPROJECT):
        return f"its project is gone ({project})"
    has_none = is_central(environment) or project is None  # a script's, say
    return "it is gone itself" if not is_there and has_none else ""
