"""Distributions that go along: copied from one environment into another of the same Python."""

from __future__ import annotations

import contextlib
import os

from xrun.environment.attic.file_operations import link_or_copy
from xrun.environment.attic.own_files import Folders, list_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xrun.environment.distribution import Distribution
    from xrun.environment.environment import Environment


def fits(source: Environment, target: Environment) -> bool:
    """Whether what is installed in one environment can be used in the other: the same Python."""
    return _read_tags(source) == _read_tags(target)


def _read_tags(environment: Environment) -> tuple[list[str], str]:
    places = [os.path.relpath(site, environment.folder) for site in environment.site_packages]
    return places, environment.markers["platform_python_implementation"]


def copy(source: Environment, target: Environment, names: Iterable[str]) -> None:
    """Copy distributions, by hardlink where that can be; a file that is there already stays.

    A program's first lines name the Python that it was installed for: they get the other's, and
    RECORD says nothing of its content any more. RECORD comes last, so that what is half copied is
    none. What someone else removes meanwhile is not copied.

    Args:
        source: Where they are installed.
        target: Where they are not.
        names: Normalised.

    Raises:
        OSError: A file cannot be read or written.
    """
    for name in names:
        distribution = source.distributions.get(name)
        if distribution is None:
            continue
        placed: list[Path] = []
        try:
            _copy_one(source, target, distribution, placed)
        except FileNotFoundError:
            if os.path.lexists(distribution.folder / "RECORD"):
                raise
            for place in placed:
                place.unlink(missing_ok=True)
            for folder in {place.parent for place in placed} - {*target.site_packages}:
                with contextlib.suppress(OSError):  # there is more in it
                    folder.rmdir()


def _copy_one(
    source: Environment, target: Environment, distribution: Distribution, placed: list[Path]
) -> None:
    record = os.path.relpath(distribution.folder / "RECORD", source.folder)
    changed = set()
    for file in list_files(Folders(source), distribution):
        place = target.folder / file
        if file == record or os.path.lexists(place):
            continue
        placed.append(place)
        content = _read_program(source, source.folder / file)
        if content is None:
            link_or_copy(source.folder / file, place)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.replace(os.fsencode(source.folder), os.fsencode(target.folder)))
        place.chmod((source.folder / file).stat().st_mode)
        changed.add(os.path.relpath(source.folder / file, distribution.folder.parent))
    text = (source.folder / record).read_text(encoding="utf-8")
    rows = ((line, line.split(",", 1)[0]) for line in text.splitlines())
    # What is another file now has neither hash nor size.
    lines = [f"{path},," if path in changed else line for line, path in rows]
    (target.folder / record).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _read_program(source: Environment, file: Path) -> bytes | None:
    """Read a program that names the Python of its environment; `None` for any other file."""
    if file.parent.name not in {"bin", "Scripts"} or file.is_symlink():
        return None
    content = file.read_bytes()
    return content if os.fsencode(source.folder) in content[:1024] else None
