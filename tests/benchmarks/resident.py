"""What stays resident beside a command that runs long."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.layouts import make_project
from benchmarks.machine import name_distributions
from support.projects import Pyproject

if TYPE_CHECKING:
    from benchmarks.machine import Machine
    from support.projects import Project

SECONDS = 4.5
"""How long the command runs; it is looked at after two thirds of that."""
PROGRAM = "sleep"


def measure_resident(machine: Machine) -> dict[str, float]:
    """Measure what xrun leaves beside a command; nothing where there is no `/proc`.

    Returns:
        MiB by what the run did: 0 where its process has become the command.
    """
    if not Path("/proc/self/status").exists():
        return {}
    usual = make_project(machine, "resident", Pyproject())
    report = make_project(machine, "resident-report", Pyproject(), 'mode = "report"\n')
    found = usual.run(machine.xrun, "true")
    assert found.status == 0, found.stderr
    unchanged = _look(usual, machine.xrun)
    for project in (usual, report):
        project.install(*name_distributions("extra", 1))
    return {
        "all is as last time": unchanged,
        "something was removed": _look(usual, machine.xrun),
        "a report is due": _look(report, machine.xrun),
    }


def _look(project: Project, xrun: str) -> float:
    """Start a command that runs long; look what is resident of what was started."""
    environ = project.sandbox.environ()
    argv = (xrun, PROGRAM, str(SECONDS))
    nothing = subprocess.DEVNULL
    with subprocess.Popen(argv, cwd=project.folder, env=environ, stderr=nothing) as process:
        time.sleep(SECONDS * 2 / 3)
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return 0.0 if fields["Name"].strip() == PROGRAM else int(fields["VmRSS"].split()[0]) / 1024
