"""A stamp is renewed where what decides was only written again, and uv answers the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.proxy.renewal import LARGEST, read_digest, renew_stamp, select_deciding, write_renewal
from xrun.proxy.stamp import find_stamp, take_identities, write_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PYPROJECT = """\
[project]
name = "app"
description = "one"
dependencies = [
    "alpha",
]
[project.optional-dependencies]
description = ["beta"]
[dependency-groups]
dev = ["gamma"]
[tool.other]
setting = [
    1,
]
[[tool.other.sources]]
name = "x"
[tool.uv]
package = false
conflicts = [
    [{ extra = "a" }, { extra = "b" }],
]
[tool.xrun]
mode = "exact"
"""
SAME = {
    "description": ("one", "two"),
    "a setting of another tool": ("    1,", "    2,"),
    "a table of another tool": ('name = "x"', 'name = "y"'),
    "a blank line, a comment": ("[tool.uv]", "\n # [tool.uv]\n[tool.uv]"),
    "one more tool": ("[tool.uv]", "[tool.new]\nx = 1\n[tool.uv]"),
}
OTHER = {
    "name": ('"app"', '"apps"'),
    "dependencies": ("alpha", "beta"),
    "an extra of that name": ('["beta"]', '["gamma"]'),
    "a group": ("gamma", "delta"),
    "a setting of uv's": ("package = false", "package = true"),
    "behind a bracket": ('"b" }', '"c" }'),
    "behind brackets": ("    [{ extra", "    [tool_extra"),
    "the policy": ('"exact"', '"report"'),
    "a build system": ("[tool.other]", "[build-system]\n[tool.other]"),
    "a string over lines": (
        "description = 'one'",
        '''description = """
[tool.uv]
"""''',
    ),
}
LOCK, RULE = "uv.lock", "xrun.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of which a run is remembered, and a uv that says what stands in `answer`."""
    program = '#!/bin/sh\necho "$@" >> "${0%/*}/asked"\necho warm >&2\ncat "${0%/*}/answer"\n'
    files = {"pyproject.toml": PYPROJECT, LOCK: "lock", RULE: "rule", "uv": program, "answer": "a"}
    write(tmp_path, files | {"environment/file": "", "interpreter": "python"})
    (tmp_path / "uv").chmod(0o755)
    return tmp_path


def remember(folder: Path) -> None:
    names = ("pyproject.toml", LOCK, RULE, "interpreter", "missing")
    inputs = take_identities([str(folder / name) for name in names])
    where, later = str(folder / "environment"), 1 << 62
    assert write_stamp("key", ["--frozen"], inputs, where=where, launcher="launcher", since=later)
    write_renewal("key", ["sync", "--dry-run"], "a", inputs)


def renew(folder: Path) -> tuple[str, str, list[str]] | None:
    assert find_stamp("key") is None
    return renew_stamp(str(folder / "uv"), "key")


def rewrite(folder: Path, old: str, new: str) -> None:
    file = folder / "pyproject.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize("name", SAME)
def test_nothing_that_decides_has_changed(folder: Path, name: str) -> None:
    remember(folder)
    rewrite(folder, *SAME[name])
    assert renew(folder) == (str(folder / "environment"), "launcher", ["--frozen"])
    assert (folder / "asked").read_text() == "sync --dry-run\n"


@pytest.mark.parametrize("name", OTHER)
def test_something_that_may_decide_has_changed(folder: Path, name: str) -> None:
    if name == "a string over lines":
        rewrite(folder, '"one"', "'one'")
    remember(folder)
    rewrite(folder, *OTHER[name])
    assert renew(folder) is None
    assert not (folder / "asked").exists()


TOUCHED: Mapping[str, Callable[[Path], object]] = {
    "written again": lambda folder: [
        (folder / name).write_text((folder / name).read_text()) for name in (LOCK, RULE)
    ],
    "replaced": lambda folder: (write(folder, {"x": "lock"}) / "x").replace(folder / LOCK),
}
CHANGED: Mapping[str, Callable[[Path], object]] = {
    "the lock file": lambda folder: (folder / LOCK).write_text("another"),
    "a policy": lambda folder: (folder / RULE).write_text("another"),
    "a file that is gone": lambda folder: (folder / RULE).unlink(),
    "a file that appeared": lambda folder: (folder / "missing").write_text(""),
    "a program": lambda folder: (folder / "interpreter").write_text("python"),
    "uv's answer": lambda folder: (TOUCHED["replaced"](folder), write(folder, {"answer": "b"})),
    "a warning": lambda folder: (
        TOUCHED["replaced"](folder),
        write(folder, {"uv": (folder / "uv").read_text().replace("warm", "warning: x")}),
    ),
}


@pytest.mark.parametrize("name", TOUCHED)
def test_a_file_is_the_same_by_what_stands_in_it(folder: Path, name: str) -> None:
    remember(folder)
    TOUCHED[name](folder)
    assert renew(folder) is not None


@pytest.mark.parametrize("name", CHANGED)
def test_another_file_or_answer_is_not_the_same(folder: Path, name: str) -> None:
    remember(folder)
    CHANGED[name](folder)
    assert renew(folder) is None


def test_a_renewed_stamp_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(folder)
    rewrite(folder, *SAME["description"])
    monkeypatch.setattr("time.time_ns", lambda: 1 << 62)
    assert renew(folder) == find_stamp("key")


def test_what_changes_while_uv_is_asked_counts(folder: Path) -> None:
    remember(folder)
    rewrite(folder, *SAME["description"])
    program = (folder / "uv").read_text()
    write(folder, {"uv": f'{program}echo >> "${{0%/*}}/{RULE}"\n'})
    assert renew(folder) is None


def test_what_was_written_since_it_was_looked_at_has_no_digest(folder: Path) -> None:
    inputs = take_identities([str(folder / RULE)])
    write_stamp("key", [], inputs, where=str(folder), since=1 << 62)
    (folder / RULE).write_text("another")
    write_renewal("key", ["sync"], "a", inputs)
    assert renew(folder) is None


def test_a_file_that_is_missing_has_no_digest(tmp_path: Path) -> None:
    assert read_digest(str(tmp_path / LOCK)) == ""


def test_a_file_that_is_too_large_has_no_digest(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("#\n" * (LARGEST // 2 + 1) + "[tool.xrun]\n")
    assert read_digest(str(file)) == ""


def test_a_key_that_describes_counts_in_any_other_table() -> None:
    lines = [b"[project]", b"readme = 1", b"[project.urls]", b"readme = 1"]
    assert [*select_deciding(lines)] == [b"[project]", b"[project.urls]", b"readme = 1"]


@pytest.mark.parametrize(
    "head",
    [
        *(b'[tool."xrun"]', b"[tool.'uv']", b'[tool."\\u0078run"]', b"[tool]"),
        *(b"[tool. xrun]", b"[tool.\tuv]", b"[ tool . xrun ]", b"[[ tool. xrun.rules]]"),
    ],
)
def test_a_table_whose_name_is_quoted_or_spaced_counts(head: bytes) -> None:
    assert [*select_deciding([head, b'mode = "refuse"'])] == [head, b'mode = "refuse"']
