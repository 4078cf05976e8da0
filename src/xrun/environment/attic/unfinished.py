"""Removals whose step failed or was killed: journaled, put back, or brought to an end."""

from __future__ import annotations

import contextlib
import os

from xrun.environment.attic.file_operations import differs, is_missing, link_or_copy, remove_files
from xrun.environment.attic.journal import load_entries, write_entry
from xrun.environment.attic.own_files import Folders, list_below, may_remove
from xrun.environment.attic.shared import give_back
from xrun.environment.attic.store import list_removals, order_files
from xrun.environment.attic.stow import (
    complete,
    discard,
    find_changed,
    is_as_stowed,
    is_untouched,
    sweep,
)
from xrun.environment.damage import find_broken, list_lacking
from xrun.environment.distribution import BYTE_CODE
from xrun.environment.marker import read_detail, was_interrupted
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from xrun.environment.attic.store import Removal, Removed
    from xrun.environment.environment import Environment


def list_unfinished(environment: Environment) -> list[Removal]:
    """List the removals that the journal has no line of: their step was interrupted."""
    journaled = {entry.at for entry in load_entries(environment)}
    return [removal for removal in list_removals(environment) if removal.at not in journaled]


def skip_begun(removals: Iterable[Removal], environment: Environment) -> Iterator[Removal]:
    """Skip what a restore that was killed had put away for that which it was to bring back."""
    unfinished = list_unfinished(environment) if was_interrupted(environment) else []
    begun = [each.folder for each in unfinished if each.is_swap]
    return (removal for removal in removals if removal.folder not in begun)


def finish_unfinished(environment: Environment) -> None:
    """Finish what an interrupted step began, and undo an interrupted restore; locked.

    What was to be moved to the attic is put away first. What shared files with what went has its
    own ones again. Of what is as it was no backup stays.
    """
    found, restored = list_unfinished(environment), read_detail(environment)
    for removal in found:
        with contextlib.suppress(OSError):  # what is not put away stays where it is
            complete(removal, environment)
        if removal.is_swap:
            put_back(removal, environment, {each.name for each in removal.distributions})
    half = [each for each in list_removals(environment) if each.folder.name == restored]
    for removal in (*found, *half):
        finish(removal, environment)
        give_back(environment, removal)
    for removal in found:
        if is_untouched(removal, environment):
            discard(removal)


def note_unfinished(environment: Environment) -> tuple[str, ...]:
    """Note in the journal what went in a step that was killed; what did not go leaves the attic.

    Args:
        environment: As it is now; its change lock is held.

    Returns:
        The names of what went.
    """
    names: set[str] = set()
    for removal in list_unfinished(environment):
        changed = find_changed(removal, environment)
        gone = tuple(each for each in removal.distributions if each.name in changed)
        if gone:
            write_entry(replace(removal, distributions=gone))
        else:
            discard(removal)
        names |= {each.name for each in gone}
    return tuple(sorted(names))


def put_back(removal: Removal, environment: Environment, names: Collection[str]) -> tuple[str, ...]:
    """Put back what a removal took and is not whole now, as it was; its change lock is held.

    What came instead goes: what its RECORD lists and nothing else owns, and its `.dist-info`. What
    is whole stays, in whatever version. A file that others have too stays as it is, unless a
    restore had replaced it. Stopped half-way, this can be done again.

    Args:
        removal: Of the step that failed or was interrupted.
        environment: Where it was made.
        names: Normalised; only these are looked at.

    Returns:
        The names of what is whole again.
    """
    sweep(removal, environment)  # what is left of a `.dist-info` folder is no damage
    environment = replace(environment)
    broken = _find_lost(removal, environment) & {*names}
    parts = [each for each in removal.distributions if each.name in broken]
    files = {os.path.join(environment.folder, file) for each in parts for file in each.files}  # noqa: PTH118
    infos = {environment.folder / each.info for each in parts}
    present = [each for each in environment.every_distribution if each.name in broken]
    came = {path for each in present for path in each.paths}
    for folder in {each.folder for each in present} - infos:
        came |= {str(folder / "RECORD"), *list_below(folder)}
    others = _list_owned(environment, {each.folder for each in present})
    with contextlib.suppress(OSError):  # then it is still lost
        remove_files(environment, came - files - others)
    folders = Folders(environment)
    for each in parts:
        with contextlib.suppress(OSError):  # then it is still lost
            _link_back(folders, removal, each, () if removal.is_swap else others)
    return tuple(sorted(broken - _find_lost(removal, replace(environment))))


def _find_lost(removal: Removal, environment: Environment) -> set[str]:
    """Find what of a removal is neither as it was nor whole in another version."""
    changed = find_changed(removal, environment)
    broken = find_broken(environment, changed, sizes=True)
    return {name for name in changed if name in broken or name not in environment.distributions}


def _list_owned(environment: Environment, apart: Collection[Path]) -> set[str]:
    """List the files that distributions list, but for those with these `.dist-info` folders.

    So are the links behind which they have files.
    """
    found = [each for each in environment.every_distribution if each.folder not in apart]
    folders = Folders(environment)
    links = {folders.find_link(folder) for each in found for folder in each.folders}
    return links.union(*(each.paths for each in found))


def _link_back(
    folders: Folders, removal: Removal, removed: Removed, others: Collection[str]
) -> None:
    """Link a distribution's files back; other files in their place go, but for those of others.

    Raises:
        OSError: One could not be linked; none of its `.dist-info` is there without the others.
    """
    for file in order_files([removed]):
        source, target = removal.find_both(folders.environment, file)
        if os.path.lexists(target):
            if target in others or not (is_missing(source, target) or differs(source, target)):
                continue
            remove_files(folders.environment, [target])
        if may_remove(folders, target):
            link_or_copy(source, target)


def finish(removal: Removal, environment: Environment) -> tuple[str, ...]:
    """Finish what a removal began: what was removed by half goes to its end; locked.

    Only files go that are as in the attic, and that nothing else owns. What is whole stays: it was
    not begun with, or was installed again since; so does what was written at run time. Of what is
    replaced the rest goes that has no `.dist-info` any more. Stopped half-way, this can be done
    again.

    Returns:
        The names of what is gone now.
    """
    sweep(removal, environment)
    environment = replace(environment)
    rest = (each for each in removal.distributions if each.replaced_by is not None)
    rest = (each for each in rest if not (environment.folder / each.info).is_dir())
    chosen = (_leave_out_written(removal, each) for each in (*removal.removed, *rest))
    halves = [each for each in chosen if _is_half_there(environment, each)]
    for each in halves:
        owned = _list_owned(environment, {environment.folder / each.info})
        paths = {str(environment.folder / file): file for file in each.files}
        same = {
            path
            for path, file in paths.items()
            if is_as_stowed(removal, environment, file) or not os.path.lexists(path)
        }
        with contextlib.suppress(OSError):  # then it is still there
            remove_files(environment, same - owned)
    gone = {each.name for each in halves if not (environment.folder / each.info).is_dir()}
    return tuple(sorted(gone))


def _leave_out_written(removal: Removal, removed: Removed) -> Removed:
    """Leave out of a distribution's files what was written at run time beside them."""
    written = removal.unlisted.difference(removed.info_files)
    return replace(removed, files=tuple(file for file in removed.files if file not in written))


def _is_half_there(environment: Environment, removed: Removed) -> bool:
    """Whether some files of a distribution are there, and some are not, which it would need."""
    info = environment.folder / removed.info
    there = [each for each in environment.every_distribution if each.folder == info]
    if there and not list_lacking(there[0]):
        return False
    files = [file for file in removed.files if not file.endswith(BYTE_CODE)]
    found = [os.path.lexists(environment.folder / file) for file in files]
    return any(found) and not all(found)
