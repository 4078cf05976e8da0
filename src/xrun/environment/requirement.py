"""What METADATA says that a distribution needs (PEP 508), for some extras in some environment."""

from __future__ import annotations

import re

from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# What a requirement begins with: a name, and the extras that are asked of it.
NAME = r"\b[A-Za-z0-9][A-Za-z0-9._-]*\b"
START = rf"[ \t]*({NAME})[ \t]*(?:\[([^\]]*)\])?"
# A version that is surely right, as nearly all are.
RELEASE = r"[0-9]+(?:\.[0-9]+)*"
SPECIFIER = (
    rf"[ \t]*(?:(?:[<>]=?|[=!]=)[ \t]*{RELEASE}(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?"
    rf"|[=!]=[ \t]*{RELEASE}\.\*|~=[ \t]*[0-9]+(?:\.[0-9]+)+)[ \t]*"
)
# In a marker: an extra that is asked for, or any other string.
STRING = r"""\bextra\s*==\s*("[^"]*"|'[^']*')|"[^"]*"|'[^']*'"""


@dataclass(frozen=True)
class Need:
    """A requirement that holds.

    Attributes:
        name: Normalised.
        extras: What it asks of that, as written.
        text: The requirement (PEP 508).
    """

    name: str
    extras: frozenset[str]
    text: str


def parse_requirement(
    text: str,
    markers: Callable[[], Mapping[str, str]],
    extras: Collection[str] = ("",),
    names: Collection[str] | None = None,
) -> list[Need]:
    """Parse a requirement; none where its marker does not hold, or it is malformed.

    `packaging` judges all versions and markers. To load it costs as much as a start of uv, so it is
    left alone where there is nothing to judge: what a requirement of an unknown name says, or one
    of another extra, is of no account, and what has no marker holds.

    Args:
        text: As METADATA has it.
        markers: Gives the values that markers are evaluated with; not called where there are none.
        extras: Which hold, normalised; none is an empty one.
        names: The distributions that matter, normalised; all if `None`.
    """
    start = re.match(START, text)
    if names is not None and start and canonicalize_name(start[1]) not in names:
        return []
    head, semicolon, tail = text.partition(";")
    is_judged = semicolon and "@" not in head  # a URL may have a `;` in it
    holds = _judge_extras(tail, extras) if is_judged else None
    if holds is False:
        return []
    whole = head if holds else text
    if start and _is_plain(start[2], whole[start.end() :]):
        asked = (start[2] or "").replace(",", " ").split()
        return [Need(canonicalize_name(start[1]), frozenset(asked), whole)]
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
        marker = requirement.marker
        holds = marker is None or any(
            marker.evaluate({**markers(), "extra": extra}) for extra in extras
        )
    except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return []
    requirement.marker = None
    need = Need(
        canonicalize_name(requirement.name), frozenset(requirement.extras), str(requirement)
    )
    return [need] if holds else []


def _is_plain(extras: str | None, versions: str) -> bool:
    """Whether what stands behind a name is surely right, and there is no marker."""
    names = extras.split(",") if extras is not None else ()
    versions = versions.strip(" \t")
    if versions[:1] == "(" and versions[-1] == ")":  # so Poetry writes them
        versions = versions[1:-1].strip(" \t")
    specifiers = versions.split(",") if versions else ()
    return all(re.fullmatch(NAME, name.strip(" \t")) for name in names) and all(
        re.fullmatch(SPECIFIER, each) for each in specifiers
    )


def _judge_extras(marker: str, extras: Collection[str]) -> bool | None:
    """Judge a marker by the extras that it asks for; `None` where they do not decide.

    A marker has no negation. It holds only if all does that stands between two `or`, or before the
    first or behind the last, whatever is in parentheses: so it fails if each of these has an extra
    that does.
    """

    def judge(found: re.Match[str]) -> str:
        return str(canonicalize_name(found[1][1:-1]) in extras) if found[1] else "_"

    text = re.sub(STRING, judge, marker)
    if text.strip() == "True":
        return True
    may_hold = any("False" not in part for part in re.split(r"\bor\b", text))
    return None if may_hold else False
