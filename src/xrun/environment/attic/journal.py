"""The journal: a line for each removal, never dropped, so that it outlives the attic."""

from __future__ import annotations

import contextlib
import json
import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.project.user_folders import resolve_state_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xrun.environment import Environment, Provenance

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Gone:
    """A distribution that was removed or replaced.

    Attributes:
        name: Normalised.
        version: The version that went.
        installer: Who had installed it; may be empty.
        replaced_by: The version that came instead; `None` where it was removed.
        direct_url: Where it came from (PEP 610), credentials stripped; empty for an index.
    """

    name: str
    version: str
    installer: str = ""
    replaced_by: str | None = None
    direct_url: Mapping[str, object] = field(default_factory=dict)

    def render_install(self, environment: str) -> str:
        """Render the command that installs it again, as far as is known where it came from."""
        url = str(self.direct_url.get("url", ""))
        info = self.direct_url.get("dir_info")
        vcs = self.direct_url.get("vcs_info")
        words = [f"{self.name}=={self.version}"]
        if isinstance(vcs, dict):
            words = [f"{self.name} @ {vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"]
        elif isinstance(info, dict) and info.get("editable"):
            words = ["--editable", url.removeprefix("file://")]
        elif url:
            words = [f"{self.name} @ {url}"]
        return shlex.join(["uv", "pip", "install", "--no-config", "-p", environment, *words])


def make_gone(name: str, version: str, provenance: Provenance, replaced_by: str | None) -> Gone:
    """Make the entry of a distribution that is about to go."""
    return Gone(name, version, provenance.installer, replaced_by, provenance.direct_url)


@dataclass(frozen=True)
class Entry:
    """A line of the journal: what went, when (seconds since the epoch), from which environment."""

    at: float
    environment: Path
    removed: tuple[Gone, ...]


def find_journal() -> Path:
    """Find where the journal is, or would be."""
    return resolve_state_folder() / "journal.jsonl"


def write_entry(at: float, environment: Environment, removed: Iterable[Gone]) -> None:
    """Add a line; a journal that cannot be written keeps nothing from being done."""
    line = {
        "at": at,
        "environment": str(environment.folder),
        "removed": [asdict(each) for each in removed],
        "version": FORMAT_VERSION,
    }
    journal = find_journal()
    with contextlib.suppress(OSError):
        journal.parent.mkdir(parents=True, exist_ok=True)
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")


def load_entries(environment: Environment) -> list[Entry]:
    """Load what is said of an environment, the newest first; damaged lines do not count."""
    return [entry for entry in _load() if entry.environment == environment.folder]


def list_environments() -> set[Path]:
    """List the folders of all environments that something is said of."""
    return {entry.environment for entry in _load()}


def _load() -> list[Entry]:
    try:
        lines = find_journal().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [entry for line in reversed(lines) if (entry := _parse_entry(line))]


def _parse_entry(line: str) -> Entry | None:
    try:
        found = json.loads(line)
        if found["version"] != FORMAT_VERSION:
            return None
        removed = tuple(Gone(**each) for each in found["removed"])
        return Entry(float(found["at"]), Path(found["environment"]), removed)
    except (ValueError, KeyError, TypeError):
        return None
