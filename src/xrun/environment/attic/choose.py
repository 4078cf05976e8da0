"""Choose what comes back from the attic, by what of it is installed."""

from __future__ import annotations

import enum
import itertools

from xrun.environment.attic.file_operations import differs, is_missing
from xrun.environment.attic.store import MANIFEST
from xrun.environment.distribution import BYTE_CODE
from xrun.environment.environment import Environment
from xrun.environment.needs import find_needs
from xrun.errors import XrunError, render_cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xrun.environment.attic.store import Removal, Removed


class RestoreError(XrunError):
    """What was asked for cannot be brought back; nothing was changed."""


class Presence(enum.Enum):
    """What of a distribution in the attic is installed."""

    ABSENT = enum.auto()
    PARTIAL = enum.auto()  # just as in the attic, but files are missing
    WHOLE = enum.auto()
    OTHER = enum.auto()  # another version, or the same from another source


def find_presence(environment: Environment, removal: Removal, removed: Removed) -> Presence:
    """Find what of a distribution in the attic is installed; byte code is left aside.

    Raises:
        RestoreError: Files could not be compared.
    """
    if removed.name not in environment.distributions:
        return Presence.ABSENT
    there = {each.folder for each in environment.every_distribution if each.name == removed.name}
    own = {
        environment.folder / each.info
        for each in removal.distributions
        if each.name == removed.name
    }
    if there - own:
        return Presence.OTHER
    if environment.folder / removed.info not in there:
        return Presence.ABSENT
    files = [file for file in removed.files if not file.endswith(BYTE_CODE)]
    pairs = {file: removal.find_both(environment, file) for file in files}
    found = [file for file in files if not is_missing(*pairs[file])]
    try:
        if any(_is_another(*pairs[file]) and file not in removal.unlisted for file in found):
            return Presence.OTHER
    except OSError as error:
        raise RestoreError(f"could not be brought back: {render_cause(error)}") from error
    return Presence.WHOLE if found == files else Presence.PARTIAL


def _is_another(stowed: str, present: str) -> bool:
    """Whether a file differs from that in the attic, if one is: a kill may have kept it out."""
    try:
        return differs(stowed, present)
    except FileNotFoundError:
        return False


def check_is_believed(removal: Removal) -> Removal:
    """Check that what the attic says of a removal is what xrun writes: it is input like any other.

    Returns:
        The same.

    Raises:
        RestoreError: It names what is no distribution, or a path that leads out of the environment
            or is of what that is made with.
    """
    if removal.oddity:
        raise RestoreError(
            f"nothing was brought back: {removal.folder / MANIFEST} has {removal.oddity} "
            "where a distribution's name, version or file belongs",
            hint=f"move {removal.folder} away; then the same command goes on without it",
        )
    return removal


def choose_removal(
    removals: Iterable[Removal], names: Collection[str], at: int = 0
) -> Removal | None:
    """Choose the removal that is meant: by its number, else the last that has all that is named.

    Args:
        removals: The newest first; they may be many, and none is asked for behind the one.
        names: Normalised; if empty, it is the last in which a run removed something: what was
            replaced, or made way for what came back, comes back by its name.
        at: 1 for the last one.
    """
    if at:
        return next(itertools.islice(removals, at - 1, None), None)
    others: list[Removal] = []
    for removal in removals:
        is_meant = bool(removal.removed) and not removal.is_swap
        if names:
            is_meant = {*names} <= {each.name for each in removal.distributions}
        if is_meant:
            return removal
        others.append(removal)
    by_runs = (each for each in others if not each.is_swap)
    return next(by_runs, others[0]) if others and not names else None


def choose(
    environment: Environment, removal: Removal, names: Iterable[str] = ()
) -> tuple[Removed, ...]:
    """Choose what to bring back of one removal.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        names: Normalised; what they need comes with them, if it went with them and is not
            installed again. If empty, all that was removed and is not installed in another
            version; what was replaced by another version comes back only by its name.

    Raises:
        RestoreError: One of them is not in the removal, or there is nothing to choose.
    """
    wanted = set(names)
    if not wanted:
        return _choose_removed(environment, removal)
    missing = wanted - {each.name for each in removal.distributions}
    if missing:
        raise RestoreError(f"not in that removal: {', '.join(sorted(missing))}")
    attic = Environment(removal.find_stowed(""), environment.name)
    needed = set(find_needs(attic, ((name, ()) for name in wanted), environment))
    return tuple(
        each
        for each in removal.distributions
        if each.name in wanted
        or (
            each.name in needed
            and each.replaced_by is None
            and find_presence(environment, removal, each) in {Presence.ABSENT, Presence.PARTIAL}
        )
    )


def _choose_removed(environment: Environment, removal: Removal) -> tuple[Removed, ...]:
    if not removal.removed:
        first = removal.distributions[0].name
        raise RestoreError(
            "nothing was removed then, only replaced",
            hint=f"`xrunctl restore {first}` brings the former {first} back, by its name",
        )
    there = environment.distributions
    found = tuple(
        each
        for each in removal.removed
        if each.name not in there
        or each.version == there[each.name].version
        or find_presence(environment, removal, each) is not Presence.OTHER
    )
    if not found:
        first = removal.removed[0].name
        raise RestoreError(
            f"{first} is installed in another version: {there[first].version}",
            hint=f"`xrunctl restore {first}` brings {removal.removed[0].version} back instead",
        )
    return found
