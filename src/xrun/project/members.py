"""The globs of a workspace: which folders they come upon, and which of those are members."""

from __future__ import annotations

import fnmatch
import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Candidates:
    """What one glob of a workspace comes upon.

    Attributes:
        found: The folders that match, members or not.
        searched: The folders that were listed to find them.
    """

    found: tuple[Path, ...]
    searched: tuple[Path, ...]


def find_candidates(root: Path, pattern: str) -> Candidates:
    """Find the folders that a glob matches, name by name; hidden ones too, as uv does."""
    if "**" in pattern:
        found = glob.glob(f"{glob.escape(str(root))}/{pattern}", recursive=True)  # noqa: PTH207
        return Candidates(tuple(Path(os.path.normpath(each)) for each in sorted(found)), ())
    folders, searched = [root], []
    for part in pattern.split("/"):
        if glob.has_magic(part):
            searched += folders
            folders = [
                folder / name
                for folder in folders
                for name in fnmatch.filter(sorted(_list_folder(folder)), part)
            ]
        else:
            folders = [Path(os.path.normpath(folder / part)) for folder in folders]
    return Candidates(tuple(folders), tuple(searched))


def _list_folder(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return []


def is_member(root: Path, folder: Path, members: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a folder is a member, by the workspace's globs.

    In `members` a star stays within a folder's name (uv 0.12.15 and newer); in `exclude` it does
    not, as uv matches there without looking at separators.
    """
    relative = os.path.relpath(folder, root).replace(os.sep, "/")
    if any(fnmatch.fnmatchcase(relative, pattern) for pattern in exclude):
        return False
    parts = relative.split("/")
    return any(_matches(parts, pattern.split("/")) for pattern in members)


def _matches(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether the names of a path match those of a glob; `**` stands for any number of them."""
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_matches(parts[at:], patterns[1:]) for at in range(len(parts) + 1))
    is_match = bool(parts) and fnmatch.fnmatchcase(parts[0], patterns[0])
    return is_match and _matches(parts[1:], patterns[1:])
