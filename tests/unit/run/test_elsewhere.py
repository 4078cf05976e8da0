"""Which selections are the same, and so have the same environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.run.elsewhere import list_selection
from xrun.run.facts import Facts

if TYPE_CHECKING:
    from pathlib import Path

ONE = '[project]\nname = "My.Root"\n[dependency-groups]\ndev = []\n'
TWO = f'{ONE}[tool.uv.workspace]\nmembers = ["member"]\n'


def select(folder: Path, line: str = "", **environ: str) -> frozenset[str]:
    workspace = find_workspace(folder)
    assert workspace is not None
    facts = Facts("/bin/uv", (0, 13, 9), folder, folder, workspace, None, None, environ)
    return list_selection(facts, parse_invocation([*line.split(), "true"]), ())


@pytest.mark.parametrize(
    "line", ["--dev", "--package my-root", "--package=My.Root --dev", "--all-packages"]
)
def test_what_selects_what_is_selected_anyway_is_no_selection(line: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ONE})
    assert select(tmp_path, line) == select(tmp_path) == frozenset()


@pytest.mark.parametrize("name", ["UV_NO_DEV", "UV_NO_DEFAULT_GROUPS"])
def test_a_variable_that_is_false_selects_nothing(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ONE})
    for value in ("0", "false", ""):
        assert select(tmp_path, **{name: value}) == frozenset()
    assert select(tmp_path, **{name: "1"}) == select(tmp_path, **{name: "True"}) != frozenset()


@pytest.mark.parametrize("line", ["--dev --no-dev", "--dev --only-group x", "--package other"])
def test_what_may_select_otherwise_is_a_selection(line: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ONE})
    assert select(tmp_path, line) not in {frozenset(), select(tmp_path, "--no-dev")}


def test_dev_is_a_selection_where_it_is_no_default_group(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": f"{ONE}[tool.uv]\ndefault-groups = []\n"})
    assert select(tmp_path, "--dev") == {"--dev"}
    write(tmp_path, {"pyproject.toml": ONE})
    assert "--dev" in select(tmp_path, "--dev", UV_NO_DEFAULT_GROUPS="1")


def test_members_are_told_apart(tmp_path: Path) -> None:
    member = '[project]\nname = "member"\n'
    write(tmp_path, {"pyproject.toml": TWO, "member/pyproject.toml": member})
    assert select(tmp_path, "--all-packages") == {"--all-packages"}
    assert select(tmp_path, "--package member") == select(tmp_path / "member") != frozenset()
    assert select(tmp_path / "member", "--package my-root") == select(tmp_path) == frozenset()
    write(tmp_path, {"pyproject.toml": TWO.replace(ONE, "")})
    assert select(tmp_path, "--package member") == {"--package=member"}
