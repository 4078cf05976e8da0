"""What should happen: the policy's files and variables, read, checked and made into one answer."""

from __future__ import annotations

from xrun.policy.forms import ALL
from xrun.policy.keep import Keep
from xrun.policy.load import load_policy
from xrun.policy.policy import Policy

__all__ = [
    "ALL",
    "Keep",
    "Policy",
    "load_policy",
]
