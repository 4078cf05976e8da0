"""Make an environment exact before a run, in a step of its own, under the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import uv
from xrun.drift.compare import build_sync, classify, compare
from xrun.environment import Environment
from xrun.guard import check_is_meant, check_is_whole
from xrun.locks import hold_gate

if TYPE_CHECKING:
    from xrun.drift import Comparison, Drift
    from xrun.facts import Facts
    from xrun.invocation import Invocation
    from xrun.plan import Plan

# What `uv run --exact` says of the same changes, in the same words; all else that `uv sync` says is
# its own (the resolution, the list of changes) or is said again by the run (warnings). Measured on
# uv 0.5.14 to 0.13.9.
SAID_BY_RUN = (
    *("Uninstalled ", "Installed ", "Using CPython ", "Using Python ", "Using PyPy "),
    *("Creating virtual environment", "Removed virtual environment"),
    *("Downloading ", " Downloaded ", "   Building ", "      Built "),
)


@dataclass(frozen=True)
class Prepared:
    """What preparing did.

    Attributes:
        drift: What was removed or replaced; no findings if somebody else had done it meanwhile.
        status: uv's status: not 0 where it failed, and then nothing is run.
        said: The lines that uv would have said had it done this in the run.
        left: Names that uv said it removed and did not.
    """

    drift: Drift
    status: int
    said: tuple[str, ...]
    left: tuple[str, ...] = ()


def prepare(facts: Facts, invocation: Invocation, plan: Plan, seen: Comparison) -> Prepared:
    """Make the environment of a run exact.

    Args:
        facts: Of the run.
        invocation: What was typed.
        plan: With the policy's selection.
        seen: The comparison that showed the need; it is made again under the gate.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment of the project.
        UvFailedError: uv could not say what it would do.
    """
    with hold_gate(seen.drift.environment.folder):
        check_is_whole(seen.drift.environment)
        comparison = compare(facts, invocation, plan)
        check_is_meant(comparison)
        if not comparison.needs_preparing:
            return Prepared(comparison.drift, 0, ())
        comparison = classify(facts, invocation, plan, comparison)
        done = uv.ask_uv(facts.uv, build_sync(facts, invocation, plan))
        lines = done.stderr.splitlines()
        if done.returncode == 0:
            lines = [line for line in lines if line.startswith(SAID_BY_RUN)]
        left = _find_left(comparison.drift)
        return Prepared(comparison.drift, done.returncode, tuple(lines), left)


def _find_left(drift: Drift) -> tuple[str, ...]:
    """Find what is still installed although uv said that it removed it (no RECORD)."""
    now = Environment(drift.environment.folder, drift.environment.name).distributions
    return tuple(finding.name for finding in drift.extraneous if finding.name in now)
