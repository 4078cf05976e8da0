from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.platforms import sees_others
from xrun.environment.processes import be_alone, find_commands, list_commands

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sees_others(), reason="reads /proc")


def test_one_look_finds_the_commands_of_many_folders(tmp_path: Path) -> None:
    both, one, none = tmp_path / "both", tmp_path / "one", tmp_path / "none"
    for folder in (both, one, none):
        folder.mkdir()
    held = [os.open(folder, os.O_RDONLY) for folder in (both, one)]
    waits = [sys.executable, "-c", "input()"]
    first = subprocess.Popen(waits, stdin=subprocess.PIPE, pass_fds=held)
    second = subprocess.Popen(waits, stdin=subprocess.PIPE, pass_fds=held[:1])
    try:
        found = find_commands([both, one, none])
    finally:
        for descriptor in held:
            os.close(descriptor)
        for process in (first, second):
            process.communicate(b"\n")
    pids = {folder: {command.pid for command in commands} for folder, commands in found.items()}
    assert pids == {both: {first.pid, second.pid}, one: {first.pid}, none: set()}
    assert list_commands(both) == ()


@pytest.mark.parametrize("variables", [{"UV_RUN_RECURSION_DEPTH": "1"}, {}], ids=str)
def test_a_program_that_a_run_started_is_there_without_the_lock(
    program: Path, variables: dict[str, str]
) -> None:
    folder = program.parent.parent
    process = start_in(folder, [str(program), "-c", "input(0)"], **variables)
    assert process.stdout is not None
    assert process.stdout.read(1) == "0"
    try:
        alone = be_alone(folder, 0)
        is_alone = alone.is_had
        commands = list_commands(folder)
    finally:
        process.communicate("\n")
    alone.release()
    assert [each.pid for each in commands] == [process.pid] * len(variables)
    assert is_alone == (not variables)


def test_what_started_this_process_is_no_other_command(program: Path) -> None:
    folder = program.parent.parent
    ask = f"from xrun.environment.processes import *; print(be_alone(Path({str(folder)!r})).is_had)"
    below = f"import subprocess; subprocess.run({[sys.executable, '-c', ask]!r})"
    process = start_in(folder, [str(program), "-c", below], UV_RUN_RECURSION_DEPTH="1")
    assert process.communicate()[0] == "True\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of an environment: this Python."""
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    return program


def start_in(folder: Path, argv: list[str], **variables: str) -> subprocess.Popen[str]:
    """Start a program as one that a run in an environment started."""
    return subprocess.Popen(
        argv,
        env={"VIRTUAL_ENV": str(folder), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
