"""A policy file: where it is looked for, how it is read, and how messages name it."""

from __future__ import annotations

import os
import stat

import tomli

from xrun.policy.problems import Mismatch, Problem, Wrong
from xrun.project.workspace import PYPROJECT, follow
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.policy.keys import Layer
    from xrun.project.workspace import Project

POLICY_FILE = "xrun.toml"
LOCAL_FILE = "xrun.local.toml"
LIMIT = 1 << 20  # bytes
OTHER_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True)
class PolicyFile:
    """A policy file that is there.

    Attributes:
        layer: The layer that it is of; one that it extends is of the same.
        path: Where it lies, absolute.
        table: What stands in it, decoded.
        source: How messages name it.
    """

    layer: Layer
    path: Path
    table: Mapping[str, object]
    source: str


@dataclass(frozen=True)
class Found:
    """The result of looking for policies.

    Attributes:
        files: The files that are there and could be read, weakest first.
        places: Every path that was looked at, there or not: a policy may appear.
        problems: What is wrong with files as files.
    """

    files: tuple[PolicyFile, ...] = ()
    places: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(
            (*self.files, *other.files),
            (*self.places, *other.places),
            (*self.problems, *other.problems),
        )


def find_file(layer: Layer, path: Path, source: str = "") -> Found:
    """Find a policy file, if one is there.

    Args:
        layer: The layer that it is of.
        path: The file; of a `pyproject.toml` its `[tool.xrun]` counts.
        source: How messages name it; its path, if that is not given.
    """
    if not is_there(path):
        return Found(places=(path,))
    source = source or render_path(path)
    try:
        table = follow(load_text(path)[1], list_tables(path))
    except Wrong as wrong:
        return Found(places=(path,), problems=wrong.list_problems(source))
    if isinstance(table, dict):
        return Found((PolicyFile(layer, path, table, source),), (path,))
    missing = "there is no [tool.xrun], where a policy stands in this file"
    return Found(places=(path,), problems=(Problem(source, "", missing),))


def is_there(path: Path) -> bool:
    """Whether a path is there, a link to nowhere too; reading it says why it is unreadable."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return False
    except OSError:
        return True
    return True


def find_project_file(layer: Layer, project: Project) -> Found:
    """Find a project's policy: `xrun.toml` or `[tool.xrun]`, never both."""
    beside = project.folder / POLICY_FILE
    places = (beside, project.file)
    source = render_path(project.file)
    tool = project.find_table("tool") or {}
    table = tool.get("xrun")
    if not isinstance(table, dict):
        problems: tuple[Problem, ...] = ()
        if "xrun" in tool:
            from xrun.policy.positions import locate

            message = str(Mismatch("a table [tool.xrun]", tool["xrun"]))
            wrong = Problem(source, "tool.xrun", message)
            problems = locate([wrong], {source: project.file})
        return find_file(layer, beside) + Found(places=places, problems=problems)
    if is_there(beside):
        both = f"{PYPROJECT} beside it has [tool.xrun] too; keep the policy in one of them"
        return Found(places=places, problems=(Problem(render_path(beside), "", both),))
    return Found((PolicyFile(layer, project.file, table, source),), places)


def list_tables(path: Path) -> tuple[str, ...]:
    """List the tables that a file's policy stands in, from the outside."""
    return ("tool", "xrun") if path.name == PYPROJECT else ()


def load_text(path: Path) -> tuple[str, Mapping[str, object]]:
    """Load a TOML file: its text as it stands, line ends included, and its decoded table.

    Raises:
        Wrong: It cannot be read, or is not TOML.
    """
    try:
        content = _read_bytes(path)
        text = content.decode("utf-8")
        if not text.startswith("\ufeff"):
            return text, tomli.loads(text)
        message = "starts with a byte order mark; save it as UTF-8 without one"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except Wrong:
        raise
    except ValueError as error:
        raise Wrong([_describe(error)]) from None
    except RecursionError:
        message = "nested too deeply"
    raise Wrong(message)


def _read_bytes(path: Path) -> bytes:
    """Read a file, but nothing that has no end, or waits for a writer."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kind = next((word for fits, word in OTHER_KINDS if fits(mode)), "a device")
        raise Wrong(f"expected a file, found {kind}")
    with path.open("rb") as file:
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise Wrong(f"larger than {LIMIT >> 20} MiB, which is the most that is read")
    return content


def _describe(error: ValueError) -> Problem:
    """Describe why a content is no text, or no TOML, and where."""
    from xrun.policy.positions import explain_syntax, make_excerpt

    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start].decode()
        text = before + error.object[error.start :].decode(errors="replace")
        excerpt = make_excerpt(text, (len(before), len(before)))
        return Problem("", "", f"not UTF-8 (byte {error.start})", at=excerpt)
    if isinstance(error, tomli.TOMLDecodeError):
        message, excerpt = explain_syntax(error.doc, error)
        return Problem("", "", message, at=excerpt)
    return Problem("", "", f"cannot be read: {error}")  # a number of more digits than Python reads


def render_path(path: Path) -> str:
    """Render a path as it is shortest to read: relative where it lies below the current folder."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; the current folder is gone
        return str(path)
    return str(path) if relative.startswith(os.pardir + os.sep) else relative
