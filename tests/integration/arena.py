"""One folder in which all conformance runs happen, so that paths in outputs are equal."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.projects import Project
from support.snapshots import Snapshot, environments, listing, snapshot

from .states import STATES

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

STRAY = "delta"
"""The distribution that nothing declares and that drifted environments hold."""


@dataclass(frozen=True)
class Traces:
    """What is on disk after a run."""

    environments: tuple[tuple[str, Snapshot], ...]
    files: tuple[str, ...]
    lock: bytes


@dataclass(frozen=True)
class Arena:
    """Brings one folder, and the script environments in uv's cache, into a known state."""

    sandbox: Sandbox
    store: Path

    @property
    def folder(self) -> Path:
        """The folder that holds the project of the moment."""
        return self.store / "arena"

    @property
    def scripts(self) -> Path:
        """Where uv keeps the environments of scripts with inline metadata."""
        return self.sandbox.cache / "environments-v2"

    def project(self) -> Project:
        """The project of the moment."""
        return Project(self.sandbox, self.folder)

    def restore(self, state: str, *, drifted: bool) -> None:
        """Put `state` in place of whatever the last run left; xrun remembers nothing of it."""
        saved = self.store / (f"{state}-drifted" if drifted else state)
        if not saved.exists():
            self._build(state, drifted=drifted)
            self._copy(self.folder, saved / "arena")
            self._copy(self.scripts, saved / "scripts")
        self._clear()
        self._copy(saved / "arena", self.folder)
        self._copy(saved / "scripts", self.scripts)

    @property
    def _mark(self) -> Path:
        return self.sandbox.cache / ".gitignore"

    def forget_uv(self) -> None:
        """Take a file from uv's cache that every uv makes when it starts."""
        self._mark.unlink(missing_ok=True)

    def has_seen_uv(self) -> bool:
        """Whether a uv was started since it was forgotten."""
        return self._mark.exists()

    def traces(self) -> Traces:
        """What the last run left behind."""
        found = [*environments(self.folder), *environments(self.scripts)]
        lock = self.folder / "uv.lock"
        return Traces(
            tuple((str(each), snapshot(each)) for each in found),
            listing(self.folder),
            lock.read_bytes() if lock.exists() else b"",
        )

    def _build(self, state: str, *, drifted: bool) -> None:
        self._clear()
        self.folder.mkdir(parents=True)
        project = self.project()
        STATES[state](project)
        if drifted:
            for environment in (*environments(self.folder), *environments(self.scripts)):
                project.install(STRAY, environment=environment)

    def _clear(self) -> None:
        for folder in (self.folder, self.scripts):
            if folder.exists():
                shutil.rmtree(folder)
        self.sandbox.forget()

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        if source.exists():
            shutil.copytree(source, target, symlinks=True)
