"""Which lines of a project import what only certain distributions provide (XR301)."""

from __future__ import annotations

import os
import sys
import time

from xrun.drift.finding import Importer, Imports
from xrun.environment.modules import NO_OWNERS, list_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from xrun.drift.imports.parse import Import
    from xrun.environment.modules import Listing, Modules

# One process alone gets through a small project; starting others pays where much is left.
ALONE = 0.5  # seconds
MANY = 200  # files
OFTEN = 50  # files from one word about the progress to the next


def find_importers(  # noqa: PLR0913 - what is searched, what for, and how long
    sources: Sequence[Path],
    root: Path,
    modules: Modules,
    names: Collection[str],
    *,
    members: Collection[Path] = (),
    deadline: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Imports:
    """Find the lines that import a module which only some of these distributions provide.

    Args:
        sources: The project's Python files.
        root: The workspace root: paths are relative to it, and its modules are the project's own.
        modules: What installed distributions provide.
        names: The distributions asked about, normalised.
        members: The folders of the workspace's members: their modules are its own, too.
        deadline: When to stop, by `time.monotonic()`; one process is used, whatever there is.
        tell: Called now and then with how many files are searched, and of how many.
    """
    homes = [
        home for folder in dict.fromkeys((root, *members)) for home in (folder, folder / "src")
    ]
    resolver = _Resolver(modules, frozenset(names), [str(home) for home in homes])
    tops = sorted(modules.list_top_levels(names) - sys.stdlib_module_names)
    found: dict[str, set[tuple[str, int]]] = {}
    done = unparsed = 0
    total = len(sources) if tops else 0
    for path, imports in _read_all([str(path) for path in sources[:total]], tops, deadline):
        done += 1
        unparsed += imports is None
        for each in imports or ():
            for owner in resolver.find_owners(each, os.path.dirname(path)):  # noqa: PTH120
                found.setdefault(owner, set()).add((path, each.line))
        if tell is not None and (done % OFTEN == 0 or done == total):
            tell(done, total)
    by_distribution = {name: _list_importers(found[name], str(root)) for name in sorted(found)}
    return Imports(by_distribution, unparsed, is_complete=done == total)


def _read_all(
    paths: Sequence[str], tops: Sequence[str], deadline: float | None
) -> Iterator[tuple[str, list[Import] | None]]:
    """Read what files import, each with its path; what comes after the deadline is left out."""
    from xrun.drift.imports.parse import read_imports  # most findings are explained without

    started = time.monotonic()
    for at, path in enumerate(paths):
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            return
        if deadline is None and now - started >= ALONE and len(paths) - at >= MANY:
            from xrun.drift.imports.parallel import read_in_processes

            yield from read_in_processes(paths[at:], tops)
            return
        yield path, read_imports(path, tops)


def _list_importers(places: Collection[tuple[str, int]], root: str) -> tuple[Importer, ...]:
    importers = (
        Importer(os.path.relpath(path, root).replace(os.sep, "/"), line) for path, line in places
    )
    return tuple(sorted(importers, key=lambda each: (each.path, each.line)))


class _Resolver:
    """Which of the distributions asked about an import counts for; what is on disk is kept."""

    def __init__(self, modules: Modules, names: frozenset[str], homes: Sequence[str]) -> None:
        self._modules = modules
        self._names = names
        self._homes = homes
        self._listings: dict[str, Listing] = {}
        self._bases: dict[str, str] = {}
        self._known: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}

    def find_owners(self, imported: Import, folder: str) -> frozenset[str]:
        """Find which distributions an import in a file of this folder counts for; may be none."""
        key = (self._find_base(folder), imported.names)
        if key not in self._known:
            self._known[key] = self._resolve(imported.names, key[0])
        return self._known[key]

    def _resolve(self, meanings: Sequence[str], base: str) -> frozenset[str]:
        for name in meanings:
            if any(self._provides(home, name) for home in (base, *self._homes)):
                return NO_OWNERS
            owners = self._modules.find_owners(name)
            if owners:
                return owners if owners <= self._names else NO_OWNERS
        return NO_OWNERS

    def _provides(self, folder: str, name: str) -> bool:
        """Whether a folder of the project provides a module, where that beats an installed one.

        A folder without an `__init__` is a namespace package: an installed module comes first.
        """
        for part in name.split("."):
            if folder not in self._listings:
                self._listings[folder] = list_modules(folder)
            if part in self._listings[folder].regular:
                return True
            if part not in self._listings[folder].namespaces:
                return False
            folder = f"{folder}{os.sep}{part}"
        return not self._modules.find_regular(name)

    def _find_base(self, folder: str) -> str:
        """Find the folder that Python finds a file's package in: the closest without `__init__`."""
        if folder not in self._bases:
            above = os.path.dirname(folder)  # noqa: PTH120
            is_package = above != folder and os.path.isfile(f"{folder}{os.sep}__init__.py")  # noqa: PTH113
            self._bases[folder] = self._find_base(above) if is_package else folder
        return self._bases[folder]
