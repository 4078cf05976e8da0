"""Whether the policy lets a command run at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.errors import NotAllowedError

if TYPE_CHECKING:
    from xrun.policy import Policy


def check_denied(policy: Policy) -> None:
    """Check that no rule denies the command.

    Raises:
        NotAllowedError: One does, with its message.
    """
    if policy.deny:
        message = " ".join(policy.deny.split())
        raise NotAllowedError(f"not run: {message}", hint=f"denied by {policy.origins['deny']}")
