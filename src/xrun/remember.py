"""Remember a run that has nothing to do first and nothing to say, so that the next one is quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.inputs import list_inputs
from xrun.plan import Target
from xrun.stamp import may_have_stamp, point_to_rules, take_identities, write_stamp

if TYPE_CHECKING:
    from xrun.handover import Run


def take_inputs(this: Run) -> dict[str, str] | None:
    """Take the identities of all that decides, before uv is asked; `None` if some cannot be."""
    if not may_have_stamp(this.invocation):
        return None
    watched = list_inputs(this.facts, this.policy, this.invocation)
    return None if watched is None else take_identities(watched)


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
        write_stamp(key, this.plan.inject, identities, until, this.where)
