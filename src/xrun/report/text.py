"""Drift as aligned rows for a terminal."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.drift.finding import Kind
from xrun.drift.grouping import split_requested
from xrun.messages import render_names, render_origin, render_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xrun.drift.finding import Drift, Finding

COLOURS: Mapping[Kind, str] = {
    Kind.UNDECLARED: "\x1b[31m",
    Kind.UNSELECTED: "\x1b[33m",
    Kind.MISSING: "\x1b[36m",
    Kind.OTHER: "\x1b[35m",
    Kind.STALE_LOCK: "\x1b[35m",
    Kind.STRAY: "\x1b[31m",
    Kind.LEAK: "\x1b[33m",
    Kind.NO_RECORD: "\x1b[31m",
    Kind.IMPORTED: "\x1b[31m",
}
PLAIN = "\x1b[0m"

WORDS: Mapping[Kind, str] = {Kind.OTHER: "other", Kind.STALE_LOCK: "stale"}
# What settles a finding of which uv knows nothing.
BY_HAND: Mapping[Kind, tuple[str, str]] = {
    Kind.STRAY: ("no distribution owns it", "delete it, or move it into the project"),
    Kind.LEAK: ("modules from outside are visible", ""),
    Kind.NO_RECORD: ("uv cannot remove it", "delete its files by hand"),
}


def decide_colour(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Whether to colour: on a terminal that can, unless NO_COLOR says otherwise (no-color.org)."""
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


@dataclass(frozen=True)
class Row:
    """One row: a word for the kind, name and version, where from, what settles it.

    Attributes:
        kind: Gives the colour of the word.
        cells: The texts, left to right, safe for a terminal.
        count: How many findings the row stands for.
    """

    kind: Kind
    cells: tuple[str, str, str, str]
    count: int = 1

    def render(self, widths: list[int], *, has_colour: bool) -> str:
        """Render the row with its cells as wide as their columns."""
        padded = [f"{cell:{width}}" for cell, width in zip(self.cells, widths, strict=True)]
        if has_colour:
            padded[0] = f"{COLOURS[self.kind]}{padded[0]}{PLAIN}"
        return f"  {'  '.join(padded)}".rstrip()


def render_rows(
    drift: Drift, *, most: int | None = None, has_colour: bool = False, can_sync: bool = True
) -> list[str]:
    """Render findings as rows: what it is, which, who installed it, what settles it.

    Args:
        drift: What was found.
        most: How many rows at most, the rest counted in one more; then what only another finding
            needs stands in one row below its like. All of them, a row each, if `None`.
        has_colour: Whether the first column is coloured.
        can_sync: Whether `xrunctl sync` settles what is missing or other than locked.
    """
    rows = list(_make_rows(drift, is_full=most is None, sync="xrunctl sync" if can_sync else ""))
    shown = rows if most is None or len(rows) <= most else rows[: most - 1]
    # A row without the later cells may be as long as it likes.
    widths = [max(len(row.cells[0]) for row in shown) if shown else 0]
    aligned = [row for row in shown if any(row.cells[2:])]
    widths += [max((len(row.cells[at]) for row in aligned), default=0) for at in (1, 2, 3)]
    lines = [row.render(widths, has_colour=has_colour) for row in shown]
    if len(rows) > len(shown):
        hidden = sum(row.count for row in rows[len(shown) :])
        lines.append(f"  and {hidden} more: `xrunctl check` names all")
    return lines


def _make_rows(drift: Drift, *, is_full: bool, sync: str) -> Iterator[Row]:
    """Make the rows of all findings, kind by kind."""
    for kind in Kind:
        findings = drift.of(kind)
        if kind is not Kind.UNDECLARED or is_full or not findings:
            yield from (Row(kind, _make_cells(finding, drift, sync)) for finding in findings)
            continue
        requested, needed = split_requested(findings)
        yield from (Row(kind, _make_cells(finding, drift, sync)) for finding in requested)
        if needed:
            who = "it needs" if len(requested) == 1 else "they need"
            names = render_names([finding.name for finding in needed])
            text = f"and {len(needed)} that only {who}: {names}"
            yield Row(kind, ("", text, "", ""), len(needed))


def _make_cells(finding: Finding, drift: Drift, sync: str) -> tuple[str, str, str, str]:
    """Make the cells of one finding: kind, name and version, origin, cure."""
    word = WORDS.get(finding.kind, finding.kind.word)
    if finding.kind is Kind.STALE_LOCK:
        return word, finding.name, "does not match pyproject.toml", "uv lock"
    if finding.kind in BY_HAND:
        return word, _join(finding.name, finding.installed), *BY_HAND[finding.kind]
    if finding.kind is Kind.MISSING:
        return word, _join(finding.name, finding.locked), "", sync
    if finding.kind is Kind.OTHER:
        is_source = finding.installed == finding.locked
        detail = "from another source" if is_source else f"locked: {finding.locked}"
        return word, _join(finding.name, finding.installed), render_safe(detail), sync
    origin = render_origin(finding.provenance, time.time())
    return word, _join(finding.name, finding.installed), origin, _render_cure(finding, drift)


def _render_cure(finding: Finding, drift: Drift) -> str:
    """Render what settles an extraneous distribution."""
    if finding.kind is Kind.UNSELECTED:
        return render_names(finding.selectors, most=2) or "locked, but through others only"
    if finding.needed_by:
        return f"needed by {render_names(sorted(finding.needed_by), most=2)}"
    if finding.provenance and finding.provenance.direct_url:
        return "not from an index"
    return f"{drift.adding} {render_safe(finding.name)}" if drift.adding else ""


def _join(name: str, version: str | None) -> str:
    return render_safe(f"{name} {version}" if version else name)
