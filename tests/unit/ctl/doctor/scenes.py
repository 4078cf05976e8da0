"""Scenes for the doctor's checks: a project on disk, programs that record nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from unit.make import write
from xrun.ctl.doctor.scene import Scene
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import gather_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xrun.ctl.doctor.scene import Diagnosis

PROJECT = '[project]\nname = "app"\nversion = "1"\n'


def make_scene(
    folder: Path,
    *,
    version: tuple[int, ...] = (0, 13, 9),
    environ: Mapping[str, str] | None = None,
    xrun: Path | None = None,
    obstacle: str = "",
) -> Scene:
    """Make a scene around a folder, with the variables of this process and those given."""
    uv = folder.parent / "tools" / "uv"
    if not uv.exists():
        make_program(uv, "\x7fELF")
    invocation = parse_invocation(["--project", str(folder), "python"])
    variables = {**os.environ, "PATH": str(uv.parent), **(environ or {})}
    facts = gather_facts(invocation, str(uv), version, variables)
    return Scene(facts, invocation, variables, xrun, obstacle)


def make_program(path: Path, text: str) -> Path:
    """Make a program."""
    write(path.parent, {path.name: text})
    path.chmod(0o755)
    return path


def tell(found: Iterable[Diagnosis]) -> list[tuple[str, str]]:
    """What was found: how much it matters, and what it is."""
    return [(each.severity.value, each.what) for each in found]
