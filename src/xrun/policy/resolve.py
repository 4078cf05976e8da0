"""Layers in, one policy out; and where each of its values came from. Nothing is read here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from xrun.policy.keys import KEYS, Lock, Mode, Names, OtherSelection, Packages
from xrun.policy.rules import Circumstances
from xrun.policy.steps import Step, Verdict, list_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from xrun.policy.keep import Keep
    from xrun.policy.parse import LayerValues

# A file as messages name it, with the rule, or a variable; several where a key adds up.
Origin = str

ADDING = frozenset(key.name for key in KEYS if key.adds_up)


@dataclass(frozen=True)
class Policy:
    """How commands run here.

    Attributes:
        chains: For each key all that is said, from the default to the strongest.
        rules: Every rule, in the order in which they apply, and whether it holds for this run.
        places: Every policy path that was looked at, there or not.
        next_until: The first day on which some entry of `keep` is an error; `None` if that never
            comes.
    """

    chains: Mapping[str, tuple[Step, ...]]
    rules: tuple[Verdict, ...] = ()
    places: tuple[Path, ...] = ()
    next_until: date | None = None

    @property
    def mode(self) -> Mode:
        """How the command runs."""
        return cast("Mode", self.find_step("mode").value)

    @property
    def lock(self) -> Lock:
        """What the run may do to the lock file."""
        return cast("Lock", self.find_step("lock").value)

    @property
    def extras(self) -> Names:
        """The extras that belong to the environment."""
        return cast("Names", self.find_step("extras").value)

    @property
    def groups(self) -> Names:
        """The dependency groups that belong to the environment."""
        return cast("Names", self.find_step("groups").value)

    @property
    def packages(self) -> Packages:
        """The workspace members that belong to the environment."""
        return cast("Packages", self.find_step("packages").value)

    @property
    def other_selection(self) -> OtherSelection:
        """What an exact run does that selects something else."""
        return cast("OtherSelection", self.find_step("other-selection").value)

    @property
    def keep(self) -> tuple[Keep, ...]:
        """The entries of all layers, those of the weakest first."""
        return _add_up(self.chains["keep"])

    @property
    def deny(self) -> str:
        """Why the command is not to be run; empty if it may."""
        return str(self.find_step("deny").value or "")

    def find_step(self, key: str) -> Step:
        """Find the strongest value that counts for a key."""
        return self.chains[key][-1]

    @property
    def origins(self) -> Mapping[str, Origin]:
        """For each key that something sets, the file or variable that does."""
        origins: dict[str, Origin] = {}
        for key, chain in self.chains.items():
            said = [step.origin for step in chain if step.layer is not None]
            if key in ADDING:
                said = [step.origin for step in chain if step.value]
            if said:
                origins[key] = " and ".join(said) if key in ADDING else said[-1]
        return origins

    @property
    def rule_words(self) -> int | None:
        """How many words of a command decide which rules hold; `None` where there is no rule."""
        lengths = [len(words) for verdict in self.rules for words in verdict.rule.command]
        return max(lengths, default=0) if self.rules else None

    def without_rules(self) -> Policy:
        """The same without what rules say: what the project's own environment is for."""
        chains = {
            key: tuple(step for step in chain if step.rule is None)
            for key, chain in self.chains.items()
        }
        return dataclasses.replace(self, chains=chains)

    @property
    def is_for_command(self) -> bool:
        """Whether the command itself decides what belongs to the environment."""
        chains = (self.chains[key] for key in ("extras", "groups", "keep"))
        return any(step.rule and step.rule.command for chain in chains for step in chain)


def resolve_policy(
    layers: Iterable[LayerValues],
    places: Sequence[Path] = (),
    circumstances: Circumstances = Circumstances(),  # noqa: B008 - frozen
) -> Policy:
    """Resolve layers, weakest first, into one policy: layer by layer its keys, then its rules.

    A stronger value replaces, or adds up.
    """
    layers = tuple(layers)
    chains = {key.name: [Step(None, "", key.name, key.default)] for key in KEYS}
    for layer in layers:
        for step in list_steps(layer, circumstances):
            chains[step.key].append(step)
    entries = [
        entry
        for layer in layers
        for _, value in layer.list_values("keep")
        for entry in cast("tuple[Keep, ...]", value)
    ]
    return Policy(
        {name: tuple(chain) for name, chain in chains.items()},
        tuple(
            Verdict(layer.layer, layer.source, rule, rule.find_obstacle(circumstances))
            for layer in layers
            for rule in layer.rules
        ),
        tuple(places),
        min((entry.until for entry in entries if entry.until), default=None),
    )


def _add_up(chain: Iterable[Step]) -> tuple[Keep, ...]:
    return tuple(entry for step in chain for entry in cast("tuple[Keep, ...]", step.value))
