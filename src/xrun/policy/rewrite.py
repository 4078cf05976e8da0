"""Change a part of a TOML text: comments, order, blank lines and its own style stay."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import tomli

from xrun.policy.text import (
    Span,
    divide_text,
    find_line_end,
    find_line_start,
    read_indent,
    read_items,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.policy.text import Item, Section, Setting

_INDENT = "    "

# The fields of a table, each with its value as TOML text.
Fields = Mapping[str, str]


def replace_span(text: str, span: Span, new: str) -> str:
    """Replace a part of a text."""
    return text[: span.start] + new + text[span.end :]


def add_setting(text: str, table: tuple[str, ...], key: str, value: str) -> str:
    """Add a setting to a table, behind those that it has; the table too, if it is not there."""
    sections = divide_text(text)
    for section in sections:
        if section.path == table:
            return _add_to_section(text, section, f"{key} = {value}")
    for section in sections:
        missing = table[len(section.path) :]
        if missing and any(each.path[: len(table)] == table for each in section.settings):
            return _add_to_section(text, section, f"{'.'.join(missing)}.{key} = {value}")
    return _add_block(text, len(text), f"[{'.'.join(table)}]\n{key} = {value}\n")


def _add_to_section(text: str, section: Section, line: str) -> str:
    """Add a setting to a section, indented as the one before it is."""
    indent = read_indent(text, section.settings[-1].start) if section.settings else ""
    before, after = text[: section.end], text[section.end :]
    gap = "" if before.endswith("\n") or not before else "\n"
    is_next_close = not before and after.partition("\n")[0].strip()
    return (
        f"{before}{gap}{textwrap.indent(line, indent)}\n" + ("\n" if is_next_close else "") + after
    )


def _add_block(text: str, position: int, block: str) -> str:
    """Add lines of their own, with an empty one before them."""
    before = text[:position]
    gap = "" if before.endswith("\n") or not before else "\n"
    return before + gap + ("\n" if before.strip() else "") + block + text[position:]


def add_tables(text: str, section: Section, items: Sequence[Fields]) -> str:
    """Add tables to an array of tables, behind the section of its last one."""
    header = f"[[{'.'.join(section.path)}]]\n"
    blocks = [
        header + "".join(f"{key} = {value}\n" for key, value in fields.items()) for fields in items
    ]
    return _add_block(text, section.end, "\n".join(blocks)) if blocks else text


def edit_table(text: str, section: Section, fields: Fields) -> str:
    """Edit one table of an array of tables: it has these fields then, and no others."""
    there = {setting.path[-1]: setting for setting in section.settings}
    missing = [f"{key} = {value}" for key, value in fields.items() if key not in there]
    if missing:
        text = _add_to_section(text, section, "\n".join(missing))
    for key, setting in reversed(there.items()):
        if key not in fields:
            text = _remove_line(text, setting)
        elif _decode(text[setting.value.start : setting.value.end]) != _decode(fields[key]):
            text = replace_span(text, setting.value, fields[key])
    return text


def _remove_line(text: str, setting: Setting) -> str:
    """Remove a setting, with the comment behind it."""
    start, end = find_line_start(text, setting.start), find_line_end(text, setting.value.end)
    return text[:start] + text[end:]


def edit_array(
    text: str, array: Span, changes: Mapping[int, str | None], added: Sequence[str] = ()
) -> str:
    """Edit an array: its comments and the style of its lines stay.

    An array in one line is written anew if more than one item is in it then: a line for each.

    Args:
        text: The whole text.
        array: Where the array stands in it.
        changes: For the items that change, by their number, what replaces them; `None` to remove.
        added: Further items.
    """
    items = read_items(text, array)
    if "\n" not in text[array.start : array.end]:
        now = [changes.get(index, text[item.start : item.end]) for index, item in enumerate(items)]
        rendered = render_array([*(item for item in now if item is not None), *added])
        return replace_span(text, array, rendered)
    longer = _add_items(text, array, items, added) if added else text
    array = Span(array.start, array.end + len(longer) - len(text))
    for index in sorted(changes, reverse=True):
        item, new = read_items(longer, array)[index], changes[index]
        if new is None:
            longer = _remove_item(longer, item)
        else:
            longer = replace_span(longer, Span(item.start, item.end), new)
    return longer


def render_text(text: str) -> str:
    """Render a string: in single quotes where that saves it from backslashes."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + re.sub(r'[\x00-\x1f\x7f"\\]', _escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    letter = found.group()
    return "\\" + letter if letter in '"\\' else f"\\u{ord(letter):04x}"


def render_item(fields: Fields) -> str:
    """Render fields as an item of an array: a name alone as it is, else as an inline table."""
    if fields.keys() == {"name"}:
        return fields["name"]
    return "{ " + ", ".join(f"{key} = {value}" for key, value in fields.items()) + " }"


def decode_item(fields: Fields, *, is_table: bool) -> object:
    """Decode what is read of fields: of an item, or of a table of an array of tables."""
    if is_table:
        return {key: _decode(value) for key, value in fields.items()}
    return _decode(render_item(fields))


def _decode(value: str) -> object:
    return tomli.loads(f"value = {value}")["value"]


def render_array(items: Sequence[str]) -> str:
    """Render an array: one item in one line, several with a line for each."""
    if len(items) < 2:  # noqa: PLR2004 - one, or none
        return f"[{''.join(items)}]"
    return "[\n" + "".join(f"{_INDENT}{item},\n" for item in items) + "]"


def _add_items(text: str, array: Span, items: Sequence[Item], added: Sequence[str]) -> str:
    """Add items to an array of several lines, each in a line of its own."""
    indent = read_indent(text, array.start) + _INDENT
    for item in items:
        if not text[find_line_start(text, item.start) : item.start].strip():
            indent = read_indent(text, item.start)
    lines = "".join(f"{indent}{item},\n" for item in added)
    close = array.end - 1
    start = find_line_start(text, close)
    if text[start:close].strip():  # the bracket closes behind the last item
        start = len(text[:close].rstrip())
        lines = "\n" + lines
    else:
        close = start
    text = text[:start] + lines + text[close:]
    if items and items[-1].comma is None:
        text = text[: items[-1].end] + "," + text[items[-1].end :]
    return text


def _remove_item(text: str, item: Item) -> str:
    """Remove an item with its comma; with its line and the comment there, if nothing else is."""
    start, end = item.start, item.comma or item.end
    line = Span(find_line_start(text, start), find_line_end(text, end))
    behind = text[end : line.end].strip()
    if not text[line.start : start].strip() and (not behind or behind.startswith("#")):
        return replace_span(text, line, "")
    return text[:start] + text[end:].lstrip(" \t")
