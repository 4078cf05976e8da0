"""Which modules installed distributions provide: read from RECORD, nothing is imported."""

from __future__ import annotations

import os

from xrun.environment.distribution import read_text
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment

EXTENSIONS = frozenset({"so", "pyd"})
NO_OWNERS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Modules:
    """Which modules are provided by which distributions, by dotted and by normalised names.

    Attributes:
        regular: The owners of each module that is a file, and of each package with an `__init__`.
        folders: The owners of what lies below each folder; without an `__init__` the folder is a
            namespace package (PEP 420).
        unsearched: The owners of top-level folders of editable installations without an
            `__init__`: what lies in them is not known.
    """

    regular: dict[str, frozenset[str]]
    folders: dict[str, frozenset[str]]
    unsearched: dict[str, frozenset[str]]

    def find_owners(self, name: str) -> frozenset[str]:
        """Find the distributions that provide what `import a.b.c` needs.

        Returns:
            The owners of the deepest part of the name that is a regular module; where none is,
            those of all that lies below a namespace of that name. None where neither is known.
        """
        regular = self.find_regular(name)
        if regular:
            return self.regular[regular]
        top = name.partition(".")[0]
        return self.folders.get(name, NO_OWNERS) | self.unsearched.get(top, NO_OWNERS)

    def find_regular(self, name: str) -> str:
        """Find the deepest part of a dotted name that is a regular module; may be empty."""
        while name and name not in self.regular:
            name = name.rpartition(".")[0]
        return name

    def list_top_levels(self, owners: Collection[str]) -> frozenset[str]:
        """List the top-level names that some of these distributions have a part in."""
        wanted = frozenset(owners)
        provided = (self.regular, self.folders, self.unsearched)
        return frozenset(
            name
            for each in provided
            for name, found in each.items()
            if "." not in name and not wanted.isdisjoint(found)
        )


@dataclass(frozen=True)
class Listing:
    """The modules in a folder on disk.

    Attributes:
        regular: Those that are a file or have an `__init__.py`.
        namespaces: The other folders that have a module's name.
    """

    regular: frozenset[str]
    namespaces: frozenset[str]


NOTHING = Listing(NO_OWNERS, NO_OWNERS)


def list_modules(folder: str) -> Listing:
    """List the modules in a folder, its top level only; none where it cannot be read."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208 - names are enough
    except (OSError, ValueError):  # ValueError: a null character
        return NOTHING
    files = {_parse_module(entry) for entry in entries} - {""}
    paths = {entry: f"{folder}{os.sep}{entry}" for entry in entries if entry.isidentifier()}
    folders = {name for name, path in paths.items() if os.path.isdir(path)}  # noqa: PTH112
    packages = {name for name in folders if os.path.isfile(f"{paths[name]}{os.sep}__init__.py")}  # noqa: PTH113
    return Listing(frozenset(files | packages), frozenset(folders - packages))


def _parse_module(file: str) -> str:
    """Parse the name of a file into that of its module; empty where it is none.

    What an extension module's name goes on with is for which Python it is (`a.cpython-311-x.so`).
    """
    stem, _, suffix = file.rpartition(".")
    if suffix in EXTENSIONS:
        stem = stem.partition(".")[0]
    elif suffix != "py":
        return ""
    return stem if stem.isidentifier() else ""


def read_modules(environment: Environment) -> Modules:
    """Read which modules the distributions of an environment provide.

    Of an editable installation it is what lies in the folders that it adds to Python's path.
    Distributions of the older form (`.egg-info`) are passed over, as everywhere.
    """
    modules = Modules({}, {}, {})
    for distribution in environment.distributions.values():
        owner = frozenset({distribution.name})
        files = distribution.files
        regular, folders = _parse_files(files)
        paths = [file for file in files if file.endswith(".pth") and "/" not in file]
        if paths or not regular:
            found = _find_elsewhere(distribution, paths, has_record=bool(files))
            regular |= found.regular
            _add(modules.unsearched, found.namespaces, owner)
        _add(modules.regular, regular, owner)
        _add(modules.folders, folders, owner)
    return modules


def _add(owners: dict[str, frozenset[str]], names: Iterable[str], owner: frozenset[str]) -> None:
    for name in names:
        known = owners.get(name)
        owners[name] = owner if known is None else known | owner


def _parse_files(files: Iterable[str]) -> tuple[set[str], set[str]]:
    """Parse the paths of a RECORD: the regular modules, and the folders that have some below."""
    regular: set[str] = set()
    packages: dict[str, str | None] = {}
    for file in files:
        folder, _, base = file.rpartition("/")
        name = _parse_module(base)
        if not name:
            continue
        if folder not in packages:
            packages[folder] = _parse_folder(folder)
        package = packages[folder]
        if package is None:
            continue
        if name != "__init__":
            regular.add(f"{package}.{name}" if package else name)
        elif package:
            regular.add(package)
    folders: set[str] = set()
    for package in filter(None, packages.values()):
        parts = package.split(".")
        folders |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return regular, folders


def _parse_folder(folder: str) -> str | None:
    """Parse a folder in site-packages into a dotted name; `None` where no module can be in it."""
    parts = folder.split("/") if folder else []
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def _find_elsewhere(
    distribution: Distribution, paths: Iterable[str], *, has_record: bool
) -> Listing:
    """Find the top-level modules that RECORD does not list.

    Args:
        distribution: RECORD lists none of it, or a `.pth` file.
        paths: Its `.pth` files.
        has_record: Whether there is a RECORD at all.
    """
    provenance = distribution.provenance
    if has_record and not provenance.is_editable:
        return NOTHING
    folders = _list_path_entries(distribution.folder.parent, paths)
    listings = [list_modules(folder) for folder in folders]
    found = Listing(
        NO_OWNERS.union(*(each.regular for each in listings)),
        NO_OWNERS.union(*(each.namespaces for each in listings)),
    )
    if found != NOTHING:
        return found
    listed = read_text(distribution.folder / "top_level.txt").split()
    if listed or not provenance.is_editable:
        return Listing(frozenset(listed), NO_OWNERS)
    source = os.path.join(provenance.source, "src")  # noqa: PTH118
    return list_modules(source if os.path.isdir(source) else provenance.source)  # noqa: PTH112


def _list_path_entries(site_packages: Path, paths: Iterable[str]) -> Iterator[str]:
    """List the folders that `.pth` files add to Python's path; a line of code names none."""
    for path in paths:
        for line in read_text(site_packages / path).splitlines():
            entry = line.strip().removeprefix("\ufeff")
            if entry:
                yield str(site_packages / entry)
