"""Where the values of a policy come from: for each key a chain of steps, the weakest first."""

from __future__ import annotations

from xrun.policy.forms import cast
from xrun.policy.keys import Layer
from xrun.policy.rules import RULES
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.policy.keep import Keep
    from xrun.policy.layers import LayerValues
    from xrun.policy.rules import Circumstances, Rule


@dataclass(frozen=True)
class Floor:
    """What a weaker layer enforces: nothing stronger may be looser.

    Attributes:
        source: The file with `enforce`, as messages name it.
        value: What holds up to and with that file.
    """

    source: str
    value: object


@dataclass(frozen=True)
class Step:
    """One value that something says for a key.

    Attributes:
        layer: The layer that says it; `None` for the default.
        source: The file or the variable, as messages name it; empty for the default.
        key: The name of the key.
        value: What is said; of a list that adds up only what this step adds.
        rule: The rule that says it, if one does.
        floor: What it is looser than, so that it does not count; `None` where it counts.
    """

    layer: Layer | None
    source: str
    key: str
    value: object
    rule: Rule | None = None
    floor: Floor | None = None

    @property
    def place(self) -> str:
        """The key path: `mode`, `rules[2].mode`."""
        return f"{RULES.name}[{self.rule.index}].{self.key}" if self.rule else self.key

    @property
    def origin(self) -> str:
        """The file or the variable, and the rule, as messages name them."""
        return f"{self.source}, {self.place}" if self.rule else self.source

    @property
    def entries(self) -> tuple[Keep, ...]:
        """The value of `keep`."""
        return cast("tuple[Keep, ...]", self.value)


@dataclass(frozen=True)
class Verdict:
    """Whether a rule holds for a run.

    Attributes:
        layer: The layer of its file.
        source: Its file, as messages name it.
        rule: The rule.
        obstacle: Why it does not match; empty if it does.
    """

    layer: Layer
    source: str
    rule: Rule
    obstacle: str


def list_steps(layer: LayerValues, circumstances: Circumstances | None = None) -> Iterator[Step]:
    """List what one layer says for a run: its keys, then its rules that match, in order.

    Args:
        layer: What a file or a variable says.
        circumstances: Of the run; every rule counts, if they are not given.
    """
    for rule in (None, *layer.rules):
        if rule is None or circumstances is None or not rule.find_obstacle(circumstances):
            for name, value in (rule or layer).values.items():
                yield _place(Step(layer.layer, layer.source, name, value, rule))


def list_keeping(layers: Iterable[LayerValues]) -> Iterator[Step]:
    """List what layers and all of their rules say for `keep`."""
    return (step for layer in layers for step in list_steps(layer) if step.key == "keep")


def _place(step: Step) -> Step:
    """Give entries of `keep` the origin that messages name."""
    if step.key != "keep":
        return step
    where = "" if step.layer is Layer.ENVIRONMENT else f", {step.place}"
    origins = ((entry, step.source + where + (where and entry.origin)) for entry in step.entries)
    entries = tuple(replace(entry, origin=origin) for entry, origin in origins)
    return replace(step, value=entries)
