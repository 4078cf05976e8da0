"""What xrun may cost: ratios within one interleaved run, since only these travel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.changes import COMPARED, DRY_RUN, NOTICE
from benchmarks.contest import (
    BARE,
    CHECK,
    EXACT,
    NAMED,
    OWN_CHECK,
    PLAIN,
    SEPARATE,
    XRUN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measuring import Sample

UNCHANGED = {"small": 0.80, "large": 0.42}
"""What a run as last time may cost, as a part of `uv run`, by the project's size."""
CHANGED = 3.0
"""What the first run after a change may cost, as many times `uv run --exact`."""
ASKED, STARTS = 1.5, 8
"""Dry runs and bare starts that the first run which compares may cost over it."""
REMOVAL, CHECKED = 4.5, 5.0
"""What a run that removes five may cost, and `xrunctl check`, as many times what uv takes."""
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
    pairs = [(XRUN, PLAIN), (SEPARATE, PLAIN), (f"{XRUN}, {NAMED}", f"{PLAIN}, {NAMED}")]
    return [
        _compare(samples, name, other, size, UNCHANGED[size])
        for name, other in pairs
        if other in samples
    ]


def judge_check(size: str, samples: Mapping[str, Sample]) -> Target:
    """What `xrunctl check` costs against uv's, which tells no names."""
    return _compare(samples, OWN_CHECK, CHECK, size, CHECKED)


def judge_removal(size: str, samples: Mapping[str, Sample]) -> Target:
    """What a run that removes five costs against `uv run --exact`."""
    found = _compare(samples, XRUN, EXACT, size, REMOVAL)
    return replace(found, what=f"a run that removes five: {found.what}")


def _compare(
    samples: Mapping[str, Sample], name: str, other: str, size: str, limit: float
) -> Target:
    seen = samples[name].per(samples[other])
    return Target(f"{name} against {other}, {size} project", "times as long", seen, limit)


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
