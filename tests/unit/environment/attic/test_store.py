"""What the attic says of itself is believed like any other input."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.environment.attic.choose import RestoreError, check_is_believed
from xrun.environment.attic.journal import find_journal, load_entries, write_entry
from xrun.environment.attic.own_files import Folders, list_files
from xrun.environment.attic.restore import restore
from xrun.environment.attic.store import (
    MANIFEST,
    Removal,
    Removed,
    is_inside,
    list_removals,
    parse_removed,
    read_removals,
)
from xrun.environment.attic.stow import stow
from xrun.environment.attic.unfinished import list_unfinished, note_unfinished
from xrun.proxy.dataclass import replace

from .test_restore import lose
from .test_unfinished import BASE, install, make_files, snap

if TYPE_CHECKING:
    from xrun.environment.environment import Environment

ODD_PATHS = (
    *("", ".", "..", "../x", "/etc/passwd", "//etc/passwd", "lib/../../x", "lib/../x", "./lib/x"),
    *("lib//x", "lib/", "lib/\0x", "lib/\ud800"),
)
MADE = ("pyvenv.cfg", "bin/python", "bin/python3.12", "bin/activate", "lib64")
SIX = Removed("six", "1.0")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    found = make_environment(tmp_path / ".venv")
    for name in ("one", "two"):
        install(found, make_files(name, "1.0"))
    return found


def mangle(removal: Removal, **changes: object) -> None:
    """Change what the manifest says of its first distribution."""
    path = removal.folder / MANIFEST
    document = json.loads(path.read_text())
    document["distributions"][0].update(changes)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "changes",
    [{"at": 10**400}, {"distributions": []}, {"size": 10**400}, {"size": -1}, {"size": 1e400}],
)
def test_a_damaged_manifest_is_passed_over(
    environment: Environment, changes: dict[str, object]
) -> None:
    path = lose(environment, "one").folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    assert [*read_removals(environment)] == list_unfinished(environment) == []


@pytest.mark.parametrize("is_sorted", [False, True])
@pytest.mark.parametrize("command", ["xrun true", 'xrun , "distributions": [', "x" * 5000])
def test_a_head_says_all_but_what_went(
    environment: Environment, command: str, *, is_sorted: bool
) -> None:
    removal = stow(environment, {"one": None}, command=command)
    assert removal is not None
    path = removal.folder / MANIFEST
    document = json.loads(path.read_text())
    if is_sorted:  # as it was written once
        path.write_text(json.dumps(document, sort_keys=True))
    assert [*read_removals(environment, is_whole=False)] == [replace(removal, distributions=())]
    assert list_removals(environment) == [removal]
    path.write_text(json.dumps({**document, "distributions": [1]}))
    assert [*read_removals(environment, is_whole=False)] == [replace(removal, distributions=())]


def test_what_leads_out_is_not_inside() -> None:
    assert [path for path in ODD_PATHS if is_inside(path)] == []
    assert all(map(is_inside, ("x", "lib/x", "..x/y", "lib/..x", " ", "a\nb", "-x")))


@pytest.mark.parametrize(
    ("removed", "oddity"),
    [
        (SIX, ""),
        (replace(SIX, files=("lib/six.py", "bin/pythonic")), ""),
        (replace(SIX, name="Six"), "the name 'Six'"),
        (replace(SIX, name=".."), "the name '..'"),
        (replace(SIX, name="--index-url=x"), "the name '--index-url=x'"),
        (replace(SIX, name="a/b"), "the name 'a/b'"),
        (replace(SIX, version="1\n2"), r"the version '1\n2'"),
        *((replace(SIX, files=("ok", path)), f"the path {path!r}") for path in ODD_PATHS),
        *((replace(SIX, files=(path,)), f"the path {path!r}") for path in MADE),
    ],
)
def test_what_is_odd_of_a_distribution_that_went(removed: Removed, oddity: str) -> None:
    assert removed.oddity == oddity
    assert Removal(1, Path("/venv"), (SIX, removed)).oddity == oddity


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../x"},
        {"files": ["../../outside.txt"]},
        {"files": ["/etc/hostname"]},
        {"files": ["pyvenv.cfg"]},
        {"files": ["../other/site-packages/x-1.dist-info/RECORD"]},
    ],
)
def test_an_odd_one_is_an_error_before_anything_is_placed(
    environment: Environment, changes: dict[str, object]
) -> None:
    removal = lose(environment, "one", "two")
    mangle(removal, **changes)
    before = snap(environment)
    (odd,) = read_removals(environment)
    with pytest.raises(RestoreError, match="where a distribution's name") as caught:
        check_is_believed(odd)
    assert f"{removal.folder / MANIFEST} has the " in caught.value.message
    assert f"move {removal.folder} away" in caught.value.hint
    with pytest.raises(RestoreError, match="nothing was brought back"):
        restore(environment, odd, odd.distributions)
    # What goes on by itself leaves it alone.
    assert list_removals(environment) == list_unfinished(environment) == []
    assert note_unfinished(environment) == ()
    assert snap(environment) == before
    assert removal.folder.is_dir()


@pytest.mark.parametrize("place", ["one", "one/of_1.0", "../../../share/one"])
def test_nothing_is_placed_behind_a_link(
    environment: Environment, tmp_path: Path, place: str
) -> None:
    removal = lose(environment, "one", "two")
    link = Path(os.path.normpath(environment.site_packages[0] / place))
    link.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "elsewhere").mkdir()
    link.symlink_to(tmp_path / "elsewhere")
    before = snap(environment)
    with pytest.raises(RestoreError, match="in the way") as caught:
        restore(replace(environment), removal, removal.distributions)
    assert caught.value.message.endswith(f".venv/{link.relative_to(environment.folder)}")
    assert snap(environment) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_environment_behind_a_link_gets_its_own_back(
    environment: Environment, tmp_path: Path
) -> None:
    before = snap(environment)
    site = environment.site_packages[0]
    site.rename(tmp_path / "packages")
    site.symlink_to(tmp_path / "packages")
    (tmp_path / "link").symlink_to(environment.folder)
    linked = replace(environment, folder=tmp_path / "link")
    removal = lose(linked, "one")
    restore(replace(linked), removal, removal.distributions)
    site.unlink()
    (tmp_path / "packages").rename(site)
    assert snap(environment) == before


@pytest.mark.parametrize(
    "document",
    [
        {"name": "six"},
        {"name": 6, "version": "1"},
        {"name": "six", "version": "1", "files": "lib"},
        {"name": "six", "version": "1", "files": [1]},
        {"name": "six", "version": "1", "replaced_by": 2},
        {"name": "six", "version": "1", "direct_url": []},
    ],
)
def test_what_is_malformed_is_not_read(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        parse_removed(document)


def test_what_a_newer_one_adds_is_passed_over() -> None:
    assert parse_removed({"name": "six", "version": "1.0", "colour": "red"}) == SIX


@pytest.mark.parametrize(
    "change",
    [
        {"at": "nan"},
        {"at": float("inf")},
        {"at": 10**400},
        {"removed": []},
        {"environment": ".venv"},
        {"removed": [{"name": "../x", "version": "1"}]},
        {"removed": [{"name": "six", "version": "1\x1b[31m"}]},
        {"removed": {"name": "six"}},
    ],
)
def test_an_odd_line_of_the_journal_does_not_count(
    environment: Environment, change: dict[str, object]
) -> None:
    entry = Removal(1.0, environment.folder, (SIX,))
    write_entry(entry)
    line = {**json.loads(find_journal().read_text()), **change}
    with find_journal().open("a") as file:
        file.write(f"{json.dumps(line)}\n{'[' * 100_000}\n")
    assert load_entries(environment) == [entry]


def test_what_looks_like_a_part_of_an_environment_may_be_a_distributions(
    environment: Environment,
) -> None:
    file = "one/create/_virtualenv.py"  # virtualenv has one
    install(environment, make_files("one", "1.0", file))
    write(environment.site_packages[0], {file: "", "_virtualenv.py": ""})
    assert f"{BASE}/{file}" in list_files(Folders(environment), environment.distributions["one"])
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert removal.oddity == ""
