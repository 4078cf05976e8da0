"""`xrunctl env`: what is listed, what is removed, and what wrong input gets."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from support.platforms import can_lock
from unit.drifts import HOSTILE
from unit.environment.test_separate_expiry import OLD, list_names, make
from unit.make import write
from xrun.ctl.app import app
from xrun.ctl.env import list_attics
from xrun.ctl.env_text import render_listed
from xrun.environment.attic.store import (
    Removal,
    Removed,
    list_places,
    resolve_key,
    write_manifest,
)
from xrun.environment.environment import Environment
from xrun.environment.memory import Memory, write_memory
from xrun.environment.separate import find_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

locked = pytest.mark.skipif(not can_lock(), reason="nothing goes where nothing can be locked")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": ""})


def env(*words: str) -> Result:
    """Type it."""
    return CliRunner().invoke(app, ["env", *words])


def test_without_any_there_is_nothing_to_list_or_remove() -> None:
    result = env("list")
    told = "No separate environment, and no backup.\n"
    assert (result.exit_code, result.stdout) == (0, told)
    for words in ((), ("--all",)):
        result = env("prune", *words)
        assert (result.exit_code, result.stderr) == (
            0,
            "xrun: there is no separate environment\n",
        )


def test_what_is_measured_is_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []

    @contextlib.contextmanager
    def show(_: str, *, is_terminal: bool) -> Iterator[Callable[[int, int], None]]:
        assert not is_terminal
        yield lambda done, total: shown.append((done, total))

    monkeypatch.setattr("xrun.ctl.env.show_progress", show)
    for words in ((), ("--extra=x",)):
        make(project, *words)
    assert env("list").exit_code == 0
    assert shown == [(0, 2), (1, 2)]


def test_each_is_listed_below_its_project(project: Path, tmp_path: Path) -> None:
    plain, chosen = make(project, age=-9), make(project, "--extra=x", "--group=g", age=OLD)
    gone = make(tmp_path / "elsewhere", age=-5)
    damaged = find_folder() / "damaged"
    (damaged / "environment").mkdir(parents=True)
    result = env("list")
    assert result.exit_code == 0
    size = "164 B"
    lines = result.stdout.splitlines()
    lines = [line.replace(_find_size(line), size) if "Python" in line else line for line in lines]
    assert lines[:-1] == [
        str(project),
        f"  {plain.name}  default selection",
        f"      Python 3.12.4, {size}, used just now",
        f"  {chosen.name}  --extra=x --group=g",
        f"      Python 3.12.4, {size}, used 31 days ago",
        f"{tmp_path / 'elsewhere'}  (the project is gone)",
        f"  {gone.name}  default selection",
        f"      Python 3.12.4, {size}, used just now",
        "of no known project",
        "  damaged",
        "      being changed, or damaged, 0 B, used just now",
    ]
    assert lines[-1].startswith("4 separate environments, ")


def _find_size(line: str) -> str:
    return line.split(", ")[1]


@locked
def test_what_is_not_needed_is_pruned_with_the_reason(project: Path, tmp_path: Path) -> None:
    fresh = make(project)
    old, gone = make(project, "--extra=x", age=OLD), make(tmp_path / "gone", age=OLD)
    moved = make(tmp_path / "moved")
    result = env("prune")
    assert result.exit_code == 0
    *lines, last = result.stderr.splitlines()
    assert sorted(lines) == sorted(
        [
            f"xrun: kept {moved.name} for 30 days, because the project may have been moved "
            "(`xrunctl env prune --all` does not)",
            f"xrun: removed {old.name}: used 31 days ago",
            f"xrun: removed {gone.name}: its project is gone ({tmp_path / 'gone'})",
        ]
    )
    assert last.startswith("xrun: removed 2 separate environments, ")
    assert sorted(path.name for path in find_folder().iterdir()) == [fresh.name, moved.name]
    env("remove", moved.name)
    assert env("prune").stderr == (
        "xrun: nothing to remove: all are of projects that are there, and were used in the last "
        "30 days\n"
    )
    assert env("prune", "--all").stderr.startswith(f"xrun: removed {fresh.name}\n")
    assert list_names() == []


def put_away(folder: Path, *, age: float = OLD) -> None:
    environment = Environment(folder, "")
    place = list_places(environment)[0][0] / "1700000000000000000"
    place.mkdir(parents=True)
    at = time.time() - age
    removal = Removal(at, folder, (Removed("six", "1"),), key=resolve_key(environment))
    write_manifest(removal, place)


def test_backups_are_listed_and_go_with_their_projects(project: Path, tmp_path: Path) -> None:
    separate, moved, gone = make(project), tmp_path / "new" / ".venv", tmp_path / "gone"
    write(tmp_path / "new", {"pyproject.toml": "", ".venv/pyvenv.cfg": ""})
    for folder in (separate.environment.folder, tmp_path / "old" / ".venv", gone / ".venv"):
        put_away(folder)
    former = (str(tmp_path / "old" / ".venv"),)
    write_memory(Environment(moved, ""), Memory(former=former))
    lines = [line.split("  backups: ")[0] for line in env("list").stdout.splitlines()]
    assert lines.index(str(project)) < lines.index(f"  {separate.name}")
    assert lines[lines.index(str(moved.parent)) + 1] == "  .venv"
    assert f"{gone}  (the project is gone)" in lines
    (said,) = env("prune").stderr.splitlines()
    assert said.startswith(f"xrun: removed the backup of {gone / '.venv'}: its project is gone")
    left = {each.environment for removals in list_attics() for each in removals}
    assert left == {separate.environment.folder, moved}
    shutil.rmtree(separate.folder)
    assert len(env("prune").stderr.splitlines()) == 1
    assert [removals[0].environment for removals in list_attics()] == [moved]


def test_young_backups_of_what_may_have_been_moved_stay_unless_all_is_typed(tmp_path: Path) -> None:
    young, old, ahead = (tmp_path / name / ".venv" for name in ("young", "old", "ahead"))
    put_away(young, age=OLD - 2 * 86400)
    put_away(old)
    put_away(ahead, age=-OLD)
    removed, stays = env("prune").stderr.splitlines()
    assert str(old) in removed
    assert str(young) in stays
    assert str(ahead) in stays
    assert "`xrunctl env prune --all`" in stays
    assert {each[0].environment for each in list_attics()} == {young, ahead}
    assert str(young) in env("prune", "--all").stderr
    assert list_attics() == []


@locked
def test_some_are_removed_by_name_and_a_wrong_name_removes_none(project: Path) -> None:
    first, second = make(project), make(project, "--extra=x")
    result = env("remove", first.name, "nobody", "../x")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "xrun: no separate environment is named nobody, ../x; nothing was removed",
        "xrun: `xrunctl env list` shows what there is",
    ]
    assert len(list_names()) == 2
    assert env("remove", first.name, first.name).exit_code == 0
    assert list_names() == [second.name]
    assert env("remove").exit_code == 2


@locked
def test_what_cannot_be_taken_away_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "x")

    separate = make(project, age=OLD)
    monkeypatch.setattr("pathlib.Path.rename", refuse)
    result = env("prune")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"xrun: not removed: {separate.name}: ")
    assert line.endswith("Permission denied: 'x'")


def test_nothing_steers_the_terminal(project: Path) -> None:
    separate = make(project / HOSTILE, f"--extra={HOSTILE}")
    attic = [Removal(0, project / HOSTILE, (Removed(HOSTILE, HOSTILE),), project, 1)]
    for width in (None, 80, 30):
        lines = [*render_listed({separate: 0}, [attic], time.time(), width)]
        assert all(line.isprintable() for line in lines), lines


@locked
@pytest.mark.parametrize("is_refused", [False, True])
def test_no_reason_steers_the_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, HOSTILE)

    make(project)
    monkeypatch.setattr("xrun.ctl.env.find_reason", lambda *_: HOSTILE)
    monkeypatch.setattr("xrun.ctl.env.find_folder", lambda: project / HOSTILE)
    monkeypatch.setattr("xrun.ctl.env.delete_gone", lambda: False)
    if is_refused:
        monkeypatch.setattr("xrun.ctl.env.take_away", refuse)
    lines = env("prune").stderr.splitlines()
    assert len(lines) == (2 if is_refused else 3)
    assert all(line.isprintable() for line in lines), lines


def test_in_a_terminal_rows_go_on_below(project: Path) -> None:
    words = [f"--extra=extra-number-{number}" for number in range(8)]
    separate = make(project, *words)
    _, *lines = render_listed({separate: 0}, [], time.time(), 80)
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(f"  {separate.name}  --extra=extra-number-0")
    assert all(line.startswith("      ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines).split()[1:9] == words


def test_what_is_put_away_stands_below_its_project(project: Path) -> None:
    six = Removed("six", "1")
    removal = Removal(time.time(), project / ".venv", (six, six), project, 1024)
    lines = [*render_listed({}, [[removal]], time.time(), None)]
    assert lines == [
        str(project),
        "  .venv  backups: 1 removal of 2 distributions, 1 KiB, the oldest just now; the "
        "environment is gone",
    ]


def test_what_is_put_away_of_scripts_is_of_no_project_that_is_gone(project: Path) -> None:
    place = project / "environments-v2" / "tool-2811d14f127b2195"
    removal = Removal(time.time(), place, (Removed("six", "1"),), project, 1024)
    first, row = render_listed({}, [[removal]], time.time(), None)
    assert first == f"{place.parent}  (uv's, for scripts)"
    assert row.startswith("  tool-2811d14f127b2195  backups: 1 removal")


@pytest.mark.parametrize("words", [(), ("--extra", "x")])
def test_without_uv_no_path_is_known(
    project: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("xrun.proxy.uv.find_uv", lambda: None)
    assert env("path", *words).exit_code == 2
