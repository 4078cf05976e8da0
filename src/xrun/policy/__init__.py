"""What should happen: the policy's files and variables, read, checked and made into one answer."""

from __future__ import annotations

from xrun.policy.forms import ALL
from xrun.policy.keep import Keep
from xrun.policy.keys import Lock, Mode, Names, OtherSelection, Packages
from xrun.policy.load import load_policy
from xrun.policy.policy import Origin, Policy

__all__ = [
    "ALL",
    "Keep",
    "Lock",
    "Mode",
    "Names",
    "Origin",
    "OtherSelection",
    "Packages",
    "Policy",
    "load_policy",
]
