from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.platforms import can_lock, sees_others
from support.processes import Process
from xrun import proxy
from xrun.environment import processes
from xrun.environment.processes import be_alone, find_commands, list_commands
from xrun.proxy import wait

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sees_others(), reason="reads /proc")
locks = pytest.mark.skipif(not can_lock(), reason="nothing goes where nothing can be locked")


def test_one_look_finds_the_commands_of_many_folders(tmp_path: Path) -> None:
    both, one, none = tmp_path / "both", tmp_path / "one", tmp_path / "none"
    for folder in (both, one, none):
        folder.mkdir()
    held = [os.open(folder, os.O_RDONLY) for folder in (both, one)]
    waits = [sys.executable, "-c", "input()"]
    with Process(waits, pass_fds=held) as first, Process(waits, pass_fds=held[:1]) as second:
        for descriptor in held:
            os.close(descriptor)
        found = find_commands([both, one, none])
    pids = {folder: {command.pid for command in commands} for folder, commands in found.items()}
    assert pids == {both: {first.pid, second.pid}, one: {first.pid}, none: set()}
    assert list_commands(both) == ()


def test_an_xrun_that_became_smaller_is_no_command(tmp_path: Path) -> None:
    program = tmp_path / wait.PROGRAM
    program.parent.mkdir(parents=True)
    program.write_text("input(0)")
    command = [sys.executable, "-S", str(program), "3"]
    folder = os.open(tmp_path, os.O_RDONLY)
    found = []
    for words in ([sys.executable, "/usr/bin/xrun", "pytest"], ["/usr/bin/pytest"]):
        with Process([*command, *words], pass_fds=[folder]) as process:
            assert process.read_until(b"0") == b"0"  # it has begun
            found += [each.words for each in list_commands(tmp_path)]
    os.close(folder)
    assert found == [("/usr/bin/pytest",)]


@locks
@pytest.mark.parametrize("variables", [{"UV_RUN_RECURSION_DEPTH": "1"}, {}], ids=str)
def test_a_program_that_a_run_started_is_there_without_the_lock(
    program: Path, variables: dict[str, str]
) -> None:
    folder = program.parent.parent
    with start_in(folder, [str(program), "-c", "input(0)"], **variables) as process:
        assert process.read_until(b"0") == b"0"
        alone = be_alone(folder, 0)
        is_alone = alone.is_had
        commands = list_commands(folder)
        alone.release()
    assert [each.pid for each in commands] == [process.pid] * len(variables)
    assert is_alone == (not variables)


def test_what_started_this_process_is_no_other_command_but_above(program: Path) -> None:
    folder = program.parent.parent
    ask = f"from xrun.environment.processes import *; folder = Path({str(folder)!r});"
    ask += "print(be_alone(folder).is_had, is_nested(folder))"
    below = f"import subprocess; subprocess.run({[sys.executable, '-c', ask]!r})"
    with start_in(folder, [str(program), "-c", below], UV_RUN_RECURSION_DEPTH="1") as process:
        assert process.communicate() == (b"True True\n", b"")


@locks
@pytest.mark.parametrize("is_same", [True, False])
def test_the_same_path_in_a_container_may_be_another_folder(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_same: bool
) -> None:
    folder, process, root = program.parent.parent, tmp_path / "proc" / "4711", tmp_path / "root"
    (root / folder.relative_to("/")).mkdir(parents=True)
    process.mkdir(parents=True)
    (process / "cmdline").write_text(f"{program}\0app.py\0")
    (process / "environ").write_text(f"VIRTUAL_ENV={folder}\0UV_RUN_RECURSION_DEPTH=1\0")
    (process / "root").symlink_to("/" if is_same else root)
    for file in (process / "stat", process.parent / "stat"):
        file.write_text("4711 (python) S 1" + " 0" * 40)
    monkeypatch.setattr(proxy, "PROC", str(process.parent))
    alone = be_alone(folder, 0)
    alone.release()
    assert alone.is_had != is_same


def test_the_lock_of_a_shell_that_became_this_run_is_of_what_started_it(tmp_path: Path) -> None:
    ask = f"from xrun.environment.processes import *; folder = Path({str(tmp_path)!r});"
    ask += "print(render_use(folder, is_possible=True) == ABOVE, is_nested(folder))"
    held = os.open(tmp_path, os.O_RDONLY)
    with Process([sys.executable, "-c", ask], pass_fds=[held]) as process:
        os.close(held)
        assert process.communicate() == (b"True True\n", b"")


def test_only_programs_of_the_environment_are_asked_for_their_variables(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, proc, read = program.parent.parent, tmp_path / "proc", []
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    for pid, path in {
        "1": "/bin/cat",
        "2": program,
        "3": linked / "bin" / "ray" / "raylet",
    }.items():
        (proc / pid).mkdir(parents=True)
        (proc / pid / "cmdline").write_text(f"{path}\0{folder}/bin/app\0")
    monkeypatch.setattr(proxy, "PROC", str(proc))
    real = processes._read

    def note(pid: int, name: str) -> bytes:
        read.append(f"{pid}/{name}")
        return real(pid, name)

    monkeypatch.setattr(processes, "_read", note)
    assert list_commands(folder) == ()
    assert sorted(read) == ["1/cmdline", "2/cmdline", "2/environ", "3/cmdline", "3/environ"]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of an environment: this Python."""
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    return program


def start_in(folder: Path, argv: list[str], **variables: str) -> Process:
    """Start a program as one that a run in an environment started."""
    return Process(argv, env={"VIRTUAL_ENV": str(folder), **variables})
