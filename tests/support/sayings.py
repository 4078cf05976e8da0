"""What xrun said, taken apart: names, versions and commands can be asserted, sentences need not.

Whole sentences stand in the tests of `xrun.report` and in the transcripts, nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .processes import Result

OWN = "xrun: "
"""How each line of xrun's own begins, beside the indented rows of a report."""
_NAME = re.compile(r"(?<![\w./-])[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?![\w./-])")
_VERSION = re.compile(r"(?<![\w.])\d+(?:\.\d+)+(?:\+\w+)?(?![\w.]*\d)")
_QUOTED = re.compile("`([^`]*)`")
NAMES = frozenset(
    {"alpha", "anchor", "beta", "delta", "epsilon", "eta", "gamma", "lib", "old", "probe"}
    | {"toolbox", "twin-one", "twin-two", "zeta"}
)
"""The distributions that tests install; `names_in` knows no others."""


def said(result: Result) -> list[str]:
    """xrun's own lines in order, without what marks them; none of the command's, or of uv's."""
    text = (result.stdout if result.merged else result.stderr).decode()
    return [line.removeprefix(OWN) for line in text.splitlines() if line.startswith(OWN)]


def names_in(*lines: str) -> list[str]:
    """The distributions that lines name, in order and each once; not those of quoted commands."""
    words = _NAME.findall(_QUOTED.sub("", " ".join(lines)))
    return list(dict.fromkeys(word for word in words if word in NAMES))


def versions_in(*lines: str) -> list[str]:
    """The versions that lines tell, in order; not those of quoted commands."""
    return _VERSION.findall(_QUOTED.sub("", " ".join(lines)))


def commands_in(*lines: str) -> list[str]:
    """The commands that lines quote, in order: what a reader is advised to type."""
    return [command for line in lines for command in _QUOTED.findall(line)]


def line_with(lines: Iterable[str], *words: str) -> str:
    """The one line that has all these words in it."""
    found = [line for line in lines if all(word in line for word in words)]
    assert len(found) == 1, (words, [*lines])
    return found[0]
