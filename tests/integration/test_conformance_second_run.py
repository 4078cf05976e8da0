"""The same comparison where xrun has nothing to do first, because it knows this state.

The state is left to age before xrun sees it, since xrun trusts nothing younger than two
seconds; then all rows run in it, and none of them changes it.
"""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from .arena import Arena
from .conformance import Runner, differences
from .row import Mode, Row
from .rows import AGAIN, BY_UV
from .rows_direct import DIRECT
from .rows_selection import SEE

if TYPE_CHECKING:
    from support.sandbox import Sandbox

AGE = 2.2
FIRST = Row("default selection", SEE)


@pytest.fixture(scope="module")
def settled(
    sandbox: Sandbox, xrun: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    """A runner whose state is old, and known to xrun."""
    runner = Runner(Arena(sandbox, tmp_path_factory.mktemp("settled")), xrun)
    runner.prepare(FIRST, Mode.EXACT)
    runner.as_uv(FIRST, Mode.EXACT)  # the first `uv run` may write into the environment
    time.sleep(AGE)
    for row in (FIRST, replace(FIRST, environ={"XRUN_LAUNCH": "uv"})):
        runner.as_xrun(row, Mode.EXACT)
    return runner


@pytest.mark.parametrize("row", [FIRST, *AGAIN, *BY_UV], ids=lambda row: row.slug)
def test_xrun_does_what_uv_run_does_again(settled: Runner, row: Row) -> None:
    uv = settled.as_uv(row, Mode.EXACT)
    found = differences(row, uv, settled.as_xrun(row, Mode.EXACT))
    assert not found, f"\n{found}"


@pytest.mark.parametrize("row", DIRECT, ids=lambda row: row.slug)
def test_xrun_starts_a_command_as_uv_run_does(settled: Runner, row: Row) -> None:
    uv = settled.as_uv(row, Mode.EXACT)
    xrun, has_started_uv = settled.as_xrun_again(row, Mode.EXACT)
    found = differences(row, uv, xrun)
    assert not found, f"\n{found}"
    assert row.by_uv in {has_started_uv, None}


def test_a_signal_that_ends_the_command_ends_xrun(settled: Runner) -> None:
    result = settled.arena.project().run(*settled.xrun, "sh", "-c", "kill -TERM $$")
    assert result.status == -signal.SIGTERM


def test_drift_after_a_known_state_is_seen(settled: Runner) -> None:
    settled.arena.project().install("delta")
    settled.as_xrun(FIRST, Mode.EXACT)
    assert "delta" not in settled.arena.project().snapshot().names


def test_a_dropped_dependency_after_a_known_state_is_seen(settled: Runner) -> None:
    project = settled.arena.project()
    text = (project.folder / "pyproject.toml").read_text()
    project.write("pyproject.toml", text.replace('"alpha<2", ', ""))
    settled.as_xrun(FIRST, Mode.EXACT)
    assert "alpha" not in settled.arena.project().snapshot().names
