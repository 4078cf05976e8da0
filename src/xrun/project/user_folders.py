"""The folders of a user's own, where there is a home to have them in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from xrun.proxy.files import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable


def resolve_state_folder() -> Path:
    """Resolve xrun's state folder, without making it."""
    return _resolve(platformdirs.user_state_dir)


def resolve_config_folder() -> Path:
    """Resolve the folder of the user's own policy."""
    return _resolve(platformdirs.user_config_dir)


def _resolve(find: Callable[..., str]) -> Path:
    """Resolve a folder; below a home that nobody knows it is nowhere (never a folder named `~`)."""
    try:
        folder = Path(find("xrun", appauthor=False))
    except RuntimeError:  # newer ones of platformdirs say so, older ones leave the `~`
        return Path(NOWHERE)
    return folder if folder.is_absolute() else Path(NOWHERE)
