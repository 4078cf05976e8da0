"""What breaks a JSON document: a schema has to refuse it then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def drop(*keys: str | int) -> Callable[[Any], object]:
    """Make a breaker that drops a key."""
    *path, last = keys

    def break_it(document: Any) -> None:
        for key in path:
            document = document[key]
        del document[last]

    return break_it


def put(value: object, *keys: str | int) -> Callable[[Any], object]:
    """Make a breaker that puts a value in a place."""
    *path, last = keys

    def break_it(document: Any) -> None:
        for key in path:
            document = document[key]
        document[last] = value

    return break_it
