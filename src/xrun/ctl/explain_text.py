"""What a run would do, for people: a few lines above its policy.

The policy: each key with where it comes from and what it overrode, then the rules.
"""

from __future__ import annotations

import shlex
import shutil

from xrun.ctl.output import render_entry
from xrun.policy.enforce import ADDING
from xrun.policy.forms import cast
from xrun.policy.keep import Keep
from xrun.policy.policy import UNMERGED, list_accounts
from xrun.policy.rules import RULES
from xrun.report.layout import render_table
from xrun.words import render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.ctl.explanation import Explanation
    from xrun.policy.chain import Floor, Step, Verdict
    from xrun.policy.policy import Account, Policy
    from xrun.policy.rules import Rule

WIDTH = 80  # where no terminal says another
LABEL = len("not run")
RUNS = "runs"
DRY = "dry run: nothing is run, nothing is changed"
QUIET = (*UNMERGED, "deny")  # not shown where nothing says them
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
    shown = ""
    for word, text in _list_top(policy, explanation):
        head = f"  {'' if word == shown else word:{LABEL}}  "
        is_copied = word == RUNS  # never wrapped then
        lines += render_entry(head, *((text, None) if is_copied else (shorten_home(text), width)))
        shown = word
    return [*lines, ""]


def _list_top(policy: Policy | None, explanation: Explanation) -> Iterator[tuple[str, str]]:
    """List what is shown of a run: a word and a text each."""
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
    if explanation.launcher is not None:
        yield (
            "launch",
            f"uv: {explanation.launcher.why}"
            if explanation.launcher.why
            else "direct, as uv would start it",
        )
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


def render_policy(policy: Policy, width: int) -> list[str]:
    """Render the keys of a policy and its rules.

    Args:
        policy: As it holds for a run, or without one.
        width: How many columns there are.
    """
    rows = [row for account in list_accounts(policy) for row in _list_rows(account)]
    lines = [*_render_head(policy, width), *render_table(rows, width)]
    if policy.rules:
        lines += ["", RULES.name, *render_table([*map(_make_rule, policy.rules)], width)]
    return lines


def _render_head(policy: Policy, width: int) -> list[str]:
    if not policy.files:
        return ["policy: no file says anything"]
    order = " (weakest first)" if len(policy.files) > 1 else ""
    return render_entry("policy, of ", ", ".join(policy.files) + order, width)


def _list_rows(account: Account) -> Iterator[tuple[str, str, str]]:
    """List the rows of a key: what holds, then what of it is ignored."""
    key, is_each = account.key, account.key in ADDING or account.key in UNMERGED
    if not account.is_said and key in QUIET:
        return
    said = [step for step in account.overridden if step.layer is not None]
    over = "; ".join(map(_render_over, said))
    floor = account.floor
    first = key
    for step in account.holding:
        for value, origin in _list_values(step, is_each=is_each):
            parts = (origin, over and f"over {over}", _render_enforced(floor, step))
            yield first, value, "; ".join(filter(None, parts))
            first = ""
    if not account.holding:
        yield first, "-", "; ".join(filter(None, ("default", _render_enforced(floor))))
        first = ""
    for step in account.ignored:
        yield first, "", f"ignored: {_render_over(step)}, looser than what is enforced"


def _render_enforced(floor: Floor | None, step: Step | None = None) -> str:
    if floor is None:
        return ""
    is_there = step is not None and step.source == floor.source
    return "enforced" if is_there else f"enforced by {render_safe(floor.source)}"


def _list_values(step: Step, *, is_each: bool) -> Iterator[tuple[str, str]]:
    """List what a step says: entries of `keep` one by one, with their reasons."""
    if step.key == "deny" and step.value:
        yield "yes", f"{render_origin(step)}: {render_value(step.value)}"
        return
    if step.key != "keep" or not is_each:
        yield render_value(step.value), render_origin(step)
        return
    for entry in cast("tuple[Keep, ...]", step.value):
        until = f"until {entry.until}" if entry.until else ""
        why = ", ".join(filter(None, (render_safe(entry.reason), until)))
        layer = step.layer.word if step.layer else ""
        origin = f"{render_safe(entry.origin)} ({layer})"
        yield render_safe(str(entry.requirement)), f"{origin}: {why}" if why else origin


def _render_over(step: Step) -> str:
    return f"{render_value(step.value)} ({render_safe(step.origin)})"


def render_origin(step: Step) -> str:
    """Render where a value comes from: the file with its rule, and the layer."""
    if step.layer is None:
        return "default"
    return f"{render_safe(step.origin)} ({step.layer.word})"


def render_value(value: object) -> str:
    """Render a value of a key, shorter than it stands in a file."""
    if value is False:
        return "no"
    if isinstance(value, tuple):
        parts = [str(each.requirement if isinstance(each, Keep) else each) for each in value]
        return render_safe(", ".join(parts)) or "-"
    return "-" if value is None else render_safe(" ".join(str(value).split()))


def _make_rule(verdict: Verdict) -> tuple[str, str, str]:
    """Make the row of a rule: where it stands, whether it matches, why, what it says."""
    rule = verdict.rule
    place = f"{render_safe(verdict.source)}, {RULES.name}[{rule.index}]"
    says = ", ".join(f"{name} = {render_value(value)}" for name, value in rule.values.items())
    why = verdict.obstacle or _render_conditions(rule)
    word = "no" if verdict.obstacle else "matches"
    return place, word, f"{render_safe(why)}: {says}"


def _render_conditions(rule: Rule) -> str:
    command = " or ".join(f'"{" ".join(pattern)}"' for pattern in rule.command)
    conditions = [f"command {command}" if command else "", f"when {' or '.join(rule.when)}"]
    return " and ".join(filter(None, conditions if rule.when else conditions[:1]))
