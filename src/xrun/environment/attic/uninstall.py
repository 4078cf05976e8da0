"""Remove by name: where something is kept, no option of uv removes the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xrun.environment.attic.files import (
    guess_files,
    is_left_to_uv,
    list_files,
    list_old_files,
    remove_files,
)
from xrun.proxy.uv import ask_uv

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from xrun.environment import Environment

# Where it does so, which `uv run` does not say.
ENVIRONMENT = r"Using (Python|PyPy|CPython) \S+ environment at: "
# Variables that name another interpreter or another file of settings.
ELSEWHERE = frozenset({"UV_CONFIG_FILE", "UV_PYTHON", "UV_SYSTEM_PYTHON"})


def prune(
    uv: str, environment: Environment, names: Sequence[str], environ: Mapping[str, str]
) -> tuple[int, list[str]]:
    """Uninstall distributions by name, and nothing else: by uv, where that is what it would do.

    Args:
        uv: The program.
        environment: Where they are installed.
        names: Normalised; at least one.
        environ: The variables that uv gets, but for those that would send it elsewhere.

    Returns:
        uv's status, and the lines that it said where it failed.
    """
    taken = remove_odd(environment, names)
    names = [name for name in names if name not in taken]
    if not names:
        return 0, []
    # --no-config: a `[tool.uv.pip]` target would turn it to another folder (seen on uv 0.13.9).
    where = ["--no-config", "--python", str(environment.folder)]
    chosen = {name: value for name, value in environ.items() if name not in ELSEWHERE}
    args = ["pip", "uninstall", *where, "--", *names]
    done = ask_uv(uv, args, chosen, is_change=True)
    said = done.stderr.splitlines() if done.returncode != 0 else []
    return done.returncode, [line for line in said if not re.search(ENVIRONMENT, line)]


def remove_odd(environment: Environment, names: Collection[str]) -> frozenset[str]:
    """Remove the files of distributions that uv would remove otherwise than it should.

    Args:
        environment: Where they are installed; they have been put away.
        names: Normalised; all others of them are left alone.

    Returns:
        The names of what was removed.
    """
    old = environment.old_forms.keys() & {*names}
    for each in map(environment.old_forms.__getitem__, old):
        files = list_old_files(environment, each)
        remove_files(environment, [str(environment.folder / file) for file in files])
    chosen = [each for each in environment.every_distribution if each.name in names]
    odd = find_odd(environment, names)
    own = [each for each in chosen if each.name in odd or not each.has_record]
    for each in own:
        files = list_files(environment, each) or guess_files(environment, each)
        remove_files(environment, [str(environment.folder / file) for file in files])
    taken = old | {each.name for each in own}
    return frozenset(taken) - {each.name for each in chosen if each not in own}


def find_odd(environment: Environment, names: Collection[str]) -> frozenset[str]:
    """Find which of these distributions uv would remove otherwise than it should."""
    chosen = (each for each in environment.every_distribution if each.name in names)
    return frozenset(each.name for each in chosen if not is_left_to_uv(environment, each))
