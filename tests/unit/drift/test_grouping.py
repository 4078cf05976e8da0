"""Which distributions were asked for, and which are there only because others need them."""

from __future__ import annotations

import pytest

from unit.drifts import requests, undeclared
from xrun.drift.finding import Finding, Kind
from xrun.drift.grouping import list_below, split_requested
from xrun.environment.distribution import Provenance


def names_of(findings: list[Finding]) -> str:
    return " ".join(finding.name for finding in findings)


def test_splits_what_was_asked_for_from_what_it_needs() -> None:
    requested, needed = split_requested(requests())
    assert names_of(requested) == "requests"
    assert names_of(needed) == "certifi charset-normalizer idna urllib3"


def test_what_was_asked_for_by_name_is_told_although_another_needs_it() -> None:
    by_name = Finding(
        *(Kind.UNDECLARED, "idna", "1", None),
        *(Provenance("pip", None, is_requested=True, direct_url={}), frozenset({"requests"})),
    )
    requested, needed = split_requested([by_name, *requests()[:2]])
    assert (names_of(requested), names_of(needed)) == ("idna requests", "certifi")


def test_of_a_circle_one_counts_as_asked_for() -> None:
    circle = [undeclared("a", needed_by=("b",)), undeclared("b", needed_by=("a",))]
    requested, needed = split_requested(circle)
    assert (names_of(requested), names_of(needed)) == ("a", "b")
    assert split_requested([]) == ([], [])


def test_a_circle_beside_another_is_not_told_as_what_only_that_needs() -> None:
    circle = [undeclared("a", needed_by=("b",)), undeclared("b", needed_by=("a",))]
    requested, _ = split_requested([undeclared("six"), *circle])
    assert names_of(requested) in {"six a", "a six"}


# Each distribution, and behind the colon what needs it; then: asked for, and only needed.
GRAPHS = [
    ("a:", "a", ""),
    ("a: b:", "a b", ""),
    ("a: b:a c:b", "a", "b c"),
    ("b:a a:", "a", "b"),
    ("a:a", "a", ""),
    ("a:b b:a", "a", "b"),
    ("a: b:c c:b", "a b", "c"),
    ("a: b:a,c c:b", "a", "b c"),
    ("a:b b:a c:d d:c", "a c", "b d"),
    ("a: b: c:a,b", "a b", "c"),
]


@pytest.mark.parametrize(("graph", "asked", "needed"), GRAPHS)
def test_splits_every_shape_without_losing_any(graph: str, asked: str, needed: str) -> None:
    pairs = [word.split(":") for word in graph.split()]
    findings = [
        undeclared(name, needed_by=tuple(filter(None, by.split(",")))) for name, by in pairs
    ]
    requested, others = split_requested(findings)
    assert (names_of(requested), names_of(others)) == (asked, needed)


def test_a_long_chain_is_no_failure() -> None:
    chain = [undeclared(f"d{at}", needed_by=(f"d{at - 1}",) if at else ()) for at in range(300)]
    requested, needed = split_requested(chain)
    assert (len(requested), len(needed)) == (1, 299)


# Each distribution, and behind the colon what needs it; then the groups.
GROUPS = [
    ("a: b:", "a | b"),
    ("a: b:d c: d:a", "a d b | c"),
    ("a: b: x:b", "a | b x"),
    ("a: b: x:a,b", "a x | b"),
    ("a: b:a c:b d:c", "a b c d"),
    ("c: a:c b:a z:c", "c a z b"),
    ("a:b b:a c:", "a b | c"),
    ("a:b b:a", "a b"),
]


@pytest.mark.parametrize(("graph", "expected"), GROUPS)
def test_each_stands_below_the_first_that_needs_it(graph: str, expected: str) -> None:
    pairs = [word.split(":") for word in graph.split()]
    findings = [
        undeclared(name, needed_by=tuple(filter(None, by.split(",")))) for name, by in pairs
    ]
    groups = list_below(*split_requested(findings))
    told = " | ".join(" ".join(each.name for each in (top, *below)) for top, below in groups)
    assert told == expected


def test_a_long_chain_stands_below_its_first() -> None:
    chain = [undeclared(f"d{at}", needed_by=(f"d{at - 1}",) if at else ()) for at in range(300)]
    ((_, below),) = list_below(*split_requested(chain))
    assert below == chain[1:]
