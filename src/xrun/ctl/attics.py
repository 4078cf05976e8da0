"""All that is put away, environment by environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.environment.attic.journal import list_environments
from xrun.environment.attic.store import OWN_FOLDER, find_state, list_folder, list_in

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.attic.store import Removal


@dataclass(frozen=True)
class Attic:
    """What is put away of one environment.

    Attributes:
        environment: Its folder, there or not.
        removals: The newest first; never empty.
    """

    environment: Path
    removals: tuple[Removal, ...]

    @property
    def size(self) -> int:
        """The bytes of all files; with hardlinks the disk holds them once."""
        return sum(removal.size for removal in self.removals)


def list_attics() -> list[Attic]:
    """List what is put away of all environments, the one with the newest removal first."""
    base = find_state()
    # Where the state folder does not take it, the attic lies in the environment.
    inside = {environment / OWN_FOLDER for environment in list_environments()}
    places = [*(base / name for name in list_folder(base)), *inside]
    found: dict[Path, list[Removal]] = {}
    for removal in (removal for place in places for removal in list_in(place)):
        found.setdefault(removal.environment, []).append(removal)
    attics = [
        Attic(environment, tuple(sorted(removals, key=lambda each: -each.at)))
        for environment, removals in found.items()
    ]
    return sorted(attics, key=lambda attic: -attic.removals[0].at)
