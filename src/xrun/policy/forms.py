"""The forms of values that keys take: parsed from decoded TOML, and said in a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xrun.policy.problems import Mismatch, Problem, Wrong, render_any, render_unknown
from xrun.project.names import canonicalize_name, is_name
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TypeVar
    from typing import cast as cast  # noqa: PLC0414 - as mypy wants it of what others import

    K = TypeVar("K", bound=int | str)
    V = TypeVar("V")
else:  # `typing` takes a third as long to import as Python to start

    def cast(_: str, value: object) -> object:
        """Take a value as one of a type."""
        return value


Schema = Mapping[str, object]

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
) -> tuple[dict[K, V], list[Problem]]:
    """Parse the items of a table, or those of an array by their numbers.

    Args:
        items: Decoded TOML values.
        parse: Parses one by its name or number; raises `Wrong`.

    Returns:
        What is right, and all that is wrong, each at its place: `.until`, `[2].until`.
    """
    values: dict[K, V] = {}
    problems: list[Problem] = []
    for key, item in items.items():
        try:
            values[key] = parse(key, item)
        except Wrong as wrong:  # noqa: PERF203 - each by itself
            place = f".{key}" if isinstance(key, str) else f"[{key}]"
            problems += [replace(each, place=place + each.place) for each in wrong.problems]
            if wrong.rest is not None:
                values[key] = cast("V", wrong.rest)
    return values, problems


def check_array(value: object, expected: str) -> list[object]:
    """Check that a value is an array; a text that could be its only item is shown as one.

    Raises:
        Wrong: It is none; `expected` says what would be right.
    """
    if isinstance(value, list):
        return value
    alone = f'; write ["{value}"]' if isinstance(value, str) and value.strip() else ""
    raise Wrong(f"{Mismatch(expected, value)}{alone}")


def parse_items(value: object, parse: Callable[[object], V], expected: str) -> tuple[V, ...]:
    """Parse an array, item by item.

    Args:
        value: What is there.
        parse: Parses an item; raises `Wrong`.
        expected: A right array, in words.

    Raises:
        Wrong: With every item that is none; the others are its `rest`.
    """
    numbered = dict(enumerate(check_array(value, expected)))
    parsed, problems = parse_each(numbered, lambda _, item: parse(item))
    items = tuple(parsed.values())
    if problems:
        raise Wrong(problems, items)
    return items


def parse_one_or_several(
    value: object, parse: Callable[[object], V], expected: str, *, least: int = 0
) -> tuple[V, ...]:
    """Parse what may stand alone, or in an array of at least so many; see `parse_items`."""
    if not isinstance(value, list):
        return (parse(value),)
    if len(value) < least:
        raise Mismatch(f"{expected}, or an array of them", value)
    return parse_items(value, parse, expected)


def check_text(value: object, expected: str) -> str:
    """Check that a value is a text that is not blank.

    Raises:
        Wrong: It is none; `expected` says what would be right.
    """
    if isinstance(value, str) and value.strip():
        return value
    raise Mismatch(expected, value)


def one_of(noun: str, *allowed: str) -> Form:
    """Make the form of a word of which there are only some; the noun says what it is."""

    def parse(value: object) -> object:
        if not isinstance(value, str):
            raise Mismatch(render_any(allowed), value)
        if value not in allowed:
            raise Wrong(render_unknown(noun, value, allowed))
        return value

    return Form(parse, {"enum": [*allowed]})


def list_of(noun: str, *allowed: str) -> Form:
    """Make the form of an array of such words."""
    item = one_of(noun, *allowed)

    def parse(value: object) -> object:
        return tuple(dict.fromkeys(parse_items(value, item.parse, "an array of words")))

    return Form(parse, {"type": "array", "items": item.schema})


def one_or_several(item: Schema, *, least: int = 0) -> Schema:
    """Make the schema of a value that may stand alone, or in an array."""
    several: dict[str, object] = {"type": "array", "items": item}
    return {"anyOf": [item, {**several, "minItems": least} if least else several]}


def _parse_names(value: object) -> object:
    if value == ALL:
        return ALL
    return tuple(sorted({*parse_items(value, _parse_name, 'an array of names, or "all"')}))


def _parse_name(item: object) -> str:
    if not isinstance(item, str) or not is_name(item):
        raise Mismatch("a name of letters, digits, '-', '_' and '.'", item)
    return canonicalize_name(item)


def _divide_names(text: str) -> object:
    return ALL if text == ALL else [part.strip() for part in text.split(",") if part.strip()]


def _parse_message(value: object) -> object:
    return value if value is False else check_text(value, "a message, or false")


def _parse_specifier(value: object) -> object:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if isinstance(value, str):
        try:
            return SpecifierSet(value)
        except InvalidSpecifier:
            pass
    raise Mismatch('a version specifier such as ">=0.1"', value)


def _parse_references(value: object) -> object:
    expected = 'a path, or "package:NAME/FILE"'
    return parse_one_or_several(value, lambda item: check_text(item, expected), expected)


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
