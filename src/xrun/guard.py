"""The guard: nothing is ever removed from an interpreter that is not a virtual environment.

Without `pyvenv.cfg` uv takes the interpreter behind `.venv` for the environment, installs into it
and uninstalls from it. uv's dry run names that interpreter, or, with a warm cache, still `.venv`
(measured on uv 0.5.31 to 0.13.9): so the file is looked at first, and uv's word counts as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.errors import KeptWouldBeLostError, NotAnEnvironmentError
from xrun.wording import render_names

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.drift import Comparison, Kept
    from xrun.environment import Environment


def check_is_whole(environment: Environment) -> None:
    """Check, before uv is asked, that an environment has not lost its `pyvenv.cfg`.

    Raises:
        NotAnEnvironmentError: It has; whatever uv did next, it would do to another Python.
    """
    if environment.is_damaged:
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is damaged: it has no pyvenv.cfg, and uv would change "
            "the Python behind it instead",
            hint=f"delete {environment.name}, and the next run makes it anew",
        )


def check_is_meant(comparison: Comparison) -> None:
    """Check that what uv would change is the virtual environment that is meant.

    Raises:
        NotAnEnvironmentError: It is not, and something in it would be removed or replaced.
    """
    environment = comparison.drift.environment
    check_is_named(comparison)
    if environment.exists and not environment.is_virtual and comparison.needs_preparing:
        count = len(comparison.drift.findings)
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is not a virtual environment (no pyvenv.cfg), and "
            f"{count} of its distributions would be removed or replaced",
            hint="`XRUN_MODE=report` runs without removing",
        )


def check_is_named(comparison: Comparison) -> None:
    """Check that the environment that uv speaks of is the one that is meant.

    Raises:
        NotAnEnvironmentError: It is another (a preview of uv 0.13 keeps them all in one place).
    """
    environment = comparison.drift.environment
    named = comparison.answer.environment
    if environment.exists and named is not None and not _is_same(named, environment.folder):
        raise NotAnEnvironmentError(
            f"not run: uv would change {named}, which is not {environment.name}",
            hint="XRUN=0 runs it all the same",
        )


def check_keeps(comparison: Comparison) -> None:
    """Check that nothing that the policy keeps goes with the environment that it is in.

    Raises:
        KeptWouldBeLostError: uv would build the environment anew, without what is kept.
    """
    drift = comparison.drift
    lost = [each for each in drift.kept if _is_lost(each)] if drift.is_replaced else []
    if not lost:
        return
    where = dict.fromkeys(each.origin for each in lost)
    raise KeptWouldBeLostError(
        f"not run: uv would build {drift.environment.name} anew, for another Python, and what is "
        "kept would be lost",
        details=(render_names([f"{each.name} {each.installed}" for each in lost]),),
        hint=f"kept by {', '.join(where)}; choose the Python that {drift.environment.name} has, or "
        f"move {drift.environment.name} away and install what is kept into the new one",
    )


def _is_lost(kept: Kept) -> bool:
    """Whether a kept distribution is not just what the new environment would get from the lock."""
    by_hand = kept.provenance is not None and kept.provenance.direct_url
    return kept.locked != kept.installed or bool(by_hand)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other
