"""xrun is `uv run`: every kind of command line, compared with the real uv.

In mode `off` nothing may differ from `uv run`. In mode `exact` nothing may differ from
`uv run --exact` but what xrun says on standard error; `exact` starts from a clean
environment, `exact-drifted` from one with a stray distribution in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .arena import Arena
from .conformance import Runner, differences
from .rows import cases

if TYPE_CHECKING:
    from support.sandbox import Sandbox

    from .row import Mode, Row

CASES = [pytest.param(row, mode, id=f"{row.slug}-{mode.value}") for row, mode in cases()]


@pytest.fixture(scope="module")
def runner(
    sandbox: Sandbox, xrun: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    return Runner(Arena(sandbox, tmp_path_factory.mktemp("conformance")), xrun)


@pytest.mark.parametrize(("row", "mode"), CASES)
def test_xrun_does_what_uv_run_does(runner: Runner, row: Row, mode: Mode) -> None:
    found = differences(row, *runner.both(row, mode))
    assert not found, f"\n{found}"
