"""Where a project declares a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.make import write
from xrun.declarations import Declaration, find_declarations, find_selectors
from xrun.workspace import find_workspace

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
