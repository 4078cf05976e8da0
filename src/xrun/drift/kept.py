"""What stays by the policy's `keep`: not removed, and not replaced where a specifier holds it.

Kept are the distributions that an entry names and all that these need. Whatever of them is declared
and selected follows the lock file, unless the entry that names it has a specifier.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from xrun.drift.compare import compare, find_lost, list_moved, order
from xrun.drift.finding import Kept, Kind
from xrun.environment.needs import find_needs, name_needs
from xrun.policy.keep import Keep
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xrun.drift.compare import Comparison
    from xrun.drift.dry_run import SyncCommand
    from xrun.environment.environment import Environment
    from xrun.environment.requirement import Need


def compare_keeping(
    sync: SyncCommand, keep: Iterable[Keep], *, may_rebuild: bool = True
) -> Comparison:
    """Compare the environment of a run with what it should hold and may keep.

    Args:
        sync: What the run would sync.
        keep: The policy's entries.
        may_rebuild: Whether an environment that uv would rebuild is rebuilt.

    Raises:
        UvFailedError: uv could not say.
    """
    return keep_in(compare(sync), sync.uv, keep, may_rebuild=may_rebuild)


def keep_in(
    comparison: Comparison, uv: str, keep: Iterable[Keep], *, may_rebuild: bool = True
) -> Comparison:
    """Keep in a comparison what a policy keeps, and xrun and uv too: as `compare_keeping`."""
    spared = spare(comparison, keep, list_own(uv, comparison.drift.environment))
    if spared.drift.is_replaced and may_rebuild and not find_lost(spared.drift):
        return comparison  # rebuilt it has just what is kept: nothing is to be held
    return spared


def list_own(uv: str, environment: Environment) -> Iterator[Keep]:
    """List what is kept without being named: xrun and the uv in use, if they live there."""
    inside = {"xrun": Path(sys.prefix), "uv": Path(uv)}
    for name, why in (("xrun", "it is running"), ("uv", "it is in use")):
        if _is_inside(inside[name], environment.folder):
            from packaging.requirements import Requirement

            yield Keep(Requirement(name), why, origin="xrun itself")


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder, however either is spelled; not where either is missing."""
    real = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        return any(each.samefile(folder) for each in (real, *real.parents))
    return False


def spare(comparison: Comparison, entries: Iterable[Keep], own: Iterable[Keep] = ()) -> Comparison:
    """Spare what is kept: its findings become notes.

    Args:
        comparison: What uv would do.
        entries: The policy's.
        own: xrun's own, which are not removed, but follow the lock file where they are declared.

    Returns:
        The same without the findings of what is kept, which stands in `drift.kept`.
    """
    drift, incoming = comparison.drift, comparison.answer.incoming
    if not (drift.extraneous or incoming):
        return comparison
    named = find_named(drift.environment, own) | find_named(drift.environment, entries)
    held = {name for name, entry in named.items() if entry.holds}
    if not named:
        return comparison
    roots = ((name, entry.requirement.extras) for name, entry in named.items())
    declared = comparison.declared
    needs = find_needs(drift.environment, roots, besides=declared)
    needed = name_needs(needs)
    owners = {each: owner for owner in named for each in _reach(owner, needed)}
    owners |= {name: name for name in named}
    extraneous = {finding.name: finding for finding in drift.extraneous}
    kept: list[Kept] = []
    for name, owner in sorted(owners.items()):
        distribution = drift.environment.find(name)
        is_held = name in held and name in incoming
        if distribution is None or not (name in extraneous or is_held):
            continue
        entry = named[owner]
        kept.append(
            Kept(
                name,
                distribution.version,
                origin=entry.origin,
                reason=entry.reason,
                needed_by="" if owner == name else owner,
                locked=(incoming[name] or distribution.version) if is_held else None,
                unmet=_find_unmet(needs.get(name, ()), declared, held),
                provenance=distribution.provenance,
            )
        )
    names = {each.name for each in kept}
    kinds = (Kind.UNDECLARED, Kind.UNSELECTED, Kind.OTHER)
    findings = [x for x in drift.findings if x.name not in names or x.kind not in kinds]
    if not drift.is_replaced:
        findings += (each for each in list_moved(drift.environment) if each.name in names)
    return replace(
        comparison,
        drift=replace(drift, findings=tuple(sorted(findings, key=order)), kept=tuple(kept)),
    )


def find_closure(environment: Environment, entries: Iterable[Keep]) -> set[str]:
    """Find what entries keep among what is installed: what they name, and all that this needs."""
    named = find_named(environment, entries)
    needs = find_needs(
        environment, ((name, entry.requirement.extras) for name, entry in named.items())
    )
    return set(needs)


def find_named(environment: Environment, entries: Iterable[Keep]) -> dict[str, Keep]:
    """Find what entries name among what is installed, by name, specifier and marker.

    Of those of one name the first counts that holds a version, else the first.
    """
    named: dict[str, Keep] = {}
    for entry in sorted(entries, key=lambda each: not each.holds):
        distribution = environment.find(entry.name)
        if (
            distribution is not None
            and entry.name not in named
            and entry.matches(entry.name, distribution.version)
            and _applies(entry, environment)
        ):
            named[entry.name] = entry
    return named


def find_idle(comparison: Comparison, entries: Iterable[Keep]) -> Iterator[Keep]:
    """Find the entries without effect: what they name is declared, so the lock file decides."""
    for entry in entries:
        is_idle = not entry.holds and entry.name in comparison.declared
        if is_idle and _applies(entry, comparison.drift.environment):
            yield entry


def _applies(entry: Keep, environment: Environment) -> bool:
    """Whether the marker of an entry, if it has one, holds in an environment."""
    marker = entry.requirement.marker
    if marker is None:
        return True
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    try:
        return marker.evaluate({**environment.markers, "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def _reach(owner: str, needed: Mapping[str, Iterable[str]]) -> set[str]:
    """Reach all that a distribution needs, itself left out unless in a circle."""
    reached: set[str] = set()
    waiting = [owner]
    while waiting:
        more = set(needed.get(waiting.pop(), ())) - reached
        reached |= more
        waiting += more
    return reached


def _find_unmet(
    needs: Iterable[Need], declared: Mapping[str, str | None], held: set[str]
) -> tuple[str, ...]:
    """Find which requirements what is declared does not meet."""
    from packaging.requirements import Requirement

    unmet = []
    for need in needs:
        version = None if need.name in held else declared.get(need.name)
        specifier = Requirement(need.text).specifier
        if version is not None and not specifier.contains(version, prereleases=True):
            unmet.append(f"{need.name}{specifier}")
    return tuple(sorted(unmet))
