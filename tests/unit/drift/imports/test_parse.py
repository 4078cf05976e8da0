"""What one file imports, as its syntax tree has it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.drift.imports import parse
from xrun.drift.imports.parse import read_imports

if TYPE_CHECKING:
    from pathlib import Path

TOPS = ("one", "ns")


def read(folder: Path, content: str | bytes) -> list[tuple[int, tuple[str, ...]]] | None:
    """Read the imports of a file with this content, in the order of lines."""
    path = write(folder, {"file.py": content}) / "file.py"
    found = read_imports(str(path), TOPS)
    return None if found is None else sorted((each.line, each.names) for each in found)


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("import one", ("one",)),
        ("import one.two.three", ("one.two.three",)),
        ("import one as two", ("one",)),
        ("import os, one", ("one",)),
        ("import os; import one", ("one",)),
        ("from one import two", ("one.two", "one")),
        ("from one.two import three as four", ("one.two.three", "one.two")),
        ("from one import *", ("one",)),
        ("from one import (\n  two,\n)", ("one.two", "one")),
        ("import \\\n  one", ("one",)),
        ("from ns.cloud import storage", ("ns.cloud.storage", "ns.cloud")),
        ("importlib.import_module('one.two')", ("one.two",)),
        ("x = import_module('one')", ("one",)),
        ("f(__import__('one'))", ("one",)),
        ("import_module(name='one', package=None)", ("one",)),
        ("import_module(\n'one')", ("one",)),
        ("async def f(): await g(import_module('one'))", ("one",)),
    ],
)
def test_an_import_is_found(statement: str, names: tuple[str, ...], tmp_path: Path) -> None:
    assert read(tmp_path, f"\n{statement}\n") == [(2, names)]


@pytest.mark.parametrize(
    "statement",
    [
        "from . import one",
        "from .one import two",
        "from .. import one",
        "import two.one",
        "import two as one",
        "from two import one",
        "import one_two, oneself",
        "# import one",
        "'import one'",
        '"""\nimport one\n"""',
        "x = '''\nfrom one import two\n'''",
        "one.two()",
        "import_module('.one', 'two')",
        "import_module('..one', package='two')",
        "import_module(f'one')",
        "import_module(one)",
        "import_module(b'one')",
        "import_module(*one)",
        "import_module(package='one')",
        "import_module()",
        "self.import_module('one')",
        "other.__import__('one')",
        "load('one')",
        "exec('import one')",
    ],
)
def test_what_is_no_import_of_it_is_not_found(statement: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"{statement}\n") == []


@pytest.mark.parametrize(
    "block",
    [
        "try:\n  {}\nexcept ImportError:\n  pass",
        "try:\n  pass\nexcept ImportError:\n  {}",
        "try:\n  pass\nexcept ImportError:\n  pass\nelse:\n  {}",
        "try:\n  pass\nfinally:\n  {}",
        "if TYPE_CHECKING:\n  {}",
        "if x:\n  pass\nelif y:\n  {}",
        "if x:\n  pass\nelse:\n  {}",
        "def f():\n  {}",
        "async def f():\n  {}",
        "class C:\n  def f(self):\n    {}",
        "for x in y:\n  {}",
        "for x in y:\n  pass\nelse:\n  {}",
        "while x:\n  {}",
        "with x:\n  {}",
        "match x:\n  case 1:\n    {}",
        "lambda: 1 if x else 2\n{}",
    ],
)
@pytest.mark.parametrize("statement", ["import one", "import_module('one')"])
def test_it_counts_wherever_it_stands(block: str, statement: str, tmp_path: Path) -> None:
    text = block.format(statement)
    line = 1 + text.split("\n").index(next(row for row in text.split("\n") if statement in row))
    assert read(tmp_path, text) == [(line, ("one",))]


def test_each_import_is_found_with_its_own_line(tmp_path: Path) -> None:
    text = "import one, os, ns.a\nfrom ns import b, c\n\n\nif x: import one\n"
    assert read(tmp_path, text) == [
        (1, ("ns.a",)),
        (1, ("one",)),
        (2, ("ns.b", "ns")),
        (2, ("ns.c", "ns")),
        (5, ("one",)),
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xef\xbb\xbfimport one\n", 1),
        (b"\xef\xbb\xbf# coding: utf-8\nimport one\n", 2),
        (b"import os\r\nimport one\r\n", 2),
        (b"import os\rimport one\r", 2),
        (b"\x0cimport os\n\x0c\nimport one", 3),
        (b"# coding: latin-1\nx = '\xe9'\nimport one\n", 3),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\nimport one\n", 4),
        ("é = 'ü'\nimport one\n".encode(), 2),
        (b"import one", 1),
        (b"\timport one", None),
        (b"x = '\\d'\nassert (x, 'always')\nimport one", 3),  # Python warns of both
    ],
)
def test_a_file_is_read_as_python_reads_it(
    content: bytes, line: int | None, tmp_path: Path
) -> None:
    assert read(tmp_path, content) == (None if line is None else [(line, ("one",))])


@pytest.mark.parametrize(
    "content",
    [
        b"import one\n)",
        b"print 'one'",
        b"import one\0",
        b"import one\nx = '\xe9'\n",
        b"# coding: no-such\nimport one\n",
        b"# coding: hex\nimport one\n",
        b"import one\nx = " + b"-" * 100_000 + b"1",
        b"import one\nx = " + b"(" * 10_000 + b")" * 10_000,
        b"import one\nx = a" + b".b" * 20_000 + b"\nx +",
        b"<<<<<<< HEAD\nimport one\n",
    ],
)
def test_what_does_not_parse_has_no_answer(content: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, content) is None


@pytest.mark.parametrize(
    "error", [SyntaxError, ValueError, UnicodeError, RecursionError, MemoryError, SystemError]
)
def test_whatever_the_parser_gives_up_with_is_no_answer(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: bytes) -> None:
        raise error

    monkeypatch.setattr("xrun.drift.imports.parse.ast.parse", fail)
    assert read(tmp_path, "import one\n") is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"import os\n)", b"import o\xffne"])
def test_where_the_name_does_not_stand_nothing_is_parsed(content: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, content) == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_script_with_metadata_of_its_own_does_not_count(end: str, tmp_path: Path) -> None:
    lines = ("#!/usr/bin/env python", "# /// script", '# dependencies = ["one"]', "# ///")
    assert read(tmp_path, end.join((*lines, "import one", ""))) == []
    assert read(tmp_path, end.join(("# /// other", "# ///", "import one", ""))) != []
    assert read(tmp_path, end.join(("x = 1  # /// script", "import one", ""))) != []


def test_a_file_too_large_for_a_tree_has_no_answer_where_the_name_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "LARGEST", 100)
    assert read(tmp_path, "import one\n".ljust(100, "#")) == [(1, ("one",))]
    assert read(tmp_path, "import one\n".ljust(101, "#")) is None
    assert read(tmp_path, "import os\n".ljust(101, "#")) == []


def test_ten_megabytes_are_no_trouble(tmp_path: Path) -> None:
    rows = b"    (1, 'one', 2.5),\n" * 500_000
    assert read(tmp_path, b"import one\nx = [\n" + rows + b"]\n") is None
    assert read(tmp_path, b"x = [\n" + rows.replace(b"one", b"two") + b"]\n") == []


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe")
def test_what_cannot_be_read_has_no_answer(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    for name in ("folder.py", "pipe.py", "loop.py", "missing.py"):
        assert read_imports(str(tmp_path / name), TOPS) is None


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads anything")
def test_what_may_not_be_read_has_no_answer(tmp_path: Path) -> None:
    write(tmp_path, {"file.py": "import one"})
    (tmp_path / "file.py").chmod(0)
    assert read_imports(str(tmp_path / "file.py"), TOPS) is None


def test_a_module_may_have_any_name(tmp_path: Path) -> None:
    path = write(tmp_path, {"file.py": "import été\nimport étéx\n"}) / "file.py"
    found = read_imports(str(path), ["été"])
    assert found is not None
    assert [(each.line, each.names) for each in found] == [(1, ("été",))]
