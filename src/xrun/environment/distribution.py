"""An installed distribution: what its `.dist-info` folder says (PEP 376, 610, 627)."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Provenance:
    """Where an installed distribution came from (PEP 376, 610, 627).

    Attributes:
        installer: Who installed it (`pip`, `uv`, …); empty where nothing says so.
        installed_at: When, in seconds since the epoch: the age of INSTALLER.
        is_requested: Whether it is marked as asked for by name; `False` where nothing is known.
        direct_url: What `direct_url.json` says; empty for what came from an index.
    """

    installer: str
    installed_at: float | None
    is_requested: bool
    direct_url: Mapping[str, object]

    @property
    def is_local(self) -> bool:
        """Whether it was built from a folder, as the project itself is."""
        return "dir_info" in self.direct_url


@dataclass(frozen=True)
class Distribution:
    """An installed distribution.

    Attributes:
        name: Normalised.
        version: As in the name of the folder.
        folder: The `.dist-info` folder.
    """

    name: str
    version: str
    folder: Path

    def read_provenance(self) -> Provenance:
        """Read where it came from; to be read before it is removed."""
        installer = read_text(self.folder / "INSTALLER").strip()
        # uv marks everything as requested, so its mark says nothing (seen on uv 0.13.9).
        is_requested = installer != "uv" and (self.folder / "REQUESTED").is_file()
        return Provenance(installer, self._read_age(), is_requested, self._read_direct_url())

    def read_files(self) -> Iterator[str]:
        """Read which files are its own: the paths in RECORD, as they stand there.

        Nothing comes where there is no RECORD, or an empty one: then its files cannot be told
        from others, and uv cannot remove it.
        """
        text = read_text(self.folder / "RECORD")
        yield from (row[0] for row in csv.reader(text.splitlines()) if row)

    def _read_age(self) -> float | None:
        # INSTALLER is written at the installation; METADATA may be a link into uv's cache, older.
        for file in (self.folder / "INSTALLER", self.folder / "RECORD"):
            if file.is_file():
                return file.stat().st_mtime
        return None

    def _read_direct_url(self) -> Mapping[str, object]:
        try:
            found = json.loads(read_text(self.folder / "direct_url.json") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def read_needed(self, environment: Mapping[str, str]) -> frozenset[str]:
        """Read the names of what it needs in an environment with these marker values."""
        needed = set()
        for line in read_text(self.folder / "METADATA").splitlines():
            if not line:  # not one of spaces only: licence texts have those
                break  # the description follows
            field, _, text = line.partition(":")
            if field.lower() == "requires-dist":
                needed |= _read_name(text.strip(), environment)
        return frozenset(needed)


def _read_name(text: str, environment: Mapping[str, str]) -> set[str]:
    """Read the name of a requirement; empty where its marker does not hold."""
    try:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({**environment, "extra": ""}):
            return set()
    except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
        return set()
    return {canonicalize_name(requirement.name)}


def read_text(path: Path) -> str:
    """Read a small text file; empty where it is not there or not to be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
