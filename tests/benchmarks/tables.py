"""The results as a Markdown page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contest import BARE, EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.growth import Axis
    from benchmarks.measuring import Sample
    from benchmarks.targets import Target

Samples = dict[str, "Sample"]
ABOUT_TARGETS = """\
In processor time, where nothing else is said: the median of the ratios, round by round. They were
set on a machine that names its certificates (`SSL_CERT_DIR`, `SSL_CERT_FILE`): uv 0.13.9 then reads
each at its start (48 million instructions instead of 10; a start of Python takes 29). Both are
measured. Without them a start of Python alone takes as long as the `uv run` of a small project, and
no program in Python comes below that."""


@dataclass(frozen=True)
class Results:
    """All that one run of the benchmark found.

    Attributes:
        about: Date, machine and versions.
        command: What made them.
        rounds: How often each contestant ran.
        tools: The compared tools with their versions, and those that were left out.
        contest: For each size of project, what each contestant took.
        cold: The same of the first run after a changed `pyproject.toml`.
        prune: The same of a run that removes something.
        bulk: What each took that does much at once.
        growth: What grows.
        targets: What was aimed at.
    """

    about: str
    command: str
    rounds: int
    tools: str
    contest: Mapping[str, Samples]
    cold: Mapping[str, Samples]
    prune: Mapping[str, Samples]
    bulk: Samples
    growth: Sequence[Axis]
    targets: Sequence[Target]


def render_page(results: Results) -> str:
    """Render everything."""
    sizes = ", ".join(results.contest)
    blocks = [
        "# What xrun costs",
        f"{results.about}. Made by `{results.command}`: each command once a round, in an order that"
        f" changes, {results.rounds} rounds; medians in milliseconds, with the quartiles, and in"
        " bare starts of Python within the same rounds, which alone travel. Everything was"
        " compiled first; `PYTHONDONTWRITEBYTECODE` was not set.",
        f"Compared: {results.tools}.",
        f"## A command that does nothing, as last time ({sizes})",
        render_contest(results.contest),
        "## The first run after a changed `pyproject.toml`",
        render_contest(results.cold),
        "## A run that removes five distributions that were installed by hand",
        render_contest(results.prune),
        "## Much at once",
        render_bulk(results.bulk),
        *(render_axis(axis) for axis in results.growth),
        "## Targets",
        ABOUT_TARGETS,
        render_targets(results.targets),
    ]
    return "\n\n".join(blocks) + "\n"


def render_contest(contest: Mapping[str, Samples]) -> str:
    """Render a table with a row for each contestant, the fastest first, and two columns a size."""
    sizes = list(contest)
    heads = [word for size in sizes for word in (f"{size}, ms", "bare starts")]
    rows = [
        "| " + " | ".join(["", *heads]) + " |",
        "|---" + "|---:" * len(heads) + "|",
    ]
    for name in sort_names(contest[sizes[0]]):
        cells = [_mark(name)]
        for size in sizes:
            sample, bare = contest[size][name], contest[size][BARE]
            cells += [_render_spread(sample), f"{sample.median / bare.median:.1f}"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def render_bulk(samples: Samples) -> str:
    """Render what does much at once: by the clock, and in processor time."""
    rows = ["| | ms | of processor time |", "|---|---:|---:|"]
    for name, sample in samples.items():
        used = 1000 * statistics.median(sample.cpu)
        rows.append(f"| {name} | {_render_spread(sample)} | {used:.0f} |")
    return "\n".join(rows)


def render_brief(contest: Mapping[str, Samples]) -> str:
    """Render the table that the README shows: medians, and in bare starts of Python."""
    rows = ["| | " + " | ".join(f"{size} project" for size in contest) + " |"]
    rows.append("|---" + "|---:" * len(contest) + "|")
    for name in sort_names(next(iter(contest.values()))):
        pairs = [(samples[name].median, samples[BARE].median) for samples in contest.values()]
        cells = [f"{1000 * median:.0f} ms, {median / bare:.1f}" for median, bare in pairs]
        rows.append("| " + " | ".join([_mark(name), *cells]) + " |")
    return "\n".join(rows)


def _mark(name: str) -> str:
    return f"`{name}`" if name in {BARE, EXACT} else name


def sort_names(samples: Samples) -> list[str]:
    """Sort contestants by what they took."""
    return sorted(samples, key=lambda name: samples[name].median)


def render_axis(axis: Axis) -> str:
    """Render what grows along one axis."""
    rows = [
        f"## By the number of {axis.name}, ms",
        "",
        "| | " + " | ".join(map(str, axis.steps)) + " |",
        "|---" + "|---:" * len(axis.steps) + "|",
    ]
    for name, samples in axis.samples.items():
        rows.append("| " + " | ".join([name, *map(_render_spread, samples)]) + " |")
    return "\n".join(rows)


def render_targets(targets: Sequence[Target]) -> str:
    """Render what was aimed at, and what was seen."""
    rows = ["| | seen | may be | |", "|---|---:|---:|---|"]
    for each in targets:
        word = "holds" if each.holds() else "**does not hold**"
        limit = f"{each.limit:.2f} {each.unit}"
        rows.append(f"| {each.what} | {each.seen:.2f} | {limit} | {word} |")
    return "\n".join(rows)


def _render_spread(sample: Sample) -> str:
    low, high = (1000 * each for each in sample.quartiles)
    return f"{1000 * sample.median:.1f} ({low:.1f} to {high:.1f})"
