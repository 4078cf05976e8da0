"""Whether uv refuses a command line before it does a thing: then xrun does nothing either."""

from __future__ import annotations

import os
import re

from xrun.errors import UvFailedError
from xrun.proxy import uv
from xrun.proxy.options import FLAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xrun.proxy.command_line import Invocation

# Flags that uv does not take beside each other.
CONFLICTS = (
    {"--quiet", "--verbose"},
    {"--module", "--script"},
    {"--module", "--gui-script"},
    {"--script", "--gui-script"},
)

# The options with a value that uv refuses twice, also with the same value (uv 0.13.9).
SINGLE = frozenset(
    (
        *("--cache-dir", "--color", "--config-file", "--default-index", "--directory"),
        *("--exclude-newer", "--fork-strategy", "--index-strategy", "--index-url"),
        *("--keyring-provider", "--link-mode", "--max-recursion-depth", "--package"),
        *("--prerelease", "--project", "--python", "--python-fetch", "--python-platform"),
        *("--python-preference", "--resolution"),
    )
)

# The flags that may stand more than once.
MANY = frozenset({"--quiet", "--verbose"})

# What puts distributions, and so programs, before those of the environment.
WITH = ("--with", "--with-editable", "--with-requirements")
# What the dry run is not given, because only `uv run` takes it or its answer would be another.
OWN_OPTIONS = ("--color", "--env-file", "--max-recursion-depth", *WITH)
# What `uv sync` took earlier than `uv run` (seen on uv 0.7.22 and 0.8.6): only the run is refused.
LATER_OPTIONS = ("--python-platform",)
OWN_VARIABLES = ("UV_ENV_FILE", "UV_RUN_MAX_RECURSION_DEPTH")
OWN_SWITCHES = ("UV_ISOLATED", "UV_NO_ENV_FILE", "UV_NO_PROJECT", "UV_NO_SYNC")
MOST_DEPTH = 100  # of runs within runs, where no option says otherwise

# No interpreter: uv looks for one when it has taken the line, and before it does a thing (measured
# on uv 0.5.31 to 0.13.9). With `--no-sync` it goes on, so there is no program either.
NOWHERE = "/xrun-asks/python"


def is_misused(invocation: Invocation) -> bool:
    """Whether options are unknown, twice there, with a wrong value, or exclude each other."""
    once = FLAGS - MANY | SINGLE
    names = [name for name, _ in invocation.typed if name in once]
    is_twice = len({*names}) < len(names)
    is_conflict = any(pair <= invocation.names for pair in CONFLICTS)
    return is_twice or is_conflict or bool(invocation.unknown)


def may_be_refused(invocation: Invocation, environ: Mapping[str, str]) -> bool:
    """Whether uv may refuse a line for something that its `sync` would not refuse."""
    depth = environ.get("UV_RUN_RECURSION_DEPTH", "0")
    is_deep = not (depth.isdecimal() and int(depth) <= MOST_DEPTH)
    is_unclear = any(environ.get(name, "0") not in {"0", "1"} for name in OWN_SWITCHES)
    has_own = invocation.has(*OWN_OPTIONS, *LATER_OPTIONS)
    has_own = has_own or not environ.keys().isdisjoint(OWN_VARIABLES)
    words = [*invocation.options, invocation.command[0]]
    is_known = words[-1] != "-" and all(map(_is_text, words))
    return has_own or is_deep or is_unclear or not is_known


def find_refusal(
    invocation: Invocation, program: str, injected: Iterable[str] = ()
) -> UvFailedError | None:
    """Ask uv whether it refuses a line; nothing is run or changed.

    Args:
        invocation: What was typed, with a command.
        program: The program of uv.
        injected: What stands before it.

    Returns:
        With uv's words as its message; `None` where uv takes it.
    """
    target = invocation.command[0]
    kept = target if target == "-" or not _is_text(target) else NOWHERE
    is_mute = invocation.counts("--quiet") > 1
    left_out = frozenset({"--python", *(["--quiet"] if is_mute else [])})
    options = invocation.options
    if invocation.has(*left_out):
        options = tuple(invocation.render_options(left_out))
    done = uv.ask_uv(program, ["run", f"--python={NOWHERE}", *injected, *options, kept])
    if done.returncode <= 0 or NOWHERE in done.stderr:
        return None
    error = UvFailedError(done.stderr)
    error.is_usage = True
    return error


def lacks_files(invocation: Invocation, folder: Path) -> bool:
    """Whether a file or folder of `--with…` is missing, which uv says only when it has synced.

    Or a script cannot be read, which uv says before, and its `sync` does not.

    What is no path, or one that uv would expand, is left to uv.

    Args:
        invocation: What was typed.
        folder: The folder that the run is in.
    """
    values = {name: _divide(invocation.values(name)) for name in WITH}
    paths = [each for each in values["--with-requirements"] if each != "-" and "://" not in each]
    paths += filter(None, map(_find_path, values["--with-editable"]))
    paths += [path for each in values["--with"] if "/" in (path := _find_path(each))]
    is_whole = all(os.path.exists(folder / path) for path in paths)  # noqa: PTH110 - no error
    return not is_whole or _is_unreadable(invocation, folder)


def _is_unreadable(invocation: Invocation, folder: Path) -> bool:
    """Whether the program is a script that cannot be read: a folder, or another user's file."""
    program, is_named = folder / invocation.command[0], invocation.has("--script")
    if os.path.isdir(program):  # noqa: PTH112 - no error
        return is_named
    is_script = is_named or program.suffix == ".py"
    return is_script and os.path.isfile(program) and not os.access(program, os.R_OK)  # noqa: PTH113


def _divide(values: Iterable[str]) -> list[str]:
    """Divide what was typed at commas, but for those between the names of extras."""
    return [part.strip() for value in values for part in re.split(r",(?![^\[]*\])", value)]


def _find_path(requirement: str) -> str:
    """Find the path that a requirement is, or is at (`name @ ./path`); empty where it is none."""
    place = re.sub(r"^[\w.-]+(\[[^]]*\])?\s*@\s*", "", requirement.partition(";")[0]).strip()
    path = re.sub(r"\[[^]]*\]$", "", place.removeprefix("file://"))
    return "" if re.search(r"[$%#~<>=!]|:", path) or place in {"", "-"} else path


def _is_text(word: str) -> bool:
    """Whether a word is UTF-8, as uv wants it."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
