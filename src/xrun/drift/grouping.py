"""Which findings were asked for, and which are there only because those need them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.drift.finding import Finding


def split_requested(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Split findings into what was asked for, and what only that needs."""
    waiting = list(findings)
    requested: list[Finding] = []
    reached: set[str] = set()
    while waiting:
        # What nothing needs, or what is marked; where all that is left goes in a circle, its first.
        roots = [each for each in waiting if not each.needed_by or each.is_requested] or waiting[:1]
        requested += roots
        reached |= _reach({each.name for each in roots}, findings)
        waiting = [each for each in waiting if each.name not in reached]
    names = {each.name for each in requested}
    return (
        [each for each in findings if each.name in names],
        [each for each in findings if each.name not in names],
    )


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


def _reach(names: set[str], findings: Sequence[Finding]) -> set[str]:
    """The names and all that they need, among the findings."""
    more = {each.name for each in findings if each.needed_by & names} | names
    return more if more == names else _reach(more, findings)
