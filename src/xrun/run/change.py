"""Make an environment exact before a run, in a step of its own, under the gate."""

from __future__ import annotations

import dataclasses
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.drift import Kind
from xrun.drift.classify import classify
from xrun.drift.strays import find_strays
from xrun.environment import Provenance
from xrun.environment.attic.journal import Gone, make_gone, write_entry
from xrun.environment.attic.shared import find_sharers
from xrun.environment.attic.stow import discard, find_changed, is_untouched, stow, sweep
from xrun.environment.marker import begin_step, end_step
from xrun.environment.processes import make_in_use
from xrun.proxy import run_lock
from xrun.run.changing import change, mend
from xrun.run.guard import check_is_meant, check_is_whole, check_keeps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.drift import Comparison, Drift
    from xrun.environment import Environment
    from xrun.environment.attic.store import Removal
    from xrun.run.changing import Preparation

# What `uv run --exact` says of the same changes, in the same words; all else that `uv sync` says is
# its own (the resolution, the list of changes) or is said again by the run (warnings). Measured on
# uv 0.5.14 to 0.13.9.
SAID_BY_RUN = (
    *("Uninstalled ", "Installed ", "Using CPython ", "Using Python ", "Using PyPy "),
    *("Creating virtual environment", "Removed virtual environment"),
    *("Downloading ", " Downloaded ", "   Building ", "      Built "),
)

NOTHING_KNOWN = Provenance("", None, is_requested=False, direct_url={})
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
        mended: Names that were installed anew, for what went had files in common with them.
        broken: Names that have lost files to what went, and could not be installed anew.
        strays: Files of no distribution that went with an environment that was built anew.
    """

    drift: Drift
    status: int
    said: tuple[str, ...]
    left: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


def prepare(this: Preparation) -> Prepared:
    """Make the environment of a run exact; whoever calls it holds its gate.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment of the project.
        KeptWouldBeLostError: The environment would be built anew without what is kept.
        InUseError: Commands run in it that something would be taken from; nothing was changed.
        AtticError: What would go cannot be put away, so nothing was removed.
    """
    check_may_change(this.comparison)
    if this.comparison.is_clean:
        return Prepared(this.comparison.drift, 0, ())
    comparison = classify(this.facts, this.invocation, this.plan, this.comparison)
    # With an environment that is built anew all goes that is in it.
    this = dataclasses.replace(this, removes=this.removes or comparison.drift.is_replaced)
    alone = be_alone(comparison, removes=this.removes)
    try:
        return _prepare(this, comparison)
    finally:
        alone.release()


def select_said(lines: Iterable[str]) -> list[str]:
    """Select what `uv run` would have said too of what `uv sync` says."""
    return [line for line in lines if COLOUR.sub("", line).startswith(SAID_BY_RUN)]


def check_may_change(comparison: Comparison) -> None:
    """Check that an environment may be changed at all, whoever else is in it.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment of the project.
        KeptWouldBeLostError: The environment would be built anew without what is kept.
    """
    check_is_whole(comparison.drift.environment)
    check_is_meant(comparison)
    check_keeps(comparison)


def be_alone(comparison: Comparison, *, removes: bool) -> run_lock.Alone:
    """Be alone in an environment that something is taken from.

    Raises:
        InUseError: Others are there, or nobody can know.
    """
    drift = comparison.drift
    taken = (*(drift.extraneous if removes else ()), *drift.of(Kind.OTHER))
    if not taken and not drift.replaces:
        return run_lock.Alone(-1)
    alone = run_lock.be_alone(str(drift.environment.folder))
    if not alone.is_had:
        names = [] if drift.is_replaced else [each.name for each in taken]
        raise make_in_use(drift.environment, names, is_possible=alone.is_possible)
    return alone


def _prepare(this: Preparation, comparison: Comparison) -> Prepared:
    """Put away, remove, replace, and see what that did."""
    told = comparison.drift
    if not this.removes:
        staying = tuple(each for each in told.findings if each not in told.extraneous)
        told = dataclasses.replace(told, findings=staying)
    going = list(_list_going(comparison.drift, this.environment, removes=this.removes))
    outgoing = {each.name: each.replaced_by for each in going}
    removal = stow(this.environment, outgoing, is_replaced=comparison.drift.is_replaced)
    sharers = find_sharers(this.environment, [each.name for each in going])
    strays = _list_strays(this.environment) if comparison.drift.is_replaced else ()
    begin_step(this.environment, is_new=not this.environment.exists)
    status, said = change(this, comparison)
    if removal is not None:
        sweep(removal, this.environment)
    gone, left = _find_gone(going, this.environment, removal)
    if gone:
        write_entry(removal.at if removal else time.time(), this.environment, gone)
    elif removal is not None and is_untouched(removal, this.environment):
        discard(removal)
    if status == 0:
        said = select_said(said)
        gone_or_new = tuple(each for each in told.findings if each.name not in left)
        told = dataclasses.replace(told, findings=gone_or_new)
        mended, broken = mend(this, comparison, sharers, removal)
        end_step(this.environment)
        return Prepared(told, 0, tuple(said), left, mended, broken, strays)
    # The marker stays: the next run looks whether all is whole. uv may have removed a part before
    # it failed: that part is named, and stays in the attic.
    names = {each.name for each in gone}
    findings = tuple(each for each in comparison.drift.extraneous if each.name in names)
    drift = dataclasses.replace(comparison.drift, findings=findings)
    return Prepared(drift, status, tuple(said))


def _list_strays(environment: Environment) -> tuple[str, ...]:
    return tuple(each.name for each in find_strays(environment, {}) if each.kind is Kind.STRAY)


def _find_gone(
    going: Iterable[Gone], environment: Environment, removal: Removal | None
) -> tuple[list[Gone], tuple[str, ...]]:
    """Find what did go, and what stays although uv said that it removed it (no RECORD)."""
    environment = dataclasses.replace(environment)  # read anew
    now = environment.distributions
    # The same version from another source is another one all the same.
    changed = find_changed(removal, environment) if removal else frozenset()
    gone = [
        each
        for each in going
        if each.name not in now or now[each.name].version != each.version or each.name in changed
    ]
    left = tuple(each.name for each in going if each.replaced_by is None and each.name in now)
    return gone, left


def _list_going(drift: Drift, environment: Environment, *, removes: bool) -> Iterator[Gone]:
    """List what goes away, read before it does: what is removed, and what is replaced."""
    findings = [*(drift.extraneous if removes else ()), *drift.of(Kind.OTHER)]
    for finding in findings:
        distribution = environment.distributions.get(finding.name)
        version = distribution.version if distribution else finding.installed or ""
        provenance = distribution.read_provenance() if distribution else NOTHING_KNOWN
        yield make_gone(finding.name, version, provenance, finding.locked)
