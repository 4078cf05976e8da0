"""xrun's own folders: can they be written and locked, are they near, is there room."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from xrun.ctl.doctor.diagnosis import mend, note
from xrun.environment.space import MOST_COPIED, find_device, measure
from xrun.proxy import uv
from xrun.proxy.files import NOWHERE, resolve_cache_folder
from xrun.proxy.run_lock import be_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene

LEAST_FREE = 2**28  # bytes: less is soon used up


def find_state_folder() -> Path:
    """Find xrun's state folder, which has the attic and the journal."""
    return platformdirs.user_state_path("xrun", appauthor=False)


def check_home(_: Scene) -> Iterator[Diagnosis]:
    """Check that a home folder is known: caches, policies and the attic lie in it."""
    home = os.path.expanduser("~")  # noqa: PTH111 - does not raise
    if not os.path.isabs(home):  # noqa: PTH117 - a str
        yield mend(
            "no home folder is known: HOME is not set, and the system knows none of this user",
            "Nothing can be remembered, so each run is compared anew; no user's policy is found.",
            "`export HOME=FOLDER`",
        )


def check_cache_folder(_: Scene) -> Iterator[Diagnosis]:
    """Check that xrun can write what it remembers, its gates and separate environments."""
    why = (
        "Nothing is remembered, so each run is compared anew, nothing keeps two changes apart, and "
        "there are no separate environments."
    )
    folder = resolve_cache_folder()
    if folder != NOWHERE:  # else there is no home folder, which is told
        yield from _check_folder(Path(folder), "cache", "XDG_CACHE_HOME", why)


def check_state_folder(_: Scene) -> Iterator[Diagnosis]:
    """Check that xrun can write the attic and the journal."""
    why = "What is removed is put away in the environment instead, and goes with it."
    yield from _check_folder(find_state_folder(), "state", "XDG_STATE_HOME", why)


def _check_folder(folder: Path, kind: str, variable: str, why: str) -> Iterator[Diagnosis]:
    """Check one of xrun's folders, and those right in it: who may write, whose they are."""
    there = find_nearest(folder)
    within = [path for path in _list(folder) if path.is_dir()]
    closed = [path for path in (there, *within) if not os.access(path, os.W_OK | os.X_OK)]
    foreign = [path for path in (folder, *within) if _is_foreign(path)]
    chown = f'`sudo chown -R "$(id -un)" {shlex.quote(str(folder))}`'
    if closed:
        cure = chown if foreign else f"set {variable} to a folder that can be written"
        told = f"xrun's {kind} folder cannot be written: {closed[0]}{_render_owner(closed[0])}"
        yield mend(told, why, cure)
    elif foreign:
        yield note(
            f"xrun's {kind} folder is another user's: {foreign[0]}{_render_owner(foreign[0])}",
            "What is written there now, that user may not change later.",
            chown if os.getuid() else f"set {variable}, or use `sudo -H`",
        )


def find_nearest(path: Path) -> Path:
    """Find the nearest folder that is there: where a path would be made."""
    return next((each for each in (path, *path.parents) if os.path.isdir(each)), path)  # noqa: PTH112


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_foreign(path: Path) -> bool:
    try:
        return sys.platform != "win32" and path.stat().st_uid != os.getuid()
    except OSError:
        return False


def _render_owner(path: Path) -> str:
    try:
        return f" (of {path.owner()})"
    except (KeyError, OSError, NotImplementedError):
        return ""


def check_file_systems(scene: Scene) -> Iterator[Diagnosis]:
    """Check that files can be linked where they would be: separate environments, the attic."""
    environment = scene.environment
    size = measure(environment.folder) if environment else 0
    yield from _check_cache_of_uv(scene, size)
    state = find_state_folder()
    if environment and environment.exists and not _are_near(environment.folder, state):
        yield note(
            f"{environment.name} is on another file system than xrun's state folder ({state})",
            f"What is removed is put away in {environment.name} itself, and goes with it.",
            "XDG_STATE_HOME can put the state folder on that file system",
        )


def _check_cache_of_uv(scene: Scene, size: int) -> Iterator[Diagnosis]:
    if not scene.facts.uv or scene.obstacle:
        return
    own = Path(resolve_cache_folder())
    cache = uv.ask_uv(scene.facts.uv, ["cache", "dir"]).stdout.strip()
    if not cache or _are_near(Path(cache), own):
        return
    much = f"; this project's has {size >> 20} MB" if size >> 20 else ""
    is_refused = size > MOST_COPIED
    made = "are refused" if is_refused else "are copied, not linked"
    make = mend if is_refused else note
    yield make(
        f"uv's cache ({cache}) is on another file system than xrun's ({own})",
        f"Separate environments {made}{much}.",
        "UV_CACHE_DIR or XDG_CACHE_HOME puts them on one",
    )


def _are_near(path: Path, other: Path) -> bool:
    devices = find_device(path), find_device(other)
    return devices[0] == devices[1] or -1 in devices


def check_space(scene: Scene) -> Iterator[Diagnosis]:
    """Check that there is room for what is put away, and for separate environments."""
    folders = [find_state_folder(), Path(resolve_cache_folder())]
    folders += [scene.environment.folder] if scene.environment else []
    for folder in {find_device(folder): folder for folder in reversed(folders)}.values():
        free = shutil.disk_usage(find_nearest(folder)).free
        if free < LEAST_FREE:
            yield mend(
                f"{free >> 20} MB are free where {folder} is",
                "What cannot be put away is not removed, and runs are not exact.",
                "`uv cache prune`, `xrunctl env prune`",
            )


def check_locks(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the file system of the environment has the locks that say who is in it."""
    environment = scene.environment
    if environment is None or not os.access(environment.folder, os.R_OK):
        return
    alone = be_alone(str(environment.folder), 0)
    alone.release()
    if not alone.is_possible:
        yield mend(
            f"{environment.folder} cannot be locked, as on some network file systems",
            "Nobody knows who is in it, so nothing is removed from it or replaced.",
            "UV_PROJECT_ENVIRONMENT puts it on a local disk; so does "
            '`mode = "separate"`, in xrun\'s cache folder',
        )
