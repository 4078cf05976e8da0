"""Repositories made with the real git; a machine may have none."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from unit.make import write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out what the tests' own caller may say to git: they may run in one of its hooks."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


def run_git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def make_repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make a repository with one commit of these files; says the folder."""
    write(folder, files)
    run_git(folder, "init")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--message", "first")
    return folder
