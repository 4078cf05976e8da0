"""Nothing lost: what a run removes goes to the attic first, and comes back from there."""

from __future__ import annotations

from xrun.removal.attic import (
    AtticError,
    discard,
    find_changed,
    is_untouched,
    stow,
    sweep,
)
from xrun.removal.choice import RestoreError, choose
from xrun.removal.journal import Entry, Gone, load_entries, make_gone, write_entry
from xrun.removal.prune import prune
from xrun.removal.restore import bring_back, render_install
from xrun.removal.stored import Removal, list_removals

__all__ = [
    "AtticError",
    "Entry",
    "Gone",
    "Removal",
    "RestoreError",
    "bring_back",
    "choose",
    "discard",
    "find_changed",
    "is_untouched",
    "list_removals",
    "load_entries",
    "make_gone",
    "prune",
    "render_install",
    "stow",
    "sweep",
    "write_entry",
]
