"""Where a project declares a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.make import Installed, make_environment, write
from xrun.drift.declarations import (
    Declaration,
    find_declarations,
    find_reaching,
    find_selectors,
    list_roots,
)
from xrun.project.conflicts import Item
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """\
[project]
name = "root"
dependencies = ["Alpha>=1 ; python_version > '3'"]
[project.optional-dependencies]
plot = ["beta[x]~=1.0", "gamma @ file:///g"]
[dependency-groups]
docs = ["beta", {include-group = "plot"}]
[tool.uv]
dev-dependencies = ["epsilon"]
[tool.uv.workspace]
members = ["packages/*"]
"""
NAMES = ("alpha", "root", "beta", "gamma", "epsilon", "delta")
PART = Item("package", "part", "part")
MEMBER = """\
[project]
name = "part"
dependencies = ["zeta", "beta"]
[project.optional-dependencies]
Fast = ["eta; sys_platform == 'win32'"]
[dependency-groups]
dev = ["theta"]
lint = ["eta"]
"""


def test_what_selects_a_distribution_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    found = find_selectors(workspace, NAMES)
    assert {name: [*map(str, items)] for name, items in found.items()} == {
        "alpha": ["--package root"],
        "root": ["--package root"],
        "beta": ["--extra plot", "--group docs"],
        "gamma": ["--extra plot"],
        "epsilon": ["--group dev"],
        "delta": [],
    }


def test_each_table_of_each_member_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "packages/part/pyproject.toml": MEMBER})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    assert find_declarations(workspace, "beta") == (
        Declaration("pyproject.toml", "project.optional-dependencies.plot", Item("extra", "plot")),
        Declaration("pyproject.toml", "dependency-groups.docs", Item("group", "docs")),
        Declaration("packages/part/pyproject.toml", "project.dependencies", PART),
    )


def test_what_a_member_declares_is_selected_with_it(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "packages/part/pyproject.toml": MEMBER})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    assert find_selectors(workspace, ["theta"])["theta"] == (
        PART,
    )  # uv selects `dev` with every member
    fast, lint = Item("extra", "fast", "part"), Item("group", "lint", "part")
    assert find_selectors(workspace, ["eta"])["eta"] == (fast, lint)
    assert [str(fast), str(lint)] == ["--package part --extra fast", "--package part --group lint"]
    environment = make_environment(tmp_path / ".venv")
    assert find_selectors(workspace, ["eta"], environment)["eta"] == (lint,)  # by its marker


def test_what_selects_what_something_needs_in_turn(tmp_path: Path) -> None:
    project = """\
[project]
name = "app"
dependencies = ["server", "odd=="]
[project.optional-dependencies]
fast = ["server[speed]>=1"]
win = ["server[speed]; sys_platform == 'win32'"]
[dependency-groups]
docs = ["theme", {include-group = "fast"}]
"""
    write(tmp_path, {"pyproject.toml": project})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    environment = make_environment(tmp_path / ".venv")
    Installed("server", needs=("loop; extra == 'speed'", "http")).install(environment)
    Installed("theme", needs=("loop",)).install(environment)
    for name in ("loop", "http", "alone"):
        Installed(name).install(environment)
    fast, docs = Item("extra", "fast"), Item("group", "docs")
    assert find_reaching(workspace, environment, ["loop", "http", "alone"]) == {
        "loop": (fast, docs),
        "http": (fast, Item("package", "app")),
        "alone": (),
    }
    assert ("server", frozenset({"speed"})) in set(list_roots(workspace, environment))
