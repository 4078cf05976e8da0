"""A decision, carried out: mend, ask, refuse, change, launch, in this order."""

from __future__ import annotations

from xrun.drift.dry_run import ABOUT_LINE, ask_dry_run, drop_colour
from xrun.environment.separate import make_folder
from xrun.errors import STATUS_NOT_RUN, UvFailedError, UvKilledError, XrunError
from xrun.project.user_folders import find_owner
from xrun.proxy.dataclass import dataclass, replace
from xrun.proxy.files import read_records, resolve_cache_file, write_records
from xrun.report import notices
from xrun.run.decide import decide, make_in_use
from xrun.run.decision import Change, Decision
from xrun.run.guard import check_may_change
from xrun.run.hand_over import SEARCH_AFTER, hand_over
from xrun.run.look import Look, find_locked, look_at_line, look_elsewhere, look_here
from xrun.run.plan import Response
from xrun.run.remember import remember
from xrun.run.tell import classify_run, render_refusal, render_rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.drift.compare import Comparison
    from xrun.environment.change_lock import Locks
    from xrun.run.change import Done
    from xrun.run.elsewhere import Elsewhere
    from xrun.run.request import Run
    from xrun.run.tell import Voice


@dataclass(frozen=True)
class Again:
    """What has to be decided again, because something changed on the way.

    Attributes:
        run: The run; an answer may keep more than its policy does.
        look: What is seen now.
    """

    run: Run
    look: Look


def carry_out(decision: Decision, look: Look, locks: Locks, voice: Voice) -> int | Again:
    """Carry out a decision; where nothing is due after the command this process becomes uv.

    Args:
        decision: From `decide`.
        look: What was decided by.
        locks: Of the run.
        voice: Says what is done.

    Returns:
        The status of the command, or of what kept it from being run; or what is to be decided
        again.

    Raises:
        XrunError: The command was not run.
    """
    if decision.is_half_made or decision.mends:
        return _mend(decision, look, locks, voice)
    if decision.question is not None:
        return _ask(decision, look, locks, voice)
    if decision.refused is not None:
        return _refuse(decision, voice)
    _say_absent(decision, voice)
    done: Done | None = None
    if decision.change is not None:
        outcome = _change(decision, decision.change, look, locks, voice)
        if isinstance(outcome, Again):
            return outcome
        done = outcome
        if done.status != 0:
            return done.status
    elif decision.elsewhere is not None:
        decision.elsewhere.separate.touch()
    voice.tell(decision.said)
    _say_news(decision, look, voice)
    comparison = _find_comparison(decision, look)
    if comparison is not None:
        remember(comparison, decision.run.plan.keep, voice)
    _say_foreign(decision, voice)
    assert decision.launch is not None  # noqa: S101 - what is neither refused nor asked is run
    inputs = decision.elsewhere.inputs if decision.elsewhere is not None else look.inputs
    return hand_over(decision.launch, inputs, done, locks, voice)


def _find_comparison(decision: Decision, look: Look) -> Comparison | None:
    """Find what is declared and kept where the command runs, as it is after a step."""
    elsewhere = decision.elsewhere
    if elsewhere is None:
        return look.comparison
    before = elsewhere.comparison
    is_copied = elsewhere.lacking or before is None or before.drift.is_replaced
    if decision.change is None or not is_copied:
        return before
    from xrun.run.separate import compare_separate

    return compare_separate(elsewhere)


def _mend(decision: Decision, look: Look, locks: Locks, voice: Voice) -> Again:
    """Mend what an interrupted step left, and look again."""
    from xrun.run.recover import delete_half_made, recover

    run, elsewhere = decision.run, decision.elsewhere
    environment = run.facts.environment
    if decision.is_half_made and environment is not None:
        delete_half_made(environment)
        return Again(run, look_here(run, locks, replace(look, is_half_made=False)))
    comparison = look.comparison if elsewhere is None else elsewhere.comparison
    assert comparison is not None  # noqa: S101 - a marker is looked for where it was compared
    with voice.show("mending what an interrupted run left"):
        recovered = recover(elsewhere.run if elsewhere else run, comparison.drift.environment)
    voice.tell(notices.render_recovered(recovered.gone, recovered.whole, recovered.broken))
    if elsewhere is None:
        return Again(run, look_here(run, locks, replace(look, is_mended=True)))
    from xrun.run.separate import compare_elsewhere

    elsewhere = compare_elsewhere(run, replace(elsewhere, is_interrupted=False))
    return Again(run, replace(look, elsewhere=elsewhere))


def _ask(decision: Decision, look: Look, locks: Locks, voice: Voice) -> int | Again:
    """Ask what to do; while no answer comes, no other run waits for it."""
    from xrun.run.ask import Answer, ask, keep

    run, comparison = decision.run, decision.question
    assert comparison is not None  # noqa: S101 - looked at before
    locks.release()
    answer = ask(run, comparison, voice)
    if answer is Answer.STOP:
        voice.say(notices.STOPPED)
        return STATUS_NOT_RUN
    if answer is Answer.KEEP:
        keeping = keep(run, comparison, voice)
        run, answer = (run, Answer.LEAVE) if keeping is None else (keeping, Answer.REMOVE)
    look = replace(look, answer=answer, elsewhere=None)
    return Again(run, look_here(run, locks, look))


def _refuse(decision: Decision, voice: Voice) -> int:
    """Do not run, and say what has drifted, or what uv says."""
    run, refused = decision.run, decision.refused
    assert refused is not None  # noqa: S101 - looked at before
    if isinstance(refused, UvFailedError):
        voice.say(() if run.request.is_mute else refused.said)
        return refused.status
    drift = classify_run(run, refused).drift
    first, last = render_refusal(run, drift)
    voice.say([first, *render_rows_of(run, drift, SEARCH_AFTER), last])
    return STATUS_NOT_RUN


def _say_absent(decision: Decision, voice: Voice) -> None:
    """Say, once for each of them, that another environment lacks what is kept."""
    environment, launch = decision.run.facts.environment, decision.launch
    if environment is None or launch is None or not decision.absent or voice.is_quiet:
        return
    if _is_news(str(environment.folder), decision.absent):
        from xrun.report.removals import render_not_there

        voice.say(render_not_there(decision.absent, environment.name, launch.run.plan.mode))


def _say_news(decision: Decision, look: Look, voice: Voice) -> None:
    """Say who is in an environment where that begins or changes; note where it ends."""
    is_free = look.comparison is not None and not look.use
    if voice.is_quiet or not (decision.news or is_free):
        return
    if _is_news(f"use {find_locked(decision.run.facts)}", decision.news):
        voice.say(decision.news)


def _say_foreign(decision: Decision, voice: Voice) -> None:
    """Say, once for each, which separate environments are someone else's."""
    for path in decision.elsewhere.foreign if decision.elsewhere is not None else ():
        owner, instead = find_owner(path), "another separate environment"
        if not voice.is_quiet and _is_news(f"owner of {path}", [owner]):
            voice.say(notices.render_foreign(path, owner, instead))


def _is_news(key: str, words: Sequence[str]) -> bool:
    """Whether these words were not the last ones that were noted under a key."""
    memory = resolve_cache_file("told", key)
    if (read_records(memory) or [key]) == [key, *words]:
        return False
    write_records(memory, [key, *words])
    return True


def _change(
    decision: Decision, change: Change, look: Look, locks: Locks, voice: Voice
) -> Done | Again:
    """Change an environment; what keeps a run from that is decided about again."""
    from xrun.environment.space import check_not_full
    from xrun.run.change import make_change

    elsewhere, run = decision.elsewhere, decision.run
    is_new = elsewhere is not None and not elsewhere.separate.about.exists()
    try:
        if elsewhere is None:
            done = make_change(change, voice)
        else:
            done = _begin_separate(elsewhere) or make_change(change, voice)
            if done.status != 0 and elsewhere.separate.about.exists():
                check_not_full(elsewhere.separate)
    except UvKilledError:
        raise
    except XrunError as error:
        return _go_on_without(decision, look, locks, error)
    if done.status != 0 and decision.may_fail:
        return _stay(run, look, locks, XrunError("not run: uv failed"))
    if run.plan.response is Response.SEPARATE and _is_misused(done):
        failure = look_at_line(run)
        if failure is not None:
            return Again(run, replace(look, failure=failure))
        ask_dry_run(change.run.sync)  # fails likewise, without words about a line never typed
    _tell_done(change, done, voice)
    if is_new and done.status == 0 and not decision.news:
        assert elsewhere is not None  # noqa: S101 - only a separate one is new
        voice.tell(notices.render_separate(str(elsewhere.separate.folder), elsewhere.copied))
    return done


def _go_on_without(decision: Decision, look: Look, locks: Locks, error: XrunError) -> Again:
    """Go on without a step that cannot be done.

    Raises:
        XrunError: The run cannot do without it.
    """
    from xrun.environment.attic.stow import AtticError

    elsewhere, run = decision.elsewhere, decision.run
    if elsewhere is None and isinstance(error, AtticError):
        return Again(run, look_here(run, locks, replace(look, obstacle=error)))
    is_apart = run.plan.response is Response.SEPARATE
    if elsewhere is not None and is_apart and isinstance(error, AtticError):
        hint = f"`xrunctl env remove {elsewhere.separate.name}`; the next run makes it again"
        raise XrunError(f"not run: {error.message}", hint=hint) from error
    if elsewhere is None or is_apart:
        raise error
    return _stay(run, look, locks, error)


def _is_misused(done: Done) -> bool:
    """Whether uv took the line of a step for misused."""
    lines = done.said if done.status != 0 else ()
    return any(drop_colour(line).startswith(ABOUT_LINE) for line in lines)


def _begin_separate(elsewhere: Elsewhere) -> Done | None:
    """Begin to make a separate environment, or to change it.

    A new one is tried first: uv would make its folder before it refuses.

    Returns:
        What uv refused; `None` where it does not, or will say it of the step. Nothing is left of
        one that it refused.
    """
    from xrun.run.change import Done

    is_new, folder = not elsewhere.separate.about.exists(), elsewhere.separate.folder
    make_folder(elsewhere.separate, elsewhere.purpose)
    if not is_new:
        return None
    try:
        ask_dry_run(elsewhere.run.sync)
    except UvFailedError as error:
        if error.said or error.is_usage:
            import shutil

            shutil.rmtree(folder)
        if error.said:
            return Done(error.status, error.said)
    return None


def _stay(run: Run, look: Look, locks: Locks, error: XrunError) -> Again:
    """Stay in the project's own environment after all."""
    locks.choose(find_locked(run.facts))
    look = replace(look, elsewhere=error)
    return Again(run, look_here(run, locks, look))


def make_exact(run: Run, locks: Locks, voice: Voice) -> Done:
    """Make the environment of a run exact, where no command follows.

    Args:
        run: The run; whether it is allowed is not looked at.
        locks: Of the run.
        voice: Says what is done.

    Raises:
        XrunError: It could not be made exact.
    """
    from xrun.run.change import Done, make_change

    if run.plan.response is Response.SEPARATE:
        return _make_separate_exact(run, locks, voice)
    locks.choose(find_locked(run.facts))
    look = look_here(run, locks, Look())
    while look.is_half_made or look.is_interrupted:
        decision = Decision(run, is_half_made=look.is_half_made, mends=look.is_interrupted)
        look = _mend(decision, look, locks, voice).look
    if look.failure is not None:
        raise look.failure
    comparison = look.comparison
    assert comparison is not None  # noqa: S101 - `look_here` compared, or failed
    check_may_change(comparison)
    if look.use:
        raise make_in_use(comparison, look.use)
    if comparison.is_clean:
        done = Done(0, (), comparison.drift)
    else:
        change = Change(run, comparison, removes=True)
        done = make_change(change, voice)
        _tell_done(change, done, voice)
    if done.status == 0:
        remember(comparison, run.plan.keep, voice)
    return done


def _make_separate_exact(run: Run, locks: Locks, voice: Voice) -> Done:
    """Make the separate environment of a run exact, the first one for its purpose."""
    from xrun.run.change import Done

    look = look_elsewhere(run, locks, Look())
    decision = decide(run, look)
    while isinstance(decision, Decision) and decision.mends:
        look = _mend(decision, look, locks, voice).look
        decision = decide(run, look)
    assert isinstance(decision, Decision)  # noqa: S101 - it was looked at
    done: Done | Again = Done(0, ())
    if decision.change is not None:
        done = _change(decision, decision.change, look, locks, voice)
    assert isinstance(done, Done)  # noqa: S101 - mode separate goes nowhere else
    comparison = _find_comparison(decision, look) if done.status == 0 else None
    if comparison is None:
        return done
    remember(comparison, run.plan.keep, voice)
    return replace(done, drift=done.drift or comparison.drift)


def _tell_done(change: Change, done: Done, voice: Voice) -> None:
    from xrun.drift.advice import Adviser
    from xrun.report import removals

    run, environment = change.run, change.environment
    reach = run.reach
    if done.status != 0:
        # An error of uv's, which `-q` does not silence either, but `-qq`.
        voice.say(() if run.request.is_mute else done.said)
        voice.tell(removals.render_returned(done.returned, done.broken, environment.name))
    else:
        voice.tell(done.said)
    if done.drift is None:
        return
    is_verbose, matches_policy = run.request.is_verbose, run.matches_policy
    findings = tuple(each for each in done.drift.findings if each.name not in change.lacking)
    drift = replace(done.drift, findings=findings)
    adviser = Adviser(drift, run.facts.workspace, run.facts.environ)
    voice.tell(
        removals.render_removed(
            drift, adviser, is_verbose=is_verbose, matches_policy=matches_policy, reach=reach
        )
    )
    came = [each for each in done.drift.findings if each.name in change.lacking]
    home = change.home.environment.name if change.home is not None else ""
    voice.tell(removals.render_came_along(came, home))
    if done.status != 0:
        return
    kept = {each.name for each in run.plan.keep}
    voice.tell(removals.render_moved_here(change.moved, environment.name))
    voice.tell(removals.render_overtaken(drift, kept, reach))
    voice.tell(removals.render_unmet(done.drift))
    voice.tell(removals.render_shared(done.mended, done.broken, reach))
    voice.tell(removals.render_strays_gone(done.strays, environment.name))
    if done.left:
        voice.tell(removals.render_left(done.left, reach))
