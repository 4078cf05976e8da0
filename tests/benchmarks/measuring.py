"""Start commands in turn, take their times, keep medians and spread."""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SETTLED = 2.1
"""Seconds until xrun relies on a file's times: younger ones may still change unseen."""


@dataclass(frozen=True)
class Contestant:
    """A command that is measured.

    Attributes:
        name: How tables and plots call it.
        argv: Its command line.
        folder: Where it is started.
        environ: Its whole environment.
        before: What is done before each turn, and not measured.
        until: The clock stops at the first line on standard error that begins so; else at the end.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]
    before: Callable[[], object] | None = field(default=None, compare=False)
    until: str = ""


@dataclass(frozen=True)
class Sample:
    """What one contestant took, a value for each round.

    Attributes:
        seconds: By the clock.
        cpu: Seconds of processor time, of all that it started and waited for.
    """

    seconds: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return statistics.median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The bounds of the middle half."""
        if len(self.seconds) == 1:
            return self.seconds[0], self.seconds[0]
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return low, high

    def minus(self, other: Sample) -> float:
        """The median of the differences to another contestant, round by round, in seconds."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(mine - its for mine, its in pairs)

    def over(self, other: Sample) -> float:
        """The processor time that is more than another contestant's, by the medians, in seconds."""
        return statistics.median(self.cpu) - statistics.median(other.cpu)

    def per(self, other: Sample) -> float:
        """The median of the ratios of processor time to another contestant, round by round."""
        pairs = zip(self.cpu, other.cpu, strict=True)
        return statistics.median(mine / its for mine, its in pairs)


def measure(contestants: Sequence[Contestant], rounds: int, warm_ups: int = 2) -> dict[str, Sample]:
    """Run each contestant once a round, in an order that changes from round to round.

    The first rounds warm caches up and do not count.
    """
    order = random.Random(1)  # the same orders each time
    taken: dict[str, list[tuple[float, float]]] = {each.name: [] for each in contestants}
    for turn in range(warm_ups + rounds):
        _tell(f"round {turn + 1} of {warm_ups + rounds}, {len(contestants)} commands")
        for each in order.sample(contestants, len(contestants)):
            if each.before is not None:
                each.before()
            times = take_times(each)
            if turn >= warm_ups:
                taken[each.name].append(times)
    _tell("")
    return {name: Sample(*zip(*found, strict=True)) for name, found in taken.items()}


def take_times(contestant: Contestant) -> tuple[float, float]:
    """Run a contestant; give the seconds that it took, and those of processor time.

    Raises:
        RuntimeError: It failed.
    """
    with tempfile.TemporaryFile() as said:
        before, start = _take_cpu(), time.perf_counter()
        process = subprocess.Popen(
            contestant.argv,
            cwd=contestant.folder,
            env=contestant.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if contestant.until else said,
        )
        noticed = None
        for line in process.stderr or ():
            said.write(line)
            if noticed is None and line.startswith(contestant.until.encode()):
                noticed = time.perf_counter()
        status = process.wait()
        end = time.perf_counter()
        if process.stderr is not None:
            process.stderr.close()
        said.seek(0)
        if status != 0 or (contestant.until and noticed is None):
            told = said.read().decode(errors="replace")
            raise RuntimeError(f"{contestant.name}: status {status}\n{told}")
    return (noticed or end) - start, _take_cpu() - before


def _take_cpu() -> float:
    """Take the seconds of processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)
