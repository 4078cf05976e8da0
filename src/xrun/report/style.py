"""How lines of xrun's own look: coloured as uv colours, wrapped at the terminal's width."""

from __future__ import annotations

import os
import re
import sys

from xrun.project.uv_variables import decide_colour, find_typed_colour
from xrun.proxy.dataclass import dataclass
from xrun.report.layout import LEAST, paint
from xrun.report.width import find_width, wrap
from xrun.words import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.proxy.command_line import Invocation

OWN, COMMAND = "\x1b[1;36m", "\x1b[32m"
HEADS = {"not run:": "\x1b[1;31m", "not exact:": "\x1b[1;33m"}


@dataclass(frozen=True)
class Style:
    """How lines look.

    Attributes:
        width: How many columns there are; `None` in a pipe, where nothing is wrapped.
        has_colour: Whether they are coloured.
    """

    width: int | None = None
    has_colour: bool = False

    def dress(self, lines: Iterable[str]) -> Iterator[str]:
        """Colour and wrap lines of xrun's own; all others (rows of a report, uv's) stay."""
        for line in lines:
            if line.startswith(PREFIX):
                yield from self._dress(line.removeprefix(PREFIX))
            else:
                yield line

    def _dress(self, text: str) -> Iterator[str]:
        room = max(self.width - len(PREFIX), LEAST) if self.width is not None else None
        head = self._colour(PREFIX.rstrip(), OWN) + " "
        for line in [text] if room is None else wrap(text, room, breaks=False):
            yield (head + self._colour_words(line)).rstrip()
            head = " " * len(PREFIX)

    def _colour(self, text: str, colour: str) -> str:
        return paint(text, colour) if self.has_colour and text else text

    def _colour_words(self, line: str) -> str:
        head = next((each for each in HEADS if line.startswith(each)), "")
        rest = line.removeprefix(head)
        if self.has_colour:
            rest = re.sub("`[^`]*`", lambda found: paint(found[0], COMMAND), rest)
        return self._colour(head, HEADS.get(head, "")) + rest


def find_style(invocation: Invocation | None = None) -> Style:
    """Find how lines look on standard error.

    Args:
        invocation: What was typed behind `xrun`: `--color` may be among it.
    """
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    typed = find_typed_colour(invocation) if invocation is not None else ""
    has_colour = decide_colour(os.environ, is_terminal=is_terminal, typed=typed)
    return Style(find_width() if is_terminal else None, has_colour)
