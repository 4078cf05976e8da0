"""What a layer enforces: of stronger layers only what is not looser counts."""

from __future__ import annotations

from xrun.errors import NotAllowedError
from xrun.policy.chain import Step
from xrun.policy.forms import cast
from xrun.policy.keys import KEYS
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.policy.chain import Floor
    from xrun.policy.keep import Keep

RANKS = {key.name: key.rank for key in KEYS}
ADDING = frozenset(key.name for key in KEYS if key.adds_up)


def find_step(chain: Sequence[Step]) -> Step:
    """Find the strongest value that counts."""
    return next(step for step in reversed(chain) if step.floor is None)


def find_value(key: str, chain: Sequence[Step]) -> object:
    """Find the value that a chain comes to: the strongest, or all together."""
    if key not in ADDING:
        return find_step(chain).value
    return tuple(entry for step in chain if step.floor is None for entry in step.entries)


def hold_to(floor: Floor | None, step: Step) -> tuple[Step, ...]:
    """Hold a step to what a weaker layer enforces, if it does.

    Returns:
        The step; where it is looser it says so; of a list one step of what counts, and one of what
        does not.
    """
    if floor is None:
        return (step,)
    if step.key not in ADDING:
        is_looser = is_looser_than(step.key, step.value, floor.value)
        return (replace(step, floor=floor if is_looser else None),)
    known = {entry.name for entry in cast("tuple[Keep, ...]", floor.value)}
    counting = tuple(entry for entry in step.entries if entry.name in known)
    further = tuple(entry for entry in step.entries if entry.name not in known)
    parts = ((counting, None), (further, floor))
    return tuple(replace(step, value=part, floor=at) for part, at in parts if part)


def check_kept(floor: Floor | None, entries: Sequence[Keep]) -> None:
    """Check, before entries are written, that an enforced `keep` would let them count.

    Args:
        floor: What is enforced where they are to stand, if something is.
        entries: What is to be kept.

    Raises:
        NotAllowedError: Some would be ignored; it names them and the enforcing file.
    """
    for step in hold_to(floor, Step(None, "", "keep", tuple(entries))):
        if step.floor is not None:
            names = dict.fromkeys(entry.name for entry in step.entries)
            raise NotAllowedError(
                render_looser(step),
                hint=f"`uv add {' '.join(names)}` declares {'it' if len(names) == 1 else 'them'}; "
                f"what is kept is for {step.floor.source} to say",
            )


def is_looser_than(key: str, value: object, other: object) -> bool:
    """Whether a value is looser than another one of the same key."""
    rank = RANKS[key]
    return rank is not None and rank(value) < rank(other)


def render_looser(step: Step) -> str:
    """Render why a step does not count."""
    if step.floor is None:
        return ""
    if step.key in ADDING:
        names = ", ".join(dict.fromkeys(entry.name for entry in step.entries))
        who = step.floor.source
        return f"{who} enforces {step.key}, and neither it nor a weaker policy keeps {names}"
    return f"{_render(step.key, step.value)} is looser than {render_floor(step.key, step.floor)}"


def render_floor(key: str, floor: Floor) -> str:
    """Render what is enforced, and by which file."""
    return f"{_render(key, floor.value)}, which {floor.source} enforces"


def _render(key: str, value: object) -> str:
    return f'{key} = "{value}"' if value else f"{key} = false"
