"""What `xrunctl doctor` says: aligned, whole at any width, safe, and the same for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from unit.ctl.doctor.scenes import PROJECT, make_scene, tell
from unit.drifts import HOSTILE
from unit.make import make_environment, write
from xrun.ctl.doctor.scene import Diagnosis, Severity, mend, note
from xrun.ctl.doctor.verb import (
    CHECKS,
    examine,
    load_doctor_schema,
    render_doctor,
    render_doctor_json,
)
from xrun.errors import XrunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xrun.ctl.doctor.scene import Scene
    from xrun.ctl.doctor.verb import Check

FOUND = (
    Diagnosis(Severity.MEND, "uv is a stone", "It does not run.", "`mend it`, soon", ("uv",)),
    Diagnosis(Severity.NOTE, "the sky is blue", checks=("shim",)),
    Diagnosis(
        Severity.UNKNOWN, "not looked at: locks, policy", "too dark", "", ("locks", "policy")
    ),
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    make_environment(folder / ".venv")
    return make_scene(folder, xrun=tmp_path / "bin" / "xrun")


def test_what_was_found_stands_below_what_was_looked_at(scene: Scene) -> None:
    lines = render_doctor(scene, FOUND, None, has_colour=False)
    assert [line.split("  ")[0] for line in lines[:4]] == ["xrun", "uv", "project", "environment"]
    assert lines[2] == f"project      {scene.facts.start}"
    assert lines[3].endswith("/app/.venv, Python 3.12.4")
    assert lines[4:] == [
        "",
        "mend     uv is a stone",
        "         It does not run.",
        "         -> `mend it`, soon",
        "",
        "note     the sky is blue",
        "",
        "unknown  not looked at: locks, policy",
        "         too dark",
        "",
        f"1 to mend, 1 note, 1 not looked at ({len(CHECKS)} checks)",
    ]


def test_where_nothing_is_found_one_line_says_so(scene: Scene) -> None:
    last = render_doctor(scene, (), None, has_colour=False)[-1]
    assert last == f"nothing to mend ({len(CHECKS)} checks)"


def test_a_project_whose_environment_is_not_there_or_no_environment(tmp_path: Path) -> None:
    folder = write(tmp_path / "app", {"pyproject.toml": PROJECT})
    *_, line, _, _ = render_doctor(make_scene(folder), (), None, has_colour=False)
    assert line.endswith("/app/.venv, not made yet")
    write(folder / ".venv", {"file": ""})
    *_, line, _, _ = render_doctor(make_scene(folder), (), None, has_colour=False)
    assert line.endswith("/app/.venv, unusable")
    *_, line, _, _ = render_doctor(make_scene(tmp_path), (), None, has_colour=False)
    assert line == f"project  none in {tmp_path} or above"


@pytest.mark.parametrize("width", [120, 80, 40, 32])
def test_at_a_terminal_all_lines_fit_and_nothing_is_cut(scene: Scene, width: int) -> None:
    text = "word " * 30
    found = [Diagnosis(Severity.NOTE, text, text, text, ("uv",))]
    lines = render_doctor(scene, found, width, has_colour=False)
    assert max(map(len, lines)) <= width
    assert " ".join(lines).split().count("word") == 90


def test_a_command_is_not_broken(scene: Scene) -> None:
    path = "/very/long/path" * 8
    found = [Diagnosis(Severity.NOTE, "a", "b", f"`touch {path}`", ("uv",))]
    assert any(f"{path}`" in line for line in render_doctor(scene, found, 40, has_colour=False))


def test_words_are_coloured_on_a_terminal_only(scene: Scene) -> None:
    plain = render_doctor(scene, FOUND, 80, has_colour=False)
    coloured = render_doctor(scene, FOUND, 80, has_colour=True)
    assert not any("\x1b" in line for line in plain)
    assert "\x1b[31mmend\x1b[0m     uv is a stone" in coloured
    assert "         \x1b[2mIt does not run.\x1b[0m" in coloured


def test_nothing_steers_the_terminal(scene: Scene) -> None:
    found = [Diagnosis(Severity.NOTE, HOSTILE, HOSTILE, HOSTILE, ("uv",))]
    for width in (None, 80, 20):
        lines = render_doctor(scene, found, width, has_colour=False)
        assert all(line.isprintable() for line in lines), lines


def test_programs_get_the_same_as_json(scene: Scene, tmp_path: Path) -> None:
    document = json.loads(render_doctor_json(scene, FOUND))
    assert document["version"] == 1
    assert document["uv"] == "0.13.9"
    assert document["project"] == str(tmp_path / "app")
    assert document["environment"] == str(tmp_path / "app" / ".venv")
    assert document["xrun_path"] == str(tmp_path / "bin" / "xrun")
    assert document["findings"][0] == {
        "checks": ["uv"],
        "cure": "`mend it`, soon",
        "severity": "mend",
        "what": "uv is a stone",
        "why": "It does not run.",
    }
    assert document["findings"][1]["cure"] is None


def test_the_schema_holds_for_every_document_and_for_no_other(scene: Scene, tmp_path: Path) -> None:
    validator = Draft202012Validator(json.loads(load_doctor_schema()))
    validator.check_schema(validator.schema)
    documents = [
        render_doctor_json(scene, FOUND),
        render_doctor_json(make_scene(tmp_path, version=()), ()),
        render_doctor_json(None, (), XrunError("no", details=("a",), hint="b")),
    ]
    for text in documents:
        document = json.loads(text)
        assert validator.is_valid(document), text
        for key in document:
            assert not validator.is_valid({**document, key: 0}), key
            assert not validator.is_valid(
                {name: document[name] for name in document if name != key}
            )


@pytest.mark.parametrize(
    "problem", [OSError("why"), RuntimeError("why"), ValueError("why"), XrunError("why")], ids=repr
)
def test_a_check_that_cannot_be_made_is_told_and_the_others_go_on(
    scene: Scene, problem: Exception
) -> None:
    def fail(_: Scene) -> Iterator[Diagnosis]:
        yield note("half of it")
        raise problem

    checks: dict[str, Check] = {"a": fail, "b": fail, "c": lambda _: [mend("found")]}
    found = examine(scene, checks)
    assert tell(found) == [("mend", "found"), ("unknown", "not looked at: a, b")]
    assert [(each.checks, each.why) for each in found] == [(("c",), ""), (("a", "b"), "why")]


def test_what_should_be_mended_stands_first(scene: Scene) -> None:
    checks: dict[str, Check] = {
        "a": lambda _: [note("1"), mend("2")],
        "b": lambda _: [mend("3")],
    }
    found = examine(scene, checks)
    assert tell(found) == [("mend", "2"), ("mend", "3"), ("note", "1")]


def test_no_name_of_a_check_reads_as_two() -> None:
    assert not any(", " in name for name in CHECKS)


def test_without_a_home_no_check_ends_in_an_error(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def find_nobody(_: int) -> None:
        raise KeyError

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", find_nobody)
    found = examine(scene)
    assert ("mend", ("home folder",)) in [(each.severity.value, each.checks) for each in found]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("~")]
