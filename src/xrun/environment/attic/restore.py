"""Bring removed distributions back from the attic: byte for byte, offline, and nothing else."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xrun.environment.attic.choose import Presence, RestoreError, check_is_believed, find_presence
from xrun.environment.attic.file_operations import differs, is_missing, link_or_copy, remove_files
from xrun.environment.attic.journal import load_entries, write_entry
from xrun.environment.attic.own_files import Folders, is_file, select_own
from xrun.environment.attic.store import Removed, list_removals, order_files
from xrun.environment.attic.stow import discard, is_untouched, stow, sweep
from xrun.environment.attic.unfinished import put_back
from xrun.environment.attic.uninstall import remove
from xrun.environment.change_lock import exclude_uv
from xrun.environment.damage import find_broken, list_lacking
from xrun.environment.processes import be_alone, render_use
from xrun.errors import XrunError, render_cause
from xrun.proxy import locks
from xrun.proxy.dataclass import dataclass, replace
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from xrun.environment.attic.store import Removal
    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment

COMMAND = "xrunctl restore"  # what makes the removals that are made here


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        back: What was brought back, or completed.
        sharers: The names of what is installed and shared files with it that it has taken over.
        broken: The names of what came back without all that its RECORD lists.
    """

    back: tuple[Removed, ...]
    sharers: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def restore(
    environment: Environment,
    removal: Removal,
    chosen: Iterable[Removed],
    tell: Callable[[str], None] | None = None,
) -> Restored:
    """Bring distributions of one removal back, all of them or none; what is there already stays.

    Each comes back whole, as an installer would do it: a file that another distribution has in
    their place goes to the attic with the rest of that one, and is replaced. A file that was
    written at run time, and is still there, stays as it is now.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        chosen: From `choose`; none of them is installed otherwise.
        tell: Told who holds uv's lock of the environment, if that takes longer than a moment.

    Raises:
        BusyError: uv's lock was waited for long enough; nothing was changed.
        RestoreError: Something that no distribution owns is in the way, what would be replaced is
            in use, what the attic has is nothing but links to files that are gone, or the
            environment has been rebuilt for another Python.
        AtticError: What would be replaced cannot be put away.
    """
    chosen = tuple(chosen)
    check_is_believed(removal)
    _check_is_place(environment, chosen)
    # Killed half-way, nothing has a RECORD that is not whole; once more goes on from there.
    files = order_files(chosen)
    present = _find_present(environment, files)
    if present:
        files = [file for file in files if file not in present or file not in removal.unlisted]
    in_way = _find_in_way(environment, removal, present.intersection(files))
    sharers = _find_owners(environment, in_way)
    with _hold_alone(environment, sharers), exclude_uv(environment.folder, tell):
        aside = stow(environment, sharers, restoring=removal, command=COMMAND)
        done: list[str] = []
        try:
            _place(environment, removal, files, done)
            broken = _check_is_whole(environment, chosen)
        except (OSError, RestoreError) as error:
            _undo(environment, done, aside)
            raise error if isinstance(error, RestoreError) else _make_error(error) from error
    if aside is not None:
        write_entry(aside)
    return Restored(chosen, tuple(sharers), broken)


def _place(
    environment: Environment, removal: Removal, files: Iterable[str], done: list[str]
) -> None:
    """Place files of the attic where they were; `done` gets those that were not there as they were.

    Raises:
        OSError: One could not be placed.
    """
    for file in files:
        source, target = removal.find_both(environment, file)
        try:
            link_or_copy(source, target)
            done.append(file)
        except FileExistsError:
            if is_missing(source, target) or differs(source, target):
                done.append(file)
                os.unlink(target)  # noqa: PTH108 - a str
                link_or_copy(source, target)
        except OSError:
            done.append(file)  # half copied, or its folder is empty: a disk is full
            raise


def _undo(environment: Environment, files: Collection[str], aside: Removal | None) -> None:
    """Take out again what came back, and link back what was in its place."""
    with contextlib.suppress(OSError):
        remove_files(environment, [str(environment.folder / file) for file in files])
    if aside is None:
        return
    for file in files:
        with contextlib.suppress(OSError):  # nothing was in its place; else the attic has it
            link_or_copy(*aside.find_both(environment, file))
    if is_untouched(aside, environment):
        discard(aside)


def _make_error(error: OSError) -> RestoreError:
    return RestoreError(f"could not be brought back: {render_cause(error)}")


def _check_is_place(environment: Environment, chosen: Sequence[Removed]) -> None:
    """Check that distributions would come back to where that environment's Python looks."""
    if not environment.exists:
        raise RestoreError(
            f"{environment.name} is missing",
            hint="make it by `xrunctl sync`, then run the same command again",
        )
    infos = [environment.folder / each.info for each in chosen if each.info]
    if any(info.parent not in environment.site_packages for info in infos):
        raise _make_lost(
            environment,
            chosen,
            f"{environment.name} was rebuilt for another Python; what was removed fits "
            "only the former one",
        )


def _check_is_whole(environment: Environment, chosen: Sequence[Removed]) -> tuple[str, ...]:
    """Check that what came back has its files: a link to a cache that was cleaned is none.

    Returns:
        The names of what lacks others: the removal had not all.
    """
    infos = {environment.folder / each.info: each for each in chosen}
    back = [each for each in replace(environment).every_distribution if each.folder in infos]
    _check_has_sources(back)
    lacking = {each.folder: list_lacking(each) for each in back}
    folders = Folders(environment)
    own = {folder: select_own(folders, map(str, files)) for folder, files in lacking.items()}
    lost = [infos[folder] for folder, files in own.items() if any(map(os.path.islink, files))]
    if lost:
        names = list(dict.fromkeys(each.name for each in lost))
        rest = " ".join(dict.fromkeys(each.name for each in chosen if each.name not in names))
        message = "could not be brought back, only links to a cache that was cleaned"
        more = f"; `xrunctl restore {rest}` brings back the rest" if rest else ""
        raise _make_lost(environment, lost, f"{message}: {render_names(names)}", more)
    return tuple(infos[folder].name for folder, files in lacking.items() if files)


def _check_has_sources(back: Iterable[Distribution]) -> None:
    """Check that what is run from a folder finds that: an editable installation has no code."""
    sources = {each.name: each.provenance.source for each in back if each.provenance.is_editable}
    gone = [f"{name} ({path})" for name, path in sources.items() if not os.path.isdir(path)]  # noqa: PTH112
    if gone:
        message = "could not be brought back, because the folder of its source is missing"
        hint = "bring that folder back; then the same command goes on"
        raise RestoreError(f"{message}: {render_names(gone)}", hint=hint)


def _make_lost(
    environment: Environment, lost: Sequence[Removed], message: str, more: str = ""
) -> RestoreError:
    """Make the error of what has to be installed again instead."""
    installs = [render_install(environment, each.name, each.version) for each in lost]
    hint = "that installs it again, as far as the journal knows; `xrunctl keep` keeps it"
    return RestoreError(message, details=tuple(dict.fromkeys(installs)), hint=hint + more)


def _find_present(environment: Environment, files: Iterable[str]) -> set[str]:
    """Find where of some files something is, as paths in the environment.

    Raises:
        RestoreError: A file or a link is where a folder has to be.
    """
    # All of an environment may lie behind a link, but nothing in it.
    links = {str(path) for site in environment.site_packages for path in (site, *site.parents)}
    base = f"{environment.folder}{os.sep}"
    known = {"": True}

    def is_there(folder: str) -> bool:
        if folder not in known:
            known[folder] = is_there(folder.rpartition(os.sep)[0]) and os.path.lexists(
                base + folder
            )
            is_link = base + folder not in links and os.path.islink(base + folder)  # noqa: PTH114
            if known[folder] and (is_link or not os.path.isdir(base + folder)):  # noqa: PTH112
                raise _make_in_way(environment, [Path(base + folder)])
        return known[folder]

    found = (file for file in files if is_there(file.rpartition(os.sep)[0]))
    return {file for file in found if os.path.lexists(base + file)}


def _find_in_way(environment: Environment, removal: Removal, files: Iterable[str]) -> list[Path]:
    """Find which other files are where files should come back to.

    Raises:
        RestoreError: One could not be read.
    """
    found = []
    for file in sorted(files):
        source, target = removal.find_both(environment, file)
        try:
            if not is_missing(source, target) and differs(source, target):
                found.append(Path(target))
        except OSError as error:
            raise _make_error(error) from error
    return found


def _find_owners(environment: Environment, paths: Iterable[Path]) -> dict[str, str]:
    """Find which distributions list files: their names, with their versions.

    Raises:
        RestoreError: No distribution lists one of them, or it is a folder.
    """
    paths = [*paths]
    owners: dict[str, set[str]] = {}
    for each in environment.every_distribution if paths else ():
        for path in each.paths.intersection(map(str, paths)):
            owners.setdefault(path, set()).add(each.name)
    unowned = [path for path in paths if str(path) not in owners or not is_file(str(path))]
    if unowned:
        raise _make_in_way(environment, unowned)
    names = sorted(set().union(*owners.values()))
    return {name: environment.distributions[name].version for name in names}


def _make_in_way(environment: Environment, paths: Iterable[Path]) -> RestoreError:
    """Make the error of all that has to be moved away first."""
    found = [f"{environment.name}/{os.path.relpath(path, environment.folder)}" for path in paths]
    return RestoreError(
        f"in the way, and other than in the backup: {render_names(found)}",
        hint="move it away; then the same command goes on",
    )


def bring_back(
    environment: Environment,
    removal: Removal,
    chosen: Iterable[Removed],
    wanted: Collection[str],
    tell: Callable[[str], None],
) -> Restored:
    """Bring distributions of one removal back, as far as they are not there.

    Args:
        environment: Where they were, and go again.
        removal: From `list_removals`.
        chosen: From `choose`.
        wanted: Names, normalised: what is installed instead of one of these goes to the attic.
        tell: Told who holds uv's lock of the environment, if that takes longer than a moment.

    Raises:
        RestoreError: As `restore`; then all is as it was before.
        OSError: It is not; the next run puts back what was taken out.
        AtticError: What is installed instead of one of them could not be put away.
    """
    found = {each: find_presence(environment, removal, each) for each in chosen}
    others = [each for each in found if found[each] is Presence.OTHER and each.name in wanted]
    missing = {Presence.ABSENT, Presence.PARTIAL}
    back = [each for each in found if found[each] in missing or each in others]
    if back:
        _check_is_place(environment, back)
    swapped = _take_out(environment, others, removal, tell)
    try:
        restored = restore(replace(environment), removal, back, tell)
    except XrunError as error:
        if swapped is not None:
            _put_back(environment, swapped, error.message)
        raise
    if swapped is not None:
        write_entry(swapped)
    with contextlib.suppress(RestoreError):
        rest = {each.name for each in found}.difference(each.name for each in back)
        broken = find_broken(replace(environment), rest) if rest else ()
        _complete(environment, {*restored.broken, *broken}, tell)
    return restored


def _take_out(
    environment: Environment,
    others: Sequence[Removed],
    restoring: Removal,
    tell: Callable[[str], None],
) -> Removal | None:
    """Take out what is installed instead, to the attic; the journal has no line of it yet."""
    instead = {each.name: each.version for each in others}
    with _hold_alone(environment, instead):
        removal = stow(environment, instead, restoring=restoring, command=COMMAND)
        if removal is None:
            return None
        try:
            remove(environment, instead, tell)
        except (OSError, XrunError) as error:
            cause = error.message if isinstance(error, XrunError) else render_cause(error)
            message = f"{', '.join(sorted(instead))} could not be removed: {cause}"
            _put_back(environment, removal, message)
            if isinstance(error, XrunError):
                raise
            raise RestoreError(message) from error
    sweep(removal, environment)
    return removal


def _put_back(environment: Environment, swapped: Removal, message: str) -> None:
    """Put back what was taken out for what does not come.

    Raises:
        OSError: Not all of it could be put back; the marker stays.
    """
    names = {each.name for each in swapped.distributions}
    put_back(swapped, replace(environment), names)
    if not is_untouched(swapped, environment):
        raise OSError(f"{message}; the next run puts back {', '.join(sorted(names))}")
    discard(swapped)


@contextlib.contextmanager
def _hold_alone(environment: Environment, names: Collection[str]) -> Iterator[None]:
    """Hold an environment alone while files of installed distributions are replaced."""
    alone = be_alone(environment.folder) if names else locks.Alone(-1)
    try:
        if not alone.is_had:
            use = render_use(environment.folder, is_possible=alone.is_possible)
            raise RestoreError(
                f"{environment.name} is {use}, and files of {', '.join(sorted(names))} in it would "
                "have to be replaced",
                hint="the same command goes on when nothing runs there",
            )
        yield
    finally:
        alone.release()


def _complete(
    environment: Environment, broken: Collection[str], tell: Callable[[str], None]
) -> None:
    """Bring back files that RECORD lists and an earlier removal has: a later one had not all.

    So it is where uv was killed while it removed, and the next run removed the rest.
    """
    for removal in list_removals(environment) if broken else ():
        now = replace(environment)
        parts = [each for each in removal.distributions if each.name in broken]
        parts = [each for each in parts if find_presence(now, removal, each) is Presence.PARTIAL]
        if parts:
            restore(now, removal, [_select_stowed(removal, each) for each in parts], tell)
            broken = find_broken(replace(environment), broken)


def _select_stowed(removal: Removal, removed: Removed) -> Removed:
    """Select the files of a distribution that the attic has: a kill may have kept some out."""
    files = (file for file in removed.files if os.path.lexists(removal.find_stowed(file)))
    return replace(removed, files=tuple(files))


def render_install(environment: Environment, name: str, version: str = "") -> str:
    """Render what installs a distribution again that the attic no longer has; empty if unknown."""
    for entry in load_entries(environment):
        for each in entry.distributions:
            if each.name == name and version in {"", each.version}:
                return each.render_install(environment.name)
    return Removed(name, version).render_install(environment.name) if version else ""
