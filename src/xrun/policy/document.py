"""One policy file to write into: loaded as it stands, written whole or not at all.

What is to be written is read back first: only the one key may mean something else than before.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tomli

from xrun.errors import PolicyError
from xrun.policy.files import LOCAL_FILE, load_text, render_path
from xrun.policy.mismatch import Wrong
from xrun.policy.parse import Problem
from xrun.policy.resolve import make_policy_error
from xrun.workspace import PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOCAL_HEAD = "# What this checkout on this machine keeps or selects; not committed.\n"


@dataclass(frozen=True)
class Document:
    """A policy file.

    Attributes:
        path: The file; it need not be there.
        text: Its text, with plain line ends where all of them are CRLF.
        is_crlf: Whether they are.
    """

    path: Path
    text: str
    is_crlf: bool = False

    @property
    def table(self) -> tuple[str, ...]:
        """The whole key of the table that the policy's keys stand in."""
        return ("tool", "xrun") if self.path.name == PYPROJECT else ()

    def find(self, key: str) -> object:
        """Find the decoded value of a policy's key; `None` where it does not stand."""
        found: object = tomli.loads(self.text)
        for name in (*self.table, key):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def check(self, key: str, value: object, parse: Callable[[object], object]) -> object:
        """Check a value of a key; says it parsed.

        Raises:
            PolicyError: The key does not take it.
        """
        try:
            return parse(value)
        except Wrong as wrong:
            problems = [(key + place, message) for place, message in wrong.problems]
            raise _refuse(self.path, problems) from None

    def save(self, text: str, key: str, value: object) -> None:
        """Save a new text, in which one key has a new value and everything else means the same.

        Raises:
            PolicyError: It does not, or the file cannot be written; the file is as it was.
        """
        if not self._means(text, key, value):
            raise PolicyError(
                f"{render_path(self.path)} has a form that xrun cannot write `{key}` into; "
                "nothing was written",
                hint=f"write `{key} = …` by hand, or put the policy into a file of its own",
            )
        if self.is_crlf:
            text = text.replace("\n", "\r\n")
        try:
            _replace_file(Path(os.path.realpath(self.path)), text.encode("utf-8"))
        except OSError as error:
            raise _refuse(self.path, [("", f"cannot be written: {error.strerror}")]) from error
        except UnicodeEncodeError:
            raise _refuse(self.path, [(key, "holds what is no text")]) from None

    def _means(self, text: str, key: str, value: object) -> bool:
        expected: dict[str, object] = tomli.loads(self.text, parse_float=str)  # nan is not nan
        table = expected
        for name in self.table:
            below = table.setdefault(name, {})
            if not isinstance(below, dict):
                return False
            table = below
        table[key] = value
        try:
            return tomli.loads(text, parse_float=str) == expected
        except tomli.TOMLDecodeError:
            return False


def load_document(path: Path) -> Document:
    """Load a policy file to write into; one that is not there is empty, but for what heads it.

    Raises:
        PolicyError: It cannot be read, or is not TOML.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where it may not look
        return Document(path, LOCAL_HEAD if path.name == LOCAL_FILE else "")
    try:
        text, _ = load_text(path)
    except Wrong as wrong:
        raise _refuse(path, wrong.problems) from None
    is_crlf = "\n" in text and text.count("\n") == text.count("\r\n")
    return Document(path, text.replace("\r\n", "\n") if is_crlf else text, is_crlf)


def _refuse(path: Path, problems: Iterable[tuple[str, str]]) -> PolicyError:
    source = render_path(path)
    rows = [Problem(source, *problem) for problem in problems]
    return make_policy_error(rows, outcome="nothing was written", hint="")


def _replace_file(target: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old one or the new, never a part; its mode stays."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        if mode is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        draft.write_bytes(content)
        if mode is not None:
            draft.chmod(mode)
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
