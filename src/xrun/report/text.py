"""Drift as aligned rows for a terminal."""

from __future__ import annotations

import time

from xrun.drift.finding import EXTRANEOUS, Kind
from xrun.drift.grouping import list_below, split_requested
from xrun.proxy.dataclass import replace
from xrun.report.describe import (
    Describer,
    count_alike,
    render_harmless,
    render_needed,
    render_subject,
    render_unparsed,
)
from xrun.report.layout import BETWEEN, LEAST, Row, align, align_notes, paint
from xrun.report.width import wrap
from xrun.words import MOST_NAMES, render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.drift.finding import Drift, Finding
    from xrun.report.describe import Advice, Note

DIM = "\x1b[2m"
WORDS: Mapping[Kind, str] = {Kind.FORMER: "former", Kind.OTHER: "other", Kind.STALE_LOCK: "stale"}
MOST_NOTES = 5
MOST_LISTED = 20  # names of findings that share a row, at a terminal
ALL_NAMES = 1_000_000


def render_rows(
    drift: Drift,
    *,
    most: int | None = None,
    has_colour: bool = False,
    width: int | None = None,
    advice: Advice | None = None,
) -> list[str]:
    """Render findings as rows: what it is, which, who installed and imports it, what settles it.

    Args:
        drift: What was found.
        most: How many rows at most, the rest counted in one more; then what only another finding
            needs stands in one row below its like. All of them, a row each, and the notes, if
            `None`.
        has_colour: Whether the first column is coloured.
        width: How many columns there are; as many as it takes if `None`.
        advice: Says what settles a finding; may say nothing.
    """
    describer = Describer(drift, time.time(), advice)
    listed = ALL_NAMES if width is None else MOST_LISTED
    rows = list(_make_rows(describer, is_full=most is None, most=listed))
    shown = rows if most is None or len(rows) <= most else rows[: most - 1]
    lines = align(shown, width=width, has_colour=has_colour)
    if len(rows) > len(shown):
        hidden = sum(row.count for row in rows[len(shown) :])
        lines.append(f"  and {hidden} more: `xrunctl check` names all")
    return lines if most is not None else lines + render_notes(drift, width, has_colour=has_colour)


def render_notes(drift: Drift, width: int | None = None, *, has_colour: bool = False) -> list[str]:
    """Render what is no finding: what is kept, and how much could not be searched.

    Args:
        drift: What was found.
        width: How many columns there are; as many as it takes if `None`.
        has_colour: Whether they are dimmed.
    """
    colour = DIM if has_colour else ""
    notes = Describer(drift, time.time()).list_notes()
    kept = [_make_note(note, colour) for note in notes]
    lines = align_notes(kept[:MOST_NOTES], width=width, has_colour=has_colour)
    further = []
    if len(kept) > MOST_NOTES:
        hidden = len(kept) - MOST_NOTES
        further.append(f"and {hidden} more that {'is' if hidden == 1 else 'are'} kept")
    if drift.unparsed:
        further.append(render_unparsed(drift.unparsed))
    return lines + [
        paint(f"  {line}", colour)
        for text in further
        for line in (wrap(text, max(width - BETWEEN, LEAST)) if width is not None else [text])
    ]


def _make_note(note: Note, colour: str) -> Row:
    reason, *more = note.explain()
    first = f"{note.more}: {reason}" if note.more else reason
    return Row(note.state, render_subject(note.kept), (first, *more), colour=colour)


def _make_rows(describer: Describer, *, is_full: bool, most: int) -> Iterator[Row]:
    """Make the rows of all findings, kind by kind; `most` names stand in one row."""
    for kind in Kind:
        findings = [each for each in describer.drift.of(kind) if not describer.is_folded(each)]
        if not is_full:
            requested, needed = split_requested(findings) if kind in EXTRANEOUS else (findings, [])
            yield from _list_rows(requested, describer)
            yield from _make_needed(len(requested), needed, describer, MOST_NAMES)
            continue
        is_tree = kind in EXTRANEOUS
        pairs = list_below(*split_requested(findings)) if is_tree else ((e, []) for e in findings)
        below = {top.name: needed for top, needed in pairs}
        for alike in describer.list_alike(each for each in findings if each.name in below):
            needed = [each for top in alike for each in below[top.name]]
            is_many = len(alike) > 1
            yield from _merge(alike, describer, most) if is_many else _list_rows(alike, describer)
            if is_many or len(needed) > MOST_NAMES:
                yield from _make_needed(len(alike), needed, describer, most)
            else:
                yield from _list_rows(needed, describer, above=alike[0])


def _make_needed(
    number: int, needed: list[Finding], describer: Describer, most: int
) -> Iterator[Row]:
    """Make the rows of what is imported, and one of all else that only as many others need."""
    imported = [each for each in needed if describer.find_imported(each)]
    yield from _list_rows(imported, describer)
    hidden = [each.name for each in needed if each not in imported]
    if hidden:
        text = render_harmless(render_needed(number, hidden, most))
        yield Row("", text, count=len(hidden))


def _merge(findings: list[Finding], describer: Describer, most: int) -> Iterator[Row]:
    """Merge the rows of findings that one command settles, and that tell but a name each."""
    first, *others = (_make_row(each, describer) for each in findings)
    parts = tuple(part for part in first.parts if all(part in each.parts for each in others))
    yield replace(first, subject=count_alike(findings), parts=parts)
    yield Row("", render_harmless(render_names([each.name for each in findings], most=most)))


def _list_rows(
    findings: Sequence[Finding], describer: Describer, *, above: Finding | None = None
) -> Iterator[Row]:
    return (_make_row(finding, describer, above=above) for finding in findings)


def _make_row(finding: Finding, describer: Describer, *, above: Finding | None = None) -> Row:
    """Make the row of a finding; one that another needs is indented below that."""
    subject = render_subject(finding)
    return Row(
        WORDS.get(finding.kind, finding.kind.word),
        subject if above is None else f"  {subject}",
        describer.explain(finding, above=above),
        describer.render_cure(finding),
        f"\x1b[{finding.kind.colour}m",
    )
