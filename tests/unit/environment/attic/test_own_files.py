"""What of RECORD is a distribution's own, and what of it uv would not remove as it should."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.drift.strays import find_strays
from xrun.environment.attic.own_files import (
    Folders,
    find_closed,
    is_left_to_uv,
    list_files,
    list_old_files,
)
from xrun.environment.attic.restore import restore
from xrun.environment.attic.stow import stow
from xrun.environment.attic.unfinished import finish
from xrun.environment.attic.uninstall import find_odd, remove
from xrun.environment.damage import find_broken
from xrun.proxy import BIN
from xrun.proxy.dataclass import replace

from .test_unfinished import BASE, install, make_files, snap

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

INFO = "one-1.0.dist-info"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    found = make_environment(tmp_path / ".venv")
    install(found, make_files("two", "1.0"))
    write(tmp_path, {"outside.txt": "", "shelf/mod.py": ""})
    return found


def bring(environment: Environment, *rows: str) -> None:
    """Install a distribution whose RECORD has these rows besides."""
    install(environment, make_files("one", "1.0", *rows))


def bring_as_poetry(environment: Environment, place: Path | None = None) -> None:
    """Install an editable as Poetry 2.5.1 does, maybe in an environment that was moved since."""
    site = environment.site_packages[0]
    files = {"one.pth": "/src\n", f"../../../{BIN}/one": "#!python\n"}
    files |= {f"{INFO}/METADATA": "Name: one\n", f"{INFO}/RECORD": ""}
    install(environment, files)
    moved = (place or environment.folder) / site.relative_to(environment.folder)
    paths = [moved.parents[2] / BIN / "one" if "bin" in file else moved / file for file in files]
    (site / INFO / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in paths))


def list_own(environment: Environment) -> set[str]:
    return {*list_files(Folders(environment), environment.distributions["one"])}


PLAIN = frozenset(
    {
        f"{BIN}/one",
        "share/one/1.0/a.txt",
        f"{BASE}/one/__init__.py",
        f"{BASE}/one/of_1.0/__init__.py",
    }
    | {f"{BASE}/{INFO}/{file}" for file in ("INSTALLER", "METADATA", "RECORD")}
)


@pytest.mark.parametrize(
    ("rows", "is_left"),
    [
        ((), True),
        (("one/gone.py", "../../../../gone.txt"), True),
        (("../../../../outside.txt",), False),
        (("../../../pyvenv.cfg",), False),
        ((f"../../../{BIN}/python",), False),
        (("../../../pyvenv.CFG", "../../.."), False),
        (("one",), False),
        (("one/of_1.0", "."), False),
        (("../../../elsewhere/mod.py",), False),
    ],
)
def test_what_an_environment_is_made_with_and_what_lies_outside_is_never_its_own(
    environment: Environment, tmp_path: Path, rows: tuple[str, ...], *, is_left: bool
) -> None:
    bring(environment, *rows)
    (environment.folder / "elsewhere").symlink_to(tmp_path / "shelf")
    assert list_own(environment) == PLAIN
    assert is_left_to_uv(Folders(environment), environment.distributions["one"]) is is_left


@pytest.mark.parametrize(
    ("link", "rows", "is_left"),
    [
        ("shelf", ("shelf/mod.py",), False),
        ("shelf", ("shelf",), True),
        ("one/shelf", (), True),
        ("one/shelf", ("one/shelf/mod.py",), False),
        ("one/shelf", ("one/shelf/deep/mod.py", "one/shelf"), True),  # nothing is behind it
    ],
)
def test_a_folder_that_is_a_link_is_its_own_and_nothing_behind_it(
    environment: Environment, tmp_path: Path, link: str, rows: tuple[str, ...], *, is_left: bool
) -> None:
    bring(environment, *rows)
    (environment.site_packages[0] / link).symlink_to(tmp_path / "shelf")
    assert list_own(environment) == {*PLAIN, f"{BASE}/{link}"}
    assert is_left_to_uv(Folders(environment), environment.distributions["one"]) is is_left


def test_a_link_behind_which_another_one_has_files_too_is_not_its_own(
    environment: Environment, tmp_path: Path
) -> None:
    bring(environment, "shelf/mod.py")
    install(environment, make_files("three", "1.0", "shelf/deep/other.py"))
    (environment.site_packages[0] / "shelf").symlink_to(tmp_path / "shelf")
    assert list_own(environment) == PLAIN
    assert not is_left_to_uv(Folders(environment), environment.distributions["one"])


@pytest.fixture
def shelf(environment: Environment, tmp_path: Path) -> Path:
    """A link behind which two distributions have files."""
    bring(environment, "shelf/mod.py")
    install(environment, make_files("three", "1.0", "shelf/deep/other.py"))
    write(tmp_path, {"shelf/deep/other.py": ""})
    link = environment.site_packages[0] / "shelf"
    link.symlink_to(tmp_path / "shelf")
    return link


def test_a_link_goes_with_the_last_that_has_files_behind_it_and_comes_back(
    environment: Environment, shelf: Path
) -> None:
    before = snap(environment)
    removal = stow(environment, {"one": None, "three": None})
    assert removal is not None
    remove(replace(environment), ["one"])
    assert shelf.is_symlink()
    remove(replace(environment), ["three"])
    assert not shelf.is_symlink()
    restore(replace(environment), removal, removal.distributions)
    assert snap(environment) == before
    remove(replace(environment), ["one", "three"])
    assert not shelf.is_symlink()


def test_a_link_goes_with_the_last_where_another_one_was_replaced_meanwhile(
    environment: Environment, shelf: Path
) -> None:
    before = replace(environment)
    assert all(each.paths for each in before.every_distribution)
    shutil.rmtree(before.distributions["three"].folder)  # by uv
    remove(before, ["one"])
    assert not shelf.is_symlink()


def test_a_link_that_another_one_needs_stays_when_a_half_removed_one_goes_to_its_end(
    environment: Environment, shelf: Path
) -> None:
    removal = stow(environment, {"one": None, "three": "2.0"})
    assert removal is not None
    (environment.site_packages[0] / "one" / "__init__.py").unlink()
    assert finish(removal, replace(environment)) == ("one",)
    assert shelf.is_symlink()


def test_where_all_is_installed_behind_a_link_it_is_its_own(
    environment: Environment, tmp_path: Path
) -> None:
    bring(environment)
    environment.site_packages[0].rename(tmp_path / "packages")
    environment.site_packages[0].symlink_to(tmp_path / "packages")
    assert list_own(environment) == PLAIN
    assert is_left_to_uv(Folders(environment), environment.distributions["one"])


@pytest.mark.parametrize("is_moved", [False, True])
def test_absolute_paths_are_read_wherever_the_environment_is_now(
    environment: Environment, tmp_path: Path, *, is_moved: bool
) -> None:
    bring_as_poetry(environment, tmp_path / "former" if is_moved else None)
    expected = {f"{BASE}/one.pth", f"{BIN}/one", f"{BASE}/{INFO}/METADATA", f"{BASE}/{INFO}/RECORD"}
    assert list_own(environment) == expected
    assert find_strays(environment, {}) == ()
    assert not is_left_to_uv(Folders(environment), environment.distributions["one"])
    (environment.site_packages[0] / "one.pth").unlink()
    assert find_broken(replace(environment)) == ("one",)


@pytest.mark.parametrize("form", ["made", "folder", "outside", "link", "poetry", "other", "nul"])
def test_what_uv_would_not_remove_as_it_should_goes_without_it_and_comes_back(
    environment: Environment, tmp_path: Path, form: str
) -> None:
    before = snap(environment)
    if form == "poetry":
        bring_as_poetry(environment)
    else:
        rows = {"made": "../../../pyvenv.cfg", "folder": "../../..", "outside": "../../../../shelf"}
        rows |= {"other": "two-1.0.dist-info/RECORD", "nul": "one/a\0b"}
        bring(environment, rows.get(form, "one/shelf/mod.py"))
        if form == "link":
            (environment.site_packages[0] / "one" / "shelf").symlink_to(tmp_path / "shelf")
    whole, shelf = snap(environment), sorted(tmp_path.glob("shelf/*"))
    removal = stow(environment, {"one": None})
    assert removal is not None
    remove(replace(environment), ["one"])
    assert snap(environment) == before  # as uv leaves it
    assert not (environment.site_packages[0] / "one").exists()
    restore(replace(environment), removal, removal.distributions)
    assert snap(environment) == whole
    assert sorted(tmp_path.glob("shelf/*")) == shelf


def test_all_of_one_name_are_removed_in_one_way(environment: Environment) -> None:
    bring(environment, "../../../pyvenv.cfg")
    install(environment, make_files("one", "0.9"))
    assert find_odd(environment, ["one", "two"]) == {"one"}
    remove(environment, ["one"])
    assert set(replace(environment).distributions) == {"two"}


@pytest.mark.parametrize("part", ["two", "two/__pycache__"])
def test_what_sudo_left_closes_a_distribution(
    environment: Environment, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(environment)
    closed = str(environment.site_packages[0] / part)
    monkeypatch.setattr("os.access", lambda path, _: path != closed)
    assert find_closed(environment, {"one", "two"}) == (closed if os.path.isdir(closed) else "")  # noqa: PTH112
    os.makedirs(closed, exist_ok=True)  # noqa: PTH103
    assert find_closed(environment, {"one", "two"}) == closed
    assert find_closed(environment, {"one"}) == ""


def test_what_lies_in_the_folder_of_another_in_a_namespace_is_not_its_own(
    environment: Environment,
) -> None:
    bring(environment, "ns/__init__.py")
    install(environment, make_files("two", "1.0", "ns/two/__init__.py", "ns/two/deep/a.py"))
    names = ("__init__.py", "model", "free/model", "two/__init__.py", "two/cache", "two/deep/cache")
    write(environment.site_packages[0] / "ns", dict.fromkeys(names, ""))
    own = {each for each in list_own(environment) if "/ns/" in each}
    assert own == {f"{BASE}/ns/{name}" for name in ("__init__.py", "model", "free/model")}


OLD = "old-1.0-py3.11.egg-info"
OLD_FILES = {f"{OLD}/PKG-INFO": "Version: 1.0\n", f"{OLD}/top_level.txt": "old\n", "old/a.py": ""}
OLD_LISTED = {
    f"{OLD}/installed-files.txt": "../old/a.py\n../../../../share/old.1\n../two/__init__.py\n"
}
OLD_SCRIPTS = {
    f"{OLD}/entry_points.txt": "[console_scripts]\nold = old:main\n[pytest11]\npip = old\n"
}


@pytest.mark.parametrize(
    ("more", "elsewhere"),
    [
        ({}, set()),
        (OLD_LISTED, {"share/old.1"}),
        (OLD_SCRIPTS, {f"{BIN}/old"}),
        ({"old/model.bin": ""}, set()),
    ],
)
def test_an_egg_info_folder_has_what_it_lists_and_its_modules(
    environment: Environment, more: dict[str, str], elsewhere: set[str]
) -> None:
    site = environment.site_packages[0]
    write(site, OLD_FILES | more)
    write(environment.folder, {f"{BIN}/old": "", f"{BIN}/pip": "", "share/old.1": ""})
    own = {str((site / file).relative_to(environment.folder)) for file in OLD_FILES | more}
    assert {*list_old_files(environment, environment.old_forms["old"])} == own | elsewhere


@pytest.mark.parametrize(
    "files",
    [
        {OLD: "Version: 1.0\n"},
        OLD_FILES | {f"{OLD}/namespace_packages.txt": "old\n"},
        {"old.egg-link": "/src\n.", "easy-install.pth": "/src\n/other\n"},
        {"old.egg-link": "/src\n."},
        {"old.egg-link": "", "easy-install.pth": "\n"},
    ],
)
def test_nothing_says_what_files_some_old_forms_have(
    environment: Environment, files: dict[str, str]
) -> None:
    write(environment.site_packages[0], files)
    assert list_old_files(environment, environment.old_forms["old"]) == ()
