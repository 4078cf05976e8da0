"""The files of a distribution: those that its RECORD lists, and what came to lie among them."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from functools import cached_property

from xrun.environment.damage import read_size
from xrun.environment.distribution import BYTE_CODE, read_text
from xrun.environment.environment import is_made
from xrun.proxy import BIN, EXE
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment

# Fewer files than this are looked at one by one, others by a list of their folder.
FEW = 4
# Of a file that is so large, in bytes, RECORD is not believed: for that a backup would be dropped.
LARGE = 2**20


class Folders:
    """The folders of an environment, each looked at once: while nothing but what goes changes.

    Args:
        environment: Whose.
        going: The names of what goes, or is gone: a link behind which only these have files goes
            as well.
    """

    def __init__(self, environment: Environment, going: Collection[str] = ()) -> None:
        self.environment = environment
        self._going = going
        self._sites = [f"{site}{os.sep}" for site in environment.site_packages]
        self._links: dict[str, str] = {}
        self._contents: dict[str, Content] = {}

    def look(self, folder: str) -> Content:
        """Look what is in a folder."""
        if folder not in self._contents:
            self._contents[folder] = Content(folder)
        return self._contents[folder]

    def find_site(self, folder: str) -> str:
        """Find which `site-packages` a folder is, or lies in; empty if in none."""
        place = f"{folder}{os.sep}"
        return next((site[:-1] for site in self._sites if place.startswith(site)), "")

    def is_inner(self, folder: str) -> bool:
        """Whether a folder lies in a `site-packages`."""
        return self.find_site(folder) not in {"", folder}

    def find_link(self, folder: str) -> str:
        """Find the first link on the way from `site-packages` to a folder in it; empty if none."""
        if folder not in self._links:
            is_inner = self.is_inner(folder)
            above = os.path.dirname(folder)  # noqa: PTH120 - a str
            self._links[folder] = self.find_link(above) if is_inner else ""
            if is_inner and not self._links[folder] and os.path.islink(folder):  # noqa: PTH114
                self._links[folder] = folder
        return self._links[folder]

    def is_direct(self, folder: str) -> bool:
        """Whether a folder is in an environment, with no link on the way to it."""
        if self.find_site(folder):
            return not self.find_link(folder)
        whole = self.environment.folder
        inside = os.path.relpath(folder, whole)
        place = os.path.normpath(os.path.join(os.path.realpath(whole), inside))  # noqa: PTH118
        return not inside.startswith(os.pardir) and os.path.realpath(folder) == place

    def is_shared(self, link: str) -> bool:
        """Whether something that stays has files behind a link too (`nvidia`, moved)."""
        names = self._owners.get(link, set())
        return len(names) > 1 and not names.issubset(self._going)

    @cached_property
    def _owners(self) -> Mapping[str, set[str]]:
        """The names of what has files behind each folder that is a link, as it is now."""
        found: dict[str, set[str]] = {}
        for each in replace(self.environment).every_distribution:  # uv has replaced some meanwhile
            for folder in each.folders:
                found.setdefault(self.find_link(folder), set()).add(each.name)
        return found

    def leave_out_made(self, folder: str, paths: Collection[str]) -> Collection[str]:
        """Leave out of paths in a folder what an environment is made with."""
        if self.is_inner(folder):  # as nearly all are
            return paths
        inside = relate(folder, self.environment.folder)
        return [path for path in paths if not _is_made(inside, path)]


class Content:
    """What is in a folder.

    Attributes:
        files: The paths of all that are no folders.
        folders: Those of its folders.
        is_regular: Whether all files are regular ones: no link, and no pipe.
    """

    def __init__(self, folder: str) -> None:
        self.files: set[str] = set()
        self.folders: list[str] = []
        self.is_regular = True
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    self.folders.append(entry.path)
                else:
                    self.files.add(entry.path)
                    self.is_regular = self.is_regular and entry.is_file(follow_symlinks=False)


def list_files(folders: Folders, distribution: Distribution) -> tuple[str, ...]:
    """List a distribution's files that are there, as paths in the environment.

    What RECORD names outside of the environment is not its to take, nor what that is made with.
    What no RECORD lists, but lies in its own folders (a downloaded model, an edited settings file),
    is its own as well.
    """
    found = [(folder, files) for folder, files in select_listed(folders, distribution) if files]
    files = {path for _, paths in found for path in paths}
    files |= _find_unlisted(folders, distribution, (folder for folder, _ in found))
    start = len(f"{folders.environment.folder}{os.sep}")
    return tuple(path[start:] for path in sorted(files))


def guess_files(environment: Environment, distribution: Distribution) -> tuple[str, ...]:
    """Guess the files of a distribution without RECORD: its metadata, and modules of its name."""
    found = {*list_below(distribution.folder)}
    for name in distribution.guess_modules():
        path = distribution.folder.parent / name
        found |= {str(path)} if is_file(str(path)) else {*list_below(path)}
    for other in environment.every_distribution:
        found -= other.paths
    return tuple(
        sorted(relate(path, environment.folder) for path in select_own(Folders(environment), found))
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
        sorted(relate(path, environment.folder) for path in select_own(Folders(environment), found))
    )


def is_left_to_uv(folders: Folders, distribution: Distribution) -> bool:
    """Whether uv would remove just the files of a distribution that are its own.

    uv 0.13.9 passes over absolute paths; it removes the environment's `pyvenv.cfg` and Python where
    RECORD lists them, another one's RECORD, a folder with all that is in it, and what lies behind a
    folder that is a link, at which it then stops half-way.
    """
    if distribution.has_absolute_paths or not distribution.is_read_by_uv:
        return False
    own = (files for _, files in select_listed(folders, distribution))
    others = distribution.paths.difference(*own)
    return not any(map(os.path.lexists, others))


def select_listed(
    folders: Folders, distribution: Distribution, apart: tuple[str, ...] = ()
) -> Iterator[tuple[str, Collection[str]]]:
    """Select what a distribution may have of what its RECORD lists: no other one's `.dist-info`.

    Args:
        folders: Of the environment.
        distribution: Which.
        apart: Starts of the paths of folders that are left out.

    Returns:
        Each folder, with those of its files that are there.
    """
    own, info = f"{distribution.folder}{os.sep}", f".dist-info{os.sep}"

    def is_chosen(folder: str) -> bool:
        place = f"{folder}{os.sep}"
        if place.startswith(apart):
            return False
        if info not in place or place.startswith(own):
            return True  # nearly all are such
        site = folders.find_site(folder)
        first = place[len(site) + 1 :].partition(os.sep)[0] if site else ""
        return not first.endswith(".dist-info")

    listed = distribution.folders
    return _select_in(folders, {folder: listed[folder] for folder in filter(is_chosen, listed)})


def select_own(folders: Folders, paths: Iterable[str]) -> set[str]:
    """Select what a distribution may have of the paths in its RECORD: files that are there.

    They lie in the environment, which was not made with them. A folder in `site-packages` that is a
    link stands for what lies behind it.
    """
    return {path for _, files in _select_in(folders, group(paths)) for path in files}


def group(paths: Iterable[str]) -> dict[str, list[str]]:
    """Group paths by the folder that each is in; these are few."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(os.path.dirname(path), []).append(path)  # noqa: PTH120 - many paths
    return folders


def _select_in(
    folders: Folders, chosen: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Collection[str]]]:
    """Select as `select_own`, folder by folder."""
    links: dict[str, list[str]] = {}
    for folder, paths in chosen.items():
        link = folders.find_link(folder)
        if link:  # with it all would go that lies behind it
            if link not in links:
                links[link] = [] if folders.is_shared(link) else [link]
            yield os.path.dirname(link), links[link]  # noqa: PTH120 - a str
        elif folders.is_direct(folder):
            yield folder, folders.leave_out_made(folder, _select_files(folders, folder, paths))


def _select_files(folders: Folders, folder: str, paths: Sequence[str]) -> Collection[str]:
    """Select the files of those in a folder; of many it is listed, instead of a look at each."""
    if len(paths) < FEW and not folders.is_inner(folder):
        return [*filter(is_file, paths)]
    return folders.look(folder).files.intersection(paths)


def find_closed(environment: Environment, names: Collection[str]) -> str:
    """Find a folder of distributions from which this user may remove nothing, else empty.

    `sudo` once leaves such: what it installed, and the byte code of what it only ran.
    """
    chosen = (each for each in environment.every_distribution if each.name in names)
    found = filter(Folders(environment).is_direct, {x for each in chosen for x in each.folders})
    places = {*found}
    places |= {f"{place}{os.sep}__pycache__" for place in places}
    closed = (each for each in sorted(places) if not os.access(each, os.W_OK | os.X_OK))
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


def _is_made(inside: str, path: str) -> bool:
    """Whether a file is of what an environment is made with, as its Python.

    Args:
        inside: The folder that it is in, from the environment's.
        path: Of the file.
    """
    name = os.path.basename(path)  # noqa: PTH119 - many paths
    return is_made(name if inside == os.curdir else f"{inside}/{name}")


def _find_unlisted(folders: Folders, distribution: Distribution, chosen: Iterable[str]) -> set[str]:
    """Find what lies in a distribution's folders and is on no list, but for byte code.

    What lies in another one's folder below them is not its own: all of a namespace is below the
    `__init__.py` that one of them brings.
    """
    base = f"{distribution.folder.parent}{os.sep}"
    places = {folder for folder in chosen if folder.startswith(base)}
    if all(_has_only(folders.look(each), distribution.paths, places) for each in places):
        return set()
    listed = folders.environment.listed  # only now is it worth to read what the others have
    found = {path for folder in places for path in list_below(folder, listed)}
    return {path for path in found if path not in listed.get(os.path.dirname(path), ())}  # noqa: PTH120


def _has_only(content: Content, own: Collection[str], places: Collection[str]) -> bool:
    """Whether a folder has only own files, byte code and folders that are looked at as well."""
    others = content.files.difference(own)
    below = (each for each in content.folders if each not in places)
    return all(x.endswith(BYTE_CODE) for x in others) and not any(map(_has_more, below))


def _has_more(folder: str) -> bool:
    """Whether a folder has more in it than byte code."""
    return any(True for _ in list_below(folder))


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


def find_whole(
    folders: Folders,
    distribution: Distribution,
    files: Collection[str],
    shared: Collection[str] = (),
) -> dict[str, int]:
    """Find the folders that have nothing but files of a distribution, and their byte code.

    There is no link in them, and none leads to them.

    Args:
        folders: Of the environment.
        distribution: Which.
        files: From `list_files`. What no list has goes only from its `.dist-info`.
        shared: The folders that are left out: another one that goes has files in them.

    Returns:
        Their paths, each with the bytes of the files in it, of small ones as RECORD has it.
    """
    base, site = f"{folders.environment.folder}{os.sep}", f"{distribution.folder.parent}{os.sep}"
    info, sizes = f"{distribution.folder}{os.sep}", distribution.sizes
    paths = (path for file in files if (path := base + file) in sizes or path.startswith(info))
    own = {path: sizes.get(path, 0) for path in paths}
    found: dict[str, int] = {}
    for folder in sorted(distribution.folders, reverse=True):  # the inner ones first
        if folder.startswith(site) and folder not in shared and not folders.find_link(folder):
            content = folders.look(folder)
            if _is_whole(content, own.keys(), found):
                chosen = ((own.get(path, 0), path) for path in content.files)
                found[folder] = sum(
                    size if 0 < size < LARGE else read_size(path) for size, path in chosen
                )
    return found


def _is_whole(content: Content, own: AbstractSet[str], whole: Collection[str]) -> bool:
    """Whether a folder has nothing but own files, whole folders, and byte code."""
    others = (each for each in content.folders if each not in whole)
    return (
        bool(content.files or content.folders)
        and content.is_regular
        and all(map(_is_cached, content.files - own))
        and all(os.path.basename(x) == "__pycache__" and not _has_more(x) for x in others)  # noqa: PTH119
    )


def _is_cached(path: str) -> bool:
    """Whether a file is byte code beside what RECORD lists of it: of another Python, of pytest."""
    return path.endswith(BYTE_CODE) and path.rpartition(os.sep)[0].endswith("__pycache__")


def may_remove(folders: Folders, path: str) -> bool:
    """Whether a path lies in an environment, behind no link, and not made with it (its Python)."""
    folder = os.path.dirname(path)  # noqa: PTH120 - a str
    return folders.is_direct(folder) and bool(folders.leave_out_made(folder, [path]))
