"""The stamp: when a run counts as unchanged."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xrun.proxy.command_line import parse_invocation
from xrun.proxy.files import ABSENT, resolve_cache_file, write_records
from xrun.proxy.stamp import (
    MINIMUM_AGE_NS,
    find_stamp,
    list_deciding,
    may_have_stamp,
    point_to_rules,
    render_key,
    take_identities,
    write_stamp,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def make_key(line: str, uv: str = "/bin/uv") -> str:
    """Make the key of a run in the current folder."""
    return render_key(parse_invocation(line.split()), uv, list_deciding())


@pytest.fixture(scope="module")
def old_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make files that are old enough to be relied on: a folder for each test that changes one."""
    folder = tmp_path_factory.mktemp("old")
    for name in CHANGES:
        below = folder / name
        (below / "full").mkdir(parents=True)
        (below / "file").write_text("content")
    time.sleep(MINIMUM_AGE_NS / 1e9 + 0.1)
    return folder


def edit(folder: Path) -> None:
    (folder / "file").write_text("another content")


def edit_and_restore_time(folder: Path) -> None:
    old = (folder / "file").stat()
    (folder / "file").write_text("CONTENT")
    os.utime(folder / "file", ns=(old.st_atime_ns, old.st_mtime_ns))


def replace(folder: Path) -> None:
    (folder / "draft").write_text("content")
    (folder / "draft").replace(folder / "file")


def vanish(folder: Path) -> None:
    (folder / "file").unlink()


def appear(folder: Path) -> None:
    (folder / "missing").write_text("")


def fill(folder: Path) -> None:
    (folder / "full" / "new").write_text("")


CHANGES: dict[str, Callable[[Path], None]] = {
    "edited": edit,
    "edited in place, time restored": edit_and_restore_time,
    "replaced by the same": replace,
    "vanished": vanish,
    "appeared": appear,
    "folder got a file": fill,
}


@pytest.mark.parametrize("name", CHANGES)
def test_holds_until_a_file_changes(name: str, old_folder: Path) -> None:
    folder = old_folder / name
    watched = [str(folder / part) for part in ("file", "full", "missing")]
    key = make_key("cmd")
    assert write_stamp(key, ["--exact", "--extra=a"], take_identities(watched))
    assert find_stamp(key) == ("", "", ["--exact", "--extra=a"])
    CHANGES[name](folder)
    assert find_stamp(key) is None


@pytest.mark.parametrize("name", ["missing", "file/below", "link", "loop", "x" * 300])
def test_what_cannot_be_looked_at_holds_as_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    watched = take_identities([str(tmp_path / name)])
    assert {*watched.values()} == {ABSENT}
    assert write_stamp("key", [], watched)
    assert find_stamp("key") is not None


def test_is_not_written_while_a_file_is_young(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    os.utime(file, (0, 0))  # its change is young all the same
    assert not write_stamp("key", [], take_identities([str(file)]))
    assert find_stamp("key") is None


def test_holds_with_nothing_injected_and_nothing_to_watch() -> None:
    assert find_stamp("key") is None
    assert write_stamp("key", [], {})
    assert find_stamp("key") == ("", "", [])


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("above", [0, 1, 2], ids=["the stamp", "its folder", "the cache folder"])
def test_a_stamp_that_others_may_have_written_does_not_hold(above: int) -> None:
    file = Path(resolve_cache_file("stamps", "key"))
    assert write_stamp("key", [], {})
    (file, *file.parents)[above].chmod(0o777)
    assert find_stamp("key") is None


def test_another_key_in_the_same_file_is_not_taken_for_this_one() -> None:
    write_records(resolve_cache_file("stamps", "key"), ["another key", "", "", "", "."])
    assert find_stamp("key") is None


@pytest.mark.parametrize(
    "records",
    [["key"], ["key", "--exact"], ["key", ".", "a path alone"], ["key", ".", "a", "-", "b"]],
    ids=["cut off", "no end", "half a pair", "a pair and a half"],
)
def test_a_damaged_stamp_does_not_hold(records: list[str]) -> None:
    write_records(resolve_cache_file("stamps", "key"), records)
    assert find_stamp("key") is None


def test_under_rules_it_holds_for_the_words_that_they_look_at() -> None:
    key = point_to_rules("key", 2, ("pip", "list", "-v"))
    assert key is not None
    assert write_stamp(key, ["--exact"], {})
    assert find_stamp("key", ("pip", "list")) == ("", "", ["--exact"])
    assert find_stamp("key", ("pip", "list", "--outdated")) == ("", "", ["--exact"])
    assert find_stamp("key", ("pip", "install")) is None
    assert find_stamp("key", ("pip",)) is None
    assert find_stamp("key") is None


def test_under_rules_one_stamp_does_not_drive_out_another() -> None:
    for word in ("pytest", "ruff"):
        assert write_stamp(str(point_to_rules("key", 1, (word,))), [f"--extra={word}"], {})
    assert [find_stamp("key", (word,)) for word in ("pytest", "ruff", "mypy")] == [
        ("", "", ["--extra=pytest"]),
        ("", "", ["--extra=ruff"]),
        None,
    ]


def test_rules_that_appear_put_an_end_to_a_stamp_without_them() -> None:
    assert write_stamp("key", ["--exact"], {})
    point_to_rules("key", 1, ("pytest",))
    assert find_stamp("key", ("pytest",)) is None
    assert write_stamp("key", ["--exact"], {})  # and they are gone again
    assert find_stamp("key", ("ruff",)) == ("", "", ["--exact"])


@pytest.mark.parametrize("name", ["CI", "PRE_COMMIT", "GIT_INDEX_FILE"])
def test_under_rules_it_holds_for_the_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    assert write_stamp(str(point_to_rules("key", 0, ("x",))), [], {})
    assert find_stamp("key", ("y",)) == ("", "", [])
    monkeypatch.setenv(name, "1")
    assert find_stamp("key", ("y",)) is None


def test_under_rules_it_holds_for_the_terminal_or_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert write_stamp(str(point_to_rules("key", 0, ("x",))), [], {})
    assert find_stamp("key", ("x",)) == ("", "", [])
    monkeypatch.setattr(os, "isatty", lambda number: number == 2)
    assert find_stamp("key", ("x",)) is None


def test_no_password_in_a_command_is_written_down() -> None:
    words = ("curl", "https://name:word@example.org")
    assert point_to_rules("key", 2, words) is None
    assert find_stamp("key", words) is None
    assert point_to_rules("key", 1, words) is not None


@pytest.mark.parametrize("count", ["", "two", "-1"])
def test_a_damaged_note_of_rules_does_not_hold(count: str) -> None:
    write_records(resolve_cache_file("stamps", "key"), ["key", "rules", count])
    assert find_stamp("key", ("x",)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cmd", "pytest -x"),
        ("-q cmd", "-q cmd arg"),
        ("-- cmd", "-- other"),
        ("-m pytest", "-m coverage"),
    ],
)
def test_the_key_is_the_same_for_every_command_that_is_a_name(one: str, other: str) -> None:
    assert make_key(one) == make_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cmd", "--exact cmd"),
        ("--extra=a cmd", "--extra=b cmd"),
        ("--extra=a --group=b cmd", "--group=b --extra=a cmd"),
        ("x.py", "y.py"),
        ("x.py", "cmd"),
        ("bin/tool", "other/tool"),
        ("-s tool", "-s other"),
        ("-q cmd", "cmd"),
    ],
)
def test_the_key_tells_options_and_paths_apart(one: str, other: str) -> None:
    assert make_key(one) != make_key(other)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("UV_FROZEN", True),
        ("UV_ANYTHING_NEW", True),
        ("XRUN_MODE", True),
        ("VIRTUAL_ENV", True),
        ("XDG_CONFIG_HOME", True),
        ("XDG_CACHE_HOME", True),
        ("CONDA_PREFIX", True),
        ("UV", True),
        ("UV_RUN_RECURSION_DEPTH", False),
        ("UV_INDEX_TEAM_PASSWORD", False),
        ("UV_PUBLISH_TOKEN", False),
        ("PYTEST_ADDOPTS", False),
        ("EDITOR", False),
    ],
)
def test_the_key_holds_the_variables_that_decide(
    name: str, monkeypatch: pytest.MonkeyPatch, *, counts: bool
) -> None:
    without = make_key("cmd")
    monkeypatch.setenv(name, "1")
    one = make_key("cmd")
    monkeypatch.setenv(name, "2")
    assert (one != without, make_key("cmd") != one) == (counts, counts)


def test_the_key_holds_the_folder_and_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = make_key("cmd")
    assert make_key("cmd", "/other/uv") != here
    monkeypatch.chdir(tmp_path)
    assert make_key("cmd") != here


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cmd", True),
        ("--exact --extra a x.py", True),
        ("-q cmd", True),
        ("cmd --upgrade", True),
        ("", False),
        ("--help cmd", False),
        ("-v cmd", False),
        ("-U cmd", False),
        ("-P idna cmd", False),
        ("--refresh cmd", False),
        ("--reinstall-package=idna cmd", False),
        ("-n cmd", False),
        ("--unheard-of cmd", False),
        ("-", False),
        ("sync", False),
        ("env list", False),
        ("env", True),
        ("-m check", True),
        pytest.param("https://example.org/x.py", False, id="a script from elsewhere"),
        pytest.param("--index=https://example.org/simple cmd", True, id="an index"),
        pytest.param(
            "--index=https://name:word@example.org/simple cmd", False, id="an index with a password"
        ),
        pytest.param("--with six@file:///x cmd", False, id="a requirement with an address"),
        pytest.param("cmd https://name:word@example.org", True, id="a password for the command"),
    ],
)
def test_tells_which_runs_can_be_unchanged(line: str, *, expected: bool) -> None:
    assert may_have_stamp(parse_invocation(line.split()), list_deciding()) is expected


def test_a_check_by_a_service_is_never_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_MALWARE_CHECK", "1")
    assert not may_have_stamp(parse_invocation(["cmd"]), list_deciding())


def test_no_password_in_a_variable_of_uv_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://name:word@example.org/simple")
    assert not may_have_stamp(parse_invocation(["cmd"]), list_deciding())


def test_a_password_in_a_variable_that_decides_nothing_is_no_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://name:word@localhost/data")
    assert may_have_stamp(parse_invocation(["cmd"]), list_deciding())


def test_what_changed_after_xrun_began_to_read_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.touch()
    long_ago = time.time() - 60
    os.utime(file, (long_ago, long_ago))
    time_of_change = file.stat().st_ctime_ns
    inputs = take_identities([str(file)])
    assert not write_stamp("key", [], inputs, since=time_of_change - 1)
    assert write_stamp("key", [], inputs, since=time_of_change + 2_000_000_001)
