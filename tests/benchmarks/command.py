"""The one command: a long form that writes the results, and a short one that holds the targets."""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bulk import list_bulk, list_environments
from benchmarks.changes import BY_HAND, list_cold, list_prune
from benchmarks.contest import SIZES, install_rivals, make_arena
from benchmarks.growth import MOST, measure_growth
from benchmarks.layouts import LARGE
from benchmarks.machine import make_machine
from benchmarks.measuring import SETTLED, measure
from benchmarks.plots import render_contest_plot, render_growth_plot
from benchmarks.resident import measure_resident
from benchmarks.tables import Results, render_brief, render_page
from benchmarks.targets import (
    judge_bulk,
    judge_cold,
    judge_growth,
    judge_notice,
    judge_removal,
    judge_resident,
    judge_rivals,
    judge_unchanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.contest import Arena
    from benchmarks.machine import Machine
    from benchmarks.targets import Target

ROUNDS, SHORT_ROUNDS = 20, 9
ATTEMPTS = 3
SLACK = 2.0
"""How many times its limit a ratio may be in the short form: others may use the machine."""
RESULTS = Path(__file__).parent / "results"
INDEX = {"tiny": MOST, "large": LARGE, "extra": BY_HAND}
SAID = "everything is compiled first, and PYTHONDONTWRITEBYTECODE is not set in what is measured"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; write the results, or judge them.

    Returns:
        1 if the short form finds a target broken, beyond its slack and in all attempts.
    """
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="judge only, in about a minute")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of the long form ({ROUNDS})")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    asked = parser.parse_args(argv)
    print(SAID, flush=True)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        if asked.short:
            return _judge(make_machine(root, {**INDEX, "tiny": 5}, files=5))
        results = _measure(make_machine(root, INDEX), asked.rounds)
    _write(results, asked.output)
    print(render_page(results))
    print(f"For the README:\n\n{render_brief(results.contest)}")
    return 0


def _judge(machine: Machine) -> int:
    """Hold the targets with slack, in the small and the large project."""
    arenas = [make_arena(machine, size) for size in SIZES]
    time.sleep(SETTLED)
    judges = [partial(judge, arena) for arena in arenas for judge in (_judge_usual, _judge_cold)]
    judges.append(partial(_judge_prune, arenas[-1]))
    return hold(judges)


def hold(judges: Sequence[Callable[[int], list[Target]]]) -> int:
    """Judge; what is broken is tried again, and the best of some attempts counts.

    Args:
        judges: Each measures so many rounds, and says what was seen.

    Returns:
        1 if a target is broken.
    """
    status = 0
    for judge in judges:
        best = judge(SHORT_ROUNDS)
        for _ in range(ATTEMPTS - 1):
            if all(each.holds(SLACK) for each in best):
                break
            again = judge(SHORT_ROUNDS)
            pairs = zip(best, again, strict=True)
            best = [min(pair, key=lambda each: each.seen / each.limit) for pair in pairs]
        for target in best:
            holds = target.holds(SLACK)
            print(f"{'holds' if holds else 'BROKEN':6} {target.render()}, times {SLACK:g} as slack")
            status = status if holds else 1
    return status


def _judge_usual(arena: Arena, rounds: int) -> list[Target]:
    return [*judge_unchanged(arena.size, measure(arena.targets(), rounds))]


def _judge_cold(arena: Arena, rounds: int) -> list[Target]:
    return [*judge_cold(arena.size, measure(list_cold(arena), rounds // 2, 1))]


def _judge_prune(arena: Arena, rounds: int) -> list[Target]:
    return [judge_notice(arena.size, measure(list_prune(arena), rounds // 3, 1))]


def _measure(machine: Machine, rounds: int) -> Results:
    """Measure everything."""
    versions, left_out = install_rivals(machine)
    tools = ", ".join(f"{name} {version}" for name, version in versions.items())
    if left_out:
        tools += f"; left out, as not to be installed: {', '.join(left_out)}"
    contest, cold, prune = {}, {}, {}
    for size in SIZES:
        arena = make_arena(machine, size)
        time.sleep(SETTLED)
        contest[size] = measure(arena.contestants(tuple(versions)), rounds)
        cold[size] = measure(list_cold(arena), rounds)
        prune[size] = measure(list_prune(arena), max(3, rounds // 2))
    resident = measure_resident(machine)
    growth = measure_growth(machine, max(5, rounds // 3))
    # Many, because uv's threads wait for each other, now longer, now shorter.
    bulk = measure([*list_bulk(machine), *list_environments(machine)], max(9, rounds // 4), 1)
    targets = [
        *(target for size in SIZES for target in judge_unchanged(size, contest[size])),
        *judge_rivals("small", contest["small"]),
        *(target for size in SIZES for target in judge_cold(size, cold[size])),
        *(target for size in SIZES for target in judge_removal(size, prune[size])),
        *judge_bulk(bulk),
        *judge_growth({axis.name: axis for axis in growth}),
        *judge_resident(resident),
    ]
    words = "" if rounds == ROUNDS else f" --rounds {rounds}"
    command = f"python tests/benchmarks{words}"
    about = machine.describe()
    return Results(about, command, rounds, tools, contest, cold, prune, bulk, growth, targets)


def _write(results: Results, folder: Path) -> None:
    """Write the page and the two plots."""
    folder.mkdir(parents=True, exist_ok=True)
    caption = f"{results.about}; {results.command}"
    contest = render_contest_plot(results.contest, caption)
    growth = render_growth_plot(results.growth, caption)
    for name, text in (
        ("speed.md", render_page(results)),
        ("speed.svg", contest),
        ("growth.svg", growth),
    ):
        (folder / name).write_text(text, encoding="utf-8")
