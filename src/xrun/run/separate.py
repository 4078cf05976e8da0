"""The separate environment that a run goes to: the first that is free, and what is seen there."""

from __future__ import annotations

from pathlib import Path

from xrun.drift.compare import compare, order
from xrun.drift.finding import Finding, Kind
from xrun.drift.kept import find_closure, find_named, spare
from xrun.environment.marker import was_interrupted
from xrun.environment.separate import find_folder, find_foreign, is_sound, resolve_separate
from xrun.errors import InUseError, NoAnswerError, UvFailedError, XrunError
from xrun.proxy import uv
from xrun.proxy.dataclass import replace
from xrun.run.elsewhere import MOST, Elsewhere, enter_unchanged, move, name_kept, resolve_purpose
from xrun.run.stamp_inputs import take_inputs
from xrun.run.tell import classify_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from xrun.drift.compare import Comparison
    from xrun.environment.change_lock import Locks
    from xrun.environment.environment import Environment
    from xrun.environment.separate import Separate
    from xrun.run.facts import Facts
    from xrun.run.request import Run


def find_elsewhere(
    run: Run, locks: Locks, number: int = 0, foreign: tuple[Path, ...] = ()
) -> Elsewhere:
    """Find the separate environment that a run goes to: the first for its purpose that is free.

    Args:
        run: The run, for the project's own environment.
        locks: The change lock of the separate environment is taken, and held.
        number: Of the environment, for while the first ones are in use.
        foreign: What of the first ones is someone else's.

    Raises:
        XrunError: There can be none: all are in use or someone else's, or there is no space.
    """
    purpose = resolve_purpose(run)
    separate = resolve_separate(purpose, number)
    part = find_foreign(separate)
    if part is not None and number + 1 < MOST:
        return find_elsewhere(run, locks, number + 1, (*foreign, part))
    moved = move(run, separate)
    locks.choose(separate.environment.folder)
    is_beside = not locks.try_to_take()
    inputs = own = take_inputs(moved)
    if run.plan.mode != "separate" or run.plan.keep:  # the project's own environment decides too
        inputs = take_inputs(moved, run)
    elsewhere = Elsewhere(moved, separate, purpose, number, inputs, foreign=foreign)
    elsewhere = compare_elsewhere(run, elsewhere)
    if is_beside:
        if elsewhere.is_clean and enter_unchanged(separate.environment, own, locks):
            return elsewhere
        locks.take()
        elsewhere = compare_elsewhere(run, elsewhere)
    comparison = elsewhere.comparison
    is_interrupted = comparison is not None and was_interrupted(separate.environment)
    elsewhere = replace(elsewhere, is_interrupted=is_interrupted)
    if elsewhere.is_clean:
        return elsewhere
    takes = comparison is None or comparison.drift.extraneous or comparison.drift.replaces
    use = locks.claim(separate.environment.folder) if takes else ""
    if use and number + 1 < MOST:
        return find_elsewhere(run, locks, number + 1, foreign)
    if use:
        raise InUseError(f"{separate.environment.name} is {use} and would have to be rebuilt")
    if separate.about.exists():
        if locks.is_peeking and comparison is not None:
            elsewhere = replace(elsewhere, comparison=classify_run(moved, comparison))
        return elsewhere
    return replace(elsewhere, copied=check_space(run.facts, separate))


def compare_separate(elsewhere: Elsewhere) -> Comparison | None:
    """Compare a separate environment; `None` where it is not sound, or uv cannot compare it.

    What uv says then, it says again of the sync.

    Raises:
        NoAnswerError: uv gave no answer, so nothing may be replaced.
    """
    if not is_sound(elsewhere.separate.environment):
        return None
    try:
        comparison = compare(elsewhere.run.sync)
        if comparison.drift.is_replaced:  # what is kept is copied again into it
            return comparison
        return spare(comparison, elsewhere.run.plan.keep)
    except NoAnswerError:
        raise
    except UvFailedError:
        return None


def compare_elsewhere(run: Run, elsewhere: Elsewhere) -> Elsewhere:
    """Compare a separate environment; what is kept in the project's own belongs there too.

    Args:
        run: The run, for the project's own environment.
        elsewhere: The separate environment, compared before or not.
    """
    target, comparison = elsewhere.separate.environment, compare_separate(elsewhere)
    elsewhere, kept = replace(elsewhere, comparison=comparison), name_kept(run)
    if comparison is None or not kept:
        return elsewhere
    from xrun.environment.copies import fits  # not needed where nothing is kept

    if not fits(run.environment, target):
        return replace(elsewhere, absent=kept)
    recorded = {name for name, each in run.environment.distributions.items() if each.has_record}
    absent = tuple(each for each in kept if each not in recorded | comparison.declared.keys())
    elsewhere = replace(elsewhere, absent=absent)
    if comparison.drift.is_replaced:
        return elsewhere
    names = list_coming_along(run, target, comparison.declared)
    drift, source = comparison.drift, run.environment.distributions
    others = (
        Finding(Kind.OTHER, name, target.distributions[name].version, source[name].version)
        for name in names
        if name in target.distributions
    )
    findings = (*(each for each in drift.findings if each.name not in names), *others)
    drift = replace(drift, findings=tuple(sorted(findings, key=order)))
    return replace(elsewhere, lacking=names, comparison=replace(comparison, drift=drift))


def list_coming_along(run: Run, target: Environment, declared: Collection[str]) -> tuple[str, ...]:
    """List what is kept in the project's own environment and another one lacks, in that version.

    Args:
        run: The run, for the project's own environment.
        target: The other one, as it is now.
        declared: What is declared for that: it follows the lock file, unless it is held.
    """
    source = run.environment.distributions
    held = find_named(run.environment, run.plan.holding)
    versions = {name: each.version for name, each in target.distributions.items()}
    kept = find_closure(run.environment, run.plan.keep) & source.keys()
    kept = {name for name in kept if source[name].has_record}  # else its files are unknown
    wanted = {name for name in kept if name not in declared or name in held}
    return tuple(sorted(name for name in wanted if versions.get(name) != source[name].version))


def check_space(facts: Facts, separate: Separate) -> int:
    """Check, before one is made, that its files can be linked from uv's cache, or are not too many.

    Returns:
        How many bytes will about be copied: as many as the project's own environment has; 0 where
        they are linked, or nothing is known.

    Raises:
        XrunError: They are more than a gigabyte.
    """
    from xrun.environment.space import MOST_COPIED, find_device, measure

    cache = uv.ask_uv(facts.uv, ["cache", "dir"]).stdout.strip()
    if not cache or find_device(Path(cache)) == find_device(separate.folder):
        return 0
    size = measure(facts.environment.folder) if facts.environment else 0
    if size > MOST_COPIED:
        raise XrunError(
            f"not run: a separate environment would copy about {size >> 20} MB, because uv's cache "
            f"({cache}) is on another file system than xrun's ({find_folder()})",
            hint='UV_CACHE_DIR or XDG_CACHE_HOME puts them on one; `other-selection = "rebuild"` '
            'or `mode = "exact"` does without',
        )
    return size
