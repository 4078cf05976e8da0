"""Write into policy files: comments and the order of keys stay.

What is to be written is read back first: only the one key may mean something else than before.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import tomli
import tomlkit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, SingleKey, Table, Whitespace

from xrun.errors import PolicyError
from xrun.git import find_exclude_file
from xrun.policy.files import LOCAL_FILE, POLICY_FILE, load_text, render_path
from xrun.policy.keep import WORDS, Keep, parse_keep
from xrun.policy.keys import KEYS
from xrun.policy.mismatch import Wrong
from xrun.policy.parse import Problem
from xrun.policy.resolve import make_policy_error
from xrun.workspace import PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Literal

    from tomlkit import TOMLDocument
    from tomlkit.container import Container

    from xrun.workspace import Workspace

LOCAL_HEAD = "# What this checkout on this machine keeps or selects; not committed.\n"


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
    file = _load_file(path)
    found = file.find("keep")
    file.check("keep", [] if found is None else found, parse_keep)
    items = cast("list[object]", found or [])
    changes, names = _compare(items, entries)
    if not names:
        return ()
    document, table = file.open("keep")
    there = table.get("keep")
    if isinstance(there, AoT):
        _write_tables(there, changes)
    else:
        changes = {index: _shorten(fields) for index, fields in changes.items()}
        _write_array(table, "keep", changes)
    value = [changes.get(index, item) for index, item in enumerate(items)]
    value += [item for index, item in changes.items() if index >= len(items)]
    file.check("keep", value, parse_keep)
    file.save(document.as_string(), "keep", value)
    return names


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
class _File:
    """A policy file to write into; its text has plain line ends where all of them are CRLF."""

    path: Path
    text: str
    is_crlf: bool = False

    @property
    def table(self) -> tuple[str, ...]:
        return ("tool", "xrun") if self.path.name == PYPROJECT else ()

    def find(self, key: str) -> object:
        """Find the decoded value of a policy's key; `None` where it does not stand."""
        return _find(tomli.loads(self.text), (*self.table, key))
