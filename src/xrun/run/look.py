"""Compare, under the gate: the first step of a run that is not as last time.

What is done about drift is not imported here: most runs are clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.drift.kept import compare_keeping
from xrun.environment.marker import was_interrupted
from xrun.report import notices
from xrun.run.guard import check_keeps
from xrun.run.plan import Response

if TYPE_CHECKING:
    from xrun.drift import Comparison
    from xrun.run.hand_over import Run


def compare_run(this: Run) -> tuple[Run, Comparison]:
    """Compare, under the gate, which is then held until the command starts.

    Returns:
        The run, around what is kept, and what was found.

    Raises:
        UvFailedError: uv could not say what it would do.
        KeptWouldBeLostError: The environment would be built anew without what is kept.
    """
    if this.plan.is_as_it_is and this.plan.response is Response.REPORT:
        return compare_ungated(this)  # nothing is changed by it
    this.gate.take()
    environment = this.facts.environment
    if environment is not None and was_interrupted(environment) and not this.plan.is_as_it_is:
        from xrun.run.recover import recover

        recovered = recover(this.facts, this.invocation, this.plan, environment)
        this.tell(notices.render_recovered(recovered.whole, recovered.gone))
    return compare_ungated(this)


def compare_ungated(this: Run) -> tuple[Run, Comparison]:
    """Compare as `compare_run` does, where nothing is changed afterwards."""
    comparison = compare_keeping(this.facts, this.invocation, this.plan)
    check_keeps(comparison, is_as_it_is=this.plan.is_as_it_is)
    return this.compared(comparison), comparison
