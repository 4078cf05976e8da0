"""The policy that `xrunctl init` writes: a few lines that fit a project, each with why."""

from __future__ import annotations

from xrun import __version__
from xrun.policy.keys import MODES
from xrun.project.offers import Offer
from xrun.proxy.dataclass import dataclass
from xrun.words import render_names

NOTHING = Offer()
WIDTH = 78  # of a line: shown with an indentation of two, it fits 80 columns
HEAD = f'required-version = ">={__version__}"  # which xrun may read this\n'
CI_RULE = """\
[[rules]]  # in CI drift fails, and is not mended
when = "ci"  # the variable CI is set
mode = "refuse"  # after `xrunctl sync`, which makes .venv
"""
LOCK = 'lock = "locked"  # an outdated uv.lock fails too, and is not rewritten\n'
PIP_RULE = """\
[[rules]]  # xrun runs no pip install
command = ["pip install", "pip3 install",
           "python* -m pip install", "uv pip install"]
deny = "`uv add {names}` declares it"  # said instead, with the names typed
"""


@dataclass(frozen=True)
class Shape:
    """What of a project decides about its policy.

    Attributes:
        has_members: Whether it is a workspace whose members can all be selected together.
        extras: What could be selected beside what uv selects.
        groups: Likewise.
        has_lock: Whether there is a lock file, in CI too.
    """

    has_members: bool = False
    extras: Offer = NOTHING
    groups: Offer = NOTHING
    has_lock: bool = True

    @property
    def has_offers(self) -> bool:
        """Whether the policy names something that is not selected."""
        return bool(self.extras.names or self.groups.names)


def render_policy(shape: Shape, mode: str = "exact") -> str:
    """Render a policy; extras and groups are only named: which of them fit is for people to say."""
    head = f'{HEAD}mode = "{mode}"  # {MODES[mode][1]}\n'
    if shape.has_members:
        head += 'packages = "all"  # .venv has all members; "current" if one cannot be built\n'
    head += _render_offer("extras", shape.extras) + _render_offer("groups", shape.groups)
    return "\n".join([head, CI_RULE + (LOCK if shape.has_lock else ""), PIP_RULE])


def _render_offer(key: str, offer: Offer) -> str:
    """Render a key as a comment, with as many of the names as fit into a line; one at least."""
    lines = [_render_names(key, offer, count) for count in range(len(offer.names), 0, -1)]
    fitting = [line for line in lines if len(line) <= WIDTH]
    return f"{(fitting or lines)[0 if fitting else -1]}\n" if lines else ""


def _render_names(key: str, offer: Offer, count: int) -> str:
    names = ", ".join(f'"{name}"' for name in offer.names[:count])
    more = len(offer.names) - count
    reasons = ["not in .venv"]
    reasons += [f"{more} more"] if more else []
    reasons += [f"conflicting: {render_names(offer.excluded, most=2)}"] if offer.excluded else []
    return f"# {key} = [{names}]  # {'; '.join(reasons)}"
