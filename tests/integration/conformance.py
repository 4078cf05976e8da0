"""Run a row once as uv and once as xrun, each on the same state in the same folder."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from support.processes import Place

from .row import Mode, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.processes import Argument, Result

    from .arena import Arena, Traces

_POLICIES = {
    Mode.OFF: 'mode = "off"\n',
    Mode.EXACT: 'mode = "exact"\nother-selection = "rebuild"\n',
    Mode.DRIFTED: 'mode = "exact"\nother-selection = "rebuild"\n',
}
_DURATION = re.compile(rb"in (\d+m )?\d+(\.\d+)?(ns|us|\xc2\xb5s|ms|s)\b")
# Of a temporary folder, and of what uv unpacks or makes again for `--with`.
_TEMPORARY = re.compile(rb"(?<=/\.tmp)\w{6}\b|(?<=/archive-v0/)[\w-]{16}(?=/)")
_OWN = re.compile(rb"(\x1b\[[\d;]*m)*xrun:")


@dataclass(frozen=True)
class Outcome:
    """All that can be seen of a run: what it said, how it ended, what it left."""

    status: int
    stdout: bytes
    stderr: bytes
    traces: Traces
    merged: bool


@dataclass(frozen=True)
class Runner:
    """Runs rows in an arena with a given xrun."""

    arena: Arena
    xrun: tuple[str, ...]

    def both(self, row: Row, mode: Mode) -> tuple[Outcome, Outcome]:
        """What uv and xrun do, each on the same fresh state."""
        self.prepare(row, mode)
        uv = self.as_uv(row, mode)
        self.prepare(row, mode)
        return uv, self.as_xrun(row, mode)

    def prepare(self, row: Row, mode: Mode) -> None:
        """Restore the row's state, with the policy of the mode."""
        self.arena.restore(row.state, drifted=mode is not Mode.EXACT)
        if not _by_variable(row, mode):
            (self.arena.folder / "xrun.toml").write_text(_POLICIES[mode])

    def as_uv(self, row: Row, mode: Mode) -> Outcome:
        """What `uv run` does, with `--exact` where xrun would be exact."""
        exact = mode is not Mode.OFF and not row.settled
        program = (str(self.arena.sandbox.uv), "run", *(("--exact",) if exact else ()))
        return _comparable(self._run(row, mode, program), row, mode)

    def as_xrun(self, row: Row, mode: Mode) -> Outcome:
        """What xrun does."""
        return _comparable(self._run(row, mode, self.xrun), row, mode)

    def as_xrun_again(self, row: Row, mode: Mode) -> tuple[Outcome, bool]:
        """What xrun does where it has done the same before; and whether a uv was started."""
        self.arena.forget_uv()
        outcome = self.as_xrun(row, mode)
        if self.arena.has_seen_uv():  # asked perhaps, the first time
            self.arena.forget_uv()
            outcome = self.as_xrun(row, mode)
        return outcome, self.arena.has_seen_uv()

    def _run(self, row: Row, mode: Mode, program: tuple[str, ...]) -> Outcome:
        said = {"XRUN_MODE": "off"} if _by_variable(row, mode) else {}
        variables: dict[str, str | None] = {**said, **row.environ}
        command = [*self._filled(row.wrapper), *program, *self._filled(row.arguments)]
        environ = self.arena.sandbox.environ(**self._filled_values(variables))
        result = row.way(command, Place(self.arena.folder / row.folder, environ))
        return _observe(row, result, self.arena.traces())

    def _filled(self, words: tuple[Argument, ...] | tuple[str, ...]) -> list[Argument]:
        return [self._fill(word) if isinstance(word, str) else word for word in words]

    def _filled_values(self, values: dict[str, str | None]) -> dict[str, str | None]:
        return {name: value and self._fill(value) for name, value in values.items()}

    def _fill(self, text: str) -> str:
        """Put the places of this session where a row names them."""
        sandbox = self.arena.sandbox
        places = {"<arena>": self.arena.folder, "<home>": sandbox.home, "<path>": sandbox.path}
        places |= {"<uv>": sandbox.uv, "<xrun>": self.xrun[0]}
        for name, place in places.items():
            text = text.replace(name, str(place))
        return text


def _by_variable(row: Row, mode: Mode) -> bool:
    """Whether the mode is told by a variable; uv gets it too, so that environments are equal."""
    return mode is Mode.OFF and not row.bare


def _comparable(outcome: Outcome, row: Row, mode: Mode) -> Outcome:
    status = outcome.status
    outcome = outcome if mode is Mode.OFF else as_exact(outcome)
    return replace(outcome, status=status) if row.environ.get("XRUN_LAUNCH") == "uv" else outcome


def _observe(row: Row, result: Result, traces: Traces) -> Outcome:
    """A result without what two runs of the same command do not share."""
    return Outcome(
        result.status,
        _timeless(row.tidy(result.stdout, result)),
        _timeless(row.tidy(result.stderr, result)),
        traces,
        result.merged,
    )


def _timeless(output: bytes) -> bytes:
    return _TEMPORARY.sub(b"<random>", _DURATION.sub(b"in <time>", output))


def without_own_lines(output: bytes) -> bytes:
    """Drop what xrun says: its lines, and the indented rows of a report after one of them."""
    kept: list[bytes] = []
    enclosed = False
    for line in output.splitlines(keepends=True):
        own = _OWN.match(line) is not None
        enclosed = own or (enclosed and line.startswith(b"  "))
        if not enclosed:
            kept.append(line)
    return b"".join(kept)


def as_exact(outcome: Outcome) -> Outcome:
    """The outcome without what xrun says where it is exact; the status as a shell shows it.

    The command may be xrun's own process, and is then seen to die by a signal. uv's line that
    counts what was removed is left out too: it is there, but xrun removes first, so that uv's
    warnings come after it. Standard output is searched only where a terminal shows both.
    """
    stdout = without_own_lines(outcome.stdout) if outcome.merged else outcome.stdout
    stderr = without_own_lines(outcome.stderr)
    if outcome.merged:
        stdout = _without_count(stdout)
    status = 128 - outcome.status if outcome.status < 0 else outcome.status
    return replace(outcome, status=status, stdout=stdout, stderr=_without_count(stderr))


def _without_count(output: bytes) -> bytes:
    return re.sub(rb"(?m)^.*Uninstalled .*\n", b"", output)


def differences(row: Row, uv: Outcome, xrun: Outcome) -> str:
    """What xrun did otherwise than uv, to be read by a person; empty if nothing."""
    if row.compares_only_status:
        return _difference("status", [str(uv.status)], [str(xrun.status)])
    parts = [
        _difference("stderr", _lines(uv.stderr), _lines(xrun.stderr))
        if row.compares_stderr
        else "",
        _difference("stdout", _lines(uv.stdout), _lines(xrun.stdout)),
        _difference("status", [str(uv.status)], [str(xrun.status)]),
        _difference("environments", _installed(uv), _installed(xrun)),
        _difference("files", uv.traces.files, xrun.traces.files),
        _difference("uv.lock", _lines(uv.traces.lock), _lines(xrun.traces.lock)),
    ]
    return "".join(parts)


def _difference(what: str, uv: Sequence[str], xrun: Sequence[str]) -> str:
    lines = difflib.unified_diff(uv, xrun, f"{what} of uv run", f"{what} of xrun", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _lines(output: bytes) -> list[str]:
    return [repr(line)[2:-1] for line in output.splitlines(keepends=True)]


def _installed(outcome: Outcome) -> list[str]:
    """One line for each distribution in each environment."""
    return [
        f"{place}: {distribution} {digest}"
        for place, found in outcome.traces.environments
        for distribution, digest in (("is there", ""), *found.entries)
    ]
