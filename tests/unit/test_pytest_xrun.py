"""The plugin pytest-xrun: what it says of an environment, and that it never fails a session."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pytest_xrun
from support.processes import Place, run
from unit.make import write

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = Path(pytest_xrun.__file__).parents[1]
LOCK = """\
version = 1

[[package]]
name = "app"
source = { editable = "." }
dependencies = [
    { name = "six" },
]

[[package]]
name = "six"
version = "1.17.0"

[[package]]
name = "six"
version = "1.16.0"
"""
LOCKED: Mapping[str, tuple[str, ...]] = {"app-0.1": (), "six-1.16.0": ()}


@pytest.fixture(autouse=True)
def usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_PROJECT_ENVIRONMENT", raising=False)


def make(folder: Path, installed: Mapping[str, tuple[str, ...]], **files: str) -> Path:
    """Make a project with an environment that has these distributions, each with what it needs."""
    prefix = folder / ".venv"
    variables = {"base": str(prefix), "platbase": str(prefix)}
    place = Path(sysconfig.get_path("purelib", vars=variables))
    for name, needs in installed.items():
        text = "".join(f"Requires-Dist: {each}\n" for each in needs)
        distribution, _, version = name.partition("-")
        head = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        write(place / f"{name}.dist-info", {"METADATA": head + text})
    write(folder, {"uv.lock": LOCK, **{f"{name}.toml": text for name, text in files.items()}})
    return place


def report(folder: Path) -> str:
    return "\n".join(pytest_xrun.report(folder, folder / ".venv"))


def test_what_is_as_locked_says_nothing(tmp_path: Path) -> None:
    make(tmp_path, LOCKED)
    assert report(tmp_path) == ""


def test_what_is_not_locked_is_named_and_what_is_so_in_another_version(tmp_path: Path) -> None:
    make(tmp_path, {"app-0.1": (), "six-1.15.0": (), "Typing_Extensions-4.0": ()})
    (line,) = report(tmp_path).splitlines()
    assert "six 1.15.0, typing-extensions 4.0 (" in line
    assert ".venv" in line
    assert "`xrunctl check`" in line
    (tmp_path / "tests").mkdir()
    assert report(tmp_path) == "\n".join(pytest_xrun.report(tmp_path / "tests", tmp_path / ".venv"))


def test_of_many_some_are_named(tmp_path: Path) -> None:
    make(tmp_path, {f"a{number}-1": () for number in range(8)})
    assert "a4 1 and 3 more" in report(tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        {"xrun": 'keep = ["A.A>=1"]'},
        {"xrun.local": 'keep = [{ name = "a-a", reason = "b" }]'},
        {"pyproject": '[tool.xrun]\nrules = [{ when = "ci", keep = ["a-a[x]"] }]'},
    ],
)
def test_what_is_kept_says_nothing_with_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    place = make(tmp_path, {**LOCKED, "a_a-1": ("b>1; extra == 'x'",), "b-1": ()}, **files)
    monkeypatch.syspath_prepend(place)
    assert report(tmp_path) == ""
    write(place, {"c-1.dist-info/METADATA": ""})
    assert ": c 1 (" in report(tmp_path)


def test_what_editors_bring_is_kept_by_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = {"ipykernel-7.0": ("tornado>=6",), "tornado-6.5": (), "pip-26.0": ()}
    monkeypatch.syspath_prepend(make(tmp_path, installed, xrun='keep = ["@editors"]'))
    assert report(tmp_path) == ""


@pytest.mark.parametrize(
    ("one", "other"), [("2024.02.02", "2024.2.2"), ("1.0_cu118", "1.0+cu118"), ("1.0RC1", "1.0rc1")]
)
def test_two_spellings_of_a_version_are_one(one: str, other: str) -> None:
    assert pytest_xrun.render_version(one) == pytest_xrun.render_version(other)


def test_another_environment_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"a-1": ()})
    assert pytest_xrun.report(tmp_path, Path(sys.prefix)) == []
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "other")
    assert report(tmp_path) == ""
    (tmp_path / ".venv").rename(tmp_path / "other")
    assert "other" in "".join(pytest_xrun.report(tmp_path, tmp_path / "other"))
    (tmp_path / "uv.lock").unlink()
    assert pytest_xrun.report(tmp_path, tmp_path / "other") == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be opened")
def test_under_xrun_nothing_is_said(tmp_path: Path) -> None:
    import fcntl

    make(tmp_path, {"a-1": ()})
    assert report(tmp_path) != ""
    folder = os.open(tmp_path / ".venv", os.O_RDONLY)
    descriptor = fcntl.fcntl(folder, fcntl.F_DUPFD, 200)
    try:
        assert report(tmp_path) == ""
    finally:
        os.close(descriptor)
        os.close(folder)


def run_pytest(folder: Path, *, lock: str) -> list[str]:
    """Run pytest with the plugin, as if its environment were the project's own."""
    write(folder, {"uv.lock": lock, "test_a.py": "def test(): pass\n"})
    environ = {**os.environ, "PYTHONPATH": str(SOURCE), "UV_PROJECT_ENVIRONMENT": sys.prefix}
    command = [sys.executable, "-m", "pytest", "-p", "pytest_xrun", "-p", "no:cacheprovider"]
    done = run(command, Place(folder, environ))
    assert done.status == 0, done.stdout
    return done.stdout.decode().splitlines()


def test_pytest_shows_it_at_the_head_of_a_session(tmp_path: Path) -> None:
    lines = run_pytest(tmp_path, lock=LOCK)
    (line,) = [each for each in lines if each.startswith("xrun: ")]
    assert lines.index(line) < next(at for at, each in enumerate(lines) if "1 passed" in each)


def test_whatever_cannot_be_read_the_session_runs(tmp_path: Path) -> None:
    (tmp_path / "xrun.toml").write_text("keep = 1")
    assert any("1 passed" in each for each in run_pytest(tmp_path, lock=LOCK))
