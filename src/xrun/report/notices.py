"""Every sentence of the run path, but those of removals. Values in, lines out.

Nothing is printed here. A line that stands for itself begins with `xrun: `; rows below one are
indented. At most five names are said, then "and N more". Past tense for what is done, "not run:"
for what is refused.
"""

from __future__ import annotations

import os

from xrun.drift.finding import Kind
from xrun.policy.problems import PolicyError
from xrun.proxy.dataclass import replace
from xrun.proxy.files import is_own
from xrun.words import MOST_NAMES, PREFIX, render_line, render_names, render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xrun.drift.finding import Drift
    from xrun.errors import XrunError
    from xrun.project.user_folders import Distrusted

UV_MISSING = "not run: no uv found; looked at the variable UV, in PATH and beside xrun"
UV_MISSING_HINT = "`pip install uv` in xrun's own environment, or anywhere on PATH, brings one"
UV_IS_SHIM = "leads back to xrun, and no uv was found behind it, in PATH or beside xrun"
UV_IS_SHIM_HINT = 'name the uv in that file: `UV=/path/to/uv exec xrun "$@"`'


def render_error(error: XrunError) -> list[str]:
    """Render an error: what is wrong, the details, what to do next; or each problem, and a sum."""
    is_located = isinstance(error, PolicyError) and error.problems
    details = [] if is_located else [f"  {detail}" for detail in error.details]
    lines = [PREFIX + error.message, *details, *([PREFIX + error.hint] if error.hint else [])]
    safe = map(render_safe, lines)  # a policy's text stands in them, and uv's
    return [*(_render_problems(error) if isinstance(error, PolicyError) else ()), *safe]


def _render_problems(error: PolicyError) -> list[str]:
    from xrun.report.excerpt import render_problems  # only where something is wrong
    from xrun.report.style import find_style

    style = find_style()
    return render_problems(error.problems, width=style.width, has_colour=style.has_colour)


def render_verb(verb: str) -> list[str]:
    """Render that a verb of `xrunctl` is taken as a program."""
    name = verb.partition(" ")[0]
    return [f"{PREFIX}{name} is taken as a program; xrun's own is `xrunctl {verb}`"]


def render_not_exact(reason: str) -> list[str]:
    """Render why a run is not exact, where nothing could be compared."""
    return [f"{PREFIX}not exact: {render_safe(reason)}"]


def render_report(drift: Drift, reason: str, cure: str) -> tuple[str, str]:
    """Render the first and the last line around the rows of a report."""
    declared = f"{drift.environment.name} is not as declared"
    first = f"not exact: {reason}" if reason else declared
    return f"{PREFIX}{first}", f"{PREFIX}{cure or 'the next exact run makes it as declared'}"


def render_cure(
    drift: Drift, command: Sequence[str], sync: str, *, may_run: bool, may_loosen: bool = True
) -> str:
    """Render what makes an environment exact: the policy's own, or that of one run's selection.

    Args:
        drift: What was found.
        command: What was typed behind `xrun`.
        sync: What syncs the environment, where it is for the policy's own selection; else empty.
        may_run: Whether the same run in mode exact would make it so.
        may_loosen: Whether no mode is enforced.
    """
    name = drift.environment.name
    if not drift.adding:
        silence = "; `XRUN_MODE=off` says nothing" if may_loosen else ""
        return f"a [project] table would declare them{silence}"
    if sync:
        from xrun.report.describe import render_sync  # not needed where nothing has drifted

        return f"{render_sync(replace(drift, syncing=sync))} makes {name} exact"
    words = render_line(command)
    return f"`XRUN_MODE=exact xrun {words}` makes {name} exact" if may_run else ""


def render_separately(command: Iterable[str]) -> str:
    """Render what runs a command exactly where its environment cannot or should not be changed."""
    words = render_line(command)
    return f"`XRUN_MODE=separate xrun {words}` runs it in an exact environment of its own"


def render_moving(obstacle: str) -> str:
    """Render where a run would be exact, but for an option or variable that leaves all as it is."""
    return f"without {obstacle}, an exact run goes to an environment of its own"


def render_ignored(ignored: Sequence[tuple[str, str]]) -> list[str]:
    """Render what in policy files is ignored: where it stands, and what is enforced."""
    lines = [f"{PREFIX}ignored in {origin}: {reason}" for origin, reason in ignored[:MOST_NAMES]]
    more = len(ignored) - MOST_NAMES
    lines += [f"{PREFIX}and {more} more"] if more > 0 else []
    return [render_safe(line) for line in lines]


def render_lock_origin(lock: str, source: str) -> list[str]:
    """Render where a lock option comes from that was not typed."""
    where = f" ({render_safe(source)})" if source else ""
    return [f'{PREFIX}`--{lock}` comes from the policy: lock = "{lock}"{where}']


def render_waiting(holder: str) -> list[str]:
    """Render that a lock is waited for, and who holds it."""
    return [f"{PREFIX}waiting for {render_safe(holder)}"]


def render_recovered(gone: Sequence[str], whole: Sequence[str], broken: Sequence[str]) -> list[str]:
    """Render what became of a step that was interrupted.

    Args:
        gone: The names of what it had removed or replaced.
        whole: The names of what it had left half installed, and is whole again.
        broken: The names of what still lacks files.
    """
    lines = []
    if gone:
        names = render_names(gone)
        lines.append(f"{PREFIX}an interrupted run had removed or replaced: {names}")
        lines.append(f"{PREFIX}`xrunctl restore --list` shows what can be brought back")
    if whole:
        names = render_names(whole)
        lines.append(f"{PREFIX}reinstalled after an interrupted run: {names}")
    if broken:
        lines.append(f"{PREFIX}{render_names(broken)} could not be reinstalled, and lacks files")
    return lines


def render_distrusted(distrusted: Distrusted) -> list[str]:
    """Render what in xrun's folders is not believed, what is used instead, and what mends it."""
    opened = [path for path in distrusted.opened if path.parent not in distrusted.opened]
    names = shorten_home(render_names([*map(str, opened)]))
    lines = [f"{PREFIX}others could write to {names}: all is compared again"] if opened else []
    for path, owner in distrusted.foreign:
        lines += render_foreign(path, owner, f"{path.name}-{os.geteuid()}, beside it,")
    return lines


def render_foreign(path: Path, owner: str, instead: str) -> list[str]:
    """Render who owns what xrun would use, what it uses instead, and what mends that."""
    lines = [f"{PREFIX}{_render_path(path)} belongs to {owner}: {instead} is used"]
    if os.geteuid():  # root needs no mending, but `sudo -H`
        lines.append(f"{PREFIX}`{render_safe(render_chown(path))}` gives it back")
    return lines


def render_closed(environment: Path, closed: Path, owner: str) -> str:
    """Render what of an environment cannot be written, and what mends that: `it is ...`."""
    if is_own(closed):  # a mount, or an attribute (`chattr +i`)
        return f"partly read-only ({_render_path(closed)})"
    return render_safe(f"partly {owner}'s (`{render_chown(environment)}` gives it back)")


def _render_path(path: Path) -> str:
    return shorten_home(render_safe(str(path)))


def render_chown(path: Path) -> str:
    """Render the command that gives a file or folder to the user who types it."""
    return f'sudo chown -R "$(id -un)" {render_line([str(path)])}'


def render_separate(folder: str, copied: int) -> list[str]:
    """Render the first use of a separate environment."""
    where = shorten_home(render_safe(folder))
    why = "because uv's cache is on another file system"
    size = f" (about {max(copied >> 20, 1)} MB copied, {why})" if copied else ""
    return [f"{PREFIX}made a separate environment for this selection{size}: {where}"]


def render_not_apart(reason: str, name: str) -> list[str]:
    """Render why a run does not go to a separate environment after all."""
    message = render_safe(reason.removeprefix("not run: "))
    return [f"{PREFIX}{message}; {render_safe(name)} is changed instead"]


AFTERWARDS = "it runs once that has ended; XRUN=0 runs it now"


def render_beside(reason: str, names: Sequence[str]) -> list[str]:
    """Render why nothing is taken from an environment: others are in it.

    Args:
        reason: Who, of safe parts.
        names: What would go.
    """
    verb = "stays" if len(names) == 1 else "stay"
    return [f"{PREFIX}not exact: {reason}; {render_names(names)} {verb} until it is free"]


def render_unknown_use(reason: str) -> list[str]:
    """Render what cannot be known of who is in an environment.

    Args:
        reason: What stays, because no one can know who is there; empty where someone is.
    """
    hidden = "which command that is cannot be seen: it is another user's, or this system hides all"
    return [f"{PREFIX}{reason or hidden}"]


def render_apart(reason: str) -> list[str]:
    """Render that a run has gone to a separate environment, because others are in its own."""
    return [f"{PREFIX}{reason}: running in a separate environment"]


ANSWERS = {
    "remove": "run the command without them; `xrunctl restore` brings them back",
    "rebuild": "run the command in a new environment; what was in it goes to a backup",
    "leave": "run the command with them; the next run asks again",
    "keep": "run the command with them, and keep them on this machine (xrun.local.toml)",
    "stop": "do not run the command, and change nothing",
}
QUESTION = f"{PREFIX}[r]emove, [l]eave this time (Enter), [k]eep here, [s]top or [?]"
QUESTION_REBUILD = f"{PREFIX}[r]ebuild it, [s]top (Enter) or [?]"
STOPPED = (f"{PREFIX}not run: stopped at the question; nothing was changed",)


def render_answers(words: Iterable[str]) -> list[str]:
    """Render what each answer to a question does."""
    return [f"{PREFIX}[{word[0]}]{word[1:]}: {ANSWERS[word]}" for word in words]


def render_mode(mode: str, source: str, *, can_ask: bool = True) -> str:
    """Render the mode that refuses or asks, and where it comes from."""
    where = f" ({render_safe(source)})" if source else ""
    no_terminal = (
        ", and there is no terminal free to ask at" if mode == "ask" and not can_ask else ""
    )
    return f'mode is "{mode}"{where}{no_terminal}'


def render_asking(drift: Drift, mode: str) -> str:
    """Render the line above the rows of a question."""
    name = drift.environment.name
    state = "would be rebuilt" if drift.is_replaced else "has more than is declared"
    return f"{PREFIX}{name} {state}, and {mode}"


def render_refused(
    drift: Drift, mode: str, cure: str, command: Iterable[str], *, may_loosen: bool = True
) -> tuple[str, str]:
    """Render the first and the last line around the rows of a refusal.

    Where a mode is enforced (not `may_loosen`), no looser one is advised: it would be refused too.
    """
    words = render_line(command)
    kinds, name = {finding.kind for finding in drift.findings}, drift.environment.name
    state = f"{name} is not complete" if kinds <= {Kind.MISSING} else f"{name} has drifted"
    state = "uv.lock is missing or out of date" if kinds == {Kind.STALE_LOCK} else state
    state = f"{name} would be rebuilt" if drift.is_replaced else state
    first = f"not run: {state} and {mode}"
    # No mode leaves an environment as it is that uv rebuilds; `--locked` refuses a stale lock file.
    may_stay = may_loosen and not drift.is_replaced and Kind.STALE_LOCK not in kinds
    once = f"`XRUN_MODE=report xrun {words}` runs it once as it is" if may_stay else ""
    return f"{PREFIX}{first}", PREFIX + "; ".join(filter(None, (cure, once)))


def render_decision(mode: str, why: str) -> list[str]:
    """Render the mode of a run, and what typed options make of it; `-v` adds it."""
    return [PREFIX + render_safe("; ".join(filter(None, (mode, why))))]


def render_start(argv: Sequence[str], folder: str, why: str) -> list[str]:
    """Render how a command is started; `-v` adds it.

    Args:
        argv: The command line of uv.
        folder: The environment; empty where only uv knows it.
        why: Why uv starts it; empty where it is started without uv, as uv would.
    """
    where = f" in {shorten_home(render_safe(folder))}" if folder else ""
    way = f"by uv: {render_safe(why)}" if why else "directly, as uv would start it"
    return [f"{PREFIX}runs `{render_line(argv)}`", f"{PREFIX}started{where}, {way}"]
