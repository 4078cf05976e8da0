"""What of a run's selection the local policy can still change, and what uv is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xrun.environment.environment import Environment
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import Facts
from xrun.run.plan import resolve_plan
from xrun.run.request import Request, Run

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.drift.dry_run import SyncCommand

PROJECT = """\
[project]
name = "app"
version = "1"
[project.optional-dependencies]
x = []
[dependency-groups]
dev = []
"""


def make_sync(folder: Path, line: str, layer: Layer, environ: dict[str, str]) -> SyncCommand:
    (folder / "pyproject.toml").write_text(PROJECT)
    environment, workspace = Environment(folder / ".venv", ".venv"), find_workspace(folder)
    facts = Facts("uv", (0, 13, 9), folder, folder, workspace, None, environment, environ)
    policy = resolve_policy([LayerValues(layer, "xrun.toml", {"extras": ("x",)})])
    request = Request(parse_invocation(line.split()), facts, policy, tuple(line.split()))
    return Run(request, resolve_plan(request)).sync


@pytest.mark.parametrize(
    ("line", "environ", "fixed"),
    [
        ("python", {}, ""),
        ("--extra x python", {}, ""),
        ("--all-extras python", {}, "extra"),
        ("--no-dev python", {}, "group"),
        ("--only-dev --extra x python", {}, "extra group"),
        ("--package app python", {}, "package"),
        ("--only-dev --no-project python", {}, ""),  # which passes over all of it
        ("python", {"UV_NO_DEV": "1"}, "group"),
        ("python", {"UV_NO_GROUP": "dev"}, "group"),
    ],
)
def test_what_was_typed_is_out_of_the_policys_reach(
    tmp_path: Path, line: str, environ: dict[str, str], fixed: str
) -> None:
    assert make_sync(tmp_path, line, Layer.WORKSPACE, environ).fixed == {*fixed.split()}


def test_a_variable_is_stronger_than_the_local_policy(tmp_path: Path) -> None:
    assert make_sync(tmp_path, "python", Layer.ENVIRONMENT, {}).fixed == {"extra"}


def test_without_a_project_no_selection_is_compared(tmp_path: Path) -> None:
    typed = make_sync(tmp_path, "--extra y --no-project python", Layer.WORKSPACE, {})
    assert typed.selection == ("--extra=x",)
    typed = make_sync(tmp_path, "--extra y python", Layer.WORKSPACE, {})
    assert typed.selection == ("--extra=x", "--extra=y")


MEMBER = """\
[project]
name = "part"
version = "1"
[dependency-groups]
x = ["six"]
y = ["idna"]
[tool.uv]
default-groups = ["x"]
"""


@pytest.mark.parametrize(
    ("line", "environ", "named"),
    [
        ("--frozen --package part", {}, "--no-default-groups --group=x"),
        ("--package part", {"UV_FROZEN": "1"}, "--no-default-groups --group=x"),
        ("--frozen --package part --group y", {}, "--group=y --no-default-groups --group=x"),
        ("--frozen --package part --no-default-groups", {}, "--no-default-groups"),
        ("--frozen --package part --only-group y", {}, "--only-group=y"),
        ("--frozen --package part", {"UV_NO_DEFAULT_GROUPS": "1"}, ""),
        ("--locked --package part", {"UV_FROZEN": "1"}, ""),
        ("--package part", {}, ""),
        ("--frozen", {}, ""),
    ],
)
def test_default_groups_are_those_of_the_member_and_not_of_a_frozen_lock_file(
    tmp_path: Path, line: str, environ: dict[str, str], named: str
) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "pyproject.toml").write_text(MEMBER)
    (tmp_path / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["part"]\n')
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    if "--package" in line:
        workspace = workspace.at_member("part")
    environment = Environment(tmp_path / ".venv", ".venv")
    facts = Facts("uv", (0, 13, 9), tmp_path, tmp_path, workspace, None, environment, environ)
    words = (*line.split(), "true")
    request = Request(parse_invocation(words), facts, resolve_policy([]), words)
    selection = Run(request, resolve_plan(request)).sync.selection
    found = [word for word in selection if not word.startswith("--package")]
    assert found == named.split()


@pytest.mark.parametrize(
    ("defaults", "named"),
    [('"all"', "--group=x --group=y"), ('["x", "dev"]', "--group=x"), ('["z"]', "--group=z")],
)
def test_a_default_group_that_is_missing_is_left_to_uv_to_refuse(
    tmp_path: Path, defaults: str, named: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(MEMBER.replace('["x"]', defaults))
    workspace = find_workspace(tmp_path)
    environment = Environment(tmp_path / ".venv", ".venv")
    facts = Facts("uv", (0, 13, 9), tmp_path, tmp_path, workspace, None, environment, {})
    words = ("--frozen", "--package=part", "true")
    request = Request(parse_invocation(words), facts, resolve_policy([]), words)
    selection = Run(request, resolve_plan(request)).sync.selection
    assert [*selection][1:] == ["--no-default-groups", *named.split()]
