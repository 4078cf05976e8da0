"""How wide text is on a terminal: measure it, shorten it, wrap it."""

from __future__ import annotations

import os
import re
import sys

ELLIPSIS = "…"
WORD = r"(?:`[^`]*`|\S)+"  # a command in backticks is one: it is to be copied


def find_width() -> int | None:
    """Find how many columns the terminal has, by COLUMNS or by asking it; `None` if none says."""
    typed = os.environ.get("COLUMNS", "")
    if typed.isascii() and typed.isdigit() and int(typed) > 0:
        return int(typed)
    for stream in (sys.__stderr__, sys.__stdout__, sys.__stdin__):
        try:
            columns = os.get_terminal_size(stream.fileno()).columns if stream else 0
        except (OSError, ValueError):  # no terminal; closed
            continue
        if columns > 0:
            return columns
    return None


def measure(text: str) -> int:
    """Measure text in columns: East Asian wide letters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_measure_letter, text))


def _measure_letter(letter: str) -> int:
    import unicodedata  # not needed for plain text

    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def pad(text: str, width: int) -> str:
    """Pad text with blanks to a number of columns."""
    return text + " " * (width - measure(text))


def shorten(text: str, width: int) -> str:
    """Shorten text to a number of columns; an ellipsis stands for what is cut."""
    if measure(text) <= width:
        return text
    return _take(text, width - len(ELLIPSIS)).rstrip() + ELLIPSIS


def wrap(text: str, width: int, *, breaks: bool = True) -> list[str]:
    """Wrap text at blanks; nothing is lost.

    Args:
        text: What is wrapped; one line at least comes of it.
        width: How many columns a line has.
        breaks: Whether a word that is wider than a line is broken, or is a line all the same; then
            a command in backticks is a word.
    """
    lines: list[str] = []
    line = ""
    for word in text.split() if breaks else re.findall(WORD, text):
        longer = f"{line} {word}" if line else word
        if line and measure(longer) > width:
            lines.append(line)
            longer = word
        while breaks and measure(longer) > max(width, 1):
            piece = _take(longer, width) or longer[:1]
            lines.append(piece)
            longer = longer[len(piece) :]
        line = longer
    return [*lines, line]


def _take(text: str, width: int) -> str:
    """Take the longest beginning that fits into a number of columns."""
    used = 0
    for at, letter in enumerate(text):
        used += _measure_letter(letter)
        if used > width:
            return text[:at]
    return text
