"""The two plots: plain SVG of ours, with colours that a light and a dark page both bear."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contest import SEPARATE, XRUN
from benchmarks.tables import sort_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.growth import Axis
    from benchmarks.tables import Samples

WIDTH, ROW = 760, 22
TEXT, GRID = "#6e7781", "#8c959f"
COLOURS = ("#2f81f7", "#d9730d", "#1a9c4a", "#a371f7", "#d6409f")
STYLE = (
    f"text{{font:12px system-ui,sans-serif;fill:{TEXT}}}.b{{font-weight:700}}"
    f".g{{stroke:{GRID};stroke-opacity:.3}}"
)
END, MIDDLE, BOLD = 'text-anchor="end"', 'text-anchor="middle"', 'class="b"'
TICKS = (1, 2, 5)

Place = tuple[float, float]
"""Across and down."""


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale from values to places on the page."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value stands."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, steps: Sequence[int] = TICKS) -> list[float]:
        """Round values within the scale."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        values = [step * 10.0**power for power in powers for step in steps]
        return [value for value in values if self.low <= value <= self.high]


def render_contest_plot(contest: Mapping[str, Samples], caption: str) -> str:
    """Render a row for each contestant with a point for each size, and its quartiles."""
    names = sort_names(next(iter(contest.values())))
    every = [
        value
        for samples in contest.values()
        for each in samples.values()
        for value in each.quartiles
    ]
    bottom = 40 + ROW * len(names)
    scale = Scale(1000 * min(every) * 0.9, 1000 * max(every) * 1.1, 220, WIDTH - 20)
    parts = []
    for tick in scale.ticks():
        x = scale.place(tick)
        parts += [_line((x, 30), (x, bottom)), _text(x, bottom + 16, f"{tick:g}", MIDDLE)]
    parts.append(_text(WIDTH - 20, 20, "milliseconds, medians and quartiles", END))
    for at, name in enumerate(names):
        y = 46 + ROW * at
        parts.append(_text(210, y + 4, name, f"{END} {BOLD if name in {XRUN, SEPARATE} else ''}"))
        for nth, (colour, samples) in enumerate(zip(COLOURS, contest.values(), strict=False)):
            low, high = (scale.place(1000 * each) for each in samples[name].quartiles)
            x, beside = scale.place(1000 * samples[name].median), y + 8 * nth - 4
            parts += [_line((low, beside), (high, beside), colour), _dot(x, beside, colour)]
    for at, (size, colour) in enumerate(zip(contest, COLOURS, strict=False)):
        x = 226 + 110 * at
        parts += [_dot(x, 16, colour), _text(x + 8, 20, f"{size} project")]
    parts.append(_text(10, bottom + 34, caption))
    return _page(bottom + 46, "xrun and what there is instead", parts)


def render_growth_plot(axes: Sequence[Axis], caption: str) -> str:
    """Render a panel for each axis, with a line for each command."""
    wide, high = WIDTH // 2, 230
    parts = []
    for at, axis in enumerate(axes):
        parts += _render_panel(axis, (at % 2) * wide, (at // 2) * high)
    bottom = high * ((len(axes) + 1) // 2)
    parts.append(_text(10, bottom + 14, caption))
    return _page(bottom + 24, "What grows, and what does not", parts)


def _render_panel(axis: Axis, left: float, top: float) -> list[str]:
    values = [1000 * each.median for samples in axis.samples.values() for each in samples]
    across = Scale(1, max(axis.steps) + 1, left + 60, left + 250)
    down = Scale(min(values) * 0.8, max(values) * 1.25, top + 190, top + 30)
    parts = [_text(left + 10, top + 18, f"milliseconds, by {axis.name}", BOLD)]
    for tick in down.ticks((1, 3)):
        y = down.place(tick)
        parts += [_line((left + 60, y), (left + 250, y))]
        parts.append(_text(left + 54, y + 4, f"{tick:g}", END))
    for step in axis.steps:
        parts.append(_text(across.place(step + 1), top + 206, str(step), MIDDLE))
    lows = [top + 202]  # the numbers below
    for colour, (name, samples) in zip(COLOURS, axis.samples.items(), strict=False):
        points = [
            (across.place(step + 1), down.place(1000 * each.median))
            for step, each in zip(axis.steps, samples, strict=True)
        ]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [_dot(x, y, colour) for x, y in points]
        label = _clear(points[-1][1], lows)
        lows.append(label)
        parts.append(_text(left + 258, label + 4, name, f'style="fill:{colour}"'))
    return parts


def _clear(y: float, taken: Sequence[float]) -> float:
    """A place for a label, as near as may be, that no other label covers."""
    places = [y + sign * 14 * step for step in range(len(taken) + 1) for sign in (-1, 1)]
    return next(each for each in places if all(abs(each - other) >= 13 for other in taken))


def _page(height: float, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">'
    return "\n".join([head, f"<title>{title}</title><style>{STYLE}</style>", *parts, "</svg>\n"])


def _line(start: Place, end: Place, colour: str = "") -> str:
    """Draw a line; without a colour one of the grid."""
    look = f'stroke="{colour}" stroke-width="2"' if colour else 'class="g"'
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f"<line {ends} {look}/>"


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _text(x: float, y: float, what: str, look: str = "") -> str:
    """Write; `look` holds the attributes beside the place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{html.escape(what)}</text>'
