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
MEMBER = '[project]\nname = "part"\ndependencies = ["zeta", "beta"]\n'


def test_what_selects_a_distribution_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    assert find_selectors(workspace, "alpha") == ("--package root",)
    assert find_selectors(workspace, "root") == ("--package root",)
    assert find_selectors(workspace, "beta") == ("--extra plot", "--group docs")
    assert find_selectors(workspace, "gamma") == ("--extra plot",)
    assert find_selectors(workspace, "epsilon") == ("--group dev",)
    assert find_selectors(workspace, "delta") == ()


def test_each_table_of_each_member_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "packages/part/pyproject.toml": MEMBER})
    workspace = find_workspace(tmp_path)
    assert workspace is not None
    assert find_declarations(workspace, "beta") == (
        Declaration("pyproject.toml", "project.optional-dependencies.plot", "--extra plot"),
        Declaration("pyproject.toml", "dependency-groups.docs", "--group docs"),
        Declaration("packages/part/pyproject.toml", "project.dependencies", "--package part"),
    )


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
    assert find_reaching(workspace, environment, ["loop", "http", "alone"]) == {
        "loop": ("--extra fast", "--group docs"),
        "http": ("--extra fast", "--package app"),
        "alone": (),
    }
    assert ("server", frozenset({"speed"})) in set(list_roots(workspace, environment))
