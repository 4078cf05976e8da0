"""What is advised for what is not selected: one command that can be done, conflicts or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.drift.finding import Finding, Kind
from xrun.drift.ways import find_ways
from xrun.project.conflicts import Item
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

ROOT = """\
[project]
name = "root"
[project.optional-dependencies]
cpu = []
gpu = []
"odd name" = []
[dependency-groups]
dev = []
docs = []
[tool.uv.workspace]
members = ["a", "b"]
"""
VIRTUAL = ROOT[ROOT.index("[tool") :]
EXTRAS = '[[{ extra = "cpu" }, { extra = "gpu" }]]'
DEFAULT = '[[{ group = "dev" }, { group = "docs" }]]'
MEMBERS = '[[{ package = "a" }, { package = "b" }]]'
MEMBER = """\
[project]
name = "{}"
[project.optional-dependencies]
plots = []
[dependency-groups]
lint = []
"""

CPU, GPU = Item("extra", "cpu"), Item("extra", "gpu")
DOCS = Item("group", "docs")
A, B = Item("package", "a", "a"), Item("package", "b", "b")
PLOTS_A, PLOTS_B = Item("extra", "plots", "a"), Item("extra", "plots", "b")
LINT = Item("group", "lint", "a")
ALL = "--all-packages"
PLOTS = "--package a --extra plots"


def find(
    folder: Path, *selectors: tuple[Item, ...], root: str = ROOT, conflicts: str, selected: str
) -> list[tuple[str, str]]:
    text = root + (f"[tool.uv]\nconflicts = {conflicts}\n" if conflicts else "")
    members = {f"{name}/pyproject.toml": MEMBER.format(name) for name in "ab"}
    write(folder, {"pyproject.toml": text, **members})
    workspace = find_workspace(folder)
    assert workspace is not None
    findings = [
        Finding(Kind.UNSELECTED, f"d{at}", "1", selectors=each) for at, each in enumerate(selectors)
    ]
    ways = find_ways(workspace, selected.split(), findings)
    assert {each.name for way in ways for each in way.findings} == {each.name for each in findings}
    return [(way.select, way.once) for way in ways]


@pytest.mark.parametrize(
    ("selectors", "select", "once"),
    [
        ([(CPU,)], "--extra cpu", "--extra cpu"),
        ([(Item("extra", "odd name"),)], "--extra 'odd name'", "--extra 'odd name'"),
        ([(CPU,), (DOCS,)], "--extra cpu --group docs", "--extra cpu --group docs"),
        ([(A,)], ALL, "--package a"),
        ([(PLOTS_A,)], f"--extra plots {ALL}", "--package a --extra plots"),
        ([(LINT,), (A,)], f"--group lint {ALL}", "--package a --group lint"),
        ([(A,), (B,)], ALL, ALL),  # never two `--package`
        ([(A,), (CPU,)], f"--extra cpu {ALL}", f"{ALL} --extra cpu"),
        ([(DOCS,), (CPU, DOCS)], "--group docs", "--group docs"),  # what is selected anyway will do
        ([(CPU, DOCS), (GPU, DOCS)], "--group docs", "--group docs"),
    ],
)
def test_one_way_selects_all(
    tmp_path: Path, selectors: list[tuple[Item, ...]], select: str, once: str
) -> None:
    assert find(tmp_path, *selectors, conflicts="", selected="") == [(select, once)]


def test_at_a_root_that_is_no_project_every_member_is_selected_already(tmp_path: Path) -> None:
    found = find(tmp_path, (PLOTS_A,), (LINT,), root=VIRTUAL, conflicts="", selected="")
    assert found == [("--extra plots --group lint",) * 2]


def test_what_all_members_are_selected_for_already_is_not_said_again(tmp_path: Path) -> None:
    found = find(tmp_path, (PLOTS_A,), conflicts="", selected="--all-packages --extra=cpu")
    assert found == [("--extra plots",) * 2]


@pytest.mark.parametrize(
    ("conflicts", "selected", "selectors", "ways"),
    [
        # The policy's gives way: the new list has it no longer, and one run leaves it out.
        (EXTRAS, "--extra=cpu", [(GPU,)], [("--extra gpu", "--extra gpu --no-extra cpu")]),
        (EXTRAS, "", [(CPU,), (GPU,)], [("--extra cpu",) * 2, ("--extra gpu",) * 2]),
        (EXTRAS, "", [(CPU, GPU), (GPU,), (DOCS,)], [("--extra gpu --group docs",) * 2]),
        # No policy leaves a default group out.
        (DEFAULT, "", [(DOCS,)], [("", "--group docs --no-group dev")]),
        # Members that conflict are selected one at a time.
        (MEMBERS, "", [(A,)], [("", "--package a")]),
        (MEMBERS, "", [(A,), (PLOTS_A,), (B,)], [("", PLOTS), ("", "--package b")]),
    ],
)
def test_what_conflicts_is_selected_apart(
    tmp_path: Path,
    conflicts: str,
    selected: str,
    selectors: list[tuple[Item, ...]],
    ways: list[tuple[str, str]],
) -> None:
    assert find(tmp_path, *selectors, conflicts=conflicts, selected=selected) == ways


@pytest.mark.parametrize(
    ("fixed", "selected", "words"),
    [
        ((), "", ("--extra=cpu",)),
        (("extra",), "", ()),  # `--only-dev`, say: the policy's extras do not count
        (("group",), "--no-dev", ("--extra=cpu",)),
    ],
)
def test_no_policy_selects_what_was_typed_to_be_out(
    tmp_path: Path, fixed: tuple[str, ...], selected: str, words: tuple[str, ...]
) -> None:
    workspace = find_workspace(write(tmp_path, {"pyproject.toml": ROOT}))
    assert workspace is not None
    finding = Finding(Kind.UNSELECTED, "cpu", selectors=(CPU,))
    (way,) = find_ways(workspace, selected.split(), [finding], fixed)
    assert way.words == words
