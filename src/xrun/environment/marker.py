"""The marker of a step that changes an environment, of whatever kind: it lies in the cache folder.

It goes when the step ends well. While it is there and no step goes on, one was interrupted: uv
killed half-way leaves damage that it never repairs itself.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.proxy.files import read_records, resolve_cache_file, write_records

if TYPE_CHECKING:
    from xrun.environment.environment import Environment

NEW = "new"


@dataclass(frozen=True)
class Marker:
    """What is known of a step that has not ended well.

    Attributes:
        is_new: Whether the environment did not exist before the step.
    """

    is_new: bool


def find_marker(environment: Environment) -> str:
    """Find the file that is there while an environment is changed."""
    return resolve_cache_file("changing", str(environment.folder))


def begin_step(environment: Environment, *, is_new: bool) -> bool:
    """Note that an environment is being changed; its gate is held.

    Args:
        environment: Which.
        is_new: Whether it did not exist before.

    Returns:
        Whether that could be noted; if not, nobody will know of an interruption.
    """
    records = [str(environment.folder), *([NEW] if is_new else [])]
    write_records(find_marker(environment), records)
    return read_records(find_marker(environment)) == records


def end_step(environment: Environment) -> None:
    """Note that the change has ended well."""
    with contextlib.suppress(OSError):
        os.unlink(find_marker(environment))  # noqa: PTH108 - a str


def read_marker(environment: Environment) -> Marker | None:
    """Read the marker of a step that has not ended well; `None` if there is none.

    While the gate is not held, the step may be going on.
    """
    folder, *words = read_records(find_marker(environment)) or [""]
    return Marker(NEW in words) if folder == str(environment.folder) else None


def was_interrupted(environment: Environment) -> bool:
    """Whether a step that changed an environment did not end well; its gate is held."""
    return read_marker(environment) is not None
