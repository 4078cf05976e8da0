"""What a key takes: parsed from a decoded TOML value, and said in a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from xrun.policy.problems import Mismatch
from xrun.project.names import canonicalize_name, is_name

Schema = Mapping[str, object]

ALL: Final = "all"
PACKAGE: Final = "package:"
URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

# As far as a schema can say it: which version or date is one, only the parser knows.
NAME: Final = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
VERSION: Final = r"(~=|===?|!=|<=?|>=?)\s*[^\s,=<>!~]"  # how one of a specifier begins
TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}


@dataclass(frozen=True)
class Form:
    """The form of a value.

    Attributes:
        parse: A decoded TOML value in, the value out; raises `Wrong`.
        schema: The same for an editor, as far as a schema can say it; a date is a string there.
    """

    parse: Callable[[object], object]
    schema: Schema


def one_of(*allowed: str) -> Form:
    """Make the form of a word of which there are only some."""
    expected = ", ".join(f'"{value}"' for value in allowed[:-1])
    expected = f'{expected} or "{allowed[-1]}"' if expected else f'"{allowed[-1]}"'

    def parse(value: object) -> object:
        if value not in allowed or not isinstance(value, str):
            raise Mismatch(expected, value)
        return value

    return Form(parse, {"enum": [*allowed]})


def list_of(*allowed: str) -> Form:
    """Make the form of an array of such words."""
    item = one_of(*allowed)

    def parse(value: object) -> object:
        if not isinstance(value, list):
            raise Mismatch("an array of " + ", ".join(f'"{each}"' for each in allowed), value)
        return tuple(dict.fromkeys(item.parse(each) for each in value))

    return Form(parse, {"type": "array", "items": item.schema})


def one_or_several(item: Schema, *, least: int = 0) -> Schema:
    """Make the schema of a value that may stand alone, or in an array."""
    several: dict[str, object] = {"type": "array", "items": item}
    return {"anyOf": [item, {**several, "minItems": least} if least else several]}


def _parse_names(value: object) -> object:
    expected = 'an array of names, or "all"'
    if value == ALL:
        return ALL
    if not isinstance(value, list):
        raise Mismatch(expected, value)
    names: list[str] = []
    for item in value:
        if not isinstance(item, str):
            raise Mismatch(expected, item)
        if not is_name(item):
            raise Mismatch("a name of letters, digits, '-', '_' and '.'", item)
        names.append(canonicalize_name(item))
    return tuple(sorted(set(names)))


def divide_names(text: str) -> object:
    """Divide a variable's text into names."""
    return ALL if text == ALL else [part.strip() for part in text.split(",") if part.strip()]


def _parse_message(value: object) -> object:
    if value is False or (isinstance(value, str) and value.strip()):
        return value
    raise Mismatch("a message, or false", value)


def _parse_specifier(value: object) -> object:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    expected = 'a version specifier such as ">=0.1"'
    if not isinstance(value, str):
        raise Mismatch(expected, value)
    try:
        return SpecifierSet(value)
    except InvalidSpecifier:
        raise Mismatch(expected, value) from None


def _parse_references(value: object) -> object:
    expected = 'a path, or an array of paths and "package:NAME/FILE"'
    references = [value] if isinstance(value, str) else value
    if not isinstance(references, list):
        raise Mismatch(expected, value)
    for item in references:
        if not isinstance(item, str) or not item.strip():
            raise Mismatch(expected, item)
    return tuple(references)


NAMES: Final = Form(
    _parse_names,
    {
        "anyOf": [
            {"const": ALL},
            {"type": "array", "items": {"type": "string", "pattern": f"^{NAME}$"}},
        ]
    },
)
MESSAGE: Final = Form(_parse_message, {"anyOf": [{"const": False}, TEXT]})
VERSIONS: Final = Form(
    _parse_specifier, {"type": "string", "pattern": rf"^([\s,]*{VERSION}[^,]*)*[\s,]*$"}
)
REFERENCES: Final = Form(
    _parse_references,
    one_or_several(
        {
            **TEXT,
            "not": {"pattern": f"^{URL.pattern}"},
            "if": {"pattern": f"^{PACKAGE}"},
            "then": {"pattern": rf"^{PACKAGE}[^/]+/(?!/)(?!(.*/)?\.\.(/|$))."},
        }
    ),
)
