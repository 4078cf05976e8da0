"""A stamp is renewed where files were only written again, or changed where nothing looks.

Beside a stamp stands the dry run that was asked when there was nothing to do, with its answer, and
a digest of what decides in each file. Where no other input changed, what decides is the same, and
uv answers the same, the run is unchanged.

Light on purpose: the shortest way through a changed project is this module.
"""

from __future__ import annotations

import os
import time

from xrun.proxy import locks
from xrun.proxy.files import (
    ABSENT,
    read_identity,
    read_records,
    resolve_cache_file,
    resolve_name,
    write_records,
)
from xrun.proxy.stamp import END, put_stamp, read_stamp, take_identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Files that decide by what stands in them alone.
READ = (".toml", ".lock", ".python-version", ".python-versions")
# No larger ones are read, in bytes.
LARGEST = 4_000_000
# Tables of tools whose settings count, and keys of `[project]` that do not count.
COUNTING = (b"[tool.uv", b"[[tool.uv", b"[tool.xrun", b"[[tool.xrun")
DESCRIBING = (b"authors", b"classifiers", b"description", b"keywords", b"maintainers", b"readme")

# Variables that would change the answer's form, or that mean the run and not the question.
NOT_FOR_QUESTIONS = ("FORCE_COLOR", "CLICOLOR_FORCE", "RUST_LOG", "UV_NO_PROJECT", "UV_NO_SYNC")
# What `uv sync` obeys and `uv run` does not: whole kinds of distributions left out.
NOT_OF_RUN = ("UV_NO_INSTALL_", "UV_ONLY_INSTALL_")
# After so many seconds a uv waits for something, which the longer way says.
PATIENCE = 2


def select_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Select the variables for a dry run, whose answer a program reads."""
    selected = {
        name: value
        for name, value in environ.items()
        if name not in NOT_FOR_QUESTIONS and not name.startswith(NOT_OF_RUN)
    }
    return {**selected, "NO_COLOR": "1"}


def write_renewal(
    key: str, question: Sequence[str], answer: str, identities: Mapping[str, str]
) -> None:
    """Write by what a stamp can be renewed.

    Args:
        key: The stamp's.
        question: What uv was given.
        answer: What it said on standard output: that nothing is to be done.
        identities: The stamp's, taken before uv was asked.
    """
    digests = [
        word
        for path, identity in identities.items()
        if identity != ABSENT and path.endswith(READ)
        for word in (path, read_digest(path))
        if word and read_identity(path) == identity
    ]
    write_records(resolve_cache_file("renewals", key), [key, answer, *question, END, *digests])


def renew_stamp(
    uv: str, key: str, command: tuple[str, ...] = ()
) -> tuple[str, str, list[str]] | None:
    """Find what was done last time where a stamp does not hold, but all that decides is the same.

    The environment is entered.

    Args:
        uv: The program.
        key: From `stamp.render_key`.
        command: The command, as typed.

    Returns:
        As `stamp.find_stamp`.
    """
    since = time.time_ns()
    stamp = read_stamp(key, command)
    if stamp is None:
        return None
    head, known = stamp
    found = take_identities(known)
    question = _find_question(head[0], [path for path in known if known[path] != found[path]])
    if not question or not _answers(uv, *question):
        return None
    descriptor = locks.enter(head[2])
    if descriptor is None:
        return None
    if take_identities(known) != found:
        locks.leave(descriptor)
        return None
    put_stamp(head, found, since)
    return head[2], head[3], head[4:]


def _find_question(key: str, changed: Sequence[str]) -> tuple[str, list[str]] | None:
    """Find what to ask and the answer of last time; `None` where what decides has changed."""
    records = read_records(resolve_cache_file("renewals", key))
    if records[:1] != [key] or END not in records[2:] or not changed:
        return None
    divide = records.index(END, 2)
    digests = dict(zip(records[divide + 1 :: 2], records[divide + 2 :: 2]))  # noqa: B905
    if any(not digests.get(path) or digests[path] != read_digest(path) for path in changed):
        return None
    return records[1], records[2:divide]


def _answers(uv: str, answer: str, question: list[str]) -> bool:
    """Whether uv answers the same, and warns of nothing."""
    from xrun.proxy.child import ask

    try:
        asked = ask([uv, *question], select_environ(os.environ), PATIENCE, _give_up)
    except OSError:  # it cannot be started, or waits
        return False
    is_same = asked.returncode == 0 and asked.stdout == answer
    return is_same and "warning:" not in asked.stderr


def _give_up(_: int) -> None:
    raise TimeoutError


def read_digest(path: str) -> str:
    """Read a digest of what decides in a file; empty where it is not to be had.

    uv rebuilds a project with a build system whenever its file was written (0.13.9), so nothing in
    that is the same.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return ""
    if len(content) > LARGEST:
        return ""
    if os.path.basename(path) == "pyproject.toml":
        if b"[build-system]" in content:
            return ""
        content = b"\n".join(select_deciding(content.splitlines()))
    return f"{len(content)}:{resolve_name(os.fsdecode(content))}"


def select_deciding(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Select the lines of a `pyproject.toml` that may decide something.

    Not comments, nor other tools' tables, nor lines that describe the project. Only a table's name
    begins with `[tool.`; after any other bracket at a line's start all counts again, and so does a
    file with strings over several lines, in which anything may stand.
    """
    if any(b'"""' in line or b"'''" in line for line in lines):
        yield from lines
        return
    is_project, counts = False, True
    for line in map(bytes.strip, lines):
        if line.startswith(b"["):
            is_project = line == b"[project]"
            head = line.translate(None, b" \t")  # which may stand around a dot
            counts = (
                not head.startswith((b"[tool.", b"[[tool."))
                or head.startswith(COUNTING)
                or b'"' in head  # a name in quotation marks may be any
                or b"'" in head
            )
        is_idle = is_project and line.startswith(DESCRIBING)
        if counts and line and not is_idle and not line.startswith(b"#"):
            yield line
