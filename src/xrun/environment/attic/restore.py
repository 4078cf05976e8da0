"""Bring removed distributions back from the attic: byte for byte, offline, and nothing else."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from xrun.environment.attic.choose import Presence, RestoreError, find_presence
from xrun.environment.attic.files import differs, link_or_copy
from xrun.environment.attic.journal import load_entries, write_entry
from xrun.environment.attic.store import Removed, list_removals, order_files
from xrun.environment.attic.stow import stow, sweep
from xrun.environment.attic.uninstall import prune
from xrun.environment.damage import find_broken
from xrun.environment.processes import render_use
from xrun.proxy import run_lock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from xrun.environment import Environment
    from xrun.environment.attic.store import Removal


def restore(environment: Environment, removal: Removal, chosen: Iterable[Removed]) -> None:
    """Bring distributions of one removal back, all of them or none; what is there already stays.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        chosen: From `choose`; none of them is installed otherwise.

    Raises:
        RestoreError: A file is in the way, or the environment has been made anew for another
            Python.
    """
    chosen = tuple(chosen)
    _check_is_place(environment, chosen)
    # Killed half-way, nothing has a RECORD that is not whole; once more goes on from there.
    files = order_files(chosen)
    _check_way(environment, removal, files)
    done: list[Path] = []
    try:
        for file in files:
            target = environment.folder / file
            if os.path.lexists(target):
                continue  # the same, as was checked
            link_or_copy(removal.find_stowed(file), target)
            done.append(target)
    except OSError as error:
        for target in done:
            target.unlink(missing_ok=True)
        raise _make_error(error) from error


def _make_error(error: OSError) -> RestoreError:
    return RestoreError(f"could not be brought back: {error}")


def _check_is_place(environment: Environment, chosen: Sequence[Removed]) -> None:
    """Check that distributions would come back to where that environment's Python looks."""
    if not environment.exists:
        raise RestoreError(
            f"{environment.name} is not there",
            hint="`xrunctl sync` makes it anew; then the same command brings back what was in it",
        )
    infos = [environment.folder / each.info for each in chosen if each.info]
    if any(info.parent not in environment.site_packages for info in infos):
        installs = [render_install(environment, each.name, each.version) for each in chosen]
        raise RestoreError(
            f"{environment.name} has been made anew for another Python; what was removed fits "
            "only the former one",
            details=tuple(dict.fromkeys(installs)),
            hint="that installs it again, as far as the journal knows; `xrunctl keep` keeps it",
        )


def _check_way(environment: Environment, removal: Removal, files: Sequence[str]) -> None:
    """Check that nothing else is where files should come back to."""
    there: set[Path] = set()
    for file in files:
        target = environment.folder / file
        if target.parent not in there:
            parents = [each for each in target.parents if environment.folder in each.parents]
            for parent in reversed(parents):
                if os.path.lexists(parent) and not parent.is_dir():
                    raise _make_in_way(environment, parent)
            there.add(target.parent)
        try:
            is_other = os.path.lexists(target) and differs(removal.find_stowed(file), target)
        except OSError as error:
            raise _make_error(error) from error
        if is_other:
            raise _make_in_way(environment, target)


def _make_in_way(environment: Environment, path: Path) -> RestoreError:
    where = os.path.relpath(path, environment.folder)
    return RestoreError(
        f"in the way, and not what the attic has: {environment.name}/{where}",
        hint="move it away; then the same command goes on",
    )


def bring_back(
    uv: str,
    environment: Environment,
    removal: Removal,
    chosen: Iterable[Removed],
    wanted: Collection[str] = (),
) -> tuple[Removed, ...]:
    """Bring distributions of one removal back, as far as they are not there.

    Args:
        uv: The program.
        environment: Where they were, and go again.
        removal: From `list_removals`.
        chosen: From `choose`.
        wanted: Names, normalised: what is installed instead of one of these goes to the attic.

    Returns:
        What was brought back, or completed.

    Raises:
        RestoreError: As `restore`; then all is as it was before.
        AtticError: What is installed instead of one of them could not be put away.
    """
    found = {each: find_presence(environment, removal, each) for each in chosen}
    others = [each for each in found if found[each] is Presence.OTHER and each.name in wanted]
    missing = {Presence.ABSENT, Presence.PARTIAL}
    back = [each for each in found if found[each] in missing or each in others]
    if back:
        _check_is_place(environment, back)
    swapped = _take_out(uv, environment, others)
    try:
        restore(dataclasses.replace(environment), removal, back)
    except RestoreError:
        if swapped is not None:
            restore(dataclasses.replace(environment), swapped, swapped.distributions)
        raise
    with contextlib.suppress(RestoreError):
        _complete(environment, {each.name for each in found})
    return tuple(back)


def _take_out(uv: str, environment: Environment, others: Sequence[Removed]) -> Removal | None:
    """Take out what is installed instead, to the attic; the journal has a line of it.

    Raises:
        RestoreError: uv could not remove it, or commands run in the environment.
        AtticError: It could not be put away.
    """
    instead = {each.name: each.version for each in others}
    for each in environment.every_distribution:
        if each.name in instead and not any(each.read_files()):
            raise RestoreError(
                f"{each.name} {each.version} is installed instead, and no RECORD says which files "
                "are its own",
                hint=f"delete {each.folder} and what belongs to it; then the same command goes on",
            )
    alone = run_lock.be_alone(str(environment.folder)) if instead else run_lock.Alone(-1)
    try:
        if not alone.is_had:
            use = render_use(environment.folder, is_possible=alone.is_possible)
            raise RestoreError(
                f"{environment.name} is {use} and what is installed instead of "
                f"{', '.join(sorted(instead))} would have to go",
                hint="the same command goes on when nothing runs there",
            )
        removal = stow(environment, instead)
        if removal is None:
            return None
        status, said = prune(uv, environment, sorted(instead), os.environ)
    finally:
        alone.release()
    if status != 0:
        last = [line for line in said if line.strip()][-1:]
        raise RestoreError(f"uv could not remove {', '.join(sorted(instead))}: {' '.join(last)}")
    sweep(removal, environment)
    write_entry(removal)
    return removal


def _complete(environment: Environment, names: Collection[str]) -> None:
    """Bring back files that RECORD lists and an earlier removal has: a later one had not all.

    So it is where uv was killed while it removed, and the next run removed the rest.
    """
    for removal in list_removals(environment):
        now = dataclasses.replace(environment)
        broken = find_broken(now, names)
        parts = [each for each in removal.distributions if each.name in broken]
        parts = [each for each in parts if find_presence(now, removal, each) is Presence.PARTIAL]
        if parts:
            restore(now, removal, parts)


def render_install(environment: Environment, name: str, version: str = "") -> str:
    """Render what installs a distribution again that the attic no longer has; empty if unknown."""
    for entry in load_entries(environment):
        for each in entry.distributions:
            if each.name == name and version in {"", each.version}:
                return each.render_install(environment.name)
    return Removed(name, version).render_install(environment.name) if version else ""
