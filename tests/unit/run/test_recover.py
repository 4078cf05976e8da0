"""What an interrupted step left, and uv stops at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment
from xrun.environment.marker import begin_step
from xrun.errors import UvFailedError
from xrun.run.recover import drop_unreadable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("is_marked", [False, True])
@pytest.mark.parametrize("has_metadata", [False, True])
def test_what_uv_stops_at_is_dropped_if_an_interrupted_step_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_marked: bool, has_metadata: bool
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    environment = make_environment(tmp_path / "environment")
    folder = environment.site_packages[0] / "six-1.0.dist-info"
    folder.mkdir(parents=True)
    if has_metadata:
        (folder / "METADATA").touch()
    if is_marked:
        begin_step(environment)
    error = UvFailedError("failed")
    file = folder / "METADATA"
    error.said = ("\x1b[31merror\x1b[0m: Failed to read `six==1.0`", f"  cause: open `{file}`: no")
    is_dropped = is_marked and not has_metadata
    assert (drop_unreadable(error), folder.exists()) == (is_dropped, not is_dropped)


def test_another_error_drops_nothing() -> None:
    assert not drop_unreadable(UvFailedError("failed"))
