"""Console scripts that name another environment's Python: a moved or copied environment has them.

A script names its interpreter by an absolute path, in its first line or, where that is too long or
has a space, in the line below `#!/bin/sh` (as uv 0.13.9 and pip write both). Relocatable ones name
it by their own place.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from xrun.project.spelling import list_folder
from xrun.proxy import BIN, EXE
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.environment.environment import Environment

SIMPLE = rb"#!\s*(\S+)[ \t]*([^\r\n]*)\r?\n"
SHELL = b"#!/bin/sh"
BY_SHELL = rb"#!/bin/sh\r?\n'''exec' (.+) \"\$0\" \"\$@\"\r?\n' '''\r?\n"
PYTHON = r"(python|pypy)w?[\d.]*t?"
MOST_READ = 2**14  # bytes: three times the longest path
LONGEST = 127  # of a first line, in bytes: what Linux took before 5.1


@dataclass(frozen=True)
class Script:
    """A script of a distribution that names another environment's Python.

    Attributes:
        owner: The distribution, by its normalised name.
        path: The script.
    """

    owner: str
    path: Path

    def point_to(self, environment: Environment) -> None:
        """Make it name the Python of the environment that it lies in.

        Raises:
            OSError: It cannot be replaced.
        """
        content = self.path.read_bytes()
        words, end = _parse_header(content)
        if not words:
            return
        words[0] = str(environment.folder / BIN / Path(words[0]).name)
        from xrun.project.replacing import replace_file  # few are misplaced

        replace_file(self.path, _render_header(words) + content[end:])


def find_misplaced(environment: Environment) -> tuple[Script, ...]:
    """Find the scripts in an environment that run in another one, or in one that is gone.

    Those that no distribution lists do not count. On Windows none is found.
    """
    if EXE or not environment.is_virtual:
        return ()
    folder = os.path.realpath(environment.folder / BIN)
    homes: dict[str, bool] = {}
    wrong = {name for name in list_folder(folder) if _is_misplaced(folder, name, homes)}
    return tuple(sorted(_find_owned(environment, wrong), key=str)) if wrong else ()


def _find_owned(environment: Environment, names: set[str]) -> Iterator[Script]:
    folder = environment.folder / BIN
    for each in environment.every_distribution:
        for file in each.files:
            name = file.rpartition("/")[2]
            if name not in names:
                continue
            path = os.path.normpath(each.folder.parent / file)
            if path == str(folder / name):
                yield Script(each.name, Path(path))


def _is_misplaced(folder: str, name: str, homes: dict[str, bool]) -> bool:
    """Whether a script names another environment's Python; `homes` remembers whose folders are."""
    try:
        with open(f"{folder}{os.sep}{name}", "rb", 0) as file:  # noqa: PTH123 - many files
            head = file.read(2)
            words = _parse_header(head + file.read(MOST_READ))[0] if head == b"#!" else []
    except OSError:
        return False
    if not words or not re.fullmatch(PYTHON, os.path.basename(words[0])):  # noqa: PTH119 - as text
        return False
    home = os.path.dirname(words[0])  # noqa: PTH120 - as text
    if home not in homes:
        homes[home] = _is_elsewhere(home, folder)
    return homes[home]


def _is_elsewhere(home: str, folder: str) -> bool:
    """Whether scripts of another environment lie in a folder, or lay there: not a whole Python's.

    Args:
        home: Where the interpreter is that a script names.
        folder: Where the script really lies.
    """
    above, name = os.path.split(home)
    if name != BIN or not os.path.isabs(home) or os.path.realpath(home) == folder:  # noqa: PTH117
        return False
    is_virtual = os.path.exists(os.path.join(above, "pyvenv.cfg"))  # noqa: PTH110, PTH118
    return is_virtual or not os.path.exists(os.path.join(above, "lib"))  # noqa: PTH110, PTH118


def _parse_header(content: bytes) -> tuple[list[str], int]:
    """Parse the beginning of a script: the interpreter with its options, and where it ends."""
    by_shell = content.startswith(SHELL) and re.match(BY_SHELL, content)
    found = by_shell or re.match(SIMPLE, content)
    if found is None:
        return [], 0
    words = [os.fsdecode(each) for each in found.groups()]
    if by_shell:
        import shlex  # few are such

        try:
            words = shlex.split(words[0])
        except ValueError:  # a quote that nothing closes
            return [], 0
    return [word for word in words if word], found.end()


def _render_header(words: list[str]) -> bytes:
    line = os.fsencode(f"#!{' '.join(words)}\n")
    if len(line) <= LONGEST and not set(words[0]).intersection(" \t"):
        return line
    import shlex

    return os.fsencode(f"#!/bin/sh\n'''exec' {shlex.join(words)} \"$0\" \"$@\"\n' '''\n")
