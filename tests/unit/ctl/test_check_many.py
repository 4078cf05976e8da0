"""A check of many projects: several at once, their results in order."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.processes import wait_until
from unit.make import write
from xrun.ctl.check_many import check_projects
from xrun.proxy import uv
from xrun.report.json import ProjectResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with five projects."""
    return write(tmp_path, {f"{name}/pyproject.toml": UVS for name in "edcba"})


UVS = "[project]\nname = 'x'\n[tool.uv]\n"


def test_the_next_ones_have_begun_before_one_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    done: list[str] = []

    def begin(project: Path) -> Callable[[], ProjectResult]:
        done.append(f"begin {project.name}")

        def finish() -> ProjectResult:
            done.append(f"finish {project.name}")
            return ProjectResult(project, None, None, "")

        return finish

    results = check_projects(folder, begin)
    assert [each.project.name for each in results] == [*"abcde"]
    began = ["begin a", "begin b", "begin c", "finish a", "begin d", "finish b", "begin e"]
    assert done == [*began, "finish c", "finish d", "finish e"]


def test_what_has_begun_is_ended_where_it_is_interrupted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    code = "import os, sys, time; open(sys.argv[1] + str(os.getpid()), 'x'); time.sleep(30)"
    pids = tmp_path / "pids"
    pids.mkdir()

    def begin(project: Path) -> Callable[[], ProjectResult]:
        uv.ask_ahead(sys.executable, ["-c", code, f"{pids}/", project.name], os.environ)
        return interrupt

    def interrupt() -> ProjectResult:
        wait_until(lambda: len([*pids.iterdir()]) == 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_projects(folder, begin)
    for each in pids.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(each.name), 0)


def test_an_answer_is_taken_once(tmp_path: Path) -> None:
    file = tmp_path / "asked"
    words = ["-c", f"open({str(file)!r}, 'a').write('x'); print(1)"]
    uv.ask_ahead(sys.executable, words, os.environ)
    assert uv.ask_uv(sys.executable, words).stdout == "1\n"
    assert file.read_text() == "x"
    assert uv.ask_uv(sys.executable, words).stdout == "1\n"
    assert file.read_text() == "xx"
