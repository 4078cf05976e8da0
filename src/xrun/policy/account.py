"""The account of a policy: for each key what holds, by what, over what, and what is ignored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.policy.enforce import ADDING
from xrun.policy.keys import ENFORCE, EXTENDS, KEYS, REQUIRED_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.policy.chain import Floor, Step
    from xrun.policy.policy import Policy

# What each file says for itself: none overrides another's.
OWN = frozenset(key.name for key in (REQUIRED_VERSION, EXTENDS, ENFORCE))


@dataclass(frozen=True)
class Account:
    """What holds for a key.

    Attributes:
        key: Its name.
        holding: The steps that count: the strongest, or all where they add up or stand for
            themselves; none where such a key is nowhere said.
        overridden: What counted but for something stronger, the strongest first.
        ignored: What does not count, as it is looser than what is enforced.
        floor: What is enforced, if something is.
    """

    key: str
    holding: tuple[Step, ...]
    overridden: tuple[Step, ...] = ()
    ignored: tuple[Step, ...] = ()
    floor: Floor | None = None

    @property
    def is_said(self) -> bool:
        """Whether something says it: a file, a rule or a variable."""
        return bool(self.ignored) or any(step.layer is not None for step in self.holding)


def list_accounts(policy: Policy) -> Iterator[Account]:
    """List the account of every key, in the order of the table of keys."""
    for key in KEYS:
        chain = policy.chains[key.name]
        ignored = tuple(step for step in chain if step.floor is not None)
        counting = tuple(step for step in chain if step.floor is None)
        holding, overridden = counting[-1:], counting[-2::-1]
        if key.name in ADDING or key.name in OWN:
            holding, overridden = tuple(step for step in counting if step.layer is not None), ()
        yield Account(key.name, holding, overridden, ignored, policy.floors.get(key.name))
