"""A step that failed or was killed: what it took comes back, or goes to its end, and nothing else.

The steps are those of an installer: it removes what RECORD lists, then links what comes instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from support.platforms import can_lock, patch_system
from unit.make import make_environment, write
from xrun.environment.attic.choose import RestoreError
from xrun.environment.attic.journal import load_entries, write_entry
from xrun.environment.attic.restore import bring_back
from xrun.environment.attic.store import Removal, list_removals
from xrun.environment.attic.stow import stow
from xrun.environment.attic.unfinished import (
    finish,
    finish_unfinished,
    note_unfinished,
    put_back,
)
from xrun.environment.attic.uninstall import remove
from xrun.environment.damage import find_broken
from xrun.environment.marker import begin_step, mark_step, was_interrupted
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from xrun.environment.environment import Environment

Files = dict[str, str]
BASE = "lib/python3.12/site-packages"
MODEL = f"{BASE}/one/model.bin"  # no RECORD lists it


def make_files(name: str, version: str, *more: str, says: str = "") -> Files:
    """Make the files of a distribution; more is what its RECORD lists besides."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"../../../bin/{name}": f"#!{version}\n",
        f"../../../share/{name}/{version}/a.txt": version,
        f"{name}/__init__.py": f"version = '{version}{says}'\n",
        f"{name}/of_{version}/__init__.py": "",
        f"{info}/INSTALLER": "uv",
        f"{info}/METADATA": f"Name: {name}\n",
    }
    rows = [f"{file},sha256=x,{len(text)}" for file, text in files.items()]
    rows += [f"{row},," for row in (*more, f"{info}/RECORD")]
    return {**files, f"{info}/RECORD": "".join(f"{row}\n" for row in rows)}


def install(environment: Environment, files: Mapping[str, str]) -> None:
    for file, text in files.items():
        write(environment.site_packages[0], {file: text})


def snap(environment: Environment) -> Files:
    """Snap what is in an environment, but for uv's lock."""
    return {
        str(path.relative_to(environment.folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_text()
        for path in environment.folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and path != environment.folder / ".lock"
    }


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    found = make_environment(tmp_path / ".venv")
    install(found, make_files("one", "1.0"))
    install(found, make_files("two", "1.0"))
    write(found.site_packages[0], {"one/model.bin": "downloaded"})  # no RECORD lists it
    return found


def take(environment: Environment, name: str = "one", comes: str | None = None) -> Removal:
    removal = stow(replace(environment), {name: comes})
    assert removal is not None
    return removal


def list_unlinks(environment: Environment, files: Iterable[str]) -> Iterator[Callable[[], object]]:
    """List the steps in which an installer removes files, RECORD last."""
    for file in files:
        yield (environment.site_packages[0] / file).resolve().unlink


def list_links(environment: Environment, files: Files) -> Iterator[Callable[[], object]]:
    """List the steps in which an installer adds files, in their order."""
    for file, text in files.items():
        yield partial(put, environment, file, text)


def put(environment: Environment, file: str, text: str) -> None:
    """Put a file in the place of another: never into it, which the attic may have as well."""
    (environment.site_packages[0] / file).unlink(missing_ok=True)
    install(environment, {file: text})


NEW = make_files("one", "2.0")
RECORD_FIRST = dict(sorted(NEW.items(), key=lambda item: not item[0].endswith("RECORD")))
OTHER_SOURCE = make_files("one", "1.0", says="+other")


@pytest.mark.parametrize("new", [RECORD_FIRST, OTHER_SOURCE], ids=["new", "other source"])
@pytest.mark.parametrize("steps", range(1, 14))
def test_what_was_replaced_by_half_comes_back_as_it_was(
    environment: Environment, new: Files, steps: int
) -> None:
    before = snap(environment)
    removal = take(environment, comes="2.0")
    old = make_files("one", "1.0")
    for do in [*list_unlinks(environment, old), *list_links(environment, new)][:steps]:
        do()
    assert put_back(removal, environment, ["one", "two"]) == ("one",)
    assert snap(environment) == before
    assert put_back(removal, environment, ["one"]) == ()


def test_what_is_whole_in_another_version_stays(environment: Environment) -> None:
    removal = take(environment, comes="2.0")
    old = make_files("one", "1.0")
    for do in [*list_unlinks(environment, old), *list_links(environment, NEW)]:
        do()
    before = snap(environment)
    assert put_back(removal, environment, ["one"]) == ()
    assert snap(environment) == before


def test_a_ghost_of_the_old_one_does_not_bring_it_back(environment: Environment) -> None:
    info = environment.site_packages[0] / "one-1.0.dist-info"
    write(info, {"notes.txt": ""})  # no RECORD lists it, so uv leaves it
    removal = take(environment, comes="2.0")
    old = make_files("one", "1.0")
    for do in [*list_unlinks(environment, old), *list_links(environment, NEW)]:
        do()
    assert put_back(removal, environment, ["one"]) == ()
    assert not info.exists()
    assert find_broken(environment, sizes=True) == ()


def test_without_its_record_what_came_is_replaced_as_far_as_it_is_in_the_way(
    environment: Environment,
) -> None:
    removal = take(environment, comes="2.0")
    old = make_files("one", "1.0")
    for do in [*list_unlinks(environment, old), *list_links(environment, NEW)][:-1]:
        do()
    assert put_back(removal, environment, ["one"]) == ("one",)
    assert [each.version for each in replace(environment).every_distribution] == ["1.0", "1.0"]
    assert find_broken(replace(environment), sizes=True) == ()


def test_only_what_is_named_comes_back(environment: Environment) -> None:
    removal = stow(replace(environment), {"one": None, "two": None})
    assert removal is not None
    for name in ("one", "two"):
        for do in list_unlinks(environment, make_files(name, "1.0")):
            do()
    assert put_back(removal, environment, ["two", "three"]) == ("two",)
    assert set(replace(environment).distributions) == {"two"}


def test_a_copy_that_was_cut_off_is_replaced(environment: Environment) -> None:
    before = snap(environment)
    removal = take(environment, comes="1.0")
    path = environment.site_packages[0] / "one" / "__init__.py"
    path.unlink()
    path.write_text("vers")
    assert put_back(removal, environment, ["one"]) == ("one",)
    assert snap(environment) == before


def test_what_others_own_stays_as_it_is(environment: Environment) -> None:
    shared = {"shared/a.py": "a = 2\n", "shared/b.py": "", "three-1.0.dist-info/METADATA": "x"}
    record = "three-1.0.dist-info/RECORD"
    install(environment, {**shared, record: "".join(f"{file},,\n" for file in shared)})
    install(environment, make_files("one", "1.0", "shared/a.py"))
    removal = take(environment, comes="2.0")
    old = make_files("one", "1.0")
    new = make_files("one", "2.0", "shared/a.py", "shared/b.py")
    for do in [*list_unlinks(environment, old), *list_links(environment, new)][:-2]:
        do()
    install(environment, {"shared/a.py": "a = 3\n", list(new)[-1]: new[list(new)[-1]]})
    assert put_back(removal, environment, ["one"]) == ("one",)
    assert {snap(environment)[f"{BASE}/shared/{name}.py"] for name in "ab"} == {"a = 3\n", ""}


def test_nothing_but_the_distribution_is_touched(environment: Environment, tmp_path: Path) -> None:
    write(tmp_path, {"outside.txt": "", "data/mine.txt": ""})
    packages = environment.site_packages[0]
    (packages / "linked").symlink_to(tmp_path / "data")
    before = snap(environment)
    removal = take(environment, comes="2.0")
    rows = ("../../../pyvenv.cfg", "../../../bin/python", "../../../../outside.txt")
    record = make_files("one", "2.0", *rows, "linked/mine.txt", str(tmp_path / "outside.txt"))
    install(environment, {"one-2.0.dist-info/RECORD": list(record.values())[-1]})
    (packages / "one" / "__init__.py").unlink()
    assert put_back(removal, environment, ["one"]) == ("one",)
    assert snap(environment) == before
    assert (tmp_path / "outside.txt").exists()
    assert (tmp_path / "data" / "mine.txt").exists()


def test_what_the_attic_has_no_more_is_not_whole_again(environment: Environment) -> None:
    removal = take(environment, comes="2.0")
    for do in list_unlinks(environment, make_files("one", "1.0")):
        do()
    removal.find_stowed(f"{BASE}/one/__init__.py").unlink()
    assert put_back(removal, environment, ["one"]) == ()
    assert not any(each.name == "one" for each in replace(environment).every_distribution)


def test_a_folder_that_has_become_a_link_is_not_followed(
    environment: Environment, tmp_path: Path
) -> None:
    removal = take(environment, comes="2.0")
    shutil.rmtree(environment.site_packages[0] / "one")
    (tmp_path / "data").mkdir()
    (environment.site_packages[0] / "one").symlink_to(tmp_path / "data")
    assert put_back(removal, environment, ["one"]) == ()
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize(("call", "most"), [("link", 7), ("unlink", 8)])
def test_putting_back_that_was_killed_goes_on(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, call: str, most: int
) -> None:
    before = snap(environment)
    old = make_files("one", "1.0")
    for steps in range(most):
        removal = take(environment, comes="2.0")
        for do in [*list_unlinks(environment, old), *list_links(environment, RECORD_FIRST)][:-1]:
            do()
        with monkeypatch.context() as patch:
            die_after(patch, call, steps)
            with pytest.raises(SystemExit):
                put_back(removal, environment, ["one"])
        put_back(removal, environment, ["one"])
        assert snap(environment) == before, steps
        assert find_broken(replace(environment), sizes=True) == (), steps


def die_after(
    monkeypatch: pytest.MonkeyPatch, call: str, steps: int, how: BaseException | None = None
) -> None:
    """End as if killed at a system call, or let it fail from then on."""
    real, count = getattr(os, call), 0

    def die(*args: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        if count > steps:
            raise how or SystemExit
        real(*args, **options)

    patch_system(monkeypatch.setattr, call, die)


@pytest.mark.parametrize("steps", range(8))
def test_what_was_removed_by_half_goes_to_its_end(environment: Environment, steps: int) -> None:
    before = snap(environment)
    removal = take(environment)
    for do in [*list_unlinks(environment, make_files("one", "1.0"))][:steps]:
        do()
    pycache = environment.site_packages[0] / "one" / "__pycache__"
    write(pycache, {"__init__.cpython-312.pyc": ""})
    finish(removal, environment)
    if steps:  # what was written at run time stays, as where nothing was killed
        listed = {*removal.distributions[0].files} - {MODEL}
        now = {x: text for x, text in snap(environment).items() if not x.endswith(".pyc")}
        assert now == {x: text for x, text in before.items() if x not in listed}
        paths = (*environment.site_packages[0].iterdir(), *environment.folder.iterdir())
        names = {path.name for path in paths}
        assert names == {"one", "two", "two-1.0.dist-info", "bin", "lib", "share", "pyvenv.cfg"}
    assert finish(removal, environment) == ()


def test_what_went_as_a_whole_or_is_installed_again_stays_so(environment: Environment) -> None:
    removal = take(environment)
    for do in list_unlinks(environment, make_files("one", "1.0")):
        do()
    (environment.site_packages[0] / "one" / "model.bin").unlink()
    assert finish(removal, environment) == ()
    install(environment, make_files("one", "1.0"))  # without what it had downloaded
    before = snap(environment)
    assert finish(removal, environment) == ()
    assert snap(environment) == before


def test_what_was_replaced_is_not_finished(environment: Environment) -> None:
    removal = take(environment, comes="2.0")
    next(list_unlinks(environment, make_files("one", "1.0")))()
    before = snap(environment)
    assert finish(removal, environment) == ()
    assert snap(environment) == before


def test_of_what_was_replaced_the_rest_goes_where_uv_took_its_metadata_first(
    environment: Environment,
) -> None:
    removal, site = take(environment, comes="2.0"), environment.site_packages[0]
    shutil.rmtree(site / "one-1.0.dist-info")
    finish(removal, environment)
    assert {file for file in snap(environment) if "/one" in file} == {f"{BASE}/one/model.bin"}
    assert find_broken(replace(environment)) == ()
    finish(removal, environment)
    assert (site / "one" / "model.bin").exists()


def test_what_is_not_in_the_attic_or_others_own_does_not_go(environment: Environment) -> None:
    install(environment, make_files("one", "1.0", "two/__init__.py"))
    removal = take(environment)
    next(list_unlinks(environment, make_files("one", "1.0")))()
    edited = environment.site_packages[0] / "one" / "__init__.py"
    edited.unlink()
    edited.write_text("edited since")
    write(edited.parent, {"new.py": ""})
    assert finish(removal, environment) == ("one",)
    left = {path.name for path in edited.parent.iterdir()}
    assert left == {"__init__.py", "model.bin", "new.py"}
    assert find_broken(replace(environment)) == ()


def test_one_installed_since_in_another_version_keeps_its_files(environment: Environment) -> None:
    removal = take(environment)
    (environment.site_packages[0] / "one-1.0.dist-info" / "RECORD").unlink()
    install(environment, NEW)
    install(environment, {"one/__init__.py": make_files("one", "1.0")["one/__init__.py"]})
    assert finish(removal, environment) == ("one",)
    assert find_broken(replace(environment), sizes=True) == ()
    assert [each.version for each in replace(environment).every_distribution] == ["2.0", "1.0"]


@pytest.mark.parametrize("is_stowed", [True, False])
def test_a_folder_that_is_a_link_stays_with_what_is_behind_it(
    environment: Environment, tmp_path: Path, *, is_stowed: bool
) -> None:
    write(tmp_path, {"data/mine.txt": ""})
    link = environment.site_packages[0] / "one" / "data"
    if is_stowed:
        link.symlink_to(tmp_path / "data")
    removal = take(environment)
    if not is_stowed:
        link.symlink_to(tmp_path / "data")
    next(list_unlinks(environment, make_files("one", "1.0")))()
    assert finish(removal, environment) == ("one",)
    assert link.is_symlink()
    assert (tmp_path / "data" / "mine.txt").exists()


@pytest.mark.parametrize("steps", range(8))
def test_an_end_that_was_killed_goes_on(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    removal = take(environment)
    (environment.site_packages[0] / "one" / "__init__.py").unlink()
    with monkeypatch.context() as patch:
        die_after(patch, "unlink", steps)
        if steps < 7:
            with pytest.raises(SystemExit):
                finish(removal, environment)
    finish(removal, environment)
    assert not (environment.site_packages[0] / "one-1.0.dist-info").exists()
    assert set(replace(environment).distributions) == {"two"}


def test_what_went_in_a_killed_step_is_noted_once(environment: Environment) -> None:
    take(environment, "two")  # and did not go
    removal = take(environment)
    (environment.site_packages[0] / "one" / "__init__.py").unlink()
    assert note_unfinished(environment) == ("one",)
    assert [each.folder for each in list_removals(environment)] == [removal.folder]
    assert [[each.name for each in entry.distributions] for entry in load_entries(environment)] == [
        ["one"]
    ]
    assert note_unfinished(environment) == ()


@pytest.mark.skipif(not can_lock(), reason="what is installed is replaced only by who is alone")
@pytest.mark.parametrize("call", ["link", "unlink"])
def test_a_restore_that_was_killed_while_it_swapped_is_undone(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    removal = swap_shared(environment)
    before, count = snap(environment), len(list_removals(environment))
    for steps in range(1, 60):
        begin_step(environment, removal.folder.name)
        with monkeypatch.context() as patch, contextlib.suppress(SystemExit):
            die_after(patch, call, steps)
            bring_back(replace(environment), removal, removal.distributions, ["one"], print)
            break
        finish_unfinished(replace(environment))
        assert snap(environment) == before, steps
        assert len(list_removals(environment)) == count, steps
    assert replace(environment).distributions["one"].version == "1.0"
    assert steps > 6


@pytest.mark.skipif(not can_lock(), reason="what is installed is replaced only by who is alone")
@pytest.mark.parametrize("name", ["both.py", "one/__init__.py", "one-2.0.dist-info/METADATA"])
def test_what_cannot_be_taken_out_for_another_stays_as_it_was(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    removal, real = swap_shared(environment), os.unlink
    before, count = snap(environment), len(list_removals(environment))

    def refuse(path: str, *rest: Any, **options: Any) -> None:
        if path == str(environment.site_packages[0] / name):
            raise PermissionError(13, "Permission denied", path)
        real(path, *rest, **options)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(RestoreError, match=f"one could not be removed: .*{name}"):
        bring_back(replace(environment), removal, removal.distributions, ["one"], print)
    assert snap(environment) == before
    assert len(list_removals(environment)) == count


@pytest.mark.skipif(not can_lock(), reason="what is installed is replaced only by who is alone")
def test_what_a_full_disk_kept_out_is_left_to_the_next_run(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    removal = swap_shared(environment)
    before = snap(environment)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("xrun.environment.attic.restore.link_or_copy", refuse)
        patch.setattr("xrun.environment.attic.unfinished.link_or_copy", refuse)
        with (
            pytest.raises(OSError, match=r"No space left on device; the next run .* one"),
            mark_step(environment, removal.folder.name),
        ):
            bring_back(replace(environment), removal, removal.distributions, ["one"], print)
    assert was_interrupted(environment)
    finish_unfinished(replace(environment))
    assert snap(environment) == before


def swap_shared(environment: Environment) -> Removal:
    """Remove one of two with a file in common, and install it in another version."""
    install(environment, {**make_files("two", "1.0", "both.py"), "both.py": "of two"})
    install(environment, {**make_files("one", "1.0", "both.py"), "both.py": "of one"})
    removal = take(environment)
    remove(replace(environment), ["one"])
    write_entry(removal)
    install(environment, {**make_files("one", "2.0", "both.py"), "both.py": "of one 2.0"})
    return removal


def test_what_shared_files_with_what_was_removed_by_half_has_its_own_again(
    environment: Environment,
) -> None:
    install(environment, make_files("one", "1.0", "both.py"))
    install(environment, {**make_files("two", "1.0", "both.py"), "both.py": "of two"})
    take(environment)
    next(list_unlinks(environment, ["both.py"]))()
    finish_unfinished(replace(environment))
    assert set(replace(environment).distributions) == {"two"}
    assert find_broken(replace(environment)) == ()
