"""Beside a command that runs long xrun holds little memory; all else is as beside a short one."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import Place, Process, run, run_signalled, wait_until
from support.sayings import said
from support.terminals import Typed, run_on_terminal
from xrun import words

if TYPE_CHECKING:
    from support.projects import Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="xrun becomes smaller on Linux")

Xrun = tuple[str, ...]
MOST = 12 * 1024  # KiB
# The command waits until xrun, its parent, is small.
LONG = """
import os, signal, sys, time
xrun, due = f"/proc/{os.getppid()}", time.monotonic() + 20
small = {"cmdline": "\\0-S\\0", "comm": "xrun\\n"}
while not all(word in open(f"{xrun}/{name}").read() for name, word in small.items()):
    assert time.monotonic() < due
    time.sleep(0.02)
print("ready", flush=True)
"""
SIZE = 'print(*(row.split()[1] for row in open(f"{xrun}/status") if row.startswith("VmRSS")));'
# With one of these xrun stays beside the command.
due = pytest.mark.parametrize("variables", [{}, {"XRUN_MODE": "report"}], ids=str)


def make_place(project: Project, **variables: str) -> Place:
    """Make a place where something is to be removed, or reported."""
    project.install("beta")
    return Place(project.folder, project.sandbox.environ(**variables))


@due
def test_little_memory_is_held_and_the_same_is_said(
    project: Project, xrun: Xrun, variables: dict[str, str]
) -> None:
    end = "sys.exit(int(input()))"
    results = [
        run([*xrun, "python", "-c", code], make_place(project, **variables), stdin=b"3\n")
        for code in (f"{LONG}{SIZE}{end}", f"import sys; {end}")
    ]
    ready, size = results[0].stdout.split()
    assert ready == b"ready"
    assert 0 < int(size) <= MOST
    assert [result.status for result in results] == [3, 3]
    assert results[0].stderr == results[1].stderr
    assert len(said(results[0])) == (2 if variables else 3)


@pytest.mark.parametrize("keys", [b"\x03", b"\x04"])
def test_what_is_typed_reaches_the_command(project: Project, xrun: Xrun, keys: bytes) -> None:
    code = f"{LONG}try: print(sys.stdin.read() == '')\nexcept KeyboardInterrupt: print('C')"
    result = run_on_terminal([*xrun, "python", "-c", code], make_place(project), [Typed(keys)])
    assert result.status == 0
    assert result.stdout.splitlines()[-1].endswith(b"C" if keys == b"\x03" else b"True")
    assert result.stderr == b""


@due
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_the_command(
    project: Project, xrun: Xrun, number: signal.Signals, variables: dict[str, str]
) -> None:
    command = [*xrun, "python", "-c", f"{LONG}time.sleep(30)"]
    result = run_signalled(command, make_place(project, **variables), [number])
    assert result.status == 128 + number
    assert (b"exit 138" in result.stderr) == (number == signal.SIGUSR1 and not variables)


def test_xrun_and_the_command_stop_and_go_on_together(project: Project, xrun: Xrun) -> None:
    place = make_place(project)
    code = f"{LONG}print(os.getpid(), flush=True); sys.exit(int(input()))"
    # A group that can be stopped: one with a parent in its session.
    with Process(
        [*xrun, "python", "-c", code], place, start_new_session=False, preexec_fn=os.setpgrp
    ) as process:
        assert process.read_until() == b"ready\n"
        child = int(process.read_until())
        os.killpg(process.pid, signal.SIGTSTP)
        wait_until(lambda: read_state(child) == read_state(process.pid) == "T")
        os.killpg(process.pid, signal.SIGCONT)
        process.communicate(b"5\n")
        assert process.returncode == 5


def read_state(pid: int) -> str:
    """Read the state of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_command_that_removes_xrun_keeps_its_status(project: Project, tmp_path: Path) -> None:
    package = shutil.copytree(Path(words.__file__).parent, tmp_path / "copy" / "xrun")
    project.install("delta")  # to be reported
    main = "from xrun.proxy.main import main; main()"
    result = project.run(
        *(sys.executable, "-c", main, "sh", "-c", f"rm -r {package}; exit 7"),
        XRUN_MODE="report",
        PYTHONPATH=str(package.parent),
    )
    assert (result.status, result.stderr) == (7, b"")
