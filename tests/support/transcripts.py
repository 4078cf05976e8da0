"""Console sessions in documentation: read, run line by line, and compared with what they show."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .processes import Place, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "-- xrun-tests: end of step --"
TOLD = ("README.md", "run.sh", "terminal.svg")
"""The session of an example, and its picture; what else lies beside it the session is about."""
VARYING = (
    (re.compile(r"\bin \d+(\.\d+)?m?s\b"), "in <time>"),
    (re.compile(r"\b\d+\.\d+(\.\d+)*\b"), "<version>"),
    (re.compile(r"\b(just now|\d+ minutes? ago)\b"), "<age>"),
    (re.compile(r"(--index \w+=)\S+"), r"\1<index>"),  # the advice knows the variables' one
    (re.compile(r"-[0-9a-f]{16}\b"), "-<hash>"),  # of the folder's path
    (re.compile(r"\(pid \d+, since \d\d:\d\d\)"), "(<process>)"),
    (re.compile(r"(?<=\S) {2,}"), "  "),  # columns are as wide as the ages in them
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


def copy_example(document: Path, folder: Path) -> Path:
    """Copy what lies beside the document of an example into a new folder, as its script does."""
    shutil.copytree(document.parent, folder, ignore=lambda _, names: {*TOLD} & {*names})
    return folder


def run_steps(steps: list[Step], folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Run all commands in one shell; return what each put out, both streams in order."""
    lines = ["exec 2>&1", *(f"{step.command}\necho '{MARK}'" for step in steps)]
    place = Place(folder, dict(environ), timeout=240)
    result = run(("sh", "-c", "\n".join(lines)), place)
    return result.stdout.decode().split(f"{MARK}\n")[:-1]


def normalise(text: str) -> str:
    """Replace what differs from day to day and between machines: versions, times, ages, indexes."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text
