"""The journal outlives the attic, and knows how to install again what went."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xrun.environment import Environment
from xrun.environment.attic.journal import (
    Gone,
    find_journal,
    list_environments,
    load_entries,
    write_entry,
)

HERE = Environment(Path("/project/.venv"), ".venv")
THERE = Environment(Path("/other/.venv"), ".venv")


def test_what_is_written_is_read_newest_first_and_for_its_environment_alone() -> None:
    first = Gone("six", "1.0", "pip")
    second = Gone("idna", "3.6", "uv", replaced_by="3.20")
    write_entry(1.5, HERE, [first])
    write_entry(2.5, THERE, [first])
    write_entry(3.5, HERE, [second, first])
    found = load_entries(HERE)
    assert [(entry.at, entry.removed) for entry in found] == [
        (3.5, (second, first)),
        (1.5, (first,)),
    ]
    assert list_environments() == {HERE.folder, THERE.folder}


@pytest.mark.parametrize("line", ["{", "[]", '{"version": 2}', '{"version": 1}', "\xff", ""])
def test_a_damaged_line_hides_no_other(line: str) -> None:
    write_entry(1, HERE, [Gone("six", "1.0")])
    with find_journal().open("a", encoding="latin-1") as file:
        file.write(f"{line}\n")
    write_entry(2, HERE, [Gone("idna", "3.6")])
    assert [entry.removed[0].name for entry in load_entries(HERE)] == ["idna", "six"]


def test_a_journal_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    write_entry(1, HERE, [Gone("six", "1.0")])
    assert load_entries(HERE) == []


@pytest.mark.parametrize(
    ("direct_url", "expected"),
    [
        ({}, "six==1.0"),
        (
            {"url": "https://host.test/six.whl", "archive_info": {}},
            "'six @ https://host.test/six.whl'",
        ),
        ({"url": "file:///a/lib", "dir_info": {"editable": True}}, "--editable /a/lib"),
        ({"url": "file:///a/lib", "dir_info": {}}, "'six @ file:///a/lib'"),
        (
            {"url": "https://host.test/r", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "'six @ git+https://host.test/r@abc'",
        ),
    ],
)
def test_how_to_install_it_again(direct_url: dict[str, object], expected: str) -> None:
    command = Gone("six", "1.0", "pip", None, direct_url).render_install(".venv")
    assert command == f"uv pip install --no-config -p .venv {expected}"
