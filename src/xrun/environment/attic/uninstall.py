"""Remove by name: where something is kept, no option of uv removes the rest.

uv is not asked to: what goes has been put away by xrun's own list, which says what goes as well.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from xrun.environment.attic.files import (
    guess_files,
    is_left_to_uv,
    list_old_files,
    remove_files,
    select_listed,
)
from xrun.environment.attic.stow import move
from xrun.environment.change_lock import exclude_uv

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from xrun.environment import Environment
    from xrun.environment.attic.store import Removal


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
    with exclude_uv(environment.folder, tell):
        for name, files in _list_each(environment, names):
            if removal is not None:
                move(removal, environment, name)
            remove_files(environment, files)


def _list_each(
    environment: Environment, names: Collection[str]
) -> Iterator[tuple[str, Iterable[str]]]:
    """List each distribution with one of some names, and its files, as they are when asked for."""
    base = f"{environment.folder}/"
    for name in environment.old_forms.keys() & {*names}:
        old = environment.old_forms[name]
        yield name, (base + file for file in list_old_files(environment, old))
    for each in environment.every_distribution:
        if each.name in names and each.has_record:
            found = select_listed(environment, each)
            yield each.name, chain.from_iterable(files for _, files in found)
        elif each.name in names:
            yield each.name, (base + file for file in guess_files(environment, each))


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
    chosen = (each for each in environment.every_distribution if each.name in names)
    return frozenset(each.name for each in chosen if not is_left_to_uv(environment, each))
