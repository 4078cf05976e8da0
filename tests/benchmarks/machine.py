"""The machine that is measured: a sandbox with xrun installed as a user has it."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.sandbox import Sandbox, base_interpreter, find_uv, make_sandbox
from support.wheels import Wheel, build_index

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Machine:
    """A sandbox, and the tools in it.

    Attributes:
        sandbox: Home, caches, uv and index, all below one folder that is removed at the end.
        tools: Where tools are installed, each in an environment of its own.
    """

    sandbox: Sandbox
    tools: Path

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of everything that is measured.

        PYTHONDONTWRITEBYTECODE is not set in it, whatever the caller has: with it, every start of
        Python compiles what it imports.
        """
        return self.sandbox.environ()

    @property
    def xrun(self) -> str:
        """The installed `xrun`."""
        return str(self.tools / "xrun" / "bin" / "xrun")

    @property
    def xrunctl(self) -> str:
        """The installed `xrunctl`."""
        return str(self.tools / "xrun" / "bin" / "xrunctl")

    @property
    def python(self) -> str:
        """The interpreter that starts `xrun`."""
        return str(self.tools / "xrun" / "bin" / "python")

    @property
    def uv(self) -> str:
        """The uv of all contestants."""
        return str(self.sandbox.uv)

    def describe(self) -> str:
        """What stood under the figures: processors, system, versions, date; no names."""
        uv = subprocess.run([self.uv, "--version"], capture_output=True, text=True, check=True)
        return ", ".join(
            [
                f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}",
                f"{os.cpu_count()} processors",
                f"{platform.system()} {platform.machine()}",
                f"{platform.python_implementation()} {platform.python_version()}",
                " ".join(uv.stdout.split()[:2]),
            ]
        )


def make_machine(root: Path, index: dict[str, int], files: int = 50) -> Machine:
    """Make a machine below a folder, with xrun of this checkout and an index of distributions.

    Args:
        root: An empty folder.
        index: How many distributions of a stem there are to be.
        files: How many each of the stem `large` has.
    """
    wheels = [
        Wheel(
            name,
            modules={
                f"{name}/m{at}.py": "x = 1\n" for at in range(files if stem == "large" else 1)
            },
        )
        for stem, number in index.items()
        for name in name_distributions(stem, number)
    ]
    machine = Machine(make_sandbox(root, build_index(root / "index", wheels)), root / "tool")
    # uv rebuilds a checkout where only its sources have changed, if it is told to.
    install_tool(machine, "xrun", str(CHECKOUT), "--refresh-package", "xrun")
    return machine


def name_distributions(stem: str, number: int) -> list[str]:
    """Name the first distributions of a stem."""
    return [f"{stem}{at:04}" for at in range(number)]


def install_tool(machine: Machine, name: str, *words: str) -> Path:
    """Install a tool as `uv tool install` does, compiled; give its environment.

    Raises:
        RuntimeError: It cannot be installed.
    """
    places = {"UV_TOOL_DIR": str(machine.tools), "UV_TOOL_BIN_DIR": str(machine.tools / "bin")}
    command = [str(find_uv()), "tool", "install", "--quiet", "--compile-bytecode"]
    done = subprocess.run(
        [*command, "--python", str(base_interpreter()), *(words or [name])],
        cwd=machine.tools.parent,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} cannot be installed: {done.stderr.strip()}")
    return machine.tools / name
