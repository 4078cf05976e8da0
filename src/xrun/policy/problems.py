"""What is wrong in a policy, gathered from all files and variables, and reported at once.

In words that name what was expected and what was found.
"""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from xrun import __version__
from xrun.errors import PolicyError
from xrun.proxy.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Problem:
    """Something wrong in a policy.

    Attributes:
        source: The file or the variable.
        place: The key path, or the line and column where the text is not TOML.
        message: What was expected and what was found.
    """

    source: str
    place: str
    message: str


class Wrong(ValueError):  # noqa: N818 - a word for one value, not a failure of the program
    """What is wrong with a value or a file: one message or several, each at its place.

    Args:
        problems: Place and message of each; a place in a value is `[2].until`. A message alone is
            about the value as a whole: its place is empty.
        rest: What of the value is right all the same, so that it can be looked at further.
    """

    def __init__(self, problems: str | Iterable[tuple[str, str]], rest: object = None) -> None:
        self.problems = (("", problems),) if isinstance(problems, str) else tuple(problems)
        self.rest = rest
        super().__init__("; ".join(message for _, message in self.problems))

    def list_problems(self, source: str) -> tuple[Problem, ...]:
        """List them as problems of a file or variable."""
        return tuple(Problem(source, place, message) for place, message in self.problems)


class Mismatch(Wrong):
    """A value that a key does not take: `expected …, found …`."""

    def __init__(self, expected: str, found: object) -> None:
        super().__init__(f"expected {expected}, found {_render_found(found)}")


def _render_found(value: object) -> str:
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


def make_policy_error(
    problems: Sequence[Problem], *, outcome: str = "nothing was run", hint: str | None = None
) -> PolicyError:
    """Make one error of all problems: the sources in the first line, a row for each problem."""
    sources = list(dict.fromkeys(problem.source for problem in problems))
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    verb = "has" if len(sources) == 1 else "have"
    places = [
        problem.place if len(sources) == 1 else f"{problem.source} {problem.place}".strip()
        for problem in problems
    ]
    width = max(map(len, places))
    if hint is None:
        hint = ". ".join(filter(None, (render_newer(problems), "XRUN=0 runs without a policy")))
    return PolicyError(
        f"{' and '.join(sources)} {verb} {count}; {outcome}",
        details=tuple(
            f"{place:{width}}   {problem.message}" if width else problem.message
            for place, problem in zip(places, problems, strict=True)
        ),
        hint=hint,
    )


def render_newer(problems: Sequence[Problem]) -> str:
    """Render that a key that is unknown here may be known to a newer xrun; empty if none is."""
    is_unknown = any(problem.message.startswith("unknown key") for problem in problems)
    return f"this is xrun {__version__}; a newer one may know more keys" if is_unknown else ""
