"""Names of distributions, extras and dependency groups, as they are compared."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = r"(?ia)[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]"


def canonicalize_name(name: str) -> str:
    """Normalise a name (PEP 503).

    The same answer as `packaging.utils.canonicalize_name`, which a test holds; that module loads
    all about platforms and tags, a sixth of what a run has to import when something has changed.
    """
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def canonicalize_names(names: Iterable[str]) -> frozenset[str]:
    """Normalise names (PEP 503)."""
    return frozenset(map(canonicalize_name, names))


def is_name(text: str) -> bool:
    """Whether a text is a name (PEP 508)."""
    return re.fullmatch(NAME, text) is not None
