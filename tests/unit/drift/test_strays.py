"""What uv cannot see is found by reading: strays, leaks, lost RECORDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xrun.drift.finding import Kind
from xrun.drift.strays import find_strays
from xrun.environment.environment import Environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    folder = tmp_path / "venv" / "lib" / "python3.12" / "site-packages"
    folder.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.1\n")
    return folder


def install(site_packages: Path, name: str, *files: str, record: bool = True) -> None:
    info = site_packages / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\n")
    for file in files:
        path = site_packages / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    if record:
        (info / "RECORD").write_text("".join(f'"{file}",,\n' for file in files))


def found(site_packages: Path, **environ: str) -> list[tuple[Kind, str]]:
    environment = Environment(site_packages.parents[2], ".venv")
    return [(each.kind, each.name) for each in find_strays(environment, environ)]


def test_what_distributions_own_is_no_stray(site_packages: Path) -> None:
    install(site_packages, "one", "one/__init__.py", "one.pth", "__pycache__/x.pyc")
    install(site_packages, "two", "two.py", "_two.cpython-312.so", "ns/two/m.py")
    for name in ("_virtualenv.py", "_virtualenv.pth", "README.txt"):
        (site_packages / name).touch()
    (site_packages / "__pycache__").mkdir(exist_ok=True)
    assert found(site_packages) == []


@pytest.mark.parametrize(
    "name", ["lost.py", "lost.so", "lost.pth", "lost/__init__.py", "lost/a/m.py"]
)
def test_what_can_be_imported_and_is_of_no_owner_is_a_stray(site_packages: Path, name: str) -> None:
    install(site_packages, "one", "one.py")
    path = site_packages / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    top = name.partition("/")[0]
    assert found(site_packages) == [(Kind.STRAY, f"lib/python3.12/site-packages/{top}")]


def test_what_a_link_to_a_dist_info_lists_is_of_no_owner(site_packages: Path) -> None:
    install(site_packages, "one", "one.py")
    info = site_packages / "one-1.0.dist-info"
    info.rename(site_packages.parent / "info")
    info.symlink_to(site_packages.parent / "info")
    places = [f"lib/python3.12/site-packages/{name}" for name in (info.name, "one.py")]
    assert found(site_packages) == [(Kind.STRAY, place) for place in places]


def test_an_empty_folder_is_no_module(site_packages: Path) -> None:
    (site_packages / "empty").mkdir()
    assert found(site_packages) == []


def test_an_egg_owns_its_modules(site_packages: Path) -> None:
    (site_packages / "old.egg-info").mkdir()
    (site_packages / "old.egg-info" / "top_level.txt").write_text("old\nolder\n")
    (site_packages / "old.py").touch()
    (site_packages / "older").mkdir()
    (site_packages / "older" / "m.py").touch()
    assert found(site_packages) == []


def test_what_distutils_installed_owns_the_module_of_its_name(site_packages: Path) -> None:
    (site_packages / "old-1.0-py3.12.egg-info").touch()
    (site_packages / "old.py").touch()
    assert found(site_packages) == []


@pytest.mark.parametrize("line", ["", "./other-1.0-py3.12.egg\n"])
def test_the_paths_of_links_are_theirs(site_packages: Path, line: str) -> None:
    """An egg in the same file has no owner."""
    (site_packages / "old.egg-link").write_text("/src/old\n.")
    path = site_packages / "easy-install.pth"
    path.write_text(f"/src/old\n{line}")
    stray = (Kind.STRAY, f"lib/python3.12/site-packages/{path.name}")
    assert found(site_packages) == ([stray] if line else [])


def test_a_distribution_without_record_is_told_and_what_is_surely_its_own_is_not(
    site_packages: Path,
) -> None:
    install(site_packages, "one", "one.py", "other.py", record=False)
    assert found(site_packages) == [
        (Kind.STRAY, "lib/python3.12/site-packages/other.py"),
        (Kind.NO_RECORD, "one"),
    ]
    (site_packages / "one-1.0.dist-info" / "top_level.txt").write_text("other\n")
    assert found(site_packages) == [(Kind.NO_RECORD, "one")]


def test_leaks_are_told_and_fail_nothing(site_packages: Path) -> None:
    config = site_packages.parents[2] / "pyvenv.cfg"
    config.write_text(config.read_text() + "include-system-site-packages = true\n")
    assert found(site_packages, PYTHONPATH="/elsewhere") == [
        (Kind.LEAK, "PYTHONPATH"),
        (Kind.LEAK, "include-system-site-packages"),
    ]
    assert not Kind.LEAK.fails_check
    assert Kind.STRAY.fails_check
    assert Kind.NO_RECORD.fails_check
