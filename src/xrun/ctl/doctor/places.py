"""Checks of folders: xrun's own, the project's environment, the separate ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from xrun.ctl.doctor.scene import mend, note
from xrun.drift.kept import find_named
from xrun.environment.change_lock import ChangeLock
from xrun.environment.damage import find_broken
from xrun.environment.marker import was_interrupted
from xrun.environment.scripts import find_misplaced
from xrun.environment.separate import find_folder, is_ours, list_separate
from xrun.environment.space import MOST_COPIED, find_device, measure
from xrun.project.spelling import list_folder
from xrun.project.user_folders import find_owner, resolve_state_folder
from xrun.proxy import uv
from xrun.proxy.files import (
    NOWHERE,
    is_own,
    is_private,
    resolve_cache_folder,
    resolve_usual_cache_folder,
)
from xrun.proxy.locks import be_alone
from xrun.report.notices import render_chown
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.ctl.doctor.scene import Diagnosis, Scene
    from xrun.environment.environment import Environment
    from xrun.policy.keep import Keep

LEAST_FREE = 2**28  # bytes: less is soon used up
AGAIN = "the next run rebuilds it"


def check_home(_: Scene) -> Iterator[Diagnosis]:
    """Check that a home folder is known: caches, policies and the attic lie in it."""
    home = os.path.expanduser("~")  # noqa: PTH111 - does not raise
    if not os.path.isabs(home):  # noqa: PTH117 - a str
        yield mend(
            "no home folder is known: HOME is not set, and the system knows none of this user",
            "Nothing can be remembered, so each run is compared; no user's policy is found.",
            "`export HOME=FOLDER`",
        )


def check_cache_folder(_: Scene) -> Iterator[Diagnosis]:
    """Check that xrun can write what it remembers, its locks and separate environments."""
    why = (
        "Nothing is remembered, so each run is compared, nothing keeps two changes apart, and "
        "there are no separate environments."
    )
    yield from _check_folder(Path(resolve_usual_cache_folder()), "cache", why)


def check_state_folder(_: Scene) -> Iterator[Diagnosis]:
    """Check that xrun can write the attic and the journal."""
    why = "What is removed is backed up in the environment instead, and goes with it."
    yield from _check_folder(resolve_state_folder(), "state", why)


def _check_folder(folder: Path, kind: str, why: str) -> Iterator[Diagnosis]:
    """Check one of xrun's folders, and those right in it: who may write, whose they are."""
    if str(folder) == NOWHERE:  # there is no home folder, which is reported
        return
    try:
        within = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    except OSError:
        within = []
    foreign = [path for path in (folder, *within) if _is_foreign(path)]
    closed = [
        path
        for path in (find_nearest(folder), *within)
        if path not in foreign and not os.access(path, os.W_OK | os.X_OK)
    ]
    variable = f"XDG_{kind.upper()}_HOME"
    if closed:
        cure = f"set {variable} to a folder that can be written"
        cure = _render_chown(closed[0]) if _is_foreign(closed[0]) else cure
        message = f"xrun's {kind} folder cannot be written: {closed[0]}{_render_owner(closed[0])}"
        yield mend(message, why, cure)
    elif foreign:
        yield note(
            f"xrun's {kind} folder is another user's: {foreign[0]}{_render_owner(foreign[0])}",
            "Nothing in it is believed, and another is used beside it.",
            _render_chown(foreign[0]) if os.geteuid() else f"set {variable}, or use `sudo -H`",
        )
    elif folder.exists() and not is_private(folder.stat()):
        yield note(
            f"others can write to xrun's {kind} folder, on a file system without modes: {folder}",
            "Nothing in it is believed.",
            f"{variable} can put it on another one",
        )


def find_nearest(path: Path) -> Path:
    """Find the nearest folder that is there: where a path would be made."""
    return next((each for each in (path, *path.parents) if os.path.isdir(each)), path)  # noqa: PTH112


def _is_foreign(path: Path) -> bool:
    return os.path.lexists(path) and not is_own(path)


def _render_owner(path: Path) -> str:
    owner = find_owner(path)
    return f" (of {owner})" if owner else ""


def check_file_systems(scene: Scene) -> Iterator[Diagnosis]:
    """Check that files can be linked where they would be: separate environments, the attic."""
    environment, state = scene.environment, resolve_state_folder()
    size = measure(environment.folder) if environment else 0
    own, cache = Path(resolve_cache_folder()), ""
    if scene.facts.uv and not scene.obstacle:
        cache = uv.ask_uv(scene.facts.uv, ["cache", "dir"]).stdout.strip()
    if cache and not _are_near(Path(cache), own):
        much = f"; this project's has {size >> 20} MB" if size >> 20 else ""
        is_refused = size > MOST_COPIED
        made = "are refused" if is_refused else "are copied, not linked"
        yield (mend if is_refused else note)(
            f"uv's cache ({cache}) is on another file system than xrun's ({own})",
            f"Separate environments {made}{much}.",
            "UV_CACHE_DIR or XDG_CACHE_HOME puts them on one",
        )
    if environment and environment.exists and not _are_near(environment.folder, state):
        yield note(
            f"{environment.name} is on another file system than xrun's state folder ({state})",
            f"What is removed is backed up in {environment.name} itself, and goes with it.",
            "XDG_STATE_HOME can put the state folder on that file system",
        )


def _are_near(path: Path, other: Path) -> bool:
    devices = find_device(path), find_device(other)
    return devices[0] == devices[1] or -1 in devices


def check_space(scene: Scene) -> Iterator[Diagnosis]:
    """Check that there is room for what is put away, and for separate environments."""
    folders = [resolve_state_folder(), Path(resolve_cache_folder())]
    folders += [scene.environment.folder] if scene.environment else []
    for folder in {find_device(folder): folder for folder in reversed(folders)}.values():
        free = shutil.disk_usage(find_nearest(folder)).free
        if free < LEAST_FREE:
            yield mend(
                f"{free >> 20} MB are free where {folder} is",
                "What cannot be backed up is not removed, and runs are not exact.",
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
            "Its users are unknown, so nothing is removed from it or replaced.",
            "UV_PROJECT_ENVIRONMENT puts it on a local disk; so does "
            '`mode = "separate"`, in xrun\'s cache folder',
        )


def check_environment(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the environment is a virtual one, with its Python, and can be changed."""
    environment = scene.environment
    if environment is None or not (environment.exists or environment.dangling):
        return
    name, folder = environment.name, environment.folder
    if environment.dangling:
        yield mend(
            f"{name} is a link to {environment.dangling}, which is missing",
            "uv can neither use nor make it, so nothing can be run.",
            f"bring that back, or delete {folder}, and {AGAIN}",
        )
    elif os.path.isfile(folder):  # noqa: PTH113 - Path.is_file raises where it may not look
        yield mend(
            f"{name} is a file, which leads to no environment",
            "uv refuses it, and nothing can be run.",
            f"delete {folder}, and {AGAIN}",
        )
    elif not _is_open(folder):
        yield mend(
            f"{name} cannot be read",
            "Nothing can be run.",
            f"{_render_chown(folder)}, or delete it, and {AGAIN}",
        )
    elif environment.is_damaged:
        yield mend(
            f"{name} is damaged: it has no pyvenv.cfg",
            "uv would change the Python behind it instead, so xrun runs nothing.",
            _advise_new(environment, scene.plan.keep) or f"delete {folder}, and {AGAIN}",
        )
    elif environment.is_base:
        yield note(
            f"{folder} is a whole Python, not a virtual environment",
            "A run that would remove or replace something in it is not run.",
            "UV_PROJECT_ENVIRONMENT may name another",
        )
    elif not environment.is_virtual:
        yield mend(
            f"{folder} is not a virtual environment: it has no pyvenv.cfg",
            "uv refuses it, and nothing can be run.",
            f"move it away, and {AGAIN}",
        )
    elif not environment.interpreter.exists():
        yield _find_no_python(environment, scene.plan.keep)
    elif not environment.is_writable:
        yield note(
            f"{name} cannot be written",
            "Nothing can be removed: runs are not exact, and report what differs.",
            f'give yourself {folder}, or set `mode = "separate"`',
        )


def _find_no_python(environment: Environment, keep: Sequence[Keep]) -> Diagnosis:
    """Tell of an environment whose Python is gone: who keeps something in it has to act."""
    what = f"the Python of {environment.name} is gone: {os.path.realpath(environment.interpreter)}"
    back = "install that Python again (`uv python install`)"
    away = _advise_new(environment, keep)
    if away:
        why = "Nothing is run: a rebuild would lose what is kept."
        return mend(what, why, f"{back}, or {away}")
    why = "At the next run uv rebuilds the environment, with what is declared."
    return note(what, why, f"{back}, or do nothing: {AGAIN}")


def _advise_new(environment: Environment, keep: Sequence[Keep]) -> str:
    """Advise how to come to a new environment where something is kept; empty if nothing is."""
    kept = render_names(sorted(find_named(environment, keep)))
    into = f"install what is kept into the new one: {kept}"
    return f"move {environment.name} away, and {into}" if kept else ""


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def _render_chown(folder: Path) -> str:
    return f"`{render_chown(folder)}`"


def check_killed(scene: Scene) -> Iterator[Diagnosis]:
    """Check that no step of xrun's was killed while it changed the environment."""
    environment = scene.environment
    if environment and was_interrupted(environment) and not _is_held(environment.folder):
        yield mend(
            f"a step that changed {environment.name} was killed",
            "What it left half installed counts as installed; `uv run` never repairs it.",
            "`xrunctl sync`; the next run of xrun does it too",
        )


def _is_held(folder: Path) -> bool:
    """Whether an xrun is deciding about an environment or changing it just now."""
    lock = ChangeLock(folder)
    is_free = lock.try_to_take()
    lock.release()
    return not is_free


def check_distributions(scene: Scene) -> Iterator[Diagnosis]:
    """Check that what is installed has all of its files, and its scripts run here."""
    environment = scene.environment
    if environment is None or not _is_open(environment.folder) or not environment.is_virtual:
        return
    broken = find_broken(environment, only_listed=True)
    if broken:
        options = " ".join(f"--reinstall-package {name}" for name in broken)
        verb = "lacks" if len(broken) == 1 else "lack"
        yield mend(
            f"{render_names(broken)} in {environment.name} {verb} files that RECORD lists",
            "uv takes that for installed, and never repairs it.",
            f"`xrun {options} python -V`",
        )
    moved = list(dict.fromkeys(each.owner for each in find_misplaced(environment)))
    if moved:
        yield mend(
            f"scripts of {render_names(moved)} in {environment.name} run in another environment",
            "It was moved or copied: under `uv run` they run there, or others further on PATH do.",
            "`xrunctl sync`; the next exact run does it too",
        )


def check_separate(_: Scene) -> Iterator[Diagnosis]:
    """Check that the separate environments are whole, and this user's own."""
    names = [
        each.name
        for each in list_separate()
        if not each.is_whole and not _is_held(each.environment.folder)
    ]
    if names:
        what = "a separate environment was" if len(names) == 1 else "separate environments were"
        yield mend(
            f"{what} left half made: {render_names(names)}",
            "A run that was recognised as unchanged may still use it.",
            f"`xrunctl env remove {' '.join(names)}`; {AGAIN}",
        )
    folder = find_folder()
    paths = [folder / name for name in sorted(list_folder(folder))]
    foreign = [path.name for path in paths if path.is_dir() and not is_ours(path)]
    if foreign:
        yield note(
            f"separate environments of another user: {render_names(foreign)}",
            "`xrunctl env` neither lists nor removes them.",
            f"{_render_chown(folder)}, or delete them",
        )
