"""Console sessions in documentation: read, run line by line, and compared with what they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .processes import Place, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "-- xrun-tests: end of step --"
VARYING = (
    (re.compile(r"\bin \d+(\.\d+)?m?s\b"), "in <time>"),
    (re.compile(r"\b\d+\.\d+(\.\d+)*\b"), "<version>"),
    (re.compile(r"\b(just now|\d+ minutes? ago)\b"), "<age>"),
)


@dataclass(frozen=True)
class Step:
    """A command of a session, and what the session shows of its output."""

    command: str
    shown: str


def read_steps(document: Path) -> list[Step]:
    """Read the commands (`$ …`) of all console blocks of a document, with their output."""
    steps: list[Step] = []
    for block in BLOCK.findall(document.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            steps.append(Step(command, shown))
    return steps


def run_steps(steps: list[Step], folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Run all commands in one shell; return what each put out, both streams in order."""
    lines = ["exec 2>&1", *(f"{step.command}\necho '{MARK}'" for step in steps)]
    place = Place(folder, dict(environ), timeout=300)
    result = run(("sh", "-c", "\n".join(lines)), place)
    return result.stdout.decode().split(f"{MARK}\n")[:-1]


def normalise(text: str) -> str:
    """Replace what differs from day to day: versions, times, ages."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text
