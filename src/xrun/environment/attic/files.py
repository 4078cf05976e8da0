"""The files of a distribution: those that its RECORD lists, and what came to lie among them."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.distribution import BYTE_CODE, read_text
from xrun.environment.environment import MADE, is_made
from xrun.proxy import BIN, EXE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from xrun.environment import Distribution, Environment

# Fewer files than this are looked at one by one, others by a list of their folder.
FEW = 4


def list_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """List a distribution's files that are there, as paths in the environment.

    What RECORD names outside of the environment is not its to take, nor what that is made with.
    What no RECORD lists, but lies in its own folders (a downloaded model, an edited settings file),
    is its own as well.
    """
    found = [(folder, files) for folder, files in select_listed(environment, distribution) if files]
    files = {path for _, paths in found for path in paths}
    files |= _find_unlisted(environment, distribution, {folder for folder, _ in found})
    base = f"{environment.folder}{os.sep}"
    return tuple(path.removeprefix(base) for path in sorted(files))


def guess_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """Guess the files of a distribution without RECORD: its metadata, and modules of its name."""
    found = {*list_below(distribution.folder)}
    for name in distribution.guess_modules():
        path = distribution.folder.parent / name
        found |= {str(path)} if is_file(str(path)) else {*list_below(path)}
    for other in environment.every_distribution:
        found -= other.paths
    return tuple(
        sorted(relate(path, environment.folder) for path in select_own(environment, found))
    )


def list_old_files(environment: Environment, old: Distribution) -> tuple[str, ...]:
    """List the files of a distribution of an old form; none where they are not known.

    Of an `.egg-info` folder they are what pip listed in it, and its modules; of `setup.py develop`
    the link, and `easy-install.pth` where that has no other line. Scripts are known by the entry
    points. Nothing says what distutils installed, and which part of a namespace is whose.
    """
    info, paths = old.old_info, old.folder.with_name("easy-install.pth")
    if old.folder.suffix == ".egg-link":
        if not old.link or read_text(paths) != f"{old.link}\n":
            return ()
        found = {str(old.folder), str(paths)}
    elif info.is_dir() and not read_text(info / "namespace_packages.txt").strip():
        listed = read_text(info / "installed-files.txt").splitlines()
        found = {os.path.normpath(info / file) for file in listed}
        found |= {str(environment.folder / file) for file in guess_files(environment, old)}
    else:
        return ()
    for section in read_text(info / "entry_points.txt").split("["):
        if section.startswith(("console_scripts]", "gui_scripts]")):
            names = re.findall(r"(?m)^\s*([^\s=]+)\s*=", section)
            found |= {str(environment.folder / BIN / f"{name}{EXE}") for name in names}
    for other in environment.every_distribution:
        found -= other.paths
    return tuple(
        sorted(relate(path, environment.folder) for path in select_own(environment, found))
    )


def is_left_to_uv(environment: Environment, distribution: Distribution) -> bool:
    """Whether uv would remove just the files of a distribution that are its own.

    uv 0.13.9 passes over absolute paths; it removes the environment's `pyvenv.cfg` and Python where
    RECORD lists them, another one's RECORD, a folder with all that is in it, and what lies behind a
    folder that is a link, at which it then stops half-way.
    """
    if distribution.has_absolute_paths or not distribution.is_read_by_uv:
        return False
    own = (files for _, files in select_listed(environment, distribution))
    others = distribution.paths.difference(*own)
    return not any(map(os.path.lexists, others))


def select_listed(
    environment: Environment, distribution: Distribution
) -> Iterator[tuple[str, Collection[str]]]:
    """Select what a distribution may have of what its RECORD lists: no other one's `.dist-info`."""
    own, info = f"{distribution.folder}{os.sep}", f".dist-info{os.sep}"

    def is_of_another(folder: str) -> bool:
        place = f"{folder}{os.sep}"
        if info not in place or place.startswith(own):
            return False  # nearly all are such
        site = _find_site(environment, folder)
        first = place[len(site) + 1 :].partition(os.sep)[0] if site else ""
        return first.endswith(".dist-info")

    folders = distribution.folders
    chosen = {folder: folders[folder] for folder in folders if not is_of_another(folder)}
    return _select_in(environment, chosen)


def select_own(environment: Environment, paths: Iterable[str]) -> set[str]:
    """Select what a distribution may have of the paths in its RECORD: files that are there.

    They lie in the environment, which was not made with them. A folder in `site-packages` that is a
    link stands for what lies behind it.
    """
    return {path for _, files in _select_in(environment, _group(paths)) for path in files}


def _group(paths: Iterable[str]) -> dict[str, list[str]]:
    """Group paths by the folder that each is in; these are few."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(os.path.dirname(path), []).append(path)  # noqa: PTH120 - many paths
    return folders


def _select_in(
    environment: Environment, folders: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Collection[str]]]:
    """Select as `select_own`, folder by folder."""
    links: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for folder, paths in folders.items():
        link = _find_link(environment, folder, known)
        if link:  # with it all would go that lies behind it
            if link not in links:
                links[link] = [] if _is_shared(environment, link) else [link]
            yield os.path.dirname(link), links[link]  # noqa: PTH120 - a str
        elif _is_direct(environment, folder, known):
            yield folder, _leave_out_made(environment, folder, _select_files(folder, paths))


def _select_files(folder: str, paths: Sequence[str]) -> Collection[str]:
    """Select the files of those in a folder; of many it is listed, instead of a look at each."""
    if len(paths) < FEW:
        return [*filter(is_file, paths)]
    try:
        with os.scandir(folder) as entries:
            files = {entry.path for entry in entries if not entry.is_dir(follow_symlinks=False)}
    except OSError:
        return ()
    return files.intersection(paths)


def find_closed(environment: Environment, names: Collection[str]) -> str:
    """Find a folder of distributions from which this user may remove nothing, else empty.

    `sudo` once leaves such: what it installed, and the byte code of what it only ran.
    """
    chosen = (each for each in environment.every_distribution if each.name in names)
    known: dict[str, str] = {}
    found = (folder for each in chosen for folder in each.folders)
    folders = {folder for folder in found if _is_direct(environment, folder, known)}
    folders |= {os.path.join(folder, "__pycache__") for folder in folders}  # noqa: PTH118 - many
    closed = (each for each in sorted(folders) if not os.access(each, os.W_OK | os.X_OK))
    return next(filter(os.path.isdir, closed), "")


def is_file(path: str) -> bool:
    """Whether there is a file, or a link to anything or nothing."""
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def relate(path: str, folder: Path) -> str:
    """Relate a normalised path to a folder: `os.path.relpath`, at once for what is below it."""
    base = f"{folder}{os.sep}"
    return path.removeprefix(base) if path.startswith(base) else os.path.relpath(path, folder)


def _leave_out_made(
    environment: Environment, folder: str, paths: Collection[str]
) -> Collection[str]:
    """Leave out of paths in a folder what an environment is made with."""
    inside = relate(folder, environment.folder)
    if f"{os.sep}site-packages{os.sep}" in inside:  # as nearly all are
        return paths
    return [path for path in paths if not _is_made(inside, path)]


def _is_made(inside: str, path: str) -> bool:
    """Whether a file is of what an environment is made with, as its Python.

    Args:
        inside: The folder that it is in, from the environment's.
        path: Of the file.
    """
    name = os.path.basename(path)  # noqa: PTH119 - many paths
    return is_made(name if inside == os.curdir else f"{inside}/{name}")


def _find_site(environment: Environment, folder: str) -> str:
    """Find which `site-packages` a folder is, or lies in; empty if in none."""
    sites = map(str, environment.site_packages)
    return next((site for site in sites if f"{folder}{os.sep}".startswith(site + os.sep)), "")


def _find_link(environment: Environment, folder: str, known: dict[str, str]) -> str:
    """Find the first link on the way from `site-packages` to a folder in it; empty if none.

    Args:
        environment: Where it is.
        folder: Which.
        known: Remembers it of each folder on the way.
    """
    if folder not in known:
        is_inner = _find_site(environment, folder) not in {"", folder}
        above = os.path.dirname(folder)  # noqa: PTH120 - a str
        known[folder] = _find_link(environment, above, known) if is_inner else ""
        if is_inner and not known[folder] and os.path.islink(folder):  # noqa: PTH114
            known[folder] = folder
    return known[folder]


def _is_shared(environment: Environment, folder: str) -> bool:
    """Whether more than one distribution has files in a folder or below it (`nvidia`, moved)."""
    start = f"{folder}{os.sep}"
    lists = {each.name: each.folders for each in environment.every_distribution}
    return sum(any(f"{x}{os.sep}".startswith(start) for x in lists[name]) for name in lists) > 1


def _is_direct(environment: Environment, folder: str, known: dict[str, str]) -> bool:
    """Whether a folder is in an environment, with no link on the way to it."""
    if _find_site(environment, folder):
        return not _find_link(environment, folder, known)
    inside = os.path.relpath(folder, environment.folder)
    place = os.path.normpath(os.path.join(os.path.realpath(environment.folder), inside))  # noqa: PTH118
    return not inside.startswith(os.pardir) and os.path.realpath(folder) == place


def _find_unlisted(
    environment: Environment, distribution: Distribution, folders: Iterable[str]
) -> set[str]:
    """Find what lies in a distribution's folders and is on no list, but for byte code.

    What lies in another one's folder below them is not its own: all of a namespace is below the
    `__init__.py` that one of them brings.
    """
    base = f"{distribution.folder.parent}{os.sep}"
    folders = {folder for folder in folders if folder.startswith(base)}
    own = distribution.paths
    if all(path in own for folder in folders for path in list_below(folder, folders)):
        return set()
    listed = environment.listed  # only now is it worth to read what the others have
    found = {path for folder in folders for path in list_below(folder, listed)}
    return {path for path in found if path not in listed.get(os.path.dirname(path), ())}  # noqa: PTH120


def list_below(folder: str | Path, apart: Collection[str] = ()) -> Iterator[str]:
    """List the files in a folder and below it, but for byte code and what is in folders apart."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            if not entry.name.endswith(BYTE_CODE):
                yield entry.path
        elif entry.path not in apart:
            yield from list_below(entry.path, apart)


def find_whole(environment: Environment, distribution: Distribution) -> dict[str, int]:
    """Find the folders that have nothing but files of a distribution, and their byte code.

    That is not its `.dist-info`, and none with a link in it, or behind one.

    Returns:
        Their paths, each with the bytes of the files in it.
    """
    base, known = f"{distribution.folder.parent}{os.sep}", dict[str, str]()
    found: dict[str, int] = {}
    for folder in sorted(distribution.folders, reverse=True):  # the inner ones first
        is_inner = folder.startswith(base) and ".dist-info" not in folder
        if is_inner and not _find_link(environment, folder, known):
            with contextlib.suppress(OSError):
                size = _measure_whole(folder, distribution.paths, found)
                found |= {folder: size} if size is not None else {}
    return found


def _measure_whole(folder: str, own: Collection[str], whole: Collection[str]) -> int | None:
    """Measure the files in a folder; `None` if something else is in it."""
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                if entry.path not in own or not entry.is_file(follow_symlinks=False):
                    return None
                size += entry.stat(follow_symlinks=False).st_size
            elif entry.path not in whole and (
                entry.name != "__pycache__" or any(list_below(entry.path))
            ):
                return None
    return size


def may_remove(environment: Environment, path: str) -> bool:
    """Whether a path lies in an environment, behind no link, and not made with it (its Python)."""
    folder = os.path.dirname(path)  # noqa: PTH120 - a str
    inside = relate(folder, environment.folder)
    return _is_direct(environment, folder, {}) and not _is_made(inside, path)


def remove_files(environment: Environment, paths: Iterable[str]) -> None:
    """Remove files, there or not, and folders that then have only byte code.

    What lies in `.dist-info` folders goes last, METADATA and RECORD at the very end: stopped
    half-way, it is known what was to go. What `may_remove` denies stays.

    Raises:
        OSError: One could not be removed; those that come later are there.
    """
    files = _group(paths)
    known: dict[str, str] = {}
    for folder in _order(environment, files):
        if not _is_direct(environment, folder, known):
            continue
        paths = _leave_out_made(environment, folder, files.get(folder, ()))
        for path in sorted(paths, key=_is_last) if ".dist-info" in folder else paths:
            _unlink(path)
        if _may_empty(environment, folder):
            _remove_empty(folder)


def _order(environment: Environment, folders: Collection[str]) -> list[str]:
    """Order folders, and those above that may be empty then: the inner first, `.dist-info` last."""
    found = {*folders}
    for folder in folders:
        above = os.path.dirname(folder)  # noqa: PTH120 - a str
        while above not in found and _may_empty(environment, above):
            found.add(above)
            above = os.path.dirname(above)  # noqa: PTH120
    return sorted(found, key=lambda folder: (".dist-info" not in folder, folder), reverse=True)


def _is_last(path: str) -> tuple[bool, str]:
    return path.endswith(("METADATA", "RECORD")), path


def _unlink(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108 - many files
    except (FileNotFoundError, NotADirectoryError):
        return


def _may_empty(environment: Environment, folder: str) -> bool:
    """Whether a folder goes when it is empty: not those that an environment is made with."""
    if _find_site(environment, folder):
        return folder not in map(str, environment.site_packages)
    inside = relate(folder, environment.folder)
    is_inside = inside != os.curdir and not inside.startswith(os.pardir)
    return is_inside and not re.fullmatch(MADE, f"{inside}/")


def _remove_empty(folder: str) -> None:
    """Remove the byte code in a folder, as uv does, and the folder if nothing else is in it."""
    cache = f"{folder}{os.sep}__pycache__"
    with contextlib.suppress(OSError):  # something is in it, or it is gone
        if "__pycache__" in os.listdir(folder) and not any(list_below(cache)):  # noqa: PTH208
            remove_tree(Path(cache))
        os.rmdir(folder)  # noqa: PTH106 - many folders


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be removed."""
    import shutil  # what a removal itself does is done without

    shutil.rmtree(folder, ignore_errors=True)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Make a file available at another path: a hardlink, else a copy with its times and mode.

    Raises:
        OSError: Neither could be made; FileExistsError if something is there.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        folder = os.path.dirname(target)  # noqa: PTH120 - many files
        if not os.path.isdir(folder):  # noqa: PTH112
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            _copy_mode(os.path.dirname(source), folder)  # noqa: PTH120
            link_or_copy(source, target)
        elif os.path.lexists(target):
            raise FileExistsError(17, "File exists", str(target)) from None
        else:
            import shutil  # of another file system

            try:
                shutil.copy2(source, target, follow_symlinks=False)
            except BaseException:  # a full disk: half a file is none
                _unlink(str(target))
                raise


def _copy_mode(source: str, target: str) -> None:
    """Give a new folder the mode of another, where that is unusual; 700 is the attic's own."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(os.stat(source).st_mode)  # noqa: PTH116 - a str
        if mode not in {0o755, 0o700}:
            os.chmod(target, mode | 0o700)  # noqa: PTH101


def is_missing(stowed: str | Path, present: str | Path) -> bool:
    """Whether nothing is at a path, or a link to nothing where the attic has a file."""
    if os.path.exists(present):  # noqa: PTH110 - many paths
        return False
    return not (os.path.islink(present) and os.path.islink(stowed))  # noqa: PTH114


def differs(stowed: str | Path, present: str | Path) -> bool:
    """Whether a file is another one than that in the attic; byte code never counts as another.

    Raises:
        OSError: One of them is not there, or cannot be read.
    """
    here, there = os.lstat(stowed), os.lstat(present)
    if stat.S_ISREG(here.st_mode) and stat.S_ISLNK(there.st_mode):
        there = os.stat(present)  # noqa: PTH116 - put away as what it leads to
    if os.path.samestat(here, there):
        return False
    if stat.S_IFMT(here.st_mode) != stat.S_IFMT(there.st_mode):
        return True
    if stat.S_ISLNK(here.st_mode):
        return os.readlink(stowed) != os.readlink(present)  # noqa: PTH115 - compared as text
    if not stat.S_ISREG(here.st_mode):
        return True
    if str(present).endswith(BYTE_CODE):
        return False
    import filecmp  # few are copies

    return not filecmp.cmp(stowed, present, shallow=False)
