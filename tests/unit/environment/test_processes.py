from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.platforms import sees_others
from xrun.environment.processes import find_commands, list_commands

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
