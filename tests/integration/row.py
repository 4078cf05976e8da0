"""What a conformance row says: a kind of command line, and how it is run."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from support.processes import Argument, Place, Result, run, run_abandoned, run_signalled
from support.terminals import DEFAULT_SIZE, Event, Size, run_on_terminal

if TYPE_CHECKING:
    import signal

Way = Callable[[Sequence[Argument], Place], Result]
"""Starts a command somewhere, and says how it ended."""

Tidy = Callable[[bytes, Result], bytes]
"""Makes an output comparable where two runs of the same command differ."""


class Mode(enum.Enum):
    """The three comparisons: what xrun is told, and whether a stray distribution is there."""

    OFF = "off"
    EXACT = "exact"
    DRIFTED = "exact-drifted"


EVERY = frozenset(Mode)
OFF = frozenset({Mode.OFF})
CLEAN = frozenset({Mode.OFF, Mode.EXACT})


def piped(stdin: bytes = b"", blocked: frozenset[signal.Signals] = frozenset()) -> Way:
    """On three pipes."""
    return lambda command, place: run(command, place, stdin=stdin, blocked=blocked)


def signalled(*signals: signal.Signals) -> Way:
    """Signals are sent to the started process, and to no other."""
    return lambda command, place: run_signalled(command, place, signals)


def abandoned(wanted: bytes) -> Way:
    """The reader of standard output leaves once it has what it wanted."""
    return lambda command, place: run_abandoned(command, place, wanted)


def on_terminal(*events: Event, size: Size = DEFAULT_SIZE) -> Way:
    """On a pseudo-terminal."""
    return lambda command, place: run_on_terminal(
        command, replace(place, environ={**place.environ, "TERM": "xterm"}), events, size
    )


def as_is(output: bytes, _: Result) -> bytes:
    """Two runs have the same output."""
    return output


@dataclass(frozen=True)
class Row:
    """One kind of command line; what follows the arguments is how the run is set up."""

    name: str
    arguments: tuple[Argument, ...]
    state: str = "simple"
    folder: str = "."
    modes: frozenset[Mode] = EVERY
    environ: Mapping[str, str | None] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    way: Way = field(default_factory=piped)
    tidy: Tidy = as_is
    bare: bool = False
    """The environment reaches no one: the mode stands in the policy file instead."""
    settled: bool = False
    """uv gets just what is typed: `--exact` or `--inexact` is, or uv refuses the line."""
    compares_stderr: bool = True
    compares_only_status: bool = False
    changes_files: bool = False
    by_uv: bool | None = False
    """Whether uv starts the command where nothing is due first; `None` where none can tell."""

    @property
    def slug(self) -> str:
        """The name as a word, for the id of a test."""
        return re.sub(r"[^\w.=+-]+", "-", self.name)
