"""The question to uv: what a `uv sync` would do that syncs what a run would sync."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from xrun.drift.answer import SyncAnswer, parse_answer
from xrun.errors import UvFailedError
from xrun.project.groups import SELECTING, SELECTING_VARIABLES
from xrun.project.uv_variables import HAS_JSON, TAKES_LOCK, is_true
from xrun.proxy import uv
from xrun.proxy.command_line import NOT_FOR_SYNC
from xrun.run.plan import Plan, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts

# What says how uv talks, not what it does: the answer is read by a program.
TALK = frozenset({"--quiet", "--verbose", "--color", "--no-color", "--no-progress"})

# Variables that would change the answer's form, or that mean the run and not the question.
NOT_FOR_QUESTIONS = ("FORCE_COLOR", "CLICOLOR_FORCE", "RUST_LOG", "UV_NO_PROJECT", "UV_NO_SYNC")
# What `uv sync` obeys and `uv run` does not: whole kinds of distributions left out.
NOT_OF_RUN = ("UV_NO_INSTALL_", "UV_ONLY_INSTALL_")

# What fixes the lock file, with the variable of the same meaning. Before TAKES_LOCK uv takes
# neither beside `--dry-run`.
LOCKS = {"--frozen": "UV_FROZEN", "--locked": "UV_LOCKED"}

# How uv refuses options that it knows, in `sync` as in `run`.
USAGE = ("cannot be used with", "cannot be used multiple times", "invalid value")


def build_sync(
    facts: Facts, invocation: Invocation, plan: Plan, *, everything: Iterable[str] | None = None
) -> list[str]:
    """Build the `uv sync` that syncs what a run would sync.

    Args:
        facts: Of the run.
        invocation: What was typed; what `uv sync` does not take is left out.
        plan: With the policy's selection.
        everything: A selection to ask for instead of the run's own.
    """
    script = facts.script if plan.target is Target.SCRIPT else None
    args = ["sync"]
    if script is not None:
        args.append(f"--script={script.path}")
    elif facts.workspace and not invocation.has("--project") and "UV_PROJECT" not in facts.environ:
        # `uv run` may have found the project by the script's folder; `uv sync` would not.
        args.append(f"--project={facts.workspace.project.folder}")
    leave_out = NOT_FOR_SYNC | TALK
    if everything is not None or script is not None:
        leave_out |= SELECTING
    selection = [word for word in plan.selection if word.partition("=")[0] not in leave_out]
    args += [*(everything or ()), *selection]
    return [*args, *invocation.render_options(leave_out | {*invocation.unknown})]


def select_variables(*, is_question: bool, everything: bool = False) -> dict[str, str]:
    """Select the variables for a `uv sync` that stands for a run.

    Args:
        is_question: Whether the answer is read by a program.
        everything: Whether no variable may leave out a part of the selection.
    """
    left_out = {*(NOT_FOR_QUESTIONS if is_question else ())}
    left_out |= {*(SELECTING_VARIABLES if everything else ())}
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in left_out and not name.startswith(NOT_OF_RUN)
    }
    return {**environ, "NO_COLOR": "1"} if is_question else environ


def ask(facts: Facts, args: list[str], *, everything: bool = False) -> SyncAnswer:
    """Ask uv what a `uv sync` would do; nothing is changed.

    Args:
        facts: Of the run.
        args: The `uv sync`.
        everything: Whether it is about all that is declared.

    Raises:
        UvFailedError: uv answered with an error; its last line stands in the message.
    """
    form = ["--output-format", "json"] if facts.version >= HAS_JSON or not facts.version else []
    environ = select_variables(is_question=True, everything=everything)
    lock = _find_lock(args, environ) if () < facts.version < TAKES_LOCK else ""
    if lock:
        args = [word for word in args if word != lock]
        environ.pop(LOCKS[lock], None)
    done = uv.ask_uv(facts.uv, [*args, "--dry-run", *form], environ)
    answer = parse_answer(done.stdout, done.stderr, done.returncode)
    if answer is None:
        raise _make_error(done.stderr)
    return _go_by_lock(answer, lock) if lock and answer.is_lock_stale else answer


def _find_lock(args: Iterable[str], environ: Mapping[str, str]) -> str:
    """Find the one option that fixes the lock file, typed or as a variable; uv refuses both."""
    found = {word for word in args if word in LOCKS}
    found |= {option for option, variable in LOCKS.items() if is_true(environ, variable)}
    return found.pop() if len(found) == 1 else ""


def _go_by_lock(answer: SyncAnswer, lock: str) -> SyncAnswer:
    """Go by a lock file that is out of date, where uv was asked as if it could be mended.

    Raises:
        UvFailedError: A frozen run would go by the lock file as it is, which was not asked about.
    """
    if lock == "--locked":
        return dataclasses.replace(answer, is_refused=True)
    raise UvFailedError(
        "this uv cannot say what a frozen run would do where the lock file is out of date; "
        f"uv {'.'.join(map(str, TAKES_LOCK))} can"
    )


def _make_error(stderr: str) -> UvFailedError:
    """Make an error of uv's own: its line stands in the message."""
    said = [line for line in stderr.splitlines() if line.strip()]
    line = next((line for line in said if line.startswith("error")), said[-1] if said else "")
    causes = [each.strip() for each in said if each.strip().lower().startswith("cause")]
    told = "; ".join([line.removeprefix("error: "), *causes[-1:]])
    error = UvFailedError(f"`uv sync --dry-run` failed ({told})")
    # Where `--dry-run` is what it does not go with, uv takes the run.
    error.is_usage = any(word in line for word in USAGE) and "--dry-run" not in line
    return error


def ask_offline(facts: Facts, args: list[str], *, everything: bool = False) -> SyncAnswer:
    """Ask about a run that changes nothing and so needs no network: neither may the question.

    Where the lock file is out of date and what it takes to mend that is not in uv's cache, the
    environment is compared with the lock file as it is, and the lock file is told as well.
    """
    try:
        return ask(facts, [*args, "--offline"], everything=everything)
    except UvFailedError:
        answer = ask(facts, [*args, "--offline", "--frozen"], everything=everything)
        return dataclasses.replace(answer, lock_action="update")
