"""What installed distributions need of each other: markers and extras as in this environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from xrun.environment.environment import Environment
    from xrun.environment.requirement import Need


def find_needs(
    environment: Environment,
    roots: Iterable[tuple[str, Iterable[str]]],
    home: Environment | None = None,
    *,
    besides: Iterable[str] = (),
) -> dict[str, tuple[Need, ...]]:
    """Find what distributions need, and what that needs in turn (their closure).

    Args:
        environment: Where they are installed.
        roots: Names, normalised, each with the extras that are asked for.
        home: Where they run, by which markers are evaluated, if that is another one.
        besides: Names, normalised, that matter though nothing of theirs is installed.

    Returns:
        For each installed distribution that is reached, the requirements that hold here: with the
        extras that anything reached asks of it (PEP 508), and of what is installed itself.
    """
    extras: dict[str, frozenset[str]] = {}
    needs: dict[str, tuple[Need, ...]] = {}
    waiting = [(name, frozenset(wanted)) for name, wanted in roots]
    here = home or environment
    names = {*environment.distributions, *environment.old_forms, *besides}
    while waiting:
        name, wanted = waiting.pop()
        distribution = environment.distributions.get(name)
        known = extras.get(name)
        if distribution is None or (known is not None and wanted <= known):
            continue
        extras[name] = wanted | (known or frozenset())
        needs[name] = distribution.read_requirements(lambda: here.markers, extras[name], names)
        waiting += [(need.name, need.extras) for need in needs[name]]
    return needs


def find_extras(
    environment: Environment, names: Iterable[str], unexplained: Collection[str]
) -> dict[str, frozenset[str]]:
    """Find which extras were asked for, by what is there without being asked for or needed.

    Nothing records the extras of an installation. One counts if all that it brings is installed,
    something unexplained among it; of several of one distribution that bring the same, the one that
    brings most, and of several distributions the first.

    Args:
        environment: Where they are installed.
        names: The distributions whose extras are looked at.
        unexplained: The distributions that something brought.

    Returns:
        For each of the names the extras, if there are any.
    """
    found: dict[str, frozenset[str]] = {}
    left = {*unexplained}
    for name in names:
        distribution = environment.distributions.get(name)
        extras = distribution.read_extras() if distribution else ()
        brought = {extra: _find_brought(environment, name, extra) for extra in extras}
        whole = {extra: all_of_it for extra, all_of_it in brought.items() if all_of_it is not None}
        for extra in sorted(whole, key=lambda extra: (-len(whole[extra]), extra)):
            explained = (whole[extra] & left) - {name}
            if explained:
                found[name] = found.get(name, frozenset()) | {extra}
                left -= explained
    return found


def _find_brought(environment: Environment, name: str, extra: str) -> frozenset[str] | None:
    """Find what an extra brings; `None` where not all of it is installed."""
    distribution = environment.distributions[name]
    needs = distribution.read_requirements(lambda: environment.markers, [extra])
    names = frozenset(need.name for need in needs)
    return names if names <= environment.distributions.keys() else None


def name_needs(needs: Mapping[str, Iterable[Need]]) -> dict[str, frozenset[str]]:
    """Name what each distribution needs, normalised."""
    return {name: frozenset(need.name for need in found) for name, found in needs.items()}
