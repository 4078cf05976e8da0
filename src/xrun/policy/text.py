"""What stands where in a TOML text, so that a part is changed and the rest stays byte for byte.

Only for texts that tomli has read without an error: nothing is checked here a second time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SILENT = re.compile(r"(?:\s|#[^\n]*)*")
_TOKEN = re.compile(
    r'''
    """(?:\\.|[^\\])*?""""{0,2} | \'\'\'.*?\'\'\'\'{0,2} | "(?:\\.|[^"\\])*" | '[^']*'  # strings
    | \#[^\n]* | \n | [^\S\n]+ | [][{},=] | [^][{},=\s"'\#]+
    ''',
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Span:
    """A part of a text, from an offset to another."""

    start: int
    end: int


@dataclass(frozen=True)
class Setting:
    """One `key = value`.

    Attributes:
        path: The whole key, that of the table included.
        start: Where the key starts.
        value: Where the value stands, comments around it left out.
    """

    path: tuple[str, ...]
    start: int
    value: Span


@dataclass(frozen=True)
class Section:
    """A header and what stands below it; the first section is what stands before any header.

    Attributes:
        path: The table's whole key; empty for the first section.
        header: Where the header stands, its line included.
        is_array: Whether it is one of an array of tables (`[[keep]]`).
        end: Where a further setting goes: behind the line of the last one, or of the header.
        settings: What stands in it, as it follows.
    """

    path: tuple[str, ...]
    header: Span
    is_array: bool
    end: int
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of an array: where it stands, and where it ends with its comma, if it has one."""

    start: int
    end: int
    comma: int | None


def divide_text(text: str) -> list[Section]:
    """Divide a text into its sections, with all settings."""
    sections = [Section((), Span(0, 0), is_array=False, end=_find_head_end(text))]
    position = _skip_silent(text, 0)
    while position < len(text):
        section = sections[-1]
        if text[position] == "[":
            end = find_line_end(text, position)
            header = text[position:end].strip()
            path = _read_path(header)
            sections.append(Section(path, Span(position, end), header.startswith("[["), end))
        else:
            setting = _read_setting(text, position, section.path)
            end = find_line_end(text, setting.value.end)
            settings = (*section.settings, setting)
            sections[-1] = replace(section, end=end, settings=settings)
        position = _skip_silent(text, end)
    return sections


def find_setting(sections: Iterable[Section], path: tuple[str, ...]) -> Setting | None:
    """Find a setting by its whole key, outside arrays of tables."""
    for section in sections:
        for setting in section.settings:
            if setting.path == path and not section.is_array:
                return setting
    return None


def _find_head_end(text: str) -> int:
    """Find where a first setting goes: behind a comment that heads the file, not a table."""
    head = re.match(r"(?:#[^\n]*(?:\n|$))+(?=\s*$|[^\S\n]*\n)", text)
    return head.end() if head else 0


def _skip_silent(text: str, position: int) -> int:
    found = _SILENT.match(text, position)
    return found.end() if found else position


def find_line_end(text: str, position: int) -> int:
    """Find where the line at an offset ends, its line end included."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def find_line_start(text: str, position: int) -> int:
    """Find where the line at an offset starts."""
    return text.rfind("\n", 0, position) + 1


def _read_path(statement: str) -> tuple[str, ...]:
    """Read the whole key of a header, or of a setting with a plain value."""
    path: list[str] = []
    found: object = tomli.loads(statement)
    while isinstance(found, dict) and found:
        ((key, found),) = found.items()
        path.append(key)
        found = found[0] if isinstance(found, list) else found
    return tuple(path)


def _read_setting(text: str, start: int, table: tuple[str, ...]) -> Setting:
    """Read the setting that starts at an offset."""
    depth = 0
    equals = first = last = -1
    for token in _TOKEN.finditer(text, start):
        found = token.group()
        if equals < 0:
            equals = token.start() if found == "=" else equals
            continue
        if depth == 0 and (found == "\n" or found.startswith("#")):
            break
        depth += (found in "[{") - (found in "]}")
        if found.strip():
            first = token.start() if first < 0 else first
            last = token.end()
    path = _read_path(text[start:equals] + "= 0")
    return Setting((*table, *path), start, Span(first, last))


def read_items(text: str, array: Span) -> list[Item]:
    """Read where the items of an array stand."""
    return list(_read_items(text, array))


def _read_items(text: str, array: Span) -> Iterator[Item]:
    depth = 0
    first = last = -1
    for token in _TOKEN.finditer(text, array.start + 1, array.end - 1):
        found = token.group()
        if depth == 0 and found == ",":
            yield Item(first, last, token.end())
            first = -1
        elif found.strip() and not found.startswith("#"):
            depth += (found in "[{") - (found in "]}")
            first = token.start() if first < 0 else first
            last = token.end()
    if first >= 0:
        yield Item(first, last, None)


def read_indent(text: str, position: int) -> str:
    """Read the white space that the line at an offset starts with."""
    found = re.match(r"[ \t]*", text[find_line_start(text, position) :])
    return found.group() if found else ""
