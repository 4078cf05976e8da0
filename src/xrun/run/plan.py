"""What to do: policy, invocation and facts in, a plan out. A table; the first row that fits holds.

Nothing here reads or starts anything. The rows are what uv was measured to do, where `--exact` or
`--isolated` does not do what it says (uv 0.5.14 to 0.13.9).
"""

from __future__ import annotations

import enum

from xrun.project.uv_variables import CLEANS_SCRIPTS, HAS_DRY_RUN, HAS_EXACT
from xrun.proxy.command_line import REMOTE
from xrun.proxy.dataclass import dataclass, replace
from xrun.run.usage import lacks_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.policy.keep import Keep
    from xrun.policy.keys import Mode
    from xrun.run.request import Request


class Response(enum.Enum):
    """What to do about drift."""

    NOTHING = enum.auto()  # it is not looked for
    SAY = enum.auto()  # it is not looked for, and the reason is said
    UNKNOWN = enum.auto()  # the same, where it should be looked for and uv cannot
    PREPARE = enum.auto()  # make the environment exact, then run
    REPORT = enum.auto()  # run as typed, report what stays
    REFUSE = enum.auto()  # do not run
    ASK = enum.auto()  # ask what to do, at the terminal
    SEPARATE = enum.auto()  # run in an environment of xrun's own

    @property
    def is_unasked(self) -> bool:
        """Whether uv is not asked what it would do."""
        return self in {Response.NOTHING, Response.SAY, Response.UNKNOWN}


class Sync(enum.Enum):
    """What happens to the environment before the command."""

    AS_TYPED = enum.auto()  # what uv does; it gets a typed `--exact` though nothing was compared
    NONE = enum.auto()  # nothing (`--no-sync`), so that all drift stays
    INEXACT = enum.auto()  # what is missing is added
    EXACT = enum.auto()  # what is extraneous goes too


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
        sync: What happens to the environment before the command.
        reason: Why the run cannot be exact although it should be; empty where it can or need not.
        target: Whose environment is compared.
        row: The row of the table that decided, for `-v` and for tests.
        keep: What the policy keeps in the environment; nothing in those that uv keeps for scripts.
        mode: The mode that holds for this run.
    """

    inject: tuple[str, ...] = ()
    selection: tuple[str, ...] = ()
    response: Response = Response.NOTHING
    sync: Sync = Sync.INEXACT
    reason: str = ""
    target: Target = Target.PROJECT
    row: str = ""
    keep: tuple[Keep, ...] = ()
    mode: Mode = "exact"

    @property
    def holding(self) -> tuple[Keep, ...]:
        """The entries that hold a version against the lock file's."""
        return tuple(each for each in self.keep if each.holds)

    @property
    def is_left(self) -> bool:
        """Whether the environment is left as it is and drift is only reported: nothing changes."""
        return self.sync is Sync.NONE and self.response is not Response.REFUSE


def resolve_plan(request: Request) -> Plan:
    """Resolve what to do for one run: the first row of the table that fits."""
    return next(row.then(request) for row in TABLE if row.fits(request))


@dataclass(frozen=True)
class Row:
    """A row of the table: when it fits, and what is then to be done."""

    name: str
    fits: Callable[[Request], bool]
    decide: Callable[[Request], Plan]

    def then(self, request: Request) -> Plan:
        """Decide, and note which row did."""
        plan = self.decide(request)
        keep = request.policy.keep if plan.target is Target.PROJECT else ()
        return replace(plan, row=self.name, keep=keep, mode=request.mode)


def _without_requirements(request: Request) -> Plan:
    """Leave it to uv to say that a file is missing, without a sync and without `.venv`.

    uv warns of these options where a script has an environment of its own, and passes over them.
    """
    is_own = request.has_script_environment or request.facts.is_streamed_script
    options = () if is_own else ("--isolated", "--no-sync")
    untyped = tuple(word for word in options if not request.invocation.has(word))
    return Plan(inject=untyped, sync=Sync.AS_TYPED)


def _fall_back(request: Request, reason: str, sync: Sync = Sync.INEXACT) -> Plan:
    """Run as typed although it should be exact; compared first, reported after (or refused)."""
    if not request.can(HAS_DRY_RUN):
        return Plan(reason=reason, response=Response.UNKNOWN)
    selection = request.selection
    response = Response.REFUSE if request.mode == "refuse" else Response.REPORT
    return Plan(() if sync is Sync.NONE else selection, selection, response, sync, reason)


def _outside(request: Request) -> Plan:
    """Nothing is declared, so there is nothing to be exact about; said only if it was asked for."""
    asked = "mode" in request.policy.origins or request.invocation.has("--exact")
    if not asked or request.mode == "report":
        return Plan()
    reason = "without a project, nothing says what belongs here"
    return Plan(reason=reason, response=Response.SAY)


def _unmanaged(request: Request) -> Plan:
    reason = "pyproject.toml says managed = false, so uv cannot compare"
    is_said = request.mode != "report"
    return Plan(reason=reason, response=Response.UNKNOWN if is_said else Response.NOTHING)


def _undeclared(request: Request) -> Plan:
    response = Response.REFUSE if request.mode == "refuse" else Response.REPORT
    return Plan(response=response, reason="pyproject.toml has no [project] table")


def _no_project(request: Request) -> Plan:
    if request.uses_other_environment:
        return _outside(request)
    reason = f"{request.no_project} uses {request.environment_name} as it is"
    return _fall_back(request, reason, Sync.NONE)


def _no_sync(request: Request) -> Plan:
    reason = f"{request.no_sync} leaves {request.environment_name} as it is"
    return _fall_back(request, reason, Sync.NONE)


def _isolated_no_sync(request: Request) -> Plan:
    """Together they give an empty environment (uv 0.13.9), whichever of them was typed."""
    flag = () if request.is_isolated else ("--isolated",)
    reason = f"with {request.no_sync} the isolated environment lacks even what is declared"
    return Plan(flag, reason=reason, response=Response.SAY)


def _isolated(request: Request) -> Plan:
    flag = () if request.is_isolated else ("--isolated",)
    selection = () if request.declares_nothing else request.selection
    return Plan(inject=(*flag, *selection), selection=selection)


def _script(request: Request) -> Plan:
    """A script's own environment: `--isolated` and `--no-sync` say nothing there, `--exact` does.

    The selection is the project's and not the script's; the lock options only where it has a lock.
    """
    lock = request.script_lock
    plan = Plan(lock, lock, Response.REPORT, target=Target.SCRIPT)
    responses = {"refuse": Response.REFUSE, "ask": Response.ASK}
    response = responses.get(request.mode, Response.PREPARE)
    sync = Sync.INEXACT if request.mode == "refuse" else Sync.EXACT
    return _clean_script(request, plan, replace(plan, response=response, sync=sync))


def _streamed_script(request: Request) -> Plan:
    """Its environment is named by what it declares, so uv cannot be asked of it, but cleans it."""
    plan = Plan(target=Target.SCRIPT, sync=Sync.AS_TYPED)
    flag = () if request.invocation.has("--exact") else ("--exact",)
    return _clean_script(request, plan, replace(plan, inject=flag))


def _clean_script(request: Request, plan: Plan, exact: Plan) -> Plan:
    """Choose the exact plan for a script, where the mode asks for it and this uv can."""
    if request.mode == "report":
        return plan
    if request.can(CLEANS_SCRIPTS):
        return exact
    reason = (
        f"uv {request.render_version()} does not clean the environments of scripts (0.6.17 does)"
    )
    return replace(plan, reason=reason, response=Response.UNKNOWN)


def _old_uv(request: Request) -> Plan:
    version, selection = request.render_version(), request.selection
    if not request.can(HAS_EXACT):
        reason = f"uv {version} has no --exact (0.5.14 has, 0.5.30 can say what it removes)"
    else:
        reason = f"uv {version} cannot say what it would remove (0.5.30 can)"
    return Plan(selection, selection, Response.UNKNOWN, reason=reason)


def _respond(response: Response, sync: Sync = Sync.INEXACT) -> Callable[[Request], Plan]:
    return lambda request: Plan(request.selection, request.selection, response, sync)


def _exact(request: Request) -> Plan:
    response = Response.ASK if request.mode == "ask" else Response.PREPARE
    return Plan(request.selection, request.selection, response, Sync.EXACT)


TABLE = (
    # uv prunes even where it only lists the commands there are: it never gets `--exact` there.
    Row("nothing to run", lambda request: request.invocation.asks_for_help, lambda _: Plan()),
    Row(
        "off",
        lambda request: request.mode == "off",
        lambda request: Plan(inject=request.enforced_lock, sync=Sync.AS_TYPED),
    ),
    Row("refused by uv", lambda request: request.is_refused, lambda _: Plan(sync=Sync.AS_TYPED)),
    Row(
        "requirements missing",
        lambda request: lacks_files(request.invocation, request.facts.folder),
        _without_requirements,
    ),
    Row("script with metadata", lambda request: request.has_script_environment, _script),
    Row(
        "script from standard input",
        lambda request: request.facts.is_streamed_script,
        _streamed_script,
    ),
    Row(
        "isolated",
        lambda request: (
            request.mode == "isolated" and (request.declares_nothing or not request.no_sync)
        ),
        _isolated,
    ),
    Row("outside a project", lambda request: request.is_outside, _outside),
    Row("no project", lambda request: bool(request.no_project), _no_project),
    Row(
        "unreadable",
        lambda request: request.is_unreadable,
        lambda request: _fall_back(request, "xrun cannot read pyproject.toml"),
    ),
    Row("unmanaged", lambda request: request.is_unmanaged, _unmanaged),
    Row("no [project]", lambda request: request.is_undeclared, _undeclared),
    Row(
        "isolated, no sync",
        lambda request: request.mode == "isolated" and bool(request.no_sync),
        _isolated_no_sync,
    ),
    Row("no sync", lambda request: bool(request.no_sync), _no_sync),
    Row("old uv", lambda request: not request.can(HAS_DRY_RUN), _old_uv),
    Row(
        "remote script",
        lambda request: request.invocation.command[0].startswith(REMOTE),
        lambda request: _fall_back(
            request, "a script from a URL may have an environment of its own"
        ),
    ),
    Row(
        "inexact",
        lambda request: request.is_inexact,
        lambda request: _fall_back(request, "--inexact (typed)"),
    ),
    Row(
        "not writable",
        lambda request: request.removes and request.is_read_only,
        lambda request: _fall_back(request, f"{request.environment_name} is not writable"),
    ),
    Row(
        "separate, active",
        lambda request: request.mode == "separate" and request.is_active,
        lambda request: _fall_back(request, "--active (typed)"),
    ),
    Row(
        "separate",
        lambda request: request.mode == "separate",
        _respond(Response.SEPARATE, Sync.EXACT),
    ),
    Row("refuse", lambda request: request.mode == "refuse", _respond(Response.REFUSE)),
    Row("report", lambda request: request.mode == "report", _respond(Response.REPORT)),
    Row("exact", lambda request: request.mode in {"exact", "ask"}, _exact),
)
