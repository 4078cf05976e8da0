"""The ONE table of keys: everything else about a key is derived from its row."""

from __future__ import annotations

import enum

from xrun.policy.forms import (
    MESSAGE,
    NAMES,
    REFERENCES,
    VERSIONS,
    Form,
    cast,
    list_of,
    one_of,
)
from xrun.policy.keep import KEEP
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final, Literal

    Mode = Literal["exact", "ask", "refuse", "separate", "isolated", "report", "off"]
    Lock = Literal["update", "frozen", "locked"]
    Packages = Literal["current", "all"]
    OtherSelection = Literal["separate", "rebuild"]
    Start = Literal["direct", "uv"]
    Names = tuple[str, ...] | Literal["all"]

LOCKS: Final[tuple[Lock, ...]] = ("update", "frozen", "locked")  # loosest first
# Each mode with how strict it is, and what it means.
MODES: Final[Mapping[str, tuple[int, str]]] = {
    "exact": (3, "before a run, what nothing declares is removed from .venv"),
    "ask": (2, "before a run, what nothing declares is removed after a yes"),
    "refuse": (3, "nothing runs in a .venv that is not as declared"),
    "separate": (3, "each selection has an environment of its own, not .venv"),
    "isolated": (3, "each run has a fresh environment, and .venv is left alone"),
    "report": (1, '"report" names what nothing declares, "exact" removes it'),
    "off": (0, "as `uv run`: nothing is removed, nothing is said"),
}


class Layer(enum.IntEnum):
    """Where a value can come from, weakest first."""

    SYSTEM = 1
    USER = 2
    WORKSPACE = 3
    PROJECT = 4
    LOCAL = 5
    ENVIRONMENT = 6

    @property
    def word(self) -> str:
        """The layer as people and messages name it."""
        return self.name.lower()


FILES: Final = frozenset(Layer) - {Layer.ENVIRONMENT}


@dataclass(frozen=True)
class Key:
    """A row: what a key takes, where it may stand, and what it means.

    Attributes:
        name: As it stands in a file.
        form: What it takes.
        default: The value where nothing says otherwise.
        help: One line for people and for the schema.
        layers: The file layers it may stand in.
        variable: The environment variable that sets it for one shell, if one does.
        adds_up: Whether the lists of all layers count together; else the strongest replaces.
        is_for_rules: Whether it may stand in a rule.
        rank: How strict a value is, for `enforce`; `None` where none is stricter than another. Of
            a list that adds up, fewer names are stricter.
    """

    name: str
    form: Form
    default: object
    help: str
    layers: frozenset[Layer] = FILES
    variable: str | None = None
    adds_up: bool = False
    is_for_rules: bool = True
    rank: Callable[[object], int] | None = None


REQUIRED_VERSION: Final = Key(
    "required-version",
    VERSIONS,
    None,
    "Which versions of xrun may read this policy (PEP 440); those of all files must hold.",
    is_for_rules=False,
)

EXTENDS: Final = Key(
    "extends",
    REFERENCES,
    (),
    "Policies that this one builds on, each weaker than it: paths, and package:NAME/FILE.",
    layers=frozenset({Layer.SYSTEM, Layer.USER, Layer.WORKSPACE, Layer.PROJECT}),
    is_for_rules=False,
)

VALUES: Final[tuple[Key, ...]] = (
    REQUIRED_VERSION,
    EXTENDS,
    Key(
        "mode",
        one_of("mode", *MODES),
        "exact",
        "How commands run.",
        variable="XRUN_MODE",
        rank=lambda mode: MODES[str(mode)][0],
    ),
    Key(
        "lock",
        one_of("value", *LOCKS),
        "update",
        "What a run may do to uv.lock.",
        rank=lambda lock: [*LOCKS].index(cast("Lock", lock)),
    ),
    Key("extras", NAMES, (), "Extras that belong to the environment.", variable="XRUN_EXTRAS"),
    Key(
        "groups",
        NAMES,
        (),
        "Dependency groups that belong to the environment, beside uv's default groups.",
        variable="XRUN_GROUPS",
    ),
    Key(
        "packages",
        one_of("value", "current", "all"),
        "current",
        "Workspace members that belong to the environment: uv's own choice, or every member.",
        is_for_rules=False,
    ),
    Key(
        "keep",
        KEEP,
        (),
        "Distributions that stay in the environment although nothing declares them.",
        variable="XRUN_KEEP",
        adds_up=True,
    ),
    Key(
        "other-selection",
        one_of("value", "separate", "rebuild"),
        "separate",
        "What an exact run does that selects something else than the environment is for.",
    ),
    Key(
        "launch",
        one_of("value", "direct", "uv"),
        "direct",
        "How a command is started where nothing but a start is left: by xrun itself, or by uv run.",
        variable="XRUN_LAUNCH",
        is_for_rules=False,
    ),
    Key(
        "deny",
        MESSAGE,
        False,  # noqa: FBT003 - the value
        "The command is not run, with this message, in which {names} stands for what it would "
        "install; false lifts it.",
        layers=frozenset(),
        rank=bool,
    ),
)

ENFORCEABLE: Final = tuple(key.name for key in VALUES if key.rank is not None or key.adds_up)

ENFORCE: Final = Key(
    "enforce",
    list_of("key to enforce", *ENFORCEABLE),
    (),
    "Keys that nothing stronger may loosen.",
    layers=frozenset({Layer.SYSTEM, Layer.USER, Layer.WORKSPACE}),
    is_for_rules=False,
)

KEYS: Final[tuple[Key, ...]] = (*VALUES, ENFORCE)
