"""What the attic has: the removals of an environment, each with its list of what went.

One folder for each removal, below one for each environment: `files/` with the files at the paths
that they had in the environment, and `removal.json`. It lies in xrun's state folder or, where that
is another file system or cannot be written, in the environment itself.
"""

from __future__ import annotations

import json
import os
from functools import cached_property
from math import isfinite
from pathlib import Path, PurePath

from xrun.environment.attic.own_files import relate
from xrun.environment.environment import Environment, is_made
from xrun.project.names import canonicalize_name, is_name
from xrun.project.spelling import list_folder
from xrun.project.user_folders import close_folders, list_private, list_state
from xrun.proxy.dataclass import asdict, dataclass, field, replace
from xrun.proxy.files import is_own, resolve_name
from xrun.words import render_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from xrun.environment.distribution import Distribution

FORMAT_VERSION = 1
MANIFEST = "removal.json"
HEAD, LIST = 4096, ', "distributions": ['  # how long what comes before the list is, as a rule
ATTIC = "attic"  # in the state folder: what has the removals of all environments
OWN_FOLDER = ".xrun"
BESIDE = f"{os.sep}{os.pardir}{os.sep}"  # in a key behind where it is: no real path has it
MOST_SIZE = 2**63  # no file system has more bytes
NOWHERE = Path(os.devnull)  # nothing lies below it
MALFORMED = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError),
    OverflowError,  # a number that is no time
)


@dataclass(frozen=True)
class Removed:
    """A distribution that was removed or replaced.

    Attributes:
        name: Normalised.
        version: The version that went.
        replaced_by: The version that came instead; `None` where it was removed.
        installer: Who had installed it; may be empty.
        direct_url: Where it came from (PEP 610), credentials stripped; empty for an index.
        files: The paths of its files in the attic, as in the environment; the journal has none.
    """

    name: str
    version: str
    replaced_by: str | None = None
    installer: str = ""
    direct_url: Mapping[str, object] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()

    @cached_property
    def info(self) -> str:
        """The path of its `.dist-info` folder; a vendored one lies deeper. Empty if unknown."""
        folders = {file.rpartition(os.sep)[0] for file in self.files}
        infos = (PurePath(folder) for folder in folders if folder.endswith(".dist-info"))
        found = [each for each in infos if each.parent.name == "site-packages"]
        return str(min(found, key=lambda each: len(each.parts))) if found else ""

    @cached_property
    def oddity(self) -> str:
        """What of it is not to be believed, in words; empty if all is sound."""
        if not (is_name(self.name) and canonicalize_name(self.name) == self.name):
            return f"the name {self.name!r}"
        if not self.version.isprintable():
            return f"the version {self.version!r}"
        odd = (file for file in _select_unusual(self.files) if not is_inside(file) or is_made(file))
        return next((f"the path {file!r}" for file in odd), "")

    @property
    def info_files(self) -> tuple[str, ...]:
        """Those of the files that lie in its `.dist-info` folder or below."""
        start = self.info + os.sep
        return tuple(file for file in self.files if file.startswith(start))

    def render_install(self, environment: str) -> str:
        """Render the command that installs it again, as far as is known where it came from."""
        return render_line(["uv", "pip", "install", "--no-config", "-p", environment, *self.words])

    @property
    def words(self) -> list[str]:
        """What `uv pip install` is given for it, as far as is known where it came from."""
        url = str(self.direct_url.get("url", ""))
        info = self.direct_url.get("dir_info")
        vcs = self.direct_url.get("vcs_info")
        if isinstance(vcs, dict):
            return [f"{self.name} @ {vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"]
        if isinstance(info, dict) and info.get("editable"):
            return ["--editable", url.removeprefix("file://")]
        return [f"{self.name} @ {url}" if url else f"{self.name}=={self.version}"]


def read_removed(
    distribution: Distribution, replaced_by: str | None, files: tuple[str, ...] = ()
) -> Removed:
    """Read what there is to remember of a distribution that is about to go."""
    found = distribution.provenance
    name, version = distribution.name, distribution.version
    return Removed(name, version, replaced_by, found.installer, found.direct_url, files)


@dataclass(frozen=True)
class Removal:
    """One removal, in the attic or known to the journal alone.

    Attributes:
        at: When it was made, in seconds since the epoch.
        environment: The folder of the environment that it was made from.
        distributions: What was removed or replaced, by name.
        folder: Where it lies in the attic; `NOWHERE` if only the journal knows it.
        size: The bytes of all files in the attic; with hardlinks the disk holds them once.
        key: From `resolve_key`: two environments may share a folder in the state folder.
        is_swap: Whether it was made to bring something else back in its place, not by a run.
        command: What was typed that made it; empty if that is unknown.
        moving: Names, with the folders whose files are not in the attic before they go there as a
            whole; while it is made.
    """

    at: float
    environment: Path
    distributions: tuple[Removed, ...]
    folder: Path = NOWHERE
    size: int = 0
    key: str = ""
    is_swap: bool = False
    command: str = ""
    moving: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def oddity(self) -> str:
        """What of it is not to be believed, in words; empty if all is sound."""
        return next(filter(None, (each.oddity for each in self.distributions)), "")

    @property
    def number(self) -> int:
        """Its place in the order of an environment's removals, whatever a clock says."""
        return int(self.folder.name)

    @property
    def removed(self) -> tuple[Removed, ...]:
        """What was removed, not replaced."""
        return tuple(each for each in self.distributions if each.replaced_by is None)

    @cached_property
    def unlisted(self) -> frozenset[str]:
        """The files that no RECORD lists: uv leaves them in place, where they may change since."""
        stowed = Environment(self.find_stowed(""), "")
        found = [each for each in stowed.every_distribution if each.has_record]
        listed = {relate(path, stowed.folder) for each in found for path in each.paths}
        names = {each.name for each in found}
        files = (each.files for each in self.distributions if each.name in names)
        return frozenset().union(*files) - listed

    def find_stowed(self, file: str) -> Path:
        """Find where a file of the environment lies in the attic."""
        return self.folder / "files" / file

    def find_both(self, environment: Environment, file: str) -> tuple[str, str]:
        """Find where a file lies in the attic, and where it was; as text, because they are many."""
        base = f"{self.folder}{os.sep}files{os.sep}"
        return base + file, f"{environment.folder}{os.sep}{file}"


def is_inside(path: str) -> bool:
    """Whether a path stays in the folder that it is taken from: relative, and no `..` in it."""
    first = path.partition(os.sep)[0]
    is_relative = not os.path.isabs(path) and not os.path.splitdrive(path)[0]  # noqa: PTH117
    is_plain = "\0" not in path and os.path.normpath(path) == path and _is_encodable(path)
    return is_relative and is_plain and first not in {os.curdir, os.pardir}


def _select_unusual(files: Sequence[str]) -> Sequence[str]:
    """Select the paths that are worth a look at each: of nearly all the text says that they are in.

    These lie in a folder in `site-packages`, where no environment is made with something.
    """
    text = "/" + "/\0/".join(files) + "/"
    is_odd = any(part in text for part in ("//", "/./", "/../")) or not text.isascii()
    if is_odd or os.sep != "/" or text.count("\0") >= len(files):
        return files
    return [file for file in files if "/" not in file.partition("/site-packages/")[2]]


def _is_encodable(path: str) -> bool:
    """Whether a file can have a name."""
    try:
        return bool(os.fsencode(path))
    except UnicodeEncodeError:
        return False


def order_files(removed: Iterable[Removed]) -> list[str]:
    """Order the files of distributions, once each: RECORD last, so that it lists what is there."""
    chosen = tuple(removed)
    infos = tuple(each.info + os.sep for each in chosen if each.info)
    files = dict.fromkeys(file for each in chosen for file in each.files)
    last = f"{os.sep}RECORD"

    def rank(file: str) -> tuple[bool, bool]:
        return ".dist-info" in file and file.startswith(infos), file.endswith(last)

    return sorted(files, key=rank)


def list_places(environment: Environment) -> tuple[list[Path], list[Path]]:
    """List where an environment's removals may be, there or not: in the state folder, in itself.

    The first of each is where the next one goes.
    """
    name, own = resolve_name(resolve_key(environment)), environment.folder / OWN_FOLDER
    close_folders(own)
    return [attic / name for attic in list_state(ATTIC)], list_private(own)


def resolve_key(environment: Environment) -> str:
    """Resolve what tells an environment from all others: where it really is.

    Where another project was there before, and may have been moved, the folder that holds it counts
    as well: what is remembered of the other one stays that one's.
    """
    from xrun.environment.memory import find_holder

    place = os.path.realpath(environment.folder)
    holder = find_holder(environment, place)
    return f"{place}{BESIDE}{holder}" if holder else place


def find_place(key: str) -> str:
    """Find where an environment is, or was, by its key."""
    return key.partition(BESIDE)[0]


def list_removals(environment: Environment) -> list[Removal]:
    """List what the attic has of an environment, the newest first, but for what is not believed."""
    return [each for each in read_removals(environment) if not each.oddity]


def read_removals(environment: Environment, *, is_whole: bool = True) -> Iterator[Removal]:
    """Read what the attic has of an environment, the newest first, each when it is asked for.

    Args:
        environment: Where they were made; damaged ones are passed over, odd ones are not.
        is_whole: Whether what went is read too: backups may be many, and have many files.
    """
    from xrun.environment.memory import list_keys

    # What lies in the environment went with it to where it is now.
    found = [(each, "") for place in list_places(environment)[1] for each in _list_in(place)]
    for key in list_keys(environment):
        for place in (attic / resolve_name(key) for attic in list_state(ATTIC)):
            found += ((each, key) for each in _list_in(place))
    for folder, key in sorted(found, key=lambda each: int(each[0].name), reverse=True):
        removal = _load(folder, is_whole=is_whole)
        if removal is not None and key in {"", removal.key}:
            yield removal


def list_in(place: Path) -> list[Removal]:
    """List the removals in a folder of them; none of someone else's."""
    found = (_load(folder, is_whole=True) for folder in _list_in(place))
    return [removal for removal in found if removal is not None]


def _list_in(place: Path) -> Iterator[Path]:
    """List the folders of one's own removals in a folder of them."""
    return filter(is_own, (place / name for name in list_folder(place) if name.isdecimal()))


def _load(folder: Path, *, is_whole: bool) -> Removal | None:
    try:
        document = _read(folder / MANIFEST, is_whole=is_whole)
        removal = parse_removal(document, document["distributions"] if is_whole else None)
        size, key = int(document["size"]), str(document["key"])
        is_swap = document.get("is_swap") is True
        if not 0 <= size < MOST_SIZE:
            raise ValueError(size)
        return replace(removal, folder=folder, size=size, key=key, is_swap=is_swap)
    except MALFORMED:
        return None


def _read(manifest: Path, *, is_whole: bool) -> Mapping[str, Any]:
    """Read a manifest, or no more than what stands before the long list of what went."""
    with manifest.open(encoding="utf-8") as file:
        text = file.read(-1 if is_whole else HEAD)
        head, found, _ = text.partition(LIST)
        is_cut = not is_whole and found and '"version"' in head  # once it stood behind the list
        document: Mapping[str, Any] = json.loads(head + "}" if is_cut else text + file.read())
        return document


def parse_removal(document: Mapping[str, Any], distributions: Iterable[Any] | None) -> Removal:
    """Parse what the attic and the journal both say of a removal; of what went only if it is given.

    Raises:
        ValueError, KeyError, TypeError: It is malformed, or of another format.
    """
    at, environment = float(document["at"]), Path(document["environment"])
    command = document.get("command", "")
    removed = tuple(map(parse_removed, distributions or ()))
    is_sound = isfinite(at) and environment.is_absolute() and isinstance(command, str)
    is_sound = is_sound and (distributions is None or bool(removed))
    if document["version"] != FORMAT_VERSION or not is_sound:
        raise ValueError(document["version"])
    return Removal(at, environment, removed, command=command)


def parse_removed(document: Mapping[str, Any]) -> Removed:
    """Parse what is written of a distribution that went; the rest is not known to this version.

    Raises:
        KeyError, TypeError: It is malformed.
    """
    name, version, replaced_by = document["name"], document["version"], document.get("replaced_by")
    installer, files = document.get("installer", ""), document.get("files", ())
    direct_url = document.get("direct_url", {})
    texts = (name, version, replaced_by or "", installer, *files)
    is_read = isinstance(files, list | tuple) and isinstance(direct_url, dict)
    if not is_read or not all(isinstance(text, str) for text in texts):
        raise TypeError(name)
    return Removed(name, version, replaced_by, installer, direct_url, (*files,))


def write_manifest(removal: Removal, folder: Path) -> None:
    """Write the list of what went.

    Raises:
        OSError: It could not be written.
    """
    document = {
        "at": removal.at,
        "command": removal.command,
        "environment": str(removal.environment),
        "is_swap": removal.is_swap,
        "key": removal.key,
        "size": removal.size,
        "version": FORMAT_VERSION,
        "distributions": [asdict(each) for each in removal.distributions],
    }
    (folder / MANIFEST).write_text(json.dumps(document), encoding="utf-8")
