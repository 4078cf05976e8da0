"""uv's variables and versions: since when each is read, and since when uv can do what xrun needs.

Each boundary was measured on the two adjacent releases.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from xrun.project.workspace import PYPROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.proxy.command_line import Invocation

Version = tuple[int, ...]

# The first uv that can.
HAS_EXACT: Version = (0, 5, 14)
HAS_ACTIVE: Version = (0, 5, 29)
HAS_DRY_RUN: Version = (0, 5, 30)
TAKES_LOCK: Version = (0, 6, 15)  # `--frozen` and `--locked` beside `--dry-run`
CLEANS_SCRIPTS: Version = (0, 6, 17)
HAS_JSON: Version = (0, 7, 21)
# `uv run PATH` of a Python file, folder or zip file looks for the project from beside it.
BESIDE_PROGRAM: Version = (0, 12, 0)
# `uv run --frozen` refuses a script without a lock file; the variables are ignored, as the options
# were before. `uv sync` has refused all of these since it takes scripts.
WANTS_SCRIPT_LOCK: Version = (0, 11, 4)
# `uv sync --frozen --package NAME` goes by the member's default groups in the lock file; `uv run`
# by those in `pyproject.toml`, as both did before.
LOCKS_DEFAULT_GROUPS: Version = (0, 12, 22)

# Since when uv reads a variable: an older one passes it by, and so must xrun.
READ_SINCE: Mapping[str, Version] = {
    "UV_DEV": (0, 8, 7),
    "UV_ISOLATED": (0, 8, 14),
    "UV_NO_DEFAULT_GROUPS": (0, 9, 9),
    "UV_NO_DEV": (0, 8, 7),
    "UV_NO_GROUP": (0, 9, 8),
    "UV_NO_PROJECT": (0, 11, 8),
    "UV_PROJECT": (0, 6, 11),
    "UV_WORKING_DIR": (0, 9, 14),
    "UV_WORKING_DIRECTORY": (0, 9, 1),
}
IGNORES_NO_SYNC: Version = (0, 9, 23)  # this release alone passes UV_NO_SYNC by

# How `uv run` starts a command: from this release to that one, the name of the Python in the
# environment, and what it sets besides PATH and VIRTUAL_ENV. Measured on Linux, on both sides of
# each limit and on 0.6.17, 0.7.22, 0.8.24, 0.9.18, 0.9.30, 0.10.12, 0.11.33 and 0.12.24.
STARTS: tuple[tuple[Version, Version, str], ...] = (
    ((0, 5, 30), (0, 5, 30), "python3 -"),
    ((0, 5, 31), (0, 5, 31), "python3 DEPTH"),
    ((0, 6, 0), (0, 11, 33), "python3 UV,DEPTH"),
    ((0, 12, 0), (0, 12, 13), "python3 UV,DEPTH,NOFILE"),
    ((0, 12, 14), (0, 13, 9), "python UV,DEPTH,NOFILE"),
)

# What says whether uv colours.
COLOURS = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR")

TRUE_WORDS = frozenset({"1", "y", "yes", "t", "true", "on"})


def is_true(environ: Mapping[str, str], variable: str) -> bool:
    """Whether uv takes a variable as true; what it does not understand is uv's to tell."""
    return environ.get(variable, "").strip().lower() in TRUE_WORDS


def decide_colour(environ: Mapping[str, str], *, is_terminal: bool, typed: str = "") -> bool:
    """Whether uv colours what it says (measured on 0.13.9, each value of each of these).

    Args:
        environ: The variables; an empty one is as good as none, but for CLICOLOR.
        is_terminal: Whether it says it on a terminal.
        typed: What was typed for `--color`.
    """
    if typed in {"always", "never"}:
        return typed == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE") or (environ.get("FORCE_COLOR") and typed != "auto"):
        return True
    if environ.get("CLICOLOR") == "0" or not is_terminal:
        return False
    unset = "" if sys.platform == "win32" else "dumb"
    return environ.get("TERM", unset) != "dumb" or "CLICOLOR" in environ or "CI" in environ


def find_typed_colour(invocation: Invocation) -> str:
    """Find what was typed for `--color`; empty where nothing was."""
    typed = invocation.last("--color") or ""
    return "never" if invocation.has("--no-color") else typed


def set_colour(
    environ: Mapping[str, str], *, has_colour: bool, is_terminal: bool = False
) -> dict[str, str]:
    """Set whether uv colours what it says, where it would decide otherwise.

    Args:
        environ: The variables.
        has_colour: Whether it is to colour.
        is_terminal: Whether it says it on a terminal; it does not where it is captured.
    """
    if decide_colour(environ, is_terminal=is_terminal) == has_colour:
        return dict(environ)
    others = {name: value for name, value in environ.items() if name not in COLOURS}
    return {**others, "CLICOLOR_FORCE" if has_colour else "NO_COLOR": "1"}


def select_read(environ: Mapping[str, str], version: Version) -> dict[str, str]:
    """Select the variables that a uv of this version reads."""
    if not version:
        return dict(environ)
    late = {name for name, since in READ_SINCE.items() if version < since}
    late |= {"UV_NO_SYNC"} if version == IGNORES_NO_SYNC else set()
    return {name: value for name, value in environ.items() if name not in late}


def resolve_folder(environ: Mapping[str, str], typed: str | None = None) -> Path:
    """Resolve the folder that uv changes to before anything else.

    Args:
        environ: The variables that this uv reads.
        typed: What was typed for `--directory`.

    Raises:
        OSError: The current folder is gone.
    """
    change = typed or environ.get("UV_WORKING_DIR") or environ.get("UV_WORKING_DIRECTORY")
    return Path(os.path.realpath(change)) if change else Path.cwd()


def resolve_named_project(
    environ: Mapping[str, str], folder: Path, typed: str | None = None
) -> Path | None:
    """Resolve the folder that `--project` or its variable names; `None` where neither does.

    Args:
        environ: The variables that this uv reads.
        folder: The folder that uv has changed to.
        typed: What was typed for `--project`.
    """
    named = typed or environ.get("UV_PROJECT")
    if not named:
        return None
    start = Path(os.path.normpath(folder / named))
    return start.parent if start.name == PYPROJECT else start


def render_version(version: Version) -> str:
    """Render release numbers, of uv say: `0.13.9`; empty where they are not known."""
    return ".".join(map(str, version))
