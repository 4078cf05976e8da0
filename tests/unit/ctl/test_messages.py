"""What the verbs say: no name of a folder, a file or a distribution steers the terminal."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from packaging.requirements import Requirement

from unit.drifts import HOSTILE, make_drift, undeclared
from xrun.ctl.messages import (
    render_check,
    render_gone,
    render_keeping,
    render_kept_by_hand,
    render_restored,
    render_summary,
    render_synced,
)
from xrun.environment import Environment
from xrun.environment.attic.journal import Gone
from xrun.environment.attic.store import Stowed
from xrun.policy.keep import Keep


def test_nothing_steers_the_terminal() -> None:
    environment = Environment(Path("/venv"), HOSTILE)
    stowed = Stowed(HOSTILE, HOSTILE, (), HOSTILE)
    entry = Keep(Requirement("six>=2"), HOSTILE)
    lines = [
        *render_restored([stowed], [], HOSTILE),
        *render_restored([stowed], [stowed], HOSTILE),
        *render_keeping([entry], [entry], [HOSTILE]),
        *render_kept_by_hand([HOSTILE], [(entry, HOSTILE), (entry, "")], HOSTILE, HOSTILE),
        *render_kept_by_hand([], [], HOSTILE, HOSTILE),
        render_gone(stowed),
        render_summary([], HOSTILE),
    ]
    for plain in (make_drift(), make_drift(undeclared("six"))):
        drift = dataclasses.replace(plain, environment=environment)
        first, last = render_check(drift)
        lines += [first, *last, *render_synced(drift)]
    assert all(line.isprintable() for line in lines), lines


def test_what_went_for_the_same_version_is_told_from_an_upgrade() -> None:
    assert render_gone(Gone("six", "1.0")) == "six 1.0"
    assert render_gone(Gone("six", "1.0", "", "2.0")) == "six 1.0 (replaced by 2.0)"
    same = "six 1.0 (replaced by the same from another source or build)"
    assert render_gone(Gone("six", "1.0", "", "1.0")) == same
