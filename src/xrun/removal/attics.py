"""All that is put away, environment by environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import platformdirs

from xrun.removal.attic import OWN_FOLDER, list_in
from xrun.removal.journal import list_environments

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.removal.attic import Removal


@dataclass(frozen=True)
class Attic:
    """What is put away of one environment.

    Attributes:
        environment: Its folder, there or not.
        folder: Where it lies.
        removals: The newest first; never empty.
    """

    environment: Path
    folder: Path
    removals: tuple[Removal, ...]

    @property
    def size(self) -> int:
        """The bytes of all files; with hardlinks the disk holds them once."""
        return sum(removal.size for removal in self.removals)


def list_attics() -> list[Attic]:
    """List what is put away of all environments, the one with the newest removal first."""
    base = platformdirs.user_state_path("xrun", appauthor=False) / "attic"
    # On another file system than the state folder the attic lies in the environment.
    inside = {environment / OWN_FOLDER for environment in list_environments()}
    found = []
    for folder in [*base.glob("*"), *inside]:
        removals = list_in(folder)
        if removals:
            found.append(Attic(removals[0].environment, folder, tuple(removals)))
    return sorted(found, key=lambda attic: -attic.removals[0].at)
