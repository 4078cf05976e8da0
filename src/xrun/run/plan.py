"""What to do: policy, invocation and facts in, a plan out. A table; the first row that fits holds.

Nothing here reads or starts anything. The rows are what uv was measured to do, where `--exact` or
`--isolated` does not do what it says (uv 0.5.14 to 0.13.9).
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.project.uv_variables import CLEANS_SCRIPTS, HAS_DRY_RUN, HAS_EXACT
from xrun.run.request import Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.policy import Mode, Policy
    from xrun.policy.keep import Keep
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts


class Response(enum.Enum):
    """What to do about drift."""

    NOTHING = enum.auto()  # it is not looked for
    PREPARE = enum.auto()  # make the environment exact, then run
    REPORT = enum.auto()  # run as typed, report what stays
    REFUSE = enum.auto()  # do not run
    ASK = enum.auto()  # ask what to do, at the terminal
    SEPARATE = enum.auto()  # run in an environment of xrun's own


class Target(enum.Enum):
    """Whose environment is compared."""

    PROJECT = enum.auto()
    SCRIPT = enum.auto()


@dataclass(frozen=True)
class Plan:
    """What to do.

    Attributes:
        inject: What stands right behind `run`, before what was typed.
        selection: The part of `inject` that a comparison needs too.
        response: What to do about drift.
        reason: Why the run cannot be exact although it should be; empty where it can or need not.
        target: Whose environment is compared.
        is_as_it_is: Whether uv changes nothing first (`--no-sync`), so that all drift stays.
        is_offline: Whether uv would do without the network, so that comparing must too.
        says: Whether the reason is said though nothing can be compared.
        is_unknown: Whether there should be something to compare, but uv cannot.
        row: The row of the table that decided, for `-v` and for tests.
        keep: What the policy keeps in the environment; nothing in those that uv keeps for scripts.
        mode: The mode that holds for this run.
        is_as_typed: Whether uv gets a typed `--exact` though nothing was compared.
    """

    inject: tuple[str, ...] = ()
    selection: tuple[str, ...] = ()
    response: Response = Response.NOTHING
    reason: str = ""
    target: Target = Target.PROJECT
    is_as_it_is: bool = False
    is_offline: bool = False
    says: bool = False
    is_unknown: bool = False
    row: str = ""
    keep: tuple[Keep, ...] = ()
    mode: Mode = "exact"
    is_as_typed: bool = False


def resolve_plan(policy: Policy, invocation: Invocation, facts: Facts) -> Plan:
    """Resolve what to do for one run: the first row of the table that fits."""
    case = Case(policy, invocation, facts)
    return next(row.then(case) for row in TABLE if row.fits(case))


@dataclass(frozen=True)
class Row:
    """A row of the table: when it fits, and what is then to be done."""

    name: str
    fits: Callable[[Case], bool]
    decide: Callable[[Case], Plan]

    def then(self, case: Case) -> Plan:
        """Decide, and note which row did."""
        plan = self.decide(case)
        keep = case.policy.keep if plan.target is Target.PROJECT else ()
        return dataclasses.replace(plan, row=self.name, keep=keep, mode=case.mode)


def _as_typed(_: Case) -> Plan:
    return Plan(is_as_typed=True)


def _nothing_to_run(_: Case) -> Plan:
    return Plan()


def _off(case: Case) -> Plan:
    return Plan(inject=case.enforced_lock, is_as_typed=True)


def _fall_back(case: Case, reason: str, *, is_as_it_is: bool = False) -> Plan:
    """Run as typed although it should be exact; compared first, reported after (or refused)."""
    if not case.can(HAS_DRY_RUN):
        return Plan(reason=reason, says=True, is_unknown=True)
    selection = case.selection
    return Plan(
        inject=() if is_as_it_is else selection,
        selection=selection,
        response=Response.REFUSE if case.mode == "refuse" else Response.REPORT,
        reason=reason,
        is_as_it_is=is_as_it_is,
        is_offline=is_as_it_is and case.mode != "refuse",
    )


def _outside(case: Case) -> Plan:
    """Nothing is declared, so there is nothing to be exact about; said only if it was asked for."""
    asked = "mode" in case.policy.origins or case.invocation.has("--exact")
    if not asked or case.mode == "report":
        return Plan()
    return Plan(reason="without a project, nothing says what belongs here", says=True)


def _unreadable(_: Case) -> Plan:
    return Plan(reason="xrun cannot read pyproject.toml", says=True)


def _unmanaged(case: Case) -> Plan:
    reason = "pyproject.toml says managed = false, so uv cannot compare"
    return Plan(reason=reason, says=case.mode != "report", is_unknown=True)


def _undeclared(case: Case) -> Plan:
    response = Response.REFUSE if case.mode == "refuse" else Response.REPORT
    return Plan(response=response, reason="pyproject.toml has no [project] table")


def _no_project(case: Case) -> Plan:
    if case.uses_other_environment:
        return _outside(case)
    reason = f"{case.no_project} used {case.environment_name} as it was"
    return _fall_back(case, reason, is_as_it_is=True)


def _no_sync(case: Case) -> Plan:
    reason = f"{case.no_sync} left {case.environment_name} as it was"
    return _fall_back(case, reason, is_as_it_is=True)


def _isolated_no_sync(case: Case) -> Plan:
    """Typed together they give an empty environment; a policy's `isolated` gives way."""
    if not case.is_isolated:
        return _no_sync(case)
    reason = f"with {case.no_sync} the isolated environment lacks even what is declared"
    return Plan(reason=reason, says=True)


def _isolated(case: Case) -> Plan:
    flag = () if case.is_isolated else ("--isolated",)
    return Plan(inject=(*flag, *case.selection), selection=case.selection)


def _script(case: Case) -> Plan:
    """A script's own environment: `--isolated` and `--no-sync` say nothing there, `--exact` does.

    The selection is the project's and not the script's; the lock options only where it has a lock.
    """
    lock = case.script_lock
    plan = Plan(inject=lock, selection=lock, target=Target.SCRIPT)
    if case.mode == "report":
        return dataclasses.replace(plan, response=Response.REPORT)
    if not case.can(CLEANS_SCRIPTS):
        return dataclasses.replace(plan, reason=_uncleaned(case), says=True, is_unknown=True)
    if case.mode == "refuse":
        return dataclasses.replace(plan, response=Response.REFUSE)
    response = Response.ASK if case.mode == "ask" else Response.PREPARE
    return dataclasses.replace(plan, response=response)


def _streamed_script(case: Case) -> Plan:
    """Its environment is named by what it declares, so uv cannot be asked of it, but cleans it."""
    plan = Plan(target=Target.SCRIPT, is_as_typed=True)
    if case.mode == "report":
        return plan
    if not case.can(CLEANS_SCRIPTS):
        return dataclasses.replace(plan, reason=_uncleaned(case), says=True, is_unknown=True)
    flag = () if case.invocation.has("--exact") else ("--exact",)
    return dataclasses.replace(plan, inject=flag)


def _uncleaned(case: Case) -> str:
    return f"uv {case.render_version()} does not clean the environments of scripts (0.6.17 does)"


def _old(case: Case) -> Plan:
    version = case.render_version()
    if not case.can(HAS_EXACT):
        reason = f"uv {version} has no --exact (0.5.14 has, 0.5.30 can say what it removes)"
    else:
        reason = f"uv {version} cannot say what it would remove (0.5.30 can)"
    return Plan(case.selection, case.selection, reason=reason, says=True, is_unknown=True)


def _refuse(case: Case) -> Plan:
    """Known to be exact when it runs, and left so: uv need not look again."""
    inject = ("--no-sync",)
    return Plan(inject, case.selection, Response.REFUSE, is_as_it_is=True)


def _report(case: Case) -> Plan:
    return Plan(case.selection, case.selection, Response.REPORT)


def _separate(case: Case) -> Plan:
    return Plan(case.selection, case.selection, Response.SEPARATE)


def _exact(case: Case) -> Plan:
    response = Response.ASK if case.mode == "ask" else Response.PREPARE
    return Plan(case.selection, case.selection, response)


TABLE = (
    # uv prunes even where it only lists the commands there are: it never gets `--exact` there.
    Row("nothing to run", lambda case: case.invocation.asks_for_help, _nothing_to_run),
    Row("off", lambda case: case.mode == "off", _off),
    Row("refused by uv", lambda case: case.is_misused, _as_typed),
    Row("script with metadata", lambda case: case.has_script_environment, _script),
    Row(
        "script from standard input",
        lambda case: case.facts.is_streamed_script,
        _streamed_script,
    ),
    Row("outside a project", lambda case: case.is_outside, _outside),
    Row("unreadable", lambda case: case.is_unreadable, _unreadable),
    Row("no project", lambda case: bool(case.no_project), _no_project),
    Row("unmanaged", lambda case: case.is_unmanaged, _unmanaged),
    Row("no [project]", lambda case: case.is_undeclared, _undeclared),
    Row(
        "isolated, no sync",
        lambda case: case.mode == "isolated" and bool(case.no_sync),
        _isolated_no_sync,
    ),
    Row("isolated", lambda case: case.mode == "isolated", _isolated),
    Row("no sync", lambda case: bool(case.no_sync), _no_sync),
    Row("old uv", lambda case: not case.can(HAS_DRY_RUN), _old),
    Row(
        "remote script",
        lambda case: case.is_remote,
        lambda case: _fall_back(case, "a script from a URL may have an environment of its own"),
    ),
    Row("inexact", lambda case: case.is_inexact, lambda c: _fall_back(c, "--inexact (typed)")),
    Row(
        "not writable",
        lambda case: case.removes and case.is_read_only,
        lambda case: _fall_back(case, f"{case.environment_name} is not writable"),
    ),
    Row(
        "separate, active",
        lambda case: case.mode == "separate" and case.is_active,
        lambda case: _fall_back(case, "--active (typed)"),
    ),
    Row("separate", lambda case: case.mode == "separate", _separate),
    Row("refuse", lambda case: case.mode == "refuse", _refuse),
    Row("report", lambda case: case.mode == "report", _report),
    Row("exact", lambda _: True, _exact),
)
