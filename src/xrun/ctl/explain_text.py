"""What a run would do, for people: a few lines above its policy."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

from xrun.ctl.policy_text import render_policy
from xrun.report.width import wrap
from xrun.words import render_safe, shorten_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.ctl.explanation import Explanation
    from xrun.policy import Policy

WIDTH = 80  # where no terminal says another
LABEL = len("not run")
LEAST = 20  # columns that a text has however narrow the terminal is
RUNS = "runs"
DRY = "dry run: nothing is run, nothing is changed"
ALONE = "the policy here; with a command behind `--`, also what a run of it would do"


def render_explanation(
    policy: Policy | None, explanation: Explanation | None, width: int | None
) -> list[str]:
    """Render what a run would do, and the policy.

    Args:
        policy: The policy; `None` where none is read (`XRUN=0`).
        explanation: What the run would do; `None` without a command.
        width: How many columns there are; 80 if `None`.
    """
    width = width or WIDTH
    lines = [ALONE, ""] if explanation is None else _render_top(policy, explanation, width)
    return lines + (render_policy(policy, width) if policy is not None else [])


def _render_top(policy: Policy | None, explanation: Explanation, width: int) -> list[str]:
    lines = [DRY]
    told = ""
    for word, text in _list_top(policy, explanation):
        safe = render_safe(text)
        head = f"  {'' if word == told else word:{LABEL}}  "
        is_copied = word == RUNS  # never wrapped then
        room = max(width - len(head), LEAST)
        first, *more = [safe] if is_copied else wrap(shorten_home(safe), room, breaks=False)
        lines += [head + first, *(" " * len(head) + line for line in more)]
        told = word
    return [*lines, ""]


def _list_top(policy: Policy | None, explanation: Explanation) -> Iterator[tuple[str, str]]:
    """List what is told of a run: a word and a text each."""
    yield "mode", _render_mode(policy, explanation)
    refusal = explanation.refusal
    if refusal is not None:
        yield "not run", refusal.message
        yield from (("not run", detail) for detail in refusal.details)
        yield from [("not run", refusal.hint)] if refusal.hint else []
        return
    if not explanation.command:  # nothing is started at all
        return
    yield from (("before", step.text) for step in explanation.before)
    if not explanation.before:
        clean = {True: "nothing: all is as declared", None: "nothing; nothing is compared either"}
        yield "before", clean.get(explanation.is_clean, "nothing")
    yield from (("sets", f"{name}={value}") for name, value in explanation.variables.items())
    yield RUNS, _render_command(explanation.command)
    yield from (("after", step.text) for step in explanation.after)
    yield from (("note", note) for note in explanation.notes)


def _render_mode(policy: Policy | None, explanation: Explanation) -> str:
    """Render the mode, why it is not the policy's, and why the run is not exact all the same."""
    if policy is None:
        return explanation.why
    step = policy.find_step("mode")
    said = f"{step.value} ({step.origin or 'default'})"
    text = said if step.value == explanation.mode else f"{explanation.mode}, not {said}"
    text += f": {explanation.why}" if explanation.why else ""
    if explanation.reason and explanation.reason != explanation.why:
        text += f"; not exact: {explanation.reason}"
    return text


def _render_command(command: Sequence[str]) -> str:
    """Render a command line as it could be typed here."""
    uv, *args = command
    is_found = shutil.which("uv") == uv
    return " ".join(map(_quote, ["uv" if is_found else uv, *args]))


def _quote(word: str) -> str:
    """Quote a word for a shell: what is not printable in ANSI-C quotes (bash, zsh, ksh)."""
    if word.isprintable():
        return shlex.quote(word)
    escaped = (
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in word.replace("\\", "\\\\").replace("'", "\\'")
    )
    return f"$'{''.join(escaped)}'"
