"""What is remembered of an environment after a look at it, and what is said only once of it."""

from __future__ import annotations

from xrun.environment.attic.store import read_removed
from xrun.environment.memory import identify_made, read_memory, write_memory
from xrun.environment.separate import NAME as SEPARATE
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from xrun.drift.compare import Comparison
    from xrun.environment.attic.store import Removed
    from xrun.environment.environment import Environment
    from xrun.environment.memory import Memory
    from xrun.policy.keep import Keep
    from xrun.run.tell import Voice


def remember(comparison: Comparison, keep: Collection[Keep], voice: Voice) -> None:
    """Remember what is declared, kept and held in an environment; say what is new of that.

    Where nothing may be said, what is to be said once is left for the next run.

    Args:
        comparison: What was seen before the environment was changed.
        keep: The policy's entries.
        voice: Says it.
    """
    environment = replace(comparison.drift.environment)  # as it is now
    before = read_memory(environment)
    held, lines = comparison.drift.held, []
    gone = tuple(_list_gone(before, comparison, environment, keep))
    if held or gone:
        from xrun.report.removals import render_gone_kept, render_held

        lines = render_held(held)
        is_separate = environment.name == SEPARATE  # its name is no path
        where = str(environment.folder) if is_separate else environment.name
        voice.tell(render_gone_kept(gone, where))
        voice.tell([line for line in lines if line not in before.held])
    now = replace(before, declared=before.declared.union(comparison.declared))
    if not (voice.is_quiet and gone):  # by its identity it is found again when it was moved
        kept = tuple(_list_kept(comparison, environment))
        now = replace(now, identity=identify_made(environment), kept=kept)
    if not voice.is_quiet:
        now = replace(now, held=tuple(lines))
    if now != before or before.former:  # what was found where it lay before is written here
        write_memory(environment, now)


def remember_kept(comparison: Comparison) -> None:
    """Remember what is kept from now on, so that it is missed once it is gone.

    What is still to be said of a former environment is left to the next run.

    Args:
        comparison: What was seen with the policy's new entries.
    """
    environment = replace(comparison.drift.environment)
    before, made = read_memory(environment), identify_made(environment)
    if before.identity in ("", made):
        kept = tuple(_list_kept(comparison, environment))
        write_memory(environment, replace(before, identity=made, kept=kept))


def _list_gone(
    before: Memory, comparison: Comparison, environment: Environment, keep: Collection[Keep]
) -> Iterator[Removed]:
    """List what was kept, and went with the environment that was at this place before."""
    if before.identity in ("", identify_made(environment)):
        return
    present = {*environment.distributions, *comparison.declared}
    for each in before.kept:
        if each.name not in present and any(
            entry.matches(each.name, each.version) for entry in keep
        ):
            yield each


def _list_kept(comparison: Comparison, environment: Environment) -> Iterator[Removed]:
    for each in comparison.drift.kept:
        distribution = environment.distributions.get(each.name)
        if distribution is not None and not each.needed_by:
            yield read_removed(distribution, None)
