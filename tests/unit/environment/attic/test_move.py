"""What goes at once is moved to the attic as a whole; killed on the way, nothing is lost."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.environment.attic import stow as stow_module
from xrun.environment.attic.file_operations import link_or_copy
from xrun.environment.attic.journal import write_entry
from xrun.environment.attic.restore import bring_back, restore
from xrun.environment.attic.stow import find_changed, move, stow
from xrun.environment.attic.unfinished import finish_unfinished, list_unfinished, note_unfinished
from xrun.environment.attic.uninstall import remove
from xrun.proxy.dataclass import replace

from .test_unfinished import BASE, die_after, environment, install, make_files, snap

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.attic.store import Removal
    from xrun.environment.environment import Environment

__all__ = ["environment"]
MOVED, INFO = f"{BASE}/three", f"{BASE}/three-1.0.dist-info"


@pytest.fixture
def three(environment: Environment) -> Environment:
    """An environment with a distribution that has folders of its own, and one that it shares."""
    files = {"three/a/x.py": "", "three/b.py": "b", "common/three/y.py": "y", "common/z.py": "z"}
    install(environment, files)
    install(environment, make_files("three", "1.0", *files))
    install(environment, make_files("four", "1.0", "common/four.py"))
    write(environment.site_packages[0], {"common/four.py": "", "three/__pycache__/b.x.pyc": ""})
    return environment


def begin(environment: Environment) -> Removal:
    removal = stow(replace(environment), {"three": None}, moves=True)
    assert removal is not None
    return removal


def leave_out_byte_code(files: dict[str, str]) -> dict[str, str]:
    return {file: text for file, text in files.items() if not file.endswith(".pyc")}


def test_only_whole_folders_are_moved(three: Environment) -> None:
    removal = begin(three)
    assert {*removal.moving["three"]} == {MOVED, f"{BASE}/common/three", INFO}
    assert not removal.find_stowed(MOVED).exists()
    assert removal.find_stowed(f"{BASE}/common/z.py").exists()
    remove(replace(three), ["three"], removal=removal)
    assert not any("three" in file or "z.py" in file for file in snap(three))
    assert (three.site_packages[0] / "common" / "four.py").exists()
    assert removal.find_stowed(f"{MOVED}/b.py").read_text() == "b"
    assert removal.size == sum(
        removal.find_stowed(file).stat().st_size for file in removal.distributions[0].files
    )


@pytest.mark.parametrize("other", ["file", "link", "folder", "data"])
def test_a_folder_with_anything_else_is_not_moved(
    three: Environment, tmp_path: Path, other: str
) -> None:
    folder = three.site_packages[0] / "three"
    if other == "file":
        (folder / "b.txt").touch()
    elif other == "link":
        (folder / "b.py").unlink()
        (folder / "b.py").symlink_to(tmp_path)
    elif other == "folder":
        (folder / "empty").mkdir()
    else:
        (folder / "__pycache__" / "data").touch()
    assert MOVED not in begin(three).moving["three"]
    assert f"{MOVED}/a" in begin(three).moving["three"]


def test_what_cannot_be_moved_is_linked(
    three: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, removal = leave_out_byte_code(snap(three)), begin(three)

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    with monkeypatch.context() as patch:
        patch.setattr("os.rename", refuse)
        remove(replace(three), ["three"], removal=removal)
    assert set(replace(three).distributions) == {"one", "two", "four"}
    restore(replace(three), removal, removal.distributions)
    assert leave_out_byte_code(snap(three)) == before


def test_nothing_goes_that_can_neither_be_moved_nor_linked(
    three: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, removal = snap(three), begin(three)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.rename", refuse)
    monkeypatch.setattr(stow_module, "link_or_copy", refuse)
    with pytest.raises(OSError, match="No space"):
        remove(replace(three), ["three"], removal=removal)
    assert snap(three) == before
    assert find_changed(removal, replace(three)) == frozenset()


@pytest.mark.parametrize("call", ["rename", "unlink", "rmdir"])
@pytest.mark.parametrize("steps", range(9))
def test_a_removal_that_was_killed_loses_nothing(
    three: Environment, monkeypatch: pytest.MonkeyPatch, call: str, steps: int
) -> None:
    before, removal = leave_out_byte_code(snap(three)), begin(three)
    with monkeypatch.context() as patch:
        die_after(patch, call, steps)
        try:
            remove(replace(three), ["three"], removal=removal)
        except SystemExit:
            assert steps < 9
    there = "three" in replace(three).distributions
    (found,) = list_unfinished(three)
    finish_unfinished(replace(three))
    is_gone = "three" not in replace(three).distributions
    assert is_gone or (there and call == "rename" and steps == 0)
    assert note_unfinished(replace(three)) == (("three",) if is_gone else ())
    if is_gone:
        restore(replace(three), found, found.distributions)
    assert leave_out_byte_code(snap(three)) == before


@pytest.mark.parametrize("file", ["three/a/x.py", "three/b.py", "common/three/y.py"])
@pytest.mark.parametrize("name", ["five", "zero"])
def test_what_two_share_is_not_lost_with_the_first(
    three: Environment, name: str, file: str
) -> None:
    install(three, make_files(name, "1.0", file))
    before, going = leave_out_byte_code(snap(three)), {"three": None, name: None}
    removal = stow(replace(three), going, moves=True)
    assert removal is not None
    assert INFO in removal.moving["three"]
    remove(replace(three), [*going], removal=removal)
    assert not (three.site_packages[0] / "three").exists()
    restore(replace(three), removal, removal.distributions)
    assert leave_out_byte_code(snap(three)) == before


def test_what_lies_above_a_folder_that_went_goes_though_another_one_cannot_be_moved(
    three: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(three, make_files("five", "1.0", "ns/a/x.py"))
    write(three.site_packages[0], {"ns/a/x.py": ""})
    removal = stow(replace(three), {"five": None}, moves=True)
    assert removal is not None
    assert [*removal.moving["five"]][-1] == f"{BASE}/five"
    die_after(monkeypatch, "rename", 1, OSError(39, "Directory not empty"))
    remove(replace(three), ["five"], removal=removal)
    names = {path.name for path in three.site_packages[0].iterdir()}
    assert names.isdisjoint({"five", "five-1.0.dist-info", "ns"})


def test_byte_code_beside_that_which_a_record_lists_goes_with_it(three: Environment) -> None:
    record = three.folder / INFO / "RECORD"
    record.write_text(record.read_text() + "three/__pycache__/b.x.pyc,,\n")
    cache = three.site_packages[0] / "three" / "__pycache__"
    write(cache, {"b.pytest.pyc": ""})
    removal = begin(three)
    assert MOVED in removal.moving["three"]
    remove(replace(three), ["three"], removal=removal)
    assert removal.find_stowed(f"{MOVED}/__pycache__/b.pytest.pyc").exists()


def test_a_vendored_dist_info_folder_leaves_nothing_empty_above(three: Environment) -> None:
    install(three, make_files("five", "1.0", "five/v/x-1.dist-info/METADATA"))
    vendor = three.site_packages[0] / "five"
    write(vendor, {"v/x-1.dist-info/METADATA": "", "mine.txt": ""})
    removal = stow(replace(three), {"five": None}, moves=True)
    assert removal is not None
    remove(replace(three), ["five"], removal=removal)
    assert {path.name for path in vendor.iterdir()} == {"mine.txt"}


def test_the_metadata_of_another_one_is_not_moved(three: Environment) -> None:
    info = three.site_packages[0] / "four-1.0.dist-info"
    rows = "".join(f"{info.name}/{path.name},,\n" for path in info.iterdir())
    record = three.folder / INFO / "RECORD"
    record.write_text(record.read_text() + rows)
    before, removal = snap(three), begin(three)
    remove(replace(three), ["three"], removal=removal)
    assert {file: text for file, text in before.items() if info.name in file}.items() <= (
        snap(three).items()
    )


@pytest.mark.parametrize("size", ["1000000000000", "9999999999999999999", "-1", "x"])
def test_a_size_that_is_no_files_is_not_believed(three: Environment, size: str) -> None:
    record = three.folder / INFO / "RECORD"
    record.write_text(record.read_text().replace("three/b.py,,", f"three/b.py,,{size}"))
    assert 0 < begin(three).size < 10_000


@pytest.mark.parametrize("moves", [True, False])
def test_a_namespace_goes_with_the_last_that_is_in_it(three: Environment, *, moves: bool) -> None:
    site = three.site_packages[0]
    install(three, make_files("five", "1.0", "ns/deep/five/a.py"))
    write(site, {"ns/deep/five/a.py": ""})
    removal = stow(replace(three), {"five": None}, moves=moves)
    assert removal is not None
    remove(replace(three), ["five"], removal=removal)
    assert not (site / "ns").exists()
    restore(replace(three), removal, removal.distributions)
    assert (site / "ns" / "deep" / "five" / "a.py").exists()


def test_a_dist_info_in_its_own_is_of_what_it_vendors(three: Environment) -> None:
    vendored = "five-1.0.dist-info/licenses/five/six-1.0.dist-info/LICENSE"
    install(three, make_files("five", "1.0", "five/a.py", vendored))
    write(three.site_packages[0], {"five/a.py": "", vendored: ""})
    removal = stow(replace(three), {"five": None}, moves=True)
    assert removal is not None
    remove(replace(three), ["five"], removal=removal)
    assert "five" not in replace(three).distributions


def test_what_lies_in_its_metadata_goes_with_that(three: Environment) -> None:
    write(three.site_packages[0], {"three-1.0.dist-info/note.txt": "mine"})
    removal = begin(three)
    assert INFO in removal.moving["three"]
    remove(replace(three), ["three"], removal=removal)
    assert not (three.folder / INFO).exists()
    assert removal.find_stowed(f"{INFO}/note.txt").read_text() == "mine"


@pytest.mark.parametrize("moves", [True, False])
def test_an_unusual_mode_of_a_folder_comes_back(three: Environment, *, moves: bool) -> None:
    folder = three.site_packages[0] / "three" / "a"
    folder.chmod(0o750)
    removal = stow(replace(three), {"three": None}, moves=moves)
    assert removal is not None
    remove(replace(three), ["three"], removal=removal)
    assert not folder.exists()
    restore(replace(three), removal, removal.distributions)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_copy_that_a_full_disk_ends_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: object, target: Path, **__: object) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    (tmp_path / "one").write_text("whole")
    monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr("shutil.copy2", fill)
    with pytest.raises(OSError, match="No space"):
        link_or_copy(tmp_path / "one", tmp_path / "two")
    assert not (tmp_path / "two").exists()


def test_what_two_backups_have_of_one_comes_back_from_both(three: Environment) -> None:
    before, first = leave_out_byte_code(snap(three)), begin(three)
    move(first, three, "three", [MOVED])  # killed then, and the marker was lost
    second = stow(replace(three), {"three": None})
    assert second is not None
    remove(replace(three), ["three"], removal=second)
    write_entry(second)
    bring_back(replace(three), second, second.distributions, ["three"], print)
    assert leave_out_byte_code(snap(three)) == before
