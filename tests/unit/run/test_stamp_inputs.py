"""What a stamp watches: the marker of a step too; nothing where not all can be watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, make_workspace, write
from xrun.environment.environment import Environment
from xrun.environment.marker import find_marker
from xrun.policy.policy import resolve_policy
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import Facts
from xrun.run.plan import Plan
from xrun.run.request import Request, Run
from xrun.run.stamp_inputs import take_inputs

if TYPE_CHECKING:
    from pathlib import Path


def make_run(folder: Path, more: str = "", uv: str = "program") -> Run:
    workspace = make_workspace(folder / "project", more)
    place = workspace.root.folder
    environment = Environment(make_environment(place / ".venv").folder, ".venv")
    write(folder, {"uv": uv})
    facts = Facts(
        str(folder / "uv"), (0, 13, 9), place, place, workspace, None, environment, {"HOME": "/no"}
    )
    return Run(Request(parse_invocation(["pytest"]), facts, resolve_policy([])), Plan())


def test_the_marker_of_a_step_is_watched(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    inputs = take_inputs(run)
    assert inputs is not None
    watched = [run.facts.uv, find_marker(run.environment), str(run.environment.folder)]
    assert {*watched, str(run.workspace.root.file)} <= inputs.keys()


@pytest.mark.parametrize(
    ("more", "uv"),
    [
        ("", "#!/bin/sh\n"),
        ('[tool.uv]\ncache-keys = [{ file = "x" }]\n', "program"),
        ("[tool.uv.workspace]\nmembers = ['**']\n", "program"),
    ],
    ids=["a shim", "cache keys", "members at any depth"],
)
def test_nothing_is_watched_where_something_cannot_be(more: str, uv: str, tmp_path: Path) -> None:
    assert take_inputs(make_run(tmp_path, more, uv)) is None
