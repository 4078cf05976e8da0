"""One `pyproject.toml`, and the lock file beside it: what xrun reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.project.workspace import Project, load_project, read_locked_files, read_locked_folders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "content",
    [b"[project", b"name = \xff", b"number = " + b"1" * 5000, None],
    ids=["not TOML", "not UTF-8", "a number too long", "missing"],
)
def test_a_file_that_cannot_be_read_declares_nothing(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        write(tmp_path, {"pyproject.toml": content})
    found = load_project(tmp_path)
    assert (found.is_read, found.declares, found.is_managed) == (False, False, True)
    assert found.name is None
    assert not found.extras | found.groups | found.dynamic


def test_a_byte_order_mark_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": b"\xef\xbb\xbf" + b'[project]\nname = "x"\n'})
    assert load_project(tmp_path).name == "x"


@pytest.mark.parametrize(
    ("text", "declares"),
    [("", False), ("[tool.black]", False), ("[project]", True), ("[tool.uv.workspace]", True)],
    ids=["empty", "only tools", "project", "workspace"],
)
def test_tells_whether_anything_is_declared(text: str, tmp_path: Path, *, declares: bool) -> None:
    write(tmp_path, {"pyproject.toml": text})
    assert load_project(tmp_path).declares is declares


NAMES = """\
[project]
name = "My_Proj.ect"
dynamic = ["version", "dependencies"]
[project.optional-dependencies]
Web_Server = []
"a.b--c" = []
[dependency-groups]
Type_Check = []
test = []
"""


def test_names_are_normalised(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": NAMES})
    found = load_project(tmp_path)
    assert found.name == "my-proj-ect"
    assert found.extras == {"web-server", "a-b-c"}
    assert found.groups == {"type-check", "test"}
    assert found.dynamic == {"version", "dependencies"}


def test_the_older_dev_dependencies_are_the_group_dev(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": NAMES + "[tool.uv]\ndev-dependencies = []\n"})
    assert load_project(tmp_path).groups == {"type-check", "test", "dev"}


def test_finds_a_table_by_its_dotted_name(tmp_path: Path) -> None:
    found = Project(tmp_path, {"tool": {"uv": {"x": 1}, "y": 2}})
    assert found.find_table("tool", "uv") == {"x": 1}
    assert found.find_table("tool", "y") is None
    assert found.find_table("tool", "y", "z") is None
    assert found.find_table("missing", "uv") is None


LOCK = """\
version = 1
revision = 3

[[package]]
name = "root"
source = { virtual = "." }

[[package]]
name = "lib"
source = { editable = "libs/lib" }

[[package]]
name = "lib-again"
source = { editable = "libs/lib" }

[[package]]
name = "sibling"
source = { directory = "../sibling" }

[[package]]
name = "idna"
source = { registry = "https://index.example/simple" }

[[package]]
name = "fork"
source = { git = "https://git.example/fork" }
"""


def test_reads_the_folders_that_a_lock_file_builds_from(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"uv.lock": LOCK})
    expected = {root, root / "libs" / "lib", tmp_path / "sibling"}
    folders = read_locked_folders(root / "uv.lock")
    assert (set(folders), len(folders)) == (expected, 3)


def test_reads_the_archives_too_and_names_as_toml_has_them(tmp_path: Path) -> None:
    lock = 'source = { path = "a-1.whl" }\nsource = { directory = "we\\"ird" }\n'
    lock += "source = { editable = 'b\\c' }\n"
    root = write(tmp_path, {"uv.lock": lock})
    assert read_locked_files(root / "uv.lock") == (root / "a-1.whl",)
    assert set(read_locked_folders(root / "uv.lock")) == {root / 'we"ird', root / "b\\c"}


@pytest.mark.parametrize("content", [b"", b"\xff", None], ids=["empty", "not UTF-8", "missing"])
def test_a_lock_file_that_cannot_be_read_has_no_folders(
    content: bytes | None, tmp_path: Path
) -> None:
    write(tmp_path, {} if content is None else {"uv.lock": content})
    assert read_locked_folders(tmp_path / "uv.lock") == ()
