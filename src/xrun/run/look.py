"""What is seen before a decision: uv's dry run, who else is there, what was left half done.

Nothing is changed here, but that a link to one of uv's own environments follows uv. A run holds
the locks that it took on the way (`Locks`); an explanation holds none.
"""

from __future__ import annotations

from pathlib import Path

from xrun.drift.finding import Kind
from xrun.drift.kept import compare_keeping
from xrun.environment.marker import was_interrupted
from xrun.environment.processes import is_nested as is_nested_in
from xrun.environment.separate import make_unmade
from xrun.errors import BusyError, UvFailedError, XrunError
from xrun.project.user_folders import find_owner
from xrun.project.workspace import read_locked_names
from xrun.proxy.dataclass import dataclass, replace
from xrun.report.notices import render_closed
from xrun.run.decision import list_outgoing
from xrun.run.elsewhere import enter_unchanged, find_above, goes_by_selection, may_move
from xrun.run.guard import check_is_used, check_is_whole, is_left_damaged, point_to_named
from xrun.run.plan import Response, Sync, Target
from xrun.run.stamp_inputs import take_inputs
from xrun.run.tell import classify_run
from xrun.run.usage import find_refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xrun.drift.compare import Comparison
    from xrun.environment.change_lock import Locks
    from xrun.run.ask import Answer
    from xrun.run.elsewhere import Elsewhere
    from xrun.run.facts import Facts
    from xrun.run.request import Run


@dataclass(frozen=True)
class Look:
    """What is seen before a decision.

    Attributes:
        inputs: The identities of all files that decide, taken first; `None` if some have none.
        above: The run in the separate environment that the command above runs in, if it is there.
        is_half_made: Whether the environment was left half made, with nothing in it to lose.
        is_interrupted: Whether a step that changed the environment did not end well.
        is_mended: Whether what it left was mended meanwhile, as far as that can be.
        comparison: What uv would do.
        failure: Why uv cannot say it.
        use: Who else is in an environment that something would be taken from; empty if no one is.
        is_nested: Whether one of those has started this run, so that it belongs there.
        elsewhere: The separate environment that the run would go to, or why there can be none;
            `None` where that was not looked at.
        is_held: Whether uv would undo what the policy holds: another version of it is installed,
            or may just be being installed, than the lock file has.
        answer: What was answered at the terminal.
        obstacle: Why what would go cannot go.
        busy: Who does not release the change lock, where that is waited for no longer.
    """

    inputs: dict[str, str] | None = None
    above: Run | None = None
    is_half_made: bool = False
    is_interrupted: bool = False
    is_mended: bool = False
    comparison: Comparison | None = None
    failure: UvFailedError | None = None
    use: str = ""
    is_nested: bool = False
    elsewhere: Elsewhere | XrunError | None = None
    is_held: bool = False
    answer: Answer | None = None
    obstacle: XrunError | None = None
    busy: BusyError | None = None


def look_around(run: Run, locks: Locks) -> Look:
    """Look at what decides a run first.

    Raises:
        XrunError: The environment is damaged.
    """
    locks.choose(find_locked(run.facts))
    above = find_above(run, locks)
    if above is not None:
        return Look(take_inputs(above), above)
    look = Look(take_inputs(run))
    if not run.invocation.command and run.plan.mode != "off":  # uv syncs, and lists commands
        check_is_used(run)
    if run.plan.response.is_unasked or run.plan.response is Response.SEPARATE:
        return look
    return look_here(run, locks, look)


def look_at_line(run: Run) -> UvFailedError | None:
    """Look whether uv refuses the line of a run; `None` where it takes it, or no line is run."""
    if not run.request.typed:
        return None
    return find_refusal(run.invocation, run.facts.uv, run.plan.inject)


def look_here(run: Run, locks: Locks, look: Look) -> Look:
    """Look at the environment of a run as it is now.

    Args:
        run: The run.
        locks: Its change lock is taken, and held; but while another run holds it and there is
            nothing to change, the environment is entered instead.
        look: What was seen before; what does not change stays.

    Raises:
        XrunError: The environment is damaged.
        BusyError: Someone does not release its change lock.
    """
    if not (run.plan.is_left or locks.try_to_take()):
        beside = _look_beside(run, locks, look) or _wait(run, locks, look)
        if beside is not None:
            return beside
    environment, is_unsynced = run.facts.environment, run.plan.sync is Sync.NONE
    if run.plan.target is Target.PROJECT and environment is not None:
        if is_left_damaged(run):
            check_is_used(run)
            return look
        if not is_unsynced and environment.is_half_made:
            return replace(look, is_half_made=True)
        check_is_whole(environment, run.plan.keep)
    try:
        comparison = _compare(run, locks)
    except UvFailedError as error:
        if is_unsynced and not error.is_usage:
            check_is_used(run)
        return replace(look, failure=error)
    if locks.is_peeking:
        comparison = classify_run(run, comparison)
    is_interrupted = not (is_unsynced or look.is_mended) and was_interrupted(
        comparison.drift.environment
    )
    look = replace(
        look,
        is_half_made=False,
        is_interrupted=is_interrupted,
        comparison=comparison,
        is_held=_is_held(run, comparison),
    )
    use = _find_use(run, look, comparison, locks)
    is_nested = bool(use) and is_nested_in(comparison.drift.environment.folder)
    return replace(look, use=use, is_nested=is_nested)


def _compare(run: Run, locks: Locks) -> Comparison:
    may_rebuild = run.plan.sync is not Sync.NONE
    try:
        comparison = compare_keeping(run.sync, run.plan.keep, may_rebuild=may_rebuild)
    except UvFailedError as error:
        from xrun.run.recover import drop_unreadable  # needed only after an interrupted step

        if locks.is_peeking or not (may_rebuild and drop_unreadable(error)):
            raise
        return _compare(run, locks)
    is_refused = run.plan.response is Response.REFUSE and not comparison.is_clean
    if not (locks.is_peeking or is_refused) and point_to_named(run, comparison):
        comparison = compare_keeping(run.sync, run.plan.keep, may_rebuild=may_rebuild)
    return comparison


def _wait(run: Run, locks: Locks, look: Look) -> Look | None:
    """Wait for the change lock; `None` once it is held.

    Where it is not to be had, and the run may go to a separate environment, that is what is seen.
    """
    try:
        locks.take()
    except BusyError as error:
        is_exact = run.plan.response is Response.PREPARE and may_move(run)
        if not is_exact or look.elsewhere is not None or is_nested_in(Path(run.where)):
            raise
        return replace(look, busy=error)
    return None


def _look_beside(run: Run, locks: Locks, look: Look) -> Look | None:
    """Look while another run decides; `None` where it has to be waited for.

    What is seen holds if there is nothing to do, and nothing that decides has changed until the
    environment is entered: the marker of a step is a part of that. Where a run goes that selects
    otherwise does not depend on what the other one does.
    """
    environment = run.facts.environment
    if environment is None or not environment.is_virtual or run.plan.target is not Target.PROJECT:
        return None
    try:
        comparison = compare_keeping(run.sync, run.plan.keep)
    except UvFailedError:
        return None
    if comparison.drift.environment.folder != environment.folder:
        return None
    is_clean = comparison.is_clean and enter_unchanged(environment, look.inputs, locks)
    goes = look.elsewhere is None and goes_by_selection(run, comparison)
    if not (is_clean or (goes and not comparison.is_clean)):
        return None
    return replace(look, comparison=comparison, is_held=_is_held(run, comparison))


def _is_held(run: Run, comparison: Comparison) -> bool:
    """Whether the policy holds something against the lock file, or would if that were installed."""
    names = {each.name for each in run.plan.holding}
    if comparison.drift.held:
        return True
    if not names or run.facts.workspace is None:
        return False
    return not names.isdisjoint(read_locked_names(run.facts.workspace.root.folder / "uv.lock"))


def _find_use(run: Run, look: Look, comparison: Comparison, locks: Locks) -> str:
    """Claim an environment that something would be taken from; find who else's it is."""
    removes = run.plan.sync is Sync.EXACT and (look.answer is None or look.answer.removes)
    environment = comparison.drift.environment
    names = {each.name for each in list_outgoing(comparison, removes=removes)}
    names |= {each.name for each in comparison.drift.of(Kind.MOVED) if removes}
    if comparison.drift.is_replaced:
        names = {each.name for each in environment.every_distribution}
    is_taken = bool(names) or comparison.drift.is_replaced
    stays = run.plan.sync is Sync.NONE or run.plan.response is Response.REFUSE
    if not is_taken or stays or comparison.answer.is_refused:
        return ""
    from xrun.environment.attic.own_files import find_closed  # not needed where nothing is removed

    closed = find_closed(environment, names)
    if closed:
        return render_closed(environment.folder, Path(closed), find_owner(Path(closed)))
    return locks.claim(environment.folder)


def look_elsewhere(run: Run, locks: Locks, look: Look) -> Look:
    """Look for the separate environment that a run would go to, the first that is free.

    Where there can be none, the run's own environment is looked at again: its lock was let go.

    Raises:
        XrunError: There can be none, and the run may be nowhere else.
    """
    from xrun.run.separate import find_elsewhere  # not needed where a run stays in its own

    try:
        elsewhere = find_elsewhere(run, locks)
    except (XrunError, OSError) as problem:  # the latter where the cache folder is closed to us
        error = problem if isinstance(problem, XrunError) else make_unmade(problem)
        if run.plan.response is Response.SEPARATE:
            raise error from problem
        if look.busy is not None:
            raise look.busy from problem
        locks.choose(find_locked(run.facts))
        return look_here(run, locks, replace(look, elsewhere=error))
    return replace(look, elsewhere=elsewhere)


def find_locked(facts: Facts) -> Path:
    """Find what the change lock is kept by: the environment, or the script that has its own."""
    if facts.script is not None and facts.script.has_metadata:
        return facts.script.path
    return facts.environment.folder if facts.environment else facts.folder
