"""Remember a run that has nothing to do first and nothing to say, so that the next one is quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.environment.marker import find_marker
from xrun.proxy.stamp import may_have_stamp, point_to_rules, take_identities, write_stamp
from xrun.run.plan import Target
from xrun.run.stamp_inputs import list_inputs

if TYPE_CHECKING:
    from xrun.run.hand_over import Run


def take_inputs(*runs: Run) -> dict[str, str] | None:
    """Take the identities of all that decides, before uv is asked; `None` if some cannot be.

    Args:
        runs: The run; where it moved to another environment by itself, also as it was before, for
            the project's own decided that.
    """
    watched: set[str] = set()
    for this in runs:
        listed = list_inputs(this.facts, this.policy, this.invocation)
        if listed is None or not may_have_stamp(this.invocation):
            return None
        watched.update(listed)
        if this.facts.environment is not None:  # a step that was killed may show nowhere else
            watched.add(find_marker(this.facts.environment))
    return take_identities(watched)


def remember(this: Run, identities: dict[str, str] | None) -> None:
    """Remember a run, if uv is given all that was typed.

    Args:
        this: The run.
        identities: From `take_inputs`.
    """
    is_whole = not this.invocation.has(*this.left_out)
    if identities is None or this.plan.target is not Target.PROJECT or not is_whole:
        return
    key: str | None = this.key
    words = this.policy.rule_words
    if words is not None:
        key = point_to_rules(this.key, words, this.invocation.command)
    if key is not None:
        until = this.policy.next_until
        inject, where, since = this.plan.inject, this.where, this.since
        write_stamp(key, inject, identities, until=until, where=where, since=since)
