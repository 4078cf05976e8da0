"""`xrunctl sync`: the environment made exact by the policy, without a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from xrun.ctl.check import render_synced
from xrun.ctl.target import STATUS_NOT_DONE, ProjectOption, fail, find_subject
from xrun.environment.processes import render_holder
from xrun.errors import XrunError
from xrun.report.notices import render_waiting
from xrun.run.carry_out import make_exact
from xrun.run.locks import Locks
from xrun.run.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Sequence


def sync(project: ProjectOption = None) -> None:
    """Make the environment what is declared and selected."""
    voice = Voice(_print, is_terminal=sys.stderr.isatty())
    locks = Locks(lambda file: _print(render_waiting(render_holder(file))))
    try:
        done = make_exact(find_subject(project, remembers=True), locks, voice)
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    finally:
        locks.release()
    if done.status != 0 or done.left:
        raise typer.Exit(STATUS_NOT_DONE)
    if done.drift is not None:
        _print(render_synced(done.drift))


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)
