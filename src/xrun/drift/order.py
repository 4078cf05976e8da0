"""In which order findings are told: what was asked for, each with what it needs below."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.drift.finding import Finding


def list_below(
    requested: Sequence[Finding], needed: Sequence[Finding]
) -> Iterator[tuple[Finding, list[Finding]]]:
    """List each finding that was asked for with those that are there only because of it.

    What several need stands below the first of them; what is needed directly comes first.

    Args:
        requested: As `split_requested` has them.
        needed: The others.
    """
    waiting = list(needed)
    for top in requested:
        below: list[Finding] = []
        names = {top.name}
        while found := [each for each in waiting if each.needed_by & names]:
            below += found
            names = {each.name for each in found}
            waiting = [each for each in waiting if each.name not in names]
        yield top, below
