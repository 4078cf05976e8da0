"""A machine of its own for one test session: home, caches, uv, interpreter, local index."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


def find_uv() -> Path:
    """The uv on PATH, else the one installed beside the running interpreter."""
    found = shutil.which("uv")
    if found is None:
        try:
            found = importlib.import_module("uv").find_uv_bin()
        except (ImportError, FileNotFoundError):
            raise RuntimeError(
                "the integration tests need the real uv: put one on PATH, "
                "or install the distribution `uv` beside this interpreter"
            ) from None
    return Path(found).resolve()


def base_interpreter() -> Path:
    """The interpreter that the virtual environment of the tests was made from."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def base_site_packages() -> Path:
    """Where that interpreter has its distributions, which no test may touch."""
    return Path(sysconfig.get_path("purelib", vars={"base": sys.base_prefix}))


@dataclass(frozen=True)
class Sandbox:
    """Folders that stand for a whole machine; nothing outside is read or written."""

    root: Path
    index: Path

    @property
    def home(self) -> Path:
        """The home folder; configuration, caches and state are below it."""
        return self.root / "home"

    @property
    def cache(self) -> Path:
        """uv's cache, where uv would look for it in this home without being told."""
        return self.home / ".cache" / "uv"

    @property
    def tools(self) -> Path:
        """The first folder on PATH, with uv and the base interpreter in it."""
        return self.root / "tools"

    @property
    def uv(self) -> Path:
        """The uv that `uv` means in this sandbox."""
        return self.tools / "uv"

    @property
    def path(self) -> str:
        """PATH as every command gets it."""
        return os.pathsep.join([str(self.tools), *os.defpath.split(os.pathsep)])

    def environ(self, **changes: str | None) -> dict[str, str]:
        """The environment of a command: fixed, and changed as asked (None drops)."""
        variables: dict[str, str | None] = {
            "PATH": self.path,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CONFIG_DIRS": str(self.root / "etc"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "UV_CACHE_DIR": str(self.cache),
            "UV_OFFLINE": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        variables.update(changes)
        return {name: value for name, value in variables.items() if value is not None}

    def forget(self) -> None:
        """Remove everything in this home but uv's cache: what xrun remembers, above all."""
        for folder in (self.home / ".config", self.home / ".local", *self.cache.parent.iterdir()):
            if folder != self.cache and folder.exists():
                shutil.rmtree(folder)


def make_sandbox(root: Path, index: Path) -> Sandbox:
    """Lay out a sandbox below `root` that installs from the flat index `index`."""
    sandbox = Sandbox(root, index)
    for folder in (sandbox.cache, sandbox.tools, root / "tmp", root / "etc"):
        folder.mkdir(parents=True)
    sandbox.uv.symlink_to(find_uv())
    interpreter = base_interpreter()
    major, minor = sys.version_info[:2]
    for name in {"python", "python3", f"python{major}.{minor}"}:
        (sandbox.tools / name).symlink_to(interpreter)
    return sandbox
