"""The policy's files: where they are looked for, and what is wrong with them as files."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import platformdirs
import pytest

from unit.make import close, write
from xrun.policy.files import render_path
from xrun.policy.keys import Layer
from xrun.policy.search import find_policy_files
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xrun.policy.files import Found

ROOT = '[project]\nname = "root"\n[tool.uv.workspace]\nmembers = ["member"]\n'
MEMBER = '[project]\nname = "member"\n'
TABLE = "[tool.xrun]\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a workspace without any policy; the current folder is its root."""
    folder = tmp_path / "root"
    write(folder, {"pyproject.toml": ROOT, "member/pyproject.toml": MEMBER})
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def user_file() -> Path:
    """Say where the user's own policy is looked for."""
    folder = platformdirs.user_config_path("xrun", appauthor=False)
    folder.mkdir(parents=True)
    return folder / "xrun.toml"


def system_file() -> Path:
    """Say where the organisation's policy is looked for; its folder is made."""
    folder = platformdirs.site_config_path("xrun", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "xrun.toml"


def find(folder: Path) -> Found:
    return find_policy_files(find_workspace(folder), folder, os.environ)


def tell(found: Found) -> list[tuple[str, str, str]]:
    return [(problem.source, problem.place, problem.message) for problem in found.problems]


def test_finds_nothing_where_there_is_nothing_and_says_where_it_looked(
    root: Path, user_file: Path
) -> None:
    found = find(root / "member")
    assert (found.files, found.problems) == ((), ())
    assert set(found.places) == {
        system_file(),
        user_file,
        *(root / name for name in ("xrun.toml", "pyproject.toml", "xrun.local.toml")),
        *(root / "member" / name for name in ("xrun.toml", "pyproject.toml")),
    }


def test_finds_the_layers_weakest_first(root: Path, user_file: Path) -> None:
    user_file.write_text('mode = "off"')
    write(root, {"xrun.toml": 'mode = "report"', "member/xrun.toml": 'mode = "refuse"'})
    assert [(file.layer, file.path, file.table) for file in find(root / "member").files] == [
        (Layer.USER, user_file, {"mode": "off"}),
        (Layer.WORKSPACE, root / "xrun.toml", {"mode": "report"}),
        (Layer.PROJECT, root / "member" / "xrun.toml", {"mode": "refuse"}),
    ]


def test_the_organisations_policy_is_the_weakest(root: Path, user_file: Path) -> None:
    system_file().write_text('mode = "refuse"')
    user_file.write_text("")
    write(root, {"xrun.toml": ""})
    found = find(root)
    assert [file.layer for file in found.files] == [Layer.SYSTEM, Layer.USER, Layer.WORKSPACE]
    assert found.files[0].path == system_file()


@pytest.mark.skipif(os.name != "posix", reason="these variables are of the XDG specification")
def test_the_first_folder_for_the_system_counts_alone(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(tmp_path / name) for name in ("one", "two")]
    monkeypatch.setenv("XDG_CONFIG_DIRS", ":".join(folders))
    write(tmp_path, {"two/xrun/xrun.toml": "="})
    found = find(root)
    assert (found.files, found.problems) == ((), ())
    assert tmp_path / "one" / "xrun" / "xrun.toml" in found.places


def test_nothing_above_the_workspace_is_looked_at(root: Path) -> None:
    write(root.parent, {"xrun.toml": "=", "xrun.local.toml": "="})
    write(root, {"member/xrun.toml": ""})
    found = find(root / "member")
    assert [file.path for file in found.files] == [root / "member" / "xrun.toml"]
    assert found.problems == ()


def test_a_named_file_replaces_the_workspaces_policy_and_the_members(
    root: Path, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.write_text("")
    write(root, {"xrun.toml": "=", "member/xrun.toml": "=", "xrun.local.toml": "", "ci.toml": ""})
    monkeypatch.setenv("XRUN_POLICY", "ci.toml")
    found = find_policy_files(find_workspace(root / "member"), root, os.environ)
    assert [(file.layer, file.path.name) for file in found.files] == [
        (Layer.USER, "xrun.toml"),
        (Layer.WORKSPACE, "ci.toml"),
        (Layer.LOCAL, "xrun.local.toml"),
    ]
    assert root / "ci.toml" in found.places


def test_a_named_file_counts_outside_any_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"xrun.toml": "=", "ci/pyproject.toml": TABLE})
    monkeypatch.setenv("XRUN_POLICY", str(tmp_path / "ci" / "pyproject.toml"))
    found = find(tmp_path)
    assert [(file.path, file.table) for file in found.files] == [
        (tmp_path / "ci" / "pyproject.toml", {})
    ]


@pytest.mark.parametrize("named", ["", "  "])
def test_an_empty_name_is_none(named: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"xrun.toml": ""})
    monkeypatch.setenv("XRUN_POLICY", named)
    assert [file.path for file in find(root).files] == [root / "xrun.toml"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("ci.toml", ("XRUN_POLICY", "", "there is no ci.toml")),
        ("https://a.b/ci.toml", ("XRUN_POLICY", "", "a URL is never fetched; name a file")),
        ("member", ("XRUN_POLICY", "", "expected a file, found a folder: member")),
        ("pyproject.toml", ("pyproject.toml", "", "there is no [tool.xrun]")),
    ],
)
def test_a_named_file_that_cannot_be_read_is_a_problem(
    named: str, told: tuple[str, str, str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XRUN_POLICY", named)
    ((source, place, message),) = tell(find(root))
    assert (source, place, message[: len(told[2])]) == told


def test_the_local_policy_is_the_strongest_file_and_lies_at_the_root(root: Path) -> None:
    write(root, {"xrun.local.toml": 'mode = "off"', "member/xrun.toml": ""})
    write(root, {"member/xrun.local.toml": ""})
    assert [(file.layer, file.path) for file in find(root / "member").files] == [
        (Layer.PROJECT, root / "member" / "xrun.toml"),
        (Layer.LOCAL, root / "xrun.local.toml"),
    ]


def test_a_local_policy_counts_beside_one_in_pyproject(root: Path) -> None:
    write(root, {"pyproject.toml": ROOT + TABLE, "xrun.local.toml": ""})
    assert [file.layer for file in find(root).files] == [Layer.WORKSPACE, Layer.LOCAL]


def test_outside_any_project_there_is_no_local_policy(tmp_path: Path) -> None:
    write(tmp_path, {"xrun.local.toml": "="})
    found = find(tmp_path)
    assert (found.files, found.problems) == ((), ())
    assert tmp_path / "xrun.local.toml" not in found.places


def test_a_members_policy_does_not_count_at_the_root(root: Path) -> None:
    write(root, {"member/xrun.toml": "", "xrun.toml": ""})
    assert [file.layer for file in find(root).files] == [Layer.WORKSPACE]


def test_finds_a_policy_inside_pyproject(root: Path) -> None:
    write(root, {"pyproject.toml": f'{ROOT}{TABLE}mode = "off"\n'})
    (file,) = find(root).files
    assert (file.path, file.table) == (root / "pyproject.toml", {"mode": "off"})


def test_both_in_one_folder_is_a_problem(root: Path) -> None:
    write(root, {"pyproject.toml": ROOT + TABLE, "xrun.toml": ""})
    found = find(root)
    assert found.files == ()
    ((source, place, message),) = tell(found)
    assert (source, place) == ("xrun.toml", "")
    assert "[tool.xrun]" in message


def test_one_kind_in_each_folder_is_none(root: Path) -> None:
    write(root, {"pyproject.toml": ROOT + TABLE, "member/xrun.toml": ""})
    assert [file.layer for file in find(root / "member").files] == [Layer.WORKSPACE, Layer.PROJECT]


def test_something_else_than_a_table_in_pyproject_is_a_problem(root: Path) -> None:
    write(root, {"pyproject.toml": f"{ROOT}[tool]\nxrun = true\n"})
    ((source, place, _),) = tell(find(root))
    assert (source, place) == ("pyproject.toml", "tool.xrun")


def test_a_broken_pyproject_is_uvs_to_tell(root: Path) -> None:
    write(root, {"pyproject.toml": "broken =", "xrun.toml": 'mode = "off"'})
    found = find(root)
    assert found.problems == ()
    assert [file.table for file in found.files] == [{"mode": "off"}]


def test_outside_any_project_the_current_folder_counts_and_none_above(tmp_path: Path) -> None:
    write(tmp_path, {"xrun.toml": "", "below/xrun.toml": ""})
    below = tmp_path / "below"
    assert find_workspace(below) is None
    assert [file.path for file in find(below).files] == [below / "xrun.toml"]


def test_inside_a_project_the_current_folder_does_not_count(root: Path) -> None:
    write(root, {"docs/xrun.toml": ""})
    assert find(root / "docs").files == ()


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"\xef\xbb\xbfmode = 'off'", None, "byte order mark"),
        (b"mode = '\xe9'", (1, 9), "not UTF-8 (byte 8)"),
        (b"mode = off", (1, 8), "quotation marks"),
        (b"[mode\n", (1, 6), "expected ']'"),
        (b"mode = " + b"1" * 5000, None, "cannot be read: Exceeds the limit"),
        (b"mode = " + b"[" * 9999, None, "nested too deeply"),
    ],
    ids=[
        *("byte order mark", "not UTF-8", "a word bare", "a bracket open"),
        *("a number too long", "too deep"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    content: bytes, place: tuple[int, int] | None, message: str, root: Path
) -> None:
    write(root, {"xrun.toml": content})
    found = find(root)
    (problem,) = found.problems
    assert (problem.source, problem.place, found.files) == ("xrun.toml", "", ())
    assert (problem.at and (problem.at.line, problem.at.column)) == place
    assert message in problem.message


def test_a_folder_of_that_name_is_a_problem(root: Path) -> None:
    (root / "xrun.toml").mkdir()
    assert tell(find(root)) == [("xrun.toml", "", "expected a file, found a folder")]


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices that lie in folders")
@pytest.mark.parametrize("kind", ["a pipe", "a device", "a socket"])
def test_what_is_no_regular_file_is_never_opened(kind: str, root: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "a pipe":
            os.mkfifo(tmp_path / "it")
        elif kind == "a socket":
            listener.bind(os.path.relpath(tmp_path / "it"))
        (root / "base.toml").symlink_to("/dev/zero" if kind == "a device" else tmp_path / "it")
        write(root, {"xrun.toml": 'extends = "base.toml"'})
        with timed_out(10):
            assert tell(find(root)) == [("base.toml", "", f"expected a file, found {kind}")]


@contextmanager
def timed_out(seconds: int) -> Iterator[None]:
    """Fail rather than wait for ever."""

    def fail(*_: object) -> None:
        pytest.fail("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_a_file_of_more_than_a_mebibyte_is_a_problem(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "base.toml"', "base.toml": b"#" * (1024 * 1024)})
    assert tell(find(root)) == []
    write(root, {"base.toml": b"#" * (1024 * 1024 + 1)})
    told = "larger than 1 MiB, which is the most that is read"
    assert tell(find(root)) == [("base.toml", "", told)]


def test_a_link_to_nowhere_is_a_problem(root: Path) -> None:
    (root / "xrun.toml").symlink_to(root / "missing")
    ((_, _, message),) = tell(find(root))
    assert message.startswith("cannot be read: ")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_problem(root: Path) -> None:
    (root / "xrun.toml").touch(mode=0)
    ((_, _, message),) = tell(find(root))
    assert message.startswith("cannot be read: ")


def test_a_policy_in_a_folder_that_is_closed_is_a_problem(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = system_file()
    close(file.parent, monkeypatch)
    found = find(root)
    assert tell(found) == [(str(file), "", "cannot be read: Permission denied")]
    assert file in found.places


def test_a_home_that_is_closed_has_no_policy_of_this_user(
    root: Path, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.write_text('mode = "off"')
    close(user_file.parent, monkeypatch)
    found = find(root)
    assert tell(found) == []
    assert not found.files
    assert user_file in found.places


def test_the_problems_of_all_files_are_told_at_once(root: Path, user_file: Path) -> None:
    user_file.write_bytes(b"\xff")
    write(root, {"xrun.toml": "=", "member/xrun.toml": "="})
    sources = [source for source, _, _ in tell(find(root / "member"))]
    assert sources == [str(user_file), "xrun.toml", "member/xrun.toml"]


@pytest.mark.parametrize(
    ("below", "shown"),
    [("xrun.toml", "xrun.toml"), ("a/xrun.toml", "a/xrun.toml"), ("..x/y", "..x/y")],
)
def test_a_path_below_the_current_folder_is_shown_relative(
    below: str, shown: str, root: Path
) -> None:
    assert render_path(root / below) == shown.replace("/", os.sep)


def test_a_path_elsewhere_is_shown_whole(root: Path) -> None:
    assert render_path(root.parent / "xrun.toml") == str(root.parent / "xrun.toml")
