"""Which files of a project's other tools call `uv run`, and the same files calling xrun instead."""

from __future__ import annotations

import glob
import os

from xrun.ctl.init_calls import SCRIPT, parse_calls, rewrite_call
from xrun.project.git import find_top
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xrun.ctl.init_calls import Call
    from xrun.project.workspace import Workspace

# Where each tool is configured, relative to the root and to each member.
# The first few lie at the top of a repository, above a project in a folder of it.
SHARED_PATTERNS = (
    *(".github/workflows/*.y*ml", ".github/actions/*/action.y*ml", ".gitlab-ci.yml"),
    *(".circleci/config.yml", ".readthedocs.y*ml", ".pre-commit-config.yaml"),
)
# Here a file without a suffix counts if its first line names a shell. Not `**`: where two links
# lead back up it takes for ever.
SCRIPT_PATTERNS = tuple(
    f"{folder}{depth}"
    for folder in ("scripts", "script", "bin", "tools", "ci", ".github/actions")
    for depth in ("/*", "/*/*", "/*/*/*")
)
PATTERNS = (
    *("Makefile", "makefile", "GNUmakefile", "*.mk", "[jJ]ustfile", ".justfile", "*.just"),
    *SHARED_PATTERNS,
    *("tox.ini", "tox.toml", "setup.cfg", "noxfile.py", "pyproject.toml"),
    *("package.json", ".vscode/tasks.json", ".devcontainer/*.json", ".devcontainer.json"),
    *("Dockerfile*", "*.Dockerfile", "Containerfile*", "docker/*", ".devcontainer/Dockerfile*"),
    *("compose*.y*ml", "docker-compose*.y*ml", "*.sh"),
    *SCRIPT_PATTERNS,
    ".husky/*",
)
SUFFIXES = frozenset({"", ".sh", ".bash"})
MOST_BYTES = 1 << 20  # longer ones are not written by hand
OUTSIDE = "it lies above the project, where others may use it"


@dataclass(frozen=True)
class Caller:
    """A file that calls `uv run`.

    Attributes:
        path: Where it is.
        file: The same relative to the workspace root, with `/`.
        content: Its text.
        calls: Its calls, in order.
    """

    path: Path
    file: str
    content: str
    calls: tuple[Call, ...]

    def list_lines(self) -> Iterator[tuple[str, str]]:
        """List the lines with calls (`Makefile:2: uv run x`; untrusted), and why one is left."""
        lines, shown = self.content.split("\n"), 0
        for call in self.calls:
            if call.line > shown:
                text = " ".join(" ".join(lines[call.line - 1 : call.last]).split())
                whys = [each.why for each in self.calls if each.line <= call.last <= each.last]
                yield f"{self.file}:{call.line}: {text}", next(filter(None, whys), "")
                shown = call.last

    def rewrite(self) -> str:
        """Rewrite the calls that xrun can stand in for; nothing else changes."""
        text = self.content
        for call in reversed([each for each in self.calls if not each.why]):
            before, after = text[: call.start], text[call.end :]
            text = before + rewrite_call(text[call.start : call.end], self.file) + after
        return text


def find_callers(workspace: Workspace) -> list[Caller]:
    """Find what calls `uv run` in the files of the tools around a project.

    Args:
        workspace: Its root is searched, the folder of each member, and what the whole repository
            has in common.

    Returns:
        In the order of `PATTERNS`, the root's first. What is no text, cannot be read or leads out
        of the workspace is left out.
    """
    root = workspace.root.folder
    places = [(member.folder, root, PATTERNS) for member in workspace.members]
    top = find_top(root)
    if top is not None and not top.samefile(root):
        places.append((top, top, SHARED_PATTERNS))
    found: list[Caller] = []
    seen: set[tuple[int, int]] = set()  # one file by two names, or by two cases of one
    for folder, within, patterns in places:
        for path, pattern in _list_files(folder, within, patterns):
            content = _load_text(path, seen)
            if pattern in SCRIPT_PATTERNS and not path.suffix and not SCRIPT.match(content):
                continue
            name = os.path.relpath(path, root).replace(os.sep, "/")
            calls = tuple(parse_calls(content, name)) if content else ()
            if within != root:
                calls = tuple(replace(call, why=call.why or OUTSIDE) for call in calls)
            found += [Caller(path, name, content, calls)] if calls else []
    return found


def _list_files(folder: Path, root: Path, patterns: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """List the files of the tools in a folder; a link may lead anywhere in the workspace."""
    inside = tuple(os.path.join(os.path.realpath(each), "") for each in (root, folder))  # noqa: PTH118
    for pattern in patterns:
        # glob is silent on errors.
        for name in sorted(glob.glob(pattern, root_dir=folder)):  # noqa: PTH207
            path = folder / name
            is_other = pattern in SCRIPT_PATTERNS and path.suffix not in SUFFIXES
            if not is_other and os.path.realpath(path).startswith(inside):
                yield path, pattern


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
