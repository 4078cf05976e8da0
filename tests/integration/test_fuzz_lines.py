"""Any command line, held against the real uv: where its command begins, and all that it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.clock import LATER
from support.fuzz import fuzzed
from support.lines import NAMES, VARIABLES, lines
from support.processes import Place, run
from xrun.proxy.command_line import OWN_OPTIONS, parse_invocation
from xrun.run.usage import find_refusal, is_misused, lacks_files, may_be_refused

from .arena import Arena
from .conformance import Outcome, Runner, differences
from .row import Mode, Row, piped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.sandbox import Sandbox

CALLED = b"called with "
PROGRAM = f"""\
#!{sys.executable} -IS
import os, sys
with open("/proc/self/environ", "rb") if os.path.exists("/proc/self") else sys.stdin.buffer as file:
    variables = file.read().replace(b"\\0", b"\\n")
words = b"\\0".join(map(os.fsencode, sys.argv))
parts = [{CALLED!r} + words, os.fsencode(os.getcwd()), variables, sys.stdin.buffer.read(), b""]
sys.stdout.buffer.write(b"\\n".join(parts))
sys.exit(len(sys.argv) + 2)
"""


def write_programs(folder: Path) -> None:
    """Make each name a program, a module and a script, which say how they were called."""
    (folder / "sub").mkdir(exist_ok=True)
    for name in NAMES:
        for file in (folder / name, folder / f"{name}.py"):
            file.write_text(PROGRAM)
            file.chmod(0o755)
    (folder / "x.env").write_text("X=1\n")
    (folder / "x.txt").write_text("gamma\n")


@pytest.fixture(scope="module")
def place(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder with the programs on PATH; no project is around."""
    folder = tmp_path_factory.mktemp("split")
    write_programs(folder)
    variables = {"UV_FIND_LINKS": str(sandbox.index), "UV_NO_INDEX": "1"}
    return Place(folder, sandbox.environ(PATH=f"{folder}:{sandbox.path}", **variables))


@fuzzed(40, full=3000)
@given(line=lines(3))
def test_the_command_begins_where_it_does_for_uv(
    sandbox: Sandbox, place: Place, line: list[str]
) -> None:
    invocation = parse_invocation(line)
    assume(not invocation.asks_for_help)
    uv = str(sandbox.uv)
    is_asked = may_be_refused(invocation, place.environ)
    is_refused = is_asked and find_refusal(invocation, uv) is not None
    is_known = is_misused(invocation) or is_refused
    result = run((uv, "run", *line), place)
    is_usage = b"\nUsage: " in result.stderr
    assert is_known or not is_usage, f"{line} is refused: {result.stderr.decode()}"
    if result.stdout.startswith(CALLED):
        assert not is_known, f"{line} is not refused"
        words = result.stdout.removeprefix(CALLED).partition(b"\n")[0].split(b"\0")
        told = [word.decode(errors="surrogateescape") for word in words[1:]]
        before = 2 if invocation.command[0].lower() in {"python", "python3"} else 1
        assert told == [*invocation.command[before:]], f"{line} is split otherwise"


@pytest.fixture(scope="module")
def runner(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(Arena(sandbox, tmp_path_factory.mktemp("fuzzed")), LATER)


def run_twice(
    runner: Runner, row: Row, mode: Mode, way: Callable[[Row, Mode], Outcome]
) -> list[Outcome]:
    """Run on a fresh state; once more if the program ran, so that the second one is known."""
    runner.prepare(row, mode)
    write_programs(runner.arena.folder)
    first = way(row, mode)
    return [first, *([way(row, mode)] if first.stdout.startswith(CALLED) else [])]


@fuzzed(25, full=1000)
@given(
    line=lines(2),
    environ=VARIABLES,
    launch=st.sampled_from(["direct", "direct", "uv"]),
    mode=st.sampled_from([Mode.EXACT, Mode.EXACT, Mode.DRIFTED, Mode.OFF]),
)
def test_a_line_does_what_it_does_for_uv(
    runner: Runner, line: list[str], environ: dict[str, str], launch: str, mode: Mode
) -> None:
    invocation = parse_invocation(line)
    assume(line[0] not in OWN_OPTIONS)
    # Settings tell the time; a preview has its environment elsewhere, where xrun changes nothing.
    # `-V` is an option of old uvs only, and is refused in other words behind `--exact`; names in a
    # new cache are random.
    assume(not invocation.has("--show-settings", "--preview", "--preview-features", "--version"))
    assume(not invocation.has("--cache-dir"))
    # Where a file is missing uv removes first, and xrun changes nothing.
    is_missing = lacks_files(invocation, runner.arena.folder)
    assume(mode is not Mode.DRIFTED or not (invocation.asks_for_help or is_missing))
    row = Row(
        "fuzzed",
        tuple(line),
        environ={"PATH": "<arena>:<path>", **environ, "XRUN_LAUNCH": launch},
        way=piped(PROGRAM.encode()),
        settled=invocation.has("--exact", "--inexact") or is_misused(invocation),
        # Of two things that are wrong xrun tells a missing file first; what goes it lists itself.
        compares_stderr=not (invocation.has("--show-resolution", "--verbose") or is_missing),
    )
    expected, found = (run_twice(runner, row, mode, way) for way in (runner.as_uv, runner.as_xrun))
    for uv, xrun in zip(expected, found, strict=False):
        told = differences(row, uv, xrun)
        assert not told, f"{line} {environ} {launch} {mode}\n{told}"
