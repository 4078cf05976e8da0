"""Where a user's own folders are, and that nothing is made where there is no home."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from unit.make import make_environment
from xrun.environment.attic.journal import load_entries, write_entry
from xrun.environment.attic.store import Removal, Removed
from xrun.policy.load import load_policy
from xrun.policy.rules import read_circumstances
from xrun.project import user_folders
from xrun.project.user_folders import (
    Distrusted,
    close_folders,
    find_owner,
    list_state,
    resolve_config_folder,
    resolve_site_config_folder,
    resolve_state_folder,
)
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.files import read_records, resolve_cache_file, write_records
from xrun.run.facts import gather_facts
from xrun.run.stamp_inputs import list_inputs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("places", [None, "", "/one", "/one:/two"])
@pytest.mark.parametrize("has_xdg", {user_folders.HAS_XDG, False})
def test_with_a_home_they_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, places: str | None, *, has_xdg: bool
) -> None:
    monkeypatch.setattr(user_folders, "HAS_XDG", has_xdg)
    for name in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        if places is not None:
            monkeypatch.setenv(name, places.partition(":" if "HOME" in name else "-")[0])
    assert resolve_config_folder() == platformdirs.user_config_path("xrun", appauthor=False)
    assert resolve_state_folder() == platformdirs.user_state_path("xrun", appauthor=False)
    expected = platformdirs.site_config_path("xrun", appauthor=False)
    assert resolve_site_config_folder() == expected


def find_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_folders_of_an_older_xrun_are_closed(own_machine: Path) -> None:
    cache, state = own_machine / ".cache" / "xrun", own_machine / ".local" / "state" / "xrun"
    files = [cache / "stamps" / "a", state / "attic" / "a", state / "journal.jsonl"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    closed = [cache, cache / "stamps", state, state / "attic", files[-1]]
    for path in closed:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert close_folders() == Distrusted()
    assert [find_mode(path) for path in closed] == [0o700] * 4 + [0o600]
    assert files[0].exists()  # no one else could write it
    (cache / "stamps").chmod(0o770)
    assert close_folders() == Distrusted((cache / "stamps",))
    assert not files[0].exists()
    assert files[1].exists()
    (state / "link").symlink_to(own_machine)
    before = find_mode(own_machine)
    assert close_folders() == Distrusted()
    assert find_mode(own_machine) == before


@pytest.mark.skipif(sys.platform == "win32", reason="owners are of POSIX")
def test_what_was_kept_beside_someone_elses_is_found_when_that_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, removed = os.geteuid(), (Removed("six", "1.0"),)
    environment = make_environment(tmp_path / ".venv")
    state = resolve_state_folder()
    monkeypatch.setattr("os.geteuid", lambda: user + 1)  # root's, say, after `sudo` once
    state.mkdir(parents=True)
    assert close_folders().foreign == ((state, find_owner(state)),)
    beside = state.with_name(f"xrun-{user + 1}")
    assert list_state("attic") == [beside / "attic"]
    monkeypatch.setattr("os.geteuid", lambda: user)
    beside.mkdir()
    beside.rename(state.with_name(f"xrun-{user}"))
    state.chmod(0o777)
    write_entry(Removal(1.0, environment.folder, removed))
    close_folders()
    write_entry(Removal(2.0, environment.folder, removed))
    assert [entry.at for entry in load_entries(environment)] == [2.0, 1.0]


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user without HOME and without an entry among the users, in an empty folder."""
    if sys.platform == "win32":
        pytest.skip("homes are of POSIX")
    import pwd

    def find(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", find)
    monkeypatch.delenv("HOME")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_a_home_nothing_is_kept_and_nothing_made(homeless: Path) -> None:
    file = resolve_cache_file("kind", "key")
    write_records(file, ["a"])
    assert read_records(file) == []
    environment = make_environment(homeless / ".venv")
    write_entry(Removal(0.0, environment.folder, (Removed("six", "1.0"),)))
    assert [*homeless.iterdir()] == [homeless / ".venv"]


def test_a_home_that_is_no_absolute_path_is_none(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "home")
    write_records(resolve_cache_file("kind", "key"), ["a"])
    assert [*homeless.iterdir()] == []


@pytest.mark.parametrize("is_told", [False, True], ids=["newer platformdirs", "older platformdirs"])
def test_without_a_home_there_is_no_layer_of_the_user(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    monkeypatch.setattr(user_folders, "HAS_XDG", False)
    if is_told:
        monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_, **__: "~/.config/xrun")
    (homeless / "~" / ".config" / "xrun").mkdir(parents=True)
    (homeless / "~" / ".config" / "xrun" / "xrun.toml").write_text('mode = "off"\n')
    (homeless / "pyproject.toml").write_text('[project]\nname = "a"\n')
    invocation = parse_invocation(["true"])
    facts = gather_facts(invocation, "/bin/uv", (0, 13, 9), os.environ)
    circumstances = read_circumstances(invocation, os.environ, is_terminal=False)
    policy = load_policy(facts.workspace, facts.folder, os.environ, circumstances)
    assert policy.mode == "exact"
    assert list_inputs(facts, policy, invocation)
