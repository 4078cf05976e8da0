"""Put the files of distributions away in the attic: by hardlink where that works, else by copy.

Where they are removed at once, without uv in between, folders with nothing else are moved there.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import time
from collections import Counter
from pathlib import Path

from xrun.environment.attic.expiry import drop_old
from xrun.environment.attic.file_operations import differs, link_or_copy, remove_tree
from xrun.environment.attic.own_files import (
    Folders,
    find_whole,
    guess_files,
    list_below,
    list_files,
    list_old_files,
    relate,
)
from xrun.environment.attic.store import (
    NOWHERE,
    Removal,
    list_in,
    list_places,
    read_removals,
    read_removed,
    resolve_key,
    write_manifest,
)
from xrun.environment.space import find_device
from xrun.errors import XrunError, render_cause
from xrun.project.spelling import list_folder
from xrun.proxy.dataclass import replace
from xrun.proxy.files import Private, is_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment


class AtticError(XrunError):
    """What is about to be removed cannot be put away, so it must not be removed."""


def stow(  # noqa: PLR0913 - what a removal is made of
    environment: Environment,
    going: Mapping[str, str | None],
    *,
    is_replaced: bool = False,
    restoring: Removal | None = None,
    moves: bool = False,
    command: str = "",
) -> Removal | None:
    """Put the files of distributions away, before they are removed or replaced.

    Args:
        environment: Where they are installed; nothing in it is changed.
        going: Names, normalised, with the version that comes instead, if one does.
        is_replaced: Whether the environment is about to be rebuilt, and all in it goes: then
            what is put away in it, of earlier removals too, goes to the state folder.
        restoring: The removal that comes back instead, where one does: it stays in the attic.
        moves: Whether nothing is done before they are removed: what can be moved to the attic then
            is left to `move`, and its marker has been set.
        command: What was typed that makes it.

    Returns:
        The removal; `None` if there was nothing to put away.

    Raises:
        AtticError: Not all of it could be put away, or one that would be replaced is installed in a
            form that has no list of its files (`.egg-info`, `.egg-link`); nothing is left behind.
    """
    if is_replaced:
        _move_out(environment)
    folders = Folders(environment, going)
    found = _list_going(folders, going, is_replaced=is_replaced)
    if not found:
        return None
    earlier = [*read_removals(environment, is_whole=False)]
    draft = _make_draft(environment, earlier, is_replaced=is_replaced)
    try:
        with Private():
            chosen = sorted(found, key=lambda each: each.name)
            moves = moves and find_device(draft) == find_device(environment.folder)
            whole = _find_whole(folders, found) if moves else {}
            removal = Removal(
                _find_moment(earlier),
                environment.folder,
                tuple(read_removed(each, going[each.name], found[each]) for each in chosen),
                draft.with_name(draft.name.removeprefix(".")),
                _fill(draft, environment, found, whole),
                key=resolve_key(environment),
                is_swap=restoring is not None,
                command=command,
                moving={name: _find_outermost(environment, whole[name]) for name in whole},
            )
            write_manifest(removal, draft)
            draft.rename(removal.folder)
    except OSError as error:
        remove_tree(draft)
        raise _make_error(error) from error
    spared = {removal.folder, restoring.folder if restoring else NOWHERE}
    drop_old(environment, [removal, *earlier], spared)
    return removal


def _list_going(
    folders: Folders, going: Mapping[str, str | None], *, is_replaced: bool
) -> dict[Distribution, tuple[str, ...]]:
    """List the files of what is about to go, by distribution; takes and raises as `stow`."""
    environment = folders.environment
    old = {} if is_replaced else environment.old_forms
    forms = {name: list_old_files(environment, old[name]) for name in old.keys() & going.keys()}
    check_lists_files(environment, (name for name in forms if going[name] is not None))
    names = {name for name in going if forms.get(name, True)}
    chosen = [each for each in environment.every_distribution if each.name in names]
    found = {each: list_files(folders, each) for each in chosen}
    for each in chosen:  # without RECORD only what another one, or a rebuild, takes the place of
        if not found[each] and (is_replaced or going[each.name] is not None):
            found[each] = guess_files(environment, each)
        source = each.provenance.source
        if is_replaced and source.startswith(f"{environment.folder}{os.sep}"):  # a clone of pip's
            found[each] += tuple(relate(path, environment.folder) for path in list_below(source))
    found |= {old[name]: files for name, files in forms.items()}
    return {each: files for each, files in found.items() if files}


def check_lists_files(environment: Environment, names: Iterable[str]) -> None:
    """Check that none of these names is installed in a form that has no list of its files.

    Raises:
        AtticError: One is.
    """
    unknown = sorted(environment.old_forms.keys() & {*names})
    if unknown:
        raise AtticError(
            f"what would go cannot be backed up: {', '.join(unknown)}, installed in an old "
            "form that lists no files; `xrunctl check` names what settles it"
        )


def _find_moment(earlier: Iterable[Removal]) -> float:
    """Find when a removal is made: now, but no other one's moment, by which the journal has it."""
    taken, moment = {removal.at for removal in earlier}, time.time()
    while moment in taken:
        moment += 0.001
    return moment


def _make_error(error: OSError) -> AtticError:
    return AtticError(f"what would go cannot be backed up: {render_cause(error)}")


def _fill(
    draft: Path,
    environment: Environment,
    found: Mapping[Distribution, tuple[str, ...]],
    whole: Mapping[str, Mapping[str, int]],
) -> int:
    """Fill the folder of a removal, but for what is in whole folders; return the bytes of all."""
    listed = frozenset[str]().union(*(each.paths for each in found))
    base, place = f"{environment.folder}{os.sep}", f"{draft / 'files'}{os.sep}"
    own = (os.path.realpath(source) for each in found if (source := each.provenance.source))
    inside = tuple(f"{folder}{os.sep}" for folder in (os.path.realpath(environment.folder), *own))
    later = {folder: size for folders in whole.values() for folder, size in folders.items()}
    paths = (base + file for group in found.values() for file in group)
    now = dict.fromkeys(path for path in paths if path.rpartition(os.sep)[0] not in later)
    return sum(later.values()) + sum(
        _put(path, place + path.removeprefix(base), inside, is_listed=path in listed)
        for path in now
    )


def _find_whole(
    folders: Folders, found: Mapping[Distribution, tuple[str, ...]]
) -> dict[str, dict[str, int]]:
    """Find the folders that each may move, by name: the first that goes takes no other one's."""
    counts = Counter(x for each in found for x in (each.name, *each.folders))
    shared = {x for x, count in counts.items() if count > 1}
    alone = (each for each in found if each.name not in shared)
    return {each.name: find_whole(folders, each, found[each], shared) for each in alone}


def _find_outermost(environment: Environment, folders: Collection[str]) -> tuple[str, ...]:
    """Find which of some folders are in none of the others, as paths in the environment."""
    found = (path for path in folders if os.path.dirname(path) not in folders)  # noqa: PTH120
    return tuple(relate(path, environment.folder) for path in found)


def move(removal: Removal, environment: Environment, name: str, folders: Iterable[str]) -> bool:
    """Move folders that were left to be moved to the attic; what is in them goes by that.

    A kill meanwhile leaves to `complete` what did not go; the marker is set.

    Returns:
        Whether they went; else what is left of the distribution has been put away.

    Raises:
        OSError: Some of it could be put away in no way; it is there.
    """
    try:
        for folder in folders:
            stowed, present = removal.find_both(environment, folder)
            above = os.path.dirname(stowed)  # noqa: PTH120 - many folders
            if not os.path.isdir(above):  # noqa: PTH112
                with Private():
                    os.makedirs(above, exist_ok=True)  # noqa: PTH103
            os.rename(present, stowed)  # noqa: PTH104
    except OSError:  # a mount, a folder in use (Windows), or it went with another one's
        complete(removal, environment, name)
        return False
    return True


def complete(removal: Removal, environment: Environment, name: str = "") -> None:
    """Put away what a removal lists, and was to be moved, and is still where it was.

    Args:
        removal: Of a step that failed or was interrupted.
        environment: Where it was made.
        name: Only what this distribution has; all if not given.

    Raises:
        OSError: Some of it could not be put away.
    """
    files = (x for each in removal.distributions if name in {"", each.name} for x in each.files)
    with Private():
        for file in files:
            if _is_left(removal, environment, file):
                stowed, present = removal.find_both(environment, file)
                link_or_copy(present, stowed)


def find_changed(removal: Removal, environment: Environment) -> frozenset[str]:
    """Find what of a removal is no longer as it was put away: it went, or another one came.

    Another of the same version counts, from another source; byte code does not.
    """
    return frozenset(
        each.name
        for each in removal.distributions
        if not all(
            is_as_stowed(removal, environment, file) or _is_left(removal, environment, file)
            for file in each.files
        )
    )


def is_as_stowed(removal: Removal, environment: Environment, file: str) -> bool:
    """Whether a file is there, and as it was put away; byte code always is if it is there."""
    try:
        return not differs(*removal.find_both(environment, file))
    except OSError:  # not there, as a rule
        return False


def _is_left(removal: Removal, environment: Environment, file: str) -> bool:
    """Whether a file is where it was, and was to be moved to the attic."""
    stowed, present = removal.find_both(environment, file)
    return not os.path.lexists(stowed) and os.path.lexists(present)


def is_untouched(removal: Removal, environment: Environment) -> bool:
    """Whether a removal was not made after all: every file of it is there as it was."""
    return not find_changed(removal, environment)


def sweep(removal: Removal, environment: Environment) -> None:
    """Sweep away the ghosts of what went: files in a `.dist-info` folder that no RECORD listed.

    uv leaves them, and from then on takes the folder for an installed distribution that it can
    neither read nor remove (0.5.31 to 0.13.9). They are in the attic.
    """
    start = f"{environment.folder}{os.sep}"
    left = (x for x in removal.distributions if os.path.lexists(start + x.info))
    for each in left:
        paths = [environment.folder / file for file in each.info_files]
        if any(path.name == "METADATA" and not os.path.lexists(path) for path in paths):
            for path in paths:
                with contextlib.suppress(OSError):  # not there, or unchangeable: uv says so
                    path.unlink()
            for folder, *_ in os.walk(start + each.info, topdown=False):
                with contextlib.suppress(OSError):  # not empty: others' files
                    os.rmdir(folder)  # noqa: PTH106 - a str


def discard(removal: Removal) -> None:
    """Take a removal out of the attic that was not made after all."""
    remove_tree(removal.folder)


def _make_draft(environment: Environment, earlier: Iterable[Removal], *, is_replaced: bool) -> Path:
    """Make the folder that a removal is put together in, in the first place that takes it.

    Its name has the next number: the time, or what is behind the last one where a clock went back.
    """
    state, own = (places[0] for places in list_places(environment))
    is_near = find_device(state) == find_device(environment.folder)
    places = [state] if is_replaced else [state, own] if is_near else [own, state]
    numbers = [removal.number for removal in earlier]
    for place in itertools.chain(*list_places(environment)):  # those that are damaged too
        names = (name.removeprefix(".") for name in list_folder(place))
        numbers += map(int, filter(str.isdecimal, names))
    number = max(time.time_ns(), *(each + 1 for each in numbers), 0)
    drafts = [place / f".{number}" for place in places]
    for draft in drafts[:-1]:
        with contextlib.suppress(OSError):
            return _make_private(draft)
    try:
        return _make_private(drafts[-1])
    except OSError as error:
        raise _make_error(error) from error


def _make_private(draft: Path) -> Path:
    """Make a folder where no one else can write: what others could write is not believed later.

    Raises:
        OSError: It could not be made; PermissionError where the file system has no modes.
    """
    with Private():
        draft.mkdir(parents=True)
    if not is_private(draft.stat()):
        for folder in (draft, draft.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise PermissionError(errno.EPERM, "others could write there", str(draft.parent))
    return draft


def _move_out(environment: Environment) -> None:
    """Move what is put away in an environment into the state folder."""
    import shutil

    (state, *_), own = list_places(environment)
    key = resolve_key(environment)
    try:
        with Private():
            for removal in (removal for place in own for removal in list_in(place)):
                state.mkdir(parents=True, exist_ok=True)
                write_manifest(replace(removal, key=key), removal.folder)
                shutil.move(removal.folder, state / removal.folder.name)
    except OSError as error:
        raise _make_error(error) from error


def _put(path: str, target: str, inside: tuple[str, ...], *, is_listed: bool) -> int:
    """Put one file away; of an installer's link to a cache what it leads to.

    In uv's link mode "symlink" all files are such, and `uv cache clean` takes away what is behind.

    Args:
        path: The file.
        target: Where it goes.
        inside: The starts of what a link stays a link to: the environment, the source folder of
            what is editable.
        is_listed: Whether a RECORD lists it.

    Returns:
        Its size, in bytes.
    """
    found = os.lstat(path)
    if is_listed and stat.S_ISLNK(found.st_mode):
        real = Path(os.path.realpath(path))
        if real.is_file() and not str(real).startswith(inside):
            with contextlib.suppress(OSError):  # on another file system: then the link itself
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                os.link(real, target)
                return real.stat().st_size
    link_or_copy(path, target)
    return found.st_size
