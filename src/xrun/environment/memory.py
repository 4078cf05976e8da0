"""What is remembered of an environment beside its attic: what was declared, kept and held there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xrun.environment.attic.store import (
    MALFORMED,
    Removed,
    list_places,
    parse_removed,
    resolve_key,
)
from xrun.proxy.dataclass import asdict, dataclass
from xrun.proxy.files import read_identity, read_records, write_records

if TYPE_CHECKING:
    from xrun.environment.environment import Environment

FORMAT_VERSION = "1"


@dataclass(frozen=True)
class Memory:
    """What is remembered of an environment.

    Attributes:
        identity: What tells it from another one at its place; empty where none was there.
        declared: The names of all that was declared and selected at some time, normalised.
        kept: What was kept when it was last looked at, with what installs it again.
        held: What was last said to be held, in words.
    """

    identity: str = ""
    declared: frozenset[str] = frozenset()
    kept: tuple[Removed, ...] = ()
    held: tuple[str, ...] = ()


def identify_made(environment: Environment) -> str:
    """Tell an environment from one that is made at the same place later."""
    return read_identity(str(environment.folder / "pyvenv.cfg")) if environment.exists else ""


def read_memory(environment: Environment) -> Memory:
    """Read what is remembered; nothing where that is damaged, or of another environment."""
    records = read_records(_find_file(environment))
    if len(records) != 3 or records[:2] != [FORMAT_VERSION, resolve_key(environment)]:  # noqa: PLR2004
        return Memory()
    try:
        found = json.loads(records[2])
        return Memory(
            str(found["identity"]),
            frozenset(map(str, found["declared"])),
            tuple(each for each in map(parse_removed, found["kept"]) if not each.oddity),
            tuple(map(str, found["held"])),
        )
    except MALFORMED:
        return Memory()


def write_memory(environment: Environment, memory: Memory) -> None:
    """Write what is to be remembered; where it cannot be written nothing is raised."""
    document = {
        "declared": sorted(memory.declared),
        "held": memory.held,
        "identity": memory.identity,
        "kept": [asdict(each) for each in memory.kept],
    }
    text = json.dumps(document, sort_keys=True)
    write_records(_find_file(environment), [FORMAT_VERSION, resolve_key(environment), text])


def _find_file(environment: Environment) -> str:
    return str(list_places(environment)[0][0] / "memory")
