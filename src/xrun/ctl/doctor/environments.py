"""The project's environment and the separate ones: are they whole, and who is in them."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from xrun.ctl.doctor.diagnosis import mend, note
from xrun.drift.kept import find_named
from xrun.environment.change_lock import Gate
from xrun.environment.damage import find_broken
from xrun.environment.marker import was_interrupted
from xrun.environment.processes import list_commands
from xrun.environment.separate import find_folder, is_ours, list_separate
from xrun.words import render_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene
    from xrun.environment import Environment
    from xrun.policy.keep import Keep

AGAIN = "the next run makes it anew"


def check_environment(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the environment is a virtual one, with its Python, and can be changed."""
    environment = scene.environment
    if environment is None or not environment.exists:
        return
    name, folder = environment.name, environment.folder
    if not _is_open(folder):
        yield mend(
            f"{name} may not be looked into",
            "Nothing can be run.",
            f'`sudo chown -R "$(id -un)" {shlex.quote(str(folder))}`, or delete it, and {AGAIN}',
        )
    elif environment.is_damaged:
        yield mend(
            f"{name} is damaged: it has no pyvenv.cfg",
            "uv would change the Python behind it instead, so xrun runs nothing.",
            _advise_anew(environment, scene.plan.keep) or f"delete {folder}, and {AGAIN}",
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
    away = _advise_anew(environment, keep)
    if not away:
        why = "At the next run uv makes the environment anew, with what is declared."
        return note(what, why, f"{back}, or do nothing: {AGAIN}")
    return mend(
        what, "Nothing is run: anew it would be made without what is kept.", f"{back}, or {away}"
    )


def _advise_anew(environment: Environment, keep: Sequence[Keep]) -> str:
    """Advise how to come to a new environment where something is kept; empty if nothing is."""
    kept = sorted(find_named(environment, keep))
    into = f"install what is kept into the new one: {render_names(kept)}"
    return f"move {environment.name} away, and {into}" if kept else ""


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def check_killed(scene: Scene) -> Iterator[Diagnosis]:
    """Check that no step of xrun's was killed while it changed the environment."""
    environment = scene.environment
    if environment is None or not was_interrupted(environment) or _is_held(environment.folder):
        return
    yield mend(
        f"a step that changed {environment.name} was killed",
        "What it left half installed counts as installed; `uv run` never repairs it.",
        "`xrunctl sync`; the next run of xrun does it too",
    )


def _is_held(folder: Path) -> bool:
    """Whether an xrun is deciding about an environment or changing it just now."""
    gate = Gate(folder)
    is_free = gate.try_to_take()
    gate.release()
    return not is_free


def check_distributions(scene: Scene) -> Iterator[Diagnosis]:
    """Check that what is installed has all of its files."""
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


def check_commands(scene: Scene) -> Iterator[Diagnosis]:
    """Say which commands run in the environment."""
    environment = scene.environment
    commands = list_commands(environment.folder) if environment else ()
    if environment and commands:
        told = render_names([each.render() for each in commands], most=3)
        yield note(
            f"{environment.name} is in use by {told}",
            "Until that ends, nothing is removed or replaced: runs that would go elsewhere, or "
            "are not exact.",
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
            "A run that was as last time may still use it.",
            f"`xrunctl env remove {' '.join(names)}`; {AGAIN}",
        )
    foreign = [path.name for path in _list_folders() if path.is_dir() and not is_ours(path)]
    if foreign:
        yield note(
            f"separate environments of another user: {render_names(foreign)}",
            "`xrunctl env` neither lists nor removes them.",
            f'`sudo chown -R "$(id -un)" {shlex.quote(str(find_folder()))}`, or delete them',
        )


def _list_folders() -> list[Path]:
    folder = find_folder()
    return sorted(folder.iterdir()) if folder.is_dir() else []
