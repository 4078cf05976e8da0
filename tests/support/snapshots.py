"""What an environment and a folder hold, as values that can be compared."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "pyvenv.cfg"
"""The file that makes a folder a virtual environment."""
_TIMES = frozenset({"RECORD", "uv_cache.json"})


@dataclass(frozen=True)
class Snapshot:
    """The distributions of one environment, each with a hash of its recorded files."""

    entries: tuple[tuple[str, str], ...] = ()

    @property
    def distributions(self) -> tuple[str, ...]:
        """What is installed, as sorted `name==version`."""
        return tuple(distribution for distribution, _ in self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """The distribution names alone."""
        return tuple(each.partition("==")[0] for each in self.distributions)


def site_packages(environment: Path) -> Path:
    """The folder of `environment` that holds what is installed."""
    found = [*environment.glob("lib/python3*/site-packages"), environment / "Lib/site-packages"]
    return found[0]


def snapshot(environment: Path) -> Snapshot:
    """Read `environment` as it is on disk, without running anything in it."""
    infos = sorted(site_packages(environment).glob("*.dist-info"))
    return Snapshot(tuple((_distribution(info), _digest(info)) for info in infos))


def _distribution(info: Path) -> str:
    return info.name.removesuffix(".dist-info").replace("-", "==", 1)


def _digest(info: Path) -> str:
    """One hash over names and contents of all files that RECORD lists.

    Not over what tells times: uv's note on when a local project was built, and RECORD, which
    holds the hash of that note.
    """
    record = info / "RECORD"
    if not record.is_file():
        return "no RECORD"
    total = hashlib.sha256()
    with record.open(encoding="utf-8", newline="") as lines:
        names = sorted(row[0] for row in csv.reader(lines) if row)
    for name in names:
        file = info.parent / name
        total.update(name.encode() + b"\0")
        if file.name not in _TIMES:
            total.update(file.read_bytes() if file.is_file() else b"missing")
    return total.hexdigest()


def list_spoiled(cache: Path) -> list[str]:
    """What uv's cache holds of a distribution otherwise than its RECORD says: gone, or edited."""
    spoiled = []
    for info in cache.glob("archive-v*/*/*.dist-info"):
        record = info / "RECORD"
        rows = csv.reader(record.read_text().splitlines()) if record.is_file() else ()
        spoiled += [] if record.is_file() and record.stat().st_size else [str(record)]
        for name, _, size in rows:
            file = info.parent / name
            if not file.is_file() or (size and file.stat().st_size != int(size)):
                spoiled.append(str(file))
    return spoiled


def environments(folder: Path) -> list[Path]:
    """Every virtual environment below `folder`."""
    return sorted(_environments(folder))


def _environments(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        if MARK in files:
            folders.clear()
            yield Path(parent)


def listing(folder: Path) -> tuple[str, ...]:
    """Every file below `folder` that is in no environment and is no compiled module."""
    found = []
    for parent, folders, files in os.walk(folder):
        if MARK in files:
            folders.clear()
            continue
        folders[:] = [each for each in folders if each != "__pycache__"]
        found += [str(Path(parent, each).relative_to(folder)) for each in files]
    return tuple(sorted(found))
