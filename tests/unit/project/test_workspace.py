"""Which project uv would find, and the workspace that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.project.workspace import Workspace, find_workspace, load_project

if TYPE_CHECKING:
    from pathlib import Path


def project(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n{more}'


def workspace(members: str, exclude: str = "", more: str = "") -> str:
    """Write a `[tool.uv.workspace]`; patterns are separated by blanks."""
    return f"[tool.uv.workspace]\nmembers = {members.split()}\nexclude = {exclude.split()}\n{more}"


def find(start: Path) -> Workspace:
    found = find_workspace(start)
    assert found is not None
    return found


def list_members(found: Workspace, base: Path) -> list[str]:
    return [member.folder.relative_to(base).as_posix() for member in found.members]


def test_finds_nothing_outside_any_project(tmp_path: Path) -> None:
    assert find_workspace(tmp_path) is None


@pytest.mark.parametrize("start", [".", "src", "src/deep/er", "missing/folder", "src/.."])
def test_finds_the_closest_pyproject_above(start: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("outer"), "p/pyproject.toml": project("inner")})
    (tmp_path / "p" / "src" / "deep" / "er").mkdir(parents=True)
    found = find(tmp_path / "p" / start)
    assert found.project == found.root
    assert (found.project.folder, found.project.name) == (tmp_path / "p", "inner")
    assert found.is_at_root
    assert list_members(found, tmp_path) == ["p"]


def test_toml_1_1_is_read_as_uv_reads_it(tmp_path: Path) -> None:
    table = "workspace = {\n    members = ['a'],\n}\n"
    named = project(r"\x61pp") + f"[tool.uv]\n{table}"
    write(tmp_path, {"pyproject.toml": named, "a/pyproject.toml": project("a")})
    found = find(tmp_path)
    assert found.root.name == "app"
    assert list_members(found, tmp_path) == [".", "a"]


def test_a_folder_named_pyproject_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("outer"), "p/pyproject.toml/file": ""})
    assert find(tmp_path / "p").project.folder == tmp_path


# members, exclude, and which of FOLDERS are then members beside the root.
FOLDERS = ["a", "a/deep", "b", "packages/one", "packages/two", "packages/one/nested", "seen"]
GLOBS = [
    ("a", "", "a"),
    ("a b", "", "a b"),
    ("./a/ b/.", "", "a b"),
    ("packages/*", "", "packages/one packages/two"),
    ("packages/*/*", "", "packages/one/nested"),
    ("*", "packages", "a b seen"),
    ("?", "", "a b"),
    ("[ab]", "", "a b"),
    ("[!a]", "", "b"),
    ("**", "packages", "a a/deep b packages/one packages/one/nested packages/two seen"),
    ("packages/**", "", "packages/one packages/one/nested packages/two"),
    ("**/one", "", "packages/one"),
    ("packages/*", "packages/one", "packages/two"),
    ("**", "packages packages/*", "a a/deep b seen"),
    ("* packages/*", "*", ""),
    ("a missing", "", "a"),
    ("", "", ""),
]


@pytest.mark.parametrize(("members", "exclude", "expected"), GLOBS)
def test_members_and_exclude_choose_the_members(
    members: str, exclude: str, expected: str, tmp_path: Path
) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace(members, exclude))})
    write(tmp_path, {f"{folder}/pyproject.toml": project("x") for folder in FOLDERS})
    write(tmp_path, {"packages/no-project/file": ""})
    first, *others = list_members(find(tmp_path), tmp_path)
    assert (first, sorted(others)) == (".", expected.split())
    for folder in FOLDERS:  # seen from below it is the same, where the root is the next above
        found = find(tmp_path / folder)
        if folder in expected.split() and folder.count("/") < 2 and folder != "a/deep":
            assert (found.root.folder, found.is_at_root) == (tmp_path, False), folder
        else:
            assert found.root.folder == tmp_path / folder, folder


def test_brackets_in_the_folders_own_name_are_no_pattern(tmp_path: Path) -> None:
    root = write(tmp_path / "[a]", {"pyproject.toml": project("root", workspace("m*"))})
    write(root, {"m1/pyproject.toml": project("m1")})
    assert list_members(find(root), root) == [".", "m1"]
    assert find(root / "m1").root.folder == root


def test_only_the_next_pyproject_above_can_be_the_root(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace("**"))})
    write(tmp_path, {"a/pyproject.toml": project("a"), "a/b/pyproject.toml": project("b")})
    assert find(tmp_path / "a" / "b").root.name == "b"
    assert find(tmp_path / "a").root.name == "root"


def test_a_workspace_inside_a_workspace_is_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace("*"))})
    write(tmp_path, {"w/pyproject.toml": project("w", workspace("m"))})
    write(tmp_path, {"w/m/pyproject.toml": project("m")})
    assert find(tmp_path / "w" / "m").root.name == "w"
    assert find(tmp_path / "w").root.name == "w"


def test_a_root_without_a_project_is_a_workspace_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": workspace("m"), "m/pyproject.toml": project("m")})
    found = find(tmp_path / "m")
    assert (found.root.folder, found.root.name, found.root.declares) == (tmp_path, None, True)
    assert list_members(found, tmp_path) == [".", "m"]


@pytest.mark.parametrize(
    ("text", "is_managed"),
    [
        (project("x", "[tool.uv]\nmanaged = false"), False),
        (project("x", "[tool.uv]\nmanaged = true"), True),
        (project("x"), True),
        ("[tool.uv]\nmanaged = false", True),
    ],
    ids=["false", "true", "not said", "false without a project"],
)
def test_a_project_that_is_not_managed_is_no_member(
    text: str, tmp_path: Path, *, is_managed: bool
) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace("*")), "x/pyproject.toml": text})
    assert load_project(tmp_path / "x").is_managed is is_managed
    assert (len(find(tmp_path).members) == 2) is is_managed
    if not is_managed:
        assert find(tmp_path / "x").root.folder == tmp_path / "x"


def test_a_hidden_folder_with_a_project_is_a_member(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace("*"))})
    write(tmp_path, {".x/pyproject.toml": project("x")})
    assert find(tmp_path / ".x").root.name == "root"
    assert list_members(find(tmp_path), tmp_path) == [".", ".x"]


@pytest.mark.parametrize("pattern", ["[z-a]", "[!]]"])
def test_an_odd_pattern_is_no_failure(pattern: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": project("root", workspace(f"{pattern} m"))})
    write(tmp_path, {"m/pyproject.toml": project("m")})
    assert find(tmp_path / "m").root.name == "root"


@pytest.mark.parametrize(
    "text",
    [
        "project = 1",
        "[project]\nname = 1\ndynamic = 'x'\noptional-dependencies = []",
        "tool = []\ndependency-groups = 1",
        "[tool]\nuv = 'x'",
        "[tool.uv]\nworkspace = true",
        "[tool.uv.workspace]\nmembers = 'm'",
        "[tool.uv.workspace]\nmembers = [1, {}]\nexclude = 2",
    ],
)
def test_values_of_the_wrong_type_are_uvs_to_tell(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": text, "m/pyproject.toml": project("m")})
    found = find(tmp_path)
    assert found.root.name is None
    assert not found.root.extras | found.root.groups
    assert list_members(found, tmp_path) == ["."]
    assert find(tmp_path / "m").root.name == "m"
