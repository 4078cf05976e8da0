"""Bring removed distributions back from the attic: byte for byte, offline, and nothing else."""

from __future__ import annotations

import dataclasses
import filecmp
import os
from typing import TYPE_CHECKING

from xrun.environment import Environment, find_needs
from xrun.errors import XrunError
from xrun.removal.attic import stow
from xrun.removal.files import link_or_copy
from xrun.removal.journal import Gone, load_entries, make_gone, write_entry
from xrun.removal.prune import prune

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xrun.facts import Facts
    from xrun.removal.attic import Removal, Stowed


# Without either of them a folder is no installed distribution.
MAKES_INSTALLED = (".dist-info/METADATA", ".dist-info/RECORD")


class RestoreError(XrunError):
    """What was asked for cannot be brought back; nothing was changed."""


def choose(
    environment: Environment, removal: Removal, names: Iterable[str] = ()
) -> tuple[Stowed, ...]:
    """Choose what to bring back of one removal.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        names: Normalised; what they need comes with them, if it went with them and is not
            installed again. If empty, all that was removed and is not installed again; what was
            replaced by another version comes back only by its name.

    Raises:
        RestoreError: One of them is not in the removal, or nothing in it was removed.
    """
    wanted = set(names)
    absent = {each for each in removal.removed if each.name not in environment.distributions}
    if not wanted:
        if not removal.removed:
            first = removal.distributions[0].name
            raise RestoreError(
                "nothing was removed then, only replaced",
                hint=f"`xrunctl restore {first}` brings the former {first} back, by its name",
            )
        found = tuple(each for each in removal.removed if each in absent)
        return found or removal.removed  # all are there: let the first one say so
    missing = wanted - {each.name for each in removal.distributions}
    if missing:
        raise RestoreError(f"not in that removal: {', '.join(sorted(missing))}")
    attic = Environment(removal.folder / "files", environment.name)
    needed = set(find_needs(attic, ((name, ()) for name in wanted), environment.markers))
    return tuple(
        each
        for each in removal.distributions
        if each.name in wanted or (each in absent and each.name in needed)
    )


def restore(environment: Environment, removal: Removal, chosen: Iterable[Stowed]) -> None:
    """Bring distributions of one removal back, all of them or none.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        chosen: From `choose`.

    Raises:
        RestoreError: One of them is installed again, a file of theirs is in the way, or the
            environment has been made anew for another Python.
    """
    chosen = tuple(chosen)
    for each in chosen:
        _check(environment, removal, each)
    files = list(dict.fromkeys(file for each in chosen for file in each.files))
    # Killed half-way, nothing counts as installed that is not whole; once more goes on from there.
    files.sort(key=lambda file: (".dist-info/" in file, file.endswith(MAKES_INSTALLED)))
    done: list[Path] = []
    try:
        for file in files:
            target = environment.folder / file
            if os.path.lexists(target):
                continue  # the same, as was checked
            link_or_copy(removal.folder / "files" / file, target)
            done.append(target)
    except OSError as error:
        for target in done:
            target.unlink(missing_ok=True)
        raise RestoreError(f"could not be brought back: {error}") from error


def take_out(facts: Facts, environment: Environment, chosen: Iterable[Stowed]) -> Removal | None:
    """Take the versions out that replaced distributions, so that these can come back.

    They go to the attic as well, and the journal has a line of it.

    Returns:
        Their removal; `None` if none of the distributions is installed in another version.

    Raises:
        RestoreError: uv could not remove them.
        AtticError: They could not be put away.
    """
    present = environment.distributions
    others = {
        each.name: each.version
        for each in chosen
        if each.name in present and present[each.name].version != each.version
    }
    removal = stow(environment, others)
    if removal is None:
        return None
    gone = [
        make_gone(name, present[name].version, present[name].read_provenance(), version)
        for name, version in others.items()
    ]
    status, said = prune(facts, environment, sorted(others), os.environ)
    if status != 0:
        last = [line for line in said if line.strip()][-1:]
        raise RestoreError(f"uv could not remove {', '.join(sorted(others))}: {' '.join(last)}")
    write_entry(removal.at, environment, gone)
    return removal


def bring_back(
    facts: Facts, environment: Environment, removal: Removal, chosen: Iterable[Stowed]
) -> None:
    """Bring distributions of one removal back; what replaced them since goes to the attic.

    Raises:
        RestoreError: As `restore`; then all is as it was before.
        AtticError: What replaced one of them could not be put away.
    """
    chosen = tuple(chosen)
    swapped = take_out(facts, environment, [each for each in chosen if each.replaced_by])
    now = dataclasses.replace(environment)  # read anew
    try:
        restore(now, removal, chosen)
    except RestoreError:
        if swapped is not None:
            restore(dataclasses.replace(environment), swapped, swapped.distributions)
        raise


def _check(environment: Environment, removal: Removal, stowed: Stowed) -> None:
    """Check that a distribution can come back to where it was."""
    if stowed.name in environment.distributions:
        version = environment.distributions[stowed.name].version
        raise RestoreError(f"{stowed.name} {version} is installed; uninstall it first")
    info = next((file for file in stowed.files if ".dist-info/" in file), "")
    folder = (environment.folder / info).parent.parent
    if info and folder not in environment.site_packages:
        raise RestoreError(
            f"{environment.name} has been made anew for another Python",
            hint=f"install it again: `{render_install(environment, stowed.name, stowed.version)}`",
        )
    for file in stowed.files:
        try:
            is_other = _is_other(removal.folder / "files" / file, environment.folder / file)
        except OSError as error:
            raise RestoreError(f"could not be brought back: {error}") from error
        if is_other:
            raise RestoreError(f"in the way of {stowed.name} {stowed.version}: {file}")


def _is_other(stowed: Path, present: Path) -> bool:
    """Whether something else is where a file should come back to."""
    if not os.path.lexists(present):
        return False
    if stowed.is_symlink() or present.is_symlink():
        return not (
            stowed.is_symlink()
            and present.is_symlink()
            and os.readlink(stowed) == os.readlink(present)  # noqa: PTH115 - compared as text
        )
    return not present.is_file() or not filecmp.cmp(stowed, present, shallow=False)


def render_install(environment: Environment, name: str, version: str = "") -> str:
    """Render what installs a distribution again that the attic no longer has; empty if unknown."""
    for entry in load_entries(environment):
        for gone in entry.removed:
            if gone.name == name and version in {"", gone.version}:
                return gone.render_install(environment.name)
    return Gone(name, version).render_install(environment.name) if version else ""
