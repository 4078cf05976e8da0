"""uv's dry run: what a `uv sync` would do that syncs what a run would sync.

JSON with changes comes from uv 0.9.19 on; from 0.5.30 to 0.9.18 the changes stand on standard
error, a line each. Versions and wording as measured on 0.5.31 to 0.13.9.
"""

from __future__ import annotations

import json
import os
import re
from itertools import dropwhile
from pathlib import Path

from xrun.errors import NoAnswerError, UvFailedError
from xrun.project.groups import SELECTING_VARIABLES
from xrun.project.uv_variables import HAS_JSON, TAKES_LOCK, is_true, render_version, set_colour
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass, field, replace
from xrun.proxy.renewal import NOT_OF_RUN, select_environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from xrun.environment.environment import Environment
    from xrun.project.groups import Kind
    from xrun.project.workspace import Workspace

    Versions = Mapping[str, str | None]

# What fixes the lock file, with the variable of the same meaning. Before this version uv takes
# neither beside `--dry-run` (measured on 0.5.30 to 0.6.15).
LOCKS = {"--frozen": "UV_FROZEN", "--locked": "UV_LOCKED"}
# What names certificates: uv reads each of them at its start, offline too (0.13.9).
CERTIFICATES = ("SSL_CERT_DIR", "SSL_CERT_FILE")

OFFLINE = ("--offline",)

RESOLVED = "Resolved "  # a line that `uv run` does not say
COLOUR = r"\x1b\[[0-9;]*m"
# What uv ends with where it says why it failed; a panic and a wrapper's own failure do not.
FAILED = (1, 2)

# How uv refuses options that it knows, in `sync` as in `run`.
USAGE = (
    *("cannot be used with", "cannot be used multiple times", "invalid value"),
    "requires a script lockfile",
)
# How an error begins, or a warning or log before it; the dry run says more above.
BEGINNING = ("error", "warning", "  \N{MULTIPLICATION SIGN}", "DEBUG", "TRACE")
# Stands below what uv says of a command line that it does not take: it is about `sync`.
ABOUT_LINE = "Usage: "
# A member in its reason why members cannot be selected together.
MEMBER = r"[Pp]ackage `([^`]+)`"

CHANGE = (
    r"^ (?P<sign>[-+~]) (?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?:==(?P<version>[^\s()]+)(?: \(from (?P<source>.+)\))?| @ (?P<url>\S.*))$"
)
ENVIRONMENT = (
    r"^(?:Discovered existing environment|Would (?P<action>use|create|replace|update) "
    r"(?:project |script |existing virtual |virtual )?environment) at: (?P<path>.+)$"
)
LOCK = r"^Would (?P<action>create|update) lockfile at: "
# How a warning begins; one of a lock file that does not hold goes without the word (0.13.9).
WARNING = ("warning:", "Ignoring existing lockfile", "Resolving despite existing lockfile")
# A warning that uv gives with `--no-sync` too (0.5.30 to 0.13.9).
SAID_ANYWAY = "does not match the project environment path"
# uv 0.6.17 to 0.13.9; the word "error:" before it comes and goes.
STALE_LOCK = ("The lockfile at ", " needs to be updated, but")  # where it is stands between


@dataclass(frozen=True)
class SyncCommand:
    """The `uv sync` that syncs what a run would sync: all that is known here of a run.

    Attributes:
        uv: The program.
        version: Its release numbers; empty where it does not say them.
        options: What stands behind `sync` and selects nothing.
        selection: The extras, groups and members, as options.
        variables: What uv gets beside the variables of this process.
        workspace: The project, if there is one.
        environment: Whose environment is synced; `None` for the one that uv keeps for a script,
            which only uv can name.
        script: The script; `None` for a project.
        adding: The command that declares a distribution, but for its name; empty if none does.
        locking: The command that writes the lock file as the run would.
        has_colour: Whether what uv says of an error is coloured.
        is_offline: Whether nothing is changed afterwards, so that the network is left alone.
        reinstalls: Whether uv is asked to reinstall what is there.
        fixed: The kinds (`extra`, `group`, `package`) that no local policy selects more of, because
            of what was typed or a variable says.
    """

    uv: str
    version: tuple[int, ...]
    options: tuple[str, ...]
    selection: tuple[str, ...]
    variables: Mapping[str, str]
    workspace: Workspace | None = None
    environment: Environment | None = None
    script: Path | None = None
    adding: str = ""
    locking: str = "uv lock"
    has_colour: bool = False
    is_offline: bool = False
    reinstalls: bool = False
    fixed: frozenset[Kind] = frozenset()

    def with_selection(self, *options: str) -> SyncCommand:
        """The same with another selection."""
        return replace(self, selection=options)

    def render(self, *more: str) -> list[str]:
        """Render what uv is given."""
        return ["sync", *self.options, *self.selection, *more]

    def select_environ(self) -> dict[str, str]:
        """Select the variables for a `uv sync` that stands for a run."""
        environ = {**os.environ, **self.variables}
        return {name: value for name, value in environ.items() if not name.startswith(NOT_OF_RUN)}


@dataclass(frozen=True)
class DryRun:
    """What `uv sync` would do.

    Attributes:
        environment: The environment that it would do it to; `None` where uv does not name it.
        action: What would happen to the environment as a whole: `check`, `update`, `replace` or
            `create`.
        incoming: What would be installed in it, with its version, where uv says one.
        outgoing: What would be uninstalled, with its version.
        lock_action: What would happen to the lock file: `use`, `check`, `update` or `create`.
        is_refused: Whether `--locked` makes uv refuse, because the lock file is out of date.
        sources: The URLs of what would be installed and does not come from an index, by name.
        warnings: What uv warned of, a line each.
        question: What uv was given.
        text: The answer as it was given, if that says all of it (JSON with changes).
    """

    environment: Path | None
    action: str
    incoming: Versions
    outgoing: Versions
    lock_action: str | None
    is_refused: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    text: str = ""

    @property
    def changes_nothing(self) -> bool:
        """Whether uv has nothing to do or to say, and says just that."""
        is_same = self.action == "check" and not (self.incoming or self.outgoing)
        is_asked = not (self.is_lock_stale or self.is_refused)
        return is_same and is_asked and not self.warns and bool(self.text)

    @property
    def warns(self) -> bool:
        """Whether uv warned of something that it would not say beside `--no-sync`."""
        return any(SAID_ANYWAY not in line for line in self.warnings)

    @property
    def is_lock_stale(self) -> bool:
        """Whether the lock file is not there or not what `pyproject.toml` asks for."""
        return self.lock_action in {"create", "update"}


def ask_dry_run(sync: SyncCommand, *, everything: bool = False) -> DryRun:
    """Ask uv what a `uv sync` would do; nothing is changed.

    A run that changes nothing needs no network, so neither may the question: where the lock file
    is out of date and what it takes to mend that is not in uv's cache, the environment is compared
    with the lock file as it is, and the lock file is reported as well.

    Args:
        sync: The command.
        everything: Whether no variable may leave out a part of the selection.

    Raises:
        UvFailedError: uv answered with an error; its last line stands in the message.
        NoAnswerError: uv gave no answer, twice: a signal ended it, or it cannot be read.
    """
    without = SELECTING_VARIABLES if everything else ()
    if not sync.is_offline:
        return _ask(sync, (), without)
    spared = _find_spared()
    answer = _ask_offline(sync, (*without, *spared))
    if answer is None and spared:  # a build may need them
        answer = _ask_offline(sync, without)
    if answer is None:
        answer = replace(_ask(sync, (*OFFLINE, "--frozen"), without), lock_action="update")
    return answer


def _ask_offline(sync: SyncCommand, without: Collection[str]) -> DryRun | None:
    try:
        return _ask(sync, OFFLINE, without)
    except NoAnswerError:
        raise
    except UvFailedError:
        return None


def _find_spared() -> tuple[str, ...]:
    """Find what names certificates; not those that are missing, of which uv warns."""
    named = ((name, os.environ.get(name)) for name in CERTIFICATES)
    return tuple(name for name, path in named if path and Path(path).exists())


def ask_dry_run_ahead(sync: SyncCommand) -> None:
    """Have uv begin with what `ask_dry_run` is called for later.

    Raises:
        OSError: uv could not be started.
    """
    question = _phrase(sync, OFFLINE, _find_spared()) if sync.is_offline else _phrase(sync)
    uv.ask_ahead(sync.uv, question.args, question.environ)


@dataclass(frozen=True)
class _Question:
    """What uv is given.

    Attributes:
        args: Its arguments.
        environ: Its variables.
        lock: The option that fixes the lock file, where this uv does not take it.
    """

    args: tuple[str, ...]
    environ: Mapping[str, str]
    lock: str


def _phrase(
    sync: SyncCommand, more: Iterable[str] = (), without: Collection[str] = ()
) -> _Question:
    form = ["--output-format", "json"] if sync.version >= HAS_JSON or not sync.version else []
    environ = select_environ({**os.environ, **sync.variables})
    environ = set_colour(environ, has_colour=sync.has_colour)
    environ = {name: value for name, value in environ.items() if name not in without}
    args = sync.render(*more)
    lock = _find_lock(args, environ) if () < sync.version < TAKES_LOCK else ""
    if lock:
        args = [word for word in args if word != lock]
        environ.pop(LOCKS[lock], None)
    return _Question((*args, "--dry-run", *form), environ, lock)


def _ask(sync: SyncCommand, more: Iterable[str], without: Collection[str]) -> DryRun:
    question = _phrase(sync, more, without)
    answer = _ask_twice(sync.uv, question.args, question.environ)
    lock = question.lock
    return _go_by_lock(answer, lock) if lock and answer.is_lock_stale else answer


def _ask_twice(program: str, args: tuple[str, ...], environ: Mapping[str, str]) -> DryRun:
    """Ask once more where no answer came: a process may be killed for want of memory."""
    end = ""
    for _ in range(2):
        done = uv.ask_uv(program, args, environ)
        is_json = "json" in args
        stderr = drop_colour(done.stderr)
        answer = parse_answer(done.stdout, stderr, done.returncode, is_json=is_json)
        if answer is not None:
            return replace(answer, question=args)
        if done.returncode in FAILED and stderr.strip():
            raise _make_error(done.stderr, done.returncode)
        is_killed = done.returncode < 0
        end = f"a signal ended it ({-done.returncode})" if is_killed else "it cannot be read"
        end = f"it ended with {done.returncode}" if done.returncode > 0 else end
    raise NoAnswerError(
        f"not run: `uv sync --dry-run` gave no answer, twice: {end}",
        hint="nothing was changed; `XRUN=0` runs without asking",
    )


def _find_lock(args: Iterable[str], environ: Mapping[str, str]) -> str:
    """Find the one option that fixes the lock file, typed or as a variable; uv refuses both."""
    options = {word for word in args if word in LOCKS}
    options |= {option for option, variable in LOCKS.items() if is_true(environ, variable)}
    return options.pop() if len(options) == 1 else ""


def _go_by_lock(answer: DryRun, lock: str) -> DryRun:
    """Go by a lock file that is out of date, where uv was asked as if it could be mended.

    Raises:
        UvFailedError: A frozen run would go by the lock file as it is, which was not asked about.
    """
    if lock == "--locked":
        return replace(answer, is_refused=True)
    raise UvFailedError(
        "this uv cannot say what a frozen run would do where the lock file is out of date; "
        f"uv {render_version(TAKES_LOCK)} can"
    )


def drop_colour(text: str) -> str:
    """Drop the colours of a text."""
    return re.sub(COLOUR, "", text) if "\x1b" in text else text


def _make_error(stderr: str, status: int) -> UvFailedError:
    """Make an error of uv's own: its line stands in the message, all of it coloured beside it."""
    lines = stderr.splitlines()
    plain = [*map(drop_colour, lines)]
    said = [line for line in plain if line.strip()]
    line = next((line for line in said if line.startswith("error")), said[-1])
    causes = [each.strip() for each in said if each.strip().lower().startswith("cause")]
    message = "; ".join([line.removeprefix("error: "), *causes[-1:]])
    members = re.findall(MEMBER, message) if "declared conflicts" in message else []
    hint = (
        f"`xrun --package {members[0]} COMMAND` runs with that member alone" if members[1:] else ""
    )
    error = UvFailedError(f"`uv sync --dry-run` failed ({message})", hint=hint)
    # Where `--dry-run` is what it does not go with, uv takes the run.
    error.is_usage = any(word in line for word in USAGE) and "--dry-run" not in line
    if not any(each.startswith(ABOUT_LINE) for each in said):
        both = zip(plain, lines, strict=True)
        began = dropwhile(lambda each: not each[0].startswith(BEGINNING), both)
        its = tuple(line for text, line in began if not text.startswith(RESOLVED))
        error.status, error.said = status, its or tuple(lines)
    return error


def parse_answer(stdout: str, stderr: str, status: int, *, is_json: bool = False) -> DryRun | None:
    """Parse uv's answer.

    Args:
        stdout: With JSON, where uv has it.
        stderr: With the same in words.
        status: uv's status. JSON may stand there although uv failed (0.7.22 to 0.9.18), so the
            status is believed first; only a stale lock under `--locked` is an answer too.
        is_json: Whether JSON was asked for, so that its absence is no answer.

    Returns:
        The answer; `None` where uv failed, or said nothing that can be read.
    """
    is_refused_lock = all(part in stderr for part in STALE_LOCK)
    if status != 0 and not is_refused_lock:
        return None
    answer = _parse_json(stdout, stderr)
    if answer is None and is_json and not is_refused_lock:
        return None
    answer = answer or _parse_text(stderr)
    came = _match_changes(stderr, "+~")
    sources = {each["name"]: each["source"] or each["url"] or "" for each in came}
    warnings = tuple(line for line in stderr.splitlines() if line.startswith(WARNING))
    answer = replace(answer, sources=sources, warnings=warnings)
    if is_refused_lock:  # uv's own word for this lock is then "check"
        return replace(answer, lock_action="update", is_refused=True)
    return answer


def _parse_json(stdout: str, stderr: str) -> DryRun | None:
    """Parse the JSON form; up to 0.9.18 it has no changes, which stand on standard error."""
    try:
        document = json.loads(stdout)
        sync = document["sync"]
        environment = Path(sync["environment"]["path"])
        action = str(sync["action"])
        lock = document.get("lock") or {}
        listed = sync.get("changes")
        changes = _parse_lines(stderr) if listed is None else _parse_changes(listed)
        text = "" if listed is None else stdout
        return DryRun(environment, action, *changes, lock.get("action"), text=text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _parse_changes(listed: list[dict[str, str]]) -> tuple[Versions, Versions]:
    """Parse what comes in and what goes out."""
    came = [each for each in listed if each["action"] in {"installed", "reinstalled"}]
    went = [each for each in listed if each["action"] in {"uninstalled", "reinstalled"}]
    went.sort(key=lambda each: each["action"] == "uninstalled")  # of two of a name that one counts
    incoming, outgoing = ({each["name"]: each.get("version") for each in x} for x in (came, went))
    return incoming, outgoing


def _parse_lines(stderr: str) -> tuple[Versions, Versions]:
    changes = sorted(_match_changes(stderr), key=lambda each: each["sign"] == "-")  # likewise
    incoming = {each["name"]: each["version"] for each in changes if each["sign"] in "+~"}
    outgoing = {each["name"]: each["version"] for each in changes if each["sign"] in "-~"}
    return incoming, outgoing


def _match_changes(stderr: str, signs: str = "+~-") -> list[re.Match[str]]:
    lines = (line for line in stderr.splitlines() if line[1:2] in {*signs})
    return [found for line in lines if (found := re.match(CHANGE, line))]


def _parse_text(stderr: str) -> DryRun:
    """Parse the words of uv 0.5.30 to 0.7.20.

    An environment named by a relative path is left out: relative to what, uv does not say.
    """
    environment, action, lock = None, "check", None
    for line in stderr.splitlines():
        if found := re.match(ENVIRONMENT, line):
            path = Path(found["path"])
            environment = path if path.is_absolute() else None
            action = {"use": "check", None: "check"}.get(found["action"], found["action"])
        elif found := re.match(LOCK, line):
            lock = found["action"]
    return DryRun(environment, action, *_parse_lines(stderr), lock)
