"""Rewrite the text of a policy so that a key has a new value; all else in it stays as it is."""

from __future__ import annotations

import re

import tomlkit
from tomlkit.items import AoT, Array, Comment, SingleKey, Table, Whitespace

from xrun.policy.forms import cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tomlkit.container import Container
    from tomlkit.items import Item, Key

    # What replaces items of a list, by their number; `None` removes one; the rest goes behind.
    Changes = Mapping[int, object]


def rewrite(text: str, tables: Sequence[str], key: str, value: object, changes: Changes) -> str:
    """Rewrite a text so that a key has a new value: a word is replaced, a list has changes made.

    Args:
        text: What a file holds.
        tables: The tables that the key stands in, from the outside.
        key: Added where it is not there.
        value: All of its new value.
        changes: Where the value is a list, what is new in it.

    Raises:
        TOMLKitError: The text, or its form, is not one that can be edited.
    """
    text += "" if text.endswith("\n") or not text else "\n"
    document = tomlkit.parse(text)
    # tomlkit 0.15.2 drops the blank between a date and a `}` in lines that are not touched: that
    # only looks worse. Where it would change more, as the order of tables, nothing is edited.
    if "".join(document.as_string().split()) != "".join(text.split()):
        return text
    parts = [*_find_parts(document, tables, key)]
    if not parts:
        return rewrite(f"{text}\n[{'.'.join(tables)}]\n", tables, key, value, changes)
    table = next((part for part in parts if key in part), parts[-1])
    former = table.get(key)
    if not isinstance(value, list):
        _put(table, key, _make_item(value))
    elif isinstance(former, AoT):
        _write_tables(former, changes)
    else:
        array = former if isinstance(former, Array) else tomlkit.array()
        _write_array(array, changes, is_long=key == "keep")
        if array is not former:
            _put(table, key, array)
    return document.as_string()


def _find_parts(container: Container, tables: Sequence[str], key: str) -> Iterator[Container]:
    """Find the parts of a table that a key stands in or can be added to, wherever they stand."""
    if not tables:
        yield container
        return
    for name, item in container.body:
        if name is not None and name.key == tables[0] and isinstance(item, Table):
            is_implied = item.is_super_table() and not name.is_dotted()
            if len(tables) > 1 or key in item or not is_implied:
                yield from _find_parts(item.value, tables[1:], key)


def _put(table: Container, key: str, value: Item) -> None:
    """Replace a value, or add it behind the last, before the comment on a table that follows."""
    if key in table:
        table[key] = value
        return
    body, place = table.body, _find_end(table)
    if place:
        value.trivia.indent = body[place - 1][1].trivia.indent
    elif body and not isinstance(body[0][1], Whitespace):
        body.insert(0, (None, tomlkit.nl()))
    body.insert(place, (SingleKey(key), value))


def _find_end(table: Container) -> int:
    """Find where a key can be added: behind the last, or behind a comment that heads the file."""
    for place, (name, item) in reversed([*enumerate(table.body, 1)]):
        if name is not None and (name.is_dotted() or not isinstance(item, (Table, AoT))):
            return place
    items = [item for _, item in table.body]
    head = next((at for at, item in enumerate(items) if not isinstance(item, Comment)), len(items))
    is_apart = head == len(items) or isinstance(items[head], Whitespace)
    return head if is_apart and isinstance(table, tomlkit.TOMLDocument) else 0


def _write_array(array: Array, changes: Changes, *, is_long: bool) -> None:
    """Write into an array; in one of several lines a further item has a line of its own."""
    count, lines = len(array), re.findall(r"\n([ \t]*)([^\s#\]])?", array.as_string())
    indents = [indent for indent, item in lines if item] or ["    "]
    for number, item in changes.items():
        if item is not None and number < count:
            array[number] = _make_item(item)
        elif item is not None and lines:
            array.add_line(_make_item(item), indent=indents[-1])
        elif item is not None:
            array.append(_make_item(item))
    for number in sorted(changes, reverse=True):
        if changes[number] is None:
            del array[number]
    array.multiline(is_long and not lines and len(array) > 1)


def _write_tables(tables: AoT, changes: Changes) -> None:
    """Write into an array of tables; the comment on what follows it stays behind all of them."""
    for number, fields in sorted(cast("Mapping[int, dict[str, object]]", changes).items()):
        rest: list[tuple[Key | None, Item]] = []
        if number >= len(tables):
            last = tables[-1].value
            end = _find_end(last)
            rest = last.body[end:]
            del last.body[end:]
            tables.append(tomlkit.table())
            tables[-1].trivia.indent = "\n"
        table = tables[min(number, len(tables) - 1)].value
        for name in [name for name in table if name not in fields]:
            del table[name]
        for name, value in fields.items():
            if table.get(name) != value:
                _put(table, name, _make_item(value))
        table.body.extend(rest)


def _make_item(value: object) -> Item:
    """Make an item: a name alone as it is; in single quotes what would need a backslash."""
    if isinstance(value, dict) and len(value) > 1:
        table = tomlkit.inline_table()
        table.update({key: _make_item(each) for key, each in value.items()})
        return table
    plain = value["name"] if isinstance(value, dict) else value
    if isinstance(plain, str):
        is_literal = '"' in plain and "'" not in plain and plain.isprintable()
        return tomlkit.string(plain, literal=is_literal)
    return tomlkit.item(plain)
