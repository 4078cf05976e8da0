"""The marker of a step that changes an environment, of whatever kind: it lies in the cache folder.

It goes when the step ends well. While it is there and no step goes on, one was interrupted: uv
killed half-way leaves damage that it never repairs itself.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from xrun.proxy.files import read_records, resolve_cache_file, write_records

if TYPE_CHECKING:
    from xrun.environment.environment import Environment


def find_marker(environment: Environment) -> str:
    """Find the file that is there while an environment is changed."""
    return resolve_cache_file("changing", str(environment.folder))


def begin_step(environment: Environment) -> None:
    """Note that an environment is being changed; its change lock is held."""
    write_records(find_marker(environment), [str(environment.folder)])


def end_step(environment: Environment) -> None:
    """Note that the change has ended well."""
    with contextlib.suppress(OSError):
        os.unlink(find_marker(environment))  # noqa: PTH108 - a str


def was_interrupted(environment: Environment) -> bool:
    """Whether a step that changed an environment did not end well; its change lock is held."""
    return read_records(find_marker(environment))[:1] == [str(environment.folder)]
