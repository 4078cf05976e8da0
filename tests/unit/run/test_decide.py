"""The decision as a table: what was typed and what was seen in, what is done out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from unit.drifts import undeclared
from unit.make import Installed, make_environment
from xrun.drift.compare import Comparison
from xrun.drift.dry_run import DryRun
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.environment.attic.stow import AtticError
from xrun.environment.environment import Environment
from xrun.environment.processes import UNLOCKABLE, UNSEEN
from xrun.environment.separate import Purpose, Separate
from xrun.errors import BusyError, InUseError, NoAnswerError, UvFailedError, XrunError
from xrun.policy.keep import Keep
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import find_workspace
from xrun.proxy import BIN
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass, field, replace
from xrun.run import decide as decisions
from xrun.run.ask import Answer
from xrun.run.decide import decide
from xrun.run.decision import Decision
from xrun.run.elsewhere import Elsewhere
from xrun.run.facts import Facts, Script
from xrun.run.look import Look
from xrun.run.plan import Response, resolve_plan
from xrun.run.request import Request, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xrun.run.decision import Launch

PROJECT = '[project]\nname = "app"\nversion = "1"\n[project.optional-dependencies]\nx = ["six"]\n'
UNMANAGED = f"{PROJECT}[tool.uv]\nmanaged = false\n"


@dataclass(frozen=True)
class Typed:
    """What was typed, and what the policy says."""

    line: str
    policy: Mapping[str, object]
    pyproject: str = PROJECT
    environ: Mapping[str, str] = field(default_factory=dict)
    is_script: bool = False
    has_gdal: bool = False


def typed(line: str = "pytest", pyproject: str = PROJECT, **policy: object) -> Typed:
    return Typed(line, policy, pyproject)


@dataclass(frozen=True)
class Seen:
    """What is seen: the comparison, with findings, and what else a look has."""

    findings: tuple[Finding, ...] = ()
    rest: Mapping[str, object] = field(default_factory=dict)
    is_compared: bool = True
    kept: tuple[Kept, ...] = ()
    lock: str = "use"
    is_refused: bool = False
    is_replaced: bool = False
    is_old: bool = False  # whether the project itself is built again
    named: str = ".venv"  # the folder that uv speaks of


def seen(*findings: Finding, **rest: object) -> Seen:
    own = Seen.__annotations__.keys() & rest.keys()
    words = {name: rest.pop(name) for name in own}
    return Seen(findings, rest, **words)  # type: ignore[arg-type]


def unseen(**rest: object) -> Seen:
    return Seen(rest=rest, is_compared=False)


def make_run(case: Typed, folder: Path) -> Run:
    (folder / "pyproject.toml").write_text(case.pyproject)
    environment = Environment(folder / ".venv", ".venv")
    if case.has_gdal:
        Installed("gdal", "3.8").install(environment)
    script = Script(folder / "s.py", has_metadata=True, has_lock=False) if case.is_script else None
    workspace, uv = find_workspace(folder), str(folder / "no-such-uv")
    facts = Facts(
        *(uv, (0, 13, 9), folder, folder, workspace, script, environment, case.environ),
        can_ask=True,
    )
    named = {name.replace("_", "-"): value for name, value in case.policy.items()}
    policy = resolve_policy([LayerValues(Layer.WORKSPACE, "xrun.toml", named)])
    words = case.line.split()
    request = Request(parse_invocation(words), facts, policy, tuple(words))
    return Run(request, resolve_plan(request))


def make_comparison(saw: Seen, environment: Environment) -> Comparison:
    """Make what comes of uv's answer, with the changes that belong to the findings."""
    going = [each for each in saw.findings if each.installed]
    coming = [each for each in saw.findings if each.kind in {Kind.MISSING, Kind.OTHER}]
    old = {"app": "1"} if saw.is_old else {}
    incoming = {each.name: each.locked for each in coming} | old
    incoming |= {each.name: each.locked for each in saw.kept}
    outgoing = {each.name: each.installed for each in going} | old
    named = environment.folder.parent / saw.named
    answer = DryRun(named, "update", incoming, outgoing, saw.lock, is_refused=saw.is_refused)
    drift = Drift(environment, saw.findings, is_replaced=saw.is_replaced, kept=saw.kept)
    return Comparison(answer, drift)


def make_elsewhere(run: Run, saw: Seen | None) -> Elsewhere:
    """Make the separate environment that a run goes to; `None` for one that is yet to be made."""
    separate = Separate(run.facts.folder / "separate")
    variables = {"VIRTUAL_ENV": str(separate.environment.folder)}
    facts = replace(run.facts, environment=separate.environment)
    selection = run.plan.selection
    plan = replace(run.plan, inject=selection, keep=(), mode="separate")
    request = replace(run.request, facts=facts)
    found = Elsewhere(
        replace(run, request=request, plan=plan, variables=variables),
        separate,
        Purpose(run.facts.folder, ()),
    )
    if saw is None:
        return found
    environment = replace(separate.environment)
    comparison = make_comparison(replace(saw, named="environment"), environment)
    return replace(found, comparison=comparison, **saw.rest)  # type: ignore[arg-type]


def make_look(run: Run, saw: Seen) -> Look:
    rest = dict(saw.rest)
    if "elsewhere" in rest and not isinstance(rest["elsewhere"], XrunError):
        found = rest["elsewhere"]
        rest["elsewhere"] = make_elsewhere(run, found if isinstance(found, Seen) else None)
    environment = run.facts.environment
    assert environment is not None
    comparison = make_comparison(saw, environment) if saw.is_compared else None
    return Look({}, comparison=comparison, **rest)  # type: ignore[arg-type]


def show(run: Run, look: Look) -> str:
    """Show what is decided, in the order in which it is done."""
    try:
        found = decide(run, look)
    except XrunError as error:
        return type(error).__name__
    return "look elsewhere" if found is None else " | ".join(list_words(found))


def list_words(found: Decision) -> Iterator[str]:
    yield from ["say"] if found.said else []
    yield from ["say once"] if found.news else []
    yield from [f"lacks {name}" for name in found.absent]
    yield from ["delete"] if found.is_half_made else []
    yield from ["mend"] if found.mends else []
    if found.question is not None:
        yield f"ask about {' '.join(each.name for each in found.question.drift.findings)}".rstrip()
    if isinstance(found.refused, UvFailedError):
        yield from found.refused.said
    elif found.refused is not None:
        yield f"refuse {' '.join(each.name for each in found.refused.drift.findings)}"
    if found.change is not None:
        change = found.change
        words = [f"-{each.name}" for each in change.outgoing] + ["sync"] * change.syncs
        kind = "exact" if change.removes else "inexact"
        yield f"{kind}{' elsewhere' if change.separate else ''}: {' '.join(words)}"
    if found.launch is not None:
        yield from list_launch_words(found.launch)
    yield from ["or stay"] if found.may_fail else []


def list_launch_words(launch: Launch) -> Iterator[str]:
    yield " ".join(launch.arguments)
    yield from ["remember"] if launch.remembers else []
    yield from ["remind"] if launch.reminds else []
    yield from ["say if that fails"] if launch.footnotes else []
    if isinstance(launch.report, UvFailedError):
        yield "report if it ran"
    elif launch.report is not None:
        yield f"report {' '.join(each.name for each in launch.report.findings)}"


BETA = undeclared("beta")
MISSING = Finding(Kind.MISSING, "attrs", None, "25.3")
OTHER = Finding(Kind.OTHER, "six", "1.16", "1.17")
UNSELECTED = Finding(Kind.UNSELECTED, "ruff", "0.17")
STALE = Finding(Kind.STALE_LOCK, "uv.lock")
HELD = Kept("gdal", "3.8", "xrun.toml, keep[0]", locked="3.9")
SPARED = Kept("gdal", "3.8", "xrun.toml, keep[0]")

REPORT, REFUSE, ASK = {"mode": "report"}, {"mode": "refuse"}, {"mode": "ask"}
SEPARATE, ISOLATED, OFF = {"mode": "separate"}, {"mode": "isolated"}, {"mode": "off"}
REBUILD = {"other_selection": "rebuild"}
KEEP: Mapping[str, Any] = {"keep": (Keep(Requirement("gdal")),)}
HOLD: Mapping[str, Any] = {"keep": (Keep(Requirement("gdal>=3")),)}
GDAL = Typed("pytest", KEEP, has_gdal=True)  # what is kept is there
HELD_GDAL = Typed("pytest", HOLD, has_gdal=True)
USE = {"use": "in use by `x`"}
UNKNOWN, SOMEONE = {"use": UNLOCKABLE}, {"use": UNSEEN}
BUSY = {"busy": BusyError("not run: waited 5 seconds for `x`")}
NOT_THERE = {"elsewhere": InUseError("not there either")}
FULL = {"obstacle": AtticError("the disk is full")}
USAGE = UvFailedError("uv does not take it")
USAGE.is_usage = True
REFUSAL = UvFailedError("uv knows no such group")
REFUSAL.said = ("error: Group `docs` is not defined",)
FAILED = {"failure": UvFailedError("uv says no")}
NO_ANSWER = {"failure": NoAnswerError("not run: no answer")}

RUN = "run pytest"
CASES: dict[str, tuple[Typed, Seen, str]] = {
    # name: what is typed, what is seen, what is done
    "clean": (typed(), seen(), f"{RUN} | remember"),
    "clean, report": (typed(**REPORT), seen(), f"{RUN} | remember"),
    "clean, refuse": (typed(**REFUSE), seen(), f"{RUN} | remember"),
    "clean, ask": (typed(**ASK), seen(), f"{RUN} | remember"),
    "clean, exact typed": (typed("--exact pytest"), seen(), f"{RUN} | remember"),
    "clean, upgrade": (typed("-U pytest"), seen(), "run -U pytest | remember"),
    "clean, upgrade, exact typed": (
        *(typed("-U --exact pytest"), seen()),
        "run --upgrade pytest | remember",
    ),
    "undeclared": (typed(), seen(BETA), f"exact: -beta | {RUN} | remind"),
    "undeclared, quiet": (typed("-q pytest"), seen(BETA), "exact: -beta | run -q pytest"),
    "missing": (typed(), seen(MISSING), f"exact: sync | {RUN}"),
    "replaced": (typed(), seen(OTHER), f"exact: -six sync | {RUN}"),
    "all of it": (
        *(typed(), seen(BETA, MISSING, OTHER)),
        f"exact: -beta -six sync | {RUN} | remind",
    ),
    "merely old": (typed(), seen(is_old=True), f"exact: sync | {RUN}"),
    "an upgrade is done before": (typed("-U pytest"), seen(OTHER), f"exact: -six sync | {RUN}"),
    "exact typed is done before": (
        *(typed("--exact pytest", **REPORT), seen(BETA)),
        f"exact: -beta | {RUN} | remind",
    ),
    "policy's selection": (
        *(typed(extras=("x",)), seen(BETA)),
        "exact: -beta | run --extra=x pytest | remind",
    ),
    "rebuilt": (typed(), seen(BETA, is_replaced=True), f"exact: -beta sync | {RUN} | remind"),
    # What is held in another version than the lock file's.
    "held": (typed(**KEEP), seen(kept=(HELD,), is_held=True), "run --no-sync pytest | remember"),
    "held, something to do": (
        *(typed(**KEEP), seen(MISSING, kept=(HELD,), is_held=True)),
        "exact: sync | run --no-sync pytest",
    ),
    "held, report": (
        *(typed(**REPORT, **KEEP), seen(BETA, kept=(HELD,), is_held=True)),
        "run --no-sync pytest | report beta",
    ),
    "held, refuse": (
        *(typed(**REFUSE, **KEEP), seen(kept=(HELD,), is_held=True)),
        "run --no-sync pytest | remember",
    ),
    "held, no-sync typed too": (
        *(typed("--no-sync pytest", **KEEP), seen(kept=(HELD,), is_held=True)),
        "run --no-sync pytest | remember",
    ),
    "spared is not held": (typed(**KEEP), seen(MISSING, kept=(SPARED,)), f"exact: sync | {RUN}"),
    "rebuilt without what is kept": (
        *(typed(**KEEP), seen(kept=(HELD,), is_replaced=True)),
        "KeptWouldBeLostError",
    ),
    "rebuilt without what is kept, refuse": (
        *(typed(**REFUSE, **KEEP), seen(kept=(HELD,), is_replaced=True)),
        "KeptWouldBeLostError",
    ),
    "taken as it is with what is kept": (
        *(typed("--no-sync pytest", **KEEP), seen(kept=(HELD,), is_replaced=True)),
        "run --no-sync pytest",
    ),
    # The lock file.
    "stale lock": (typed(), seen(STALE, lock="update"), f"exact: sync | {RUN}"),
    "no lock": (typed(**REPORT), seen(STALE, lock="create"), f"inexact: sync | {RUN}"),
    "stale lock, refuse": (typed(**REFUSE), seen(STALE, lock="update"), "refuse uv.lock"),
    "refused by policy": (
        *(typed(lock="locked"), seen(BETA, STALE, is_refused=True)),
        "run --locked pytest | say if that fails",
    ),
    "refused as typed": (
        *(typed("--locked pytest"), seen(BETA, STALE, is_refused=True)),
        "run --locked pytest",
    ),
    "refused, report": (
        *(typed("--locked pytest", **REPORT), seen(OTHER, STALE, is_refused=True)),
        "run --locked pytest",
    ),
    "refused, ask": (
        *(typed("--locked pytest", **ASK), seen(BETA, STALE, is_refused=True)),
        "run --locked pytest",
    ),
    # Report.
    "report": (typed(**REPORT), seen(BETA), f"{RUN} | report beta"),
    "report, quiet": (typed("-q pytest", **REPORT), seen(BETA), "run -q pytest"),
    "report, upgrade": (typed("-U pytest", **REPORT), seen(BETA), "run -U pytest | report beta"),
    "report, an upgrade is done before": (
        *(typed("-U pytest", **REPORT), seen(OTHER)),
        f"inexact: -six sync | {RUN}",
    ),
    "report, unselected": (typed(**REPORT), seen(UNSELECTED), f"{RUN} | report ruff"),
    "report, missing and replaced": (
        *(typed(**REPORT), seen(BETA, MISSING, OTHER)),
        f"inexact: -six sync | {RUN} | report beta",
    ),
    "inexact typed": (
        *(typed("--inexact pytest"), seen(BETA, MISSING)),
        "inexact: sync | run --inexact pytest | report beta",
    ),
    "no-sync typed": (
        *(typed("--no-sync pytest"), seen(BETA, MISSING, OTHER)),
        "run --no-sync pytest | report beta attrs six",
    ),
    "UV_NO_SYNC": (
        *(Typed("pytest", {}, environ={"UV_NO_SYNC": "1"}), seen(BETA, OTHER)),
        f"{RUN} | report beta six",
    ),
    "no-sync, damaged": (typed("--no-sync pytest"), unseen(), "say | run --no-sync pytest"),
    # Refuse.
    "refuse": (typed(**REFUSE), seen(BETA, MISSING), "refuse beta attrs"),
    "refuse, builds only": (typed(**REFUSE), seen(is_old=True), f"inexact: sync | {RUN}"),
    "refuse, interrupted": (typed(**REFUSE), seen(is_interrupted=True), "XrunError"),
    "refuse, no-sync": (typed("--no-sync pytest", **REFUSE), seen(BETA), "refuse beta"),
    # Ask.
    "ask": (typed(**ASK), seen(BETA), f"ask about beta | exact: -beta | {RUN} | remind"),
    "ask, rebuilt": (typed(**ASK), seen(is_replaced=True), f"ask about | exact: sync | {RUN}"),
    "ask, nothing lost": (typed(**ASK), seen(MISSING, OTHER), f"exact: -six sync | {RUN}"),
    "answer remove": (
        *(typed(**ASK), seen(BETA, answer=Answer.REMOVE)),
        f"exact: -beta | {RUN} | remind",
    ),
    "answer build": (
        *(typed(**ASK), seen(is_replaced=True, answer=Answer.REBUILD)),
        f"exact: sync | {RUN}",
    ),
    "answer leave": (typed(**ASK), seen(BETA, answer=Answer.LEAVE), RUN),
    "answer leave, something to add": (
        *(typed(**ASK), seen(BETA, MISSING, answer=Answer.LEAVE)),
        f"inexact: sync | {RUN}",
    ),
    "ask, in use": (
        *(typed(**ASK), seen(BETA, **USE)),
        f"say once | ask about beta | {RUN}",
    ),
    # What an interrupted step left.
    "interrupted": (typed(), seen(is_interrupted=True), f"mend | {RUN}"),
    "interrupted, drift": (
        *(typed(), seen(BETA, is_interrupted=True)),
        f"mend | exact: -beta | {RUN} | remind",
    ),
    "interrupted, report": (
        *(typed(**REPORT), seen(BETA, is_interrupted=True)),
        f"mend | {RUN} | report beta",
    ),
    "interrupted, needs to look elsewhere": (
        *(typed("--extra x pytest"), seen(BETA, is_interrupted=True)),
        "look elsewhere",
    ),
    "half made": (typed("-U pytest"), unseen(is_half_made=True), f"delete | {RUN}"),
    "half made, refuse": (typed(**REFUSE), unseen(is_half_made=True), "XrunError"),
    # Others are in the environment.
    "in use": (typed(), seen(BETA, **USE), "look elsewhere"),
    "in use by what started it": (typed(), seen(BETA, **USE, is_nested=True), f"say once | {RUN}"),
    "in use by what started it, another selection": (
        *(typed("--extra x pytest"), seen(BETA, **USE, is_nested=True)),
        "look elsewhere",
    ),
    "waited for in vain": (typed(), unseen(**BUSY), "look elsewhere"),
    "waited for in vain, elsewhere": (
        *(typed(), unseen(**BUSY, elsewhere=seen())),
        "say once | run --active pytest | or stay",
    ),
    "in use, clean elsewhere": (
        *(typed(), seen(BETA, **USE, elsewhere=seen())),
        "say once | run --active pytest | or stay",
    ),
    "in use, drift elsewhere": (
        *(typed(), seen(BETA, **USE, elsewhere=seen(BETA, MISSING))),
        "say once | exact elsewhere: -beta sync | run --active pytest | or stay",
    ),
    "in use, nothing elsewhere yet": (
        *(typed(), seen(BETA, **USE, elsewhere="new")),
        "say once | exact elsewhere: sync | run --active pytest | or stay",
    ),
    "in use, not elsewhere": (typed(), seen(BETA, **USE, **NOT_THERE), f"say once | {RUN}"),
    "in use, not elsewhere, missing": (
        *(typed(), seen(BETA, MISSING, **USE, **NOT_THERE)),
        f"say once | inexact: sync | {RUN}",
    ),
    "in use, not elsewhere, replaced": (
        *(typed(), seen(BETA, OTHER, **USE, **NOT_THERE)),
        "say once | run --no-sync pytest",
    ),
    "in use, stays": (typed(**REBUILD), seen(BETA, **USE), f"say once | {RUN}"),
    "in use, missing": (
        *(typed(**REBUILD), seen(BETA, MISSING, **USE)),
        f"say once | inexact: sync | {RUN}",
    ),
    "in use, replaced": (
        *(typed(**REBUILD), seen(BETA, OTHER, **USE)),
        "say once | run --no-sync pytest",
    ),
    "in use, to be rebuilt": (
        *(typed(**REBUILD), seen(BETA, is_replaced=True, **USE)),
        "InUseError",
    ),
    # Where it cannot be known who is there, or not by name.
    "unlockable": (
        *(typed(), seen(BETA, **UNKNOWN, elsewhere=seen())),
        "say once | run --active pytest | or stay",
    ),
    "unlockable, stays": (
        *(typed(**REBUILD), seen(BETA, OTHER, **UNKNOWN)),
        "say once | run --no-sync pytest",
    ),
    "unlockable, rebuilt": (
        *(typed(**REBUILD), seen(BETA, is_replaced=True, **UNKNOWN)),
        "InUseError",
    ),
    "unlockable, report": (typed(**REPORT), seen(BETA), f"{RUN} | report beta"),
    "by someone unseen": (
        *(typed(), seen(BETA, **SOMEONE, elsewhere=seen())),
        "say once | run --active pytest | or stay",
    ),
    "by someone unseen, stays": (
        *(typed(**REBUILD), seen(BETA, **SOMEONE)),
        f"say once | {RUN}",
    ),
    "in use, exact typed": (typed("--exact pytest"), seen(BETA, **USE), f"say once | {RUN}"),
    "in use, something is kept here": (GDAL, seen(BETA, **USE), "look elsewhere"),
    "in use, report": (
        *(typed(**REPORT), seen(BETA, OTHER, **USE)),
        "say once | run --no-sync pytest | report beta",
    ),
    # What would go cannot be put away.
    "cannot be put away": (typed(), seen(BETA, **FULL), f"say | {RUN}"),
    "cannot be put away, missing": (
        *(typed(), seen(BETA, MISSING, **FULL)),
        f"say | inexact: sync | {RUN}",
    ),
    "cannot be put away, replaced": (typed(), seen(OTHER, **FULL), "say | run --no-sync pytest"),
    "cannot be put away, to be rebuilt": (
        *(typed(), seen(BETA, is_replaced=True, **FULL)),
        "AtticError",
    ),
    # A selection that the environment is not for.
    "other selection, clean": (
        *(typed("--extra x pytest"), seen()),
        "run --extra x pytest | remember",
    ),
    "other selection": (typed("--extra x pytest"), seen(MISSING), "look elsewhere"),
    "other selection, there": (
        *(typed("--extra x pytest"), seen(MISSING, elsewhere=seen())),
        "run --active --extra x pytest | remember",
    ),
    "other selection, second of its kind": (
        *(typed("--extra x pytest"), seen(MISSING, elsewhere=seen(number=1))),
        "run --active --extra x pytest",
    ),
    "other selection, interrupted there": (
        *(typed("--extra x pytest"), seen(MISSING, elsewhere=seen(is_interrupted=True))),
        "mend | exact elsewhere:  | run --active --extra x pytest",
    ),
    "other selection, nowhere": (
        *(typed("--extra x pytest"), seen(MISSING, **NOT_THERE)),
        "say | exact: sync | run --extra x pytest",
    ),
    "other words for the same selection": (
        typed("--no-dev --extra x --no-extra x pytest"),
        *(seen(BETA), "exact: -beta | run --no-dev --extra x --no-extra x pytest | remind"),
    ),
    "other selection, rebuild": (
        *(typed("--extra x pytest", **REBUILD), seen(BETA)),
        "exact: -beta | run --extra x pytest | remind",
    ),
    "other selection, something is kept here": (
        *(replace(GDAL, line="--extra x pytest"), seen(BETA, MISSING)),
        "look elsewhere",
    ),
    "another Python": (typed("-p 3.9 pytest"), seen(is_replaced=True), "look elsewhere"),
    "another Python, by a group's own": (
        typed("--extra x pytest"),
        *(seen(is_replaced=True), "look elsewhere"),
    ),
    "another Python, by itself": (typed(), seen(is_replaced=True), f"exact: sync | {RUN}"),
    # Mode separate.
    "separate": (typed(**SEPARATE), unseen(), "look elsewhere"),
    "separate, clean": (
        *(typed(**SEPARATE), unseen(elsewhere=seen())),
        "run --active pytest | remember",
    ),
    "separate, an upgrade is done before": (
        *(typed("-U pytest", **SEPARATE), unseen(elsewhere=seen(OTHER))),
        "exact elsewhere: -six sync | run --active pytest",
    ),
    "separate, what is kept is of no use there": (
        *(replace(GDAL, policy={**KEEP, **SEPARATE}), unseen(elsewhere=seen(absent=("gdal",)))),
        "lacks gdal | run --active pytest | remember",
    ),
    "separate, what is kept is still to come": (
        *(replace(GDAL, policy={**KEEP, **SEPARATE}), unseen(elsewhere=seen(lacking=("gdal",)))),
        "exact elsewhere:  | run --active pytest",
    ),
    # uv does not say what it would do.
    "uv fails": (typed(), unseen(**FAILED), f"{RUN} | report if it ran"),
    "uv fails, exact typed": (
        typed("--exact pytest"),
        unseen(**FAILED),
        f"{RUN} | report if it ran",
    ),
    "uv fails, report": (typed(**REPORT), unseen(**FAILED), f"{RUN} | report if it ran"),
    "uv fails, refuse": (typed(**REFUSE), unseen(**FAILED), "XrunError"),
    "uv fails, something is held": (HELD_GDAL, unseen(**FAILED), "XrunError"),
    "uv fails, what is held is not there": (
        typed(**HOLD),
        unseen(**FAILED),
        f"{RUN} | report if it ran",
    ),
    "uv fails, something is kept": (GDAL, unseen(**FAILED), f"{RUN} | report if it ran"),
    "uv fails, kept, no-sync": (
        *(replace(GDAL, line="--no-sync pytest"), unseen(**FAILED)),
        "run --no-sync pytest | report if it ran",
    ),
    "no answer": (typed(), unseen(**NO_ANSWER), "NoAnswerError"),
    "no answer, report": (
        *(typed(**REPORT), unseen(**NO_ANSWER)),
        "say | run --no-sync pytest",
    ),
    "no answer, refuse": (typed(**REFUSE), unseen(**NO_ANSWER), "NoAnswerError"),
    "no answer, ask": (typed(**ASK), unseen(**NO_ANSWER), "NoAnswerError"),
    "no answer, no-sync": (
        *(typed("--no-sync pytest"), unseen(**NO_ANSWER)),
        "run --no-sync pytest | report if it ran",
    ),
    "usage": (
        typed("--only-dev --extra x pytest"),
        unseen(failure=USAGE),
        "run --only-dev --extra x pytest",
    ),
    "usage, refuse": (typed(**REFUSE), unseen(failure=USAGE), RUN),
    # As a rule it says the same of the run: xrun adds nothing.
    "uv refuses": (typed(), unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, quiet": (typed("-q pytest"), unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, muted": (typed("-qq pytest"), unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, verbose": (typed("-vv pytest"), unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, refuse": (typed(**REFUSE), unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, refuse, no-sync": (
        *(typed("--no-sync pytest", **REFUSE), unseen(failure=REFUSAL)),
        "XrunError",
    ),
    "uv refuses, something is held": (HELD_GDAL, unseen(failure=REFUSAL), *REFUSAL.said),
    "uv refuses, something is held, no-sync": (
        *(replace(HELD_GDAL, line="--no-sync pytest"), unseen(failure=REFUSAL)),
        "run --no-sync pytest | report if it ran",
    ),
    "usage, something is held": (HELD_GDAL, unseen(failure=USAGE), "run --no-sync pytest"),
    "usage, something is kept, no-sync typed": (
        *(replace(GDAL, line="--no-sync pytest"), unseen(failure=USAGE)),
        "run --no-sync pytest",
    ),
    # What uv is not asked about.
    "off": (typed("--exact pytest", **OFF), unseen(), "run --exact pytest | remember"),
    "isolated": (typed(**ISOLATED), unseen(), "run --isolated pytest | remember"),
    "isolated, what is kept is not there": (
        *(replace(GDAL, policy={**KEEP, **ISOLATED}), unseen()),
        "lacks gdal | run --isolated pytest | remember",
    ),
    "isolated, no-sync": (
        *(typed("--isolated --no-sync pytest"), unseen()),
        "say | run --isolated --no-sync pytest",
    ),
    "isolated, no-sync, what is kept is not there": (
        *(replace(GDAL, line="--isolated --no-sync pytest"), unseen()),
        "say | lacks gdal | run --isolated --no-sync pytest",
    ),
    "unmanaged": (typed(pyproject=UNMANAGED), unseen(), f"say | {RUN}"),
    "unmanaged, report": (typed(pyproject=UNMANAGED, **REPORT), unseen(), f"{RUN} | remember"),
    "unmanaged, refuse": (typed(pyproject=UNMANAGED, **REFUSE), unseen(), "XrunError"),
    "unreadable": (typed(pyproject="["), unseen(), f"say | {RUN}"),
    # The guard.
    "uv speaks of another": (typed(), seen(named="other"), "NotAnEnvironmentError"),
    "uv would change another": (typed(), seen(BETA, named="other"), "NotAnEnvironmentError"),
    "uv would change another, refused": (
        *(typed(), seen(BETA, named="other", is_refused=True)),
        "NotAnEnvironmentError",
    ),
    "uv would add to another": (
        *(typed(**REPORT), seen(MISSING, named="other")),
        "NotAnEnvironmentError",
    ),
    # A script's own environment.
    "script": (Typed("s.py", {}, is_script=True), seen(BETA), "exact: -beta | run s.py | remind"),
    "script, report": (Typed("s.py", REPORT, is_script=True), seen(BETA), "run s.py | report beta"),
    "script, refuse, first run": (
        *(Typed("s.py", REFUSE, is_script=True), seen(MISSING)),
        "inexact: sync | run s.py",
    ),
    "script, refuse": (
        *(Typed("s.py", REFUSE, is_script=True), seen(BETA, MISSING)),
        "refuse beta",
    ),
    "script, in use": (Typed("s.py", {}, is_script=True), seen(BETA, **USE), "say once | run s.py"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder of a project, with an environment."""
    make_environment(tmp_path / ".venv")
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_each_thing_seen_has_its_decision(name: str, folder: Path) -> None:
    case, saw, expected = CASES[name]
    assert show_for(case, saw, folder) == expected


def test_every_response_is_tested(folder: Path) -> None:
    taken = {make_run(case, folder).plan.response for case, _, _ in CASES.values()}
    assert taken == {*decisions.WITHOUT_ANSWER, *decisions.BY_ANSWER} == {*Response}


def test_a_command_goes_where_the_one_above_it_is(folder: Path) -> None:
    run = make_run(typed(), folder)
    above = make_elsewhere(run, None).run
    assert show(run, Look(above=above)) == "run --active --no-sync pytest | remember"
    found = decide_for(run, unseen(above=above))
    assert found.launch is not None
    assert found.launch.folder == str(folder / "separate" / "environment")


def show_for(case: Typed, saw: Seen, folder: Path) -> str:
    run = make_run(case, folder)
    return show(run, make_look(run, saw))


def decide_for(run: Run, saw: Seen) -> Decision:
    found = decide(run, make_look(run, saw))
    assert isinstance(found, Decision)
    return found


def test_that_a_user_cannot_be_seen_is_said_beside_what_stays(folder: Path) -> None:
    run = make_run(typed(), folder)
    named, hidden = (decide_for(run, seen(BETA, **use, **NOT_THERE)) for use in (USE, SOMEONE))
    assert len(hidden.news) == len(named.news) + 1
    assert "cannot be seen" in hidden.news[-1]


def test_the_command_enters_the_environment_that_was_changed(folder: Path) -> None:
    for case, saw, where in (
        (typed(), seen(), ".venv"),
        (typed(), seen(BETA), ".venv"),
        (typed(**SEPARATE), unseen(elsewhere=seen()), "separate/environment"),
        (typed(**SEPARATE), unseen(elsewhere="new"), "separate/environment"),
        (Typed("s.py", {}, is_script=True), seen(BETA), ".venv"),  # as uv names it
    ):
        launch = decide_for(make_run(case, folder), saw).launch
        assert launch is not None
        assert launch.folder == str(folder / where)
    launch = decide_for(make_run(typed(**ISOLATED), folder), unseen()).launch
    assert launch is not None
    assert launch.folder == ""


@pytest.mark.parametrize(
    ("case", "saw", "told"),
    [
        (typed(), seen(OTHER, **FULL), "the disk is full"),
        (typed(), seen(BETA, **USE, elsewhere=seen()), ".venv is in use by `x`: running in a sep"),
        (typed(), seen(BETA, **USE, **NOT_THERE), "in use by `x`; beta stays until it is free"),
        (typed("--extra x a"), seen(BETA, **NOT_THERE), "not there either; .venv is changed"),
        (typed(lock="frozen"), seen(is_refused=True, is_old=True), "xrun.toml"),
        (typed(pyproject=UNMANAGED), unseen(), "managed = false"),
    ],
)
def test_what_is_not_exact_is_said_with_its_reason(
    case: Typed, saw: Seen, told: str, folder: Path
) -> None:
    found = decide_for(make_run(case, folder), saw)
    footnotes = found.launch.footnotes if found.launch else ()
    assert told in "\n".join((*found.said, *found.news, *footnotes))


@pytest.mark.parametrize(
    ("case", "saw", "told"),
    [
        (typed(**REFUSE), seen(is_interrupted=True), "changed .venv was interrupted"),
        (typed(**REFUSE), unseen(**FAILED), "uv says no"),
        (typed(pyproject=UNMANAGED, **REFUSE), unseen(), "managed = false"),
        (HELD_GDAL, unseen(**FAILED), "gdal, which the policy holds"),
        (typed(**REBUILD), seen(OTHER, is_replaced=True, **USE), "would have to be rebuilt"),
        (typed(**KEEP), seen(kept=(HELD,), is_replaced=True), "what is kept would be lost"),
        (typed(), seen(BETA, named="other"), "a link to it in place of .venv"),
    ],
)
def test_what_is_not_run_says_why(case: Typed, saw: Seen, told: str, folder: Path) -> None:
    with pytest.raises(XrunError) as raised:
        decide_for(make_run(case, folder), saw)
    assert raised.value.message.startswith("not run: ")
    assert told in raised.value.message


def test_what_is_no_virtual_environment_is_not_changed(folder: Path) -> None:
    config, python = folder / ".venv" / "pyvenv.cfg", folder / ".venv" / BIN / "python"
    config.unlink()
    for case in (typed(), typed(**ASK), typed(**REPORT)):  # uv would change the Python behind it
        assert show_for(case, seen(MISSING), folder) == "NotAnEnvironmentError"
    python.unlink()
    for case in (typed(), typed(**ASK)):
        assert show_for(case, seen(BETA), folder) == "NotAnEnvironmentError"
    assert show_for(typed(**REPORT), seen(BETA), folder) == f"{RUN} | report beta"
    assert show_for(typed(**REPORT), seen(OTHER), folder) == "NotAnEnvironmentError"


def test_without_its_python_no_environment_is_taken_as_it_is(folder: Path) -> None:
    (folder / ".venv" / BIN / "python").unlink()
    case = typed("--no-sync pytest", **KEEP)
    assert show_for(case, seen(kept=(HELD,), is_replaced=True), folder) == "KeptWouldBeLostError"


@pytest.mark.parametrize(
    ("case", "saw", "why"),
    [
        (typed(), seen(BETA, **USE, elsewhere=seen()), "in use by `x`"),
        (typed(), seen(BETA, **USE, elsewhere="new"), "in use by `x`"),
        (typed("--extra x a"), seen(BETA, elsewhere=seen()), "selects otherwise than .venv"),
        (typed("--extra x a"), seen(BETA, elsewhere="new"), "selects otherwise than .venv"),
        (typed(), seen(BETA), ""),
    ],
)
def test_why_a_run_goes_elsewhere_is_known(case: Typed, saw: Seen, why: str, folder: Path) -> None:
    found = decide_for(make_run(case, folder), saw).why
    assert why in found
    assert bool(why) is bool(found)


FINDINGS = st.lists(st.sampled_from([BETA, MISSING, OTHER]), unique_by=lambda each: each.name)
BEYOND: st.SearchStrategy[object] = st.sampled_from(
    ["unknown", "new", InUseError("no"), seen(), seen(BETA), seen(MISSING, is_interrupted=True)]
)
OPTIONS = ["", "--exact ", "--inexact ", "--no-sync ", "-U ", "--extra x ", "-q ", "--exact -U "]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Typed, Seen]:
    """Make a run of any mode in which uv is asked, and anything that may be seen of it."""
    policy: dict[str, object] = {
        "mode": draw(st.sampled_from(["exact", "report", "refuse", "ask"]))
    }
    policy["other-selection"] = draw(st.sampled_from(["separate", "rebuild"]))
    lock, is_stale = draw(st.sampled_from([("use", False), ("update", True), ("create", True)]))
    findings = (*draw(FINDINGS), *([STALE] if is_stale else []))
    rest: dict[str, object] = {
        "is_held": draw(st.booleans()),
        "is_interrupted": draw(st.booleans()),
        "answer": draw(st.sampled_from([None, Answer.REMOVE, Answer.LEAVE])),
        "obstacle": draw(st.sampled_from([None, AtticError("the disk is full")])),
        "elsewhere": draw(BEYOND),
    }
    if rest["elsewhere"] == "unknown":
        del rest["elsewhere"]
    saw = Seen(
        findings,
        rest,
        lock=lock,
        is_refused=is_stale and draw(st.booleans()),
        is_replaced=draw(st.booleans()),
        is_old=draw(st.booleans()),
    )
    if BETA in findings or OTHER in findings or saw.is_replaced:  # else nothing is claimed
        rest["use"] = draw(st.sampled_from(["", "in use by `x`"]))
    return Typed(f"{draw(st.sampled_from(OPTIONS))}pytest", policy), saw


def list_files(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(situations())
def test_launching_changes_nothing(folder: Path, situation: tuple[Typed, Seen]) -> None:
    case, saw = situation
    run = make_run(case, folder)
    look = make_look(run, saw)
    comparison = look.comparison
    assert comparison is not None
    files = list_files(folder)  # there is no uv either: to start it would fail
    said = show(run, look)
    assert said == show(run, look)
    assert files == list_files(folder)
    if said == "look elsewhere":
        assert look.elsewhere is None
    if said == "look elsewhere" or said.endswith("Error"):
        return
    found = decide_for(run, saw)
    assert (found.refused is None) is (found.launch is not None)
    if found.launch is None:
        return
    words = found.launch.arguments
    assert "--exact" not in words
    assert ("--active" in words) is (found.elsewhere is not None)
    is_done = found.change is not None and found.change.syncs
    is_left = "--no-sync" in words or saw.is_refused
    if found.elsewhere is None:
        is_due = bool(comparison.answer.incoming) or comparison.answer.is_lock_stale
        assert is_done or is_left or not (is_due or saw.is_replaced)
        assert not (found.launch.remembers and (found.change or not comparison.is_clean))
    if found.change is not None and found.elsewhere is None:
        is_free = not saw.rest.get("use") and not saw.rest["obstacle"]
        assert is_free or not found.change.outgoing
