"""What xrun may cost: ratios of processor time within one interleaved run, since these travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.bulk import INSTALL, LIST, REMOVE, RESTORE, UNINSTALL
from benchmarks.changes import COMPARED, DRY_RUN, NOTICE
from benchmarks.contest import BARE, CHECK, EXACT, OWN_CHECK, PLAIN, POE, SEPARATE, XRUN, split
from benchmarks.growth import LOOP, RECURSIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.growth import Axis
    from benchmarks.measuring import Sample

UNCHANGED = {"small": 0.80, "large": 0.42}
"""What a run as last time may cost, as a part of `uv run`, by the project's size."""
CHANGED = 3.0
"""What the first run after a change may cost, as many times `uv run --exact`."""
ASKED, STARTS = 1.5, 8
"""Dry runs and bare starts that the first run which compares may cost over it."""
REMOVAL, CHECKED = 4.5, 5.0
"""What a run that removes five may cost, and `xrunctl check`, as many times what uv takes."""
NOTICED = 25.0
"""Bare starts of Python until the notice of what was removed: 0.3 s where one takes 12 ms."""
PER_DISTRIBUTION = 3.0
"""What a further distribution may cost a check, as many times what it costs uv's."""
MANY = 1.0
"""What a recursive check may cost, as a part of uv asked in a loop."""
BULK = 2.0
"""What removal and restore of many may cost, as many times uv's file work alone."""
LISTED = 1.0
"""Seconds for a list of all separate environments."""
RIVALLED = 0.11
"""What a run as last time may cost, as a part of the same by poe."""
RESIDENT = 12.0
"""MiB that may stay beside a command with something due behind it; else nothing may."""


TIMES, STARTED = "times the processor time", "bare starts of Python"


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


def judge_unchanged(size: str, samples: Mapping[str, Sample]) -> Iterator[Target]:
    """What a run as last time costs against `uv run`, here and in a separate environment."""
    for where, each in split(samples).items():
        for name in (XRUN, SEPARATE):
            yield _compare(each, name, PLAIN, f"{size} project{where}", UNCHANGED[size])


def judge_rivals(size: str, samples: Mapping[str, Sample]) -> Iterator[Target]:
    """What `xrunctl check` costs against uv's, which tells no names, and a run against poe's."""
    for where, each in split(samples).items():
        yield _compare(each, OWN_CHECK, CHECK, f"{size} project{where}", CHECKED)
        if POE in each:
            yield _compare(each, XRUN, POE, f"{size} project{where}", RIVALLED)


def judge_removal(size: str, samples: Mapping[str, Sample]) -> Iterator[Target]:
    """What a run that removes five costs against `uv run --exact`, and how soon it tells of it."""
    for where, each in split(samples).items():
        what = f"{size} project, removes five{where}"
        yield _compare(each, XRUN, EXACT, what, REMOVAL)
    yield judge_notice(size, samples)


def judge_notice(size: str, samples: Mapping[str, Sample]) -> Target:
    """How soon it is told what was removed."""
    what = f"until the notice of a removal, {size} project"
    return Target(what, STARTED, samples[NOTICE].median / samples[BARE].median, NOTICED)


def judge_cold(size: str, samples: Mapping[str, Sample]) -> Iterator[Target]:
    """What the first run after a changed `pyproject.toml` costs against `uv run --exact`."""
    for where, each in split(samples).items():
        what = f"{size} project, changed pyproject.toml{where}"
        yield _compare(each, XRUN, EXACT, what, CHANGED)
        bare = each[BARE].median
        yield Target(
            f"first run that compares over {EXACT}, {size} project{where}",
            STARTED,
            each[COMPARED].minus(each[EXACT]) / bare,
            ASKED * each[DRY_RUN].median / bare + STARTS,
        )


def judge_growth(axes: Mapping[str, Axis]) -> Iterator[Target]:
    """What a further distribution costs a check, and a project a recursive one."""
    axis = axes["distributions"]
    ours, its = (axis.samples[name] for name in (OWN_CHECK, CHECK))
    seen = ours[-1].over(ours[0]) / its[-1].over(its[0])
    what = f"{OWN_CHECK} against {CHECK}, each further distribution"
    yield Target(what, TIMES, seen, PER_DISTRIBUTION)
    axis = axes["projects"]
    last = {name: each[-1] for name, each in axis.samples.items()}
    for where, each in split(last).items():
        what = f"{axis.steps[-1]} projects{where}"
        yield _compare(each, RECURSIVE, LOOP, what, MANY)


def judge_bulk(samples: Mapping[str, Sample]) -> Iterator[Target]:
    """What much at once costs."""
    yield _compare(samples, REMOVE, UNINSTALL, "a dry run included", BULK)
    yield _compare(samples, RESTORE, INSTALL, "by hard links", BULK)
    yield Target(LIST, "s", samples[LIST].median, LISTED)


def judge_resident(resident: Mapping[str, float]) -> Iterator[Target]:
    """What stays beside a command."""
    for at, (what, seen) in enumerate(resident.items()):
        yield Target(f"resident beside a command, where {what}", "MiB", seen, RESIDENT if at else 0)


def _compare(
    samples: Mapping[str, Sample], name: str, other: str, what: str, limit: float
) -> Target:
    seen = samples[name].per(samples[other])
    return Target(f"{name} against {other}: {what}", TIMES, seen, limit)
