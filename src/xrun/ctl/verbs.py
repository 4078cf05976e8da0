"""The verbs by name, and how each declares what is typed behind it.

Typer takes longer to import than most verbs take: a verb that is typed alone, or with flags, is
called without it.
"""

from __future__ import annotations

import importlib
from functools import partial

from xrun.proxy.dataclass import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


class Option:
    """An option of a verb: what `typer.Option` is given for it."""

    kind = "Option"

    def __init__(self, *names: str, **settings: object) -> None:
        """Take its names, as `--project`, and the keywords."""
        self.names = names
        self.settings = settings


class Argument(Option):
    """An argument of a verb: what `typer.Argument` is given for it."""

    kind = "Argument"


class Exit(Exception):  # noqa: N818 - no error
    """A verb ends, with a status."""

    def __init__(self, status: int = 0) -> None:
        """Take the status."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Verb:
    """What the help of a verb shows.

    Attributes:
        panel: Under which heading it is listed.
        page: Where to read on.
        examples: Command lines, with what they do.
        settings: How its words are read.
    """

    panel: str
    page: str
    examples: Mapping[str, str]
    settings: Mapping[str, bool] = field(default_factory=dict)


LOOK, MEND, POLICY, SEPARATE, MORE = "Look", "Mend", "Policy", "Environments", "More"
GROUPS: Mapping[str, str] = {
    "env": "Look at separate environments and backups; remove unused ones.",
    "policy": "Look at the policy. Status: 0 right, 1 problems found, 2 could not be done.",
}
VERBS: Mapping[str, Verb] = {
    "check": Verb(
        LOOK,
        "findings",
        {
            "xrunctl check": "how .venv differs from what is declared",
            "xrunctl check --recursive": "every uv project below this folder",
            "xrunctl check --output-format github": "annotations of a workflow",
        },
    ),
    "why": Verb(
        LOOK, "findings", {"xrunctl why requests": "who installed it, which lines import it"}
    ),
    "explain": Verb(
        LOOK,
        "policy",
        {
            "xrunctl explain -- pytest -x": "what `xrun pytest -x` would do",
            "xrunctl explain": "the policy, and where each value comes from",
        },
        # The words behind the command are the command's, whatever they look like.
        {"allow_interspersed_args": False},
    ),
    "doctor": Verb(
        LOOK, "findings", {"xrunctl doctor": "this machine, the project here and its .venv"}
    ),
    "sync": Verb(MEND, "modes", {"xrunctl sync": "make .venv exact, without a command"}),
    "restore": Verb(
        MEND,
        "backups",
        {
            "xrunctl restore": "all that the last run removed",
            "xrunctl restore --list": "what can be brought back",
            "xrunctl restore ipdb --at 2": "ipdb, of the removal before the last",
        },
    ),
    "init": Verb(
        POLICY,
        "policy",
        {
            "xrunctl init --dry-run": "show what it would write",
            "xrunctl init --mode report": "begin with reports: nothing is removed",
            "xrunctl init --fix --dry-run": "which lines would call xrun, as a diff",
        },
    ),
    "keep": Verb(
        POLICY,
        "keep",
        {
            "xrunctl keep ipdb @editors": "ipdb, and what editors install",
            "xrunctl keep 'gdal==3.8.*' --team": "this version, for everyone",
        },
    ),
    "select": Verb(
        POLICY, "keep", {"xrunctl select --extra cu128": "each run here has the extra cu128"}
    ),
    "policy check": Verb(
        POLICY, "policy", {"xrunctl policy check": "of this project's policy, with status 1 for CI"}
    ),
    "policy schema": Verb(
        POLICY, "policy", {"xrunctl policy schema > xrun.schema.json": "for an editor"}
    ),
    "env list": Verb(
        SEPARATE, "environments", {"xrunctl env list": "their purpose, size and last use"}
    ),
    "env path": Verb(
        SEPARATE,
        "environments",
        {
            "xrunctl env path": "the folder, as a rule .venv",
            "xrunctl env path --extra plots": "where `xrun --extra plots` runs",
        },
        {"ignore_unknown_options": True},
    ),
    "env prune": Verb(
        SEPARATE,
        "environments",
        {
            "xrunctl env prune": "those unused for 30 days",
            "xrunctl env prune --all": "all that no command runs in",
        },
    ),
    "env remove": Verb(
        SEPARATE,
        "environments",
        {"xrunctl env remove app-7d1c9a52e0b34f68": "as `env list` names it"},
    ),
    "help": Verb(
        MORE,
        "uv",
        {"xrunctl help": "the pages, with a line each", "xrunctl help keep": "a page to read"},
    ),
    "shell-init": Verb(
        MORE,
        "shells",
        {
            "xrunctl shell-init bash --install": "from the next start of the shell on",
            "xrunctl shell-init zsh --replace-uv-run": "with a `uv run` that is xrun's",
        },
    ),
}


def find_module(name: str) -> str:
    """Find the module of a verb: it is called as the verb's first word."""
    return f"xrun.ctl.{name.split(maxsplit=1)[0]}".replace("-", "_")


def find_function(name: str) -> Callable[..., None]:
    """Find the function of a verb's last word, with a `_` behind it if Python needs that."""
    word = name.rsplit(maxsplit=1)[-1].replace("-", "_")
    module = importlib.import_module(find_module(name))
    function: Callable[..., None] = getattr(module, word, None) or getattr(module, f"{word}_")
    return function


def find_call(words: Sequence[str]) -> Callable[[], None] | None:
    """Find what calls a verb, typed alone or with flags that need no value; `None` for all else."""
    count = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    name = " ".join(words[:count])
    if name not in VERBS or name.split() != [*words[:count]]:
        return None
    function: Any = find_function(name)
    taken = function.__code__.co_argcount + function.__code__.co_kwonlyargcount
    defaults = function.__kwdefaults__ or {}
    annotations = function.__annotations__
    flags = {_read_name(annotations[each]): each for each in defaults if defaults[each] is False}
    flags.pop("", None)
    has_all = taken == len(function.__defaults__ or ()) + len(defaults)
    if not (has_all and flags.keys() >= {*words[count:]}):
        return None
    return partial(function, **{flags[word]: True for word in words[count:]})


def _read_name(annotation: str) -> str:
    """Read the first name of an `Option`; empty where that is not written out."""
    return annotation.partition("Option('")[2].partition("'")[0]
