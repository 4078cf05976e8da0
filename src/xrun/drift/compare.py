"""Ask uv what it would change, and say what that means."""

from __future__ import annotations

from pathlib import Path

from xrun.drift.dry_run import ask_dry_run
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.environment.environment import USUAL, Environment
from xrun.environment.needs import find_extras, find_needs, name_needs
from xrun.environment.scripts import find_misplaced
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from xrun.drift.dry_run import DryRun, SyncCommand
    from xrun.environment.distribution import Distribution, Provenance


@dataclass(frozen=True)
class Comparison:
    """What uv would do, and what that means.

    Attributes:
        answer: uv's answer.
        drift: What is not as declared; extraneous distributions all count as undeclared until
            `classify` has told them apart.
    """

    answer: DryRun
    drift: Drift

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing at all to do."""
        return not self.changed and self.drift.is_clean

    @property
    def changed(self) -> set[str]:
        """The names of what would be installed or removed, but for what is kept."""
        kept = {each.name for each in self.drift.kept}
        return {*self.answer.incoming, *self.answer.outgoing} - kept

    @property
    def declared(self) -> dict[str, str | None]:
        """What is declared and selected, with the version that belongs there, if uv says one."""
        installed = {} if self.drift.is_replaced else self.drift.environment.distributions
        outgoing = self.answer.outgoing
        staying = {name: each.version for name, each in installed.items() if name not in outgoing}
        return {**staying, **self.answer.incoming}


def compare(sync: SyncCommand) -> Comparison:
    """Compare the environment of a run with what it should hold.

    Raises:
        UvFailedError: uv could not say.
    """
    answer = ask_dry_run(sync)
    environment = _choose_environment(sync, answer)
    replaced = answer.action == "replace" or is_elsewhere(answer, environment)
    reinstalls = replaced or sync.reinstalls
    findings = _list_findings(answer, environment, is_replaced=replaced, reinstalls=reinstalls)
    root = sync.workspace.root.folder if sync.workspace and sync.script is None else None
    drift = Drift(
        environment,
        tuple(sorted(findings, key=order)),
        replaced,
        sync.adding,
        sync.locking,
        selection=sync.selection,
        fixed=sync.fixed,
        lock=root and root / "uv.lock",
    )
    return Comparison(answer, drift)


def _choose_environment(sync: SyncCommand, answer: DryRun) -> Environment:
    """Choose the environment that was compared: the project's, or the one uv keeps for a script."""
    own, named = sync.environment, answer.environment
    if own is not None and named is not None and own.leads_elsewhere(named):
        return replace(own, folder=named)
    if own is not None:
        return replace(own)  # as it is now, whatever was read before
    folder = answer.environment or Path(USUAL).absolute()
    return Environment(folder, f"the environment of {sync.script.name if sync.script else ''}")


def order(finding: Finding) -> tuple[str, str]:
    """Order findings by code and name."""
    return finding.kind.code, finding.name


def is_elsewhere(answer: DryRun, environment: Environment) -> bool:
    """Whether uv speaks of another environment, and would put a link to it in place of this one.

    A preview of uv 0.13 keeps all environments in one place (seen on uv 0.13.9).
    """
    named = answer.environment
    if named is None or not environment.exists:
        return False
    try:
        return not named.samefile(environment.folder)
    except OSError:
        return named != environment.folder


def find_lost(drift: Drift) -> tuple[Kept, ...]:
    """Find what is kept and would not be in an environment that is rebuilt.

    Just what the lock file has would be there again.
    """
    return tuple(
        each
        for each in drift.kept
        if drift.is_replaced
        and (each.locked != each.installed or (each.provenance and each.provenance.direct_url))
    )


def _list_findings(
    answer: DryRun, environment: Environment, *, is_replaced: bool, reinstalls: bool
) -> Iterator[Finding]:
    """List the findings that uv's changes come to, name by name.

    Where uv reinstalls in any case, the same version again means nothing.
    """
    installed = {name: found.version for name, found in environment.distributions.items()}
    incoming, outgoing = answer.incoming, answer.outgoing
    if is_replaced:
        # uv names only what the new environment gets; all of the old one goes
        outgoing = dict(installed)
    extraneous = {name: outgoing[name] for name in outgoing if name not in incoming}
    yield from list_extraneous(extraneous, environment)
    for name, version in incoming.items():
        if name not in outgoing:
            yield Finding(Kind.MISSING, name, locked=version)
            continue
        provenance = _read_provenance(name, environment)
        is_same = _is_linked_to(answer.sources.get(name, ""), environment.distributions.get(name))
        if version is not None and version != outgoing[name]:
            yield Finding(Kind.OTHER, name, outgoing[name], version, provenance)
        elif not reinstalls and not is_same:
            # The same version again: another source or build; an editable one is only linked again.
            yield Finding(Kind.OTHER, name, outgoing[name], outgoing[name], provenance)
    if answer.is_lock_stale:
        yield Finding(Kind.STALE_LOCK, "uv.lock")
    if not is_replaced:
        yield from (each for each in list_moved(environment) if each.name not in outgoing)


def list_moved(environment: Environment) -> Iterator[Finding]:
    """List the findings of distributions whose scripts run in another environment."""
    for name in dict.fromkeys(each.owner for each in find_misplaced(environment)):
        version = environment.distributions[name].version
        provenance = _read_provenance(name, environment)
        yield Finding(Kind.MOVED, name, version, provenance=provenance)


def _is_linked_to(source: str, distribution: Distribution | None) -> bool:
    """Whether an installed distribution is only a link to the folder it would be installed from.

    Such an editable one has no files of its own that may be changed or in use; of one that Poetry
    installed uv would leave some (0.13.9).
    """
    if distribution is None or distribution.has_absolute_paths:
        return False
    provenance = distribution.provenance
    if not provenance.is_editable:
        return False
    return str(provenance.direct_url.get("url", "")).rstrip("/") == source.rstrip("/")


def list_extraneous(
    extraneous: Mapping[str, str | None], environment: Environment
) -> Iterator[Finding]:
    """List the findings of what would go, by name and version, each with which others need it."""
    provenances = {name: _read_provenance(name, environment) for name in extraneous}
    needed_by = _find_needed_by(environment, extraneous, {})
    brought = [
        name
        for name, provenance in provenances.items()
        if not needed_by[name] and provenance is not None and provenance.is_brought
    ]
    extras = find_extras(environment, extraneous, brought) if brought else {}
    needed_by = _find_needed_by(environment, extraneous, extras) if extras else needed_by
    for name, version in extraneous.items():
        yield Finding(
            Kind.UNDECLARED,
            name,
            version,
            provenance=provenances[name],
            needed_by=needed_by[name],
            extras=tuple(sorted(extras.get(name, ()))),
        )


def _find_needed_by(
    environment: Environment, names: Collection[str], extras: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    roots = ((name, extras.get(name, ())) for name in names)
    needs = name_needs(find_needs(environment, roots))
    needed_by: dict[str, set[str]] = {name: set() for name in names}
    for name in needed_by:
        for needed in needs.get(name, frozenset()) - {name}:
            needed_by.get(needed, set()).add(name)
    return {name: frozenset(found) for name, found in needed_by.items()}


def _read_provenance(name: str, environment: Environment) -> Provenance | None:
    distribution = environment.find(name)
    return distribution.provenance if distribution else None
