"""What is looked at for each distribution does not grow with how many others there are."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from unit.drifts import make_drift
from unit.make import Installed, make_environment, make_workspace, write
from xrun.drift.advice import Adviser
from xrun.drift.compare import list_extraneous
from xrun.drift.imports.findings import add_importers
from xrun.drift.strays import find_strays
from xrun.proxy.dataclass import replace
from xrun.report.text import render_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xrun.environment.environment import Environment

FEW = 20
SLACK = 1.1
"""By how much a step may cost more than the one before: caches, and what is sorted."""


def install(folder: Path, number: int) -> Environment:
    """Make an environment of pairs: of each two distributions one needs the other."""
    environment = make_environment(folder)
    for at in range(number):
        needs = (f"d{at + 1}",) if at % 2 == 0 else ()
        info = Installed(f"d{at}", needs=needs, installer="pip").install(environment)
        files = [f"d{at}.py", *(f"{info.name}/{name}" for name in ("METADATA", "RECORD"))]
        record = "".join(f"{file},,\n" for file in files)
        write(info.parent, {f"d{at}.py": "", f"{info.name}/RECORD": record})
    return environment


def count_calls(work: Callable[[], object]) -> int:
    """Count how many functions some work calls, those of C too."""
    events: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda _, event, __: events.append(event) if "call" in event else None)
    try:
        work()
    finally:
        sys.setprofile(before)
    return len(events)


def check_clean(environment: Environment) -> object:
    return find_strays(environment, {})


def check_undeclared(environment: Environment) -> object:
    workspace = make_workspace(environment.folder.parent, "")
    there = {name: each.version for name, each in environment.distributions.items()}
    drift = make_drift(*list_extraneous(there, environment))
    adviser = Adviser(replace(drift, environment=environment), workspace, {})
    adviser = add_importers(adviser)
    return render_rows(adviser.drift, advice=adviser.advise)


@pytest.mark.parametrize(("check", "most"), [(check_clean, 180), (check_undeclared, 820)])
def test_work_grows_in_step_with_what_is_installed(
    tmp_path: Path, check: Callable[[Environment], object], most: int
) -> None:
    check(install(tmp_path / "first" / ".venv", FEW))  # what is loaded and compiled once
    environments = [install(tmp_path / str(at) / ".venv", at * FEW) for at in (1, 2, 3)]
    one, two, three = (count_calls(partial(check, each)) for each in environments)
    assert three - two <= SLACK * (two - one)
    assert two - one <= most * FEW
