"""Layers in, one policy out; and where each of its values came from. Nothing is read here."""

from __future__ import annotations

from xrun.policy.chain import Floor, Step, Verdict, list_keeping, list_steps
from xrun.policy.enforce import ADDING, find_step, find_value, hold_to
from xrun.policy.files import Found
from xrun.policy.forms import cast
from xrun.policy.keys import ENFORCE, EXTENDS, KEYS, REQUIRED_VERSION, Layer
from xrun.policy.rules import Circumstances
from xrun.proxy.dataclass import dataclass, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from xrun.policy.keep import Keep
    from xrun.policy.keys import Lock, Mode, Names, OtherSelection, Packages
    from xrun.policy.layers import LayerValues

# What each file says for itself: none overrides another's.
UNMERGED = frozenset(key.name for key in (REQUIRED_VERSION, EXTENDS, ENFORCE))


@dataclass(frozen=True)
class Policy:
    """How commands run here.

    Attributes:
        chains: For each key all that is said, from the default to the strongest, with what does
            not count as it is looser than what is enforced.
        rules: Every rule, in the order in which they apply, and whether it holds for this run.
        floors: For each key that is enforced, by what and at which value; of several the strongest.
        files: The files that count, weakest first, by the names that messages give them.
        places: Every policy path that was looked at, there or not.
        next_until: The first day on which some entry of `keep` is an error; `None` if that never
            comes.
    """

    chains: Mapping[str, tuple[Step, ...]]
    rules: tuple[Verdict, ...] = ()
    floors: Mapping[str, Floor] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
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
        return cast("tuple[Keep, ...]", find_value("keep", self.chains["keep"]))

    @property
    def deny(self) -> str:
        """Why the command is not to be run; empty if it may."""
        return str(self.find_step("deny").value or "")

    def find_step(self, key: str) -> Step:
        """Find the strongest value that counts for a key."""
        return find_step(self.chains[key])

    @property
    def ignored(self) -> tuple[Step, ...]:
        """What does not count, as something weaker enforces a stricter value."""
        return tuple(step for chain in self.chains.values() for step in chain if step.floor)

    @property
    def origins(self) -> Mapping[str, str]:
        """For each key that something sets, what does, as messages name it: a file, a variable."""
        origins: dict[str, str] = {}
        for key, chain in self.chains.items():
            said = [step for step in chain if step.layer is not None and not step.floor]
            if key in ADDING:
                said = [step for step in said if step.value]
                origins[key] = " and ".join(step.origin for step in said)
            elif said:
                origins[key] = said[-1].origin
        return {key: origin for key, origin in origins.items() if origin}

    @property
    def rule_words(self) -> int | None:
        """How many words of a command decide which rules hold; `None` where there is no rule."""
        lengths = [len(words) for verdict in self.rules for words in verdict.rule.command]
        return max(lengths, default=0) if self.rules else None

    def for_every_command(self) -> Policy:
        """The same without what rules and variables say: what the project's environment is for."""
        chains = {
            key: tuple(
                step for step in chain if step.rule is None and step.layer is not Layer.ENVIRONMENT
            )
            for key, chain in self.chains.items()
        }
        return replace(self, chains=chains)

    @property
    def is_for_command(self) -> bool:
        """Whether the command itself decides what belongs to the environment."""
        chains = (self.chains[key] for key in ("extras", "groups", "keep"))
        rules = [step.rule for chain in chains for step in chain if not step.floor]
        return any(rule is not None and rule.command for rule in rules)


def resolve_policy(
    layers: Iterable[LayerValues],
    found: Found | None = None,
    circumstances: Circumstances | None = None,
) -> Policy:
    """Resolve layers, weakest first, into one policy.

    Layer by layer its keys, then its rules; a stronger value replaces, or adds up. What a layer
    enforces is what holds with it and its rules; of stronger ones only what is not looser counts.

    Args:
        layers: Of one layer each file for itself: what it extends comes before it.
        found: The files that the layers come from.
        circumstances: What rules ask for.
    """
    layers, found = tuple(layers), found or Found()
    circumstances = circumstances or Circumstances()
    chains = {key.name: [Step(None, "", key.name, key.default)] for key in KEYS}
    floors: dict[str, Floor] = {}
    for layer in layers:
        for step in list_steps(layer, circumstances):
            chains[step.key] += hold_to(floors.get(step.key), step)
        for name in cast("tuple[str, ...]", layer.values.get(ENFORCE.name, ())):
            floors[name] = Floor(layer.source, find_value(name, chains[name]))
    return Policy(
        {name: tuple(chain) for name, chain in chains.items()},
        tuple(
            Verdict(layer.layer, layer.source, rule, rule.find_obstacle(circumstances))
            for layer in layers
            for rule in layer.rules
        ),
        floors,
        {file.source: file.path for file in found.files},
        found.places,
        _find_until(layers),
    )


def _find_until(layers: Iterable[LayerValues]) -> date | None:
    """Find the first day on which an entry of `keep` is an error, whether it counts or not."""
    days = (entry.until for step in list_keeping(layers) for entry in step.entries)
    return min(filter(None, days), default=None)


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
        if key.name in ADDING or key.name in UNMERGED:
            holding, overridden = tuple(step for step in counting if step.layer is not None), ()
        yield Account(key.name, holding, overridden, ignored, policy.floors.get(key.name))
