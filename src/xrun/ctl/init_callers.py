"""Which lines of a project's other tools call `uv run`.

Files are searched line by line, without the grammar of their tools: what is found is shown to a
person, and nothing is changed.
"""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING

from xrun.proxy.command_line import VALUE_OPTIONS
from xrun.proxy.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xrun.project.workspace import Workspace

# Where each tool is configured, relative to the root and to each member.
PATTERNS = (
    *("Makefile", "makefile", "GNUmakefile", "*.mk", "[jJ]ustfile", ".justfile", "*.just"),
    *(".github/workflows/*.yml", ".github/workflows/*.yaml"),
    *(".github/actions/*/action.yml", ".github/actions/*/action.yaml"),
    *(".gitlab-ci.yml", ".pre-commit-config.yaml"),
    *("tox.ini", "tox.toml", "setup.cfg", "noxfile.py", "pyproject.toml"),
    *("package.json", ".vscode/tasks.json"),
)
# Files of many tools, and the tables or sections in them that hold commands.
SHARED = frozenset({"pyproject.toml", "setup.cfg"})
SECTION = re.compile(
    r"tool\.(?:hatch\.envs|pdm|poe|taskipy|tox)(?:\.|$)|tox(?::|$)|testenv(?::|$)",
)
HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z_][^\[\],=]*)\]{1,2}\s*(?:[#;].*)?$")

MOST_BYTES = 1 << 20  # none is longer that was written by hand

COMMENT = re.compile(r"[\s@+-]*(?:#|;|//)")
# What only speaks of the command: a title, or what is printed.
TITLE = re.compile(r"[\s-]*[\"']?(?:name|description|help|label)[\"']?\s*[:=]")
PRINTING = re.compile(r"[\s@+-]*(?:run:\s*)?(?:echo|printf)\b[^;&|`(]*$")

_VALUED = "|".join(sorted(map(re.escape, VALUE_OPTIONS), key=len, reverse=True))
_MOST = "0,9"  # options before `run`; without an end, a hostile file takes for ever
_GAP = r"(?:[ \t]|\\\n)+"
# In a shell, a variable may stand for uv: $(UV), ${UV}, {{uv}}.
_UV = r"(?:uv(?:\.exe)?|\$[({]?UV[)}]?|\{\{[ \t]*uv[ \t]*\}\})"
_WORDS = (
    rf"{_UV}(?:{_GAP}(?:(?:{_VALUED}){_GAP}[^\s-]\S*|-\S+)){{{_MOST}}}?{_GAP}run"
    r"(?=[\s\"'`)\]};,&|\\]|$)"
)
# The same as a list of strings, over several lines too.
_NEXT = r"\s*,\s*"
_OPTION = rf"[\"'](?:{_VALUED})[\"']{_NEXT}[\"'][^\"'\n-][^\"'\n]*[\"']|[\"']-[^\"'\n]*[\"']"
_LIST = (
    rf"[\"']uv[\"']{_NEXT}(?:(?:{_OPTION}){_NEXT}){{{_MOST}}}?[\"']run[\"']"
    r"|(?<=\[)[ \t]*uv[ \t]*,[ \t]*(?:-[^\s,]+[ \t]*,[ \t]*){0,9}run(?=[ \t]*[,\]])"
)
CALL = re.compile(rf"(?<![\w.])(?<!\w-){_WORDS}|{_LIST}")
# In Python only what a string begins with is a command, and no docstring is one.
PYTHON_CALL = re.compile(rf"(?<=[\"'])(?<![\"'][\"']){_WORDS}|{_LIST}")


@dataclass(frozen=True)
class Caller:
    """A line that calls `uv run`.

    Attributes:
        file: The file, relative to the workspace root, with `/`.
        line: Its number.
        text: What stands there, in one line; untrusted.
    """

    file: str
    line: int
    text: str


def find_callers(workspace: Workspace) -> list[Caller]:
    """Find the lines that call `uv run` in the files of the tools around a project.

    Args:
        workspace: Its root is searched, and the folder of each member.

    Returns:
        In the order of `PATTERNS`, the root's first. What is no text, cannot be read or leads out
        of the workspace is passed over.
    """
    root = workspace.root.folder
    found: list[Caller] = []
    seen: set[tuple[int, int]] = set()  # one file by two names, or by two cases of one
    for member in workspace.members:
        for path in _list_files(member.folder, root):
            content = _load_text(path, seen)
            name = os.path.relpath(path, root).replace(os.sep, "/")
            found += [Caller(name, line, text) for line, text in parse_calls(content, path.name)]
    return found


def parse_calls(content: str, name: str) -> Iterator[tuple[int, str]]:
    """Parse which lines of a file call `uv run`: their numbers, and what stands there.

    Args:
        content: The file's text.
        name: Its name, which decides what counts in it.
    """
    lines = content.replace("\r\n", "\n").split("\n")
    counting = "\n".join(_select_lines(lines, name))
    pattern = PYTHON_CALL if name.endswith(".py") else CALL
    at, number, last = 0, 1, 0
    for call in pattern.finditer(counting):
        number += counting.count("\n", at, call.start())
        at = call.start()
        before = counting[counting.rfind("\n", 0, at) + 1 : at]
        if number > last and not PRINTING.match(before):
            last = number + call[0].count("\n")
            yield number, " ".join(" ".join(lines[number - 1 : last]).split())


def _select_lines(lines: list[str], name: str) -> Iterator[str]:
    """Select the lines that may call something; the others become empty."""
    counts = name not in SHARED
    for line in lines:
        header = HEADER.match(line) if name in SHARED else None
        if header is not None:
            counts = SECTION.match(header[1].rstrip()) is not None
        yield line if counts and not COMMENT.match(line) and not TITLE.match(line) else ""


def _list_files(folder: Path, root: Path) -> Iterator[Path]:
    """List the files of the tools in a folder; a link may lead anywhere in the workspace."""
    inside = tuple(os.path.join(os.path.realpath(each), "") for each in (root, folder))  # noqa: PTH118
    for pattern in PATTERNS:
        for name in sorted(glob.glob(pattern, root_dir=folder)):  # noqa: PTH207 - silent on errors
            path = folder / name
            if os.path.realpath(path).startswith(inside):
                yield path


def _load_text(path: Path, seen: set[tuple[int, int]]) -> str:
    """Load a file's text; empty if it is none, cannot be read or has been seen."""
    try:
        status = path.stat()
        key = status.st_dev, status.st_ino
        if key in seen or not path.is_file() or status.st_size > MOST_BYTES:
            return ""
        seen.add(key)
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return "" if "\0" in text else text
