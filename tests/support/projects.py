"""Projects of uv in a sandbox: write them, lock and sync them, look at their environment."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .processes import Argument, Place, Process, Result, run
from .snapshots import Snapshot, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .sandbox import Sandbox


@dataclass(frozen=True)
class Pyproject:
    """What stands in a `pyproject.toml`; not a package unless said, and then without network."""

    name: str = "project"
    dependencies: tuple[str, ...] = ()
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    package: bool = False
    managed: bool = True
    more: str = ""

    def text(self, index: Path) -> str:
        """The file's text; `index` is the only place that distributions come from."""
        lines = ["[project]", f"name = {_toml(self.name)}", 'version = "0.1"']
        lines += ['requires-python = ">=3.10"', f"dependencies = {_toml(self.dependencies)}"]
        lines += _table("project.optional-dependencies", self.extras)
        lines += _table("dependency-groups", self.groups)
        if self.package:
            lines += ["[build-system]", 'requires = ["uv_build"]', 'build-backend = "uv_build"']
        lines += ["[tool.uv]", f"package = {_toml(self.package)}"]
        lines += [] if self.managed else ["managed = false"]
        if self.members:
            lines += ["[tool.uv.workspace]", f"members = {_toml(self.members)}"]
        return "\n".join(lines) + "\n" + index_table(index) + self.more


def index_table(index: Path) -> str:
    """The part of a `[tool.uv]` table that makes the folder `index` the only index."""
    url = _toml(index.as_uri())
    head = '[[tool.uv.index]]\nname = "local"\nformat = "flat"\ndefault = true\n'
    return f"{head}url = {url}\n"


def inline_metadata(dependencies: tuple[str, ...], index: Path) -> str:
    """The comment block of a script that declares its own dependencies."""
    text = f"dependencies = {_toml(dependencies)}\n{index_table(index)}"
    body = "".join(f"# {line}\n" for line in text.splitlines())
    return f"# /// script\n{body}# ///\n"


def _toml(value: object) -> str:
    """A TOML value: JSON writes strings, booleans and lists of strings the same way."""
    return json.dumps(value, ensure_ascii=False)


def _table(name: str, entries: Mapping[str, tuple[str, ...]]) -> list[str]:
    if not entries:
        return []
    return [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in entries.items())]


@dataclass(frozen=True)
class Project:
    """A folder in a sandbox that uv works in."""

    sandbox: Sandbox
    folder: Path

    @property
    def environment(self) -> Path:
        """Where uv puts the project's environment by default."""
        return self.folder / ".venv"

    def write(self, name: str, text: str | bytes, mode: int | None = None) -> Path:
        """Write a file of the project, with its folders."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if mode is not None:
            path.chmod(mode)
        return path

    def declare(self, pyproject: Pyproject, folder: str = ".") -> Path:
        """Write `pyproject.toml`, of a member if `folder` is given."""
        text = pyproject.text(self.sandbox.index)
        path = self.write(str(Path(folder) / "pyproject.toml"), text)
        if pyproject.package:
            module = pyproject.name.replace("-", "_")
            self.write(str(Path(folder) / "src" / module / "__init__.py"), "")
        return path

    def place(self, folder: str = ".", **changes: str | None) -> Place:
        """Where a command of the project runs; `changes` are to its environment."""
        return Place(self.folder / folder, self.sandbox.environ(**changes))

    def run(self, *command: Argument, folder: str = ".", **changes: str | None) -> Result:
        """Run any command in the project's folder; `changes` are to its environment."""
        return run(command, self.place(folder, **changes))

    @contextlib.contextmanager
    def started(
        self, *command: Argument, folder: str = ".", **changes: str | None
    ) -> Iterator[Process]:
        """Start a command that says `there`, and goes on once its standard input ends."""
        with Process(command, self.place(folder, **changes)) as process:
            assert process.read_until() == b"there\n"
            yield process
            process.communicate()

    def uv(self, *arguments: Argument, folder: str = ".", **changes: str | None) -> Result:
        """Call uv, which has to succeed."""
        result = self.run(str(self.sandbox.uv), *arguments, folder=folder, **changes)
        if result.status != 0:
            words = " ".join(os.fsdecode(each) for each in arguments)
            raise AssertionError(f"uv {words}: status {result.status}\n{result.stderr.decode()}")
        return result

    def sync(self, *options: str) -> None:
        """Lock and sync, so that nothing is missing and nothing is extraneous."""
        self.uv("sync", *options)

    def install(self, *requirements: str, environment: Path | None = None) -> None:
        """Install by hand, undeclared: this is how an environment drifts."""
        place = str(environment or self.environment)
        source = ["--no-config", "--no-index", "--find-links", str(self.sandbox.index)]
        self.uv("pip", "install", "--python", place, *source, *requirements)

    def snapshot(self) -> Snapshot:
        """What the project's environment holds now."""
        return snapshot(self.environment)

    def installed(self) -> tuple[str, ...]:
        """The installed distributions as sorted `name==version`."""
        return self.snapshot().distributions
