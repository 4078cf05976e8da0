"""Problems of files and variables with the line that each is about, and a mark under the place."""

from __future__ import annotations

from xrun.report.layout import paint
from xrun.report.width import measure, shorten, wrap
from xrun.words import render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.policy.problems import Excerpt, Problem

ERROR, WARNING, FRAME = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"
TAB = "    "
LEAST = 40  # columns that a line and its number have, however narrow the terminal is
USUAL = 100  # columns where no terminal says how many there are


def render_problems(
    problems: Iterable[Problem], *, width: int | None = None, has_colour: bool = False
) -> list[str]:
    """Render problems one below the other, as ruff, cargo and uv do.

    Args:
        problems: Located, in their order.
        width: How many columns there are; sentences are not wrapped if `None`.
        has_colour: Whether it is coloured.
    """
    return [line for each in problems for line in _render(each, width, has_colour=has_colour)]


def _render(problem: Problem, width: int | None, *, has_colour: bool) -> Iterator[str]:
    word, colour = ("warning:", WARNING) if problem.is_warning else ("error:", ERROR)
    colour, frame = (colour, FRAME) if has_colour else ("", "")
    sentence = render_safe(f"{word} {problem.message}")
    first, *more = wrap(sentence, max(width - 2, LEAST), breaks=False) if width else [sentence]
    yield paint(word, colour) + first.removeprefix(word)
    yield from (f"  {line}" for line in more)
    at = problem.at
    number = str(at.line) if at and at.line else " "
    blank = " " * len(number)
    yield f" {blank}{paint('-->', frame)} {render_safe(problem.location)}"
    if at:
        line, mark = _cut(at, max(width or USUAL, LEAST) - len(number) - 5)
        yield f"  {paint(f'{number} |', frame)} {line}".rstrip()
        yield f"  {paint(f'{blank} |', frame)} {paint(mark, colour)}"


def _cut(at: Excerpt, room: int) -> tuple[str, str]:
    """Cut a line around what it is about, if it is long; says the mark below that too."""
    start, end = at.column - 1, at.column - 1 + at.length
    parts = (at.text[:start], at.text[start:end], at.text[end:])
    before, piece, after = (render_safe(part.replace("\t", TAB)) for part in parts)
    if measure(before + piece + after) > room:
        piece = shorten(piece, room // 2)
        before = shorten(before[::-1], max(room // 4, room - measure(piece + after)))[::-1]
        after = shorten(after, room - measure(before + piece))
    return before + piece + after, " " * measure(before) + "^" * max(measure(piece), 1)
