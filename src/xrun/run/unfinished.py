"""Removals that were never told: the step that made them was killed before it could."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.environment.attic.journal import Gone, load_entries, write_entry
from xrun.environment.attic.store import list_removals
from xrun.environment.attic.stow import discard, find_changed

if TYPE_CHECKING:
    from xrun.environment import Environment


def note_unfinished(environment: Environment) -> tuple[str, ...]:
    """Note in the journal what went in a step that was killed; what did not go leaves the attic.

    Args:
        environment: As it is now; its gate is held.

    Returns:
        The names of what went.
    """
    told = {entry.at for entry in load_entries(environment)}
    names: set[str] = set()
    for removal in list_removals(environment):
        if removal.at in told:
            continue
        changed = find_changed(removal, environment)
        gone = [
            Gone(each.name, each.version, replaced_by=each.replaced_by)
            for each in removal.distributions
            if each.name in changed
        ]
        if gone:
            write_entry(removal.at, environment, gone)
        else:
            discard(removal)
        names |= {each.name for each in gone}
    return tuple(sorted(names))
