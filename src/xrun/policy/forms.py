"""The forms of values that keys take: parsed from decoded TOML, and said in a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar, cast

from xrun.policy.problems import Mismatch, Wrong
from xrun.project.names import canonicalize_name, is_name
from xrun.proxy.dataclass import dataclass

Schema = Mapping[str, object]
K = TypeVar("K", bound=int | str)
V = TypeVar("V")

ALL: Final = "all"
PACKAGE: Final = "package:"
URL: Final = r"[A-Za-z][A-Za-z0-9+.-]+://"

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
        divide: Makes a variable's text what would stand in a file; `None` where that is a word.
    """

    parse: Callable[[object], object]
    schema: Schema
    divide: Callable[[str], object] | None = None


def parse_each(
    items: Mapping[K, object], parse: Callable[[K, object], V]
) -> tuple[dict[K, V], list[tuple[str, str]]]:
    """Parse the items of a table, or those of an array by their numbers.

    Args:
        items: Decoded TOML values.
        parse: Parses one by its name or number; raises `Wrong`.

    Returns:
        What is right, and all that is wrong, each at its place: `.until`, `[2].until`.
    """
    values: dict[K, V] = {}
    problems: list[tuple[str, str]] = []
    for key, item in items.items():
        try:
            values[key] = parse(key, item)
        except Wrong as wrong:  # noqa: PERF203 - each by itself
            place = f".{key}" if isinstance(key, str) else f"[{key}]"
            problems += [(place + below, message) for below, message in wrong.problems]
            if wrong.rest is not None:
                values[key] = cast("V", wrong.rest)
    return values, problems


def parse_texts(
    value: object,
    expected: str,
    *,
    least: int = 0,
    is_right: Callable[[str], object] = str.strip,
    several: str = "",
) -> list[str]:
    """Parse a text that may stand alone, or in an array.

    Args:
        value: What is there.
        expected: A right one, in words.
        least: How many there have to be.
        is_right: Whether a text is right; each that is not blank.
        several: What stands behind `expected` where the value as a whole is wrong.

    Raises:
        Wrong: It is none.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or len(texts) < least:
        raise Mismatch(expected + several, value)
    for text in texts:
        if not isinstance(text, str) or not is_right(text):
            raise Mismatch(expected, text)
    return texts


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
    for item in value:
        if not isinstance(item, str):
            raise Mismatch(expected, item)
        if not is_name(item):
            raise Mismatch("a name of letters, digits, '-', '_' and '.'", item)
    return tuple(sorted({canonicalize_name(item) for item in value}))


def _divide_names(text: str) -> object:
    return ALL if text == ALL else [part.strip() for part in text.split(",") if part.strip()]


def _parse_message(value: object) -> object:
    if value is False or (isinstance(value, str) and value.strip()):
        return value
    raise Mismatch("a message, or false", value)


def _parse_specifier(value: object) -> object:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if isinstance(value, str):
        try:
            return SpecifierSet(value)
        except InvalidSpecifier:
            pass
    raise Mismatch('a version specifier such as ">=0.1"', value)


def _parse_references(value: object) -> object:
    return tuple(parse_texts(value, 'a path, or an array of paths and "package:NAME/FILE"'))


NAMES: Final = Form(
    _parse_names,
    {
        "anyOf": [
            {"const": ALL},
            {"type": "array", "items": {"type": "string", "pattern": f"^{NAME}$"}},
        ]
    },
    _divide_names,
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
            "not": {"pattern": f"^{URL}"},
            "if": {"pattern": f"^{PACKAGE}"},
            "then": {"pattern": rf"^{PACKAGE}[^/]+/(?!/)(?!(.*/)?\.\.(/|$))."},
        }
    ),
)
