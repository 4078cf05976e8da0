"""What an interrupted step left: named, and mended by the next run, whichever run it is.

uv killed while it installs leaves distributions that it takes for installed from then on, and
never repairs (seen on uv 0.13.9). A marker says that a step did not end well.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from xrun.drift.dry_run import drop_colour
from xrun.environment.attic.shared import link_back
from xrun.environment.attic.store import list_removals
from xrun.environment.attic.unfinished import finish_unfinished, note_unfinished
from xrun.environment.attic.uninstall import find_odd
from xrun.environment.damage import DEPTH, find_broken
from xrun.environment.environment import Environment
from xrun.environment.marker import end_step, was_interrupted
from xrun.errors import UvFailedError, XrunError, render_cause
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.run.request import Run

UNREADABLE = re.compile(r"`([^`]+\.dist-info)[/\\]METADATA`")


@dataclass(frozen=True)
class Recovered:
    """What was done about a step that did not end well.

    Attributes:
        whole: The names of what it had left half installed, and is whole again.
        gone: The names of what it had removed or replaced; now in the journal.
        broken: The names of what still lacks files.
    """

    whole: tuple[str, ...]
    gone: tuple[str, ...]
    broken: tuple[str, ...] = ()


def recover(run: Run, environment: Environment) -> Recovered:
    """Reinstall what an interrupted step left without all of its files; note what it had removed.

    Whatever the lock file lacks is left to the run, which removes or keeps it. If uv cannot
    reinstall now, the marker stays, and the next run tries again.

    Args:
        run: A run in the environment, whose change lock is held.
        environment: The environment.
    """
    finish_unfinished(environment)
    gone = note_unfinished(replace(environment))
    broken = find_broken(replace(environment), sizes=True)
    odd = find_odd(environment, broken)
    status = _reinstall(run, [name for name in broken if name not in odd]) if broken else 0
    still = find_broken(replace(environment), broken, sizes=True)
    for removal in list_removals(environment)[:1] if still else ():  # they had files in common
        names = {*still}.difference(each.name for each in removal.distributions)
        link_back(replace(environment), removal, names)
        still = find_broken(replace(environment), still, sizes=True)
    if status == 0:
        end_step(environment)
    return Recovered(tuple(name for name in broken if name not in still), gone, still)


def drop_unreadable(error: UvFailedError) -> bool:
    """Drop what an interrupted step left without METADATA, and uv stops at.

    uv says nothing of the environment of a script that holds such a one, nor runs anything in it
    (0.7.22 to 0.13.9).

    Args:
        error: What uv said.

    Returns:
        Whether one was dropped: then uv can be asked again.
    """
    named = UNREADABLE.search(drop_colour(" ".join(error.said)))
    if named is None:
        return False
    folder = Path(named[1])
    environment = Environment(folder.parent.parents[DEPTH], folder.parent.parents[DEPTH].name)
    if (folder / "METADATA").exists() or not was_interrupted(environment):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _reinstall(run: Run, names: Sequence[str]) -> int:
    """Reinstall distributions, around what is held; return uv's status."""
    held = {each.name for each in run.plan.holding}
    options = [f"--reinstall-package={name}" for name in names]
    options += [f"--no-install-package={name}" for name in sorted(held - {*names})]
    args = run.sync.render("--inexact", *options)
    return uv.ask_uv(run.facts.uv, args, run.sync.select_environ(), is_change=True).returncode


def delete_half_made(environment: Environment) -> None:
    """Delete an environment that was left half made, with nothing in it to lose.

    Raises:
        XrunError: It could not be deleted.
    """
    try:
        shutil.rmtree(environment.folder)
    except OSError as error:
        what = f"{environment.name} was left half made, and cannot be deleted"
        raise XrunError(
            f"not run: {what}: {render_cause(error)}",
            hint=f"delete {environment.folder}; the next run makes it again",
        ) from error
    end_step(environment)
