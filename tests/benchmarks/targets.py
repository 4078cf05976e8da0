"""What xrun may cost: ratios within one interleaved run, since only these travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.changes import COMPARED, DRY_RUN, NOTICE
from benchmarks.contest import BARE, EXACT, PLAIN, SEPARATE, XRUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measuring import Sample

UNCHANGED = {"small": 0.80, "large": 0.42}
"""What a run as last time may cost, as a part of `uv run`, by the project's size."""
CHANGED = 3.0
"""What the first run after a change may cost, as many times `uv run --exact`."""
ASKED, STARTS = 1.5, 8
"""Dry runs and bare starts that the first run which compares may cost over it."""
SECONDS = 0.3
"""Seconds from the start until the notice of what was removed."""


@dataclass(frozen=True)
class Target:
    """A bound, and what was seen.

    Attributes:
        what: What is bounded.
        unit: In what it is counted.
        seen: What was measured.
        limit: What it may be.
    """

    what: str
    unit: str
    seen: float
    limit: float

    def holds(self, slack: float = 1.0) -> bool:
        """Whether it is within its limit, or within so many times that."""
        return self.seen <= self.limit * slack

    def render(self) -> str:
        """Render as one line."""
        return f"{self.what}: {self.seen:.2f} {self.unit}, may be {self.limit:.2f}"


def judge_unchanged(size: str, samples: Mapping[str, Sample]) -> list[Target]:
    """What a run as last time costs against `uv run`, here and in a separate environment."""
    return [
        Target(
            f"{name} against {PLAIN}, {size} project",
            "times as long",
            samples[name].per(samples[PLAIN]),
            UNCHANGED[size],
        )
        for name in (XRUN, SEPARATE)
    ]


def judge_cold(size: str, samples: Mapping[str, Sample]) -> list[Target]:
    """What the first run after a changed `pyproject.toml` costs against `uv run --exact`."""
    bare = samples[BARE].median
    return [
        Target(
            f"first run after a changed pyproject.toml against {EXACT}, {size} project",
            "times as long",
            samples[XRUN].per(samples[EXACT]),
            CHANGED,
        ),
        Target(
            f"first run that compares over {EXACT}, {size} project",
            "bare starts of Python",
            samples[COMPARED].minus(samples[EXACT]) / bare,
            ASKED * samples[DRY_RUN].median / bare + STARTS,
        ),
    ]


def judge_notice(size: str, samples: Mapping[str, Sample]) -> Target:
    """How soon it is told what was removed."""
    what = f"until the notice of a removal, {size} project"
    return Target(what, "s", samples[NOTICE].median, SECONDS)
