"""What is as last time costs next to nothing: few modules, and no second uv."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.projects import Project

# In place of the hand-over: tell what is imported, and what uv would be given.
SPY = """
import os, sys
before = set(sys.modules)
from xrun import proxy, uv
def tell(path, args):
    found = sorted(set(sys.modules) - before)
    import json
    print(json.dumps({"modules": found, "args": args}))
    raise SystemExit(0)
uv.os.execv = tell
sys.argv = ["xrun", *sys.argv[1:]]
proxy.main()
"""

LIGHT = {
    "__future__",
    "_signal",
    "fcntl",
    "time",
    "xrun",
    "xrun.invocation",
    "xrun.options",
    "xrun.proxy",
    "xrun.stamp",
    "xrun.state",
    "xrun.users",
    "xrun.uv",
}


def spy(project: Project, *words: str) -> tuple[set[str], list[str]]:
    """The modules imported until the hand-over, and the arguments that uv is handed."""
    result = project.run(sys.executable, "-c", SPY, *words)
    assert result.status == 0, result.stderr
    document = json.loads(result.stdout)
    return set(document["modules"]), document["args"][1:]


def test_as_last_time_imports_next_to_nothing(project: Project) -> None:
    time.sleep(2.1)
    cold, args = spy(project, "true")
    assert {"xrun.run", "subprocess", "tomli"} <= cold
    hot, same = spy(project, "true")
    assert hot <= LIGHT
    assert same == args == ["run", "--no-sync", "true"]
    other_command, _ = spy(project, "python", "-c", "pass")
    assert other_command <= LIGHT


def test_under_rules_too_and_for_each_command(project: Project) -> None:
    project.write("xrun.toml", '[[rules]]\ncommand = "true"\nlock = "locked"\n')
    time.sleep(2.1)
    names = ("true", "false")
    for name in names:
        spy(project, name)
    found = {name: spy(project, name) for name in names}
    assert all(modules <= LIGHT for modules, _ in found.values())
    assert found["true"][1] == ["run", "--no-sync", "--locked", "true"]
    assert found["false"][1] == ["run", "--no-sync", "false"]


def test_other_options_are_not_as_last_time(project: Project) -> None:
    time.sleep(2.1)
    spy(project, "true")
    cold, _ = spy(project, "--no-dev", "true")
    assert "xrun.run" in cold


def test_no_run_imports_what_only_xrunctl_needs(project: Project) -> None:
    project.install("beta")
    modules, _ = spy(project, "--inexact", "-q", "true")
    assert not {"typer", "rich", "click"} & modules
