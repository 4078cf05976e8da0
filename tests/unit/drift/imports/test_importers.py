"""Which lines of a project import what only certain distributions provide."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.drift.finding import Imports
from xrun.drift.imports import importers, parallel
from xrun.drift.imports.importers import find_importers
from xrun.environment.modules import Modules

if TYPE_CHECKING:
    from pathlib import Path

STORAGE, TASKS = frozenset({"google-cloud-storage"}), frozenset({"google-cloud-tasks"})
OPENCV = frozenset({"opencv-python", "opencv-python-headless"})
MODULES = Modules(
    regular={
        "requests": frozenset({"requests"}),
        "yaml": frozenset({"pyyaml"}),
        "cv2": OPENCV,
        "google.cloud.storage": STORAGE,
        "google.cloud.tasks": TASKS,
        "host": frozenset({"host"}),
        "host.guest": frozenset({"guest"}),
        "xml": frozenset({"wrong"}),
    },
    folders={
        "google": STORAGE | TASKS,
        "google.cloud": STORAGE | TASKS,
        "host": frozenset({"host", "guest"}),
    },
    unsearched={},
)
ALL = frozenset[str]().union(*MODULES.regular.values())


def find(
    root: Path,
    names: frozenset[str] = ALL,
    *,
    members: tuple[Path, ...] = (),
    deadline: float | None = None,
) -> Imports:
    sources = sorted(path for path in root.rglob("*.py") if path.name != "__init__.py")
    return find_importers(sources, root, MODULES, names, members=members, deadline=deadline)


def tell(found: Imports) -> dict[str, list[str]]:
    return {name: list(map(str, each)) for name, each in found.by_distribution.items()}


def test_lines_are_told_by_distribution_sorted(tmp_path: Path) -> None:
    text = "import os\nimport yaml\nfrom requests import get, post\n"
    write(tmp_path, {"z.py": text, "a/b.py": text, "a/c.py": "\n" * 9 + text + "import yaml"})
    assert tell(find(tmp_path)) == {
        "pyyaml": ["a/b.py:2", "a/c.py:11", "a/c.py:13", "z.py:2"],
        "requests": ["a/b.py:3", "a/c.py:12", "z.py:3"],
    }


def test_only_what_was_asked_about_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import yaml\nimport requests\n"})
    assert tell(find(tmp_path, frozenset({"requests", "missing"}))) == {"requests": ["a.py:2"]}
    assert find(tmp_path, frozenset()) == Imports()


def test_a_line_counts_where_no_one_else_provides_the_module(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import cv2\n"})
    assert tell(find(tmp_path, frozenset({"opencv-python"}))) == {}
    assert tell(find(tmp_path, OPENCV)) == {name: ["a.py:1"] for name in sorted(OPENCV)}


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import google.cloud.storage", "google-cloud-storage"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("from google.cloud import tasks as storage", "google-cloud-tasks"),
        ("from google.cloud.storage import Client", "google-cloud-storage"),
        ("from google import cloud", None),
        ("import google.cloud", None),
        ("from google.cloud import *", None),
        ("from google.cloud import missing", None),
        ("import google.missing", None),
        ("from host import guest", "guest"),
        ("from host import other", "host"),
        ("from host import *", "host"),
    ],
)
def test_what_is_imported_is_told_apart(statement: str, name: str | None, tmp_path: Path) -> None:
    write(tmp_path, {"a.py": statement})
    for asked in (STORAGE, TASKS, frozenset({"guest"}), frozenset({"host"})):
        assert tell(find(tmp_path, asked)) == ({name: ["a.py:1"]} if {name} == asked else {})


def test_one_statement_may_count_for_several(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "from google.cloud import storage, tasks\nimport google.cloud\n"})
    both = ["a.py:1", "a.py:2"]
    assert tell(find(tmp_path)) == {"google-cloud-storage": both, "google-cloud-tasks": both}


def test_the_standard_library_comes_first(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import xml\n"})
    assert tell(find(tmp_path)) == {}


@pytest.mark.parametrize(
    "own",
    [
        "yaml.py",
        "yaml/__init__.py",
        "yaml.cpython-311-x86_64-linux-gnu.so",
        "src/yaml/__init__.py",
        "libs/one/yaml.py",
        "libs/one/src/yaml/__init__.py",
        "tests/yaml.py",
        "tests/yaml/__init__.py",
    ],
)
def test_the_projects_own_modules_do_not_count(own: str, tmp_path: Path) -> None:
    write(tmp_path, {own: "", "tests/a.py": "import yaml\nimport requests\nimport yaml.reader\n"})
    found = tell(find(tmp_path, members=(tmp_path, tmp_path / "libs" / "one")))
    assert found == {"requests": ["tests/a.py:2"]}


@pytest.mark.parametrize(
    "own",
    ["yaml/x.txt", "yaml/x.py", "lib/yaml.py", "other/yaml.py", "src/one/yaml.py", "yaml.txt"],
)
def test_what_does_not_come_before_an_installed_module_is_passed_over(
    own: str, tmp_path: Path
) -> None:
    write(tmp_path, {own: "", "tests/a.py": "import yaml\n"})
    assert tell(find(tmp_path)) == {"pyyaml": ["tests/a.py:1"]}


def test_a_module_in_a_package_is_not_in_the_way_of_its_neighbours(tmp_path: Path) -> None:
    files = ("one/__init__.py", "one/yaml.py", "one/sub/__init__.py", "beside/one/__init__.py")
    write(tmp_path, dict.fromkeys((*files, "beside/yaml.py"), ""))
    for name in ("one/a.py", "one/sub/b.py", "beside/one/c.py"):
        write(tmp_path, {name: "import yaml\n"})
    assert tell(find(tmp_path)) == {"pyyaml": ["one/a.py:1", "one/sub/b.py:1"]}


def test_the_projects_part_of_a_namespace_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"src/google/cloud/mine/__init__.py": "", "src/google/cloud/single.py": ""})
    lines = (
        "import google.cloud.mine",
        "from google.cloud import single",
        "import google.cloud",
        "from google.cloud import storage",
    )
    write(tmp_path, {"a.py": "\n".join(lines)})
    assert tell(find(tmp_path)) == {"google-cloud-storage": ["a.py:4"]}


def test_files_that_cannot_be_read_or_parsed_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import yaml", "b.py": "import yaml\n)", "c.py": "import yaml\0"})
    write(tmp_path, {"d.py/x.txt": ""})
    found = find(tmp_path)
    assert tell(found) == {"pyyaml": ["a.py:1"]}
    assert (found.unparsed, found.is_complete) == (3, True)


def test_what_lies_outside_the_root_has_a_path_as_well(tmp_path: Path) -> None:
    write(tmp_path, {"root/a.py": "import yaml\n", "lib/b.py": "import yaml\n"})
    sources = [tmp_path / "root" / "a.py", tmp_path / "lib" / "b.py"]
    found = find_importers(sources, tmp_path / "root", MODULES, ALL)
    assert tell(found) == {"pyyaml": ["../lib/b.py:1", "a.py:1"]}


def test_a_deadline_cuts_the_search_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{at}.py": "import yaml\n" for at in range(5)})
    now = time.monotonic()
    past, far = find(tmp_path, deadline=now), find(tmp_path, deadline=now + 1000)
    assert past == Imports(is_complete=False)
    assert (len(far.by_distribution["pyyaml"]), far.is_complete) == (5, True)
    ticks = iter(range(100))
    monkeypatch.setattr("xrun.drift.imports.importers.time.monotonic", lambda: next(ticks))
    found = find(tmp_path, deadline=3)
    assert (tell(found), found.is_complete) == ({"pyyaml": ["0.py:1", "1.py:1"]}, False)


def test_where_nothing_is_asked_the_search_is_complete(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import yaml\n"})
    assert find(tmp_path, frozenset({"missing"}), deadline=0).is_complete
    assert find_importers([], tmp_path, MODULES, ALL, deadline=0).is_complete


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    write(tmp_path, {f"{at}.py": "" for at in range(120)})
    told: list[tuple[int, int]] = []
    sources = sorted(tmp_path.glob("*.py"))
    find_importers(sources, tmp_path, MODULES, ALL, tell=lambda *args: told.append(args))
    assert told == [(50, 120), (100, 120), (120, 120)]


@pytest.mark.parametrize("deadline", [None, time.monotonic() + 1_000_000], ids=["none", "far"])
def test_what_takes_long_is_spread_over_processes_but_not_with_a_deadline(
    deadline: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread: list[int] = []

    def read_in_processes(paths: list[str], _: object) -> list[tuple[str, None]]:
        spread.append(len(paths))
        return [(path, None) for path in paths]

    write(tmp_path, {f"{at:03}.py": "import yaml\n" for at in range(300)})
    monkeypatch.setattr(parallel, "read_in_processes", read_in_processes)
    monkeypatch.setattr(importers, "ALONE", 0)
    found = find(tmp_path, deadline=deadline)
    assert (spread, found.unparsed) == (([300], 300) if deadline is None else ([], 0))
    assert found.is_complete
    monkeypatch.setattr(importers, "ALONE", 1000)
    assert find(tmp_path).unparsed == 0
