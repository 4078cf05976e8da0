"""`xrunctl restore`: what a run removed, brought back from the attic; selected or kept now on."""

from __future__ import annotations

import contextlib
import sys
import time

from xrun.ctl.output import find_columns, make_error, say, tell_waiting
from xrun.ctl.restore_text import list_kept, list_restored, render_list
from xrun.ctl.target import PROJECT, fail, failing, find_used_run, parse_name
from xrun.ctl.verbs import Argument, Option
from xrun.drift.advice import Adviser
from xrun.drift.classify import classify
from xrun.drift.compare import compare, list_extraneous
from xrun.drift.finding import Drift, Finding, Kind
from xrun.drift.grouping import split_requested
from xrun.drift.kept import keep_in
from xrun.drift.ways import find_ways
from xrun.environment.attic.choose import (
    RestoreError,
    check_is_believed,
    choose,
    choose_removal,
)
from xrun.environment.attic.journal import list_dropped, load_entries
from xrun.environment.attic.restore import bring_back, render_install
from xrun.environment.attic.store import list_removals, read_removals
from xrun.environment.attic.unfinished import finish_unfinished, skip_begun
from xrun.environment.change_lock import Locks
from xrun.environment.environment import find_environment
from xrun.environment.marker import mark_step, was_interrupted
from xrun.environment.separate import list_separate
from xrun.errors import NotAllowedError, UvFailedError, XrunError
from xrun.policy.files import render_path
from xrun.proxy.dataclass import replace
from xrun.report.progress import show_progress
from xrun.report.reach import find_reach
from xrun.run.guard import check_is_whole
from xrun.run.local_policy import find_local_file, keep_installed, select_locally
from xrun.run.remember import remember_kept
from xrun.words import count_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Annotated

    from xrun.drift.compare import Comparison
    from xrun.environment.attic.restore import Restored
    from xrun.environment.attic.store import Removal, Removed
    from xrun.environment.environment import Environment
    from xrun.policy.keep import Keep
    from xrun.run.request import Run


def restore(
    names: Annotated[
        list[str] | None,
        Argument(
            metavar="[NAME]...",
            help="Only these, of the last removal that has them; all of the last if none is named.",
        ),
    ] = None,
    *,
    at: Annotated[
        int | None,
        Option("--at", metavar="N", min=1, help="Which removal: 1 is the last one."),
    ] = None,
    lists: Annotated[bool, Option("--list", help="List what can be brought back.")] = False,
    project: Annotated[str | None, PROJECT] = None,
) -> None:
    """Bring back what a run removed, and keep it from now on."""
    number = at or 0
    with failing():
        wanted = [parse_name(name) for name in names or ()]
        run = find_used_run(project, remembers=True)
        environment = run.environment
        if lists:
            _print_list(environment, number, {*wanted})
            say(_list_elsewhere(run, (), "--list"))
            return
        stored = skip_begun(map(check_is_believed, read_removals(environment)), environment)
        removal = choose_removal(stored, wanted, number)
        if removal is None:
            raise _make_missing(run, wanted, number)
        check_is_whole(environment)
        with Locks(tell_waiting) as locks:
            locks.choose(environment.folder)
            locks.take()
            chosen, restored = _bring_back(environment, removal, wanted)
    now = replace(environment)
    tops = _find_tops(restored.back, now)
    back = tuple(sorted(restored.back, key=lambda each: each.name not in tops))
    say(list_restored(chosen, replace(restored, back=back), environment.name))
    try:
        say(_make_stay(run, now, chosen, project))
    except (XrunError, OSError) as problem:
        raise fail(_make_not_kept(problem, _find_tops(chosen, now))) from None


def _bring_back(
    environment: Environment, removal: Removal, wanted: Sequence[str]
) -> tuple[tuple[Removed, ...], Restored]:
    """Bring back what is wanted of a removal; killed meanwhile, the next run takes it out again."""
    if was_interrupted(environment):
        finish_unfinished(environment)
        environment = replace(environment)
    chosen = choose(environment, removal, wanted)
    with mark_step(environment, removal.folder.name):
        what = f"restoring {count_of(len(chosen))}"
        with show_progress(what, is_terminal=sys.stderr.isatty()):
            restored = bring_back(environment, removal, chosen, wanted, tell_waiting)
    return chosen, restored


def _make_stay(
    run: Run, now: Environment, chosen: Sequence[Removed], project: str | None
) -> list[str]:
    """Make what came back stay, and say how: selected where something declares it, else kept."""
    said: list[str] = []
    comparison = _compare(run)
    going = _find_going(run, comparison, chosen)
    unselected = [each for each in going if each.kind is Kind.UNSELECTED]
    ways = find_ways(run.workspace, run.sync.selection, unselected)
    words = next((way.words for way in ways if way.words), ())
    if words:
        names = {
            f"{kind}s": [word.partition("=")[2] for word in words if word.startswith(f"--{kind}=")]
            for kind in ("extra", "group")
        }
        said = [select_locally(run, names, all_packages="--all-packages" in words)]
        run = find_used_run(project, remembers=True)
        now, comparison = replace(run.environment), _compare(run)
        going = _find_going(run, comparison, chosen)
    kept = keep_installed(
        run.workspace,
        now,
        {each.name: each.installed or "" for each in going},
        "brought back by xrunctl restore",
        already=run.policy.keep,
        held={each.name for each in going if each.kind is Kind.OTHER},
        floor=run.policy.floors.get("keep"),
    )
    if comparison is not None:
        entries = (*kept, *run.plan.keep)
        remember_kept(keep_in(comparison, run.sync.uv, entries))
    cures = list_cures(run, going, kept)
    return [*said, *list_kept(kept, _find_overruled(run, kept), cures)]


def _compare(run: Run) -> Comparison | None:
    """Compare, whatever is kept; `None` where uv cannot say: without the network, say."""
    with contextlib.suppress(UvFailedError):
        return compare(run.sync)
    return None


def _find_going(
    run: Run, comparison: Comparison | None, chosen: Iterable[Removed]
) -> tuple[Finding, ...]:
    """Find what of that which came back the next run would remove or replace again."""
    names = {each.name for each in chosen}
    if comparison is None:  # then all of it counts as undeclared
        environment = replace(run.environment)
        there = environment.distributions
        found = list_extraneous(
            {name: there[name].version for name in names & there.keys()}, environment
        )
        others = {each.name for each in chosen if each.replaced_by}
        return tuple(
            replace(each, kind=Kind.OTHER) if each.name in others else each for each in found
        )
    comparison = keep_in(comparison, run.sync.uv, run.plan.keep)
    drift = classify(run.sync, comparison).drift
    return tuple(each for each in (*drift.extraneous, *drift.of(Kind.OTHER)) if each.name in names)


def _find_overruled(run: Run, kept: Sequence[Keep]) -> list[Keep]:
    """Find the entries of the local file that did not hold, and have been rewritten."""
    start = f"{render_path(find_local_file(run.workspace))}, "
    names = {each.name for each in kept}
    return [
        each for each in run.policy.keep if each.origin.startswith(start) and each.name in names
    ]


def _find_tops(removed: Sequence[Removed], environment: Environment) -> list[str]:
    """Find the names that no others of these need: who keeps them keeps all."""
    found = list_extraneous({each.name: each.version for each in removed}, environment)
    return [each.name for each in split_requested([*found])[0]]


def _make_not_kept(problem: XrunError | OSError, names: Sequence[str]) -> XrunError:
    """Make the error of what came back and goes again because the policy could not be written."""
    error = make_error(problem)
    is_enforced = isinstance(error, NotAllowedError)
    return XrunError(
        f"not kept, so that the next exact run removes it again: {error.message}",
        details=error.details,
        hint=error.hint if is_enforced else f"mend that, then `xrunctl keep {' '.join(names)}`",
    )


def _print_list(environment: Environment, at: int, names: set[str]) -> None:
    """Print what there are backups of, numbered, and what only the journal knows of.

    Args:
        environment: Where it was removed from.
        at: Only this one, with all that went; each if 0.
        names: Only those with one of these; each if there is none.
    """
    removals = skip_begun(list_removals(environment), environment)
    numbered = [(str(number), each) for number, each in enumerate(removals, start=1)]
    numbered += [("-", each) for each in list_dropped(environment)]
    chosen = numbered[at - 1 : at] if at else numbered
    if names:
        chosen = [
            (number, replace(each, distributions=found))
            for number, each in chosen
            if (found := tuple(gone for gone in each.distributions if gone.name in names))
        ]
    for line in render_list(chosen, time.time(), find_columns(), is_all=bool(at)):
        print(line)


def _list_elsewhere(run: Run, wanted: Sequence[str], *options: str) -> Iterator[str]:
    """List what brings names back to other environments of the project that they went from."""
    root, environ = run.workspace.root.folder, run.facts.environ
    home = find_environment(root, environ, is_active=False)
    found = {home.name: (home, "XRUN_MODE=exact ")}
    for each in list_separate():
        purpose = each.read_purpose()
        if purpose is not None and purpose.root == root:
            name = f"the separate environment for {' '.join(purpose.words) or 'no selection'}"
            found[name] = (each.environment, "")
    for name, (environment, mode) in found.items():
        removals = (
            list_removals(environment) if environment.folder != run.environment.folder else ()
        )
        if any({*wanted} <= {each.name for each in removal.distributions} for removal in removals):
            reach = find_reach(run.workspace, environment, environ)
            command = mode + reach.render("restore", *options, *wanted)
            yield f"removed from {name}: `{command}`"


def _make_missing(run: Run, wanted: Sequence[str], at: int) -> XrunError:
    """Make the error of what is not in the attic: where else it is, or how to install it."""
    environment = run.environment
    if at:
        message = f"no backup of {environment.name} has the number {at}"
        return RestoreError(message, hint="`xrunctl restore --list` shows what there is")
    problem, elsewhere = _make_unknown(environment, wanted), (*_list_elsewhere(run, wanted),)
    return XrunError(problem.message, details=elsewhere) if elsewhere else problem


def _make_unknown(environment: Environment, wanted: Sequence[str]) -> XrunError:
    """Make the error of what the attic has not: what the journal knows, and how to install it."""
    listed = "`xrunctl restore --list` shows what "
    again = "that installs it again, as far as the journal knows"
    removals = list_removals(environment)
    stowed = {each.name for removal in removals for each in removal.distributions}
    missing = [name for name in wanted if name not in stowed]
    if not missing and removals:
        message = f"no removal has all of {', '.join(wanted)}; name them one by one"
        return RestoreError(message, hint=f"{listed}there is")
    installs = {name: render_install(environment, name) for name in missing}
    known = {name: command for name, command in installs.items() if command}
    if known:
        return RestoreError(
            f"removed from {environment.name}, and no backup is left: {', '.join(known)}",
            details=tuple(known.values()),
            hint=f"{again}; `xrunctl keep` keeps it",
        )
    if missing:
        message = f"never removed from {environment.name}: {', '.join(missing)}"
        return RestoreError(message, hint=f"{listed}was")
    entries = load_entries(environment)
    if not entries:
        return RestoreError(f"nothing was removed from {environment.name}")
    last = tuple(each.render_install(environment.name) for each in entries[0].distributions)
    message = f"no backup of {environment.name} is left; what was removed last:"
    return RestoreError(message, details=last, hint=again)


def list_cures(run: Run, going: Iterable[Finding], kept: Sequence[Keep]) -> list[str]:
    """List the commands that make kept distributions part of the project."""
    environment = replace(run.environment)
    names = {each.name for each in kept if not each.holds} - environment.old_forms.keys()
    findings = [each for each in going if each.name in names]
    drift = Drift(environment, selection=run.sync.selection)
    return Adviser(drift, run.workspace, run.facts.environ).list_adding(findings)
