"""The stamp: "unchanged", recognised with a few `stat` calls.

A stamp stands for one kind of run (folder, uv, options, variables) that had nothing to do first
and nothing to say. It holds what was injected and the identity of every file that was decided by,
absent ones too. While all are as they were, so is the answer.

Light on purpose: the hot path loads this module.
"""

import os
import time

from xrun import __version__
from xrun.proxy import locks
from xrun.proxy.command_line import REMOTE
from xrun.proxy.files import (
    ABSENT,
    read_identity,
    read_records,
    resolve_cache_file,
    resolve_cache_part,
    resolve_name,
    write_records,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from xrun.proxy.command_line import Invocation

# Younger than this, a file may change again within the resolution of its time stamps.
MINIMUM_AGE_NS = 2_000_000_000

# Divides what was injected from what was decided by; no option looks like it.
END = "."

# Injected where the environment is not the project's own.
ACTIVE = "--active"

# Names the separate environment that the commands above run in.
WITHIN = "XRUN_SEPARATE"

# In place of a stamp: rules of the policy look at the command, and so does the stamp's key.
BY_RULES = "rules"

# Options (canonical names) that ask uv to look again or to reinstall, so that "unchanged" says
# nothing. Their opposites (`--no-refresh`, ...) and options that merely select (`--exclude-newer`,
# `--resolution`, ...) have the same meaning on every run.
CHANGES_SOMETHING = frozenset(
    (
        "--no-cache",
        "--refresh",
        "--refresh-package",
        "--reinstall",
        "--reinstall-package",
        "--upgrade",
        "--upgrade-group",
        "--upgrade-package",
    )
)

# What decides besides UV_* and XRUN_*: the environment in use and where configuration lies.
VARIABLES = frozenset(
    {"CONDA_DEFAULT_ENV", "CONDA_PREFIX", "HOME", "UV", "VIRTUAL_ENV", "XRUN"}
    | {"XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
)
# How deep uv runs in uv decides nothing; who may fetch decides nothing that is there already, and
# the key is written down.
NO_VARIABLES = ("_RECURSION_DEPTH", "_PASSWORD", "_TOKEN", "_USERNAME")

# The verbs of `xrunctl`: typed behind `xrun` they are programs. `env` is too well known as one.
CTL_VERBS = frozenset(
    {"check", "doctor", "env list", "env path", "env prune", "env remove", "explain", "help"}
    | {"init", "keep", "policy", "restore", "select", "shell-init", "sync", "why"}
)


def find_verb(invocation: "Invocation") -> str:
    """Find the verb of `xrunctl` that the command may be meant for; empty for none."""
    words = [" ".join(invocation.command[:count]) for count in (1, 2)]
    return "" if invocation.is_module else next((word for word in words if word in CTL_VERBS), "")


def may_have_stamp(invocation: "Invocation", deciding: "Iterable[str]") -> bool:
    """Whether the comparison can be skipped for a run of this kind.

    Not where uv is asked to look again, an option is unknown, something is to be said (`-v`, a
    verb of `xrunctl`), a program comes by standard input or over the network, UV_MALWARE_CHECK
    asks a service, or a URL with a password was typed (the key is written down).

    Args:
        invocation: What was typed.
        deciding: From `list_deciding`.
    """
    return not (
        invocation.unknown
        or any(map(_has_credentials, invocation.options))
        or any(map(_has_credentials, deciding))
        or invocation.asks_for_help
        or invocation.has(*CHANGES_SOMETHING)
        or invocation.has("--verbose")
        or "UV_MALWARE_CHECK" in os.environ
        or invocation.command[0] == "-"
        or find_verb(invocation)
        or invocation.command[0].startswith(REMOTE)
    )


def list_deciding() -> list[str]:
    """List the variables that may change what uv or xrun does; of the others no value is read.

    Returns:
        `NAME=value`, in order.
    """
    return sorted(f"{name}={os.environ[name]}" for name in os.environ if _decides(name))


def _decides(name: str) -> bool:
    """Whether a variable may change what uv or xrun does."""
    if name in VARIABLES:
        return True
    return name.startswith(("UV_", "XRUN_")) and not name.endswith(NO_VARIABLES)


def _has_credentials(word: str) -> bool:
    """Whether a word holds a URL with a user's name or password."""
    return "@" in word and "://" in word


def render_key(invocation: "Invocation", uv: str, deciding: "Iterable[str]") -> str:
    """Render what tells this kind of run from others: one line, exact, for comparison.

    Args:
        invocation: What was typed.
        uv: The program.
        deciding: From `list_deciding`.
    """
    # Where the project is may depend on a program's path, never on a name that is looked up.
    target = invocation.command[0]
    path = target if os.sep in target or invocation.script else ""
    return repr([__version__, uv, os.getcwd(), *invocation.options, path, *deciding])


def render_rules_key(key: str, words: str, command: tuple[str, ...]) -> str:
    """Render the key of a run that rules look at: all that they look at is added.

    Args:
        key: From `render_key`; it holds the options (`-m`) and the path of a script.
        words: How many words of a command the rules look at.
        command: The command, as typed.
    """
    hook = [name in os.environ for name in ("PRE_COMMIT", "GIT_INDEX_FILE")]
    there = [os.environ.get("CI", ""), *hook, os.isatty(2)]
    return repr([key, *there, *command[: int(words)]])


def point_to_rules(key: str, words: int, command: tuple[str, ...]) -> str | None:
    """Note that rules decide, so that the key alone says nothing; say the key that does.

    Returns:
        `None` where words of the command may not be written down.
    """
    write_records(resolve_cache_file("stamps", key), [key, BY_RULES, str(words)])
    if any(map(_has_credentials, command[:words])):
        return None
    return render_rules_key(key, str(words), command)


def find_stamp(
    key: str, command: tuple[str, ...] = (), *, enters: bool = False
) -> tuple[str, str, list[str]] | None:
    """Find what was done last time, if everything that was decided by is as it was.

    Args:
        key: From `render_key`.
        command: The command, as typed.
        enters: Whether the environment is entered, so that it stays as it was seen.

    Returns:
        The environment's folder (empty for none that stays), how the command is started without
        uv (for `launch.start`; empty where uv starts it), and what was injected.
    """
    stamp = read_stamp(key, command)
    if stamp is None:
        return None
    (_, _, where, launcher, *injected), identities = stamp
    descriptor = locks.enter(where) if enters and where else locks.NOWHERE
    if descriptor is None:
        return None  # something is being taken from it just now
    if not all(_is_as_it_was(path, known) for path, known in identities.items()):
        locks.leave(descriptor)
        return None
    return where, launcher, injected


def _is_as_it_was(path: str, known: str) -> bool:
    """Whether a path has the identity that is known of it.

    Most are of files that are not there: `access` raises nothing for them, which costs a seventh.
    """
    if known == ABSENT:
        return not os.access(path, os.F_OK)
    return read_identity(path) == known


def read_stamp(key: str, command: tuple[str, ...]) -> tuple[list[str], dict[str, str]] | None:
    """Read a stamp, whether it holds or not.

    Args:
        key: From `render_key`.
        command: The command, as typed.

    Returns:
        Its own key, until when it may hold, the folder, the launcher, what was injected; and the
        identities that it holds by. `None` where there is none, or its day has come.
    """
    folder = resolve_cache_part("stamps")
    records = read_records(f"{folder}/{resolve_name(key)}")
    if records[:2] == [key, BY_RULES] and len(records) == 3 and records[2].isdigit():  # noqa: PLR2004
        key = render_rules_key(key, records[2], command)
        records = read_records(f"{folder}/{resolve_name(key)}")
    if records[:1] != [key]:
        return None
    until = records[1] if len(records) > 1 else ""
    if until and not (until.isdigit() and time.time() < int(until)):
        return None  # something that the policy keeps is kept no longer
    divide = records.index(END, 4) if END in records[4:] else 0
    paths, identities = records[divide + 1 :: 2], records[divide + 2 :: 2]
    if not divide or len(paths) != len(identities):
        return None
    return records[:divide], dict(zip(paths, identities))  # noqa: B905 - of the same length


def take_identities(paths: "Iterable[str]") -> dict[str, str]:
    """Take the identities of all inputs, absent ones included; before uv is asked."""
    return {path: read_identity(path) for path in sorted(set(paths))}


def write_stamp(  # noqa: PLR0913 - what a stamp is made of
    key: str,
    injected: "Iterable[str]",
    identities: "Mapping[str, str]",
    *,
    until: "date | None" = None,
    where: str = "",
    launcher: str = "",
    since: int | None = None,
) -> bool:
    """Write the stamp of a run that has nothing to do first and nothing to say.

    Args:
        key: From `render_key`.
        injected: What uv was given beside what was typed.
        identities: From `take_identities`.
        until: The day from which on it holds no longer.
        where: The folder of the environment that is used.
        launcher: How the command is started without uv; empty where uv starts it.
        since: When the first of the inputs was read, in nanoseconds since the epoch: what was
            changed later may not be what was decided by. Now, if it is not given.

    Returns:
        Whether it was written: not if an input was younger than two seconds then.
    """
    head = [key, _render_midnight(until), where, launcher, *injected]
    return put_stamp(head, identities, time.time_ns() if since is None else since)


def put_stamp(head: "Sequence[str]", identities: "Mapping[str, str]", since: int) -> bool:
    """Put a stamp in its place, if no input was too young; see `write_stamp` and `read_stamp`."""
    newest = since - MINIMUM_AGE_NS
    for identity in identities.values():
        if identity != ABSENT and max(map(int, identity.split(":")[3:])) > newest:
            return False
    flat = [word for pair in identities.items() for word in pair]
    write_records(resolve_cache_file("stamps", head[0]), [*head, END, *flat])
    return True


def _render_midnight(day: "date | None") -> str:
    """Render when a day begins here, in seconds since the epoch; empty for no day."""
    return str(int(time.mktime(day.timetuple()))) if day else ""
