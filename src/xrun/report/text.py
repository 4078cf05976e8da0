"""Drift as aligned rows for a terminal."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.drift.finding import Kind
from xrun.messages import render_names, render_origin, render_safe, split_requested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.drift.finding import Drift, Finding

COLOURS: Mapping[Kind, str] = {
    Kind.UNDECLARED: "\x1b[31m",
    Kind.UNSELECTED: "\x1b[33m",
    Kind.MISSING: "\x1b[36m",
    Kind.OTHER: "\x1b[35m",
    Kind.STALE_LOCK: "\x1b[35m",
}
PLAIN = "\x1b[0m"

WORDS: Mapping[Kind, str] = {Kind.OTHER: "other", Kind.STALE_LOCK: "stale"}


def decide_colour(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Whether to colour: on a terminal that can, unless NO_COLOR says otherwise (no-color.org)."""
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def render_rows(drift: Drift, *, most: int | None = None, has_colour: bool = False) -> list[str]:
    """Render findings as rows: what it is, which, who installed it, what settles it.

    What is there only because another finding needs it stands in one row below its like.

    Args:
        drift: What was found.
        most: How many rows at most, the rest counted in one more; all of them if `None`.
        has_colour: Whether the first column is coloured.
    """
    rows = [row for kind in Kind for row in _make_rows(kind, drift.of(kind), most is None)]
    shown = rows if most is None or len(rows) <= most else rows[: most - 1]
    widths = [
        max((len(row.cells[at]) for row in shown if row.is_aligned), default=0) for at in (1, 2)
    ]
    width = max((len(row.cells[0]) for row in shown), default=0)
    lines = [row.render(width, widths, has_colour=has_colour) for row in shown]
    if len(rows) > len(shown):
        hidden = sum(row.count for row in rows[len(shown) :])
        lines.append(f"  and {hidden} more: `xrunctl check` names all")
    return lines


@dataclass(frozen=True)
class _Row:
    """One row: kind, name and version, origin, cure; and for how many findings it stands."""

    kind: Kind
    cells: tuple[str, str, str, str]
    count: int = 1

    @property
    def is_aligned(self) -> bool:
        return bool(self.cells[2] or self.cells[3])

    def render(self, width: int, widths: list[int], *, has_colour: bool) -> str:
        word = f"{self.cells[0]:{width}}"
        if has_colour:
            word = f"{COLOURS[self.kind]}{word}{PLAIN}"
        _, name, origin, cure = self.cells
        return f"  {word}  {name:{widths[0]}}  {origin:{widths[1]}}  {cure}".rstrip()


def _make_rows(kind: Kind, findings: Sequence[Finding], is_full: bool) -> Iterator[_Row]:  # noqa: FBT001
    """Make the rows for the findings of one kind."""
    if not findings:
        return
    if kind is not Kind.UNDECLARED or is_full:
        for finding in findings:
            yield _Row(kind, _render_cells(finding))
        return
    requested, needed = split_requested(findings)
    for finding in requested:
        yield _Row(kind, _render_cells(finding))
    if needed:
        who = "it needs" if len(requested) == 1 else "they need"
        names = render_names([finding.name for finding in needed])
        text = f"and {len(needed)} that only {who}: {names}"
        yield _Row(kind, ("", text, "", ""), len(needed))


def _render_cells(finding: Finding) -> tuple[str, str, str, str]:
    """Render one finding: kind, name and version, origin, cure."""
    word = WORDS.get(finding.kind, finding.kind.word)
    if finding.kind is Kind.STALE_LOCK:
        return word, finding.name, "does not match pyproject.toml", "uv lock"
    if finding.kind is Kind.MISSING:
        return word, _join(finding.name, finding.locked), "", "xrunctl sync"
    if finding.kind is Kind.OTHER:
        is_source = finding.installed == finding.locked
        detail = "from another source" if is_source else f"locked: {finding.locked}"
        return word, _join(finding.name, finding.installed), detail, "xrunctl sync"
    origin = render_origin(finding.provenance, time.time())
    return word, _join(finding.name, finding.installed), origin, _render_cure(finding)


def _render_cure(finding: Finding) -> str:
    """Render what settles an extraneous distribution."""
    if finding.kind is Kind.UNSELECTED:
        return "declared, but not selected here"
    if finding.needed_by:
        return f"needed by {', '.join(sorted(finding.needed_by)[:2])}"
    if finding.provenance and finding.provenance.direct_url:
        return "not from an index"
    return f"uv add {render_safe(finding.name)}"


def _join(name: str, version: str | None) -> str:
    return render_safe(f"{name} {version}" if version else name)
