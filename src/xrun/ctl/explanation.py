"""What a run would do, as an explanation shows it: a decision and its steps in words."""

from __future__ import annotations

import enum
from pathlib import Path

from xrun.drift.finding import EXTRANEOUS, Kind
from xrun.errors import UvFailedError, XrunError
from xrun.proxy.dataclass import dataclass, field, replace
from xrun.proxy.stamp import ACTIVE
from xrun.report.removals import render_change, render_held, render_not_there
from xrun.run.decision import Launch
from xrun.run.launcher import Launcher, choose_launcher, find_reason
from xrun.run.plan import Target
from xrun.words import PREFIX, count_of, render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.drift.compare import Comparison
    from xrun.drift.finding import Drift, Finding
    from xrun.run.decision import Change, Decision
    from xrun.run.elsewhere import Elsewhere
    from xrun.run.look import Look
    from xrun.run.request import Run


class Act(enum.Enum):
    """What a step does; the word is for programs."""

    RECALL = "recall"  # nothing: a stamp says that all is unchanged
    MEND = "mend"  # what an interrupted step left half done
    ASK = "ask"  # a question at the terminal
    REMOVE = "remove"
    REPLACE = "replace"
    REBUILD = "rebuild"  # the environment is made again
    INSTALL = "install"
    LOCK = "lock"  # the lock file is written
    SEPARATE = "separate"  # a separate environment is made, synced or used
    REPORT = "report"  # a drift report
    REMIND = "remind"  # what was removed, said again if the command fails


@dataclass(frozen=True)
class Step:
    """Something that is done before the command, or after it.

    Attributes:
        act: What it does.
        text: The same in words, safe for a terminal.
        distributions: Which distributions it is about.
        folder: Which folder, of a separate environment.
    """

    act: Act
    text: str
    distributions: tuple[Finding, ...] = ()
    folder: Path | None = None


STAMP = Step(Act.RECALL, "nothing: unchanged since the last run")
REMINDER = Step(Act.REMIND, "if the command fails: a line that names what was removed")


@dataclass(frozen=True)
class Explanation:
    """What a run would do.

    Attributes:
        typed: What would be typed behind `xrun`.
        mode: The mode that holds for the run.
        why: Why it is not the policy's; empty where it is.
        row: The row of the plan's table that decides.
        reason: Why the run is not exact although it should be; empty where it can or need not.
        command: The whole uv command line; empty where uv is not started.
        launcher: How the command is started: by xrun, in place of that line, or by uv, and why;
            `None` where it is not.
        variables: The environment variables that uv and the command get otherwise than typed.
        environment: The environment that the command runs in; `None` for none that stays, and
            where only uv knows.
        is_clean: Whether it is as declared before; `None` where nothing is compared.
        before: The steps before the command, in order.
        after: The steps after it.
        notes: What xrun says besides.
        refusal: Why it is not run; `None` where it is.
    """

    typed: tuple[str, ...]
    mode: str
    why: str = ""
    row: str = ""
    reason: str = ""
    command: tuple[str, ...] = ()
    launcher: Launcher | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Path | None = None
    is_clean: bool | None = None
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: XrunError | None = None


def explain_error(run: Run, error: XrunError) -> Explanation:
    """Explain a run that an error keeps from being run."""
    refusal = XrunError(_strip(error.message), details=error.details, hint=error.hint)
    return _make_explanation(run, refusal=refusal)


def explain_refused(run: Run, drift: Drift, lines: tuple[str, str]) -> Explanation:
    """Explain a run that is refused for drift.

    Args:
        run: The run.
        drift: What it is refused for.
        lines: What a refusal says above and below its rows.
    """
    details = tuple(
        f"{each.kind.word}: {each.name} {each.installed or ''}".rstrip() for each in drift.findings
    )
    first, last = map(_strip, lines)
    return _make_explanation(run, refusal=XrunError(first, details=details, hint=last))


def explain_stamp(run: Run, where: str, text: str, injected: Sequence[str]) -> Explanation:
    """Explain a run of which a stamp says what was done last time.

    Args:
        run: The run.
        where: The environment that the command ran in; empty where that is not known.
        text: How it was started without uv; empty where uv started it.
        injected: The options that uv was given.
    """
    if ACTIVE in injected:
        plan = replace(run.plan, mode="separate")
        run = replace(run, plan=plan, variables={"VIRTUAL_ENV": where})
    folder = where or run.facts.environ.get("VIRTUAL_ENV", "")  # that names no other one
    why = "" if text else find_reason(Launch(run, tuple(injected), folder=folder))
    return _make_explanation(
        run,
        command=(run.facts.uv, "run", *injected, *run.request.typed),
        launcher=Launcher(text, why),
        environment=Path(where) if where else None,
        variables=run.variables,
        before=(STAMP,),
    )


def explain_decision(decision: Decision, look: Look) -> Explanation:
    """Explain what is decided, where it comes to a launch."""
    launch = decision.launch
    assert launch is not None  # noqa: S101 - what is refused is explained otherwise
    run, found = launch.run, decision.elsewhere
    comparison = found.comparison if found is not None else look.comparison
    variables = {name: run.variables[name] for name in ("VIRTUAL_ENV",) if name in run.variables}
    return _make_explanation(
        run,
        why=decision.why,
        command=(run.facts.uv, *launch.arguments),
        launcher=choose_launcher(launch, asks=False),
        variables=variables,
        environment=_find_environment(launch, look),
        is_clean=comparison and comparison.is_clean and comparison.drift.is_exact,
        before=tuple(_list_before(decision)),
        after=tuple(_list_after(decision, launch)),
        notes=tuple(map(_strip, _list_notes(decision, launch, comparison))),
    )


def _make_explanation(run: Run, why: str = "", **parts: object) -> Explanation:
    plan = run.plan
    why = why or run.request.mode_and_why[1]
    values: dict[str, object] = {"typed": run.request.typed, "mode": plan.mode, "why": why}
    return Explanation(**values, row=plan.row, reason=plan.reason, **parts)  # type: ignore[arg-type]


def _strip(line: str) -> str:
    """Strip what stands before every refusal."""
    return line.removeprefix(PREFIX).removeprefix("not run: ")


def _find_environment(launch: Launch, look: Look) -> Path | None:
    """Find the environment of a run; where uv is not asked, it is not known which uv will use."""
    run = launch.run
    is_known = not run.plan.response.is_unasked and run.plan.target is Target.PROJECT
    is_damaged = look.comparison is None and look.failure is None and not run.variables
    is_damaged = is_damaged and not look.is_half_made
    environment = run.facts.environment
    return environment.folder if is_known and environment and not is_damaged else None


def _list_notes(decision: Decision, launch: Launch, comparison: Comparison | None) -> Iterator[str]:
    environment = decision.run.facts.environment
    if comparison is not None:
        yield from render_held(comparison.drift.held)
    if decision.absent and environment is not None:
        mode = launch.run.plan.mode
        yield from render_not_there(decision.absent, environment.name, mode)
    if decision.elsewhere is None:
        yield from (*decision.said, *decision.news)
    yield from decision.notes


def _list_before(decision: Decision) -> Iterator[Step]:
    """List the steps before a command, as something that would be done."""
    environment = decision.run.facts.environment
    name = environment.name if environment is not None else ""
    if decision.is_half_made:
        yield Step(Act.REBUILD, f"make {name} again, which was left half made")
    if decision.mends:
        yield Step(Act.MEND, "mend what an interrupted step left")
    if decision.question is not None:
        yield _describe_question(decision.question)
    if decision.elsewhere is not None:
        yield _describe_separate(decision.elsewhere)
    elif decision.change is not None:
        yield from list_changes(decision.change)


def _list_after(decision: Decision, launch: Launch) -> Iterator[Step]:
    if launch.report is not None and not isinstance(launch.report, UvFailedError):
        names = render_names([each.name for each in launch.report.findings])
        text = f"a report of the drift, as it is then; now: {names}"
        yield Step(Act.REPORT, text, launch.report.findings)
    if launch.reminds and decision.change is not None:
        yield REMINDER


def list_changes(change: Change) -> Iterator[Step]:
    """List what a change does to an environment before the command."""
    comparison = change.comparison
    if comparison is None:
        return
    drift = comparison.drift
    if drift.is_replaced:
        count = len(drift.environment.distributions)
        all_of_it = f"; what is in it ({count_of(count)}) is backed up first"
        text = f"rebuild {drift.environment.name}{all_of_it if count else ''}"
        yield Step(Act.REBUILD, text, drift.findings)
        return
    yield from _list_replacing(drift)
    yield from _list_installing(change, comparison)
    if change.removes:
        yield from _list_removing(drift)


def _list_installing(change: Change, comparison: Comparison) -> Iterator[Step]:
    missing = comparison.drift.of(Kind.MISSING)
    if missing:
        around = ", around what is kept" if change.around else ""
        text = f"install {count_of(len(missing), 'missing')}{around}"
        yield _make_step(Act.INSTALL, text, missing)
    known = {each.name for each in comparison.drift.findings}
    known |= {each.name for each in comparison.drift.kept}
    if change.moved:
        why = "whose scripts run in another environment"
        moved = comparison.drift.of(Kind.MOVED)
        yield _make_step(Act.INSTALL, f"reinstall {count_of(len(moved))} {why}", moved)
    built = [name for name in comparison.answer.incoming if name not in known]
    if built:
        yield Step(Act.INSTALL, f"build what is old: {render_names(built)}")
    if comparison.answer.is_lock_stale:
        verb = "write" if comparison.answer.lock_action == "create" else "update"
        yield Step(Act.LOCK, f"{verb} uv.lock")


def _list_removing(drift: Drift) -> Iterator[Step]:
    for kind in EXTRANEOUS:
        findings = drift.of(kind)
        if findings:
            what = count_of(len(findings), kind.word)
            text = f"remove {what} from {drift.environment.name}, backed up first"
            yield _make_step(Act.REMOVE, text, findings)


def _list_replacing(drift: Drift) -> Iterator[Step]:
    findings = drift.of(Kind.OTHER)
    if findings:
        what = f"replace {count_of(len(findings))} other than locked"
        yield _make_step(Act.REPLACE, f"{what}, backed up first", findings)


def _make_step(act: Act, text: str, findings: Sequence[Finding]) -> Step:
    names = render_names([render_change(each) for each in findings])
    return Step(act, f"{text}: {names}", tuple(findings))


def _describe_question(comparison: Comparison) -> Step:
    """Describe that is asked; what follows is for who says yes."""
    is_rebuild = comparison.drift.is_replaced
    choices = "rebuild it, or stop" if is_rebuild else "remove, leave, keep or stop"
    return Step(Act.ASK, f"ask at the terminal: {choices}; what follows is for the first of them")


def _describe_separate(found: Elsewhere) -> Step:
    is_there = found.comparison is not None
    verb = "use" if found.is_clean else "sync" if is_there else "make"
    if not is_there and found.separate.environment.exists:
        verb = "rebuild the damaged"
    article = "" if verb.startswith("rebuild") else " the"
    return Step(
        Act.SEPARATE,
        f"{verb}{article} separate environment {found.separate.folder.name}",
        folder=found.separate.environment.folder,
    )
