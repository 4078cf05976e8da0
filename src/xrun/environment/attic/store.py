"""What the attic has: the removals of an environment, each with its list of what went.

One folder for each removal, below one for each environment: `files/` with the files at the paths
that they had in the environment, and `removal.json`. It lies in xrun's state folder or, where that
is another file system or cannot be written, in the environment itself.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from xrun.project.user_folders import resolve_state_folder
from xrun.proxy.files import resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xrun.environment import Environment

FORMAT_VERSION = 1
MANIFEST = "removal.json"
OWN_FOLDER = ".xrun"


@dataclass(frozen=True)
class Stowed:
    """A distribution in the attic.

    Attributes:
        name: Normalised.
        version: The version that went.
        files: The paths of its files, as in the environment.
        replaced_by: The version that came instead; `None` where it was removed.
    """

    name: str
    version: str
    files: tuple[str, ...]
    replaced_by: str | None = None

    @property
    def info(self) -> str:
        """The path of its `.dist-info` folder; a vendored one lies deeper. Empty if unknown."""
        folders = {PurePath(file).parent for file in self.files}
        found = [
            each
            for each in folders
            if each.suffix == ".dist-info" and each.parent.name == "site-packages"
        ]
        return str(min(found, key=lambda each: len(each.parts))) if found else ""

    @property
    def info_files(self) -> tuple[str, ...]:
        """Those of the files that lie in its `.dist-info` folder or below."""
        start = self.info + os.sep
        return tuple(file for file in self.files if file.startswith(start))


@dataclass(frozen=True)
class Removal:
    """One removal in the attic.

    Attributes:
        folder: Where it lies.
        environment: The folder of the environment that it was made from.
        at: When it was made, in seconds since the epoch.
        size: The bytes of all files; with hardlinks the disk holds them once.
        distributions: What was removed or replaced, by name.
        key: From `resolve_key`: two environments may share a folder in the state folder.
    """

    folder: Path
    environment: Path
    at: float
    size: int
    distributions: tuple[Stowed, ...]
    key: str = ""

    @property
    def removed(self) -> tuple[Stowed, ...]:
        """What was removed, not replaced."""
        return tuple(each for each in self.distributions if each.replaced_by is None)

    def find_stowed(self, file: str) -> Path:
        """Find where a file of the environment lies in the attic."""
        return self.folder / "files" / file


def order_files(stowed: Iterable[Stowed]) -> list[str]:
    """Order the files of distributions, once each: RECORD last, so that it lists what is there."""
    chosen = tuple(stowed)
    infos = tuple(each.info + os.sep for each in chosen if each.info)
    files = dict.fromkeys(file for each in chosen for file in each.files)
    last = f"{os.sep}RECORD"
    return sorted(files, key=lambda file: (file.startswith(infos), file.endswith(last)))


def find_state() -> Path:
    """Find the folder below which the state folder has the removals of all environments."""
    return resolve_state_folder() / "attic"


def find_places(environment: Environment) -> tuple[Path, Path]:
    """Find where an environment's removals may be, there or not: the state folder, itself."""
    return find_state() / resolve_name(resolve_key(environment)), environment.folder / OWN_FOLDER


def resolve_key(environment: Environment) -> str:
    """Resolve what tells an environment from all others: where it really is."""
    return os.path.realpath(environment.folder)


def list_removals(environment: Environment) -> list[Removal]:
    """List what the attic has of an environment, the newest first; damaged ones are passed over."""
    state, own = find_places(environment)
    key = resolve_key(environment)
    # What lies in the environment went with it to where it is now.
    found = [*list_in(own), *(removal for removal in list_in(state) if removal.key == key)]
    return sorted(found, key=lambda removal: removal.folder.name, reverse=True)


def list_in(place: Path) -> list[Removal]:
    """List the removals in a folder of them, the newest first; none where nobody may look."""
    folders = [place / name for name in sorted(list_folder(place), reverse=True) if name.isdigit()]
    return [removal for folder in folders if (removal := _load(folder)) is not None]


def list_folder(folder: Path) -> list[str]:
    """List the names in a folder; none where it is not there, or cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return []


def _load(folder: Path) -> Removal | None:
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if document["version"] != FORMAT_VERSION:
            return None
        stowed = tuple(
            Stowed(each["name"], each["version"], tuple(each["files"]), each["replaced_by"])
            for each in document["distributions"]
        )
        environment = Path(document["environment"])
        at, size, key = float(document["at"]), int(document["size"]), str(document["key"])
        return Removal(folder, environment, at, size, stowed, key)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_manifest(removal: Removal, folder: Path) -> None:
    """Write the list of what went.

    Raises:
        OSError: It could not be written.
    """
    document = {
        "at": removal.at,
        "distributions": [asdict(each) for each in removal.distributions],
        "environment": str(removal.environment),
        "key": removal.key,
        "size": removal.size,
        "version": FORMAT_VERSION,
    }
    (folder / MANIFEST).write_text(json.dumps(document, sort_keys=True), encoding="utf-8")
