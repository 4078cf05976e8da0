"""What was asked for, each with what it needs directly below."""

from __future__ import annotations

import pytest

from unit.drifts import undeclared
from xrun.drift.grouping import split_requested
from xrun.drift.order import list_below

# Each distribution, and behind the colon what needs it; then the groups.
GRAPHS = [
    ("a: b:", "a | b"),
    ("a: b:d c: d:a", "a d b | c"),
    ("a: b: x:b", "a | b x"),
    ("a: b: x:a,b", "a x | b"),
    ("a: b:a c:b d:c", "a b c d"),
    ("c: a:c b:a z:c", "c a z b"),
    ("a:b b:a c:", "a b | c"),
    ("a:b b:a", "a b"),
]


@pytest.mark.parametrize(("graph", "expected"), GRAPHS)
def test_each_stands_below_the_first_that_needs_it(graph: str, expected: str) -> None:
    pairs = [word.split(":") for word in graph.split()]
    findings = [
        undeclared(name, needed_by=tuple(filter(None, by.split(",")))) for name, by in pairs
    ]
    groups = list_below(*split_requested(findings))
    told = " | ".join(" ".join(each.name for each in (top, *below)) for top, below in groups)
    assert told == expected


def test_a_long_chain_is_no_failure_and_loses_nothing() -> None:
    chain = [undeclared(f"d{at}", needed_by=(f"d{at - 1}",) if at else ()) for at in range(300)]
    ((_, below),) = list_below(*split_requested(chain))
    assert below == chain[1:]
