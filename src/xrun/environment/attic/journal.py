"""The journal: a line for each removal, never dropped, so that it outlives the attic."""

from __future__ import annotations

import contextlib
import json

from xrun.environment.attic.store import (
    FORMAT_VERSION,
    MALFORMED,
    find_place,
    list_removals,
    parse_removal,
)
from xrun.environment.memory import list_keys
from xrun.project.user_folders import list_state
from xrun.proxy.dataclass import asdict, replace
from xrun.proxy.files import Private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.attic.store import Removal
    from xrun.environment.environment import Environment

NAME = "journal.jsonl"


def find_journal() -> Path:
    """Find where the journal is written, or would be."""
    return list_state(NAME)[0]


def write_entry(removal: Removal) -> None:
    """Add a line; a journal that cannot be written keeps nothing from being done."""
    removed = [asdict(each) for each in removal.distributions]
    for each in removed:
        del each["files"]
    line = {
        "at": removal.at,
        "command": removal.command,
        "environment": str(removal.environment),
        "key": removal.key,
        "removed": removed,
        "version": FORMAT_VERSION,
    }
    journal = find_journal()
    with contextlib.suppress(OSError), Private():
        journal.parent.mkdir(parents=True, exist_ok=True)
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")


def load_entries(environment: Environment) -> list[Removal]:
    """Load what is said of an environment, the newest first; damaged lines do not count."""
    keys = list_keys(environment)
    places = {str(environment.folder), *map(find_place, keys)}  # of lines that have no key
    return [
        entry
        for entry in _load()
        if (entry.key in keys if entry.key else str(entry.environment) in places)
    ]


def list_dropped(environment: Environment) -> list[Removal]:
    """List the removals of an environment that the attic no longer has, the newest first."""
    stored = {each.at for each in list_removals(environment)}
    return [entry for entry in load_entries(environment) if entry.at not in stored]


def list_environments() -> set[Path]:
    """List the folders of all environments that something is said of."""
    return {entry.environment for entry in _load()}


def _load() -> list[Removal]:
    lines: list[str] = []
    for journal in reversed(list_state(NAME)):
        with contextlib.suppress(OSError):
            lines += journal.read_text(encoding="utf-8", errors="replace").splitlines()
    entries = (entry for line in reversed(lines) if (entry := _parse_entry(line)))
    return [entry for entry in entries if not entry.oddity]


def _parse_entry(line: str) -> Removal | None:
    try:
        document = json.loads(line)
        removal = parse_removal(document, document["removed"])
        return replace(removal, key=str(document.get("key", "")))
    except MALFORMED:
        return None
