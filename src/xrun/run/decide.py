"""What is done for a run, by what was seen: pure. A run carries it out, `xrunctl explain` shows it.

Read from `decide` down: each function below it is for one response to drift.
"""

from __future__ import annotations

from xrun.drift.finding import Kind
from xrun.drift.kept import find_named
from xrun.environment.processes import UNLOCKABLE, UNSEEN
from xrun.errors import InUseError, NoAnswerError, XrunError
from xrun.proxy.dataclass import replace
from xrun.proxy.stamp import ACTIVE
from xrun.report import notices
from xrun.run.decision import DONE_BY_SYNC, Change, Decision, Launch, list_outgoing
from xrun.run.elsewhere import Elsewhere, goes_by_selection, may_move, name_kept
from xrun.run.guard import check_is_meant, check_is_named, check_keeps, check_may_change
from xrun.run.plan import Response, Sync, Target
from xrun.words import render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xrun.drift.compare import Comparison
    from xrun.drift.finding import Drift, Finding
    from xrun.errors import BusyError, UvFailedError
    from xrun.run.look import Look
    from xrun.run.request import Run


def decide(run: Run, look: Look) -> Decision | None:
    """Decide what is done for a run.

    Args:
        run: The run; that it is allowed was checked before.
        look: What was seen so far.

    Returns:
        What is done; `None` where the separate environment has to be looked for first.

    Raises:
        XrunError: It is not run.
    """
    if look.above is not None:
        above = _inject(look.above, ACTIVE, "--no-sync")
        why = "so does the command that started this one"
        return Decision(run, launch=_launch(look.above, above, remembers=True), why=why)
    if look.is_half_made and run.plan.response is Response.REFUSE:
        raise XrunError(
            f"not run: {run.request.environment_name} was left half made, and {run.rendered_mode}",
            hint="`xrunctl sync` makes it again",
        )
    if look.is_half_made:
        launch = _launch(run, run.plan.inject, left_out=DONE_BY_SYNC)
        return Decision(run, is_half_made=True, launch=launch)
    if look.busy is not None:
        return _go_while_locked(run, look, look.busy)
    decide_unasked = WITHOUT_ANSWER.get(run.plan.response)
    return decide_unasked(run, look) if decide_unasked else _decide_by_answer(run, look)


def _go_while_locked(run: Run, look: Look, busy: BusyError) -> Decision | None:
    """Go to a separate environment: someone does not let the run into its own."""
    if not isinstance(look.elsewhere, Elsewhere):
        return None
    why = busy.message.removeprefix("not run: ")
    return _go_this_time(run, look.elsewhere, why, notices.render_apart(why))


def _inject(run: Run, *options: str) -> tuple[str, ...]:
    """Put options before what the plan injects, but for what was typed: uv takes it once."""
    untyped = (word for word in options if not run.invocation.has(word))
    return (*untyped, *(word for word in run.plan.inject if word not in options))


def _launch(
    run: Run,
    options: tuple[str, ...],
    comparison: Comparison | None = None,
    *,
    left_out: frozenset[str] = frozenset(),
    remembers: bool = False,
) -> Launch:
    """Launch with what the plan injects, but never a typed `--exact`: it was done before."""
    folder = run.where
    if run.plan.target is Target.SCRIPT and comparison is not None:
        folder = str(comparison.drift.environment.folder)
    left_out |= {"--exact"}
    return Launch(run, options, left_out, folder, remembers, comparison=comparison)


def _run_unasked(run: Run, _: Look) -> Decision:
    """Run what uv is not or cannot be asked about; say why, where it should be known.

    Raises:
        XrunError: The mode asks to know.
    """
    plan, is_silent = run.plan, run.plan.response is Response.NOTHING
    if plan.response is Response.UNKNOWN and plan.mode == "refuse":
        raise XrunError(f"not run: {run.rendered_mode}, and {plan.reason}")
    said = () if is_silent else tuple(notices.render_not_exact(plan.reason))
    launch = _launch(run, plan.inject, remembers=is_silent)
    if is_silent and plan.sync is Sync.AS_TYPED:
        launch = replace(launch, left_out=frozenset())
    absent = name_kept(run) if plan.mode == "isolated" else ()
    return Decision(run, said, absent=absent, launch=launch)


def _run_separate(run: Run, look: Look) -> Decision | None:
    """Run in a separate environment, by mode."""
    if look.failure is not None:
        return _run_after_error(run, look.failure)
    if not isinstance(look.elsewhere, Elsewhere):
        return None
    return _go_elsewhere(run, look.elsewhere)


def _decide_by_answer(run: Run, look: Look) -> Decision | None:
    """Decide by what uv would do, or by what keeps it from saying that."""
    comparison = look.comparison
    if look.failure is not None:
        return _run_after_error(run, look.failure)
    if comparison is None:  # only where a damaged environment is left as it is
        said = notices.render_not_exact(run.plan.reason)
        return Decision(run, tuple(said), launch=_launch(run, run.plan.inject))
    check_is_named(comparison)
    if not goes_by_selection(run, comparison):
        check_keeps(comparison, is_as_it_is=run.plan.sync is Sync.NONE)
    if look.is_interrupted and run.plan.response is Response.REFUSE:
        name = comparison.drift.environment.name
        raise XrunError(
            f"not run: a step that changed {name} was interrupted, and {run.rendered_mode}",
            hint="`xrunctl sync` mends it",
        )
    if comparison.is_clean:
        options = _inject(run, *_hold(look))
        launch = _launch(run, options, comparison, remembers=not look.is_interrupted)
        decision: Decision | None = Decision(run, launch=launch)
    else:
        decision = BY_ANSWER[run.plan.response](run, look, comparison)
        decision = _note_unknown(decision, look, comparison)
    if look.is_interrupted and decision is not None:
        return replace(decision, mends=True)
    return decision


def _note_unknown(decision: Decision | None, look: Look, comparison: Comparison) -> Decision | None:
    """Note what cannot be known of who is in an environment, where that decides something."""
    if decision is None or look.use not in {UNLOCKABLE, UNSEEN}:
        return decision
    reason = make_in_use(comparison, look.use).message if look.use == UNLOCKABLE else ""
    return replace(decision, news=(*decision.news, *notices.render_unknown_use(reason)))


def _hold(look: Look) -> tuple[str, ...]:
    """Keep uv from undoing what the policy holds in another version than the lock file's."""
    return ("--no-sync",) if look.is_held else ()


def _run_after_error(run: Run, error: UvFailedError) -> Decision:
    """Run although uv could not say what it would do, where nothing can be lost by that.

    As a rule uv would refuse the run in the same words: they are shown and nothing is run, because
    a run that uv takes after all (the network is back) would replace what has no backup. Where the
    command does run, a report follows that says why nothing was compared.

    Raises:
        XrunError: Something could be lost, or the mode is refuse.
    """
    if error.is_usage:  # it will refuse the run too; should it take that, what is held stays
        options = _inject(run, *(("--no-sync",) if _list_held(run) else ()))
        notes = ("uv refuses this command line",)
        is_lock = f"--{run.policy.lock}" in error.message
        launch = _launch(run, options)
        return Decision(run, launch=_note_lock(launch) if is_lock else launch, notes=notes)
    is_unsynced = run.plan.sync is Sync.NONE
    if isinstance(error, NoAnswerError) and not is_unsynced:
        return _run_without_answer(run, error)
    named = _list_held(run)
    if error.said and not is_unsynced:
        return Decision(run, refused=error)
    if named and not is_unsynced:
        raise XrunError(
            f"not run: {error.message}, so {render_names(named)}, which the policy holds, "
            "might be replaced",
            hint="once uv can say what it would do, it runs; `--no-sync` runs it as it is",
        ) from error
    if run.plan.response is Response.REFUSE:
        raise XrunError(f"not run: {run.rendered_mode}, and {error.message}") from error
    launch = _launch(run, run.plan.inject)
    launch = launch if run.request.is_quiet else replace(launch, report=error)
    return Decision(run, launch=launch, notes=(error.message,))


def _run_without_answer(run: Run, error: NoAnswerError) -> Decision:
    """Run although uv gave no answer, where drift is only reported: then nothing is changed.

    Raises:
        NoAnswerError: The mode asks for more.
    """
    environment = run.facts.environment
    if run.plan.response is not Response.REPORT or environment is None:
        raise error
    why, options = error.message.removeprefix("not run: "), run.plan.inject
    if environment.exists:
        why, options = f"{why}; {environment.name} stays as it is", _inject(run, "--no-sync")
    return Decision(run, tuple(notices.render_not_exact(why)), launch=_launch(run, options))


def _make_exact(run: Run, look: Look, comparison: Comparison) -> Decision | None:
    """Make the environment exact, or go where another one is."""
    check_is_meant(comparison)
    if comparison.answer.is_refused:
        return _let_uv_refuse(run, comparison)
    said: tuple[str, ...] = ()
    if goes_by_selection(run, comparison):
        if look.elsewhere is None:
            return None
        if isinstance(look.elsewhere, Elsewhere):
            why = f"this run selects otherwise than {comparison.drift.environment.name} is for"
            return _go_elsewhere(run, look.elsewhere, why)
        message, name = look.elsewhere.message, comparison.drift.environment.name
        said = tuple(notices.render_not_apart(message, name))
    check_may_change(comparison)
    if look.use or look.obstacle is not None:
        return _take_nothing(run, look, comparison)
    change = Change(run, comparison, removes=True)
    reminds = bool(comparison.drift.extraneous) and not run.request.is_quiet
    launch = _launch(run, _inject(run, *_hold(look)), comparison, left_out=DONE_BY_SYNC)
    launch = replace(launch, reminds=reminds)
    return Decision(run, said, change=change, launch=launch, notes=list_kept(comparison))


def _let_uv_refuse(run: Run, comparison: Comparison) -> Decision:
    """Leave it to uv to refuse: the lock file is out of date."""
    launch = _note_lock(_launch(run, run.plan.inject, comparison))
    notes = ("uv refuses: the lock file is not as pyproject.toml asks",)
    return Decision(run, launch=launch, notes=notes)


def _note_lock(launch: Launch) -> Launch:
    """Note where a lock option comes from that was not typed, to be said below uv's error."""
    policy = launch.run.policy
    if f"--{policy.lock}" not in launch.run.plan.inject:
        return launch
    origin = notices.render_lock_origin(policy.lock, policy.origins.get("lock", ""))
    return replace(launch, footnotes=tuple(origin))


def _take_nothing(run: Run, look: Look, comparison: Comparison) -> Decision | None:
    """Take nothing away: go elsewhere if others are in the environment, else run beside them."""
    error = look.obstacle or make_in_use(comparison, look.use)
    if look.obstacle is None and may_move(run) and not look.is_nested:
        if look.elsewhere is None:
            return None
        if isinstance(look.elsewhere, Elsewhere):
            is_known = look.use != UNLOCKABLE
            why = _render_use(comparison, look.use)
            moved = notices.render_apart(why) if is_known else ()
            return _go_this_time(run, look.elsewhere, error.message, moved)
    return _say_why_it_stays(_run_without_removing(run, look, comparison), look, comparison, error)


def _go_this_time(run: Run, elsewhere: Elsewhere, why: str, news: Sequence[str]) -> Decision:
    """Go to a separate environment this time; the next run may be in its own again."""
    decision = _go_elsewhere(run, elsewhere, why)
    launch = decision.launch and replace(decision.launch, remembers=False)
    return replace(decision, news=tuple(news), launch=launch, may_fail=True)


def _say_why_it_stays(
    decision: Decision,
    look: Look,
    comparison: Comparison,
    error: XrunError,
    *,
    removes: bool = True,
) -> Decision:
    """Say why what would go stays.

    Raises:
        XrunError: It cannot stay: the environment would be rebuilt.
    """
    name, is_known = comparison.drift.environment.name, look.use != UNLOCKABLE
    if comparison.drift.is_replaced:
        hint = notices.AFTERWARDS if is_known else f"delete {name} once nothing runs in it"
        raise type(error)(f"not run: {error.message}", hint=hint) from error
    if is_known and not isinstance(error, InUseError):
        return replace(decision, said=tuple(notices.render_not_exact(error.message)))
    names = [each.name for each in _list_going(comparison, removes=removes)]
    news = notices.render_beside(_render_use(comparison, look.use), names)
    if not is_known:
        news = notices.render_not_exact(f"{name} cannot be locked")
    return replace(decision, news=tuple(news))


def _run_without_removing(run: Run, look: Look, comparison: Comparison) -> Decision:
    """Run and remove nothing; what uv itself would do is done in a step before."""
    if run.plan.sync is Sync.NONE:
        return Decision(run, launch=_launch(run, run.plan.inject, comparison))
    if comparison.answer.is_refused:
        return _let_uv_refuse(run, comparison)
    check_may_change(comparison, removes=False)
    if comparison.drift.replaces and (look.use or look.obstacle is not None):
        # What uv would replace stays as well.
        error = look.obstacle or make_in_use(comparison, look.use, removes=False)
        decision = Decision(run, launch=_launch(run, _inject(run, "--no-sync"), comparison))
        return _say_why_it_stays(decision, look, comparison, error, removes=False)
    change, notes = Change(run, comparison, removes=False), list_kept(comparison)
    options = _inject(run, *_hold(look))
    if not change.syncs:
        return Decision(run, launch=_launch(run, options, comparison), notes=notes)
    launch = _launch(run, options, comparison, left_out=DONE_BY_SYNC)
    return Decision(run, change=change, launch=launch, notes=notes)


def _report(run: Run, look: Look, comparison: Comparison) -> Decision:
    """Run as typed, then report the drift that stays."""
    decision = _run_without_removing(run, look, comparison)
    drift = select_staying(run, comparison.drift)
    if run.request.is_quiet or not drift.findings or decision.launch is None:
        return decision
    launch = replace(decision.launch, report=drift)
    return replace(decision, launch=launch)


def _refuse(run: Run, look: Look, comparison: Comparison) -> Decision:
    """Do not run in an environment that has drifted; what is merely old is built."""
    drift = select_refused(run, comparison)
    if drift.is_clean:
        return _run_without_removing(run, look, comparison)
    return Decision(run, refused=replace(comparison, drift=drift))


def _ask(run: Run, look: Look, comparison: Comparison) -> Decision | None:
    """Ask first, where something would be removed, or all of it rebuilt."""
    loses = comparison.drift.extraneous or comparison.drift.is_replaced
    if not loses or comparison.answer.is_refused or (look.answer and look.answer.removes):
        return _make_exact(run, look, comparison)
    if look.answer is not None:
        return _run_without_removing(run, look, comparison)
    after = _make_exact(run, look, comparison)
    return after and replace(after, question=comparison)


WITHOUT_ANSWER: Mapping[Response, Callable[[Run, Look], Decision | None]] = {
    Response.NOTHING: _run_unasked,
    Response.SAY: _run_unasked,
    Response.UNKNOWN: _run_unasked,
    Response.SEPARATE: _run_separate,
}
BY_ANSWER: Mapping[Response, Callable[[Run, Look, Comparison], Decision | None]] = {
    Response.PREPARE: _make_exact,
    Response.REPORT: _report,
    Response.REFUSE: _refuse,
    Response.ASK: _ask,
}


def _go_elsewhere(run: Run, elsewhere: Elsewhere, why: str = "") -> Decision:
    """Go to a separate environment, which is made or made exact first where it has to be."""
    moved, comparison = elsewhere.run, elsewhere.comparison
    is_held = bool(_list_held(moved) or (_list_held(run) and not elsewhere.absent))
    options = _inject(moved, ACTIVE, *(("--no-sync",) if is_held else ()))
    launch = _launch(moved, options, comparison, remembers=elsewhere.number == 0)
    decision = Decision(run, absent=elsewhere.absent, launch=launch, why=why, elsewhere=elsewhere)
    if elsewhere.is_clean:
        return decision
    change = Change(moved, comparison, removes=True, separate=elsewhere.separate, home=run)
    change = replace(change, lacking=elsewhere.lacking)
    launch = _launch(moved, options, comparison, left_out=DONE_BY_SYNC)
    return replace(decision, mends=elsewhere.is_interrupted, change=change, launch=launch)


def make_in_use(comparison: Comparison, use: str, *, removes: bool = True) -> InUseError:
    """Make the error of an environment that something would be taken from and others are in."""
    state = _render_use(comparison, use)
    if comparison.drift.is_replaced:
        return InUseError(f"{state} and would have to be rebuilt")
    verb = "go" if list_outgoing(comparison, removes=removes) else "be reinstalled"
    names = render_names([each.name for each in _list_going(comparison, removes=removes)])
    return InUseError(f"{state}; {names} would have to {verb}")


def _render_use(comparison: Comparison, use: str) -> str:
    return f"{render_safe(comparison.drift.environment.name)} is {use}"


def _list_going(comparison: Comparison, *, removes: bool) -> tuple[Finding, ...]:
    """List what is taken from an environment for a moment at least."""
    return list_outgoing(comparison, removes=removes) or comparison.drift.of(Kind.MOVED)


def select_refused(run: Run, comparison: Comparison) -> Drift:
    """Select what a run is refused for."""
    if run.plan.target is not Target.SCRIPT:
        return comparison.drift
    # What is missing there, uv adds at every first run.
    extraneous = comparison.drift.extraneous
    return replace(comparison.drift, findings=extraneous, is_replaced=False)


def select_staying(run: Run, drift: Drift) -> Drift:
    """Select what is not mended before the command."""
    if run.plan.sync is Sync.NONE:
        return drift
    return replace(drift, findings=(*drift.extraneous, *drift.of(Kind.MOVED)))


def _list_held(run: Run) -> tuple[str, ...]:
    """List what the policy holds, whatever the lock file has."""
    environment = run.facts.environment
    return tuple(sorted(find_named(environment, run.plan.holding))) if environment else ()


def list_kept(comparison: Comparison) -> tuple[str, ...]:
    """List, in a line, what stays because the policy keeps it, and follows no lock file."""
    kept = comparison.drift.kept
    names = [f"{each.name} {each.installed}" for each in kept if each.locked is None]
    return (f"stays, because it is kept: {render_names(names)}",) if names else ()
