"""xrun, and what a user would have instead, in one interleaved run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.layouts import LARGE, make_usual, write_rivals
from benchmarks.machine import install_tool, name_distributions
from benchmarks.measuring import Contestant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.machine import Machine
    from benchmarks.measuring import Sample
    from support.projects import Project

BARE, PLAIN, EXACT = "python -c pass", "uv run", "uv run --exact"
XRUN, SEPARATE = "xrun", "xrun, mode separate"
SIZES = {"small": 5, "large": LARGE}
"""How many distributions each project has."""
CHECK, OWN_CHECK = "uv sync --check", "xrunctl check"
CERTIFICATES = {
    "SSL_CERT_DIR": "/etc/ssl/certs",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
}
"""Variables that some machines set: uv then reads each certificate at its start."""
NAMED = ", certificates named"
POE = "poe, uv executor, exact"
MATTERS = (BARE, PLAIN, EXACT, XRUN, SEPARATE)
"""What the targets of a run are about."""


@dataclass(frozen=True)
class Rival:
    """A tool that is installed to be compared with.

    Attributes:
        name: The distribution, and the folder of its environment.
        title: How tables call it.
        command: Its program and arguments.
        beside: What is installed with it.
    """

    name: str
    title: str
    command: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def install(self, machine: Machine) -> Path:
        """Install it from the package index of the caller's uv."""
        beside = [word for each in self.beside for word in ("--with", each)]
        return install_tool(machine, self.name, self.name, *beside)


RIVALS = (
    Rival("poethepoet", POE, ("poe", "-q", "nothing")),
    Rival("taskipy", "taskipy, uv run --exact", ("task", "nothing")),
    Rival("hatch", "hatch run, uv", ("hatch", "-q", "run", "true")),
    Rival("nox", "nox -r, uv sync", ("nox", "-r", "-s", "run")),
    Rival("tox", "tox, uv lock runner", ("tox", "run", "-q", "-e", "run"), ("tox-uv",)),
)


def install_rivals(machine: Machine) -> tuple[dict[str, str], list[str]]:
    """Install all rivals.

    Returns:
        The versions of those that could be, by name; and the names of those left out.
    """
    versions: dict[str, str] = {}
    left_out: list[str] = []
    for rival in RIVALS:
        try:
            folder = rival.install(machine)
        except RuntimeError:
            left_out.append(rival.name)
            continue
        for name in (rival.name, *rival.beside):
            stem = name.replace("-", "_")
            info = next(folder.glob(f"lib/*/site-packages/{stem}-*.dist-info"))
            versions[name] = info.name.removesuffix(".dist-info").rpartition("-")[2]
    return versions, left_out


@dataclass(frozen=True)
class Arena:
    """Two projects of one size: the second has the mode `separate`."""

    machine: Machine
    size: str
    project: Project
    separate: Project

    def contestants(self, installed: tuple[str, ...] = ()) -> list[Contestant]:
        """All contestants, of the rivals those that are installed."""
        uv, xrun = self.machine.uv, self.machine.xrun
        commands = {
            BARE: (self.machine.python, "-c", "pass"),
            PLAIN: (uv, "run", "true"),
            EXACT: (uv, "run", "--exact", "true"),
            XRUN: (xrun, "true"),
            "uv sync && uv run --no-sync": (
                "/bin/sh",
                "-c",
                "uv sync -q && exec uv run --no-sync true",
            ),
            "uv run --isolated": (uv, "run", "--isolated", "true"),
            CHECK: (uv, "sync", "--check"),
            OWN_CHECK: (self.machine.xrunctl, "check"),
        }
        for rival in RIVALS:
            if rival.name in installed:
                program, *words = rival.command
                path = self.machine.tools / rival.name / "bin" / program
                commands[rival.title] = (str(path), *words)
        environ = {**self.machine.environ, "HATCH_ENV_TYPE_VIRTUAL_UV_PATH": uv}
        found = [
            Contestant(name, argv, self.project.folder, environ) for name, argv in commands.items()
        ]
        found.append(Contestant(SEPARATE, (xrun, "true"), self.separate.folder, environ))
        judged = (each for each in found if each.name in {*MATTERS, CHECK, OWN_CHECK, POE})
        return [*found, *name_certificates(judged)]

    def targets(self) -> list[Contestant]:
        """Those that the targets of a run are about."""
        names = {*MATTERS, *(f"{name}{NAMED}" for name in MATTERS)}
        return [each for each in self.contestants() if each.name in names]


def make_arena(machine: Machine, size: str) -> Arena:
    """Make the two projects of a size."""
    number = SIZES[size]
    project = make_usual(machine, size, number)
    write_rivals(project, name_distributions("large" if number >= LARGE else "tiny", number))
    separate = make_usual(machine, f"{size}-separate", number, "separate")
    return Arena(machine, size, project, separate)


def name_certificates(contestants: Iterable[Contestant]) -> list[Contestant]:
    """Repeat contestants with the variables set that name certificates, where there are any."""
    if not all(Path(place).exists() for place in CERTIFICATES.values()):
        return []
    return [
        replace(each, name=f"{each.name}{NAMED}", environ={**each.environ, **CERTIFICATES})
        for each in contestants
        if each.name != BARE
    ]


def split(samples: Mapping[str, Sample]) -> dict[str, dict[str, Sample]]:
    """Split by whether certificates were named; what was measured once counts for both."""
    named = {name: each for name, each in samples.items() if name.endswith(NAMED)}
    usual = {name: each for name, each in samples.items() if name not in named}
    if not named:
        return {"": usual}
    return {
        "": usual,
        NAMED: {**usual, **{name.removesuffix(NAMED): x for name, x in named.items()}},
    }
