"""xrun's own small files: written whole, read back, ignored when damaged."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import platformdirs
import pytest

from xrun.proxy.files import (
    ABSENT,
    read_identity,
    read_records,
    resolve_cache_file,
    resolve_cache_folder,
    resolve_name,
    write_records,
)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [""],
        ["a"],
        ["", "", ""],
        ["a", "1"],
        ["0"],
        ["two words", "line\nbreak", "ü", "\udcff\udcfe", "3"],
        [str(number) for number in range(1000)],
    ],
    ids=["none", "empty", "one", "empties", "a count", "zero", "odd text", "many"],
)
def test_records_come_back_as_they_were_written(records: list[str], tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file"
    write_records(str(path), records)
    assert read_records(str(path)) == records
    assert [*path.parent.iterdir()] == [path], "nothing else is left there"


def test_what_is_written_again_replaces_what_was_there(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    write_records(path, ["a much longer record than the next one"])
    write_records(path, ["b"])
    assert read_records(path) == ["b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"a",
        b"a\0b",
        b"a\0b\0",
        b"a\0b\0003",
        b"a\0b\0two",
        b"\xff\xfe\0",
        b"a\0b\0002\0",
    ],
)
def test_a_damaged_file_counts_as_empty(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert read_records(str(path)) == []


def test_a_missing_file_and_a_folder_count_as_empty(tmp_path: Path) -> None:
    assert read_records(str(tmp_path / "missing")) == []
    assert read_records(str(tmp_path)) == []


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    write_records(str(tmp_path / "file" / "below"), ["a"])
    (tmp_path / "folder").mkdir()
    write_records(str(tmp_path / "folder"), ["a"])
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder", "home"}, (
        "no draft is left"
    )


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o177])
def test_a_cache_file_and_its_folders_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    file, before = tmp_path / "cache" / "kind" / "file", os.umask(umask)
    try:
        write_records(str(file), ["a"])
        now = os.umask(umask)
    finally:
        os.umask(before)
    assert now == umask
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.parent.parent, file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are of POSIX")
def test_what_others_may_have_written_counts_as_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    write_records(str(file), ["a"])
    for mode, expected in ((0o620, []), (0o602, []), (0o644, ["a"])):
        file.chmod(mode)
        assert read_records(str(file)) == expected
    another = os.geteuid() + 1
    monkeypatch.setattr("os.geteuid", lambda: another)
    assert read_records(str(file)) == []


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are of POSIX")
def test_another_folder_is_used_beside_one_that_is_not_private(
    own_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, kind = own_machine / ".cache" / "xrun", "stamps"
    (usual / kind).mkdir(parents=True)
    user = os.geteuid()
    for folder in (usual, usual / kind):
        folder.chmod(0o770)
        beside = folder.with_name(f"{folder.name}-{user}")
        assert Path(resolve_cache_file(kind, "key")).is_relative_to(beside)
        folder.chmod(0o755)
    assert Path(resolve_cache_file(kind, "key")).parent == usual / kind
    monkeypatch.setattr("os.geteuid", lambda: user + 1)
    assert resolve_cache_folder() == f"{usual}-{user + 1}"


def test_an_identity_holds_while_nothing_changes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a")
    assert read_identity(str(file)) == read_identity(str(file)) != ABSENT


def test_an_edit_in_place_that_restores_the_time_stamp_changes_the_identity(
    tmp_path: Path,
) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    before, old = read_identity(str(file)), file.stat()
    for _ in range(100):  # the clock of some file systems is slow
        file.write_text("two")
        os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
        if file.stat().st_ctime_ns != old.st_ctime_ns:
            break
        time.sleep(0.02)
    assert read_identity(str(file)) != before
    after = file.stat()
    assert (after.st_ino, after.st_size) == (old.st_ino, old.st_size)
    assert after.st_mtime_ns == old.st_mtime_ns


@pytest.mark.parametrize("name", ["missing", "file/below", "nul\0byte", "long" * 100])
def test_what_cannot_be_looked_at_is_absent(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read_identity(str(tmp_path / name)) == ABSENT


def test_a_link_has_the_identity_of_what_it_leads_to(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("a")
    link.symlink_to(file)
    assert read_identity(str(link)) == read_identity(str(file))
    link.unlink()
    link.symlink_to(tmp_path / "missing")
    assert read_identity(str(link)) == ABSENT


@pytest.mark.parametrize(
    "home", [None, "", " ", "/elsewhere/cache", "/two words/cache", "/trailing/"]
)
def test_the_cache_folder_is_the_one_of_platformdirs(
    home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if home is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", home)
    expected = platformdirs.user_cache_dir("xrun", appauthor=False)
    assert Path(resolve_cache_folder()) == Path(expected)


def test_cache_files_lie_apart_by_kind_and_key() -> None:
    files = {resolve_cache_file(kind, key) for kind in ("a", "b") for key in ("x", "y", "\udcff")}
    assert len(files) == 6
    assert all(file.startswith(resolve_cache_folder()) for file in files)


@pytest.mark.parametrize("distance", range(1, 129))
def test_keys_in_which_two_bytes_changed_places_have_two_names(distance: int) -> None:
    between = "m" * (distance - 1)
    assert resolve_name(f"/a/1{between}2/.venv") != resolve_name(f"/a/2{between}1/.venv")
