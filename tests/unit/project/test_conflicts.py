"""What can be selected together, and what is selected instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_workspace
from xrun.project.conflicts import Conflicts, Item, Selection
from xrun.project.offers import Offer, can_select_all, find_offers

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.project.workspace import Workspace

EXTRAS = "[project.optional-dependencies]\n"
GROUPS = "[dependency-groups]\n"
ROOT = frozenset({""})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_of_what_conflicts_only_one_is_offered(folder: Path) -> None:
    tool = """\
[tool.uv]
conflicts = [
  [{ extra = "CPU" }, { extra = "gpu" }, { group = "rocm" }],
  [{ package = "a", group = "dev" }, { package = "a", group = "old" }],
  "nonsense", ["nonsense", { other = "x" }],
]
"""
    extras = f"{EXTRAS}cpu = []\ngpu = []\ndocs = []\n"
    groups = f"{GROUPS}dev = []\nold = []\nrocm = []\ntest = []\n"
    workspace = make_workspace(folder, extras + groups + tool)
    assert find_offers(workspace) == (
        Offer(("cpu", "docs"), ("gpu",)),
        Offer(("test",), ("old", "rocm")),
    )


def test_conflicts_of_members_count_too(folder: Path) -> None:
    conflict = '[tool.uv]\nconflicts = [[{ extra = "x" }, { extra = "y" }]]\n'
    workspace = make_workspace(
        folder, "", {"b": f"{EXTRAS}x = []\n", "c": f"{EXTRAS}y = []\n{conflict}"}
    )
    assert Conflicts(workspace).sets == (
        frozenset({Item("extra", "x", "c"), Item("extra", "y", "c")}),
    )
    assert find_offers(workspace)[0] == Offer(("x",), ("y",))
    assert can_select_all(workspace)


def test_members_that_conflict_cannot_all_be_selected(folder: Path) -> None:
    conflict = '[tool.uv]\nconflicts = [[{ package = "B" }, { package = "c" }]]\n'
    assert not can_select_all(make_workspace(folder, conflict, {"b": "", "c": ""}))
    assert can_select_all(make_workspace(folder, conflict.replace('"c"', '"d"'), {"b": ""}))


def conflict(*items: str) -> str:
    return f"[tool.uv]\nconflicts = [[{', '.join('{' + item + '}' for item in items)}]]\n"


CPU = EXTRAS + "cpu = []\ngpu = []\nmore = []\n" + GROUPS + "dev = []\nold = []\n"


def cover(workspace: Workspace) -> list[tuple[str, ...]]:
    conflicts = Conflicts(workspace)
    covering = conflicts.cover()
    assert not any(map(conflicts.find, covering))
    assert all(any(each.has(item) for each in covering) for item in conflicts.list_items())
    return [conflicts.render(each, beside=ROOT) for each in covering]


def test_without_conflicts_one_selection_covers_all(folder: Path) -> None:
    assert cover(make_workspace(folder, CPU)) == [
        ("--extra=cpu", "--extra=gpu", "--extra=more", "--group=old")
    ]


def test_extras_that_conflict_are_covered_by_a_selection_each(folder: Path) -> None:
    workspace = make_workspace(folder, CPU + conflict('extra = "cpu"', 'extra = "gpu"'))
    assert cover(workspace) == [("--extra=cpu", "--extra=more", "--group=old"), ("--extra=gpu",)]


def test_what_conflicts_with_a_default_group_is_covered_without_that(folder: Path) -> None:
    workspace = make_workspace(folder, CPU + conflict('group = "dev"', 'group = "old"'))
    alone = ("--group=old", "--no-group=dev")
    assert cover(workspace) == [("--extra=cpu", "--extra=gpu", "--extra=more"), alone]


def test_a_group_conflicts_through_what_it_includes(folder: Path) -> None:
    groups = 'dev = []\nold = []\nolder = [{ include-group = "old" }]\n'
    workspace = make_workspace(folder, GROUPS + groups + conflict('group = "dev"', 'group = "old"'))
    assert cover(workspace) == [(), ("--group=old", "--group=older", "--no-group=dev")]


def test_members_that_conflict_are_covered_one_by_one(folder: Path) -> None:
    workspace = make_workspace(
        folder, conflict('package = "b"', 'package = "c"'), {"b": "", "c": ""}
    )
    assert cover(workspace) == [(), ("--package=b",), ("--package=c",)]


def test_an_extra_of_two_members_that_conflict_is_covered_in_each_alone(folder: Path) -> None:
    fast = f"{EXTRAS}fast = []\n"
    text = conflict('package = "b", extra = "fast"', 'package = "c", extra = "fast"')
    workspace = make_workspace(folder, text, {"b": fast, "c": fast})
    fasts = [("--package=b", "--extra=fast"), ("--package=c", "--extra=fast")]
    assert cover(workspace) == [("--all-packages",), *fasts]


def test_what_conflicts_with_the_new_goes_and_the_rest_stays(folder: Path) -> None:
    text = conflict('extra = "cpu"', 'extra = "gpu"', 'group = "old"')
    conflicts = Conflicts(make_workspace(folder, CPU + text))
    selection = conflicts.select(ROOT, ("cpu", "more", "unknown"), ())
    assert selection == Selection(ROOT, frozenset({"cpu", "more"}), frozenset({"dev"}))
    wider = conflicts.extend(selection, [Item("extra", "gpu")])
    assert wider == Selection(ROOT, frozenset({"gpu", "more"}), frozenset({"dev"}))
    wider = conflicts.extend(selection, [Item("group", "old")])
    assert wider == Selection(ROOT, frozenset({"more"}), frozenset({"dev", "old"}))
    assert conflicts.extend(selection, [Item("extra", "gpu"), Item("extra", "cpu")]) is None


def test_options_are_read_as_the_selection_they_make(folder: Path) -> None:
    workspace = make_workspace(folder, CPU, {"b": f"{EXTRAS}plot = []\n{GROUPS}lint = []\n"})
    conflicts = Conflicts(workspace)
    extras, groups = frozenset({"cpu", "more"}), frozenset({"dev"})
    assert conflicts.read_words(["--extra=CPU", "--extra=more", "--extra=plot"]) == Selection(
        ROOT, extras, groups
    )
    words = ["--all-packages", "--all-extras", "--no-extra=gpu", "--group=lint", "--no-group=dev"]
    everyone = frozenset({"", "b"})
    assert conflicts.read_words(words) == Selection(
        everyone, extras | {"plot"}, frozenset({"lint"})
    )
    assert conflicts.read_words(["--package=b"]) == Selection(frozenset({"b"}))
