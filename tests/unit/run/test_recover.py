"""What an interrupted step left, and uv stops at."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from unit.environment.attic.test_unfinished import (
    BASE,
    die_after,
    environment,
    install,
    make_files,
    snap,
    take,
)
from unit.make import make_environment
from xrun.environment.attic.journal import write_entry
from xrun.environment.attic.restore import restore
from xrun.environment.attic.uninstall import remove
from xrun.environment.marker import begin_step, mark_step, was_interrupted
from xrun.errors import UvFailedError, XrunError
from xrun.proxy.dataclass import replace
from xrun.run.recover import Recovered, drop_unreadable, recover

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment
    from xrun.run.request import Run

__all__ = ["environment"]


@pytest.mark.parametrize("steps", range(9))
def test_a_restore_that_was_killed_is_taken_out_again(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    before, removal = snap(environment), take(environment)
    remove(replace(environment), ["one"])
    write_entry(removal)
    gone, written = snap(environment), {f"{BASE}/one/model.bin": "downloaded"}
    with monkeypatch.context() as patch:
        die_after(patch, "link", steps)
        try:
            with mark_step(environment, removal.folder.name):
                restore(replace(environment), removal, removal.distributions)
        except SystemExit:
            assert was_interrupted(environment)
    is_whole = not was_interrupted(environment)
    assert recover(cast("Run", None), replace(environment)).broken == ()
    assert not was_interrupted(environment)
    assert snap(environment) | written == (before if is_whole else gone)
    restore(replace(environment), removal, removal.distributions)
    assert snap(environment) == before


def test_what_no_lock_file_has_gets_the_files_back_that_went_with_another(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrun.run.recover._reinstall", lambda *_: 0)
    install(environment, {**make_files("two", "1.0", "both.py,sha256=x"), "both.py": "of two"})
    install(environment, {**make_files("one", "1.0", "both.py"), "both.py": "of one"})
    removal = take(environment)
    remove(replace(environment), ["one"])
    write_entry(removal)
    begin_step(environment)
    assert recover(cast("Run", None), replace(environment)) == Recovered(("two",), ())
    assert (environment.site_packages[0] / "both.py").read_text() == "of one"


def test_what_came_half_gets_no_file_of_what_it_replaced(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrun.run.recover._reinstall", lambda *_: 0)
    write_entry(take(environment, comes="2.0"))
    remove(replace(environment), ["one"])
    install(environment, make_files("one", "2.0"))
    (environment.site_packages[0] / "one" / "__init__.py").unlink()
    begin_step(environment)
    assert recover(cast("Run", None), replace(environment)) == Recovered((), (), ("one",))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_step_that_fails_and_left_all_as_it_was_leaves_only_an_earlier_marker(
    environment: Environment, *, is_first: bool
) -> None:
    if not is_first:
        begin_step(environment)
    with pytest.raises(XrunError), mark_step(environment, ""):
        raise XrunError("in the way")
    assert was_interrupted(environment) is not is_first


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
