"""The journal outlives the attic, and knows how to install again what went."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from xrun.environment.attic.journal import (
    find_journal,
    list_environments,
    load_entries,
    write_entry,
)
from xrun.environment.attic.store import Removal, Removed
from xrun.environment.environment import Environment
from xrun.proxy.dataclass import replace

HERE = Environment(Path("/project/.venv"), ".venv")
THERE = Environment(Path("/other/.venv"), ".venv")
SIX = Removed("six", "1.0", installer="pip")
IDNA = Removed("idna", "3.6", "3.20", "uv")


def write(at: float, *removed: Removed, environment: Environment = HERE) -> Removal:
    removal = Removal(at, environment.folder, removed)
    write_entry(removal)
    return removal


def test_what_is_written_is_read_newest_first_and_for_its_environment_alone() -> None:
    first = write(1.5, SIX)
    write(2.5, SIX, environment=THERE)
    second = write(3.5, IDNA, SIX)
    assert load_entries(HERE) == [second, first]
    assert list_environments() == {HERE.folder, THERE.folder}


@pytest.mark.parametrize("line", ["{", "[]", '{"version": 2}', '{"version": 1}', "\xff", ""])
def test_a_damaged_line_hides_no_other(line: str) -> None:
    write(1, SIX)
    with find_journal().open("a", encoding="latin-1") as file:
        file.write(f"{line}\n")
    write(2, IDNA)
    assert [entry.distributions for entry in load_entries(HERE)] == [(IDNA,), (SIX,)]


def test_no_file_stands_in_the_journal_and_lines_of_older_ones_are_read() -> None:
    write_entry(
        Removal(
            *(1.5, HERE.folder, (replace(SIX, files=("lib/six.py",)),), Path("/attic"), 9),
            command="xrun pytest",
        )
    )
    line = json.loads(find_journal().read_text(encoding="utf-8"))
    assert line == {
        "at": 1.5,
        "command": "xrun pytest",
        "environment": "/project/.venv",
        "key": "",
        "removed": [
            {
                "direct_url": {},
                "installer": "pip",
                "name": "six",
                "replaced_by": None,
                "version": "1.0",
            }
        ],
        "version": 1,
    }
    assert load_entries(HERE) == [Removal(1.5, HERE.folder, (SIX,), command="xrun pytest")]


def test_a_journal_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    write(1, SIX)
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
    command = replace(SIX, direct_url=direct_url).render_install(".venv")
    assert command == f"uv pip install --no-config -p .venv {expected}"
