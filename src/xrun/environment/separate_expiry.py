"""Separate environments that are no longer needed: which they are, and how they go.

One goes by being renamed, so that it is there as a whole or not at all; its files are deleted
afterwards, and what is left of that by the next one.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time

from xrun.environment.change_lock import ChangeLock
from xrun.environment.marker import end_step
from xrun.environment.processes import be_alone
from xrun.environment.separate import (
    TIDIED,
    find_folder,
    is_ours,
    is_tidying_due,
    list_separate,
)
from xrun.project.workspace import PYPROJECT
from xrun.proxy.files import read_records, resolve_cache_part, write_records
from xrun.proxy.locks import Alone
from xrun.words import DAY, render_age

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from xrun.environment.separate import Separate

MOST_DAYS = 30
GONE = ".removed-"  # begins the name of what is being deleted
MOST_AT_ONCE = 3  # that go beside a run
BUDGET = 0.05  # seconds that deleting may take beside a run


def find_reason(separate: Separate, now: float) -> str:
    """Find why a separate environment is not needed any more; empty if it may be.

    Where its project is gone too: that may have been moved, or be on a disk that is away.
    """
    if now - separate.used_at <= MOST_DAYS * DAY:
        return ""
    lost = find_lost(separate)
    return f"its project is gone ({lost})" if lost else f"used {render_age(separate.used_at, now)}"


def find_lost(separate: Separate) -> Path | None:
    """Find where the project of a separate environment was that is gone; `None` for any other."""
    purpose = separate.read_purpose()
    return purpose.root if purpose is not None and is_gone(purpose.root / PYPROJECT) else None


def is_gone(path: Path) -> bool:
    """Whether a file is not there; one that is unreadable is."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def take_away(
    separate: Separate, *, waits: bool = True, tell: Callable[[str], None] | None = None
) -> Alone:
    """Take a separate environment away unless it is in use; deleting its files is another thing.

    Args:
        separate: Which.
        waits: Whether to wait for who is just making or changing it.
        tell: Told who that is.

    Returns:
        Whether it was not in use, so that it went.

    Raises:
        OSError: It cannot be taken away.
        BusyError: It was waited for long enough.
    """
    folder = separate.environment.folder
    lock = ChangeLock(folder, tell)
    if waits:
        lock.take()
    elif not lock.try_to_take():
        return Alone(None)
    try:
        alone = be_alone(folder) if waits else be_alone(folder, 0)
        if alone.is_had:
            name = f"{GONE}{separate.name}-{time.time_ns()}"
            separate.folder.rename(separate.folder.with_name(name))
            end_step(separate.environment)  # of one that was interrupted nothing is left
        alone.release()
    finally:
        lock.release()
    return alone


def delete_gone(seconds: float | None = None) -> bool:
    """Delete the files of what was taken away.

    Args:
        seconds: How long that may take; as long as it does, if it is not given.

    Returns:
        Whether nothing is left of it.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    left = [folder for folder in _list_gone() if not _delete(folder, deadline)]
    return not left


def _list_gone() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for folder in find_folder().iterdir():
            if folder.name.startswith(GONE) and is_ours(folder):
                yield folder


def _delete(folder: Path, deadline: float | None) -> bool:
    """Delete a folder as far as the time goes; says whether it is gone."""
    if deadline is None:
        import shutil  # not needed beside a run

        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()
    for place, folders, files in os.walk(folder, topdown=False):
        if time.monotonic() > deadline:
            return False
        for name in (*files, *folders):
            path = os.path.join(place, name)  # noqa: PTH118 - many files
            with contextlib.suppress(OSError):
                (os.rmdir if stat.S_ISDIR(os.lstat(path).st_mode) else os.unlink)(path)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def tidy_if_due() -> None:
    """Take away a few unneeded separate environments, at most once a day, beside a run.

    That looks at two files for each environment, never waits, and stops deleting after a
    twentieth of a second; what is left then is deleted beside the next run. A clock may have
    jumped, or a disk may be away, so one goes only if it was not needed the last time either.
    """
    if not is_tidying_due():
        return
    memory, now = resolve_cache_part(TIDIED), time.time()
    with contextlib.suppress(OSError):
        expired = [each for each in list_separate() if find_reason(each, now)]
        known, taken = read_records(memory), 0
        for separate in expired:
            if taken < MOST_AT_ONCE and separate.name in known:
                taken += _try_to_take_away(separate)
        if delete_gone(BUDGET) and taken < MOST_AT_ONCE:
            write_records(memory, [each.name for each in expired])


def _try_to_take_away(separate: Separate) -> bool:
    try:
        return take_away(separate, waits=False).is_had
    except OSError:
        return False
