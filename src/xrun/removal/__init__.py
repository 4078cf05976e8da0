"""Nothing lost: what a run removes goes to the attic first, and comes back from there."""

from __future__ import annotations

from xrun.removal.attic import (
    AtticError,
    Removal,
    discard,
    is_untouched,
    list_removals,
    stow,
)
from xrun.removal.restore import restore

__all__ = ["AtticError", "Removal", "discard", "is_untouched", "list_removals", "restore", "stow"]
