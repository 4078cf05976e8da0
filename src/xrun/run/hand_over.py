"""The last thing that a run does: become the command, or uv, or wait where something is due."""

from __future__ import annotations

import contextlib
import os
from functools import partial

from xrun.environment.separate import is_tidying_due
from xrun.environment.waiting import make_watch
from xrun.errors import UvFailedError, XrunError
from xrun.proxy import BIN, uv
from xrun.proxy.launch import exec_uv, start
from xrun.proxy.stamp import find_verb
from xrun.report import notices
from xrun.run.launcher import choose_launcher
from xrun.run.stamp_inputs import stamp
from xrun.run.usage import WITH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xrun.drift.finding import Drift
    from xrun.environment.change_lock import Locks
    from xrun.run.change import Done
    from xrun.run.decision import Launch
    from xrun.run.tell import Voice

# Success, and ends that a user asked for: HUP, INT, QUIT, TERM.
DELIBERATE = frozenset({0, 129, 130, 131, 143})
# How long the sources are searched for imports after a command, in seconds.
SEARCH_AFTER = 1.0


def hand_over(
    launch: Launch, inputs: Mapping[str, str] | None, done: Done | None, locks: Locks, voice: Voice
) -> int:
    """Become the command, or uv; stay only where something is said after the command.

    Args:
        launch: How the command is started.
        inputs: The identities of all that was decided by; `None` if it cannot be remembered.
        done: What was changed before.
        locks: Released once the environment is entered.
        voice: Says what is due.

    Returns:
        The command's status, where this process stayed.
    """
    launcher = choose_launcher(launch)
    if launch.remembers and launch.is_whole:
        stamp(launch, inputs, launcher.text)
    if launch.run.request.is_verbose:
        argv = [launch.run.facts.uv, *launch.arguments]
        voice.say(notices.render_start(argv, launch.folder, launcher.why))
    os.environ.update(launch.run.variables)
    locks.enter(launch.folder)  # nothing is taken from it while the command runs
    footnotes = (*launch.footnotes, *_name_verb(launch, voice))
    removed = done.drift if done is not None else None
    is_reminded = launch.reminds and removed is not None and removed.extraneous
    invocation, text = launch.run.invocation, launcher.text
    begin = partial(start, invocation, launch.folder, text) if text else None
    _tidy(launch)
    locks.release()
    if launch.report is None and not is_reminded and not footnotes:
        if begin is not None:
            begin()
        exec_uv(launch.run.facts.uv, launch.arguments)
    say = partial(_say_after, launch, removed, footnotes, voice)
    silent = DELIBERATE if launch.report is None else ()
    return uv.spawn_uv(launch.run.facts.uv, launch.arguments, begin, say, silent)


def _say_after(
    launch: Launch, removed: Drift | None, footnotes: Sequence[str], voice: Voice, status: int
) -> None:
    """Say what is due after a command: the report, or what was removed before one that failed."""
    uv.watch = make_watch(voice.tell_waiting)  # this may be another process
    # The command has run, and its status holds, even if it has removed this xrun.
    with contextlib.suppress(XrunError, OSError, ImportError):
        if launch.report is not None:
            _report(launch, status, voice)
            return
        if removed is not None:
            from xrun.report.removals import render_reminder

            run = launch.run
            voice.tell(render_reminder(status, removed, run.request.program, run.reach))
        voice.tell(footnotes)


def _name_verb(launch: Launch, voice: Voice) -> list[str]:
    """Name the verb of `xrunctl` where one was typed, and the environment has no such program.

    Returns:
        What is said once uv has said that there is none anywhere.
    """
    invocation = launch.run.invocation
    verb = find_verb(invocation) if invocation.command else ""
    if not verb or launch.run.plan.mode == "isolated" or invocation.has(*WITH):
        return []
    import shutil

    programs = os.path.join(launch.folder or os.devnull, BIN)  # noqa: PTH118 - as text
    if shutil.which(invocation.command[0], path=programs) is not None:
        return []
    if shutil.which(invocation.command[0]) is None:
        return notices.render_verb(verb)
    voice.tell(notices.render_verb(verb))
    return []


def _tidy(launch: Launch) -> None:
    """Tidy up, once a day; there is no later moment where this process becomes uv."""
    if launch.run.plan.mode != "off" and is_tidying_due():
        from xrun.environment.separate_expiry import tidy_if_due

        tidy_if_due()


def _report(launch: Launch, status: int, voice: Voice) -> None:
    """Report the drift that is there after the command; nothing where uv refused to run it."""
    from xrun.drift.kept import compare_keeping
    from xrun.run.decide import select_staying
    from xrun.run.tell import classify_run, render_cure_of, render_rows_of

    run, drift, reason = launch.run, launch.report, launch.run.plan.reason
    if isinstance(drift, UvFailedError):
        reason = reason or drift.message
    try:  # the command may have changed it
        after = classify_run(run, compare_keeping(run.sync, run.plan.keep, may_rebuild=False))
        drift = select_staying(run, after.drift)
    except UvFailedError:
        pass
    if isinstance(drift, UvFailedError):
        voice.say(notices.render_not_exact(reason) if status == 0 else ())
        return
    if drift is None or not drift.findings:
        return
    cure = render_cure_of(run, drift, may_run=not run.plan.reason)
    first, last = notices.render_report(drift, reason, cure)
    voice.say([first, *render_rows_of(run, drift, SEARCH_AFTER), last])
