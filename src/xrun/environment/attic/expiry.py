"""How long backups stay in the attic, and how much of them; the others are dropped."""

from __future__ import annotations

import contextlib
import itertools
import time

from xrun.environment.attic.file_operations import remove_tree
from xrun.environment.attic.store import list_places, list_removals
from xrun.project.spelling import list_folder
from xrun.words import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from xrun.environment.attic.store import Removal
    from xrun.environment.environment import Environment

# The oldest removals of an environment go beyond either, but for age never the last few. What the
# last one takes does not count, and what is too much goes alone: a large one drops no small ones.
MOST_DAYS = 30
MOST_BYTES = 2**30
LAST = 10


def drop_old(environment: Environment, heads: Sequence[Removal], spared: Collection[Path]) -> None:
    """Drop what is too old, and of what is too much the oldest; never what is spared.

    So do the drafts of what was killed meanwhile.

    Args:
        environment: Where they were made.
        heads: All removals of it, without what went; of those that are not believed none goes.
        spared: The folders of those that stay.
    """
    # Only where something may be old it is worth to look at each file's path.
    for removal in select_old(list_removals(environment)) if select_old(heads) else ():
        if removal.folder not in spared:
            remove_tree(removal.folder)
    for place in itertools.chain(*list_places(environment)):
        for name in list_folder(place):
            with contextlib.suppress(OSError):
                is_draft = name.startswith(".") and name[1:].isdecimal()
                if is_draft and abs(time.time() - (place / name).stat().st_mtime) > DAY:
                    remove_tree(place / name)


def select_old(removals: Sequence[Removal]) -> list[Removal]:
    """Select the removals of an environment that go, because they are too old or too much.

    A clock may jump, so age is counted in days of use: from one removal to the next at most a day
    passes, and never less than none.

    Args:
        removals: All, the newest first.
    """
    old, age, total = [], 0.0, 0
    for index, removal in enumerate(removals):
        age += min(max(removals[max(index - 1, 0)].at - removal.at, 0), DAY)
        is_too_much = index > 0 and total + removal.size > MOST_BYTES
        if is_too_much or (index >= LAST and age > MOST_DAYS * DAY):
            old.append(removal)
        elif index > 0:
            total += removal.size
    return old
