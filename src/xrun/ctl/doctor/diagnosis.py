"""What a check says: what was found, why it matters, what mends it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How much it matters."""

    MEND = "mend"  # xrun does not work, is not exact or pays for it at each start
    NOTE = "note"  # it may be meant so
    UNKNOWN = "unknown"  # nobody could look


@dataclass(frozen=True)
class Diagnosis:
    """One thing that a check found. Texts may hold names of files: they are not safe to print.

    Attributes:
        severity: How much it matters.
        what: What was found, in one sentence.
        why: Why that matters.
        cure: The setting or command that mends it; empty where there is none to name.
        checks: The names of the checks that say it; `examine` fills them in.
    """

    severity: Severity
    what: str
    why: str = ""
    cure: str = ""
    checks: tuple[str, ...] = ()


def mend(what: str, why: str = "", cure: str = "") -> Diagnosis:
    """Make a diagnosis of what should be mended."""
    return Diagnosis(Severity.MEND, what, why, cure)


def note(what: str, why: str = "", cure: str = "") -> Diagnosis:
    """Make a diagnosis of what may be meant so."""
    return Diagnosis(Severity.NOTE, what, why, cure)
