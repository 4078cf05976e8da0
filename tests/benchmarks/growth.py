"""What grows with a project, and what does not."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.contest import CHECK, EXACT, OWN_CHECK, XRUN, name_certificates
from benchmarks.layouts import RULE, copy_many, make_project
from benchmarks.machine import name_distributions
from benchmarks.measuring import SETTLED, Contestant, measure
from support.projects import Pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from benchmarks.machine import Machine
    from benchmarks.measuring import Sample

EXPLAIN = "xrunctl explain"
AS_IT_IS = "uv run --no-sync"  # what xrun becomes: the rest of a run is its own
RECURSIVE, LOOP = "check --recursive", "uv sync --check loop"
MOST = 1000
"""Distributions of the largest project."""


@dataclass(frozen=True)
class Axis:
    """What is made larger, step by step.

    Attributes:
        name: What there are so many of.
        steps: How many.
        samples: For each command, what it took at each step.
    """

    name: str
    steps: tuple[int, ...]
    samples: dict[str, list[Sample]]


def measure_growth(machine: Machine, rounds: int) -> list[Axis]:
    """Measure run, check and explain along three axes, and the recursive check along a fourth."""
    return [
        *(_measure_axis(machine, name, rounds) for name in _MAKERS),
        _measure_recursive(machine, max(3, rounds // 3)),
    ]


def _make_distributions(machine: Machine, number: int) -> Path:
    pyproject = Pyproject(dependencies=tuple(name_distributions("tiny", number)))
    return make_project(machine, f"with-{number}-distributions", pyproject).folder


def _make_members(machine: Machine, number: int) -> Path:
    pyproject = Pyproject(members=tuple(f"member{at:03}" for at in range(number)))
    return make_project(machine, f"with-{number}-members", pyproject).folder


def _make_rules(machine: Machine, number: int) -> Path:
    policy = 'mode = "exact"\n' + "".join(RULE.format(at) for at in range(number))
    return make_project(machine, f"with-{number}-rules", _FEW, policy).folder


_FEW = Pyproject(dependencies=tuple(name_distributions("tiny", 5)))
_MAKERS: dict[str, tuple[tuple[int, ...], Callable[[Machine, int], Path]]] = {
    "distributions": ((10, 100, MOST), _make_distributions),
    "members": ((1, 10, 100), _make_members),
    "rules": ((0, 10, 50, 200), _make_rules),
}


def _measure_axis(machine: Machine, name: str, rounds: int) -> Axis:
    """Measure all commands at all steps of an axis in one interleaved run."""
    steps, make = _MAKERS[name]
    commands = {
        EXACT: (machine.uv, "run", "--exact", "true"),
        XRUN: (machine.xrun, "true"),
        CHECK: (machine.uv, "sync", "--check"),
        OWN_CHECK: (machine.xrunctl, "check"),
        EXPLAIN: (machine.xrunctl, "explain", "--", "true"),
        AS_IT_IS: (machine.uv, "run", "--no-sync", "true"),
    }
    contestants = [
        Contestant(f"{command} at {step}", argv, folder, machine.environ)
        for step in steps
        for folder in [make(machine, step)]
        for command, argv in commands.items()
    ]
    time.sleep(SETTLED)
    return _sort_out(name, steps, commands, measure(contestants, rounds))


def _measure_recursive(machine: Machine, rounds: int) -> Axis:
    """Measure a check of many projects, and uv asked in a loop."""
    steps = (1, 10, 50, 190)
    model = make_project(machine, "model", _FEW)
    loop = 'for each in project*; do uv sync --check -q --project "$each" || exit; done'
    commands = {
        RECURSIVE: (machine.xrunctl, "check", "--recursive"),
        LOOP: ("/bin/sh", "-c", loop),
    }
    folders = {step: machine.sandbox.root / f"projects-{step}" for step in steps}
    for step, folder in folders.items():
        copy_many(model, folder, step)
    usual = [
        Contestant(name, argv, model.folder, machine.environ) for name, argv in commands.items()
    ]
    every = [*usual, *name_certificates(usual)]
    contestants = [
        replace(each, name=f"{each.name} at {step}", folder=folder)
        for step, folder in folders.items()
        for each in every
    ]
    found = measure(contestants, rounds, warm_ups=1)
    return _sort_out("projects", steps, [each.name for each in every], found)


def _sort_out(
    name: str, steps: tuple[int, ...], commands: Iterable[str], found: Mapping[str, Sample]
) -> Axis:
    """Sort samples by command and step."""
    samples = {each: [found[f"{each} at {step}"] for step in steps] for each in commands}
    return Axis(name, steps, samples)
