"""What is wrong with a value or a file, in words that name what was expected and what was found."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Wrong(ValueError):  # noqa: N818 - a word for one value, not a failure of the program
    """What is wrong with a value or a file: one message or several, each at its place.

    Args:
        problems: Place and message of each; a place in a value is `[2].until`, that of the value
            as a whole is empty.
        rest: What of the value is right all the same, so that it can be looked at further.
    """

    def __init__(self, problems: Iterable[tuple[str, str]], rest: object = None) -> None:
        self.problems = tuple(problems)
        self.rest = rest
        super().__init__("; ".join(message for _, message in self.problems))


class Mismatch(Wrong):
    """A value that a key does not take: `expected …, found …`."""

    def __init__(self, expected: str, found: object) -> None:
        super().__init__([("", f"expected {expected}, found {render_found(found)}")])


def render_found(value: object) -> str:
    """Render a decoded TOML value as a person would name it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if value == []:
        return "an empty array"
    kinds: dict[type, str] = {list: "an array", dict: "a table"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def render_unknown(name: str, known: Iterable[str]) -> str:
    """Render that a key is unknown, with the nearest that is known."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f'unknown key; did you mean "{near[0]}"?' if near else "unknown key"
