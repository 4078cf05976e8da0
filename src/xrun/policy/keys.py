"""The ONE table of keys: everything else about a key is derived from its row."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name

from xrun.policy.keep import divide_keep, parse_keep
from xrun.policy.mismatch import Mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["exact", "ask", "refuse", "separate", "isolated", "report", "off"]
Lock = Literal["update", "frozen", "locked"]
Packages = Literal["current", "all"]
OtherSelection = Literal["separate", "rebuild"]
ALL: Final = "all"
Names = tuple[str, ...] | Literal["all"]

MODES: Final[tuple[Mode, ...]] = (
    *("exact", "ask", "refuse", "separate", "isolated", "report", "off"),
)
LOCKS: Final[tuple[Lock, ...]] = ("update", "frozen", "locked")


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
        parse: A decoded TOML value in, the value out; raises `Wrong`.
        default: The value where nothing says otherwise.
        help: One line for people and for the schema.
        layers: The file layers it may stand in.
        variable: The environment variable that sets it for one shell, if one does.
        divide: Makes the variable's text what would stand in a file; `None` where that is a word.
        adds_up: Whether the lists of all layers count together; else the strongest replaces.
        is_for_rules: Whether it may stand in a rule.
    """

    name: str
    parse: Callable[[object], object]
    default: object
    help: str
    layers: frozenset[Layer] = FILES
    variable: str | None = None
    divide: Callable[[str], object] | None = None
    adds_up: bool = False
    is_for_rules: bool = False


def _one_of(*allowed: str) -> Callable[[object], object]:
    expected = ", ".join(f'"{value}"' for value in allowed[:-1])
    expected = f'{expected} or "{allowed[-1]}"' if expected else f'"{allowed[-1]}"'

    def parse(value: object) -> object:
        if value not in allowed or not isinstance(value, str):
            raise Mismatch(expected, value)
        return value

    return parse


def _parse_names(value: object) -> object:
    expected = 'an array of names, or "all"'
    if value == ALL:
        return ALL
    if not isinstance(value, list):
        raise Mismatch(expected, value)
    names: list[str] = []
    for item in value:
        if not isinstance(item, str):
            raise Mismatch(expected, item)
        try:
            names.append(canonicalize_name(item, validate=True))
        except InvalidName:
            raise Mismatch("a name of letters, digits, '-', '_' and '.'", item) from None
    return tuple(sorted(set(names)))


def _divide_names(text: str) -> object:
    return ALL if text == ALL else [part.strip() for part in text.split(",") if part.strip()]


def _parse_message(value: object) -> object:
    if value is False or (isinstance(value, str) and value.strip()):
        return value
    raise Mismatch("a message, or false", value)


def _parse_specifier(value: object) -> object:
    expected = 'a version specifier such as ">=0.1"'
    if not isinstance(value, str):
        raise Mismatch(expected, value)
    try:
        return SpecifierSet(value)
    except InvalidSpecifier:
        raise Mismatch(expected, value) from None


def _parse_references(value: object) -> object:
    expected = 'a path, or an array of paths and "package:NAME/FILE"'
    references = [value] if isinstance(value, str) else value
    if not isinstance(references, list):
        raise Mismatch(expected, value)
    for item in references:
        if not isinstance(item, str) or not item.strip():
            raise Mismatch(expected, item)
    return tuple(references)


REQUIRED_VERSION: Final = Key(
    "required-version",
    _parse_specifier,
    None,
    "Which versions of xrun may read this policy (PEP 440); those of all files must hold.",
)

EXTENDS: Final = Key(
    "extends",
    _parse_references,
    (),
    "Policies that this one builds on, each weaker than it: paths, and package:NAME/FILE.",
    layers=frozenset({Layer.SYSTEM, Layer.USER, Layer.WORKSPACE, Layer.PROJECT}),
)

KEYS: Final[tuple[Key, ...]] = (
    REQUIRED_VERSION,
    EXTENDS,
    Key(
        "mode",
        _one_of(*MODES),
        "exact",
        "How commands run.",
        variable="XRUN_MODE",
        is_for_rules=True,
    ),
    Key("lock", _one_of(*LOCKS), "update", "What a run may do to uv.lock.", is_for_rules=True),
    Key(
        "extras",
        _parse_names,
        (),
        "Extras that belong to the environment.",
        variable="XRUN_EXTRAS",
        divide=_divide_names,
        is_for_rules=True,
    ),
    Key(
        "groups",
        _parse_names,
        (),
        "Dependency groups that belong to the environment, beside uv's default groups.",
        variable="XRUN_GROUPS",
        divide=_divide_names,
        is_for_rules=True,
    ),
    Key(
        "packages",
        _one_of("current", "all"),
        "current",
        "Workspace members that belong to the environment: uv's own choice, or every member.",
    ),
    Key(
        "keep",
        parse_keep,
        (),
        "Distributions that stay in the environment although nothing declares them.",
        variable="XRUN_KEEP",
        divide=divide_keep,
        adds_up=True,
        is_for_rules=True,
    ),
    Key(
        "other-selection",
        _one_of("separate", "rebuild"),
        "separate",
        "What an exact run does that selects something else than the environment is for.",
        is_for_rules=True,
    ),
    Key(
        "deny",
        _parse_message,
        False,  # noqa: FBT003 - the value
        "The command is not run, with this message; false lifts it.",
        layers=frozenset(),
        is_for_rules=True,
    ),
)
