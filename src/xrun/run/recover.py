"""A step that was killed: a marker says so, and what it left half installed is installed anew.

uv killed while it installs leaves distributions that it takes for installed from then on, and
never repairs (seen on uv 0.13.9).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.drift.dry_run import build_sync, select_variables
from xrun.environment.attic.unfinished import note_unfinished
from xrun.environment.damage import find_broken
from xrun.environment.marker import end_step
from xrun.project.names import canonicalize_name
from xrun.proxy import uv

if TYPE_CHECKING:
    from xrun.environment import Environment
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan


@dataclass(frozen=True)
class Recovered:
    """What was done about a step that never ended.

    Attributes:
        whole: The names of what it had left half installed, and is whole again.
        gone: The names of what it had removed or replaced; now in the journal.
    """

    whole: tuple[str, ...]
    gone: tuple[str, ...]


def recover(
    facts: Facts, invocation: Invocation, plan: Plan, environment: Environment
) -> Recovered:
    """Install anew what a killed step left without all of its files; note what it had removed.

    What is not in the lock file stays as it is: it is removed as ever, or kept.
    """
    gone = note_unfinished(dataclasses.replace(environment))
    now = dataclasses.replace(environment)
    broken = find_broken(now)
    if broken:
        sync = build_sync(facts, invocation, plan)
        anew = [f"--reinstall-package={name}" for name in broken]
        kept = {canonicalize_name(each.requirement.name) for each in plan.keep}
        around = [f"--no-install-package={name}" for name in sorted(kept - {*broken})]
        environ = select_variables(is_question=False)
        uv.ask_uv(facts.uv, [*sync, "--inexact", *anew, *around], environ, is_change=True)
    still = find_broken(dataclasses.replace(environment), broken)
    end_step(environment)
    return Recovered(tuple(name for name in broken if name not in still), gone)
