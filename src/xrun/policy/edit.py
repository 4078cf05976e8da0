"""Write into policy files: comments, order, blank lines and the file's own style stay."""

from __future__ import annotations

import dataclasses
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xrun.git import find_exclude_file
from xrun.policy.document import load_document
from xrun.policy.files import POLICY_FILE
from xrun.policy.keep import WORDS, Keep, parse_keep
from xrun.policy.keys import KEYS
from xrun.policy.mismatch import Wrong
from xrun.policy.rewrite import (
    add_setting,
    add_tables,
    decode_item,
    edit_array,
    edit_table,
    render_array,
    render_item,
    render_text,
    replace_span,
)
from xrun.policy.text import divide_text, find_setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Literal

    from xrun.policy.document import Document
    from xrun.policy.rewrite import Fields
    from xrun.policy.text import Setting
    from xrun.workspace import Workspace


def find_team_file(workspace: Workspace) -> Path:
    """Find where the team's policy is written: the root's `pyproject.toml` if it stands there."""
    root = workspace.root
    return root.folder / POLICY_FILE if root.find_table("tool", "xrun") is None else root.file


def add_keep(path: Path, entries: Sequence[Keep]) -> tuple[str, ...]:
    """Add entries to `keep` of a policy file; one of the same name is replaced if it differs.

    Args:
        path: The file; it is made if it is not there.
        entries: Of one name only the last counts.

    Returns:
        The names that are new or changed, normalised.

    Raises:
        PolicyError: The file is not what it should be, or cannot be written; it is as it was.
    """
    document = load_document(path)
    found = document.find("keep")
    document.check("keep", [] if found is None else found, parse_keep)
    items = cast("list[object]", found or [])
    difference = _compare(items, entries)
    if not difference.names:
        return ()
    text, value = _write_keep(document, items, difference)
    document.check("keep", value, parse_keep)
    document.save(text, "keep", value)
    return difference.names


def set_names(path: Path, key: str, names: Sequence[str] | Literal["all"]) -> None:
    """Set `extras` or `groups` of a policy file; names that stay keep their comments.

    Raises:
        PolicyError: The file is not what it should be, or cannot be written; it is as it was.
    """
    _set(path, key, names if isinstance(names, str) else list(names))


def set_word(path: Path, key: str, word: str) -> None:
    """Set a key of a policy file that takes a word, such as `packages`.

    Raises:
        PolicyError: The file is not what it should be, or cannot be written; it is as it was.
    """
    _set(path, key, word)


def exclude_from_git(path: Path) -> bool:
    """Exclude a file from git for this checkout alone (`info/exclude`, never a `.gitignore`).

    Returns:
        Whether its name stands there now; not so outside a repository, or where it cannot be
        written.
    """
    name = os.fsencode(path.name)
    try:
        file = find_exclude_file(path.parent)
        if file is None:
            return False
        content = file.read_bytes() if file.exists() else b""
        if name not in (line.strip() for line in content.splitlines()):
            file.parent.mkdir(parents=True, exist_ok=True)
            gap = b"" if content.endswith(b"\n") or not content else b"\n"
            with file.open("ab") as stream:
                stream.write(gap + name + b"\n")
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class _Difference:
    """What has to be written into a list of `keep`.

    Attributes:
        changes: For the items that change, by their number, what replaces them.
        added: Further items.
        names: What is new or changed, normalised.
    """

    changes: Mapping[int, Fields]
    added: Sequence[Fields]
    names: tuple[str, ...]


def _compare(items: Sequence[object], entries: Sequence[Keep]) -> _Difference:
    """Compare the items of a list with the entries that should be in it."""
    standing = [_read_group(item) for item in items]
    changes: dict[int, Fields] = {}
    added: list[Fields] = []
    names: list[str] = []
    for title, wanted in _group(entries).items():
        same = [index for index, (there, _) in enumerate(standing) if there == title]
        if any(standing[index][1] == wanted for index in same):
            continue
        names += [canonicalize_name(entry.requirement.name) for entry in wanted]
        if same:
            changes[same[0]] = _render_fields(title, wanted[0])
        else:
            added.append(_render_fields(title, wanted[0]))
    return _Difference(changes, added, tuple(names))


def _read_group(item: object) -> tuple[str, tuple[Keep, ...]]:
    """Read what an item stands for: a name, normalised, or a word; and its entries."""
    entries = tuple(dataclasses.replace(entry, origin="") for entry in parse_keep([item]))
    name = item.get("name") if isinstance(item, dict) else item
    title = str(name) if name in WORDS else canonicalize_name(entries[0].requirement.name)
    return title, entries


def _group(entries: Sequence[Keep]) -> dict[str, tuple[Keep, ...]]:
    """Group entries as they are written: each by its name; all that a word says as the word."""
    groups: dict[str, tuple[Keep, ...]] = {
        canonicalize_name(entry.requirement.name): (dataclasses.replace(entry, origin=""),)
        for entry in entries
    }
    for word, names in WORDS.items():
        whole = tuple(Keep(Requirement(name), word) for name in names)
        if all(groups.get(entry.requirement.name) == (entry,) for entry in whole):
            groups = {name: group for name, group in groups.items() if name not in names}
            groups[word] = whole
    return groups


def _render_fields(title: str, entry: Keep) -> Fields:
    """Render the fields of an entry; one without a reason and a date has only a name."""
    if title in WORDS:
        return {"name": render_text(title)}
    fields = {"name": render_text(str(entry.requirement))}
    if entry.reason:
        fields["reason"] = render_text(entry.reason)
    if entry.until is not None:
        fields["until"] = entry.until.isoformat()
    return fields


def _write_keep(
    document: Document, items: Sequence[object], difference: _Difference
) -> tuple[str, list[object]]:
    """Write a difference into the text; says the value too that the key then has."""
    text, key = document.text, (*document.table, "keep")
    sections = divide_text(text)
    tables = [section for section in sections if section.is_array and section.path == key]
    setting = find_setting(sections, key)
    added = [render_item(fields) for fields in difference.added]
    if tables:
        text = add_tables(text, tables[-1], difference.added)
        for index in sorted(difference.changes, reverse=True):
            text = edit_table(text, tables[index], difference.changes[index])
    elif setting is not None:
        changes = {index: render_item(fields) for index, fields in difference.changes.items()}
        text = edit_array(text, setting.value, changes, added)
    else:
        text = add_setting(text, document.table, "keep", render_array(added))
    value = [*items, *(decode_item(fields, is_table=bool(tables)) for fields in difference.added)]
    for index, fields in difference.changes.items():
        value[index] = decode_item(fields, is_table=bool(tables))
    return text, value


def _set(path: Path, key: str, value: str | list[str]) -> None:
    """Set a key, unless its value means the same already."""
    document = load_document(path)
    parse = next(row.parse for row in KEYS if row.name == key)
    wanted = document.check(key, value, parse)
    found, meant = document.find(key), None
    with suppress(Wrong):
        meant = parse(found)
    if meant == wanted:
        return
    setting = find_setting(divide_text(document.text), (*document.table, key))
    if setting is None:
        text = add_setting(document.text, document.table, key, _render_value(value))
    elif isinstance(value, list) and isinstance(found, list) and meant is not None:
        text, value = _write_names(document.text, setting, found, value)
    else:
        text = replace_span(document.text, setting.value, _render_value(value))
    document.save(text, key, value)


def _write_names(
    text: str, setting: Setting, found: list[str], names: list[str]
) -> tuple[str, list[str]]:
    """Write names into an array; in one of several lines those that stay are not touched."""
    if "\n" not in text[setting.value.start : setting.value.end]:
        return replace_span(text, setting.value, _render_value(names)), names
    there = [canonicalize_name(name) for name in found]
    wanted = {canonicalize_name(name): name for name in names}
    gone = {index: None for index, name in enumerate(there) if name not in wanted}
    added = [name for title, name in wanted.items() if title not in there]
    text = edit_array(text, setting.value, gone, [render_text(name) for name in added])
    return text, [name for index, name in enumerate(found) if index not in gone] + added


def _render_value(value: str | list[str]) -> str:
    if isinstance(value, str):
        return render_text(value)
    return f"[{', '.join(map(render_text, value))}]"
