"""The marker of a step that changes an environment: in the cache folder, for one environment each.

It goes when the step ends well; where it is still there, whoever comes next has to look.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xrun.proxy.files import read_records, resolve_cache_file, write_records

if TYPE_CHECKING:
    from xrun.environment import Environment


def find_marker(environment: Environment) -> str:
    """Find the file that is there while an environment is changed."""
    return resolve_cache_file("changing", str(environment.folder))


def begin_step(environment: Environment) -> None:
    """Note that an environment is being changed; its gate is held."""
    write_records(find_marker(environment), [str(environment.folder)])


def end_step(environment: Environment) -> None:
    """Note that the change has ended well."""
    try:
        os.unlink(find_marker(environment))  # noqa: PTH108 - a str
    except OSError:
        return


def was_killed(environment: Environment) -> bool:
    """Whether a step that changed an environment did not end well; its gate is held."""
    return read_records(find_marker(environment)) == [str(environment.folder)]
