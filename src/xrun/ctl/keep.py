"""`xrunctl keep`: distributions that stay in the environment although nothing declares them."""

from __future__ import annotations

import os
from datetime import datetime

from xrun.ctl.output import say
from xrun.ctl.target import PROJECT, failing, find_place, find_run
from xrun.ctl.verbs import Argument, Option
from xrun.drift.kept import compare_keeping, find_idle, find_named
from xrun.errors import NotAllowedError, XrunError
from xrun.policy.enforce import check_kept
from xrun.policy.files import render_path
from xrun.policy.keep import Keep, parse_keep
from xrun.policy.keys import Layer
from xrun.policy.load import read_layers
from xrun.policy.problems import PolicyError, Wrong
from xrun.proxy.dataclass import replace
from xrun.run.local_policy import find_local_file
from xrun.run.remember import remember_kept
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Annotated

    from xrun.environment.environment import Environment
    from xrun.policy.chain import Floor


def keep(
    names: Annotated[
        list[str],
        Argument(
            metavar="NAME...",
            help="Names, each with a specifier and a marker if need be; @editors for editors' own.",
        ),
    ],
    *,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Why it has to stay.")] = "",
    until: Annotated[
        str | None,
        Option("--until", metavar="YYYY-MM-DD", help="The day from which on it is an error."),
    ] = None,
    team: Annotated[
        bool, Option("--team", help="For everyone: into the policy of the workspace.")
    ] = False,
    project: Annotated[str | None, PROJECT] = None,
) -> None:
    """Keep distributions that nothing declares.

    On this machine (`xrun.local.toml`), or for everyone.
    """
    from xrun.policy.edit import add_keep, complete_keep, exclude_from_git, find_team_file

    with failing():
        entries = _parse_entries(names, reason, until)
        # Not its policy: that an entry has come to its end must not keep it from being renewed.
        place = find_place(project, remembers=True)
        path = find_team_file(place.workspace) if team else find_local_file(place.workspace)
        entries = complete_keep(path, entries)
        layers = read_layers(place.workspace, place.facts.folder, os.environ)
        floors = layers.find_floors(Layer.WORKSPACE if team else Layer.LOCAL, path)
        _check_kept(floors.get("keep"), entries)
        changed = add_keep(path, entries)
        if not team:
            exclude_from_git(path)
    unmet = _list_unmet(entries, place.environment)
    declared = _find_declared(entries, project)
    say(list_said(changed, unmet, declared, render_path(path), place.environment.name))


def _check_kept(floor: Floor | None, entries: list[Keep]) -> None:
    """Check that what is to be written would count."""
    try:
        check_kept(floor, entries)
    except NotAllowedError as problem:
        message = f"nothing was written: {problem.message}"
        raise NotAllowedError(message, hint=problem.hint) from None


def _find_declared(entries: list[Keep], project: str | None) -> dict[str, str]:
    """Find which entries have no effect, each name with the version that is declared."""
    try:
        run = find_run(project, remembers=True)
        comparison = compare_keeping(run.sync, run.plan.keep)
    except (XrunError, OSError):  # of another entry, say; the next run tells it
        return {}
    remember_kept(comparison)
    idle = find_idle(comparison, entries)
    return {each.name: comparison.declared[each.name] or "" for each in idle}


def _list_unmet(entries: list[Keep], environment: Environment) -> list[tuple[Keep, str]]:
    """List the entries that keep nothing now, each with the version that is installed."""
    versions = {name: found.version for name, found in environment.distributions.items()}
    unmet = [each for each in entries if not find_named(environment, [each])]
    return [(each, versions.get(each.name, "")) for each in unmet]


def _parse_entries(names: list[str], reason: str, until: str | None) -> list[Keep]:
    """Parse what was typed, as the policy's file would be."""
    more = {"reason": reason, **({"until": until} if until else {})}
    try:
        entries = list(parse_keep([{"name": name, **more} for name in names]))
    except Wrong as wrong:
        problems = (replace(e, source=_name_argument(e.place, names)) for e in wrong.problems)
        raise PolicyError("nothing was written", problems) from None
    if any(each.until and each.until <= datetime.now().astimezone().date() for each in entries):
        raise XrunError(f"nothing was written: --until {until} has come already")
    return entries


def _name_argument(place: str, names: list[str]) -> str:
    """Name the argument that a problem of the list is about."""
    number, _, field = place.removeprefix("[").partition("]")
    return names[int(number)] if field in {"", ".name"} else f"--{field.removeprefix('.')}"


def list_said(
    changed: Sequence[str],
    unmet: Sequence[tuple[Keep, str]],
    declared: Mapping[str, str],
    file: str,
    where: str,
) -> Iterator[str]:
    """List what is said of entries that were written, and of what in them keeps nothing as yet.

    Args:
        changed: The names whose entries are new or changed, normalised.
        unmet: Entries that keep nothing, each with the version that is installed, if one is.
        declared: The names that are declared, so that their entries have no effect, with versions.
        file: The policy.
        where: The environment.
    """
    idle = {entry.name for entry, version in unmet} | declared.keys()
    held = [name for name in changed if name not in idle]
    if held:
        yield f"kept from now on: {render_names(held)} ({file})"
    if not changed:
        yield f"nothing to change: {file} keeps that already"
    for entry, version in unmet:
        if version:
            there = f"{entry.requirement.name} {version}, which is in {where}"
            yield f"`{entry.requirement}` is in {file}, but not for {there}"
    for name, version in declared.items():
        yield (
            f"{name} is declared, so the lock file decides ({version}), not the entry in {file}; "
            f"`xrunctl keep {name}==VERSION` holds one"
        )
    absent = [
        entry.requirement.name
        for entry, version in unmet
        if not version and entry.name not in declared
    ]
    if absent:
        verb, once = ("is", "it is") if len(absent) == 1 else ("are", "they are")
        yield f"{render_names(absent)} {verb} not installed in {where}; kept once {once} ({file})"
