"""Drift to report on, as values."""

from __future__ import annotations

from pathlib import Path

from xrun.drift import Drift, Finding, Kind
from xrun.environment import Environment, Provenance

ENVIRONMENT = Environment(Path("/project/.venv"), ".venv")

# What may stand in a file of an installed distribution, and must not reach a terminal as it is.
HOSTILE = "evil\x1b[2J\x1b]0;title\x07\nxrun: removed nothing\r\t\x9b31m\u202eback\u2028"


def make_drift(*findings: Finding, is_replaced: bool = False) -> Drift:
    return Drift(ENVIRONMENT, findings, is_replaced=is_replaced)


def undeclared(
    name: str, version: str = "1.0", *, needed_by: tuple[str, ...] = (), by: str = "pip"
) -> Finding:
    """Make an undeclared distribution, installed by someone at the beginning of time."""
    provenance = Provenance(by, None, is_requested=False, direct_url={})
    return Finding(Kind.UNDECLARED, name, version, None, provenance, frozenset(needed_by))


def requests() -> tuple[Finding, ...]:
    """The founding case: requests by hand, with the four that it needs."""
    needed = ("certifi", "charset-normalizer", "idna", "urllib3")
    return (
        undeclared("requests", "2.34.2"),
        *(undeclared(name, needed_by=("requests",)) for name in needed),
    )


def many(number: int) -> tuple[Finding, ...]:
    return tuple(undeclared(f"d{at:03}") for at in range(1, number + 1))
