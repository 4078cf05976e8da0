"""Bring removed distributions back from the attic: byte for byte, offline, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xrun.errors import XrunError
from xrun.removal.attic import link_or_copy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xrun.environment import Environment
    from xrun.removal.attic import Removal, Stowed


class RestoreError(XrunError):
    """What was asked for cannot be brought back; nothing was changed."""


def restore(
    environment: Environment, removal: Removal, names: Iterable[str] = ()
) -> tuple[Stowed, ...]:
    """Bring distributions of one removal back, all of them or none.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        names: Normalised; all of the removal if empty.

    Returns:
        What was brought back.

    Raises:
        RestoreError: One of them is not in the removal or is installed again, a file of theirs is
            in the way, or the environment has been made anew for another Python.
    """
    wanted = set(names)
    chosen = tuple(each for each in removal.distributions if not wanted or each.name in wanted)
    missing = wanted - {each.name for each in chosen}
    if missing:
        raise RestoreError(f"not in that removal: {', '.join(sorted(missing))}")
    for each in chosen:
        _check(environment, each)
    files = list(dict.fromkeys(file for each in chosen for file in each.files))
    done: list[Path] = []
    try:
        for file in files:
            target = environment.folder / file
            link_or_copy(removal.folder / "files" / file, target)
            done.append(target)
    except OSError as error:
        for target in done:
            target.unlink(missing_ok=True)
        raise RestoreError(f"could not be brought back: {error}") from error
    return chosen


def _check(environment: Environment, stowed: Stowed) -> None:
    """Check that a distribution can come back to where it was."""
    if stowed.name in environment.distributions:
        version = environment.distributions[stowed.name].version
        raise RestoreError(f"{stowed.name} {version} is installed; uninstall it first")
    info = next((file for file in stowed.files if file.endswith("/METADATA")), "")
    folder = (environment.folder / info).parent.parent
    if folder not in environment.site_packages:
        raise RestoreError(
            f"{environment.name} has been made anew for another Python",
            hint=f"install it again: uv pip install {stowed.name}=={stowed.version}",
        )
    in_the_way = [file for file in stowed.files if os.path.lexists(environment.folder / file)]
    if in_the_way:
        raise RestoreError(f"in the way of {stowed.name} {stowed.version}: {in_the_way[0]}")
