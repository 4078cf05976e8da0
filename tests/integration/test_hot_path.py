"""What is unchanged costs next to nothing: few modules, and no second uv."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER, settle
from support.projects import Pyproject
from xrun.project.uv_variables import STARTS
from xrun.proxy import uv

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

# In place of the hand-over: tell what is imported, and what the command or uv would be given.
SPY = """
import os, sys
before = set(sys.modules)
from xrun.proxy import main
def tell(path, args, environ=None):
    found = sorted(set(sys.modules) - before)
    import json
    print(json.dumps({"modules": found, "args": args}))
    sys.stdout.flush()
    os._exit(0)
os.execv = os.execve = tell
sys.argv = ["xrun", *sys.argv[1:]]
main.main()
"""

LIGHT = {
    "_signal",
    "fcntl",
    "resource",
    "time",
    "xrun",
    "xrun.proxy",
    "xrun.proxy.command_line",
    "xrun.proxy.launch",
    "xrun.proxy.main",
    "xrun.proxy.stamp",
    "xrun.proxy.files",
    "xrun.proxy.locks",
}
# Where options were typed.
WITH_OPTIONS = {*LIGHT, "xrun.proxy.options"}
# Where what decides was only written again: uv is asked once.
RENEWING = {*LIGHT, "__future__", "select", "xrun.proxy.child", "xrun.proxy.renewal"}


def spy(project: Project, *words: str, **variables: str) -> tuple[set[str], list[str]]:
    """The modules imported until the hand-over, and what is started."""
    result = project.run(sys.executable, "-c", SPY, *words, **variables)
    assert result.status == 0, result.stderr
    document = json.loads(result.stdout)
    return set(document["modules"]), document["args"]


def is_remembered(project: Project, **variables: str) -> bool:
    """Whether a run is unchanged: it is handed over, by a stamp that holds or is renewed."""
    result = project.run(sys.executable, "-c", SPY, "true", **variables)
    is_handed_over = result.stdout.startswith(b'{"modules": ')
    return is_handed_over and set(json.loads(result.stdout)["modules"]) <= RENEWING


def test_an_unchanged_run_imports_next_to_nothing(project: Project) -> None:
    settle()
    cold, args = spy(project, "true")
    assert {"xrun.run.run", "tomli"} <= cold
    assert "subprocess" not in cold
    hot, same = spy(project, "true")
    assert hot <= LIGHT
    assert same == args == ["true"]
    other_command, _ = spy(project, "python", "-c", "pass")
    assert other_command <= LIGHT


# What no run needs to decide and to remove: each costs as much as a tenth of a start of Python.
HEAVY = {
    *("argparse", "asyncio", "bz2", "csv", "dataclasses", "glob", "hashlib", "inspect", "logging"),
    *("lzma",),
    *("packaging", "platformdirs", "random", "shutil", "signal", "subprocess", "tempfile"),
    *("threading", "traceback", "typer", "typing", "rich", "unicodedata"),
}
NEWER = 0
if sys.version_info >= (3, 13):  # pathlib loads more there
    HEAVY -= {"glob"}
    NEWER = 5
MOST_OF_XRUN, MOST_OF_ALL = 78, 128 + NEWER  # modules of a run that only compares
MOST_OF_XRUN_REMOVING, MOST_OF_ALL_REMOVING = 100, 150 + NEWER
# Of a removal too nothing has to be judged here: another extra, and what is not installed.
NEEDS = (
    *("alpha; extra == 'x'", "alpha>=1; (python_version < '3') and extra == 'x'"),
    *("missing>=2; python_version < '3.99'", "missing @ https://host.test/a"),
)


def make_place(project: Project) -> dict[str, str]:
    """Make folders for xrun in which all was tidied up today, so that nothing is beside a run."""
    place = project.folder.parent / "cache"
    (place / "xrun" / "environments").mkdir(0o700, parents=True)
    (place / "xrun" / "tidied").touch()
    return {"XDG_CACHE_HOME": str(place), "UV_CACHE_DIR": str(project.sandbox.cache)}


def test_a_run_that_compares_imports_little(project: Project) -> None:
    modules, _ = spy(project, "true", **make_place(project))
    assert not HEAVY & modules
    assert len([name for name in modules if name.startswith("xrun")]) <= MOST_OF_XRUN
    assert len(modules) <= MOST_OF_ALL


def test_a_run_that_removes_imports_little_more(project: Project) -> None:
    project.install("beta")
    (metadata,) = project.environment.glob("lib/*/site-packages/beta-*/METADATA")
    text = metadata.read_text()
    metadata.unlink()  # a link into uv's cache
    needs = "".join(f"Requires-Dist: {need}\n" for need in NEEDS)
    metadata.write_text(text.replace("Requires-Dist: ", f"{needs}Requires-Dist: ", 1))
    modules, _ = spy(project, "true", **make_place(project))
    assert {"xrun.run.change", "xrun.environment.requirement"} <= modules
    assert not HEAVY & modules
    assert len([name for name in modules if name.startswith("xrun")]) <= MOST_OF_XRUN_REMOVING
    assert len(modules) <= MOST_OF_ALL_REMOVING


CHECK = """
import atexit, sys
before = set(sys.modules)
atexit.register(lambda: print(*(set(sys.modules) - before), flush=True))
sys.argv = ["xrunctl", "check"]
from xrun.ctl import main
main()
"""
MOST_OF_XRUN_CHECKING, MOST_OF_ALL_CHECKING = 70, 118 + NEWER


def test_a_check_of_what_is_as_declared_imports_what_compares(project: Project) -> None:
    result = project.run(sys.executable, "-c", CHECK)
    assert result.status == 0, result.stderr
    modules = {*result.stdout.decode().splitlines()[-1].split()}
    assert "xrun.drift.compare" in modules
    assert not (HEAVY | {"csv", "hashlib", "xrun.drift.advice", "xrun.report.text"}) & modules
    assert len([name for name in modules if name.startswith("xrun")]) <= MOST_OF_XRUN_CHECKING
    assert len(modules) <= MOST_OF_ALL_CHECKING


def test_where_nothing_that_decides_was_written_uv_is_asked_and_nothing_else(
    project: Project,
) -> None:
    file = project.folder / "pyproject.toml"
    project.run(*LATER, "true")
    for text in (
        file.read_text(),
        file.read_text().replace("[project]", '[project]\ndescription = "another"'),
        f"{file.read_text()}[tool.other]\nsetting = 1\n",
    ):
        file.write_text(text)
        renewed, args = spy(project, "true")
        assert "xrun.proxy.renewal" in renewed <= RENEWING
        assert args == ["true"]
    project.run(*LATER, "true")
    assert spy(project, "true")[0] <= LIGHT
    project.install("beta")
    file.write_text(file.read_text())
    assert b"removed" in project.run(*LATER, "true").stderr


def test_a_module_is_run_without_uv(project: Project) -> None:
    words = ("-m", "x", "y")
    project.run(*LATER, *words)
    hot, command = spy(project, *words)
    assert hot <= WITH_OPTIONS
    assert command == [str(project.environment / "bin" / "python"), *words]


def test_a_uv_of_an_unknown_version_is_asked_once_how_it_starts_commands(project: Project) -> None:
    known = spy(project, "true")
    unknown = f"import xrun.project.uv_variables as uv; uv.STARTS = ()\n{SPY}"
    result = project.run(sys.executable, "-c", unknown, "true")
    assert json.loads(result.stdout)["args"] == known[1] == ["true"]
    (memory,) = (project.sandbox.home / ".cache" / "xrun" / "starts").iterdir()
    version = uv.read_version(str(project.sandbox.uv), remembers=False)
    expected = [sets for first, last, sets in STARTS if first <= version <= last]
    assert memory.read_bytes().split(b"\0")[2].decode() in (expected or ["python UV,DEPTH,NOFILE"])


def test_under_rules_too_and_for_each_command(project: Project) -> None:
    project.write("xrun.toml", '[[rules]]\ncommand = "true"\nlock = "locked"\n')
    names = ("true", "false")
    for name in names:
        project.run(*LATER, name, XRUN_LAUNCH="uv")
    found = {name: spy(project, name, XRUN_LAUNCH="uv") for name in names}
    assert all(modules <= LIGHT for modules, _ in found.values())
    assert found["true"][1][1:] == ["run", "--locked", "true"]
    assert found["false"][1][1:] == ["run", "false"]


def test_other_options_are_not_unchanged(project: Project) -> None:
    project.run(*LATER, "true")
    hot, _ = spy(project, "true")
    assert "xrun.run.run" not in hot
    cold, _ = spy(project, "--no-dev", "true")
    assert "xrun.run.run" in cold


def test_no_run_imports_what_only_xrunctl_needs(project: Project) -> None:
    project.install("beta")
    modules, _ = spy(project, "--inexact", "-q", "true")
    assert not {"typer", "rich", "click"} & modules


# Opening or looking at a file, per module that is imported: its folder, itself twice (source and
# byte code), and what the import system looks at on the way (CPython 3.10 to 3.13).
PER_MODULE = 8
# What is looked at besides: uv on PATH, the stamp, the environment's folder to enter it.
BESIDES = 20


def can_trace() -> bool:
    """Whether there is a strace, and it may trace: some containers do not let it."""
    tracer = shutil.which("strace")
    command = [tracer or "strace", "-o", os.devnull, "true"]
    return bool(tracer) and subprocess.run(command, check=False).returncode == 0


def count_calls(project: Project, log: Path, *words: str) -> int:
    """How many system calls open or look at a file, until another program takes over."""
    tracer = shutil.which("strace") or ""
    command = (tracer, "-f", "-e", "trace=%file", "-o", str(log), sys.executable, *words)
    result = project.run(*command, PYTHONDONTWRITEBYTECODE=None)
    assert result.status == 0, result.stderr
    lines = log.read_text(errors="replace").splitlines()
    others = [number for number, line in enumerate(lines) if " execve(" in line]
    return others[1] if len(others) > 1 else len(lines)


START = ("-c", "import sys; sys.argv[:1] = ['xrun']; from xrun.proxy.main import main; main()")
traced = pytest.mark.skipif(not can_trace(), reason="strace is not there, or may not trace")


@traced
def test_an_unchanged_run_looks_at_what_decides(project: Project, tmp_path: Path) -> None:
    project.sandbox.forget()
    for _ in range(2):
        project.run(*LATER, "true", PYTHONDONTWRITEBYTECODE=None)
    bare = count_calls(project, tmp_path / "bare", "-c", "pass")
    hot = count_calls(project, tmp_path / "hot", *START, "true")
    (stamp,) = (project.sandbox.home / ".cache" / "xrun" / "stamps").iterdir()
    watched = stamp.read_bytes().count(b"\0") // 2  # each path stands beside its identity
    assert watched <= 40 + 5 * len(project.folder.parts)
    files = LIGHT - {*sys.builtin_module_names}
    assert 0 < hot - bare <= watched + PER_MODULE * len(files) + BESIDES


@traced
def test_two_stamps_are_read_from_one_folder(project: Project, tmp_path: Path) -> None:
    project.sandbox.forget()
    project.write("xrun.toml", '[[rules]]\ncommand = "true"\nlock = "locked"\n')
    for _ in range(2):
        project.run(*LATER, "true")
    count_calls(project, tmp_path / "log", *START, "true")
    folder = project.sandbox.home / ".cache" / "xrun" / "stamps"
    assert len([*folder.iterdir()]) == 2
    assert (tmp_path / "log").read_text().count(f'"{folder}"') == 1


def make_noting_uv(project: Project, folder: Path) -> tuple[Path, Path]:
    """A uv that notes the first words of each start, and the file in which they stand."""
    log, program = folder / "log", folder / "uv"
    real = project.sandbox.uv
    program.write_text(f'#!/bin/sh\necho "$1 $2" >> {log}\nexec {real} "$@"\n')
    program.chmod(0o755)
    return program, log


def list_starts(project: Project, xrun: tuple[str, ...], folder: Path) -> list[str]:
    """What uv is started for in a run that removes something: each start's first words."""
    program, log = make_noting_uv(project, folder)
    project.install("beta")
    project.run(*xrun, "true", UV=str(program))
    project.install("beta")
    log.unlink()
    result = project.run(*xrun, "true", UV=str(program))
    assert b"removed" in result.stderr
    return [line for line in log.read_text().splitlines() if not line.startswith("--version")]


def test_uv_is_not_started_more_often_than_needed(
    project: Project, xrun: tuple[str, ...], tmp_path: Path
) -> None:
    compared, ran = list_starts(project, xrun, tmp_path)
    assert compared.startswith("sync --project=")
    assert ran == "run true"
    project.declare(Pyproject(dependencies=("alpha",), extras={"x": ("zeta",)}))
    assert len(list_starts(project, xrun, tmp_path)) == 3  # what of it is unselected?


def test_in_mode_separate_uv_is_asked_about_a_line_only_where_it_refuses_the_step(
    project: Project, xrun: tuple[str, ...], tmp_path: Path
) -> None:
    program, log = make_noting_uv(project, tmp_path)
    variables = {"UV": str(program), "XRUN_MODE": "separate"}
    project.run(*xrun, "--no-dev", "true", **variables)
    project.run(*xrun, "--no-dev", "true", **variables)
    assert "run --active" in (starts := log.read_text())
    assert "run --python" not in starts
    refused = ("--frozen", "--no-sources", "true")
    for expected in (1, 2):  # there is none yet to be made, and none is left
        assert b"Usage: uv run" in project.run(*xrun, *refused, **variables).stderr
        assert log.read_text().count("run --python") == expected
    (one,) = (project.sandbox.home / ".cache" / "xrun" / "environments").iterdir()
    assert (one / "environment").exists()
