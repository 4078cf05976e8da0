"""What a run would do, as values: its steps, the uv command line, why, or why it is not run."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.drift import Finding


class Act(enum.Enum):
    """What a step does; the word is what programs are told."""

    RECALL = "recall"  # nothing: a stamp says that all is as last time
    ASK = "ask"  # a question at the terminal
    REMOVE = "remove"
    REPLACE = "replace"
    REBUILD = "rebuild"  # the environment is built anew
    INSTALL = "install"
    LOCK = "lock"  # the lock file is written
    SEPARATE = "separate"  # a separate environment is made, synced or used
    REPORT = "report"  # a drift report
    REMIND = "remind"  # what was removed, told again if the command fails


@dataclass(frozen=True)
class Step:
    """Something that is done before the command, or after it.

    Attributes:
        act: What it does.
        text: The same in words, safe for a terminal.
        distributions: Which distributions it is about.
        folder: Which folder, of a separate environment.
    """

    act: Act
    text: str
    distributions: tuple[Finding, ...] = ()
    folder: Path | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a run is not run.

    Attributes:
        message: One line.
        details: Further lines.
        hint: What to do next; may be empty.
    """

    message: str
    details: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Foresight:
    """What a run would do.

    Attributes:
        typed: What would be typed behind `xrun`.
        mode: The mode that holds for the run.
        why: Why it is not the policy's; empty where it is.
        row: The row of the plan's table that decides.
        reason: Why the run is not exact although it should be; empty where it can or need not.
        command: The whole uv command line; empty where uv is not started.
        variables: The environment variables that uv and the command get otherwise than typed.
        environment: The environment that the command runs in; `None` for none that stays, and
            where only uv knows.
        is_clean: Whether it is as declared before; `None` where nothing is compared.
        before: The steps before the command, in order.
        after: The steps after it.
        notes: What xrun says besides.
        refusal: Why it is not run; `None` where it is.
    """

    typed: tuple[str, ...]
    mode: str
    why: str = ""
    row: str = ""
    reason: str = ""
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Path | None = None
    is_clean: bool | None = None
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
