"""The one step in which an environment is changed, under its locks and a marker.

Put away, let uv build and install, remove by name, mend what shared files. Whatever fails or is
interrupted on the way, nothing is removed before uv has installed what is missing, and what uv
left half replaced comes back or is named.
"""

from __future__ import annotations

import contextlib
import time
from functools import partial

from xrun.drift.dry_run import RESOLVED, WARNING, ask_dry_run, drop_colour
from xrun.drift.finding import Kind
from xrun.environment.attic.journal import write_entry
from xrun.environment.attic.shared import give_back, link_back
from xrun.environment.attic.store import Removal, Removed, read_removed
from xrun.environment.attic.stow import (
    AtticError,
    check_lists_files,
    complete,
    discard,
    find_changed,
    is_untouched,
    stow,
    sweep,
)
from xrun.environment.attic.uninstall import find_odd, remove, remove_odd
from xrun.environment.damage import find_broken
from xrun.environment.marker import begin_step, end_step, was_interrupted
from xrun.environment.scripts import find_misplaced
from xrun.errors import STATUS_NOT_RUN, XrunError
from xrun.project.uv_variables import set_colour
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass, replace
from xrun.report.notices import render_error
from xrun.report.progress import show_progress
from xrun.run.decision import DONE_BY_SYNC
from xrun.run.guard import check_is_same, check_may_change, identify
from xrun.run.tell import classify_run
from xrun.words import count_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from xrun.drift.finding import Drift
    from xrun.environment.environment import Environment
    from xrun.run.decision import Change
    from xrun.run.tell import Voice

# What `uv run --exact` says of the same changes, in the same words. What else `uv sync` says is its
# own (the resolution, the list of changes), but for warnings. Measured on uv 0.5.14 to 0.13.9.
SAID_BY_RUN = (
    *("Uninstalled ", "Installed "),
    *("Downloading ", " Downloaded ", "   Building ", "      Built "),
)
# The same of an environment that is made; of a separate one xrun says it.
MADE = (
    *("Using CPython ", "Using Python ", "Using PyPy "),
    *("Creating virtual environment", "Removed virtual environment"),
)


@dataclass(frozen=True)
class Done:
    """What a step did.

    Attributes:
        status: uv's status: not 0 where it failed, and then nothing is run.
        said: What uv said: where it failed all of it, else what `uv run` would say of the same.
        drift: What was removed or replaced; `None` where nothing was compared.
        left: Names of what is extraneous and stays, because no RECORD lists its files.
        mended: Names that were reinstalled because what went had files in common with them.
        broken: Names that have lost files, or have another one's, and could not be reinstalled.
        strays: Files of no distribution that went with an environment that was rebuilt.
        returned: Names of what uv had half replaced when it failed, and is as it was.
    """

    status: int
    said: tuple[str, ...]
    drift: Drift | None = None
    left: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()


def make_change(change: Change, voice: Voice) -> Done:
    """Change an environment; its change lock is held, and a claim where something goes.

    Args:
        change: What is done.
        voice: Shows progress, and says who holds uv's lock of the environment.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment that is meant.
        KeptWouldBeLostError: The environment would be rebuilt without what is kept.
        AtticError: What would go cannot be put away; nothing was changed.
        UvKilledError: A signal ended uv; the next run mends what that left.
    """
    if change.comparison is not None:
        check_may_change(change.comparison, removes=change.removes)
        if change.separate is not None:  # nothing may stay in it
            going = {each.name for each in change.comparison.drift.removable}
            check_lists_files(change.environment, {each.name for each in change.outgoing} - going)
        if change.outgoing:
            change = replace(change, comparison=classify_run(change.run, change.comparison))
    return _Work(change, voice).do()


class _Work:
    """One change while it is made."""

    def __init__(self, change: Change, voice: Voice) -> None:
        self.change = change
        self.environment = change.environment
        self.is_shown = voice.shows_progress
        self.tell = voice.tell_waiting
        self.environ = change.run.sync.select_environ()
        self.has_colour = change.run.request.has_colour  # what is captured is shown afterwards
        self.going = list(_list_going(change, self.environment))
        self.identity: tuple[int, int] | None = None
        self.said: list[str] = []

    def do(self) -> Done:
        """Put away, sync, remove, mend."""
        outgoing = {each.name: each.replaced_by for each in self.going}
        is_rebuild = self.change.is_rebuild
        with self._show("backing up", len(outgoing)):
            removal = self._stow(outgoing)
        lost: list[str] = []
        if is_rebuild:
            from xrun.drift.strays import find_strays

            strays = find_strays(self.environment, {})
            lost += (each.name for each in strays if each.kind is Kind.STRAY)
            lost += (each.folder.name for each in self.environment.old_forms.values())
        if self.environment.is_virtual and not is_rebuild:
            self.identity = identify(self.environment)
        status = 0
        if removal is not None and not is_rebuild:
            replaced = {each.name for each in removal.distributions if each.replaced_by is not None}
            status = self._try(partial(remove_odd, self.environment, replaced))
        if status == 0 and self.change.syncs:
            status = self._sync()
        if status != 0:
            return self._give_up(status, removal)
        status = self._try(partial(self._remove, removal))
        if status != 0 and removal is not None:
            with contextlib.suppress(OSError):  # the next run tries again
                complete(removal, self.environment)
        gone, left = self._settle(removal)
        if status != 0:  # the marker stays: the next run looks whether all is whole
            return Done(status, tuple(self.said), self._select_drift({each.name for each in gone}))
        self._bring_along()
        mended, broken = self._mend(removal)
        self._point_here()
        self._check()  # the run starts uv once more
        end_step(self.environment)
        drift = self._select_drift({each.name for each in self.going} - {*left})
        starts = SAID_BY_RUN if self.change.separate is not None else (*MADE, *SAID_BY_RUN)
        said = tuple(select_said(self.said, starts, self._list_repeated()))
        return Done(0, said, drift, left, mended, broken, (*lost,))

    def _stow(self, outgoing: Mapping[str, str | None]) -> Removal | None:
        """Put away what goes, under the marker: where nothing is done before, by a move."""
        was_marked = was_interrupted(self.environment)
        begin_step(self.environment)
        try:
            return stow(
                self.environment,
                outgoing,
                is_replaced=self.change.is_rebuild,
                moves=not self.change.syncs,
                command=self.change.run.request.command_line,
            )
        except AtticError:
            if not was_marked:
                end_step(self.environment)
            raise

    def _list_repeated(self) -> tuple[str, ...]:
        """List what uv warned of in the step and warns of again in the run that follows.

        That is what it says of a project; what it says of a resolution or an installation it does
        not repeat. Where the lock file was written and uv warned, it is asked once more, without
        the options that the run does not get.
        """
        comparison, sync = self.change.comparison, self.change.run.sync
        if comparison is not None and not comparison.answer.is_lock_stale:
            return comparison.answer.warnings
        if any(drop_colour(line).startswith(WARNING) for line in self.said):
            options = (x for x in sync.options if x.partition("=")[0] not in DONE_BY_SYNC)
            with contextlib.suppress(XrunError):
                return ask_dry_run(replace(sync, options=tuple(options))).warnings
        return ()

    def _show(self, verb: str, count: int) -> AbstractContextManager[object]:
        return show_progress(f"{verb} {count_of(count)}", is_terminal=self.is_shown)

    def _sync(self, *more: str) -> int:
        """Let uv build, install and replace; it removes nothing."""
        around = (f"--no-install-package={name}" for name in self.change.around)
        again = more or (f"--reinstall-package={name}" for name in self.change.moved)
        args = self.change.run.sync.render("--inexact", *around, *again)
        is_shown = self.is_shown and not more
        environ = set_colour(self.environ, has_colour=self.has_colour, is_terminal=is_shown)
        program = self.change.run.facts.uv
        hidden = tuple(map(str.encode, MADE)) if self.change.separate is not None else ()
        shown: AbstractContextManager[int] = contextlib.nullcontext(uv.CAPTURED)
        if is_shown:
            from xrun.run.relay import relay

            shown = relay(hidden)
        with shown as stderr:
            done = uv.ask_uv(program, args, environ, stderr=stderr, is_change=True)
        lines = (done.stderr or "").splitlines()
        self.said += (x for x in lines if not drop_colour(x).startswith(RESOLVED))
        return done.returncode

    def _check(self) -> None:
        """Check, between two starts of uv, that the environment is still the one that is meant."""
        if self.identity is not None:
            check_is_same(replace(self.environment), self.identity)

    def _point_here(self) -> None:
        """Make scripts run here that uv did not reinstall: of what is kept, or just came along."""
        for script in find_misplaced(replace(self.environment)) if self.change.removes else ():
            with contextlib.suppress(OSError):  # named again by the next comparison
                script.point_to(self.environment)

    def _try(self, remove: Callable[[], None]) -> int:
        """Remove something; return what to end with, and say why, where that cannot be done."""
        try:
            remove()
        except OSError as error:
            message = f"not run: {error.filename} cannot be removed ({error.strerror})"
            hint = "once that is mended, the next run goes on"
            self.said += render_error(XrunError(message, hint=hint))
            return STATUS_NOT_RUN
        return 0

    def _remove(self, removal: Removal | None) -> None:
        """Remove by name what is extraneous, and nothing that came in since it was compared."""
        comparison = self.change.comparison
        if comparison is None or self.change.is_rebuild or not self.change.removes:
            return
        lacking = self.change.lacking
        installed = replace(self.environment).distributions if lacking else ()
        stale = [name for name in lacking if name in installed]
        names = [*(each.name for each in comparison.drift.removable), *stale]
        if names:
            self._check()
            with self._show("removing", len(names)):
                remove(self.environment, names, self.tell, removal)

    def _bring_along(self) -> None:
        """Copy what is kept in the project's own environment, where that can be used here."""
        home, comparison = self.change.home, self.change.comparison
        now = replace(self.environment)
        if home is None:
            return
        from xrun.environment.copies import copy, fits
        from xrun.run.separate import list_coming_along

        if not fits(home.environment, now):
            return
        declared = now.distributions if comparison is None else comparison.declared
        names = list_coming_along(home, now, declared)
        present = [name for name in names if name in now.distributions]
        if comparison is None or self.change.is_rebuild:  # uv has just installed it
            if present:
                self._check()
                remove(now, present, self.tell)
        else:  # it came in meanwhile
            names = tuple(name for name in names if name not in present)
        with self._show("copying what is kept:", len(names)):
            copy(home.environment, now, names)

    def _settle(self, removal: Removal | None) -> tuple[list[Removed], tuple[str, ...]]:
        """Note in the journal what went; say what stays although uv said that it removed it."""
        if removal is not None:
            sweep(removal, self.environment)
        gone, left = _find_gone(self.going, self.environment, removal)
        if gone:
            at = removal.at if removal else time.time()
            command = self.change.run.request.command_line
            key = removal.key if removal else ""
            write_entry(Removal(at, self.environment.folder, tuple(gone), key=key, command=command))
        elif removal is not None and is_untouched(removal, self.environment):
            discard(removal)
        return gone, left

    def _mend(self, removal: Removal | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Mend what has lost files to what went; say what was reinstalled, and what is broken.

        Its own files are linked back: often it is an empty `__init__.py`, and to reinstall what has
        it may be a download of gigabytes (the `nvidia` wheels).
        """
        if removal is None:
            return (), ()
        broken = give_back(self.environment, removal)
        if not broken:
            return (), ()
        self._check()
        said = [*self.said]
        odd = find_odd(replace(self.environment), broken)
        with self._show("reinstalling", len(broken)):
            self._sync(*(f"--reinstall-package={name}" for name in broken if name not in odd))
        self.said = said
        still = find_broken(replace(self.environment), broken)
        if still:  # what no lock file has, or cannot be had now: it gets another one's content
            link_back(replace(self.environment), removal, still)
        return tuple(name for name in broken if name not in still), still

    def _give_up(self, status: int, removal: Removal | None) -> Done:
        """End a step in which uv failed: nothing was removed; what it half replaced comes back."""
        now = replace(self.environment)
        returned: tuple[str, ...] = ()
        if removal is not None and not self.change.is_rebuild:
            from xrun.environment.attic.unfinished import put_back

            returned = put_back(removal, now, find_changed(removal, now))
        gone, _ = self._settle(removal)
        broken = find_broken(replace(self.environment), self._list_touched(), sizes=True)
        broken = tuple(name for name in broken if name not in returned)  # as it was: no RECORD
        if not gone and not broken:
            end_step(self.environment)
        drift = self._select_drift({each.name for each in gone})
        return Done(status, tuple(self.said), drift, broken=broken, returned=returned)

    def _list_touched(self) -> set[str] | None:
        """List the names of what uv was to install or replace; `None` where all of it was."""
        comparison = self.change.comparison
        if comparison is None:
            return None
        return {*comparison.answer.incoming, *comparison.answer.outgoing}

    def _select_drift(self, names: set[str]) -> Drift | None:
        """Select the findings of what went or came, by name, and of what is neither."""
        comparison = self.change.comparison
        if comparison is None:
            return None
        drift = comparison.drift
        outgoing = {each.name for each in self.change.outgoing}
        staying = {each.name for each in drift.extraneous} - outgoing
        findings = tuple(
            each
            for each in drift.findings
            if each.name not in staying and (each.name in names or each.name not in outgoing)
        )
        return replace(drift, findings=findings)


def select_said(
    lines: Iterable[str], starts: tuple[str, ...], repeated: Collection[str]
) -> list[str]:
    """Select the warnings that the run that follows does not repeat, and lines by their starts."""
    plain = [(line, drop_colour(line)) for line in lines]
    warnings = [line for line, text in plain if text.startswith(WARNING) and text not in repeated]
    return [*warnings, *(line for line, text in plain if text.startswith(starts))]


def _find_gone(
    going: Iterable[Removed], environment: Environment, removal: Removal | None
) -> tuple[list[Removed], tuple[str, ...]]:
    """Find what did go, and what stays because no RECORD lists its files."""
    environment = replace(environment)  # read as it is now
    now = environment.distributions
    present = now.keys() | environment.old_forms.keys()
    # The same version from another source is another one all the same.
    changed = find_changed(removal, environment) if removal else frozenset()
    gone = [
        each
        for each in going
        if each.name not in present
        or (each.name in now and now[each.name].version != each.version)
        or each.name in changed
    ]
    left = tuple(each.name for each in going if each.replaced_by is None and each.name in present)
    return gone, left


def _list_going(change: Change, environment: Environment) -> Iterator[Removed]:
    """List what goes away, read before it does: what is removed, and what is replaced."""
    versions = {(each.name, each.version): each for each in environment.every_distribution}
    for finding in change.outgoing:
        distribution = environment.distributions.get(finding.name)
        distribution = versions.get((finding.name, finding.installed or ""), distribution)
        if distribution is not None:
            yield read_removed(distribution, finding.locked)
        else:
            yield Removed(finding.name, finding.installed or "", finding.locked)
