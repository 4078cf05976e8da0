"""The table of checks, and the one loop over it: none of them stops the others."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.ctl.doctor import environments, exactness, folders, programs, speed, variables
from xrun.ctl.doctor.diagnosis import Diagnosis, Severity
from xrun.errors import XrunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xrun.ctl.doctor.scene import Scene


@dataclass(frozen=True)
class Check:
    """One check: its name, and the function that looks."""

    name: str
    look: Callable[[Scene], Iterable[Diagnosis]]


CHECKS = (
    Check("xrun", programs.check_xrun),
    Check("console script", programs.check_console_script),
    Check("byte code", speed.check_byte_code),
    Check("uv", programs.check_uv),
    Check("other uvs", programs.check_other_uvs),
    Check("shim", programs.check_shim),
    Check("home folder", folders.check_home),
    Check("cache folder", folders.check_cache_folder),
    Check("state folder", folders.check_state_folder),
    Check("file systems", folders.check_file_systems),
    Check("free space", folders.check_space),
    Check("locks", folders.check_locks),
    Check("XRUN", variables.check_off),
    Check("policy variables", variables.check_policy_variables),
    Check("environment variables", variables.check_environment_variables),
    Check("link mode", variables.check_link_mode),
    Check("policy", exactness.check_policy),
    Check("exactness", exactness.check_exactness),
    Check("as last time", speed.check_remembered),
    Check("environment", environments.check_environment),
    Check("killed steps", environments.check_killed),
    Check("distributions", environments.check_distributions),
    Check("commands", environments.check_commands),
    Check("separate environments", environments.check_separate),
)


def examine(scene: Scene, checks: Sequence[Check] = CHECKS) -> tuple[Diagnosis, ...]:
    """Make all checks; one that cannot be made is told, those for the same reason together.

    Returns:
        What was found: first what should be mended, then what may be meant so.
    """
    found: list[Diagnosis] = []
    failed: dict[str, list[str]] = {}
    for check in checks:
        told = _look(check, scene)
        if isinstance(told, str):
            failed.setdefault(told, []).append(check.name)
        else:
            found += told
    for reason, names in failed.items():
        what = f"not looked at: {', '.join(names)}"
        found.append(Diagnosis(Severity.UNKNOWN, what, reason, checks=tuple(names)))
    order = [*Severity]
    return tuple(sorted(found, key=lambda each: order.index(each.severity)))


def _look(check: Check, scene: Scene) -> list[Diagnosis] | str:
    """Make a check; text where it cannot be made: why not."""
    try:
        return [dataclasses.replace(each, checks=(check.name,)) for each in check.look(scene)]
    except (OSError, RuntimeError, ValueError, XrunError) as problem:
        return str(problem)
