"""uv's answer to `uv sync --dry-run`, parsed: JSON where uv has it, its text otherwise.

JSON with changes comes from uv 0.9.19 on; from 0.5.30 to 0.9.18 the changes stand on standard
error, a line each. Versions and wording as measured on 0.5.31 to 0.13.9.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Change:
    """What uv would do to one distribution."""

    name: str
    version: str | None
    is_removal: bool


@dataclass(frozen=True)
class SyncAnswer:
    """What `uv sync` would do.

    Attributes:
        environment: The environment that it would do it to; `None` where uv does not name it.
        action: What would happen to the environment as a whole: `check`, `update`, `replace` or
            `create`.
        changes: What would happen in it.
        lock_action: What would happen to the lock file: `use`, `check`, `update` or `create`.
        is_refused: Whether uv would refuse, for the lock file is out of date and `--locked` holds.
        sources: The URLs of what would be installed and does not come from an index, by name.
        warns: Whether uv warned of something that it would not say beside `--no-sync`.
    """

    environment: Path | None
    action: str
    changes: tuple[Change, ...]
    lock_action: str | None
    is_refused: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    warns: bool = False

    @property
    def incoming(self) -> dict[str, str | None]:
        """What would be installed, with its version, where uv says one."""
        return {each.name: each.version for each in self.changes if not each.is_removal}

    @property
    def outgoing(self) -> dict[str, str | None]:
        """What would be uninstalled, with its version."""
        return {each.name: each.version for each in self.changes if each.is_removal}

    @property
    def is_lock_stale(self) -> bool:
        """Whether the lock file is not there or not what `pyproject.toml` asks for."""
        return self.lock_action in {"create", "update"}


CHANGE = re.compile(
    r"^ (?P<sign>[-+~]) (?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?:==(?P<version>[^\s()]+)(?: \(from (?P<source>.+)\))?| @ (?P<url>\S.*))$"
)
ENVIRONMENT = re.compile(
    r"^(?:Discovered existing environment|Would (?P<action>use|create|replace|update) "
    r"(?:project |script |existing virtual |virtual )?environment) at: (?P<path>.+)$"
)
LOCK = re.compile(r"^Would (?P<action>create|update) lockfile at: ")
# A warning that uv gives with `--no-sync` too (0.5.30 to 0.13.9).
SAID_ANYWAY = "does not match the project environment path"
# uv 0.6.17 to 0.13.9; the word "error:" before it comes and goes.
STALE_LOCK = re.compile(r"The lockfile at .* needs to be updated, but")


def parse_answer(stdout: str, stderr: str, status: int) -> SyncAnswer | None:
    """Parse uv's answer.

    Args:
        stdout: With JSON, where uv has it.
        stderr: With the same in words.
        status: uv's status. JSON may stand there although uv failed (0.7.22 to 0.9.18), so the
            status is believed first; only a stale lock under `--locked` is an answer too.

    Returns:
        The answer; `None` where uv failed.
    """
    is_refused_lock = STALE_LOCK.search(stderr) is not None
    if status != 0 and not is_refused_lock:
        return None
    answer = _parse_json(stdout, stderr) or _parse_text(stderr)
    answer = dataclasses.replace(
        answer, sources=_parse_sources(stderr), warns=_find_warning(stderr)
    )
    if is_refused_lock:  # uv's own word for this lock is then "check"
        return dataclasses.replace(answer, lock_action="update", is_refused=True)
    return answer


def _find_warning(stderr: str) -> bool:
    said = [line for line in stderr.splitlines() if line.startswith("warning:")]
    return any(SAID_ANYWAY not in line for line in said)


def _parse_json(stdout: str, stderr: str) -> SyncAnswer | None:
    """Parse the JSON form; up to 0.9.18 it has no changes, which stand on standard error."""
    try:
        document = json.loads(stdout)
        sync = document["sync"]
        environment = Path(sync["environment"]["path"])
        action = str(sync["action"])
        lock = document.get("lock") or {}
        listed = sync.get("changes")
        changes = _parse_lines(stderr) if listed is None else _parse_changes(listed)
        return SyncAnswer(environment, action, changes, lock.get("action"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _parse_changes(listed: list[dict[str, str]]) -> tuple[Change, ...]:
    changes = []
    for change in listed:
        name, version, action = change["name"], change.get("version"), change["action"]
        if action in {"uninstalled", "reinstalled"}:
            changes.append(Change(name, version, is_removal=True))
        if action in {"installed", "reinstalled"}:
            changes.append(Change(name, version, is_removal=False))
    return tuple(changes)


def _parse_lines(stderr: str) -> tuple[Change, ...]:
    changes = []
    for line in stderr.splitlines():
        found = CHANGE.match(line)
        if found is None:
            continue
        if found["sign"] in "-~":
            changes.append(Change(found["name"], found["version"], is_removal=True))
        if found["sign"] in "+~":
            changes.append(Change(found["name"], found["version"], is_removal=False))
    return tuple(changes)


def _parse_sources(stderr: str) -> dict[str, str]:
    found = [
        line for line in map(CHANGE.match, stderr.splitlines()) if line and line["sign"] != "-"
    ]
    return {line["name"]: line["source"] or line["url"] or "" for line in found}


def _parse_text(stderr: str) -> SyncAnswer:
    """Parse the words of uv 0.5.30 to 0.7.20.

    An environment told by a relative path is left out: relative to what, uv does not say.
    """
    environment, action, lock = None, "check", None
    for line in stderr.splitlines():
        if found := ENVIRONMENT.match(line):
            path = Path(found["path"])
            environment = path if path.is_absolute() else None
            action = {"use": "check", None: "check"}.get(found["action"], found["action"])
        elif found := LOCK.match(line):
            lock = found["action"]
    return SyncAnswer(environment, action, _parse_lines(stderr), lock)
