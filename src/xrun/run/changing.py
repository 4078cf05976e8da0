"""The steps in which uv changes an environment before a run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.drift.dry_run import build_sync, select_variables
from xrun.environment.attic.shared import link_back
from xrun.environment.attic.uninstall import prune
from xrun.environment.damage import find_broken
from xrun.project.names import canonicalize_name
from xrun.proxy import uv
from xrun.run.plan import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.drift import Comparison, Drift
    from xrun.environment import Environment
    from xrun.environment.attic.store import Removal
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan


@dataclass(frozen=True)
class Preparation:
    """What is to be prepared: the run, and the environment that is meant.

    Attributes:
        facts: Of the run.
        invocation: What was typed.
        plan: With the policy's selection, and what it keeps.
        comparison: Made under the gate of the environment, which is still held.
        is_shown: Whether uv may show its progress where it installs something.
        removes: Whether what is extraneous goes; otherwise only what uv itself would do is done,
            around what is kept.
    """

    facts: Facts
    invocation: Invocation
    plan: Plan
    comparison: Comparison
    is_shown: bool
    removes: bool = True

    @property
    def environment(self) -> Environment:
        """What is made exact, as it was when it was compared."""
        return self.comparison.drift.environment


def change(this: Preparation, comparison: Comparison) -> tuple[int, list[str]]:
    """Remove, by name, then replace and add.

    Never by an exact sync: that would remove what somebody else has just installed as well, which
    nobody has named or put away.

    Returns:
        uv's status, of the step that failed if one did, and all that it said.
    """
    environ = select_variables(is_question=False)
    if this.is_shown and "NO_COLOR" not in environ:
        environ["FORCE_COLOR"] = "1"  # what is captured is shown on a terminal after all
    installs = any(not change.is_removal for change in comparison.changes)
    sync = build_sync(this.facts, this.invocation, this.plan)
    said: list[str] = []
    is_pruned = this.removes and not comparison.drift.is_replaced
    names = _list_removable(comparison.drift) if is_pruned else []
    if names:
        status, said = prune(this.facts.uv, this.environment, names, environ)
        if status != 0:
            return status, said
    if not installs and not comparison.answer.is_lock_stale and not comparison.drift.is_replaced:
        return 0, said
    sync += ["--inexact", *_list_around(this, comparison)]
    is_shown = this.is_shown and installs
    done = uv.ask_uv(this.facts.uv, sync, environ, is_shown=is_shown, is_change=True)
    return done.returncode, [*said, *(done.stderr or "").splitlines()]


def make_empty(this: Preparation) -> list[str]:
    """Make an environment that is yet to be made, so that a run can enter it before it fills it.

    What the run adds is left to the run, which says and shows it; for a script without a lock file
    uv installs all at once (0.6.17 to 0.13.9). Where uv fails, it will do so in the run as well.

    Returns:
        What uv said.
    """
    sync = build_sync(this.facts, this.invocation, this.plan)
    later = [f"--no-install-package={name}" for name in this.comparison.answer.incoming]
    environ = select_variables(is_question=False)
    is_shown = this.is_shown and this.plan.target is Target.SCRIPT
    args = [*sync, "--inexact", *later]
    done = uv.ask_uv(this.facts.uv, args, environ, is_shown=is_shown, is_change=True)
    return (done.stderr or "").splitlines() if done.returncode == 0 else []


def _list_around(this: Preparation, comparison: Comparison) -> list[str]:
    """List the options that keep uv from touching what is held, or may come in meanwhile."""
    kept = {canonicalize_name(each.requirement.name) for each in this.plan.keep}
    wanted = {*comparison.answer.incoming} if not comparison.drift.is_replaced else kept
    around = {*comparison.held, *(kept - wanted)}
    return [f"--no-install-package={name}" for name in sorted(around)]


def mend(
    this: Preparation, comparison: Comparison, sharers: Sequence[str], removal: Removal | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Install anew what has lost files to what went; else it gets them back from the attic.

    Returns:
        What was installed anew, and what still lacks files.
    """
    broken = find_broken(dataclasses.replace(this.environment), sharers)
    if not broken:
        return (), ()
    sync = build_sync(this.facts, this.invocation, this.plan)
    anew = [f"--reinstall-package={name}" for name in broken]
    environ = select_variables(is_question=False)
    around = _list_around(this, comparison)
    uv.ask_uv(this.facts.uv, [*sync, "--inexact", *anew, *around], environ, is_change=True)
    still = find_broken(dataclasses.replace(this.environment), broken)
    if removal is not None and still:  # what no lock file has, or cannot be had now
        link_back(dataclasses.replace(this.environment), removal, still)
        lacking = find_broken(dataclasses.replace(this.environment), still)
        return tuple(name for name in broken if name not in still), lacking
    return tuple(name for name in broken if name not in still), still


def _list_removable(drift: Drift) -> list[str]:
    """List what can be removed by name: at one without RECORD uv would stop half-way (0.13.9)."""
    there = drift.environment.distributions
    return [
        each.name
        for each in drift.extraneous
        if each.name not in there or any(there[each.name].read_files())
    ]
