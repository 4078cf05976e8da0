"""Make an environment exact before a run, in a step of its own, under the gate."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import uv
from xrun.drift.compare import classify, compare
from xrun.drift.question import build_sync, select_variables
from xrun.guard import check_is_meant, check_is_whole
from xrun.locks import hold_gate
from xrun.removal import discard, is_untouched, stow

if TYPE_CHECKING:
    from xrun.drift import Drift
    from xrun.environment import Environment
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

COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # where FORCE_COLOR asks for it


@dataclass(frozen=True)
class Prepared:
    """What preparing did.

    Attributes:
        drift: What was removed or replaced; no findings if somebody else had done it meanwhile.
            Where uv failed, what was removed all the same.
        status: uv's status: not 0 where it failed, and then nothing is run.
        said: The lines that uv would have said had it done this in the run.
        left: Names that uv said it removed and did not.
    """

    drift: Drift
    status: int
    said: tuple[str, ...]
    left: tuple[str, ...] = ()


def prepare(
    facts: Facts, invocation: Invocation, plan: Plan, environment: Environment, *, is_shown: bool
) -> Prepared:
    """Make the environment of a run exact; done already if another xrun did it meanwhile.

    Args:
        facts: Of the run.
        invocation: What was typed.
        plan: With the policy's selection.
        environment: The environment that is meant; compared again under its gate.
        is_shown: Whether uv may show its progress where it installs something.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment of the project.
        UvFailedError: uv could not say what it would do.
        AtticError: What would go cannot be put away, so nothing was removed.
    """
    with hold_gate(environment.folder):
        check_is_whole(environment)
        comparison = compare(facts, invocation, plan)
        check_is_meant(comparison)
        if comparison.is_clean:
            return Prepared(comparison.drift, 0, ())
        comparison = classify(facts, invocation, plan, comparison)
        installs = any(not change.is_removal for change in comparison.answer.changes)
        removal = stow(environment, [finding.name for finding in comparison.drift.extraneous])
        args = build_sync(facts, invocation, plan)
        environ = select_variables(is_question=False)
        if is_shown and "NO_COLOR" not in environ:
            environ["FORCE_COLOR"] = "1"  # what is captured is shown on a terminal after all
        done = uv.ask_uv(facts.uv, args, environ, is_shown=is_shown and installs)
        said = (done.stderr or "").splitlines()
        left = _find_left(comparison.drift)
        if done.returncode == 0:
            said = [line for line in said if COLOUR.sub("", line).startswith(SAID_BY_RUN)]
            return Prepared(comparison.drift, 0, tuple(said), left)
        # uv may have removed a part before it failed: that part is named, and stays in the attic.
        if removal is not None and is_untouched(removal, environment):
            discard(removal)
        before = environment.distributions  # as it was read for the comparison
        gone = tuple(
            each
            for each in comparison.drift.extraneous
            if each.name in before and each.name not in left
        )
        drift = dataclasses.replace(comparison.drift, findings=gone)
        return Prepared(drift, done.returncode, tuple(said))


def _find_left(drift: Drift) -> tuple[str, ...]:
    """Find what is still installed although uv said that it removed it (no RECORD)."""
    now = dataclasses.replace(drift.environment).distributions  # read anew
    return tuple(finding.name for finding in drift.extraneous if finding.name in now)
