"""What is wrong in a policy, gathered from all files and variables, and reported at once.

In words that name what was expected and what was found.
"""

from __future__ import annotations

from datetime import date, time

from xrun import __version__
from xrun.errors import XrunError
from xrun.proxy.dataclass import dataclass, replace
from xrun.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Excerpt:
    """A piece of one line of a file or variable.

    Attributes:
        line: Counted from 1; 0 in a variable.
        column: In characters, counted from 1.
        text: The whole line, without its end.
        length: How many characters the piece has.
    """

    line: int
    column: int
    text: str
    length: int


@dataclass(frozen=True)
class Problem:
    """Something wrong in a policy.

    Attributes:
        source: The file or the variable.
        place: The key path (`rules[2].mode`); empty where it is about the whole.
        message: What was expected and what was found.
        is_key: Whether the key is wrong, not its value.
        is_warning: Whether the policy can be followed all the same.
        at: Where it stands, once it is looked for.
    """

    source: str
    place: str
    message: str
    is_key: bool = False
    is_warning: bool = False
    at: Excerpt | None = None

    @property
    def location(self) -> str:
        """Where it is, as editors and terminals take it: `xrun.toml:3:8`."""
        at = self.at
        return f"{self.source}:{at.line}:{at.column}" if at and at.line else self.source


class PolicyError(XrunError):
    """A policy file or variable that cannot be followed; or another file that has to be read.

    Args:
        message: How many problems there are, in what.
        problems: Located, in their order.
        hint: What to do next, one line.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = (), *, hint: str = "") -> None:
        self.problems = tuple(problems)
        details = tuple(f"{each.location}: {each.message}" for each in self.problems)
        super().__init__(message, details=details, hint=hint)


class Wrong(ValueError):  # noqa: N818 - a word for one value, not a failure of the program
    """What is wrong with a value or a file: one problem or several, of no source yet.

    Args:
        problems: What is wrong, each at its place in the value (`[2].until`). A message alone is
            about the value as a whole: its place is empty.
        rest: What of the value is right all the same, so that it can be looked at further.
        is_key: Whether the message is about the key that has the value.
    """

    def __init__(
        self, problems: str | Iterable[Problem], rest: object = None, *, is_key: bool = False
    ) -> None:
        if isinstance(problems, str):
            problems = (Problem("", "", problems, is_key),)
        self.problems = tuple(problems)
        self.rest = rest
        super().__init__("; ".join(each.message for each in self.problems))

    def list_problems(self, source: str) -> tuple[Problem, ...]:
        """List them as problems of a file or variable."""
        return tuple(replace(each, source=source) for each in self.problems)


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


def render_unknown(noun: str, name: str, known: Iterable[str]) -> str:
    """Render that a name is unknown, with the nearest that is known, or all of them.

    Args:
        noun: What it names: `key`, `mode`.
        name: As it stands there.
        known: In the order in which they are listed.
    """
    known, unknown = [*known], f'unknown {noun} "{name}"'
    meant = render_meant(name, known)
    return unknown + (meant or (f"; expected {render_any(known)}" if known else ""))


def render_meant(name: str, known: Iterable[str], *, least: float = 0.6) -> str:
    """Render which known name was meant; empty if none is as like it as `least` of 1."""
    import difflib  # only where something is wrong

    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1, least)
    return f' (did you mean "{folded[near[0]]}"?)' if near else ""


def render_any(words: Sequence[str]) -> str:
    """Render words of which any will do: `"update", "frozen" or "locked"`."""
    *first, last = (f'"{word}"' for word in words)
    return f"{', '.join(first)} or {last}" if first else last


def make_policy_error(
    problems: Sequence[Problem], *, outcome: str = "nothing was done", hint: str | None = None
) -> PolicyError:
    """Make one error of all problems.

    Args:
        problems: Located, in their order.
        outcome: What was not done because of them.
        hint: What to do next, where that is not to run without a policy.
    """
    sources = " and ".join(dict.fromkeys(problem.source for problem in problems))
    if hint is None:
        hint = ". ".join(
            filter(None, (render_newer(problems), "`XRUN=0 xrun COMMAND` runs without a policy"))
        )
    message = f"{count(len(problems), 'problem')} in {sources}; {outcome}"
    return PolicyError(message, problems, hint=hint)


def render_newer(problems: Sequence[Problem]) -> str:
    """Render that a key that is unknown here may be known to a newer xrun; empty if none is."""
    is_unknown = any(problem.message.startswith("unknown key") for problem in problems)
    return f"this is xrun {__version__}; a newer one may know more keys" if is_unknown else ""
