"""Running in a separate environment: which run does, where it goes, and what is seen there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.drift import Finding, Kind
from xrun.drift.compare import compare, order
from xrun.drift.dry_run import ask_dry_run
from xrun.drift.kept import find_closure, find_named, spare
from xrun.environment.marker import was_interrupted
from xrun.environment.separate import (
    Purpose,
    Separate,
    find_folder,
    find_foreign,
    is_sound,
    resolve_separate,
)
from xrun.errors import InUseError, NoAnswerError, UvFailedError, XrunError
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass, replace
from xrun.proxy.stamp import ACTIVE, WITHIN, take_identities
from xrun.run.plan import Response, Target
from xrun.run.selection import read_selection, selects_as_untyped
from xrun.run.stamp_inputs import take_inputs
from xrun.run.tell import classify_run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xrun.drift import Comparison
    from xrun.environment import Environment
    from xrun.environment.change_lock import Locks
    from xrun.run.facts import Facts
    from xrun.run.request import Run

MOST = 4  # environments for one purpose, while each is in use


@dataclass(frozen=True)
class Elsewhere:
    """The separate environment that a run goes to, and what is seen there.

    Attributes:
        run: The run in it.
        separate: Where it is.
        purpose: What it is for.
        number: Which of those for the purpose it is, while the first ones are in use.
        inputs: The identities of all files that decide; `None` if some have none.
        comparison: What uv would do; `None` where it is yet to be made, or uv cannot say.
        is_interrupted: Whether a step that changed it did not end well.
        copied: How many bytes are copied to make it; 0 where they are linked.
        lacking: The names of what is kept and has to be copied into it.
        absent: What is kept, and of no use to its Python, or has no RECORD to copy it by.
        foreign: What is someone else's of the first ones for the purpose, so that it is another.
    """

    run: Run
    separate: Separate
    purpose: Purpose
    number: int = 0
    inputs: dict[str, str] | None = None
    comparison: Comparison | None = None
    is_interrupted: bool = False
    copied: int = 0
    lacking: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    foreign: tuple[Path, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether it is as declared, with what is kept."""
        is_exact = self.comparison is not None and self.comparison.is_clean
        return is_exact and not self.is_interrupted and not self.lacking


def selects_elsewhere(run: Run, comparison: Comparison) -> bool:
    """Whether a run selects something else than the project's environment is for.

    That is for the policy's selection at the workspace root, and for the Python that it has. A
    group may ask for another Python too.
    """
    if comparison.drift.is_replaced and _names_python(run):
        return True
    return not run.selects_as_home


def _names_python(run: Run) -> bool:
    return run.invocation.has("--python") or bool(run.facts.environ.get("UV_PYTHON"))


def may_move(run: Run) -> bool:
    """Whether a run may go to a separate environment by itself: by its policy, and as typed."""
    return (
        run.policy.other_selection == "separate"
        and run.plan.mode == "exact"
        and run.plan.target is Target.PROJECT
        and not run.invocation.has("--exact", "--active")
        and run.facts.environment is not None
    )


def resolve_purpose(run: Run) -> Purpose:
    """Resolve what the separate environment of a run is for: a workspace, a Python, a selection."""
    facts = run.facts
    root = facts.workspace.root.folder if facts.workspace else facts.folder
    python = run.invocation.last("--python") or facts.environ.get("UV_PYTHON")
    words = {*read_selection(run.request, run.plan.selection)}
    words |= {f"--python={python}"} if python else set()
    return Purpose(root, tuple(sorted(words)))


def find_used(run: Run) -> Run:
    """Find the run in the environment that it uses: in mode separate one that its path names."""
    if run.plan.response is not Response.SEPARATE:
        return run
    purpose = resolve_purpose(run)
    several = [resolve_separate(purpose, number) for number in range(MOST)]
    moved = _move(run, next((each for each in several if not find_foreign(each)), several[0]))
    environment = replace(moved.environment, name=str(moved.environment.folder))
    facts = replace(moved.facts, environment=environment)
    return replace(moved, request=replace(moved.request, facts=facts))


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
    moved = _move(run, separate)
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


def enter_unchanged(
    environment: Environment, inputs: Mapping[str, str] | None, locks: Locks
) -> bool:
    """Enter an environment if nothing that decides has changed since; no change lock is needed.

    Args:
        environment: Which it is.
        inputs: The identities of all that decides, taken before uv was asked.
        locks: Of the run.
    """
    if inputs is None or not locks.try_to_enter(str(environment.folder)):
        return False
    if take_identities(inputs) == inputs and not was_interrupted(environment):
        return True
    locks.leave()
    return False


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


def name_kept(run: Run) -> tuple[str, ...]:
    """Name what the policy keeps in the project's own environment."""
    environment = run.facts.environment
    if environment is None or not run.plan.keep:
        return ()
    return tuple(sorted(find_named(environment, run.plan.keep)))


def list_coming_along(run: Run, target: Environment, declared: Collection[str]) -> tuple[str, ...]:
    """List what is kept in the project's own environment and another one lacks, in that version.

    Args:
        run: The run, for the project's own environment.
        target: The other one, as it is now.
        declared: What is declared for that: it follows the lock file, unless it is held.
    """
    source = run.environment.distributions
    held = find_named(run.environment, run.plan.holding)
    there = {name: each.version for name, each in target.distributions.items()}
    kept = find_closure(run.environment, run.plan.keep) & source.keys()
    kept = {name for name in kept if source[name].has_record}  # else its files are unknown
    wanted = {name for name in kept if name not in declared or name in held}
    return tuple(sorted(name for name in wanted if there.get(name) != source[name].version))


def find_above(run: Run, locks: Locks) -> Run | None:
    """Find the run in the separate environment that the command above runs in, as it is.

    A run that selects nothing itself, in the same workspace, is part of what goes on there: what
    was selected above is what it needs too, as it would be in the project's own environment. Where
    it would come to the very same environment without that, nothing is found: it is compared, then.
    """
    folder, workspace = run.facts.environ.get(WITHIN, ""), run.facts.workspace
    elsewhere = {"--python", "--active", "--exact", "--inexact", "--no-sync"}
    is_ours = run.plan.response in {Response.PREPARE, Response.SEPARATE}
    is_ours = is_ours and run.plan.target is Target.PROJECT and not run.policy.is_for_command
    if not folder or workspace is None or run.invocation.names & elsewhere or not is_ours:
        return None
    separate = Separate(Path(folder).parent)
    purpose = separate.read_purpose()
    if purpose is None or purpose.root != workspace.root.folder:
        return None
    if not selects_as_untyped(run.request, run.plan.selection):
        return None
    if was_interrupted(separate.environment):  # or something is just being added there
        locks.wait_for(separate.environment.folder)
    if not is_sound(separate.environment) or was_interrupted(separate.environment):
        return None
    is_same = run.plan.response is Response.SEPARATE and separate == resolve_separate(
        resolve_purpose(run)
    )
    return None if is_same else _move(run, separate)


def _move(run: Run, separate: Separate) -> Run:
    """Move a run to a separate environment, which uv and the command learn from variables."""
    folder = str(separate.environment.folder)
    variables = {"VIRTUAL_ENV": folder, WITHIN: folder}
    facts = replace(
        run.facts,
        environment=separate.environment,
        environ={**run.facts.environ, **variables},
    )
    selection = tuple(word for word in run.plan.selection if word != ACTIVE)
    syncs = (ACTIVE, *_select_python(run), *selection)
    plan = replace(run.plan, inject=selection, selection=syncs, mode="separate")
    request = replace(run.request, facts=facts)
    return replace(run, request=request, plan=plan, variables=variables)


def _select_python(run: Run) -> tuple[str, ...]:
    """Select the Python that `uv run` would use: the project's own environment's while it fits.

    For another environment uv would look on PATH, where another one may come first. What a group
    requires `uv python find` does not know (0.13.9), so the dry run is asked.
    """
    home, workspace = run.facts.environment, run.facts.workspace
    if home is None or not home.exists:
        return ()
    if workspace is not None and any(
        each.find("tool", "uv", "dependency-groups") for each in workspace.members
    ):
        try:
            fits = ask_dry_run(run.sync).action != "replace"
        except UvFailedError:  # uv says why once more
            fits = False
        if not fits:
            return ()
    named = run.invocation.last("--python") or run.facts.environ.get("UV_PYTHON")
    words = ["python", "find", f"--project={run.facts.start}", *([named] if named else [])]
    python = uv.ask_uv(run.facts.uv, words).stdout.strip()
    is_own = python.startswith(f"{home.folder}{os.sep}")
    return (f"--python={os.path.realpath(python)}",) if is_own else ()


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
