"""git is asked what it knows, and its silence is an answer too."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from unit.repositories import make_repository, needs_git, own_git, run_git
from xrun.project import git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["own_git"]
pytestmark = pytest.mark.usefixtures("own_git")


def find(folder: Path) -> set[str]:
    found = git.find_files(folder)
    assert found is not None
    assert len(found) == len(set(found))
    return set(found)


@needs_git
def test_finds_what_is_tracked_and_what_is_not_but_not_what_is_ignored(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": "", ".gitignore": "ignored*\n", "b/c.py": ""})
    write(folder, {"new.py": "", "b/new.py": "", "ignored.py": "", "ignored/x.py": ""})
    write(folder, {".git/info/exclude": "excluded.py\n", "excluded.py": ""})
    assert find(folder) == {"a.py", ".gitignore", "b/c.py", "new.py", "b/new.py"}
    assert find(folder / "b") == {"c.py", "new.py"}


@needs_git
def test_what_is_tracked_is_found_though_it_is_ignored_or_deleted(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": "", "gone.py": ""})
    write(folder, {".gitignore": "*.py\n"})
    (folder / "gone.py").unlink()
    assert find(folder) == {"a.py", "gone.py", ".gitignore"}


@needs_git
def test_a_file_had_what_stood_in_it_on_a_branch_that_was_checked_out(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"lock": "one\n"})
    run_git(folder, "switch", "-c", "other")
    write(folder, {"lock": "one\ntwo\n  three\n"})
    run_git(folder, "commit", "--all", "--message", "second")
    run_git(folder, "switch", "-")
    lines = {"one": "1", "two": "2", "three": "3", "four": "4"}
    assert git.find_past_lines(folder / "lock", lines) == {"1", "2"}
    assert git.find_past_lines(tmp_path / "lock", lines) == set()


@needs_git
@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_any_name_is_found_as_it_is(tmp_path: Path) -> None:
    names = {"new\nline.py", "tab\t.py", 'quo"te.py', "é.py", os.fsdecode(b"\xff.py"), " b .py"}
    names |= {"100644 abc 0.py"}
    folder = make_repository(tmp_path / "a", dict.fromkeys(names, ""))
    untracked = {f"u{name}" for name in names}
    write(folder, dict.fromkeys(untracked, ""))
    assert find(folder) == names | untracked


@needs_git
def test_a_file_in_conflict_is_found_once(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": "1"})
    run_git(folder, "branch", "other")
    for content in ("2", "3"):
        write(folder, {"a.py": content})
        run_git(folder, "commit", "--all", "--message", content)
        run_git(folder, "switch", "other") if content == "2" else None
    with pytest.raises(subprocess.CalledProcessError):
        run_git(folder, "merge", "-")
    assert "UU" in subprocess.check_output(["git", "status", "--short"], cwd=folder, text=True)
    assert git.find_files(folder) == ["a.py"]


@needs_git
def test_repositories_within_end_in_a_slash(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"x.py": ""})
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    run_git(folder, "-c", "protocol.file.allow=always", "submodule", "add", str(inner), "sub")
    make_repository(folder / "clone", {"y.py": ""})
    assert find(folder) == {"a.py", ".gitmodules", "sub/", "clone/"}
    assert find(folder / "sub") == {"x.py"}


def test_nothing_is_known_outside_a_repository(tmp_path: Path) -> None:
    assert git.find_top(tmp_path) is None
    assert git.find_files(tmp_path) is None
    assert git.find_exclude_file(tmp_path) is None


def test_nothing_is_known_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"file": ""})
    for name in ("missing", "file"):
        assert git.find_files(tmp_path / name) is None
        assert git.find_exclude_file(tmp_path / name) is None


@needs_git
def test_nothing_is_known_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.find_files(folder) is None
    assert git.find_exclude_file(folder) is None


@needs_git
def test_nothing_is_known_of_a_repository_that_git_distrusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert git.find_files(folder) is None
    assert git.find_exclude_file(folder) is None


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for git")
def test_a_git_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = write(tmp_path / "bin", {"git": "#!/bin/sh\nexec sleep 60\n"}) / "git"
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(git, "PATIENCE", 0.1)
    assert git.find_files(tmp_path) is None


@needs_git
def test_the_repository_of_a_hook_is_not_taken_for_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    other = make_repository(tmp_path / "b", {"b.py": ""})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other-index")
    assert find(folder) == {"a.py"}
    assert git.find_exclude_file(folder) == folder / ".git" / "info" / "exclude"


@needs_git
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for a monitor")
def test_no_program_that_a_repository_names_is_started(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    write(tmp_path, {"monitor": f"#!/bin/sh\ntouch {tmp_path}/started\n"})
    (tmp_path / "monitor").chmod(0o755)
    run_git(folder, "config", "core.fsmonitor", str(tmp_path / "monitor"))
    assert find(folder) == {"a.py"}
    assert not (tmp_path / "started").exists()


@needs_git
def test_finds_the_file_that_only_this_clone_ignores_by(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a b", {"a.py": "", "sub/b.py": ""})
    expected = folder / ".git" / "info" / "exclude"
    assert git.find_exclude_file(folder) == expected
    assert git.find_exclude_file(folder / "sub") == expected
    (tmp_path / "link").symlink_to(folder / "sub")
    assert git.find_exclude_file(tmp_path / "link") == expected


@needs_git
def test_all_worktrees_ignore_by_one_file(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    run_git(folder, "worktree", "add", str(tmp_path / "tree"))
    expected = folder / ".git" / "info" / "exclude"
    assert git.find_exclude_file(tmp_path / "tree") == expected
    assert find(tmp_path / "tree") == {"a.py"}


@needs_git
def test_a_submodule_has_a_file_of_its_own(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"x.py": ""})
    folder = make_repository(tmp_path / "a", {"a.py": ""})
    run_git(folder, "-c", "protocol.file.allow=always", "submodule", "add", str(inner), "sub")
    expected = folder / ".git" / "modules" / "sub" / "info" / "exclude"
    assert git.find_exclude_file(folder / "sub") == expected


@needs_git
def test_what_is_ignored_is_known_whether_it_is_there_or_not(tmp_path: Path) -> None:
    folder = make_repository(tmp_path / "a", {"tracked": "", "b/x": ""})
    write(folder, {".gitignore": "tracked\nlock\nb/\n", ".git/info/exclude": "local\n"})
    ignored = ["lock", "local", "b/y", "-x"]
    write(folder, {"b/.gitignore": "z\n", ".git/info/exclude": "local\n-x\n"})
    assert [name for name in [*ignored, "tracked", "other"] if git.is_ignored(folder / name)] == (
        ignored
    )


def test_nothing_is_ignored_outside_a_repository(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "lock\n"})
    assert not git.is_ignored(tmp_path / "lock")
    assert not git.is_ignored(tmp_path / "missing" / "lock")


@needs_git
def test_clean_is_what_is_tracked_and_as_it_was_committed(tmp_path: Path) -> None:
    names = ["a", "b/c", "*", "é \n"]
    changed = ["staged", "edited", "gone"]
    folder = make_repository(tmp_path / "a", dict.fromkeys([*names, *changed, "other"], "x"))
    write(folder, {"staged": "y", "edited": "y", "new": "", "added": ""})
    run_git(folder, "add", "staged", "added")
    (folder / "gone").unlink()
    asked = [*names, *changed, "new", "added", "missing"]
    assert git.find_clean(folder, asked) == {*names}
    assert git.find_clean(folder / "b", ["c"]) == {"c"}
    assert git.find_clean(folder, []) == git.find_clean(tmp_path, ["a"]) == set()
