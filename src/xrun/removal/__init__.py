"""Nothing lost: what a run removes goes to the attic first, and comes back from there."""

from __future__ import annotations

from xrun.removal.attic import (
    AtticError,
    Removal,
    discard,
    is_untouched,
    list_removals,
    stow,
    sweep,
)
from xrun.removal.journal import Entry, Gone, load_entries, make_gone, write_entry
from xrun.removal.prune import prune
from xrun.removal.restore import RestoreError, bring_back, choose, render_install

__all__ = [
    "AtticError",
    "Entry",
    "Gone",
    "Removal",
    "RestoreError",
    "bring_back",
    "choose",
    "discard",
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
