"""What comes back is true: files, not links to nothing, and each distribution whole."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.platforms import can_lock
from xrun.environment.attic import expiry
from xrun.environment.attic import restore as restore_module
from xrun.environment.attic import stow as stow_module
from xrun.environment.attic.choose import Presence, RestoreError, find_presence
from xrun.environment.attic.file_operations import link_or_copy, remove_files
from xrun.environment.attic.journal import load_entries
from xrun.environment.attic.restore import Restored, restore
from xrun.environment.attic.store import Removal, list_removals
from xrun.environment.attic.stow import stow
from xrun.environment.change_lock import exclude_uv
from xrun.environment.damage import find_broken
from xrun.errors import BusyError
from xrun.proxy import locks
from xrun.proxy.dataclass import replace

from .test_unfinished import BASE, Files, install, make_files, snap

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

locked = pytest.mark.skipif(not can_lock(), reason="nothing goes where nothing can be locked")

TOOL = "../../../bin/tool"


def bring(environment: Environment, name: str, files: Files, version: str = "1.0") -> None:
    """Install a distribution over whatever is there, as installers do; with more files."""
    install(environment, {**make_files(name, version, *files), **files})


def lose(environment: Environment, *names: str) -> Removal:
    """Put distributions away and remove them."""
    removal = stow(replace(environment), dict.fromkeys(names))
    assert removal is not None
    files = {str(environment.folder / file) for each in removal.removed for file in each.files}
    remove_files(environment, files)
    return removal


def bring_back(environment: Environment, removal: Removal) -> Restored:
    return restore(replace(environment), removal, removal.distributions)


def turn_into_links(environment: Environment, cache: Path, name: str) -> None:
    """Turn what a distribution lists into links to a cache, but for what an installer writes."""
    package = environment.site_packages[0] / name
    info = environment.site_packages[0] / f"{name}-1.0.dist-info"
    for path in [*package.rglob("*.py"), info / "METADATA"]:
        real = cache / name / path.relative_to(environment.site_packages[0])
        real.parent.mkdir(parents=True, exist_ok=True)
        path.rename(real)
        path.symlink_to(real)


@pytest.fixture
def linked(environment: Environment, tmp_path: Path) -> Environment:
    """An environment made with uv's link mode "symlink"."""
    for name in ("one", "two"):
        install(environment, make_files(name, "1.0"))
        turn_into_links(environment, tmp_path / "cache", name)
    return environment


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the cache lie on another file system."""
    link = os.link

    def refuse(source: Any, target: Any, **options: Any) -> None:
        if (tmp_path / "cache") in (tmp_path / source).parents:
            raise OSError(18, "Invalid cross-device link")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", refuse)


def read(environment: Environment, *names: str) -> dict[str, str]:
    files = (environment.site_packages[0] / name / "__init__.py" for name in names)
    return {path.parent.name: path.read_text() for path in files}


def test_what_lay_in_a_cache_comes_back_after_it_was_cleaned(
    linked: Environment, tmp_path: Path
) -> None:
    before = read(linked, "one", "two")
    removal = lose(linked, "one", "two")
    shutil.rmtree(tmp_path / "cache" / "one")  # and two is still there
    assert bring_back(linked, removal) == Restored(removal.distributions)
    assert read(linked, "one", "two") == before
    assert find_broken(replace(linked)) == ()


def test_nothing_changes_while_it_is_put_away_as_what_it_leads_to(linked: Environment) -> None:
    before = snap(linked)
    removal = stow(linked, {"one": None})
    assert removal is not None
    (one,) = removal.distributions
    assert find_presence(linked, removal, one) is Presence.WHOLE
    assert stow_module.find_changed(removal, linked) == set()
    assert bring_back(linked, removal).sharers == ()
    assert snap(linked) == before


def test_links_that_died_where_they_are_installed_are_completed(
    linked: Environment, tmp_path: Path
) -> None:
    before = read(linked, "one")
    removal = stow(linked, {"one": None})
    assert removal is not None
    shutil.rmtree(tmp_path / "cache")
    assert find_presence(linked, removal, removal.distributions[0]) is Presence.PARTIAL
    bring_back(linked, removal)
    assert read(linked, "one") == before


@pytest.mark.usefixtures("no_links")
def test_what_is_nothing_but_links_to_nothing_is_said_and_does_not_come(
    linked: Environment, tmp_path: Path
) -> None:
    removal = lose(linked, "one", "two")
    before = snap(linked)
    shutil.rmtree(tmp_path / "cache" / "one" / "one")  # in part
    with pytest.raises(RestoreError, match=r"links to a cache that was cleaned: one$") as caught:
        bring_back(linked, removal)
    assert caught.value.details == ("uv pip install --no-config -p .venv one==1.0",)
    assert "`xrunctl restore two`" in caught.value.hint
    assert snap(linked) == before
    assert [path.name for path in linked.site_packages[0].iterdir()] == []
    two = [each for each in removal.distributions if each.name == "two"]
    restore(replace(linked), removal, two)
    assert find_broken(replace(linked)) == ()


def test_an_editable_comes_back_only_where_its_source_is(
    environment: Environment, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    url = json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}})
    bring(environment, "one", {"one-1.0.dist-info/direct_url.json": url})
    before = snap(environment)
    removal = lose(environment, "one")
    lost = snap(environment)
    source.rename(tmp_path / "moved")
    with pytest.raises(RestoreError, match=re.escape(f"is missing: one ({source})")):
        bring_back(environment, removal)
    assert snap(environment) == lost
    (tmp_path / "moved").rename(source)
    bring_back(environment, removal)
    assert snap(environment) == before


def test_links_of_its_own_stay_links(environment: Environment, tmp_path: Path) -> None:
    bring(environment, "one", {"one/target.so": ""})
    package = environment.site_packages[0] / "one"
    (package / "alias.so").symlink_to("target.so")
    (tmp_path / "data").write_text("large\n")
    (package / "data").symlink_to(tmp_path / "data")  # somebody's own; no RECORD lists it
    before = snap(environment)
    removal = lose(environment, "one")
    (tmp_path / "data").unlink()
    bring_back(environment, removal)
    assert snap(environment) == before


@locked
@pytest.mark.parametrize("when", ["before", "later", "upgraded"])
def test_files_that_another_one_has_meanwhile_come_back_with_all_others(
    environment: Environment, when: str
) -> None:
    if when != "later":
        bring(environment, "two", {TOOL: "two's"})
    bring(environment, "one", {TOOL: "one's", "shared/data": ""})
    whole = snap(environment)
    removal = lose(environment, "one")
    if when == "upgraded":
        lose(environment, "two")
    version = "2.0" if when == "upgraded" else "1.0"
    bring(environment, "two", {TOOL: "two's", "shared/data": "other"}, version)
    former = snap(environment)
    assert bring_back(environment, removal).sharers == ("two",)
    now = snap(environment)
    assert {file: now[file] for file in removal.distributions[0].files} == {
        file: whole[file] for file in removal.distributions[0].files
    }
    assert former["bin/tool"] == "two's"
    assert now["bin/tool"] == "one's"
    assert find_broken(replace(environment)) == ()
    # What they were replaced in is in the attic, and in the journal.
    aside = list_removals(environment)[0]
    assert [(each.name, each.replaced_by) for each in aside.distributions] == [("two", version)]
    assert aside.find_stowed("bin/tool").read_text() == "two's"
    assert aside.is_swap
    assert [entry.at for entry in load_entries(environment)] == [aside.at]


@locked
def test_two_removals_that_share_a_file_both_come_back(environment: Environment) -> None:
    removals = []
    for name in ("one", "two"):
        bring(environment, name, {TOOL: f"{name}'s"})
        removals.append(lose(environment, name))
    for removal, sharers in zip(removals, ((), ("one",)), strict=True):
        assert bring_back(environment, removal).sharers == sharers
        name = removal.distributions[0].name
        assert (environment.folder / "bin" / "tool").read_text() == f"{name}'s"
    assert set(replace(environment).distributions) == {"one", "two"}
    assert find_broken(replace(environment)) == ()


@locked
@pytest.mark.parametrize("name", ["RECORD", "tool"])
def test_what_cannot_come_back_leaves_what_was_in_its_place(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bring(environment, "one", {TOOL: "one's"})
    removal = lose(environment, "one")
    bring(environment, "two", {TOOL: "two's"})
    before = snap(environment)

    failing = [name]

    def fill(source: str, target: str) -> None:
        if target.endswith(f"/{failing[-1]}") and not os.path.lexists(target):
            failing.append("no other")
            raise OSError(28, "No space left on device")
        link_or_copy(source, target)

    monkeypatch.setattr(restore_module, "link_or_copy", fill)
    with pytest.raises(RestoreError, match="No space left"):
        bring_back(environment, removal)
    assert snap(environment) == before
    assert [each.folder for each in list_removals(environment)] == [removal.folder]
    assert load_entries(environment) == []


@pytest.mark.parametrize("end", ["METADATA", "__init__.py"])
def test_a_full_disk_leaves_no_half_copied_file_and_no_empty_folder(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    bring(environment, "one", make_files("one", "1.0"))
    removal = lose(environment, "one")
    before = snap(environment)

    def fill(source: str, target: str) -> None:
        link_or_copy(source, target)
        if target.endswith(end):
            raise OSError(28, "No space left on device", target)

    with monkeypatch.context() as patch:
        patch.setattr(restore_module, "link_or_copy", fill)
        with pytest.raises(RestoreError, match="No space"):
            bring_back(environment, removal)
    assert snap(environment) == before
    assert bring_back(environment, removal).back


def test_nothing_is_replaced_where_commands_run(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(environment, "one", {TOOL: "one's"})
    removal = lose(environment, "one")
    bring(environment, "two", {TOOL: "two's"})
    before = snap(environment)
    monkeypatch.setattr(locks, "be_alone", lambda *_: locks.Alone(None))
    with pytest.raises(RestoreError, match=r"is in use.*files of two"):
        bring_back(environment, removal)
    assert snap(environment) == before


@pytest.mark.parametrize("form", ["file", "folder", "folder's file"])
def test_all_that_nobody_owns_in_the_way_is_named_at_once(
    environment: Environment, form: str
) -> None:
    bring(environment, "one", {TOOL: "one's"})
    bring(environment, "two", {TOOL: "two's"})
    removal = lose(environment, "one")
    script, package = environment.folder / "bin" / "one", environment.site_packages[0] / "one"
    if form == "folder's file":
        package.write_text("mine\n")
    else:
        package.mkdir()
        for path in (script, package / "__init__.py"):
            path.write_text("mine\n") if form == "file" else path.mkdir()
    before = snap(environment)
    with pytest.raises(RestoreError, match="in the way") as caught:
        bring_back(environment, removal)
    assert f".venv/{BASE}/one" in caught.value.message
    assert ("bin/one" in caught.value.message) is (form != "folder's file")
    assert snap(environment) == before


@locked
@pytest.mark.parametrize("there", ["", "2.0", "1.0"], ids=["nothing", "another", "the same"])
def test_what_was_written_at_run_time_stays_as_it_is_now(
    environment: Environment, there: str
) -> None:
    cache, lost = (environment.site_packages[0] / "one" / name for name in ("cache", "model"))
    bring(environment, "one", {})
    cache.write_text("then")  # no RECORD lists it, so no installer takes it
    lost.write_text("downloaded")
    before = snap(environment)
    removal = lose(environment, "one")
    if there:
        bring(environment, "one", {}, version=there)
    for path in (cache, lost):
        path.unlink(missing_ok=True)
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("now")
    there_now = find_presence(replace(environment), removal, removal.distributions[0])
    assert there_now is {"": Presence.ABSENT, "2.0": Presence.OTHER, "1.0": Presence.PARTIAL}[there]
    if there == "2.0":
        lose(environment, "one")
        cache.parent.mkdir(exist_ok=True)
        cache.write_text("now")
    bring_back(environment, removal)
    assert snap(environment) == {**before, os.path.relpath(cache, environment.folder): "now"}


def test_a_folder_in_the_way_is_nobodys_whatever_a_record_lists(environment: Environment) -> None:
    bring(environment, "one", {TOOL: "one's"})
    removal = lose(environment, "one")
    bring(environment, "two", {TOOL: "two's"})
    (environment.folder / "bin" / "tool").unlink()
    (environment.folder / "bin" / "tool").mkdir()
    with pytest.raises(RestoreError, match=r"in the way, .*bin/tool$"):
        bring_back(environment, removal)
    assert "one" not in replace(environment).distributions


@locked
def test_what_is_restored_stays_in_the_attic_however_much_comes_instead(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(environment, "one", {TOOL: "one's"})
    removal = lose(environment, "one")
    bring(environment, "two", {TOOL: "two's"})
    monkeypatch.setattr(expiry, "MOST_BYTES", 1)
    bring_back(environment, removal)
    assert removal.folder in [each.folder for each in list_removals(environment)]
    assert "one" in replace(environment).distributions


@locked
def test_nothing_comes_back_while_uv_changes_the_environment(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(environment, make_files("one", "1.0"))
    removal = lose(environment, "one")
    before = snap(environment)
    monkeypatch.setattr("xrun.environment.waiting.SHORT", 0.0)
    monkeypatch.setenv("UV_LOCK_TIMEOUT", "0")
    with exclude_uv(environment.folder), pytest.raises(BusyError, match="lock"):
        bring_back(environment, removal)
    assert snap(environment) == before
    assert bring_back(environment, removal) == Restored(removal.distributions)


@locked
def test_what_an_installer_that_was_killed_left_empty_makes_way(environment: Environment) -> None:
    install(environment, make_files("one", "1.0"))
    removal = lose(environment, "one")
    install(environment, {"one/__init__.py": "version = '2.0'\n"})
    (environment.site_packages[0] / "one-2.0.dist-info").mkdir()
    (one,) = removal.distributions
    assert find_presence(replace(environment), removal, one) is Presence.OTHER
    restore_module.bring_back(replace(environment), removal, [one], {"one"}, print)
    assert [each.version for each in replace(environment).every_distribution] == ["1.0"]
    assert find_broken(replace(environment)) == ()


@locked
def test_what_made_way_in_vain_is_as_before_and_no_backup(environment: Environment) -> None:
    install(environment, make_files("one", "1.0"))
    removal = lose(environment, "one")
    install(environment, make_files("one", "2.0"))
    install(environment, {"one/of_1.0": "in the way"})
    before = snap(environment)
    with pytest.raises(RestoreError, match="in the way"):
        restore_module.bring_back(
            replace(environment), removal, removal.distributions, {"one"}, print
        )
    assert snap(environment) == before
    assert list_removals(environment) == [removal]
    assert load_entries(environment) == []
