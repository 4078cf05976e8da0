"""Rules: exceptions for a command, or for where it runs."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from xrun.policy.forms import (
    TEXT,
    Form,
    cast,
    check_text,
    one_of,
    one_or_several,
    parse_each,
    parse_one_or_several,
)
from xrun.policy.keys import KEYS, Key
from xrun.policy.problems import Mismatch, Problem, Wrong, render_any, render_unknown
from xrun.project.uv_variables import is_true
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final

    from xrun.policy.forms import Schema
    from xrun.proxy.command_line import Invocation

MAGIC = frozenset("*?[")
WHEN: Final[Mapping[str, str]] = {
    "ci": "CI is not set, or not true",
    "hook": "neither PRE_COMMIT nor GIT_INDEX_FILE is set",
    "terminal": "standard error is no terminal",
}


@dataclass(frozen=True)
class Circumstances:
    """What the conditions of rules are about.

    Attributes:
        command: The words of the command as rules see them; empty for `xrunctl`.
        holds: Which of the words for `when` hold.
        rule: A rule that holds in any case: a pattern need not match itself.
    """

    command: tuple[str, ...] = ()
    holds: frozenset[str] = frozenset()
    rule: Rule | None = None


@dataclass(frozen=True)
class Rule:
    """One table of `[[rules]]`.

    Attributes:
        index: Its number in the file, from 0.
        command: Patterns, a word each; empty where any command will do.
        when: Words of `WHEN`, of which one has to hold; empty where it does not matter.
        values: Key name -> value, as in a policy.
    """

    index: int
    command: tuple[tuple[str, ...], ...]
    when: tuple[str, ...]
    values: Mapping[str, object]

    def find_obstacle(self, circumstances: Circumstances) -> str:
        """Find why the rule does not match; empty if it does."""
        if self is circumstances.rule:
            return ""
        if not (self.command or self.when):
            return "it has no condition"
        words = circumstances.command
        if self.command and not any(_starts_with(words, pattern) for pattern in self.command):
            patterns = " or ".join(f'"{" ".join(pattern)}"' for pattern in self.command)
            return f"the command is not {patterns}"
        if self.when and not circumstances.holds.intersection(self.when):
            return "; ".join(WHEN[word] for word in self.when)
        return ""


def read_circumstances(
    invocation: Invocation | None, environ: Mapping[str, str], *, is_terminal: bool
) -> Circumstances:
    """Read what rules ask for; the stamp's key holds all of it (`stamp.render_rules_key`)."""
    facts = {
        "ci": is_true(environ, "CI"),
        "hook": "PRE_COMMIT" in environ or "GIT_INDEX_FILE" in environ,
        "terminal": is_terminal,
    }
    holds = frozenset(word for word, is_so in facts.items() if is_so)
    return Circumstances(_read_command(invocation) if invocation else (), holds)


def _read_command(invocation: Invocation) -> tuple[str, ...]:
    """Read the words of a command: a module and a script as `python` would be given them."""
    words = invocation.command
    if words and invocation.is_module:
        return ("python", "-m", *words)
    if words and (invocation.script is not None or words[0] == "-"):
        return ("python", *words)
    return (_read_program(words[0]), *words[1:]) if words else ()


def _read_program(word: str) -> str:
    """Read the name of a program: `t/pip/` is the folder `pip`, and uv takes `Python` too."""
    if word.lower() == "python":
        return "python"
    return os.path.basename(os.path.normpath(word))  # noqa: PTH119


def _starts_with(words: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the leading words match a pattern, word by word."""
    return len(words) >= len(pattern) and all(map(_matches, words, pattern))


def _matches(word: str, pattern: str) -> bool:
    """Whether a word matches a shell-style pattern; most are plain words, of which none is made."""
    return word == pattern if MAGIC.isdisjoint(pattern) else fnmatchcase(word, pattern)


def parse_rules(value: object) -> object:
    """Parse the decoded list of `rules`.

    Raises:
        Wrong: With every problem of every rule; what is right in them is its `rest`.
    """
    if not isinstance(value, list):
        raise Mismatch("an array of tables ([[rules]])", value)
    rules, problems = parse_each(dict(enumerate(value)), _parse_rule)
    if problems:
        raise Wrong(problems, tuple(rules.values()))
    return tuple(rules.values())


def _parse_rule(index: int, table: object) -> Rule:
    """Parse one rule."""
    if not isinstance(table, dict):
        raise Mismatch("a table", table)
    forms = {**CONDITIONS, **{key.name: key.form for key in EFFECTS}}

    def parse(name: str, value: object) -> object:
        if name not in forms:
            is_key = any(key.name == name for key in KEYS)
            message = f"{name} cannot stand in a rule; move it above the first [[rules]]"
            raise Wrong(message if is_key else render_unknown("key", name, forms), is_key=True)
        return forms[name].parse(value)

    values, problems = parse_each(table, parse)
    effects = [key.name for key in EFFECTS]
    is_known = table.keys() <= forms.keys()
    if is_known and not table.keys() & CONDITIONS.keys():
        message = f"the rule has no condition; add {render_any([*CONDITIONS])}"
        problems.append(Problem("", "", message))
    if is_known and not table.keys() & set(effects):
        problems.append(Problem("", "", f"the rule changes nothing; add {render_any(effects)}"))
    command = cast("tuple[tuple[str, ...], ...]", values.pop("command", ()))
    when = cast("tuple[str, ...]", values.pop("when", ()))
    rule = Rule(index, command, when, values)
    if problems:
        raise Wrong(problems, rule)
    return rule


def _parse_command(value: object) -> object:
    expected = 'a pattern such as "pytest" or "pip install"'

    def parse(pattern: object) -> tuple[str, ...]:
        return tuple(check_text(pattern, expected).split())

    return parse_one_or_several(value, parse, expected, least=1)


def _parse_when(value: object) -> object:
    parse = one_of("condition", *WHEN).parse
    return tuple(dict.fromkeys(parse_one_or_several(value, parse, render_any([*WHEN]), least=1)))


CONDITIONS: Final[Mapping[str, Form]] = {
    "command": Form(
        _parse_command,
        {
            "description": "Shell-style patterns for the first words of the command; any of them.",
            **one_or_several(TEXT, least=1),
        },
    ),
    "when": Form(
        _parse_when,
        {
            "description": "Where it has to run: in CI, in a git hook, at a terminal; any of them.",
            **one_or_several({"enum": [*WHEN]}, least=1),
        },
    ),
}
EFFECTS: Final = tuple(key for key in KEYS if key.is_for_rules)


def _any_of(names: Iterable[str]) -> Schema:
    return {"anyOf": [{"required": [name]} for name in names]}


_RULE: Final[Schema] = {
    "type": "object",
    "properties": {
        **{name: form.schema for name, form in CONDITIONS.items()},
        **{key.name: {"description": key.help, **key.form.schema} for key in EFFECTS},
    },
    "additionalProperties": False,
    "allOf": [_any_of(CONDITIONS), _any_of(key.name for key in EFFECTS)],
}

RULES: Final = Key(
    "rules",
    Form(parse_rules, {"type": "array", "items": _RULE}),
    (),
    "Exceptions for a command, or for where it runs. Every rule that matches applies, in order.",
)
