"""An environment on disk: where it is, what it is, which distributions are in it."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path

from xrun.environment.distribution import Distribution, read_old_form, read_text
from xrun.project.names import canonicalize_name
from xrun.project.spelling import list_folder, spell_folder
from xrun.proxy import BIN, EXE, LIBRARY
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INFO = ".dist-info"
USUAL = ".venv"  # its name, where no other is chosen
# The folder of uv's cache with the environments that it keeps itself, but for its version.
CENTRAL = "environments-v"
# What an environment is made with (uv 0.5.31 to 0.13.9): paths, of folders with a `/` at the end.
MADE = (
    r"(?is)CACHEDIR\.TAG|\.gitignore|\.lock|pyvenv\.cfg|lib64( -> lib)?|(bin|Scripts)/"
    r"|(bin|Scripts)/((python|pypy)w?[\d.]*t?(\.exe)?( -> .*)?|(de)?activate[\w.]*|pydoc\.bat)"
    r"|(lib|lib64|Lib|include|Include)/(.*/)?|(lib/[^/]+|lib64/[^/]+|Lib)/site-packages/_virtualenv\.\w+"
)


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
    def dangling(self) -> str:
        """Where a link in its place leads, if that is missing; empty for any other.

        Not a link to one of uv's own environments (a preview, uv 0.11.25 to 0.13.9): uv makes
        those again, where it refuses all others.
        """
        if not self.folder.is_symlink() or self.folder.exists():
            return ""
        target = os.readlink(self.folder)  # noqa: PTH115 - as text
        return "" if is_central(target) else target

    def leads_elsewhere(self, named: Path) -> bool:
        """Whether uv takes another of its own environments, and nothing but a link is lost by that.

        The link leads to the environment of another Python or of the place where the project was
        before, or it is missing (a preview, uv 0.11.25 to 0.13.9).

        Args:
            named: The environment that uv names.
        """
        is_link = self.redirect is None and self.folder.is_symlink()
        is_there = os.path.lexists(self.place)
        if not is_central(named) or (
            is_there and not (is_link and is_central(os.readlink(self.folder)))  # noqa: PTH115
        ):
            return False
        try:
            return not named.samefile(self.folder)
        except OSError:
            return is_there or named.exists()

    @property
    def is_uvs_choice(self) -> bool:
        """Whether it is a folder `.venv` that uv chose, as no other was named."""
        is_named = self.name != USUAL or self.redirect is not None
        return not is_named and self.exists and not self.folder.is_symlink()

    @property
    def is_virtual(self) -> bool:
        """Whether it is a virtual environment: `pyvenv.cfg` is a regular file in it."""
        config = self.folder / "pyvenv.cfg"
        # Not `os.path.isfile`: a folder that may not be looked into is to raise.
        return config.is_file() and not config.is_symlink()

    @property
    def is_base(self) -> bool:
        """Whether it is a whole Python with its standard library, not an environment of one."""
        return not self.is_virtual and any(self.folder.glob(f"{LIBRARY}/os.py"))

    @property
    def is_damaged(self) -> bool:
        """Whether it was a virtual environment: an interpreter without `pyvenv.cfg`.

        uv then takes the Python behind it for the environment, and may still name this folder.
        """
        return self.interpreter.exists() and not self.is_virtual and not self.is_base

    @property
    def is_half_made(self) -> bool:
        """Whether making it was interrupted: it has no Python yet, or a `pyvenv.cfg` without one.

        Nothing is in it but what `uv venv` and `python -m venv` put there: it may be deleted.
        """
        is_folder = self.exists and self.folder.is_dir() and not self.folder.is_symlink()
        is_made = bool(self._read_config().get("home")) and os.path.lexists(self.interpreter)
        if not is_folder or is_made or self.is_base or self.every_distribution:
            return False
        try:
            return all(re.fullmatch(MADE, path) for path in _list_below(self.folder))
        except OSError:
            return False

    @property
    def interpreter(self) -> Path:
        """The path of its Python."""
        return self.folder / BIN / f"python{EXE}"

    @cached_property
    def site_packages(self) -> tuple[Path, ...]:
        """The folders that distributions are installed into."""
        return tuple(sorted(self.folder.glob(f"{LIBRARY}/site-packages")))

    @property
    def is_writable(self) -> bool:
        """Whether distributions can be installed and removed."""
        return all(os.access(folder, os.W_OK) for folder in (self.folder, *self.site_packages))

    @cached_property
    def distributions(self) -> Mapping[str, Distribution]:
        """What is installed, by normalised name; of several of one name the last, or no ghost."""
        chosen: dict[str, Distribution] = {}
        for each in self.every_distribution:
            if each.name not in chosen or not each.is_ghost:
                chosen[each.name] = each
        return chosen

    @cached_property
    def every_distribution(self) -> tuple[Distribution, ...]:
        """What is installed, folder by folder, as uv counts it: no links (0.5.30 to 0.13.9).

        An installer that was killed leaves two of one name, and both go when one does.
        """
        return tuple(self._read_distributions())

    def _read_distributions(self) -> Iterator[Distribution]:
        for site_packages in self.site_packages:
            for entry in _list_infos(site_packages):
                name, dash, version = entry.removesuffix(INFO).partition("-")
                if dash:
                    yield Distribution(canonicalize_name(name), version, site_packages / entry)

    @cached_property
    def old_forms(self) -> Mapping[str, Distribution]:
        """What has a form from before RECORD, by name: an `.egg-info`, or an `.egg-link`."""
        found = {}
        for site_packages in self.site_packages:
            for entry in list_folder(site_packages):
                stem, _, suffix = entry.rpartition(".")
                if suffix in {"egg-info", "egg-link"}:
                    name = stem if suffix == "egg-link" else stem.partition("-")[0]
                    old = read_old_form(canonicalize_name(name), site_packages / entry)
                    found[old.name] = old
        return found

    def find(self, name: str) -> Distribution | None:
        """Find what is installed under a normalised name, in an old form too."""
        return self.distributions.get(name) or self.old_forms.get(name)

    @cached_property
    def listed(self) -> Mapping[str, set[str]]:
        """What the RECORDs of all that is installed list, by the folder that each file is in."""
        found: dict[str, set[str]] = {}
        for each in self.every_distribution:
            for folder, files in each.folders.items():
                found.setdefault(folder, set()).update(files)
        return found

    @cached_property
    def markers(self) -> Mapping[str, str]:
        """The values that markers are evaluated with: this platform, that interpreter's version."""
        from packaging.markers import default_environment

        values = {name: str(value) for name, value in default_environment().items()}
        implementation = self._read_config().get("implementation", "")
        if implementation:
            values |= {
                "implementation_name": implementation.lower(),
                "platform_python_implementation": implementation,
            }
        if self.version:
            major_minor = ".".join(self.version.split(".")[:2])
            values |= {"python_full_version": self.version, "python_version": major_minor}
        return values

    @property
    def version(self) -> str:
        """The version of its Python (`3.11.7`), as `pyvenv.cfg` has it; empty if it is missing."""
        config = self._read_config()
        parts = (config.get("version_info") or config.get("version", "")).split(".")
        return ".".join(parts[:3]) if len(parts) > 1 else ""

    @property
    def sees_system(self) -> bool:
        """Whether the packages of the base Python are visible (`--system-site-packages`)."""
        value = self._read_config().get("include-system-site-packages", "")
        return value.lower() == "true"

    def _read_config(self) -> dict[str, str]:
        lines = read_text(self.folder / "pyvenv.cfg").splitlines()
        pairs = (line.partition("=") for line in lines)
        return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _list_infos(folder: Path) -> list[str]:
    """List the names of the `.dist-info` folders in a folder, but for links to one; sorted."""
    try:
        with os.scandir(folder) as entries:
            infos = (each for each in entries if each.name.endswith(INFO))
            return sorted(each.name for each in infos if each.is_dir(follow_symlinks=False))
    except OSError:
        return []


def is_made(file: str) -> bool:
    """Whether a file, by its path in an environment, is of what that is made with."""
    _, is_installed, name = file.partition(f"{os.sep}site-packages{os.sep}")
    is_others = is_installed and not name.lower().startswith("_virtualenv.")  # as nearly all are
    return not is_others and re.fullmatch(MADE, file) is not None


def is_made_folder(folder: str) -> bool:
    """Whether a folder, by its path in an environment, is of what that is made with."""
    first, _, rest = folder.lower().partition(os.sep)
    return first in {"lib", "lib64", "include"} or (first in {"bin", "scripts"} and not rest)


def _list_below(folder: Path) -> Iterator[str]:
    """List what lies below a folder, as `MADE` has it; a link with where it leads."""
    for entry in list(os.scandir(folder)):
        if entry.is_symlink():
            yield f"{entry.name} -> {os.readlink(entry)}"  # noqa: PTH115 - as text
        elif entry.is_dir():
            yield f"{entry.name}/"
            yield from (f"{entry.name}/{path}" for path in _list_below(Path(entry)))
        else:
            yield entry.name


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
        return Environment(_spell(Path.cwd() / active), active)
    chosen = environ.get("UV_PROJECT_ENVIRONMENT")
    if chosen:
        return Environment(_spell(root / chosen), chosen)
    folder = root / USUAL
    if folder.is_file() and read_text(folder).strip():
        target = _spell(root / read_text(folder).strip())
        return Environment(target, USUAL, redirect=folder)
    return Environment(folder, USUAL)


def _spell(folder: Path) -> Path:
    return spell_folder(Path(os.path.normpath(folder)), "pyvenv.cfg")


def is_central(path: str | Path) -> bool:
    """Whether a path is of one of the environments that uv keeps in its cache."""
    return os.path.basename(os.path.dirname(path)).startswith(CENTRAL)  # noqa: PTH119, PTH120
