"""Which files are the project's own."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from unit.repositories import make_repository, needs_git, own_git, run_git
from xrun.drift.imports.sources import list_sources
from xrun.environment.environment import Environment
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["own_git"]
pytestmark = pytest.mark.usefixtures("own_git")

PROJECT = '[project]\nname = "one"\n'
WORKSPACE = f'{PROJECT}[tool.uv.workspace]\nmembers = ["libs/*", ".hidden/*"]\n'


@pytest.fixture(params=["walk", "git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Make an empty project, in a repository or not."""
    folder = write(tmp_path / "root", {"pyproject.toml": PROJECT})
    if request.param == "git":
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        run_git(folder, "init")
    return folder


def found(root: Path, environment: Environment | None = None) -> list[str]:
    workspace = find_workspace(root)
    assert workspace is not None
    sources = list_sources(workspace, environment or Environment(root / ".venv", ".venv"))
    assert len(sources) == len(set(sources))
    return [os.path.relpath(path, root) for path in sources]


def test_the_files_of_a_project_are_listed_in_order(root: Path) -> None:
    names = ("z.py", "a.pyw", "src/one/__init__.py", "src/one/m.py", "tests/test.py")
    write(root, dict.fromkeys((*names, "a.pyc", "b.txt", "py", "c.pyi"), ""))
    assert found(root) == sorted(names)


def test_an_environment_is_not_the_projects_own(root: Path) -> None:
    for name in (".venv", "other/venv", "env"):
        environment = make_environment(root / name)
        write(environment.site_packages[0], {"x.py": "", "pkg/y.py": ""})
    write(root, {"a.py": "", "other/b.py": ""})
    assert found(root) == ["a.py", "other/b.py"]


def test_the_environment_in_use_is_left_out_though_damaged(root: Path) -> None:
    environment = make_environment(root / "env")
    write(environment.folder, {"bin/x.py": "", "y.py": ""})
    (environment.folder / "pyvenv.cfg").unlink()
    write(root, {"a.py": ""})
    assert found(root, environment) == ["a.py"]


def test_a_project_that_is_an_environment_itself_has_files_all_the_same(root: Path) -> None:
    environment = make_environment(root)
    write(environment.site_packages[0], {"x.py": "", "pkg/y.py": ""})
    write(root, {"a.py": "", "one/b.py": ""})
    assert found(root, environment) == ["a.py", "one/b.py"]


@pytest.mark.parametrize(
    ("text", "is_foreign"),
    [
        (PROJECT, True),
        ("[tool.uv.workspace]\n", True),
        ("[tool.ruff]\n", False),
        ("not TOML", False),
    ],
)
def test_a_project_within_is_not_the_projects_own(
    text: str, root: Path, *, is_foreign: bool
) -> None:
    write(root, {"a.py": "", "in/pyproject.toml": text, "in/b.py": "", "in/deep/c.py": ""})
    assert found(root) == (["a.py"] if is_foreign else ["a.py", "in/b.py", "in/deep/c.py"])


def test_the_members_of_a_workspace_are_its_own(root: Path) -> None:
    files = ["a.py", "libs/one/src/b.py", "libs/two/c.py", ".hidden/three/d.py"]
    write(root, dict.fromkeys([*files, "libs/no/e.py", "apps/other/f.py"], ""))
    write(root, {"pyproject.toml": WORKSPACE, "apps/other/pyproject.toml": PROJECT})
    for name in ("libs/one", "libs/two", ".hidden/three"):
        write(root / name, {"pyproject.toml": PROJECT})
    assert found(root) == sorted([*files, "libs/no/e.py"])
    assert found(root / "libs" / "one") == [
        os.path.relpath(root / name, root / "libs" / "one")
        for name in sorted([*files, "libs/no/e.py"])
    ]


def test_a_member_below_a_project_that_is_none_is_found(root: Path) -> None:
    text = f'{PROJECT}[tool.uv.workspace]\nmembers = ["other/in"]\n'
    write(root, {"pyproject.toml": text, "other/b.py": "", "other/in/c.py": ""})
    write(root, {"other/pyproject.toml": PROJECT, "other/in/pyproject.toml": PROJECT})
    assert found(root) == ["other/in/c.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links and pipes")
def test_only_regular_files_are_listed(root: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"x.py": "", "pkg/y.py": ""})
    write(root, {"a.py": "", "folder.py/b.txt": "", "folder.py/c.py": ""})
    os.mkfifo(root / "pipe.py")
    (root / "file.py").symlink_to(outside / "x.py")
    (root / "self.py").symlink_to(root / "a.py")
    (root / "broken.py").symlink_to(root / "missing.py")
    (root / "loop.py").symlink_to(root / "loop.py")
    (root / "loop").symlink_to(root)
    (root / "pkg").symlink_to(outside / "pkg")
    assert found(root) == ["a.py", "folder.py/c.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_any_name_is_listed_as_it_is(root: Path) -> None:
    names = ["new\nline.py", os.fsdecode(b"\xff.py"), "é/\t.py"]
    write(root, dict.fromkeys(names, ""))
    assert found(root) == sorted(names)


def test_a_walk_leaves_out_what_is_hidden_and_what_is_never_the_projects_own(
    tmp_path: Path,
) -> None:
    names = (".tox/x.py", "__pycache__/y.py", "node_modules/m/z.py", "sub/.cache/c.py", ".d.py")
    write(tmp_path, {"pyproject.toml": PROJECT} | dict.fromkeys(names, ""))
    assert found(tmp_path) == [".d.py"]


@needs_git
def test_with_git_what_is_ignored_is_left_out_and_what_is_hidden_is_not(tmp_path: Path) -> None:
    files = {"pyproject.toml": PROJECT, "a.py": "", ".github/b.py": "", ".gitignore": "build/\n"}
    folder = make_repository(tmp_path / "root", files | {"gone.py": ""})
    write(folder, {"new.py": "", "build/c.py": ""})
    (folder / "gone.py").unlink()
    assert found(folder) == [".github/b.py", "a.py", "new.py"]


@needs_git
def test_a_project_in_a_part_of_a_repository_has_only_its_own(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "all", {"x.py": "", "one/a.py": "", "two/b.py": ""})
    write(repository, {"one/pyproject.toml": PROJECT})
    assert found(repository / "one") == ["a.py"]


@needs_git
def test_a_project_that_a_repository_ignores_as_a_whole_is_walked_through(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "home", {".gitignore": "*\n!.bashrc\n", ".bashrc": ""})
    write(repository, {"code/pyproject.toml": PROJECT, "code/a.py": ""})
    assert found(repository / "code") == ["a.py"]


@needs_git
def test_where_git_refuses_the_project_is_walked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"pyproject.toml": PROJECT, "a.py": "", ".gitignore": "b.py\n"}
    folder = make_repository(tmp_path / "root", files)
    write(folder, {"b.py": ""})
    assert found(folder) == ["a.py"]
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert found(folder) == ["a.py", "b.py"]


@needs_git
@pytest.mark.parametrize("outer", [True, False], ids=["in a repository", "in none"])
def test_repositories_within_are_asked_on_their_own(tmp_path: Path, *, outer: bool) -> None:
    root = write(tmp_path / "root", {"pyproject.toml": WORKSPACE, "a.py": ""})
    if outer:
        make_repository(root, {".gitignore": "/libs/ignored/\n"})
    inner = {"b.py": "", ".gitignore": "no.py\n"}
    for name, project in (
        ("libs/member", {"pyproject.toml": PROJECT}),
        ("libs/ignored", {"pyproject.toml": PROJECT}),
        ("vendored", {}),
        ("foreign", {"pyproject.toml": PROJECT}),
    ):
        make_repository(root / name, inner | project)
        write(root / name, {"no.py": ""})
    (root / "link").symlink_to(root / "vendored")
    assert found(root) == ["a.py", "libs/ignored/b.py", "libs/member/b.py", "vendored/b.py"]


@needs_git
def test_a_submodule_that_is_not_checked_out_has_no_files(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"x.py": ""})
    folder = make_repository(tmp_path / "root", {"pyproject.toml": PROJECT, "a.py": ""})
    run_git(folder, "-c", "protocol.file.allow=always", "submodule", "add", str(inner), "sub")
    assert found(folder) == ["a.py", "sub/x.py"]
    run_git(folder, "submodule", "deinit", "--force", "sub")
    assert found(folder) == ["a.py"]
