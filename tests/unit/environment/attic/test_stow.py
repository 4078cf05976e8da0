"""The attic keeps what it was given, as long as it is not too old or too much."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from unit.make import close, write
from xrun.ctl.env import list_attics
from xrun.environment.attic import expiry, store
from xrun.environment.attic import stow as stow_module
from xrun.environment.attic.choose import RestoreError, choose
from xrun.environment.attic.journal import find_journal, load_entries, write_entry
from xrun.environment.attic.own_files import Folders, list_files
from xrun.environment.attic.restore import restore
from xrun.environment.attic.store import Removal, list_removals
from xrun.environment.attic.stow import AtticError, discard, find_changed, is_untouched, stow, sweep
from xrun.environment.attic.uninstall import remove_odd
from xrun.environment.environment import Environment
from xrun.proxy import files
from xrun.proxy.dataclass import replace
from xrun.words import DAY


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    folder = tmp_path / "venv"
    packages = folder / "lib" / "python3.12" / "site-packages"
    for name in ("one", "two"):
        info = packages / f"{name}-1.0.dist-info"
        (packages / name).mkdir(parents=True)
        info.mkdir()
        (packages / name / "__init__.py").write_text(f"name = '{name}'\n")
        (info / "METADATA").write_text(f"Name: {name}\n")
        rows = [f"{name}/__init__.py", f"{name}-1.0.dist-info/METADATA", f"../../../bin/{name}"]
        rows += [f"{name}-1.0.dist-info/RECORD", "../../../../outside.txt", f"{name}/gone.py"]
        (info / "RECORD").write_text("".join(f"{row},,\n" for row in rows))
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / name).write_text("#!python\n")
    (folder / "pyvenv.cfg").touch()
    (tmp_path / "outside.txt").write_text("not the environment's\n")
    return Environment(folder, ".venv")


def remove(environment: Environment, name: str) -> None:
    """Remove a distribution as an installer does."""
    for file in list_files(Folders(environment), environment.distributions[name]):
        (environment.folder / file).unlink()
    for folder in (name, f"{name}-1.0.dist-info"):
        next(iter(environment.site_packages)).joinpath(folder).rmdir()


def test_only_files_that_are_there_and_inside_count(environment: Environment) -> None:
    files = list_files(Folders(environment), environment.distributions["one"])
    base = "lib/python3.12/site-packages"
    assert files == (
        "bin/one",
        f"{base}/one-1.0.dist-info/METADATA",
        f"{base}/one-1.0.dist-info/RECORD",
        f"{base}/one/__init__.py",
    )


def test_what_is_stowed_comes_back(environment: Environment) -> None:
    removal = stow(environment, {"one": None})
    assert removal is not None
    remove(environment, "one")
    fresh = replace(environment)
    assert choose(fresh, removal) == removal.distributions
    restore(fresh, removal, choose(fresh, removal))
    assert (environment.folder / "bin" / "one").read_text() == "#!python\n"
    assert set(replace(environment).distributions) == {"one", "two"}


def test_a_file_is_linked_not_copied_where_that_works(environment: Environment) -> None:
    stow(environment, {"one": None})
    assert (environment.folder / "bin" / "one").stat().st_nlink == 2


@pytest.mark.parametrize("is_editable", [True, False])
def test_only_a_link_to_its_own_source_stays_a_link(
    environment: Environment, tmp_path: Path, *, is_editable: bool
) -> None:
    source = tmp_path / "source" / "one.ini"
    source.parent.mkdir()
    source.write_text("size = 1\n")
    file, info = environment.folder / "bin" / "one", environment.distributions["one"].folder
    file.unlink()
    file.symlink_to(source)  # as `flit install --symlink` has it
    url = {"url": source.parent.as_uri(), "dir_info": {"editable": is_editable}}
    (info / "direct_url.json").write_text(json.dumps(url))
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert removal.find_stowed("bin/one").is_symlink() is is_editable


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_clone_in_the_environment_is_stowed_only_where_that_is_rebuilt(
    environment: Environment, *, is_replaced: bool
) -> None:
    source = environment.folder / "src" / "one"
    source.mkdir(parents=True)
    (source / "one.py").touch()
    url = {"url": source.as_uri(), "dir_info": {"editable": True}}
    (environment.distributions["one"].folder / "direct_url.json").write_text(json.dumps(url))
    removal = stow(replace(environment), {"one": None}, is_replaced=is_replaced)
    assert removal is not None
    assert removal.find_stowed("src/one/one.py").exists() is is_replaced


def test_without_hardlinks_it_is_copied(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    removal = stow(environment, {"one": None})
    assert removal is not None
    remove(environment, "one")
    restore(replace(environment), removal, removal.distributions)
    assert (environment.folder / "bin" / "one").read_text() == "#!python\n"


def test_nothing_to_stow_makes_nothing(environment: Environment) -> None:
    assert stow(environment, {}) is None
    assert list_removals(environment) == []


def test_what_lists_no_files_is_not_replaced_and_the_rest_is_stowed(
    environment: Environment,
) -> None:
    (environment.site_packages[0] / "old-1.0.egg-info").touch()
    with pytest.raises(AtticError, match="old, installed in an old form that lists no files"):
        stow(environment, {"one": None, "old": "2.0"})
    assert list_removals(environment) == []
    removal = stow(environment, {"one": None, "old": None})
    assert removal is not None
    assert [each.name for each in removal.distributions] == ["one"]


def test_a_removal_that_was_not_made_leaves_nothing(environment: Environment) -> None:
    removal = stow(environment, {"one": None})
    assert removal is not None
    discard(removal)
    assert list_removals(environment) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("is_near", [True, False], ids=["state folder", "environment"])
def test_the_attic_and_the_journal_are_for_their_owner_alone(
    environment: Environment, own_machine: Path, monkeypatch: pytest.MonkeyPatch, *, is_near: bool
) -> None:
    file = next(iter(environment.site_packages)) / "one" / "__init__.py"
    file.chmod(0o666)
    if not is_near:
        monkeypatch.setattr(stow_module, "find_device", lambda path: path)
    before = os.umask(0)
    try:
        removal = stow(environment, {"one": None})
        assert removal is not None
        write_entry(removal)
    finally:
        os.umask(before)
    top = own_machine / ".local" if is_near else environment.folder / ".xrun"
    assert removal.folder.is_relative_to(top)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (top, *top.rglob("*"))}
    assert {modes[path] for path in modes if path.is_dir()} == {0o700}
    assert modes[removal.folder / store.MANIFEST] == 0o600
    assert stat.S_IMODE(find_journal().stat().st_mode) == 0o600
    assert removal.find_stowed(os.path.relpath(file, environment.folder)).samefile(file)
    another = os.geteuid() + 1
    monkeypatch.setattr("os.geteuid", lambda: another)
    assert list_removals(environment) == []  # someone else's are not believed


def test_a_full_disk_leaves_nothing_behind(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stow_module, "link_or_copy", fill)
    with pytest.raises(AtticError, match="No space left on device"):
        stow(environment, {"one": None})
    places = itertools.chain(*store.list_places(environment))
    assert not [each for place in places for each in place.glob("*")]


def test_a_failed_restore_leaves_nothing_behind(environment: Environment) -> None:
    removal = stow(environment, {"one": None})
    assert removal is not None
    remove(environment, "one")
    (removal.folder / "files" / removal.distributions[0].files[-1]).unlink()
    with pytest.raises(RestoreError, match="could not be brought back"):
        restore(replace(environment), removal, removal.distributions)
    assert not (environment.folder / "bin" / "one").exists()


@pytest.mark.parametrize("links", range(8))
def test_a_restore_that_was_killed_goes_on_where_it_was(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, links: int
) -> None:
    removal = stow(environment, {"one": None, "two": None})
    assert removal is not None
    remove(environment, "one")
    remove(environment, "two")
    link, count = os.link, 0

    def die(*args: Any, **options: Any) -> None:
        nonlocal count
        if count == links:
            raise SystemExit
        link(*args, **options)
        count += 1

    monkeypatch.setattr(os, "link", die)
    with pytest.raises(SystemExit):
        restore(replace(environment), removal, removal.distributions)
    fresh = replace(environment)
    # What has a RECORD is whole: uv could remove only a part of anything else.
    recorded = [each.name for each in fresh.every_distribution if each.has_record]
    assert recorded == (["one"] if links == 7 else [])
    monkeypatch.setattr(os, "link", link)
    restore(fresh, removal, choose(fresh, removal))
    assert is_untouched(removal, environment)


def test_another_python_is_told(environment: Environment) -> None:
    removal = stow(environment, {"one": None})
    assert removal is not None
    (environment.folder / "lib" / "python3.12").rename(environment.folder / "lib" / "python3.13")
    remove(replace(environment), "one")
    with pytest.raises(RestoreError, match="rebuilt for another Python") as caught:
        restore(replace(environment), removal, removal.distributions)
    assert caught.value.details == ("uv pip install --no-config -p .venv one==1.0",)


def test_the_newest_comes_first_and_damaged_ones_are_passed_over(
    environment: Environment,
) -> None:
    first = stow(environment, {"one": None})
    second = stow(environment, {"two": None})
    assert first is not None
    assert second is not None
    assert [each.folder for each in list_removals(environment)] == [second.folder, first.folder]
    (second.folder / store.MANIFEST).write_text("{")
    assert [each.folder for each in list_removals(environment)] == [first.folder]


@pytest.mark.parametrize(("limit", "value"), [("MOST_DAYS", 0), ("MOST_BYTES", 1)])
def test_the_oldest_go_beyond_a_limit_but_never_the_last(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    stow(environment, {"one": None})
    monkeypatch.setattr(expiry, "LAST", 0)
    monkeypatch.setattr(expiry, limit, value)
    last = stow(environment, {"two": None})
    assert last is not None
    assert [each.folder for each in list_removals(environment)] == [last.folder]


def list_days(*days: float) -> list[Removal]:
    """Removals of these days, the oldest first, as they are listed: the newest first."""
    return [Removal(day * DAY, Path(), (), size=1) for day in reversed(days)]


def select_days(*days: float) -> list[float]:
    return [removal.at / DAY for removal in expiry.select_old(list_days(*days))]


def test_age_counts_days_of_use_and_the_last_ten_stay_whatever_the_clock_says() -> None:
    assert select_days(*range(32)) == [0]
    assert select_days(*range(0, 320, 10)) == [0]
    assert select_days(*(number / 10 for number in range(300))) == []
    assert select_days(*range(0, 3650, 365)) == []


@pytest.mark.parametrize(
    ("sizes", "stay"),
    [
        ("5 1 1 1", "0 1 2 3"),  # the last one, however large, drops none
        ("1 5 1 1", "0 2 3"),
        ("1 2 2 1", "0 1 3"),
        ("9 9 9 9", "0"),
        ("1 3 1", "0 1"),
    ],
)
def test_what_is_too_much_goes_and_smaller_ones_stay(
    monkeypatch: pytest.MonkeyPatch, sizes: str, stay: str
) -> None:
    monkeypatch.setattr(expiry, "MOST_BYTES", 3)
    removals = [
        Removal(0, Path(str(at)), (), size=int(size)) for at, size in enumerate(sizes.split())
    ]
    old = expiry.select_old(removals)
    assert [str(each.environment) for each in removals if each not in old] == stay.split()


@pytest.mark.parametrize("jump", [365, -365, -20000, 10**9])
def test_no_jump_of_the_clock_expires_a_removal(jump: float) -> None:
    days = [*range(25)]
    assert select_days(*days, 25 + jump) == []
    assert select_days(*days, 25 + jump, 26, 27) == []
    assert select_days(*(day + jump for day in days), 25) == []


def test_the_order_holds_when_the_clock_goes_back_or_stands_still(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stowed = []
    for moment in (2e9, 1.7e9, 1.7e9):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: int(moment * 1e9))
        stowed.append(stow(environment, {"one": None}))
    there = list_removals(environment)
    assert there == stowed[::-1]
    assert len({removal.at for removal in there}) == 3
    (there[0].folder / store.MANIFEST).write_text("{")  # damaged, and not to be written over
    last = stow(environment, {"one": None})
    assert list_removals(environment) == [last, *there[1:]]


def test_the_attic_needs_no_file_times(environment: Environment) -> None:
    kept = [stow(environment, {name: None}) for name in ("one", "two")]
    attic = kept[0].folder.parent if kept[0] else Path()
    shutil.copytree(attic, attic.with_name("copy"), copy_function=shutil.copyfile)
    shutil.rmtree(attic)
    attic.with_name("copy").rename(attic)
    assert list_removals(environment) == kept[::-1]


def test_what_no_record_lists_is_stowed_but_for_byte_code_and_what_others_list(
    environment: Environment,
) -> None:
    base = environment.site_packages[0]
    for name in ("data/model.bin", "__pycache__/x.pyc", "__pycache__/note.txt", "two.txt"):
        (base / "one" / name).parent.mkdir(exist_ok=True)
        (base / "one" / name).touch()
    (base / "orphan.py").touch()
    with (base / "two-1.0.dist-info" / "RECORD").open("a") as file:
        file.write("one/two.txt,,\n")
    files = list_files(Folders(environment), environment.distributions["one"])
    found = {
        Path(file).relative_to("lib/python3.12/site-packages") for file in files if "lib" in file
    }
    assert {str(path) for path in found if "dist-info" not in str(path)} == {
        *("one/__init__.py", "one/data/model.bin", "one/__pycache__/note.txt"),
    }


def test_without_record_nothing_is_known_to_be_its_own(environment: Environment) -> None:
    (environment.site_packages[0] / "one-1.0.dist-info" / "RECORD").unlink()
    assert list_files(Folders(environment), environment.distributions["one"]) == ()
    assert stow(environment, {"one": None}) is None


def test_without_record_what_is_replaced_goes_by_its_name(environment: Environment) -> None:
    base = environment.site_packages[0]
    info = base / "one-1.0.dist-info"
    (info / "RECORD").unlink()
    (info / "top_level.txt").write_text("one\nmore\n../two\ntwo\n../../../bin\n")
    for name in ("more.py", "one/unlisted.txt", "orphan.py"):
        (base / name).touch()
    removal = stow(environment, {"one": "2.0"})
    assert removal is not None
    names = {
        os.path.relpath(file, os.path.relpath(base, environment.folder))
        for file in removal.distributions[0].files
    }
    metadata = {f"{info.name}/{file}" for file in ("METADATA", "top_level.txt")}
    assert names == {"more.py", "one/__init__.py", "one/unlisted.txt", *metadata}
    remove_odd(environment, ["one"])
    assert not any(os.path.lexists(base / name) for name in (*names, info.name, "one"))
    assert find_changed(removal, replace(environment)) == {"one"}
    assert stow(replace(environment), {"two": "2.0"}) is not None  # all of its files are there
    assert {*list_files(Folders(environment), environment.distributions["two"])} >= {"bin/two"}


def test_a_ghost_of_what_went_is_swept_away_and_comes_back(environment: Environment) -> None:
    info = environment.site_packages[0] / "one-1.0.dist-info"
    write(info, {"notes.txt": "unlisted\n", "a/b/c.txt": "unlisted\n"})
    (info / "a" / "empty").mkdir()
    removal = stow(environment, {"one": None})
    assert removal is not None
    sweep(removal, environment)
    assert info.exists()  # nothing was removed as yet
    for name in ("METADATA", "RECORD"):
        (info / name).unlink()
    sweep(removal, environment)
    assert not info.exists()
    (environment.site_packages[0] / "one" / "__init__.py").unlink()
    (environment.folder / "bin" / "one").unlink()
    restore(replace(environment), removal, removal.distributions)
    assert (info / "notes.txt").read_text() == "unlisted\n"


def test_what_is_rebuilt_puts_nothing_away_in_itself(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow_module, "find_device", id)  # no two folders on one file system
    first = stow(environment, {"one": None})
    second = stow(environment, {"two": None}, is_replaced=True)
    assert first is not None
    assert second is not None
    assert first.folder.is_relative_to(environment.folder)
    assert not list((environment.folder / store.OWN_FOLDER).iterdir())
    shutil.rmtree(environment.folder)
    there = list_removals(environment)
    assert [each.distributions[0].name for each in there] == ["two", "one"]
    assert all(each.find_stowed(each.distributions[0].files[0]).is_file() for each in there)
    assert list_attics() == [tuple(there)]


def test_a_ghost_that_cannot_be_changed_stays(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = environment.site_packages[0] / "one-1.0.dist-info"
    removal = stow(environment, {"one": None})
    assert removal is not None
    (info / "METADATA").unlink()

    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(1, "Operation not permitted", str(self))

    monkeypatch.setattr(Path, "unlink", refuse)
    sweep(removal, environment)
    assert info.exists()


@pytest.mark.parametrize("private", [1, 0])
def test_where_an_environment_has_no_modes_the_attic_is_not_in_it(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, private: int
) -> None:
    monkeypatch.setattr(stow_module, "find_device", id)
    answers = iter([False, bool(private)])
    monkeypatch.setattr(stow_module, "is_private", lambda _: next(answers))
    if private:
        removal = stow(environment, {"one": None})
        assert removal is not None
        assert removal.folder.is_relative_to(store.list_places(environment)[0][0])
        assert list_removals(environment) == [removal]
    else:
        with pytest.raises(AtticError, match="others could write"):
            stow(environment, {"one": None})
    assert not (environment.folder / store.OWN_FOLDER).exists()


@pytest.mark.parametrize("below", ["file/state", "secret/state"])
def test_where_the_state_folder_cannot_be_had_the_attic_is_in_the_environment(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / below))
    close(tmp_path / "secret", monkeypatch)
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert removal.folder.parent == environment.folder / store.OWN_FOLDER
    assert list_removals(environment) == [removal]
    write_entry(removal)
    assert load_entries(environment) == []
    assert list_attics() == []  # nothing knows of it but the environment
    shutil.rmtree(removal.folder.parent)
    removal.folder.parent.touch()
    with pytest.raises(AtticError, match="cannot be backed up"):
        stow(environment, {"one": None})
    assert list_removals(environment) == []


def test_all_folders_of_one_name_are_put_away(environment: Environment) -> None:
    info = environment.site_packages[0] / "one-1.0.dist-info"
    other = info.with_name("one-0.5.dist-info")
    shutil.copytree(info, other)
    (other / "RECORD").write_text("one/old.py,,\none-0.5.dist-info/RECORD,,\n")
    (environment.site_packages[0] / "one" / "old.py").touch()
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert [(each.name, each.version) for each in removal.distributions] == [
        ("one", "0.5"),
        ("one", "1.0"),
    ]
    files = {Path(file).name for each in removal.distributions for file in each.files}
    assert {"old.py", "__init__.py"} <= files
    assert {Path(each.info).name for each in removal.distributions} == {info.name, other.name}


def test_a_vendored_dist_info_folder_is_not_its_own(environment: Environment) -> None:
    info = environment.site_packages[0] / "one-1.0.dist-info"
    vendored = "a/_vendor/site-packages/zero-1.0.dist-info/METADATA"
    (environment.site_packages[0] / vendored).parent.mkdir(parents=True)
    (environment.site_packages[0] / vendored).touch()
    with (info / "RECORD").open("a") as record:
        record.write(f"{vendored},,\n")
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert removal.distributions[0].files[1].endswith(vendored)
    assert environment.folder / removal.distributions[0].info == info
    (environment.site_packages[0] / vendored).unlink()
    restore(replace(environment), removal, removal.distributions)
    assert (environment.site_packages[0] / vendored).exists()


def test_the_same_version_with_other_content_counts_as_changed(environment: Environment) -> None:
    removal = stow(environment, {"one": "1.0"})
    assert removal is not None
    assert is_untouched(removal, environment)
    module = environment.site_packages[0] / "one" / "__init__.py"
    content = module.read_text()
    module.unlink()
    module.write_text(content)
    assert is_untouched(removal, environment)
    module.unlink()
    module.write_text("another = True\n")
    assert find_changed(removal, environment) == {"one"}


def test_the_drafts_of_what_was_killed_go_after_a_day(environment: Environment) -> None:
    first = stow(environment, {"one": None})
    assert first is not None
    (first.folder.parent / ".notes").mkdir()
    drafts = {
        age: first.folder.with_name(f".{first.number + age}") for age in (60, -90_000, 90_000)
    }
    for age, draft in drafts.items():
        (draft / "files").mkdir(parents=True)
        os.utime(draft, (first.at - age, first.at - age))
    stow(environment, {"two": None})
    assert [age for age, draft in drafts.items() if draft.exists()] == [60]
    assert (first.folder.parent / ".notes").exists()


def test_the_attic_is_listed_by_environment(environment: Environment) -> None:
    stow(environment, {"one": None})
    stow(environment, {"two": "2.0"})
    (removals,) = list_attics()
    assert {each.environment for each in removals} == {environment.folder}
    assert all(each.size > 0 for each in removals)
    assert [each.distributions[0].replaced_by for each in removals] == ["2.0", None]
    assert removals[0].removed == ()


def test_environments_that_share_a_folder_have_each_its_own(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PRIME", 1)  # all keys have one name
    shutil.copytree(environment.folder, tmp_path / "other")
    other = Environment(tmp_path / "other", ".venv")
    assert store.list_places(environment)[0] == store.list_places(other)[0]
    removal = stow(environment, {"one": None})
    assert (list_removals(environment), list_removals(other)) == ([removal], [])


def test_what_moved_with_its_environment_is_still_its_own(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stow_module, "find_device", lambda path: path == environment.folder)
    assert stow(environment, {"one": None}) is not None
    environment.folder.rename(tmp_path / "moved")
    moved = Environment(tmp_path / "moved", ".venv")
    assert len(list_removals(moved)) == 1
    assert stow(moved, {"two": None}, is_replaced=True) is not None
    shutil.rmtree(moved.folder)
    assert len(list_removals(moved)) == 2
