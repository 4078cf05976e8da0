"""Drift as rows: aligned, short, safe for a terminal, coloured only where that is wanted."""

from __future__ import annotations

import re

import pytest

from unit.drifts import (
    ENVIRONMENT,
    HOSTILE,
    ORIGIN,
    advise,
    imported,
    make_drift,
    many,
    requests,
    undeclared,
)
from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.project.conflicts import Item
from xrun.proxy.dataclass import replace
from xrun.report.text import render_rows

OTHER = Finding(Kind.OTHER, "idna", "3.6", "3.20")
MISSING = Finding(Kind.MISSING, "attrs", None, "25.3.0")
STALE = Finding(Kind.STALE_LOCK, "uv.lock")
UNSELECTED = Finding(Kind.UNSELECTED, "iniconfig", "2.3.1", selectors=(Item("extra", "a"),))


def render(drift: Drift, *, most: int | None = None, has_colour: bool = False) -> list[str]:
    return render_rows(drift, most=most, has_colour=has_colour, advice=advise)


def test_a_row_for_each_finding_in_columns() -> None:
    drift = make_drift(undeclared("six", "1.17.0"), UNSELECTED, MISSING, OTHER, STALE)
    assert render(drift) == [
        "  undeclared  six 1.17.0       by pip                  uv add six",
        f"  unselected  iniconfig 2.3.1  {'':22}  --extra a",
        "  missing     attrs 25.3.0                             xrunctl sync",
        "  other       idna 3.6         locked: 3.20            xrunctl sync",
        "  stale       uv.lock          missing or out of date  uv lock",
    ]


def test_no_findings_no_rows() -> None:
    assert render(make_drift()) == []
    assert render(make_drift(), most=4) == []


def test_another_source_of_the_same_version_is_told_as_such() -> None:
    (row,) = render(make_drift(Finding(Kind.OTHER, "foo", "1", "1")))
    assert row == "  other  foo 1  from another source or build  xrunctl sync"


def test_a_row_without_origin_is_aligned_and_has_no_blanks_behind() -> None:
    rows = render(make_drift(MISSING, STALE))
    assert (
        len({row.rindex(cure) for row, cure in zip(rows, ("xrunctl", "uv lock"), strict=True)}) == 1
    )
    assert all(row == row.rstrip() for row in rows)


def test_what_only_another_needs_stands_in_one_row_where_rows_are_few() -> None:
    assert render(make_drift(*requests()), most=4) == [
        "  undeclared  requests 2.34.2  by pip  uv add requests",
        "              and 4 that only it needs: certifi, charset-normalizer, idna, urllib3",
    ]


def test_in_full_each_stands_below_what_needs_it() -> None:
    chain = (undeclared("a"), undeclared("z"), undeclared("b", needed_by=("idna",)))
    assert render(make_drift(*chain, *requests())) == [
        "  undeclared  a 1.0                     by pip  uv add a",
        "  undeclared  z 1.0                     by pip  uv add z",
        "  undeclared  requests 2.34.2           by pip  uv add requests",
        "  undeclared    certifi 1.0             needed by requests",
        "  undeclared    charset-normalizer 1.0  needed by requests",
        "  undeclared    idna 1.0                needed by requests",
        "  undeclared    urllib3 1.0             needed by requests",
        "  undeclared    b 1.0                   needed by idna",
    ]


def test_who_installed_it_is_said_again_only_where_that_was_another() -> None:
    other = undeclared("idna", needed_by=("requests",), by="uv")
    assert render(make_drift(undeclared("requests"), other))[1].split("  ")[-1] == (
        "by uv; needed by requests"
    )


LINES = tuple(Importer(path, line) for path, line in (("src/a.py", 1), ("src/b.py", 7)))


def test_what_is_imported_is_told_with_its_distribution() -> None:
    found = replace(undeclared("six"), importers=LINES[:1])
    drift = make_drift(found, imported("six", "1.0", *LINES[:1]))
    expected = ["  undeclared  six 1.0  by pip; src/a.py:1 imports it  uv add six"]
    assert render(drift) == render(drift, most=4) == expected


def test_of_many_importers_the_first_is_named() -> None:
    (row,) = render_rows(make_drift(undeclared("six"), imported("six", "1.0", *LINES)))
    assert "src/a.py:1 and 1 more import it" in row


def test_what_another_needs_has_a_row_and_a_cure_where_it_is_imported() -> None:
    drift = make_drift(*requests(), imported("idna", "1.0", LINES[1]))
    assert render(drift, most=4) == [
        "  undeclared  requests 2.34.2  by pip                                             "
        "uv add requests",
        "  undeclared  idna 1.0         by pip; needed by requests; src/b.py:7 imports it  "
        "uv add idna",
        "              and 3 that only it needs: certifi, charset-normalizer, urllib3",
    ]
    assert render(drift)[3] == (
        "  undeclared    idna 1.0                needed by requests; src/b.py:7 imports it  "
        "uv add idna"
    )


def test_what_is_kept_and_imported_has_a_row_of_its_own() -> None:
    finding = imported("gdal", "3.8", LINES[0])
    drift = Drift(ENVIRONMENT, (finding,), kept=(Kept("gdal", "3.8", ORIGIN),))
    assert render(drift) == [
        "  imported  gdal 3.8  src/a.py:1 imports it; it is kept, not declared  uv add gdal",
        "  kept  gdal 3.8  by xrun.toml, keep[0]",
    ]
    (row,) = render(make_drift(finding))
    assert "src/a.py:1 imports it; nothing declares it" in row


def test_advice_is_the_cure() -> None:
    drift = make_drift(undeclared("six"), MISSING, Finding(Kind.LEAK, "PYTHONPATH"))
    advice = {"six": "uv add --dev six", "attrs": "", "PYTHONPATH": "unset PYTHONPATH"}
    rows = render_rows(drift, advice=lambda finding: advice[finding.name])
    assert [row.split("  ")[-1].strip() for row in rows] == [
        *("uv add --dev six", "attrs 25.3.0", "unset PYTHONPATH")
    ]


def test_advice_for_what_is_imported_goes_first() -> None:
    drift = make_drift(undeclared("six"), imported("six", "1.0", *LINES))
    by_kind = {Kind.UNDECLARED: "uv add six", Kind.IMPORTED: "uv add --dev six"}
    (row,) = render_rows(drift, advice=lambda finding: by_kind[finding.kind])
    assert row.endswith("  uv add --dev six")
    by_kind[Kind.IMPORTED] = ""
    (row,) = render_rows(drift, advice=lambda finding: by_kind[finding.kind])
    assert row.endswith("  uv add six")


def test_what_no_option_selects_is_told_as_such() -> None:
    assert render(make_drift(Finding(Kind.UNSELECTED, "six", "1"))) == [
        "  unselected  six 1  only others need it"
    ]


@pytest.mark.parametrize(
    ("number", "most", "shown", "hidden"),
    [(1, 4, 1, 0), (4, 4, 4, 0), (5, 4, 3, 2), (199, 4, 3, 196), (199, None, 199, 0)],
)
def test_no_more_rows_than_asked_for_and_none_forgotten(
    number: int, most: int | None, shown: int, hidden: int
) -> None:
    rows = render(make_drift(*many(number)), most=most)
    assert [row.split()[1] for row in rows[:shown]] == [f"d{at:03}" for at in range(1, shown + 1)]
    assert rows[shown:] == ([f"  and {hidden} more: `xrunctl check` names all"] if hidden else [])


def test_hidden_rows_are_counted_by_what_they_stand_for() -> None:
    rows = render(make_drift(*requests(), MISSING, STALE, UNSELECTED), most=2)
    assert rows[-1] == "  and 7 more: `xrunctl check` names all"


def test_what_did_not_come_from_an_index_is_told_as_such() -> None:
    local = Provenance("pip", None, is_requested=True, direct_url={"url": "file:///x"})
    (row,) = render_rows(make_drift(Finding(Kind.UNDECLARED, "six", "1", None, local)))
    assert row.endswith("not from an index")


@pytest.mark.parametrize("most", [None, 4])
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.STALE_LOCK])
def test_nothing_in_a_distribution_steers_the_terminal(kind: Kind, most: int | None) -> None:
    provenance = Provenance(HOSTILE, None, is_requested=True, direct_url={})
    finding = Finding(kind, HOSTILE, HOSTILE, "1.0", provenance)
    rows = render(make_drift(finding, finding), most=most)
    assert rows
    assert all(row.isprintable() for row in rows)


@pytest.mark.parametrize(
    "finding",
    [undeclared("a", needed_by=(HOSTILE,)), Finding(Kind.OTHER, "a", "1", HOSTILE)],
    ids=["what needs it", "the locked version"],
)
def test_nothing_beside_a_distribution_steers_the_terminal(finding: Finding) -> None:
    assert all(row.isprintable() for row in render(make_drift(finding)))


def test_colour_changes_nothing_but_colour() -> None:
    drift = make_drift(*requests(), UNSELECTED, MISSING, OTHER, STALE)
    plain, coloured = render(drift), render(drift, has_colour=True)
    assert [re.sub("\x1b\\[[0-9]*m", "", row) for row in coloured] == plain
    assert all(row.count("\x1b[") == 2 for row in coloured)


def test_a_search_that_was_cut_short_counts_nothing() -> None:
    lines = (Importer("a.py", 1), Importer("b.py", 2), Importer("c.py", 3))
    drift = make_drift(replace(undeclared("six"), importers=lines))
    assert "a.py:1 and 2 more import it" in render_rows(drift)[0]
    short = replace(drift, is_searched=False)
    assert "a.py:1 and others import it" in render_rows(short)[0]


def test_many_that_are_missing_share_a_row() -> None:
    many = [Finding(Kind.MISSING, f"part-{number}", locked="1") for number in range(6)]
    names = ", ".join(f"part-{number}" for number in range(6))
    drift = make_drift(*many, STALE)
    assert render(drift) == [
        "  missing  6 distributions                          xrunctl sync",
        f"           {names}",
        "  stale    uv.lock          missing or out of date  uv lock",
    ]
    assert len(render(make_drift(*many[1:]))) == 5
    assert render(drift, most=4)[-1] == "  and 4 more: `xrunctl check` names all"


def test_many_of_one_group_share_a_row_with_what_only_they_need() -> None:
    docs = (Item("group", "docs"),)
    tops = [Finding(Kind.UNSELECTED, f"d{n:03}", "1", "1", selectors=docs) for n in range(99)]
    needed = Finding(Kind.UNSELECTED, "needed", "1", "1", needed_by=frozenset({"d000"}))
    imported = Finding(
        Kind.UNSELECTED, "used", "1", "1", selectors=docs, importers=(Importer("a.py", 1),)
    )
    drift = make_drift(*tops, needed, imported)
    first, names, rest, own = render(drift)
    assert (first.split()[:3], names.count("d0")) == (["unselected", "99", "distributions"], 99)
    assert "needed" in rest
    assert "used 1" in own
    at_terminal = render_rows(drift, width=80, advice=advise)
    assert "d019 and 79 more" in at_terminal[2]
    assert len(at_terminal) == 5


def test_what_much_else_needs_stands_in_one_row_below_it() -> None:
    names = [f"part-{number}" for number in range(6)]
    parts = [undeclared(name, needed_by=("whole",)) for name in names]
    whole, rest = render(make_drift(undeclared("whole"), *parts))
    assert "uv add whole" in whole
    assert all(name in rest for name in names)
    assert len(render(make_drift(undeclared("whole"), *parts[1:]))) == 6
