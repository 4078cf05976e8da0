"""A command is started as uv would start it, or that is left to uv."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from xrun.proxy.command_line import parse_invocation
from xrun.proxy.launch import list_programs, resolve_argv, resolve_environ

PYTHON = "/app/.venv/bin/python3"
FOLDER, UV = b"/app/.venv", b"/usr/bin/uv"
OWN = {b"PATH": b"/bin", b"Z": b"z", b"A": b"a"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with all that a word may be taken for."""
    monkeypatch.chdir(tmp_path)
    for name in ("x.py", "X.PY", "x.pyc", "x.pyw", ".py", "tool"):
        Path(name).write_text("#!/bin/sh\n")
    for name in ("package", "package.py", "data"):
        Path(name).mkdir()
    for name in ("package/__main__.py", "package.py/__main__.py"):
        Path(name).touch()
    with zipfile.ZipFile("archive", "w") as archive:
        archive.writestr("__main__.py", "")
        archive.comment = b"said at the end" * 1000
    os.mkfifo("pipe")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-m x y", f"{PYTHON} -m x y"),
        ("-m x.py", f"{PYTHON} -m x.py"),
        ("python", PYTHON),
        ("PyThon -c 1", f"{PYTHON} -c 1"),
        ("python3 -c 1", "python3 -c 1"),
        ("x.py -v", f"{PYTHON} x.py -v"),
        ("./x.py", f"{PYTHON} ./x.py"),
        ("X.PY", f"{PYTHON} X.PY"),
        ("--script tool a", f"{PYTHON} tool a"),
        ("--script missing", f"{PYTHON} missing"),
        ("-- tool", "tool"),
        ("./tool a", "./tool a"),
        ("pytest -x", "pytest -x"),
        ("data", "data"),
        ("/bin/sh", "/bin/sh"),
    ],
)
def test_starts_what_uv_would_start(line: str, expected: str) -> None:
    assert resolve_argv(parse_invocation(line.split()), PYTHON) == expected.split()


@pytest.mark.parametrize(
    "word",
    [
        *("x.pyc", "x.pyw", ".py", "missing.py", "package.py", "package", "./package/"),
        *("archive", "pipe", "tool/", "x" * 5000),
    ],
)
def test_leaves_to_uv_what_is_more_than_a_start(word: str) -> None:
    assert resolve_argv(parse_invocation([word]), PYTHON) is None


@pytest.mark.parametrize("word", ["data", "package", "pipe"])
def test_leaves_to_uv_a_script_that_is_no_file(word: str) -> None:
    assert resolve_argv(parse_invocation(["--script", word]), PYTHON) is None


@pytest.mark.parametrize("option", [(), ("--script",), ("--module",)])
@pytest.mark.parametrize("url", ["http://x.test/a.py", "https://x.test/a", "http:/x.test/a.py"])
def test_leaves_a_url_to_uv_whatever_stands_before_it(option: tuple[str, ...], url: str) -> None:
    assert resolve_argv(parse_invocation([*option, url]), PYTHON) is None


def test_no_word_is_left_to_uv() -> None:
    assert resolve_argv(parse_invocation(["--", ""]), PYTHON) is None


@pytest.mark.parametrize(
    ("sets", "more"),
    [
        ("-", {}),
        ("UV,DEPTH", {b"UV": UV, b"UV_RUN_RECURSION_DEPTH": b"1"}),
        ("UV,DEPTH,NOFILE", {b"UV": UV, b"UV_RUN_RECURSION_DEPTH": b"1"}),
    ],
)
def test_sets_what_that_uv_sets_in_order(sets: str, more: dict[bytes, bytes]) -> None:
    found = resolve_environ({**OWN, b"UV": b"/other"} if more else {**OWN}, FOLDER, sets, UV)
    expected = {**OWN, b"PATH": b"/app/.venv/bin:/bin", b"VIRTUAL_ENV": FOLDER, **more}
    assert found is not None
    assert [*found.items()] == sorted(expected.items())


@pytest.mark.parametrize(
    ("path", "expected"), [(None, b"/app/.venv/bin"), (b"", b"/app/.venv/bin:")]
)
def test_a_path_that_is_not_there_or_empty(path: bytes | None, expected: bytes) -> None:
    environ = {} if path is None else {b"PATH": path}
    found = resolve_environ(environ, FOLDER, "UV,DEPTH", UV)
    assert found is not None
    assert found[b"PATH"] == expected


@pytest.mark.parametrize(("depth", "expected"), [(b"4", b"5"), (b"007", b"8"), (b"100", b"101")])
def test_counts_how_deep_uv_runs_in_uv(depth: bytes, expected: bytes) -> None:
    environ = {b"UV_RUN_RECURSION_DEPTH": depth}
    found = resolve_environ(environ, FOLDER, "UV,DEPTH", UV)
    assert found is not None
    assert found[b"UV_RUN_RECURSION_DEPTH"] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (b"UV_RUN_RECURSION_DEPTH", depth)
            for depth in (b"", b"x", b"-1", b"+3", b"101", b"9" * 5000)
        ),
        (b"UV_RUN_MAX_RECURSION_DEPTH", b"5"),
        (b"RUST_LOG", b"debug"),
        (b"HTTP_TIMEOUT", b"x"),
        (b"_PYTHON_HOST_PLATFORM", b"x"),
        (b"SSL_CLIENT_CERT", b"/no/such/file"),
        (b"SSL_CERT_FILE", b"/no/such/file"),
        (b"SSL_CERT_DIR", b"/:/no/such/folder"),
        (b"__PYVENV_LAUNCHER__", b"/usr/bin/python"),
    ],
)
def test_leaves_to_uv_what_it_refuses_or_says(name: bytes, value: bytes) -> None:
    assert resolve_environ({**OWN, name: value}, FOLDER, "UV,DEPTH", UV) is None


def test_certificates_that_are_there_change_nothing() -> None:
    environ = {**OWN, b"SSL_CERT_DIR": b"/:/bin", b"SSL_CERT_FILE": b""}
    assert resolve_environ(environ, FOLDER, "UV,DEPTH", UV) is not None


def test_a_folder_that_path_cannot_name_is_left_to_uv() -> None:
    assert resolve_environ({**OWN}, b"/a:b/.venv", "UV,DEPTH", UV) is None


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("tool", "/a::/b:", ["/a/tool", "tool", "/b/tool", "tool"]),
        ("./tool", "/a", ["./tool"]),
    ],
)
def test_looks_for_a_program_as_execvp_does(name: str, path: str, expected: list[str]) -> None:
    assert [*list_programs(name, path)] == expected
