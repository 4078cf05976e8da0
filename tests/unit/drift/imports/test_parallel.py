"""Many files read by several processes, as one would read them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.drift.imports import parallel
from xrun.drift.imports.parallel import read_in_processes
from xrun.drift.imports.parse import Import, read_imports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOUND = [Import(1, ("one",))]
METHODS = ("fork", "spawn") if sys.platform == "linux" else ("spawn",)


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Write more files than go to one process at once; every tenth does not parse."""
    texts = {f"{at:03}.py": "import one\n" + (")" if at % 10 == 9 else "") for at in range(170)}
    write(tmp_path / "files", texts)
    return sorted(str(path) for path in (tmp_path / "files").iterdir())


@pytest.fixture(autouse=True)
def processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_count_processors", lambda: 2)


def expected(paths: list[str]) -> list[tuple[str, list[Import] | None]]:
    return [(path, None if path.endswith("9.py") else FOUND) for path in paths]


@pytest.mark.parametrize("method", METHODS)
def test_all_is_read_in_order_by_other_processes(
    method: str, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_choose_method", lambda: method)
    own = os.getpid()

    def read(path: str, tops: list[str]) -> list[Import] | None:
        assert os.getpid() != own
        return read_imports(path, tops)

    monkeypatch.setattr(parallel, "read_imports", read)
    assert list(read_in_processes(paths, ["one"])) == expected(paths)


@pytest.mark.parametrize("error", [OSError, ImportError, NotImplementedError])
def test_where_no_process_can_be_started_this_one_reads(
    error: type[Exception], paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", _raise(error))
    assert list(read_in_processes(paths, ["one"])) == expected(paths)


def _raise(error: type[Exception]) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_with_one_processor_this_one_reads(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_count_processors", lambda: 1)
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", _raise(AssertionError))
    assert list(read_in_processes(paths, ["one"])) == expected(paths)


@pytest.mark.skipif(sys.platform != "linux", reason="what is patched reaches only a fork")
def test_a_file_that_kills_its_reader_is_not_read_again(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: str, tops: list[str]) -> list[Import] | None:
        if path.endswith("080.py"):
            os.kill(os.getpid(), signal.SIGKILL)
        return read_imports(path, tops)

    monkeypatch.setattr(parallel, "read_imports", read)
    found = list(read_in_processes(paths, ["one"]))
    assert [path for path, _ in found] == paths
    assert dict(found)[paths[80]] is None


@pytest.mark.skipif(sys.platform != "linux", reason="a fork is not safe elsewhere")
def test_a_process_with_threads_is_not_forked() -> None:
    assert parallel._choose_method() == "fork"
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert parallel._choose_method() == "spawn"
    finally:
        done.set()
        thread.join()


def test_an_end_half_way_leaves_nothing_running(paths: list[str]) -> None:
    reading = read_in_processes(paths, ["one"])
    assert next(iter(reading)) == (paths[0], FOUND)
    del reading
    assert threading.active_count() == 1
