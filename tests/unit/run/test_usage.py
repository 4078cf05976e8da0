"""Which lines uv is asked about, and what counts as a refusal."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.proxy import uv
from xrun.proxy.command_line import parse_invocation
from xrun.run.usage import NOWHERE, find_refusal, is_misused, lacks_files, may_be_refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TAKEN = f"error: No interpreter found at path `{NOWHERE}`\n"


class Asked:
    """A uv that answers what it is told to."""

    def __init__(self, status: int, said: str) -> None:
        self.status, self.said = status, said
        self.lines: list[list[str]] = []

    def __call__(self, _: str, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.lines.append([*words])
        return subprocess.CompletedProcess(words, self.status, "", self.said)


def ask(
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    environ: dict[str, str],
    status: int = 2,
    said: str = TAKEN,
) -> tuple[bool, list[list[str]]]:
    asked = Asked(status, said)
    monkeypatch.setattr(uv, "ask_uv", asked)
    invocation = parse_invocation(line.split())
    is_asked = may_be_refused(invocation, environ)
    return is_asked and find_refusal(invocation, "/bin/uv") is not None, asked.lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--exact --exact x", True),
        ("--package a --package=a x", True),
        ("--no-sync=true x", True),
        ("--frobnicate x", True),
        ("--with --quiet x", True),
        ("-p --exact x", True),
        ("-m --script x", True),
        ("-qq -q --with a --with a x", False),
        ("--with - x", False),
        ("--index-url=-x x", False),
        ("--extra a --extra a x --exact --exact", False),
    ],
)
def test_what_the_tables_say_is_misuse(line: str, expected: bool) -> None:  # noqa: FBT001
    assert is_misused(parse_invocation(line.split())) is expected


@pytest.mark.parametrize(
    ("line", "environ"),
    [
        ("x", {}),
        ("--extra a --exact -q python -V --with b", {"UV_NO_SYNC": "1", "UV_ISOLATED": "0"}),
        ("-m x", {"UV_RUN_RECURSION_DEPTH": "100"}),
    ],
)
def test_what_the_dry_run_reads_too_is_not_asked(
    line: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(monkeypatch, line, environ) == (False, [])


@pytest.mark.parametrize(
    ("line", "environ"),
    [
        ("--with a x", {}),
        ("--env-file a x", {}),
        ("--color a x", {}),
        ("--python-platform a x", {}),
        ("x", {"UV_ENV_FILE": "a"}),
        ("x", {"UV_NO_SYNC": "perhaps"}),
        ("x", {"UV_RUN_RECURSION_DEPTH": "101"}),
        ("x", {"UV_RUN_RECURSION_DEPTH": "deep"}),
        ("-m -", {}),
        ("no\udcff", {}),
        ("--extra \udcff x", {}),
    ],
)
def test_what_only_a_run_reads_is_asked(
    line: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(monkeypatch, line, environ)[0] is False
    assert ask(monkeypatch, line, environ, said="error: something else\n")[0] is True
    assert ask(monkeypatch, line, environ, status=-9, said="")[0] is False


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("-q --with a python x.py", ["-q", "--with", "a", NOWHERE]),
        ("--with a -m -", ["--with", "a", "-m", "-"]),
        ("-p 3.9 --with a -- x", ["--with=a", NOWHERE]),
        ("-qq --with a x", ["--with=a", NOWHERE]),
        ("-qqp3.9 --with a x", ["--with=a", NOWHERE]),
        ("--with a no\udcff", ["--with", "a", "no\udcff"]),
    ],
)
def test_no_program_is_asked_about_that_could_be_run(
    line: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, lines = ask(monkeypatch, line, {})
    assert lines == [["run", f"--python={NOWHERE}", *asked]]


def test_requirements_are_looked_for_where_the_run_is(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "", "b.txt": ""})
    for word in ("a.txt", "a.txt,b.txt", "-", "https://example.org/x.txt", str(tmp_path / "a.txt")):
        assert not lacks_files(parse_invocation(["--with-requirements", word, "x"]), tmp_path)
    for word in ("c.txt", "a.txt,c.txt"):
        assert lacks_files(parse_invocation([f"--with-requirements={word}", "x"]), tmp_path)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--with", "./there six there[x]<2 a@./there a@file:/// git+ssh://h/p ./$X"),
        ("--with-editable", "there ./there[x,y] . https://h/p"),
    ],
)
def test_what_is_there_or_no_path_is_left_to_uv(tmp_path: Path, option: str, values: str) -> None:
    (tmp_path / "there").mkdir()
    for value in values.split():
        assert not lacks_files(parse_invocation([option, value, "x"]), tmp_path), value


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--with", "./no no/ six,./no a@./no ./no[x,y] ./no.whl a[x]@./no file:///no/such"),
        ("--with-editable", "no ./no ./no[x] .,no"),
    ],
)
def test_a_path_that_is_missing_is_uvs_to_refuse(tmp_path: Path, option: str, values: str) -> None:
    for value in values.split():
        assert lacks_files(parse_invocation([option, value, "x"]), tmp_path), value


def test_a_script_that_cannot_be_read_is_uvs_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"one.py": "", "two": "", "folder/one.py": ""})
    lines = ("one.py", "--script two", "--script folder", "--script missing", "two", "folder")
    found = [line for line in lines if lacks_files(parse_invocation(line.split()), tmp_path)]
    assert found == ["--script folder"]
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = [line for line in lines if lacks_files(parse_invocation(line.split()), tmp_path)]
    assert found == ["one.py", "--script two", "--script folder"]
