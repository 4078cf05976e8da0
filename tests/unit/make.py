"""What unit tests are about, made on disk: files, projects, environments, distributions."""

from __future__ import annotations

import errno
import io
import json
import os
import pathlib
from typing import TYPE_CHECKING

from xrun.environment.environment import Environment
from xrun.project.workspace import Workspace, find_workspace
from xrun.proxy import BIN
from xrun.proxy.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pytest


WORKSPACE_PROJECT = '[project]\nname = "a"\nversion = "1"\n'


# Loosest first; those of one row are equally strict.
MODE_ORDER = (("off",), ("report",), ("ask",), ("exact", "refuse", "separate", "isolated"))
LOCK_ORDER = (("update",), ("frozen",), ("locked",))


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, parents included; says the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def make_workspace(folder: Path, more: str, members: dict[str, str] | None = None) -> Workspace:
    """Make a project, or a workspace with members by their names."""
    for name, text in (members or {}).items():
        head = WORKSPACE_PROJECT.replace('"a"', f'"{name}"')
        write(folder, {f"{name}/pyproject.toml": head + text})
    globs = "[tool.uv.workspace]\nmembers = ['*']\n" if members else ""
    write(folder, {"pyproject.toml": WORKSPACE_PROJECT + more + globs})
    workspace = find_workspace(folder)
    assert workspace is not None
    return workspace


def close(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close a folder to this user, root too: what is in it may not be looked at."""

    def wrap(look: Callable[..., object]) -> Callable[..., object]:
        def refuse(path: object, *args: object, **options: object) -> object:
            if str(path).startswith(f"{folder}{os.sep}"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return look(path, *args, **options)

        return refuse

    names = ("listdir", "lstat", "mkdir", "open", "scandir", "stat")
    looks: list[tuple[object, str]] = [(os, name) for name in names]
    accessor = getattr(pathlib, "_NormalAccessor", None)  # Python 3.10 keeps what it found there
    looks += [(accessor, name) for name in names if hasattr(accessor, name)]
    for holder, name in (*looks, (io, "open")):
        closed = wrap(getattr(holder, name))
        monkeypatch.setattr(
            holder, name, closed if holder is not accessor else staticmethod(closed)
        )


def make_environment(folder: Path, *, python: str = "3.12.4") -> Environment:
    """Make what counts as a virtual environment; there is no real Python in it."""
    lines = f"home = /nowhere\nimplementation = CPython\nuv = 0.13.9\nversion_info = {python}\n"
    minor = ".".join(python.split(".")[:2])
    write(folder, {"pyvenv.cfg": lines, f"{BIN}/python": ""})
    (folder / "lib" / f"python{minor}" / "site-packages").mkdir(parents=True)
    return Environment(folder, ".venv")


@dataclass(frozen=True)
class Installed:
    """A distribution to install, as an installer leaves it."""

    name: str
    version: str = "1.0"
    needs: tuple[str, ...] = ()
    installer: str | None = "uv"
    is_requested: bool = False
    direct_url: object = None
    extras: tuple[str, ...] = ()

    def install(self, environment: Environment) -> Path:
        """Write the `.dist-info` folder."""
        head = f"Metadata-Version: 2.4\nName: {self.name}\nVersion: {self.version}\n"
        head += "".join(f"Provides-Extra: {extra}\n" for extra in self.extras)
        body = "".join(f"Requires-Dist: {need}\n" for need in self.needs)
        files: dict[str, str | bytes] = {"METADATA": head + body}
        if self.installer is not None:
            files["INSTALLER"] = self.installer
        if self.is_requested:
            files["REQUESTED"] = ""
        if self.direct_url is not None:
            files["direct_url.json"] = json.dumps(self.direct_url)
        folder = f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        return write(environment.site_packages[0] / folder, files)
