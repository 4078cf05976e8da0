"""The small pieces of sentences: ages, names, counts. Values in, words out."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PREFIX = "xrun: "  # begins each line that stands for itself
MOST_NAMES = 5
DAY = 86400
# The letters that no shell takes for anything else (`shlex.quote`).
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")


def render_age(since: float, now: float) -> str:
    """Render how long ago something was, in the largest unit that fits; a clock may be ahead."""
    seconds = now - since
    if seconds < -DAY:
        return "at unknown time"
    seconds = max(0, seconds)
    for unit, length in (("day", DAY), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{count(int(seconds // length), unit)} ago"
    return "just now"


def render_safe(text: str) -> str:
    """Render text from an installed distribution: nothing in it may steer a terminal."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def join_line(words: Iterable[str]) -> str:
    """Join words to a command line as a shell takes it."""
    line = [*words]
    if all(word and PLAIN.issuperset(word) for word in line):
        return " ".join(line)
    import shlex  # seldom needed

    return shlex.join(line)


def render_line(words: Iterable[str]) -> str:
    """Render a command line as a shell takes it; nothing in it may steer a terminal."""
    return render_safe(join_line(words))


def render_names(names: Sequence[str], *, most: int = MOST_NAMES) -> str:
    """Render names as a list that stays short."""
    shown = ", ".join(map(render_safe, names[:most]))
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def count(number: int, noun: str) -> str:
    """Render a count of things (`1 project`, `5 projects`)."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def count_of(number: int, adjective: str = "") -> str:
    """Render a count (`1 undeclared distribution`, `5 undeclared distributions`)."""
    return count(number, f"{adjective} distribution".strip())


def shorten_home(text: str) -> str:
    """Shorten paths in the home folder: `~`, as shells take it."""
    home = os.path.expanduser("~")  # noqa: PTH111 - compared as text
    return text.replace(f"{home}/", "~/") if len(home) > 1 else text
