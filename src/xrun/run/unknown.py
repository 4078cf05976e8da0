"""Runs of which uv cannot say what it would do: whether they may start, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.drift.kept import find_named
from xrun.errors import XrunError
from xrun.run.plan import Response
from xrun.words import render_names

if TYPE_CHECKING:
    from xrun.errors import UvFailedError
    from xrun.run.hand_over import Run


def check_is_known(this: Run) -> None:
    """Check that a run may start although nothing can be compared.

    Raises:
        XrunError: It may not: the mode asks to know.
    """
    if this.plan.says and this.plan.is_unknown and this.plan.mode == "refuse":
        raise XrunError(f"not run: {this.mode_told}, and {this.plan.reason}")


def leave_to_uv(this: Run) -> Run:
    """The same run where uv seems to refuse the line: should it not, what is kept stays."""
    this = this.without_exact()
    return this.as_it_is() if list_not_there(this) else this


def check_may_be_unknown(this: Run, error: UvFailedError) -> None:
    """Check that a run may start of which uv could not say what it would do.

    Raises:
        XrunError: It may not: something kept could be replaced, or the mode asks to know.
    """
    environment = this.facts.environment
    named = find_named(environment, this.plan.keep) if environment and this.plan.keep else {}
    if named and not this.plan.is_as_it_is:
        raise XrunError(
            f"not run: {error.message}, so {render_names(sorted(named))}, which the policy keeps, "
            "might be replaced",
            hint="once uv can say what it would do, it runs; `--no-sync` runs it as it is",
        ) from error
    if this.plan.response is Response.REFUSE:
        raise XrunError(f"not run: {this.mode_told}, and {error.message}") from error


def list_not_there(this: Run) -> list[str]:
    """List what is kept in the project's environment, and so is in no other."""
    environment = this.facts.environment
    if environment is None or not this.plan.keep:
        return []
    return sorted(find_named(environment, this.plan.keep))
