"""Remove by name: where something is kept, no option of uv removes the rest.

uv is not asked to: what goes has been put away by xrun's own list, which says what goes as well.
"""

from __future__ import annotations

import os
from itertools import chain

from xrun.environment.attic.file_operations import remove_files
from xrun.environment.attic.own_files import (
    Folders,
    guess_files,
    is_left_to_uv,
    list_old_files,
    relate,
    select_listed,
)
from xrun.environment.attic.stow import move
from xrun.environment.change_lock import exclude_uv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from xrun.environment.attic.store import Removal
    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment


def remove(
    environment: Environment,
    names: Collection[str],
    tell: Callable[[str], None] | None = None,
    removal: Removal | None = None,
) -> None:
    """Remove distributions by name, as `uv pip uninstall` does (0.5.30 to 0.13.9), one by one.

    What their RECORDs list goes, and the folders that have nothing else then but byte code. What
    they wrote at run time stays. Nothing goes that lies outside of the environment, behind a link,
    in another one's `.dist-info`, or that the environment is made with; in these uv goes further.

    Args:
        environment: Where they are installed; they have been put away.
        names: Normalised; all of one name go.
        tell: Told who holds uv's lock of the environment, if that takes longer than a moment.
        removal: What they were put away in, where some of it is left to be moved there.

    Raises:
        OSError: A file could not be removed; that distribution has its RECORD, and those behind it
            are whole.
        BusyError: uv's lock was waited for long enough.
    """
    gone: set[str] = set()  # what several share goes with the last one
    folders = Folders(environment, gone)
    with exclude_uv(environment.folder, tell):
        for name in environment.old_forms.keys() & {*names}:
            files = list_old_files(environment, environment.old_forms[name])
            remove_files(environment, (f"{environment.folder}/{file}" for file in files))
        for each in environment.every_distribution:
            if each.name in names and each.has_record:
                gone.add(each.name)
                _remove(folders, each, removal)
            elif each.name in names:
                guessed = (f"{environment.folder}/{x}" for x in guess_files(environment, each))
                remove_files(environment, guessed, [str(each.folder)])  # it may be empty


def _remove(folders: Folders, distribution: Distribution, removal: Removal | None) -> None:
    """Remove a distribution: its files as they are now, and its `.dist-info` last.

    What is left to be moved to the attic, goes by that.
    """
    environment, name = folders.environment, distribution.name
    base, info = (
        f"{environment.folder}{os.sep}",
        relate(str(distribution.folder), environment.folder),
    )
    whole = removal.moving.get(name, ()) if removal is not None else ()
    others = [each for each in whole if each != info]
    above = {os.path.dirname(base + each) for each in others}  # noqa: PTH120 - a str
    if removal is not None and move(removal, environment, name, others):
        apart = tuple(f"{base}{each}{os.sep}" for each in whole)
        remove_files(environment, _list_now(folders, distribution, apart), above)
        if info in whole and move(removal, environment, name, [info]):
            return
    remove_files(environment, _list_now(folders, distribution), above)


def _list_now(
    folders: Folders, distribution: Distribution, apart: tuple[str, ...] = ()
) -> Iterable[str]:
    """List the files of a distribution as they are now, but for those in folders apart."""
    found = select_listed(folders, distribution, apart)
    return chain.from_iterable(files for _, files in found)


def remove_odd(environment: Environment, names: Collection[str]) -> None:
    """Remove those of some distributions that uv would replace otherwise than it should.

    Raises:
        As `remove`.
    """
    chosen = (each for each in environment.every_distribution if each.name in names)
    unread = {each.name for each in chosen if not each.has_record}
    odd = find_odd(environment, names) | unread
    if odd:
        remove(environment, odd)


def find_odd(environment: Environment, names: Collection[str]) -> frozenset[str]:
    """Find which of these distributions uv would replace otherwise than it should."""
    folders = Folders(environment, names)
    chosen = (each for each in environment.every_distribution if each.name in names)
    return frozenset(each.name for each in chosen if not is_left_to_uv(folders, each))
