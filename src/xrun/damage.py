"""A step that was killed: a marker says so, and what it left half installed is installed anew.

uv killed while it installs leaves distributions that it takes for installed from then on, and
never repairs (seen on uv 0.13.9). The marker lies in the cache folder, for one environment each.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import uv
from xrun.drift.question import build_sync, select_variables
from xrun.names import canonicalize_name
from xrun.removal.shared import find_broken
from xrun.removal.unfinished import note_unfinished
from xrun.state import read_records, resolve_cache_file, write_records

if TYPE_CHECKING:
    from xrun.environment import Environment
    from xrun.facts import Facts
    from xrun.invocation import Invocation
    from xrun.plan import Plan


@dataclass(frozen=True)
class Recovered:
    """What was done about a step that never ended.

    Attributes:
        whole: The names of what it had left half installed, and is whole again.
        gone: The names of what it had removed or replaced; now in the journal.
    """

    whole: tuple[str, ...]
    gone: tuple[str, ...]


def find_marker(environment: Environment) -> str:
    """Find the file that is there while an environment is changed."""
    return resolve_cache_file("changing", str(environment.folder))


def begin_step(environment: Environment) -> None:
    """Note that an environment is being changed; its gate is held."""
    write_records(find_marker(environment), [str(environment.folder)])


def end_step(environment: Environment) -> None:
    """Note that the change has ended well."""
    try:
        os.unlink(find_marker(environment))  # noqa: PTH108 - a str
    except OSError:
        return


def was_killed(environment: Environment) -> bool:
    """Whether a step that changed an environment did not end well; its gate is held."""
    return read_records(find_marker(environment)) == [str(environment.folder)]


def recover(
    facts: Facts, invocation: Invocation, plan: Plan, environment: Environment
) -> Recovered:
    """Install anew what a killed step left without all of its files; note what it had removed.

    What is not in the lock file stays as it is: it is removed as ever, or kept.
    """
    gone = note_unfinished(dataclasses.replace(environment))
    now = dataclasses.replace(environment)
    broken = find_broken(now, sorted(now.distributions))
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
