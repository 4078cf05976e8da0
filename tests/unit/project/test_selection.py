"""What options come to: classes of lines that select the same, and no other line's."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.project.selection import normalise_selection
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation

if TYPE_CHECKING:
    from pathlib import Path

ALONE = """
[project]
name = "My.App"
version = "1"
[project.optional-dependencies]
x = ["one"]
y = ["two"]
none = []
all = ["my-app[x]", "my_app [ y ]"]
[dependency-groups]
dev = ["three", { include-group = "Test" }]
test = ["four"]
lint = ["five"]
both = [{ include-group = "test" }, { include-group = "lint" }]
self = ["my-app[x]"]
empty = []
"""
ROOT = """
[project]
name = "root"
version = "1"
[project.optional-dependencies]
x = ["root-x"]
[dependency-groups]
dev = ["root-dev"]
test = ["root-test"]
lint = ["root-lint"]
[tool.uv]
default-groups = ["dev", "lint"]
[tool.uv.workspace]
members = ["a", "b"]
"""
A = """
[project]
name = "a"
version = "1"
[project.optional-dependencies]
x = ["a-x"]
z = ["a-z"]
[dependency-groups]
dev = ["a-dev"]
test = ["a-test"]
other = ["a-other"]
"""
B = '[project]\nname = "b"\nversion = "1"\n[dependency-groups]\ntest = ["b-test"]\n'

# Variables stand before the options; `@` goes to a folder.
ALONE_CLASSES = (
    [
        *("", "--dev", "--group dev", "--group DEV --group=dev", "--no-dev --dev", "--group test"),
        *("--no-default-groups --group dev", "--no-default-groups --dev", "--no-group test"),
        *("--no-extra x", "--extra x --no-extra x", "--all-extras --no-all-extras"),
        *("--no-all-extras", "--extra none", "--group empty", "--no-group lint", "--all-packages"),
        *("--package my-app", "--package=My.App --dev", "UV_NO_DEV=0", "UV_NO_DEFAULT_GROUPS=no"),
        *("UV_NO_GROUP=lint", "UV_NO_DEV=1 --dev", "UV_NO_GROUP=dev --no-group=lint"),
        *("UV_DEV=1", "UV_DEV=1 UV_NO_DEFAULT_GROUPS=1", "UV_DEV=0"),
        *("UV_NO_DEFAULT_GROUPS=1 --dev", "--group dev --extra none --package my-app"),
    ],
    [
        *("--no-dev", "UV_NO_DEV=1", "UV_NO_DEV=true --group dev", "--dev --no-dev"),
        *("UV_DEV=1 --no-dev", "UV_DEV=1 UV_NO_DEV=1", "UV_DEV=1 UV_NO_GROUP=dev"),
        *("--no-group dev", "UV_NO_GROUP=dev", "--no-default-groups", "UV_NO_DEFAULT_GROUPS=on"),
        *("--no-group dev --dev", "--no-dev --no-default-groups --package my-app"),
        *("UV_NO_GROUP=dev --group dev", "UV_NO_GROUP= --no-dev", "--no-dev --extra none"),
    ],
    ["--no-dev --group test", "--no-default-groups --group test", "UV_NO_GROUP=dev --group=test"],
    [
        *("--extra x", "--extra=X --extra x", "--extra x --dev", "--extra x --no-extra y"),
        *("--group self", "--extra all --extra none --no-extra all --extra x"),
    ],
    [
        *("--extra x,y", "--extra y --extra x", "--all-extras", "--extra all", "--extra all --dev"),
        # What is left out comes with what includes it.
        *("--all-extras --no-extra x", "--extra all --no-extra x", "--no-all-extras --all-extras"),
    ],
    ["--extra y", "--all-extras --no-extra all --no-extra X"],
    ["--group lint", "--group both", "--all-groups --no-group self", "--group lint --group test"],
    ["--all-groups", "--group lint --group self", "--all-groups --package my-app"],
    ["--all-groups --no-dev", "--no-dev --group both --group self", "UV_NO_DEV=1 --all-groups"],
    [
        *("--only-group dev", "--only-dev", "UV_NO_DEV=1 --only-dev", "--only-dev --dev"),
        "UV_DEV=1 --only-group test",  # `dev` includes `test`
    ],
    ["--only-group test", "--only-group=test --no-dev", "--only-group test --only-group empty"],
    ["--only-group empty", "UV_NO_DEV=1 --only-group dev", "--only-group dev --no-group dev"],
)
WORKSPACE_CLASSES = (
    ["", "@a --package root", "--package root", "--group lint --dev", "--no-extra x"],
    ["--package a", "@a", "@a --dev", "@a --package a --no-group test"],
    ["--package a --no-dev", "@a --no-dev", "@a UV_NO_DEV=1", "@a --no-default-groups"],
    # A group that the member has not is the root's.
    ["--package a --group lint", "@a --group lint", "@a --group lint --dev"],
    ["@a --all-groups", "@a --group lint --group test --group other"],
    ["--package b", "@b", "@b --no-dev", "@b --no-extra x"],
    ["@b --dev", "@b UV_DEV=1", "@b --group dev", "@b --no-default-groups --dev"],
    # The default groups are those that the project of the run names.
    ["--all-packages", "@a --all-packages --group lint", "--all-packages --dev"],
    ["@a --all-packages", "@b --all-packages", "--all-packages --no-group lint"],
    ["--all-packages --extra x", "--all-packages --all-extras --no-extra z"],
    ["--all-packages --all-extras", "--all-packages --extra z,x"],
    ["--all-packages --all-groups", "@a --all-packages --all-groups --dev"],
    ["--all-packages --only-group test"],
    ["--only-group test"],
    ["@a --only-group test", "--package a --only-group=test"],
)
VIRTUAL_CLASSES = (
    ["", "--all-packages", "@a --all-packages", "--dev"],
    ["@a", "--package a"],
    ["--no-dev", "UV_NO_DEV=1 --all-packages", "@b --all-packages --no-dev"],
    ["--extra x"],
    ["--extra z", "--all-packages --extra z"],
)


def select(folder: Path, line: str) -> frozenset[str]:
    words = line.split()
    environ = dict(word.split("=") for word in words if word.startswith("UV_"))
    inside = [word[1:] for word in words if word.startswith("@")]
    workspace = find_workspace(folder.joinpath(*inside))
    assert workspace is not None
    typed = [word for word in words if not word.startswith(("UV_", "@"))]
    return normalise_selection(workspace, parse_invocation([*typed, "true"]), environ)


def check_classes(folder: Path, classes: tuple[list[str], ...]) -> None:
    found = [{line: select(folder, line) for line in lines} for lines in classes]
    for lines in found:
        assert len({*lines.values()}) == 1, lines
    for one, other in combinations(found, 2):
        assert {*one.values()}.isdisjoint(other.values()), (one, other)


def test_options_of_one_project_that_select_the_same_are_equal(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ALONE})
    check_classes(tmp_path, ALONE_CLASSES)
    assert select(tmp_path, "") == frozenset()


def test_options_of_a_workspace_that_select_the_same_are_equal(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ROOT, "a/pyproject.toml": A, "b/pyproject.toml": B})
    check_classes(tmp_path, WORKSPACE_CLASSES)
    assert select(tmp_path, "") == frozenset()


def test_of_a_root_that_is_no_project(tmp_path: Path) -> None:
    root = '[dependency-groups]\ndev = ["root-dev"]\n[tool.uv.workspace]\nmembers = ["a", "b"]\n'
    write(tmp_path, {"pyproject.toml": root, "a/pyproject.toml": A, "b/pyproject.toml": B})
    check_classes(tmp_path, VIRTUAL_CLASSES)
    assert select(tmp_path, "") == frozenset()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--all-extras --no-dev", {"--extra=x", "--extra=y", "--no-group=dev", "--no-group=test"}),
        ("--only-dev", {"--only-group=dev", "--only-group=test"}),
        ("--only-group empty", {"--only-group"}),
    ],
)
def test_a_selection_is_said_in_options(line: str, words: set[str], tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ALONE})
    assert select(tmp_path, line) == words


def test_what_only_some_members_have_selected_is_said_with_their_names(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": ROOT, "a/pyproject.toml": A, "b/pyproject.toml": B})
    assert select(tmp_path, "--all-packages --group test") == {"--all-packages", "--group=test"}
    more = 'test = ["a-test"]\nmore = [{ include-group = "test" }]\n'
    write(tmp_path, {"a/pyproject.toml": A.replace('test = ["a-test"]\n', more)})
    assert select(tmp_path, "--all-packages --group more") == {"--all-packages", "--group=a:test"}


def test_extras_that_only_a_build_knows_are_told_apart(tmp_path: Path) -> None:
    dynamic = '[project]\nname = "a"\ndynamic = ["version", "optional-dependencies"]\n'
    write(tmp_path, {"pyproject.toml": dynamic})
    assert select(tmp_path, "--extra x") == select(tmp_path, "--extra X") == {"--extra=x"}
    assert len({select(tmp_path, line) for line in ("", "--extra y", "--all-extras")}) == 3


def test_all_default_groups_and_older_dev_dependencies_count(tmp_path: Path) -> None:
    tool = '[tool.uv]\ndefault-groups = "all"\ndev-dependencies = ["six"]\n'
    write(tmp_path, {"pyproject.toml": ALONE + tool})
    assert select(tmp_path, "--all-groups") == select(tmp_path, "") == frozenset()
    assert select(tmp_path, "--no-group self") == {"--no-extra=x"}
    older = '[project]\nname = "a"\n[tool.uv]\ndev-dependencies = ["six"]\n'
    write(tmp_path, {"pyproject.toml": older})
    assert select(tmp_path, "--dev") == frozenset() != select(tmp_path, "--no-dev")


@pytest.mark.parametrize(
    ("needs", "is_same"),
    [
        ('"a", "B>=1"', True),
        ('"a[x]", "b"', True),
        ('"a"', False),
        ('"a", "b; sys_platform == \'linux\'"', False),
    ],
)
def test_members_that_the_root_needs_make_no_difference(
    needs: str, tmp_path: Path, *, is_same: bool
) -> None:
    root = ROOT.replace('version = "1"\n', f'version = "1"\ndependencies = [{needs}]\n')
    plain = '[project]\nname = "a"\nversion = "1"\n'
    members = {"a/pyproject.toml": plain, "b/pyproject.toml": B}
    write(tmp_path, {"pyproject.toml": root, **members})
    assert (select(tmp_path, "--all-packages") == select(tmp_path, "")) == is_same
    # With a group that more members have it does.
    assert select(tmp_path, "--all-packages --group test") != select(tmp_path, "--group test")
    write(tmp_path, {"a/pyproject.toml": plain + '[dependency-groups]\ndev = ["six"]\n'})
    assert select(tmp_path, "--all-packages") != select(tmp_path, "")


def test_members_that_the_root_needs_through_another_make_no_difference(tmp_path: Path) -> None:
    root = ROOT.replace('version = "1"\n', 'version = "1"\ndependencies = ["a"]\n')
    through = '[project]\nname = "a"\nversion = "1"\ndependencies = ["b", "a"]\n'
    write(tmp_path, {"pyproject.toml": root, "a/pyproject.toml": through, "b/pyproject.toml": B})
    assert select(tmp_path, "--all-packages") == select(tmp_path, "") == frozenset()
