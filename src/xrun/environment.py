"""What is installed: an environment on disk, read without starting its interpreter."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.markers import (
    UndefinedComparison,
    UndefinedEnvironmentName,
    default_environment,
)
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BIN = "Scripts" if sys.platform == "win32" else "bin"


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
        installer = _read_text(self.folder / "INSTALLER").strip()
        # uv marks everything as requested, so its mark says nothing (seen on uv 0.13.9).
        is_requested = installer != "uv" and (self.folder / "REQUESTED").is_file()
        return Provenance(installer, self._read_age(), is_requested, self._read_direct_url())

    def _read_age(self) -> float | None:
        # INSTALLER is written at the installation; METADATA may be a link into uv's cache, older.
        for file in (self.folder / "INSTALLER", self.folder / "RECORD"):
            if file.is_file():
                return file.stat().st_mtime
        return None

    def _read_direct_url(self) -> Mapping[str, object]:
        try:
            found = json.loads(_read_text(self.folder / "direct_url.json") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def read_needed(self, environment: Mapping[str, str]) -> frozenset[str]:
        """Read the names of what it needs in an environment with these marker values."""
        needed = set()
        for line in _read_text(self.folder / "METADATA").splitlines():
            if not line.strip():
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


@dataclass(frozen=True)
class Environment:
    """A virtual environment, there or yet to be made.

    Attributes:
        folder: Where it is.
        name: How messages name it (`.venv`).
        redirect: The `.venv` that is a file and names the folder, where it is one (uv 0.13.9).
    """

    folder: Path
    name: str
    redirect: Path | None = None

    @property
    def place(self) -> Path:
        """The path that uv looks at first: a file that names the folder, or the folder."""
        return self.redirect or self.folder

    @property
    def exists(self) -> bool:
        """Whether there is anything in its place that uv would not simply fill."""
        try:
            return any(self.folder.iterdir())
        except (NotADirectoryError, FileNotFoundError):
            return self.folder.is_file()
        except OSError:
            return True

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual environment: `pyvenv.cfg` is a regular file in it."""
        config = self.folder / "pyvenv.cfg"
        return config.is_file() and not config.is_symlink()

    @property
    def is_base(self) -> bool:
        """Whether it is a whole Python with its standard library, not an environment of one."""
        library = "Lib/os.py" if sys.platform == "win32" else "lib/*/os.py"
        return not self.is_virtual and any(self.folder.glob(library))

    @property
    def is_damaged(self) -> bool:
        """Whether it was a virtual environment: an interpreter without `pyvenv.cfg`.

        uv then takes the Python behind it for the environment, and may still name this folder.
        """
        return self.interpreter.exists() and not self.is_virtual and not self.is_base

    @property
    def interpreter(self) -> Path:
        """The path of its Python."""
        return self.folder / BIN / ("python.exe" if sys.platform == "win32" else "python")

    @cached_property
    def site_packages(self) -> tuple[Path, ...]:
        """The folders that distributions are installed into."""
        if sys.platform == "win32":
            return (self.folder / "Lib" / "site-packages",)
        return tuple(sorted(self.folder.glob("lib/*/site-packages")))

    @property
    def is_writable(self) -> bool:
        """Whether distributions can be installed and removed."""
        return all(os.access(folder, os.W_OK) for folder in (self.folder, *self.site_packages))

    @cached_property
    def distributions(self) -> Mapping[str, Distribution]:
        """What is installed, by normalised name."""
        return {found.name: found for found in self._read_distributions()}

    def _read_distributions(self) -> Iterator[Distribution]:
        for site_packages in self.site_packages:
            try:
                entries = sorted(os.listdir(site_packages))  # noqa: PTH208 - names are enough
            except OSError:
                continue
            for entry in entries:
                stem, dot, suffix = entry.rpartition(".")
                name, dash, version = stem.partition("-")
                if dot and dash and suffix == "dist-info":
                    yield Distribution(canonicalize_name(name), version, site_packages / entry)

    @cached_property
    def markers(self) -> Mapping[str, str]:
        """The values that markers are evaluated with: this platform, that interpreter's version."""
        values = {name: str(value) for name, value in default_environment().items()}
        version = self._read_config().get("version_info") or self._read_config().get("version", "")
        parts = version.split(".")
        if len(parts) >= 2:  # noqa: PLR2004 - major.minor
            values |= {
                "python_full_version": ".".join(parts[:3]),
                "python_version": ".".join(parts[:2]),
            }
        return values

    def _read_config(self) -> dict[str, str]:
        lines = _read_text(self.folder / "pyvenv.cfg").splitlines()
        pairs = (line.partition("=") for line in lines)
        return {key.strip().lower(): value.strip() for key, _, value in pairs}


def find_environment(root: Path, environ: Mapping[str, str], *, is_active: bool) -> Environment:
    """Find the environment that uv uses for a project, by uv's own order.

    Args:
        root: The workspace root.
        environ: The environment variables.
        is_active: Whether `--active` holds.

    Returns:
        `VIRTUAL_ENV` with `--active` (relative to the current folder), else
        `UV_PROJECT_ENVIRONMENT` (relative to the root), else `.venv`; a `.venv` that is a file
        holds the path (uv 0.13.9).
    """
    active = environ.get("VIRTUAL_ENV") if is_active else None
    if active:
        return Environment(Path(os.path.normpath(Path.cwd() / active)), active)
    chosen = environ.get("UV_PROJECT_ENVIRONMENT")
    if chosen:
        return Environment(Path(os.path.normpath(root / chosen)), chosen)
    folder = root / ".venv"
    if folder.is_file() and _read_text(folder).strip():
        target = Path(os.path.normpath(root / _read_text(folder).strip()))
        return Environment(target, ".venv", redirect=folder)
    return Environment(folder, ".venv")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
