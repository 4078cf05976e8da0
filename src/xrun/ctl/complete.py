"""What a shell offers behind `xrun` and `xrunctl`: `xrunctl --complete PROGRAM WORD...`.

The words end with the one that is being typed, maybe empty. The answer is a line for each word that
fits, with a description behind a tab where there is one. Two lines are no words:

    :command N    the Nth word (0 is the program) is a command, whose own completion knows the rest
    :files        files and folders fit as well

A problem ends the answer: a shell that waits for a word is no place for errors.
"""

from __future__ import annotations

import os
import re

from xrun.errors import XrunError
from xrun.policy.keys import MODES
from xrun.project.groups import list_defined
from xrun.proxy import BIN, EXE, uv
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.options import ALIASES
from xrun.run.facts import find_uv
from xrun.run.request import read_request
from xrun.run.where import find_used_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from xrun.environment.environment import Environment
    from xrun.project.workspace import Workspace

FILES = ":files"
NAMES = {
    "--extra": "extras",
    "--no-extra": "extras",
    "--group": "groups",
    "--no-group": "groups",
    "--only-group": "groups",
    "--package": "members",
}
TAKES_FILES = r"--.*(?:file|dir|directory|requirements|editable|project|output|schema)s?$"
# A name's own line in `uv run --help`; what it does stands below.
OPTION = r" {2,6}(?:-\w, )?(?P<name>--[a-z-]+)(?: <(?P<value>\w+)>)?(?:\.\.\.)?$"
CHOICES = r"\[possible values: ([^\]]+)\]"
NOT_OFFERED = ("activate", "deactivate")  # scripts that are read, not run


def main(argv: Sequence[str]) -> None:
    """Print what fits; see the module for the form.

    Args:
        argv: The program, and the words behind it.
    """
    program, words = argv[0], list(argv[1:]) or [""]
    try:
        for line in complete_run(words) if program == "xrun" else complete_ctl(words):
            print(line)
    except (XrunError, OSError):
        return


def complete_run(words: Sequence[str]) -> Iterator[str]:
    """Complete what is typed behind `xrun`: options, their values, programs of the environment.

    Args:
        words: The words behind it; the last one is being typed.
    """
    *done, begun = words
    typed = parse_invocation(done)
    if typed.command:
        yield f":command {len(typed.options) + 1}"
        return
    # A word more tells whether an option still waits for its value.
    probe = parse_invocation([*done, "x"])
    is_ended = typed.options[-1:] == ("--",)
    name, equals, value = begun.partition("=")
    if not probe.command:
        waiting = probe.typed[-1][0]
        yield from _complete_value(waiting, begun, lambda: _list_values(waiting), typed.options)
    elif begun.startswith("--") and equals and not is_ended:
        known = ALIASES.get(name, name)
        lines = _complete_value(known, value, lambda: _list_values(known), typed.options)
        yield from _put_before(f"{name}=", lines)
    elif begun.startswith("-") and not is_ended:
        described = {name: text for name, (text, _) in _read_options().items()}
        yield from _select(described, begun)
    else:
        yield from _select(dict.fromkeys(_list_programs(typed.options), ""), begun)
        yield FILES


def _complete_value(
    name: str, begun: str, list_choices: Callable[[], Sequence[str]], options: Sequence[str] = ()
) -> Iterator[str]:
    """Complete the value of an option: a name of the workspace, a choice, a file."""
    if name in NAMES:
        workspace = _find_workspace(options)
        names: Sequence[str] = _list_names(workspace, NAMES[name]) if workspace else ()
    else:
        names = list_choices()
    yield from _select(dict.fromkeys(names, ""), begun)
    if re.match(TAKES_FILES, name):
        yield FILES


def _put_before(start: str, lines: Iterable[str]) -> Iterator[str]:
    return (line if line.startswith(":") else f"{start}{line}" for line in lines)


def _list_values(name: str) -> Sequence[str]:
    return _read_options().get(name, ("", ()))[1]


def _read_options() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Read the options that this `uv run` shows in its help: each one's purpose and values."""
    answer = uv.ask_uv(find_uv(), ["run", "--help"])
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    name, lines = "", list[str]()
    for line in [*answer.stdout.splitlines(), "  --end"]:
        option = re.match(OPTION, line)
        if option is None:
            lines.append(line.strip())
            continue
        if name:
            text = " ".join(lines)
            choices = re.search(CHOICES, text)
            listed = choices[1].split(",") if choices else ()
            purpose = re.sub(r" ?\[(?:env|possible|default|aliases).*", "", text).strip()
            found[name] = purpose, tuple(each.strip() for each in listed)
        name, lines = option["name"], []
    return found


def _list_programs(options: Sequence[str]) -> list[str]:
    """List the programs of the environment that a run with these options would use."""
    folder = find_used_folder([each for each in options if each != "--"])
    return sorted(
        each.name.removesuffix(EXE)
        for each in os.scandir(folder / BIN)
        if not each.name.startswith(NOT_OFFERED) and os.access(each.path, os.X_OK)
    )


def _find_workspace(options: Iterable[str]) -> Workspace | None:
    typed = [each for each in options if each != "--"]
    return read_request([*typed, "python"], remembers=False).facts.workspace


def _list_names(workspace: Workspace, kind: str) -> list[str]:
    """List the extras or groups of all members, or the members themselves."""
    if kind == "members":
        return sorted(filter(None, (member.name for member in workspace.members)))
    return sorted(list_defined(workspace.members, kind))


def _select(described: dict[str, str], begun: str) -> Iterator[str]:
    """Select the words that begin as typed."""
    for word, text in described.items():
        if word.startswith(begun):
            yield f"{word}\t{text}" if text else word


def complete_ctl(words: Sequence[str]) -> Iterator[str]:
    """Complete what is typed behind `xrunctl`: verbs, options, and names that a verb takes.

    Args:
        words: The words behind it; the last one is being typed.
    """
    *done, begun = words
    verb, path, rest = _find_verb(done)
    verbs = getattr(verb, "list_commands", None)
    is_typed = parse_invocation(rest).command or not begun.startswith("-")
    if path in (("explain",), ("env", "path")) and is_typed:
        yield from (_shift(line, len(path)) for line in complete_run([*rest, begun]))
        return
    options = {name: each for each in verb.params for name in each.opts if name[:1] == "-"}
    name, equals, value = begun.partition("=")
    waiting = options.get(rest[-1]) if rest else None
    if waiting is not None and not waiting.is_flag:
        yield from _complete_value(rest[-1], begun, lambda: _list_choices(waiting))
    elif equals and name in options:
        lines = _complete_value(name, value, lambda: _list_choices(options[name]))
        yield from _put_before(f"{name}=", lines)
    elif begun.startswith("-"):
        purposes = {name: (each.help or "").partition("\n")[0] for name, each in options.items()}
        yield from _select({**purposes, "--help": "Show this message and exit."}, begun)
    elif verbs is not None:
        verbs = verbs if all(each.startswith("-") for each in rest) else lambda _: ()
        yield from _select(dict.fromkeys(verbs(None), ""), begun)
    else:
        arguments = [each for each in verb.params if each.param_type_name == "argument"]
        choices = [word for each in arguments for word in _list_choices(each)]
        yield from _select(dict.fromkeys(choices or _list_arguments(path), ""), begun)


def _find_verb(done: Sequence[str]) -> tuple[Any, tuple[str, ...], list[str]]:
    """Find the verb that the words name, with its path, and the words behind it."""
    import typer

    from xrun.ctl.app import app

    verb: Any = typer.main.get_command(app)
    path: tuple[str, ...] = ()
    rest = list(done)
    while hasattr(verb, "get_command"):
        at = next((at for at, word in enumerate(rest) if not word.startswith("-")), None)
        found = verb.get_command(None, rest[at]) if at is not None else None
        if found is None or at is None:
            break
        verb, path, rest = found, (*path, rest[at]), rest[at + 1 :]
    return verb, path, rest


def _shift(line: str, count: int) -> str:
    """Count the words of `xrunctl explain` that stand before the command's own."""
    directive, _, number = line.partition(" ")
    return f"{directive} {int(number) + count}" if directive == ":command" else line


def _list_choices(parameter: Any) -> list[str]:  # noqa: ANN401 - typer's
    if "--mode" in parameter.opts:
        return [*MODES]
    return [str(each) for each in getattr(getattr(parameter, "type", None), "choices", ())]


def _list_arguments(path: tuple[str, ...]) -> Sequence[str]:
    """List the names that a verb takes."""
    from xrun.environment.attic.journal import list_dropped
    from xrun.environment.attic.store import list_removals
    from xrun.environment.separate import list_separate

    if path == ("help",):
        from xrun.ctl.help import list_pages

        return [*list_pages()]
    if path == ("env", "remove"):
        return sorted(each.name for each in list_separate())
    if path not in (("why",), ("keep",), ("restore",)):
        return ()
    environment = _find_environment()
    gone = {each.name for removal in list_removals(environment) for each in removal.distributions}
    if path == ("restore",):
        return sorted(gone)
    installed = set(environment.distributions)
    if path == ("keep",):
        return [*sorted(installed), "@editors"]
    dropped = list_dropped(environment)
    gone |= {each.name for removal in dropped for each in removal.distributions}
    return sorted(installed | gone)


def _find_environment() -> Environment:
    from xrun.environment.environment import Environment

    folder = find_used_folder(())
    return Environment(folder, folder.name)
