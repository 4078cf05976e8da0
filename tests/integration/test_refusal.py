"""What uv refuses changes nothing, whatever there is to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, Pyproject

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import ProjectFactory


Xrun = tuple[str, ...]
LINES: list[tuple[tuple[str | bytes, ...], dict[str, str]]] = [
    (("--with", "not a requirement", "true"), {}),
    (("--with", "--quiet", "true"), {}),
    (("--with-requirements", "missing.txt", "true"), {}),
    (("--with", "./missing", "true"), {}),
    (("--with-editable", "missing", "true"), {}),
    (("--with-requirements", "-", "-"), {}),
    (("--env-file", "missing", "true"), {}),
    (("-m", "-"), {}),
    (("--script", "."), {}),
    ((b"no-\xff-such",), {}),
    (("true",), {"UV_ENV_FILE": "missing"}),
    (("true",), {"UV_NO_SYNC": "perhaps"}),
    (("true",), {"UV_RUN_RECURSION_DEPTH": "101"}),
]
INSTALLED = ("alpha==2.0", "delta==1.0")


def list_separate(project: Project) -> set[Path]:
    """The separate environments of this session, all tests'."""
    return {*project.sandbox.home.glob(".cache/xrun/environments/*")}


@pytest.mark.parametrize("mode", ["exact", "report", "separate"])
def test_what_uv_refuses_changes_nothing(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("delta")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    lock = (project.folder / "uv.lock").read_bytes()
    before = list_separate(project)
    for words, variables in LINES:
        result = project.run(*xrun, *words, XRUN_MODE=mode, **variables)
        assert (result.status in {1, 2}, project.installed()) == (True, INSTALLED), result
        assert (project.folder / "uv.lock").read_bytes() == lock
        assert list_separate(project) == before


def test_a_selection_that_is_not_there_makes_no_environment(project: Project, xrun: Xrun) -> None:
    before = list_separate(project)
    result = project.run(*xrun, "--extra", "missing", "true", XRUN_MODE="separate")
    assert result.status == 2
    assert result.stderr.startswith(b"error: Extra `missing` is not defined")
    assert list_separate(project) == before


# What uv refuses when it resolves, by what is changed in pyproject.toml and what is typed.
ERRORS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "another Python": (("", ""), ("-p", "2.7")),
    "a file that is missing": (("", ""), ("--config-file", "missing")),
    "an extra that is not there": (("", ""), ("--extra", "missing")),
    "a member that is not there": (("", ""), ("--package", "missing")),
    "extras that conflict": (("", ""), ("--extra", "old", "--extra", "new")),
    "options that exclude each other": (("", ""), ("--frozen", "--no-sources")),
    "no such version": (('["alpha"]', '["alpha>9"]'), ()),
    "no TOML": (("[project]", "[[project"), ()),
}
CONFLICT = '[tool.uv]\nconflicts = [[{ extra = "old" }, { extra = "new" }]]'


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("mode", ["exact", "report", "refuse", "separate"])
def test_what_uv_refuses_it_says_itself_and_xrun_adds_nothing(
    make_project: ProjectFactory, xrun: Xrun, name: str, mode: str
) -> None:
    (old, new), words = ERRORS[name]
    extras = {"old": ("epsilon",), "new": ("zeta",)}
    project = make_project(Pyproject(dependencies=("alpha",), extras=extras))
    text = (project.folder / "pyproject.toml").read_text().replace("[tool.uv]", CONFLICT)
    project.write("pyproject.toml", text)
    project.uv("lock")
    project.write("pyproject.toml", text.replace(old, new, 1))
    project.install("delta")
    plain = project.run(str(project.sandbox.uv), "run", *words, "true")
    result = project.run(*xrun, *words, "true", XRUN_MODE=mode)
    assert result.status == plain.status > 0
    assert (result.stdout, result.stderr) == (plain.stdout, plain.stderr)
    assert project.installed() == ("alpha==2.0", "delta==1.0")


@pytest.mark.parametrize("mode", ["exact", "separate"])
def test_what_the_policys_lock_does_not_go_with_is_said_of_uv_run_and_with_the_policys_file(
    project: Project, xrun: Xrun, mode: str
) -> None:
    project.write("xrun.toml", 'lock = "frozen"\n')
    variables = {"UV_NO_SOURCES": "1"}
    plain = project.run(str(project.sandbox.uv), "run", "--frozen", "true", **variables)
    result = project.run(*xrun, "true", XRUN_MODE=mode, **variables)
    assert result.status == plain.status == 2
    added = result.stderr.removeprefix(plain.stderr)
    assert added.startswith(b"xrun: `--frozen`")
    assert b"xrun.toml" in added


@pytest.mark.parametrize("mode", ["exact", "separate"])
@pytest.mark.parametrize("is_made", [False, True])
def test_what_the_policys_lock_does_not_go_with_is_said_of_no_line_that_was_not_typed(
    project: Project, xrun: Xrun, xrunctl: str, mode: str, *, is_made: bool
) -> None:
    project.write("xrun.toml", 'lock = "frozen"\n')
    if is_made:
        assert project.run(*xrun, "true", XRUN_MODE=mode).status == 0
    result = project.run(xrunctl, "sync", XRUN_MODE=mode, UV_NO_SOURCES="1")
    (line,) = result.stderr.decode().splitlines()
    assert result.status == 2
    assert "'--frozen' cannot be used with '--no-sources'" in line


@pytest.mark.parametrize("option", ["-qq", "-vv"])
def test_what_uv_refuses_is_logged_as_much_as_was_asked_for(
    project: Project, xrun: Xrun, option: str
) -> None:
    result = project.run(*xrun, option, "--extra", "missing", "true")
    assert result.status == 2
    assert (b"DEBUG" in result.stderr, b"error" in result.stderr) == (option == "-vv",) * 2


@pytest.mark.parametrize("option", ["--extra", "--group", "--package"])
def test_a_selection_that_is_not_there_is_uvs_to_refuse_though_something_is_held(
    project: Project, xrun: Xrun, option: str
) -> None:
    project.write("xrun.toml", 'keep = ["delta==1.0"]\n')
    project.install("delta==1.0")
    result = project.run(*xrun, option, "missing", "true")
    assert (result.status, result.stderr.split(b":")[0]) == (2, b"error")
    assert project.installed() == ("alpha==2.0", "delta==1.0")


TIMED_OUT = "echo 'error: operation timed out' >&2; exit 2"


@pytest.mark.parametrize(
    ("ends", "options"),
    [(TIMED_OUT, ()), (TIMED_OUT, ("-vv",)), (TIMED_OUT, ("-qq",)), ("exit 137", ())],
)
def test_a_run_that_uv_cannot_foresee_replaces_nothing(
    project: Project, xrun: Xrun, ends: str, options: tuple[str, ...]
) -> None:
    uv = project.write(
        "fake/uv",
        f'#!/bin/sh\ncase "$*" in *--dry-run*) {ends};; esac\nexec {project.sandbox.uv} "$@"\n',
        0o755,
    )
    project.install("alpha==1.0")
    result = project.run(*xrun, *options, "touch", "ran", UV=str(uv))
    assert result.status == (2 if ends == TIMED_OUT else 125)
    is_said = ends == TIMED_OUT and options != ("-qq",)
    assert ("timed out" in result.stderr.decode()) == is_said
    assert not (project.folder / "ran").exists()
    assert project.installed() == ("alpha==1.0",)


@pytest.mark.parametrize("mode", ["exact", "report"])
def test_a_lock_that_a_script_does_not_have_is_refused_or_ignored_as_uv_run_does(
    project: Project, xrun: Xrun, mode: str
) -> None:
    project.write("s.py", "# /// script\n# dependencies = []\n# ///\nprint(1)\n")
    project.uv("run", "s.py")
    lines: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--frozen", "s.py"), {}),
        (("--locked", "s.py"), {}),
        (("s.py",), {"UV_FROZEN": "1"}),
        (("s.py",), {"UV_LOCKED": "1"}),
    ]
    for words, variables in lines:
        plain = project.run(str(project.sandbox.uv), "run", *words, **variables)
        result = project.run(*xrun, *words, XRUN_MODE=mode, **variables)
        shown = (result.status, result.stdout, result.stderr)
        assert shown == (plain.status, plain.stdout, plain.stderr)
