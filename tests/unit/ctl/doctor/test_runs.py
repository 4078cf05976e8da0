"""Whether a plain run here is exact, allowed, remembered and alone."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.make import make_environment, write
from xrun.ctl.doctor import runs
from xrun.environment.processes import Command
from xrun.errors import XrunError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    make_environment(folder / ".venv")
    monkeypatch.chdir(folder)
    return folder


def test_a_policy_is_only_named(project: Path) -> None:
    scene = make_scene(project)
    assert tell(runs.check_policy(scene)) == []
    write(project, {"xrun.toml": "mod = 1\nlock = 2\n", "xrun.local.toml": "mode = 1\n"})
    (found,) = runs.check_policy(scene)
    assert found.severity.value == "mend"
    assert found.what == "the policy has 3 problems: xrun.toml, xrun.local.toml"
    assert found.cure == "`xrunctl policy check` says more"


@pytest.mark.parametrize(
    ("line", "told"), [("x = ", ""), ("xrun = ", "the policy has 1 problem: pyproject.toml")]
)
def test_a_file_for_which_no_run_is_refused_is_no_policy(
    project: Path, line: str, told: str
) -> None:
    write(project, {"pyproject.toml": f"{PROJECT}{line}"})
    assert [each.what for each in runs.check_policy(make_scene(project))] == [told] * bool(told)


def test_what_does_not_count_in_a_policy_is_a_note(project: Path) -> None:
    write(project, {"xrun.toml": 'enforce = ["mode"]\n', "xrun.local.toml": 'mode = "off"\n'})
    told = "the policy says what does not count: xrun.local.toml"
    assert tell(runs.check_policy(make_scene(project))) == [("note", told)]


@pytest.mark.parametrize(
    ("pyproject", "environ", "expected"),
    [
        (PROJECT, {}, []),
        (PROJECT, {"XRUN_MODE": "off", "UV_NO_SYNC": "1"}, []),
        (
            PROJECT,
            {"UV_NO_SYNC": "1"},
            ["UV_NO_SYNC leaves .venv as it is", "`unset UV_NO_SYNC`"],
        ),
        (
            f"{PROJECT}[tool.uv]\nmanaged = false\n",
            {},
            [
                "pyproject.toml says managed = false, so uv cannot compare",
                "take `managed = false` out of pyproject.toml",
            ],
        ),
        (
            "[tool.black]\n",
            {},
            [
                "pyproject.toml has no [project] table",
                "declare something: a [project] table in pyproject.toml",
            ],
        ),
    ],
)
def test_runs_that_are_not_exact(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    pyproject: str,
    environ: dict[str, str],
    expected: list[str],
) -> None:
    (project / "pyproject.toml").write_text(pyproject)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = [*runs.check_exactness(make_scene(project))]
    start = "runs here are not exact: "
    told = [text for each in found for text in (each.what.removeprefix(start), each.cure)]
    assert told == expected
    assert all(each.severity.value == "mend" for each in found)


def test_what_enforcement_refuses_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, {"xrun.toml": 'enforce = ["mode"]\n'})
    monkeypatch.setenv("UV_NO_SYNC", "1")
    (found,) = tell(runs.check_exactness(make_scene(project)))
    assert found[1].startswith("no command is run here: UV_NO_SYNC")


def test_what_another_check_tells_is_not_told_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(runs.check_exactness(make_scene(project, version=(0, 5, 20)))) == []
    monkeypatch.setattr("os.access", lambda *_: False)
    assert tell(runs.check_exactness(make_scene(project))) == []


def test_without_uv_or_a_policy_no_one_knows(project: Path) -> None:
    with pytest.raises(XrunError, match="no uv that works"):
        tell(runs.check_exactness(make_scene(project, obstacle="none")))
    write(project, {"xrun.toml": "mode = 1\n"})
    with pytest.raises(XrunError, match="the policy has problems"):
        tell(runs.check_exactness(make_scene(project)))


def look(folder: Path) -> list[tuple[str, str]]:
    return tell(runs.check_remembered(make_scene(folder)))


@pytest.mark.parametrize(
    ("pyproject", "told"),
    [
        (f"{PROJECT}[tool.uv]\n", ""),
        (f'{PROJECT}dynamic = ["dependencies"]\n', ""),
        (
            f'{PROJECT}[tool.uv]\ncache-keys = [{{ file = "x" }}]\n',
            "{} has `cache-keys`, which name other files",
        ),
        (
            f'{PROJECT}[tool.uv.workspace]\nmembers = ["packages/**"]\n',
            "{} looks for members at any depth (`**`)",
        ),
    ],
)
def test_what_cannot_be_watched_is_named(project: Path, pyproject: str, told: str) -> None:
    file = project / "pyproject.toml"
    file.write_text(pyproject)
    assert look(project) == ([("note", told.format(file))] if told else [])


def test_variables_that_keep_a_run_from_being_remembered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_MALWARE_CHECK", "1")
    monkeypatch.setenv("UV_INDEX_URL", "https://me:secret@example.org/")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://example.org/")
    assert look(project) == [
        ("note", "UV_MALWARE_CHECK is set, and asks a service each time"),
        ("note", "a URL with a user's name or password stands in UV_INDEX_URL"),
    ]


def test_files_from_the_future_are_named(project: Path) -> None:
    assert look(project) == []
    later = time.time() + 100
    os.utime(project / "pyproject.toml", (later, later))
    told = f"{project / 'pyproject.toml'} is from the future, by the time of the last change"
    assert look(project) == [("mend", told)]


def test_outside_a_project_nothing_is_remembered_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_MALWARE_CHECK", "1")
    assert look(tmp_path) == []


def test_commands_in_the_environment_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(project)
    assert tell(runs.check_commands(scene)) == []
    command = Command(4711, 1, ("uvicorn", "app"), 0)
    monkeypatch.setattr(runs, "list_commands", lambda _: (command,))
    (found,) = tell(runs.check_commands(scene))
    assert found[0] == "note"
    assert found[1].startswith(".venv is in use by `uvicorn app` (pid 4711, since ")
