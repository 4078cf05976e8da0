"""Separate environments: xrun's own, one for each workspace, Python and selection.

They lie in the cache folder and are used by `VIRTUAL_ENV` and `--active` (uv 0.5.29 and newer),
never by `UV_PROJECT_ENVIRONMENT`, which would leak into uv commands that the command starts. They
are changed only in a step of xrun's own.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from xrun.environment.environment import Environment
from xrun.environment.marker import was_interrupted
from xrun.errors import XrunError, render_cause
from xrun.project.spelling import list_folder
from xrun.proxy.dataclass import dataclass
from xrun.proxy.files import (
    SEPARATE,
    Private,
    is_own,
    read_records,
    resolve_cache_part,
    resolve_name,
    write_records,
)
from xrun.words import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "a separate environment"
TIDIED = "tidied"  # the file that is written when those that expired were looked for


@dataclass(frozen=True)
class Separate:
    """A separate environment, there or yet to be made.

    Attributes:
        folder: Holds the environment, and what it is for.
    """

    folder: Path

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return self.folder.name

    @property
    def environment(self) -> Environment:
        """The environment itself."""
        return Environment(self.folder / "environment", NAME)

    @property
    def about(self) -> Path:
        """The file that says what it is for; touched at each use."""
        return self.folder / "about"

    @property
    def is_whole(self) -> bool:
        """Whether it can be used as it is, or is yet to be made; its change lock is held."""
        environment = self.environment
        return not (was_interrupted(environment) if is_sound(environment) else environment.exists)

    def touch(self) -> None:
        """Note that it is used."""
        with contextlib.suppress(OSError):
            os.utime(self.about)

    @property
    def used_at(self) -> float:
        """When it was used last, in seconds since the epoch."""
        for path in (self.about, self.folder):
            with contextlib.suppress(OSError):
                return path.stat().st_mtime
        return 0

    def read_purpose(self) -> Purpose | None:
        """Read what it is for; `None` where nothing says so."""
        records = read_records(str(self.about))
        is_read = bool(records) and os.path.isabs(records[0])  # noqa: PTH117 - a str
        return Purpose(Path(records[0]), tuple(records[1:])) if is_read else None


def is_sound(environment: Environment) -> bool:
    """Whether an environment with a Python is there."""
    return environment.is_virtual and environment.interpreter.exists()


@dataclass(frozen=True)
class Purpose:
    """What an environment is for: two runs of the same purpose use the same.

    Attributes:
        root: The root of the workspace.
        words: The members, the Python and the selection, as options; sorted.
    """

    root: Path
    words: tuple[str, ...]


def resolve_separate(purpose: Purpose, number: int = 0) -> Separate:
    """Resolve where the environment for a purpose is, there or not.

    Args:
        purpose: What it is for.
        number: Of another one for the same purpose, for while the first is in use.
    """
    key = "\0".join([str(purpose.root), *purpose.words, *([str(number)] if number else [])])
    title = re.sub(r"[^A-Za-z0-9_.-]+", "-", purpose.root.name).strip("-.") or "project"
    while True:
        separate = Separate(find_folder() / f"{title[:40]}-{resolve_name(key)}")
        if separate.read_purpose() in {None, purpose}:
            return separate
        key += "\0+"  # another purpose has the same name


def find_folder() -> Path:
    """Find the folder of all separate environments, there or not."""
    return Path(resolve_cache_part(SEPARATE))


def find_separate(environment: Path) -> Separate | None:
    """Find which separate environment a folder is, there or not; `None` for any other."""
    is_separate = environment.parent.parent == find_folder()
    return Separate(environment.parent) if is_separate else None


def is_tidying_due() -> bool:
    """Whether there may be some, and those that expired were not looked for within a day."""
    try:
        age = time.time() - os.stat(resolve_cache_part(TIDIED)).st_mtime  # noqa: PTH116 - a str
    except OSError:
        age = DAY
    # A clock may have been ahead; a closed folder is no error.
    return abs(age) >= DAY and os.path.isdir(find_folder())  # noqa: PTH112


def list_separate() -> Iterator[Separate]:
    """List the separate environments that are there; what is not xrun's or not ours is no such."""
    place = find_folder()
    for name in sorted(list_folder(place)):
        separate = Separate(place / name)
        parts = (separate.about, separate.environment.folder)
        if (
            not name.startswith(".")
            and is_ours(separate.folder)
            and any(map(os.path.lexists, parts))
        ):
            yield separate


def is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, that may be looked into and changed."""
    is_folder = os.path.isdir(folder) and not os.path.islink(folder)  # noqa: PTH112, PTH114 - no error
    return is_folder and is_own(folder) and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def find_foreign(separate: Separate) -> Path | None:
    """Find what of a separate environment is someone else's, as after `sudo` once; else `None`."""
    packages = separate.environment.site_packages if is_ours(separate.folder) else ()
    parts = (separate.folder, separate.environment.folder, *packages)
    return next((part for part in parts if os.path.lexists(part) and not is_ours(part)), None)


def make_folder(separate: Separate, purpose: Purpose) -> None:
    """Make the folder of one that is about to be changed; what is damaged goes; locked.

    Raises:
        XrunError: It is not ours to change, or there is no space.
    """
    if separate.folder.exists() and not is_ours(separate.folder):
        raise XrunError(
            f"not run: {separate.folder} belongs to someone else, as after `sudo xrun`",
            hint="give it to its user again, or delete it; `XRUN_MODE=exact` does without",
        )
    try:
        if separate.environment.exists and not is_sound(separate.environment):
            import shutil

            shutil.rmtree(separate.environment.folder)
        with Private():
            separate.folder.mkdir(parents=True, exist_ok=True)
        write_records(str(separate.about), [str(purpose.root), *purpose.words])
    except OSError as error:
        raise make_unmade(error) from error


def make_unmade(error: OSError) -> XrunError:
    """Make the error of one that cannot be made, or looked for, with the ways out."""
    return XrunError(
        f"not run: the separate environment cannot be made: {render_cause(error)}",
        hint="name a writable folder in XDG_CACHE_HOME; `XRUN_MODE=exact` runs it in the project's "
        "own",
    )
