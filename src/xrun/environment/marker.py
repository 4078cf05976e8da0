"""The marker of a step that changes an environment, of whatever kind: it lies in the cache folder.

It goes when the step ends well. While it is there and no step goes on, one was interrupted: uv
killed half-way leaves damage that it never repairs itself.
"""

from __future__ import annotations

import contextlib
import os
import re

from xrun.environment.distribution import read_text
from xrun.errors import XrunError
from xrun.proxy import BIN
from xrun.proxy.files import ABSENT, read_identity, read_records, resolve_cache_file, write_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.environment.environment import Environment


def find_marker(environment: Environment) -> str:
    """Find the file that is there while an environment is changed, by whatever link."""
    return resolve_cache_file("changing", _find_place(environment))


def _find_place(environment: Environment) -> str:
    """Find where an environment really is."""
    return os.path.realpath(environment.folder)


def begin_step(environment: Environment, detail: str = "") -> None:
    """Note that an environment is being changed, and what of it; its change lock is held."""
    records = [_find_place(environment), _identify(environment), detail]
    write_records(find_marker(environment), records)


def read_detail(environment: Environment) -> str:
    """Read what was noted of the step that an environment is marked with."""
    return "".join(read_records(find_marker(environment))[2:])


def end_step(environment: Environment) -> None:
    """Note that the change has ended well."""
    for marker in (find_marker(environment), *_list_markers(environment)):
        with contextlib.suppress(OSError):
            os.unlink(marker)  # noqa: PTH108 - a str


@contextlib.contextmanager
def mark_step(environment: Environment, detail: str) -> Iterator[None]:
    """Mark a step that leaves all as it was where it fails; after an earlier one's it stays so."""
    was_marked = was_interrupted(environment)
    begin_step(environment, detail)
    try:
        yield
    except XrunError:
        if not was_marked:
            end_step(environment)
        raise
    if not was_marked:
        end_step(environment)


def was_interrupted(environment: Environment) -> bool:
    """Whether a step that changed an environment did not end well; its change lock is held."""
    return bool(_list_markers(environment))


def _list_markers(environment: Environment) -> list[str]:
    """List its marker, and that of where it lay before its project was renamed or moved."""
    place, marker = _find_place(environment), find_marker(environment)
    found = [marker] if read_records(marker)[:1] == [place] else []
    with contextlib.suppress(OSError):
        for other in os.scandir(os.path.dirname(marker)):  # noqa: PTH120 - a str
            former, *rest = read_records(other.path) or [place]
            is_gone = former != place and not os.path.lexists(former)
            if is_gone and _was_at(environment, former, rest):
                found.append(other.path)
    return found


def _was_at(environment: Environment, place: str, identity: Sequence[str]) -> bool:
    """Whether an environment was at a place, as its identity says, or its `activate` elsewhere."""
    own = _identify(environment)
    if own and identity[:1] == [own]:
        return True
    text = read_text(environment.folder / BIN / "activate")
    line = rf"(?m)^VIRTUAL_ENV=[\"']?{re.escape(place)}[\"']?$"
    return re.search(line, text) is not None


def _identify(environment: Environment) -> str:
    """Tell the folder that holds an environment from others, renamed too; empty if missing."""
    identity = read_identity(os.path.dirname(_find_place(environment)))  # noqa: PTH120 - a str
    return "" if identity == ABSENT else ":".join(identity.split(":")[:2])  # device and inode
