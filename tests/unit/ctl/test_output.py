"""What the verbs say: no name of a folder, a file or a distribution steers the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from unit.drifts import HOSTILE, make_drift, undeclared
from xrun.ctl import keep, restore_text
from xrun.ctl.check import render_check
from xrun.ctl.check_many import render_summary
from xrun.ctl.output import say
from xrun.ctl.sync import render_synced
from xrun.environment.attic.restore import Restored
from xrun.environment.attic.store import Removed
from xrun.environment.environment import Environment
from xrun.policy.keep import Keep
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

REMOVED = Removed(HOSTILE, HOSTILE, HOSTILE)
ENTRY = Keep(Requirement("six>=2"), HOSTILE)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        (restore_text.list_restored([REMOVED], Restored(()), HOSTILE), 1),
        (restore_text.list_restored([REMOVED], Restored((REMOVED,), (HOSTILE,)), HOSTILE), 2),
        (restore_text.list_kept([ENTRY], [ENTRY], [HOSTILE]), 3),
        (keep.list_said([HOSTILE], [(ENTRY, HOSTILE), (ENTRY, "")], {}, HOSTILE, HOSTILE), 3),
        (keep.list_said([HOSTILE], [], {HOSTILE: HOSTILE}, HOSTILE, HOSTILE), 1),
        ([HOSTILE], 1),
    ],
)
def test_what_is_said_does_not_steer_the_terminal(
    said: Iterable[str], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    say(said)
    lines = capsys.readouterr().err.split("\n")
    assert lines.pop() == ""
    assert len(lines) == count
    assert all(line.isprintable() and line.startswith("xrun: ") for line in lines), lines


def test_what_a_check_renders_does_not_steer_the_terminal() -> None:
    environment = Environment(Path("/venv"), HOSTILE)
    lines = [restore_text.render_gone(REMOVED), render_summary([], HOSTILE)]
    for plain in (make_drift(), make_drift(undeclared("six"))):
        drift = replace(plain, environment=environment)
        first, last = render_check(drift)
        lines += [first, *last, *render_synced(drift)]
    assert all(line.isprintable() for line in lines), lines


def test_what_went_for_the_same_version_is_told_from_an_upgrade() -> None:
    assert restore_text.render_gone(Removed("six", "1.0")) == "six 1.0"
    assert restore_text.render_gone(Removed("six", "1.0", "2.0")) == "six 1.0 (replaced by 2.0)"
    same = "six 1.0 (replaced by the same from another source or build)"
    assert restore_text.render_gone(Removed("six", "1.0", "1.0")) == same
