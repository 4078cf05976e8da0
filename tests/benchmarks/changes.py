"""Runs that are not as last time: a changed `pyproject.toml`, and something to remove."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.contest import BARE, EXACT, XRUN, name_certificates
from support.processes import Place, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contest import Arena
    from benchmarks.measuring import Contestant

DRY_RUN = "uv sync --dry-run"
COMPARED = "xrun, compared"
NOTICE = "xrun, until its notice"
BY_HAND = 5
"""Distributions that are installed by hand before each run that removes them."""


def list_cold(arena: Arena) -> list[Contestant]:
    """The first run after a changed `pyproject.toml`, beside what it consists of.

    The description is changed; for the run that compares something by which xrun may decide.
    """
    change = _changer(arena, "[project]", "description")
    decisive = _changer(arena, "[project.urls]", "home")
    usual = {each.name: each for each in arena.targets()}
    dry_run = (arena.machine.uv, "sync", "--dry-run")
    asked = replace(usual[EXACT], name=DRY_RUN, argv=dry_run)
    changed = [replace(each, before=change) for each in (usual[XRUN], usual[EXACT], asked)]
    compared = replace(usual[XRUN], name=COMPARED, before=decisive)
    every = [*changed, compared]
    return [usual[BARE], *every, *name_certificates(every)]


def list_prune(arena: Arena) -> list[Contestant]:
    """A run that removes what was installed by hand, beside uv's, which tells no names."""
    usual = {each.name: each for each in arena.targets()}
    index = arena.machine.sandbox.index
    source = ["--no-config", "--no-index", "--find-links", str(index), "--quiet"]
    names = [f"extra{at:04}" for at in range(BY_HAND)]
    place = Place(arena.project.folder, arena.machine.environ)
    install = [arena.machine.uv, "pip", "install", "--python", ".venv", *source, *names]

    def drift() -> None:
        done = run(install, place)
        if done.status != 0:
            raise RuntimeError(done.stderr.decode())

    changed = [replace(usual[name], before=drift) for name in (EXACT, XRUN)]
    noticed = replace(usual[XRUN], name=NOTICE, before=drift, until="xrun: removed")
    return [usual[BARE], *changed, noticed, *name_certificates(changed)]


def _changer(arena: Arena, table: str, key: str) -> Callable[[], object]:
    """What changes `pyproject.toml` each time, in a way that leaves the lock file valid."""
    path = arena.project.folder / "pyproject.toml"
    text = path.read_text()
    text = text if f"{table}\n" in text else f"{text}{table}\n"
    numbers = itertools.count()

    def change() -> None:
        value = json.dumps(f"https://change.example/{next(numbers)}")
        path.write_text(text.replace(f"{table}\n", f"{table}\n{key} = {value}\n", 1))

    return change
