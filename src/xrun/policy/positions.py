"""Where keys and values stand in a TOML text: only for messages, so it is short, not fast."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress

import tomli

from xrun.policy.files import list_tables, load_text
from xrun.policy.keys import KEYS
from xrun.policy.problems import Excerpt, Wrong
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Final

    from xrun.policy.problems import Problem

Span = tuple[int, int]  # offsets in a text, the end excluded

_PIECE: Final = r"""(?sx)
    "{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | \#[^\n]* | \s+
    | [][{},=] | [^][{},=\s"'\#]+(?:\ \d\d:[^][{},\s\#]+)? | .
"""
# What tomli 2.4 says, in words for people who do not know its grammar.
_SAID: Final[Mapping[str, str]] = {
    "Invalid statement": "expected `key = value` or `[table]`",
    "Expected '=' after a key in a key/value pair": "expected `=` after the key",
    "Illegal character '\\n'": "the text is not closed: a quotation mark is missing",
    "Unterminated string": "the text is not closed: quotation marks are missing",
    "Unclosed array": "the array is not closed: expected `,` or `]`",
    "Unclosed inline table": "the table is not closed: expected `,` or `}`",
    "Unescaped '\\' in a string": "a backslash has to be doubled, or the text in single quotes",
    "Invalid value": "expected a value",
}


def make_excerpt(text: str, span: Span) -> Excerpt:
    """Make the excerpt of a span of a text, as far as it lies in its first line."""
    start = min(span[0], len(text))
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    line = text[first : last if last >= 0 else None]
    length = max(min(span[1], first + len(line)) - start, 1)
    return Excerpt(text.count("\n", 0, start) + 1, start - first + 1, line, length)


def explain_syntax(text: str, error: tomli.TOMLDecodeError) -> tuple[str, Excerpt]:
    """Explain why a text is not TOML: in words, and where.

    Args:
        text: With line ends as tomli counts them: one letter each.
        error: What tomli raises.
    """
    places, at = Places(text), error.pos
    span = (at, at + 1)
    message = _SAID.get(error.msg, error.msg[:1].lower() + error.msg[1:])
    word = re.compile(r"[^\W\d][^\s,#\]}=]*").match(text, at)
    if places.twice:
        name, span = places.twice
        first = make_excerpt(text, places.keys[name]).line
        message = f"{name.removeprefix('.')} stands here twice, first in line {first}"
    elif quote := re.fullmatch('Expected "(\'+)"', error.msg):  # at the end of the text
        span = (text.rindex(quote[1]), len(text))
        message = _SAID["Illegal character '\\n'" if quote[1] == "'" else "Unterminated string"]
    elif error.msg == "Invalid value" and at >= len(text):
        message = "expected a value, found the end of the file"
    elif error.msg == "Invalid value" and word:
        span = word.span()
        message = f'a text needs quotation marks: "{word[0]}"'
    elif error.msg.startswith("Expected newline") and (rest := re.match(r"[^\s#]+", text[at:])):
        span = (at, at + rest.end())
        message = f'unexpected "{rest[0]}" behind the value; a text needs quotation marks'
    return f"not TOML: {message}", make_excerpt(text, span)


class Places:
    """Where everything stands in a text.

    A place is a key path: `.mode`, `.rules[2].keep[0].name`. An item of an array that is a text has
    a second one, by its normalised name: `.groups[test]`.

    Attributes:
        keys: Where each key stands; of a table with a header its name there.
        values: Where each value stands; of a table with a header all of the header.
        twice: The first place that a value is given once more, and where; `None` if none is.
    """

    def __init__(self, text: str) -> None:
        """Read a text; of one that is not TOML as much as is clear."""
        self.keys: dict[str, Span] = {}
        self.values: dict[str, Span] = {}
        self.twice: tuple[str, Span] | None = None
        self._text = text
        found = re.finditer(_PIECE, text)
        self._tokens = [each for each in found if not (each[0].isspace() or each[0][0] == "#")]
        self._at = 0
        self._given: set[str] = set()
        self._counts: Counter[str] = Counter()
        table = ""
        with suppress(IndexError, ValueError, RecursionError):  # not TOML
            while self._at < len(self._tokens):
                if self._see() == "[":
                    table = self._read_header()
                else:
                    self._read_pair(table)

    def find(self, place: str, *, is_key: bool) -> Span | None:
        """Find where a value stands, or its key; what is not there is where it would have to be."""
        while place:
            found = (self.keys if is_key else self.values).get(place) or self.keys.get(place)
            if found:
                return found
            place, is_key = place[: max(place.rfind("."), place.rfind("["))], False
        return None

    def _see(self) -> str:
        return self._tokens[self._at][0]

    def _take(self) -> re.Match[str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _read_header(self) -> str:
        """Read `[a.b]` or `[[a.b]]`; says its place."""
        start = self._take().start()
        is_array = self._see() == "[" and self._tokens[self._at].start() == start + 1
        self._at += is_array
        names, key = self._read_key("]")
        self._at += is_array
        place = f"{self._enter('', names[:-1], key)}.{names[-1]}"
        header = (start, self._tokens[self._at - 1].end())
        if is_array:
            self.keys.setdefault(place, key)
            self.values.setdefault(place, header)
            self._counts[place] += 1
            place += f"[{self._counts[place] - 1}]"
        self._note(place, key, header)
        return place

    def _read_pair(self, table: str) -> None:
        """Read `a.b = value`."""
        names, key = self._read_key("=")
        place = f"{self._enter(table, names[:-1], key)}.{names[-1]}"
        self._note(place, key, key)
        value = self._read_value(place)
        self.values[place] = value

    def _read_value(self, place: str) -> Span:
        """Read a value, and all that is in it."""
        first = self._take()
        if first[0] == "{":
            while self._see() != "}":
                self._read_pair(place)
                self._at += self._see() == ","
        elif first[0] == "[":
            number = 0
            while self._see() != "]":
                item = f"{place}[{number}]"
                self.values[item] = span = self._read_value(item)
                name = self._text[slice(*span)].strip("\"'")
                self.values.setdefault(f"{place}[{canonicalize_name(name)}]", span)
                self._at += self._see() == ","
                number += 1
        else:
            return first.span()
        return first.start(), self._take().end()

    def _read_key(self, stop: str) -> tuple[list[str], Span]:
        """Read the names of a dotted key, and what ends it; says where they stand."""
        first = self._at
        while self._see() != stop:
            self._at += 1
        span = (self._tokens[first].start(), self._tokens[self._at - 1].end())
        self._at += 1
        names: list[str] = []
        table: object = tomli.loads(f"{self._text[slice(*span)]} = 0")
        while isinstance(table, dict):
            [(name, table)] = table.items()
            names.append(name)
        return names, span

    def _enter(self, place: str, names: Iterable[str], key: Span) -> str:
        """Enter tables by their names; of an array of tables the last."""
        for name in names:
            place += f".{name}"
            self.keys.setdefault(place, key)
            count = self._counts[place]
            place += f"[{count - 1}]" if count else ""
        return place

    def _note(self, place: str, key: Span, value: Span) -> None:
        if place in self._given:
            self.twice = self.twice or (place, key)
        self._given.add(place)
        self.keys.setdefault(place, key)
        self.values.setdefault(place, value)


def locate(
    problems: Iterable[Problem], files: Mapping[str, Path], environ: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """Locate problems: where each stands in its file or variable, and in that order.

    Args:
        problems: Those that have an excerpt already keep it.
        files: The files by the names that messages give them.
        environ: The variables.
    """
    environ = environ or {}
    texts: dict[str, tuple[str, Places | None]] = {}
    located = []
    for each in problems:
        source = each.source
        if source not in texts:
            text = _load(files[source]) if source in files else ""
            texts[source] = (text, Places(text) if text else None)
        at = each.at
        text, places = texts[source]
        if places and at is None:
            tables = "".join(f".{name}" for name in list_tables(files[source]))
            span = places.find(f"{tables}.{each.place}", is_key=each.is_key) if each.place else None
            at = make_excerpt(text, span) if span else None
        elif at is None and source in environ:
            at = _excerpt_variable(each, environ[source])
        located.append(replace(each, at=at))
    order = list(texts)
    return tuple(sorted(located, key=lambda each: (order.index(each.source), *_rank(each.at))))


def _rank(at: Excerpt | None) -> Span:
    return (at.line, at.column) if at else (0, 0)


def _load(path: Path) -> str:
    try:
        return load_text(path)[0].replace("\r\n", "\n")
    except Wrong:  # changed since
        return ""


def _excerpt_variable(problem: Problem, value: str) -> Excerpt:
    """Make the excerpt of what is wrong in a variable: an item of its list, or all of it."""
    text, start = f"{problem.source}={value}", len(problem.source) + 1
    span = (start, len(text))
    item = re.search(r"\[([^]]*)\]", problem.place)
    divide = next((key.form.divide for key in KEYS if key.variable == problem.source), None)
    items = divide(value) if item and divide else ()
    for number, name in enumerate(items if isinstance(items, list) else ()):
        start = text.index(name, start)
        if item and item[1] in (str(number), canonicalize_name(name)):
            span = (start, start + len(name))
        start += len(name)
    return replace(make_excerpt(text, span), line=0)
