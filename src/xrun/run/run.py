"""One run that is not unchanged, from top to bottom: request, plan, look, decide, carry out."""

from __future__ import annotations

from xrun.environment.attic.store import OWN_FOLDER
from xrun.environment.change_lock import Locks
from xrun.environment.waiting import make_watch
from xrun.project.user_folders import close_folders
from xrun.proxy import uv
from xrun.proxy.launch import exec_uv
from xrun.report import notices
from xrun.run.carry_out import Again, carry_out
from xrun.run.decide import decide
from xrun.run.facts import find_uv
from xrun.run.look import look_around, look_elsewhere
from xrun.run.permission import check_allowed, tell_ignored
from xrun.run.plan import resolve_plan
from xrun.run.request import Run, read_request
from xrun.run.tell import Voice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def run(
    argv: Sequence[str],
    say: Callable[[Sequence[str]], None],
    ask: Callable[[str], str],
    *,
    is_terminal: bool = False,
) -> int:
    """Run what was typed behind `xrun`; where nothing is due afterwards this process becomes uv.

    Args:
        argv: What was typed behind `xrun`.
        say: Prints lines on standard error.
        ask: Prints a question at the terminal and gives the line that is typed; empty at its end.
        is_terminal: Whether standard error is a terminal: rows may be coloured.

    Returns:
        The command's status where this process stayed; 125 if the command was refused.

    Raises:
        XrunError: The command was not run.
    """
    distrusted = close_folders()
    try:
        request = read_request(argv, is_terminal=is_terminal)
    except FileNotFoundError:  # the current folder is gone, which is uv's to tell
        exec_uv(find_uv(), ["run", *argv])
    plan = resolve_plan(request)
    shows = is_terminal and not request.is_quiet and not request.invocation.has("--no-progress")
    voice = Voice(say, ask, is_quiet=request.is_quiet, shows_progress=shows)
    voice.tell(notices.render_distrusted(distrusted))
    if request.facts.environment is not None:
        own = close_folders(request.facts.environment.folder / OWN_FOLDER)
        voice.tell(notices.render_distrusted(own))
    check_allowed(request, plan)
    if not voice.is_quiet:
        tell_ignored(request.policy, request.facts.folder, voice.say)
    if request.is_verbose:
        source = request.policy.origins.get("mode", "default")
        mode = notices.render_mode(request.policy.mode, source)
        voice.say(notices.render_decision(mode, request.mode_and_why[1]))
    uv.watch = make_watch(voice.tell_waiting)
    with Locks(voice.tell_waiting) as locks:
        return _follow(Run(request, plan), locks, voice)


def _follow(run: Run, locks: Locks, voice: Voice) -> int:
    with voice.show("comparing the environment"):
        look = look_around(run, locks)
    while True:
        decision = decide(run, look)
        if decision is None:
            with voice.show("comparing a separate environment"):
                look = look_elsewhere(run, locks, look)
            continue
        outcome = carry_out(decision, look, locks, voice)
        if not isinstance(outcome, Again):
            return outcome
        run, look = outcome.run, outcome.look
