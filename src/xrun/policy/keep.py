"""Entries of `keep`: which distributions stay in an environment although nothing declares them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime

from xrun.policy.forms import NAME, VERSION, Form, cast, check_array, parse_each
from xrun.policy.problems import Mismatch, Problem, Wrong, render_unknown
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from packaging.requirements import Requirement

    from xrun.policy.forms import Schema


@dataclass(frozen=True)
class Keep:
    """One entry of `keep`.

    Attributes:
        requirement: Keeps a distribution if name, specifier and marker match what is installed;
            never with a URL.
        reason: Why it has to stay; may be empty.
        until: The day from which on the entry is an error; `None` where it holds for good.
        origin: Where it stands, as messages name it (`xrun.toml, keep[0]`); before the layers are
            resolved only its place in the list (`[0]`).
    """

    requirement: Requirement
    reason: str = ""
    until: date | None = None
    origin: str = ""

    @property
    def name(self) -> str:
        """The name of the distribution, normalised."""
        return canonicalize_name(self.requirement.name)

    @property
    def holds(self) -> bool:
        """Whether it holds a version against the lock file's: by its specifier."""
        return bool(self.requirement.specifier)

    def matches(self, name: str, version: str) -> bool:
        """Whether it is about a distribution, by its normalised name and its version."""
        specifier = self.requirement.specifier
        return name == self.name and specifier.contains(version, prereleases=True)


# What editors and kernels put into an environment themselves (their closure is kept with them).
EDITORS = ("debugpy", "ipykernel", "pip")

WORDS: Final[Mapping[str, tuple[str, ...]]] = {"@editors": EDITORS}
ENTRY: Final[Schema] = {
    "type": "string",
    "pattern": rf"^(({'|'.join(WORDS)})$|\s*{NAME}\s*(\[[^\]]*\]\s*)?($|[;(]|{VERSION}))",
}
_REQUIREMENT = 'a requirement such as "gdal>=3"'
# A comma ends an entry unless it stands in quotes or extras, or goes on with a specifier.
_ENTRY = r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|,(?=\s*[<>=!~])|[^,])+"""


def _divide_keep(text: str) -> list[str]:
    """Divide a variable's text into entries: `gdal>=3,<4,ipdb[a,b],@editors` is three."""
    return [entry.strip() for entry in re.findall(_ENTRY, text) if entry.strip()]


def parse_keep(value: object) -> tuple[Keep, ...]:
    """Parse the decoded list of `keep`.

    Raises:
        Wrong: With every problem of every entry; the entries that are right are its `rest`.
    """
    items = check_array(value, "an array of requirements and tables")
    parsed, problems = parse_each(dict(enumerate(items)), _parse_entry)
    entries = tuple(entry for each in parsed.values() for entry in each)
    if problems:
        raise Wrong(problems, entries)
    return entries


def _parse_entry(number: int, item: object) -> list[Keep]:
    """Parse one entry: a requirement, a table, or a word that stands for several."""
    origin = f"[{number}]"
    if not isinstance(item, dict):
        if not isinstance(item, str):
            raise Mismatch(f"{_REQUIREMENT}, or a table", item)
        return [Keep(each, reason, None, origin) for each, reason in _parse_name(item)]
    values, problems = parse_each(item, _parse_field)
    if "name" not in item:
        problems.append(Problem("", ".name", f"name is missing; expected {_REQUIREMENT}"))
    if problems:
        raise Wrong(problems)
    reason, until = cast("str", values.get("reason", "")), cast("date | None", values.get("until"))
    named = cast("list[tuple[Requirement, str]]", values["name"])
    return [Keep(requirement, reason or own, until, origin) for requirement, own in named]


def _parse_field(name: str, value: object) -> object:
    if name not in FIELDS:
        raise Wrong(render_unknown("key", name, FIELDS), is_key=True)
    return FIELDS[name].parse(value)


def _parse_name(value: object) -> list[tuple[Requirement, str]]:
    """Parse what an entry names: requirements, each with the reason that a word gives it."""
    from packaging.requirements import InvalidRequirement, Requirement

    if not isinstance(value, str):
        raise Mismatch(_REQUIREMENT, value)
    if value in WORDS:
        return [(Requirement(name), value) for name in WORDS[value]]
    if value.lstrip().startswith("@"):
        raise Wrong(render_unknown("word", value, WORDS))
    try:
        requirement = Requirement(value)
    except InvalidRequirement:
        raise Mismatch(_REQUIREMENT, value) from None
    if requirement.url is not None:
        raise Wrong("a URL cannot be kept: name it, with a specifier")
    return [(requirement, "")]


def _parse_reason(value: object) -> str:
    if not isinstance(value, str):
        raise Mismatch("a string", value)
    return value


def _parse_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise Mismatch("a date such as 2026-12-31", value)


FIELDS: Final[Mapping[str, Form]] = {
    "name": Form(_parse_name, {"description": "What stays.", **ENTRY}),
    "reason": Form(_parse_reason, {"description": "Why it has to stay.", "type": "string"}),
    "until": Form(
        _parse_date,
        {
            "description": "The day from which on the entry is an error.",
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        },
    ),
}

KEEP: Final = Form(
    parse_keep,
    {
        "type": "array",
        "items": {
            "anyOf": [
                ENTRY,
                {
                    "type": "object",
                    "properties": {name: form.schema for name, form in FIELDS.items()},
                    "required": ["name"],
                    "additionalProperties": False,
                },
            ]
        },
    },
    _divide_keep,
)
