"""What is remembered of an environment beside its attic: what was declared, kept and held there."""

from __future__ import annotations

import json
import os
from pathlib import Path

from xrun.environment.attic.store import (
    ATTIC,
    MALFORMED,
    Removed,
    find_place,
    parse_removed,
    resolve_key,
)
from xrun.project.spelling import list_folder
from xrun.project.user_folders import list_state
from xrun.proxy.dataclass import asdict, dataclass, replace
from xrun.proxy.files import (
    SEPARATE,
    read_identity,
    read_records,
    resolve_cache_part,
    resolve_name,
    write_records,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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
        former: Where it lay before it was moved, as `resolve_key` has it.
        holder: What tells the folder that holds it from others; empty if that is unknown.
        has_moved: Whether it was moved since, and is remembered elsewhere.
    """

    identity: str = ""
    declared: frozenset[str] = frozenset()
    kept: tuple[Removed, ...] = ()
    held: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    holder: str = ""
    has_moved: bool = False


def identify_made(environment: Environment) -> str:
    """Tell an environment from one that is made at the same place later."""
    return read_identity(str(environment.folder / "pyvenv.cfg")) if environment.exists else ""


def _identify_holder(environment: Environment) -> str:
    """Tell the folder that holds an environment from another one at its place: its inode.

    xrun itself makes that of a separate environment, and makes it again.
    """
    if environment.folder.parent.parent == Path(resolve_cache_part(SEPARATE)):
        return ""
    folder = os.path.dirname(os.path.realpath(environment.folder))  # noqa: PTH120 - a str
    return "".join(read_identity(folder).split(":")[1:2])


def find_holder(environment: Environment, place: str) -> str:
    """Find which folder holds an environment, if what is remembered at its place is of another one.

    An environment that was only rebuilt lies in the same folder. Where a file system has no lasting
    inodes, one that was not rebuilt is known by its size and its time.

    Args:
        environment: Which.
        place: Where it really is.

    Returns:
        Empty if what is remembered there is its own, or nothing is.
    """
    there = _read(_find_file(place)).get(place, Memory())
    holder = _identify_holder(environment)
    if there.holder in ("", holder):
        return ""
    made = identify_made(environment)
    return "" if there.identity.split(":")[2:4] == made.split(":")[2:4] else holder


def read_memory(environment: Environment) -> Memory:
    """Read what is remembered, also of where it lay before; nothing where that is damaged.

    A renamed folder keeps its files' identities, a copy has others. On another file system the
    copy of an original that is gone is that, moved: size and time of last change are the same.
    """
    key, made = resolve_key(environment), identify_made(environment)
    own = _read(_find_file(key)).get(key, Memory())
    if (own.identity == made and not own.has_moved) or not made:
        return own
    found: list[Memory] = []
    for place, memory in _list_memories(list_state(ATTIC)[0]):
        if place != key and not memory.has_moved and _is_moved(memory.identity, made, place):
            found.append(replace(memory, former=(*memory.former, place)))
    # Moved twice, it is remembered at both places; the later one knows of the former.
    return max(found, key=lambda memory: len(memory.former), default=own)


def _is_moved(identity: str, made: str, place: str) -> bool:
    """Whether the environment that lay at a place is the one that was made at that time."""
    before, now = identity.split(":"), made.split(":")
    is_copy = before[0] != now[0] and before[2:4] == now[2:4]
    return identity == made or (is_copy and not os.path.lexists(find_place(place)))


def _list_memories(base: Path) -> Iterator[tuple[str, Memory]]:
    for name in list_folder(base):
        yield from _read(str(base / name / "memory")).items()


def find_moved(base: Path) -> dict[str, str]:
    """Find where environments are that lay elsewhere before, by where that was; as `resolve_key`.

    Args:
        base: The folder of the attic.
    """
    memories = sorted(_list_memories(base), key=lambda item: len(item[1].former))
    return {former: find_place(key) for key, memory in memories for former in memory.former}


def list_keys(environment: Environment) -> tuple[str, ...]:
    """List where an environment is and was, as `resolve_key` has it."""
    return tuple(dict.fromkeys((resolve_key(environment), *read_memory(environment).former)))


def _read(file: str) -> dict[str, Memory]:
    """Read what a file remembers, by the environment that it is about; nothing if damaged."""
    records = read_records(file)
    if len(records) != 3 or records[0] != FORMAT_VERSION:  # noqa: PLR2004
        return {}
    try:
        found = json.loads(records[2])
        memory = Memory(
            str(found["identity"]),
            frozenset(map(str, found["declared"])),
            tuple(each for each in map(parse_removed, found["kept"]) if not each.oddity),
            tuple(map(str, found["held"])),
            tuple(map(str, found.get("former", ()))),
            str(found.get("holder", "")),
            found.get("has_moved") is True,
        )
    except MALFORMED:
        return {}
    return {records[1]: memory}


def write_memory(environment: Environment, memory: Memory) -> None:
    """Write what is to be remembered; where it cannot be written nothing is raised."""
    key, holder = resolve_key(environment), _identify_holder(environment)
    _write(key, replace(memory, holder=holder, has_moved=False))
    for former in {*memory.former} - {key}:
        there = _read(_find_file(former)).get(former)
        if there is not None and not there.has_moved:
            _write(former, replace(there, has_moved=True))


def _write(key: str, memory: Memory) -> None:
    document = {
        "declared": sorted(memory.declared),
        "former": memory.former,
        "has_moved": memory.has_moved,
        "held": memory.held,
        "holder": memory.holder,
        "identity": memory.identity,
        "kept": [asdict(each) for each in memory.kept],
    }
    text = json.dumps(document, sort_keys=True)
    write_records(_find_file(key), [FORMAT_VERSION, key, text])


def _find_file(key: str) -> str:
    return str(list_state(ATTIC)[0] / resolve_name(key) / "memory")
