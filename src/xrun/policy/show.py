"""The policy that all files and variables come to, as one file again, with where all of it is from.

What stronger layers replace in a rule is left out, for in one file rules come after keys.
"""

from __future__ import annotations

import json
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, cast

from packaging.specifiers import SpecifierSet

from xrun.policy.enforce import ADDING, find_value
from xrun.policy.every_rule import explain_looser, list_cases
from xrun.policy.keep import WORDS
from xrun.policy.keys import ENFORCE, ENFORCEABLE, EXTENDS, KEYS, REQUIRED_VERSION, Layer
from xrun.policy.rules import EFFECTS, RULES, Circumstances
from xrun.words import render_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.policy.chain import Step
    from xrun.policy.every_rule import RuleCase
    from xrun.policy.keep import Keep
    from xrun.policy.load import Layers
    from xrun.policy.policy import Policy

WIDTH = 80
OWN_WAY = (REQUIRED_VERSION, EXTENDS, ENFORCE)


def render_policy(layers: Layers, folder: str) -> str:
    """Render what layers come to as a policy file; each value with the file and key path.

    Args:
        layers: All of them, and nothing wrong in them.
        folder: Where that counts, as messages name it.
    """
    policy = layers.resolve(Circumstances())
    names = [layer.source for layer in layers.values]
    files = f"weakest first: {', '.join(dict.fromkeys(names))}" if names else "nothing but defaults"
    lines = [*_comment(f"The policy for {folder}; {files}"), ""]
    lines += _render_required(policy)
    for key in KEYS:
        if key.layers and key not in OWN_WAY:
            lines += _render_key(policy, key.name)
    lines += _render_enforced(policy)
    for case in list_cases(layers):
        lines += ["", *_render_rule(case)]
    return "\n".join(lines)


def _render_required(policy: Policy) -> list[str]:
    """Render the versions of xrun that may read all files."""
    steps = [step for step in policy.chains[REQUIRED_VERSION.name] if step.layer is not None]
    if not steps:
        return []
    both = SpecifierSet(",".join(str(step.value) for step in steps))
    return _assign(REQUIRED_VERSION.name, _render(str(both)), map(_name, steps))


def _render_key(policy: Policy, name: str) -> list[str]:
    """Render a key, and below it what does not count."""
    chain = policy.chains[name]
    value = find_value(name, chain)
    if name in ADDING:
        lines = _render_list(name, cast("tuple[Keep, ...]", value))
    else:
        lines = _assign(name, _render(value), [_name(policy.find_step(name))])
    return lines + _tell_ignored(chain)


def _render_enforced(policy: Policy) -> list[str]:
    names = [name for name in ENFORCEABLE if name in policy.floors]
    sources = [f"{policy.floors[name].source}, {ENFORCE.name}" for name in names] or ["default"]
    return _assign(ENFORCE.name, _render(names), sources)


def _render_rule(case: RuleCase) -> list[str]:
    """Render a rule with what of it counts; the rest as comments."""
    lines: list[str] = []
    for key in EFFECTS:
        if key.name in case.rule.values:
            lines += _render_effect(case, key.name)
    where = f"{case.source}, {RULES.name}[{case.rule.index}]"
    if all(line.startswith("#") for line in lines):
        return [*_comment(f"{where}: nothing of it counts"), *lines]
    conditions = {
        "command": [" ".join(words) for words in case.rule.command],
        "when": case.rule.when,
    }
    head = [f"{name} = {_render(value)}" for name, value in conditions.items() if value]
    return [*_explain(f"[[{RULES.name}]]", [where]), *head, *lines]


def _render_effect(case: RuleCase, name: str) -> list[str]:
    """Render a key of a rule: it counts if it does in any run that the rule is for."""
    chains = [policy.chains[name] for policy in case.policies]
    said = [(chain, step) for chain in chains for step in chain if case.is_of(step)]
    held = [(chain, step) for chain, step in said if step.floor is None]
    lines = []
    if name in ADDING:
        entries = [each for _, step in held for each in cast("tuple[Keep, ...]", step.value)]
        lines += _render_list(name, tuple(dict.fromkeys(entries))) if entries else []
    elif held:
        stronger = [_find_stronger(chain, step) for chain, step in held]
        text = f"{name} = {_render(held[0][1].value)}"
        if None in stronger:
            return [text]
        last = next(filter(None, stronger))
        return _comment(f"{text} does not count: {_name(last)} is stronger")
    return lines + _tell_ignored(step for _, step in said)


def _find_stronger(chain: Iterable[Step], step: Step) -> Step | None:
    """Find the strongest value that counts, if it is stronger than a rule and not of one."""
    later = [*chain][[*chain].index(step) + 1 :]
    found = [each for each in later if each.rule is None and each.floor is None]
    return found[-1] if found else None


def _tell_ignored(steps: Iterable[Step]) -> list[str]:
    """Tell what does not count, as it is looser than what is enforced."""
    told = (
        f"{step.source}, {place} does not count: {message}"
        for step in steps
        if step.floor is not None
        for place, message in explain_looser(step)
    )
    return [line for text in dict.fromkeys(told) for line in _comment(text)]


def _name(step: Step) -> str:
    """Name the file and key path of a value, or the variable."""
    if step.layer is None:
        return "default"
    return step.source if step.layer is Layer.ENVIRONMENT else f"{step.source}, {step.place}"


def _render_list(name: str, entries: tuple[Keep, ...]) -> list[str]:
    """Render entries of `keep`, each with its origin; those of one word as that word."""
    lines = []
    for origin, group in groupby(entries, lambda entry: entry.origin):
        for fields in _make_fields([*group]):
            lines += [f"    {line}" for line in _explain(f"{_render(fields)},", [origin])]
    return [f"{name} = [", *lines, "]"] if lines else _assign(name, "[]", ["default"])


def _make_fields(entries: list[Keep]) -> Iterator[object]:
    """Make what stands for entries of one origin in a file."""
    names = tuple(str(entry.requirement) for entry in entries)
    word = next((word for word, stands_for in WORDS.items() if names == stands_for), None)
    for entry in entries[:1] if word else entries:
        reason = "" if entry.reason == word else entry.reason
        named = {"name": word or str(entry.requirement), "reason": reason, "until": entry.until}
        fields = {key: value for key, value in named.items() if value}
        yield fields if len(fields) > 1 else fields["name"]


def _assign(name: str, value: str, origins: Iterable[str]) -> list[str]:
    return _explain(f"{name} = {value}", origins)


def _explain(text: str, origins: Iterable[str]) -> list[str]:
    """Say where a line is from: behind it, or above where that is too long."""
    told = render_safe(" and ".join(dict.fromkeys(origins)))
    line = f"{text}  # {told}"
    return [line] if len(line) <= WIDTH else [*_comment(told), text]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        render_safe(text),
        WIDTH,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _render(value: object) -> str:
    """Render a value as TOML; nothing in a text steers a terminal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_render, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_render(each)}' for key, each in value.items())} }}"
    return str(value)  # a date


def _quote(text: str) -> str:
    """Quote a text: JSON's escapes are TOML's, and what is not printable is escaped as well."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
