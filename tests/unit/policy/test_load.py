"""A `pyproject.toml` that uv may read and xrun cannot: it never takes a policy away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.policy.load import load_policy
from xrun.policy.problems import PolicyError
from xrun.project.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.policy.policy import Policy

PROJECT = '[project]\nname = "app"\n'
WORKSPACE = '[tool.uv.workspace]\nmembers = ["member"]\n'
UNREAD = "[tool.other]\nt = 23:59:60\n"
ENFORCED = 'mode = "refuse"\nenforce = ["mode"]\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def find(folder: Path) -> Workspace:
    found = find_workspace(folder)
    assert found is not None
    return found


def load(folder: Path) -> Policy:
    return load_policy(find(folder), folder, os.environ)


def load_wrong(folder: Path) -> list[str]:
    """Load a policy that is refused; say each problem behind its place."""
    with pytest.raises(PolicyError) as caught:
        load(folder)
    assert "`XRUN=0 xrun COMMAND` runs without a policy" in caught.value.hint
    return [*caught.value.details]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("t = 23:59:60", 'pyproject.toml:3:10: not TOML: unexpected ":60"'),
        ("t = 0000-01-01", "pyproject.toml:3:5: not TOML: invalid date or datetime"),
        (f"t = {'1' * 5000}", "pyproject.toml: cannot be read: Exceeds the limit"),
        ("t = ", "pyproject.toml:3:5: not TOML: expected a value"),
    ],
    ids=["leap second", "year 0", "a number too long", "no TOML at all"],
)
def test_nothing_is_run_where_the_file_that_is_not_read_mentions_xrun(
    line: str, told: str, root: Path
) -> None:
    write(root, {"pyproject.toml": f'[tool.xrun]\nmode = "refuse"\n{line}\n'})
    (row,) = load_wrong(root)
    assert row.startswith(told)


def test_nothing_is_run_where_another_layer_enforces(root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + UNREAD, "xrun.toml": ENFORCED})
    (row,) = load_wrong(root)
    assert row.startswith("pyproject.toml:4:")


def test_what_has_nothing_of_a_policy_is_uvs_to_tell(root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + UNREAD, "xrun.toml": 'mode = "report"'})
    assert load(root).mode == "report"


def test_a_member_that_is_not_read_has_the_policy_of_its_workspace(root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + WORKSPACE, "xrun.toml": ENFORCED})
    write(root, {"member/pyproject.toml": PROJECT + UNREAD})
    assert find(root / "member").root.folder == root
    assert load_wrong(root / "member")[0].startswith("member/pyproject.toml:4:")


@pytest.mark.parametrize("more", ["[tool.xrun]", ""], ids=["policy in it", "policy beside it"])
def test_a_workspace_that_is_not_read_keeps_its_policy(more: str, root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + WORKSPACE + UNREAD + more})
    write(root, {} if more else {"xrun.toml": ENFORCED})
    write(root, {"member/pyproject.toml": PROJECT})
    assert load_wrong(root / "member")[0].startswith("pyproject.toml:6:")


def test_a_project_above_that_is_no_workspace_is_passed_by(root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + UNREAD + "[tool.xrun]", "xrun.toml": "="})
    write(root, {"member/pyproject.toml": PROJECT, "member/xrun.toml": ENFORCED})
    assert load(root / "member").mode == "refuse"


def test_a_package_that_only_a_file_that_is_not_read_can_define_is_there(root: Path) -> None:
    write(root, {"pyproject.toml": PROJECT + WORKSPACE})
    write(root, {"member/pyproject.toml": f'[project]\nname = "other"\n{UNREAD}'})
    found = find(root)
    assert found.at_member("other").project.folder == root / "member"
    assert found.at_member("app").project.folder == root
