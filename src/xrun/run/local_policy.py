"""What is kept or selected from now on, on this machine: written into the local policy."""

from __future__ import annotations

from datetime import datetime

from packaging.requirements import Requirement

from xrun.drift.compare import list_extraneous
from xrun.drift.grouping import split_requested
from xrun.drift.kept import find_closure, find_named
from xrun.errors import XrunError
from xrun.policy.enforce import check_kept
from xrun.policy.files import LOCAL_FILE
from xrun.policy.forms import ALL
from xrun.policy.keep import Keep
from xrun.policy.problems import render_meant
from xrun.project.conflicts import Conflicts, Item
from xrun.project.groups import has_open_extras, list_defined
from xrun.project.names import canonicalize_name, canonicalize_names
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from xrun.environment.environment import Environment
    from xrun.policy.chain import Floor
    from xrun.policy.keys import Names
    from xrun.project.conflicts import Selection
    from xrun.project.workspace import Workspace
    from xrun.run.request import Run


def find_local_file(workspace: Workspace) -> Path:
    """Find the file for what this checkout on this machine keeps, there or not."""
    return workspace.root.folder / LOCAL_FILE


def keep_installed(  # noqa: PLR0913 - what, where, why, and beside what
    workspace: Workspace,
    environment: Environment,
    versions: Mapping[str, str],
    reason: str,
    *,
    already: Iterable[Keep],
    held: Collection[str],
    floor: Floor | None = None,
) -> tuple[Keep, ...]:
    """Keep installed distributions; what only another one of them needs is kept through that.

    Args:
        workspace: Gets the entries in its local policy, which git then ignores.
        environment: Where they are installed, as it is now.
        versions: Names, normalised, and versions.
        reason: Why; the day stands behind it.
        already: What the policy keeps without them.
        held: Those whose version is held, by an entry of their own even if another one needs them,
            because the lock file has another.
        floor: What is enforced of `keep`, if something is.

    Returns:
        The entries written.

    Raises:
        PolicyError: The file could not be changed.
        NotAllowedError: What is enforced would make an entry ignored; none is written.
    """
    from xrun.policy.edit import add_keep, exclude_from_git

    already = list(already)
    holding = [each for each in already if each.holds]
    known = find_closure(environment, already) - ({*held} - set(find_named(environment, holding)))
    new = {name: version for name, version in versions.items() if name not in known}
    requested, needed = split_requested(list(list_extraneous(new, environment)))
    requested += [each for each in needed if each.name in held]
    if not requested:
        return ()
    why = f"{reason}, {datetime.now().astimezone().date()}"
    entries = tuple(
        Keep(
            Requirement(
                f"{each.requirement}=={each.installed}" if each.name in held else each.requirement
            ),
            why,
        )
        for each in requested
    )
    check_kept(floor, entries)
    path = find_local_file(workspace)
    add_keep(path, entries)
    exclude_from_git(path)
    return entries


def select_locally(run: Run, wanted: Mapping[str, Sequence[str]], *, all_packages: bool) -> str:
    """Select extras, groups and members on this machine, beside what is selected already.

    Args:
        run: Of the project.
        wanted: Names, by key (`extras`, `groups`).
        all_packages: Whether every member is selected.

    Returns:
        What is said of it.

    Raises:
        XrunError: Nothing is wanted, something that is not defined, or it cannot be written.
    """
    from xrun.policy.edit import exclude_from_git, set_key

    path = find_local_file(run.workspace)
    chosen = _choose(run, wanted, all_packages=all_packages)
    for key, value in chosen.items():
        set_key(path, key, value)
    exclude_from_git(path)
    texts = [f"{key}: {_render_names(value)}" for key, value in chosen.items()]
    policy = run.policy.for_every_command()
    gone = _list_gone(policy.extras, chosen.get("extras", ALL))
    gone += _list_gone(policy.groups, chosen.get("groups", ALL))
    lost = f"; no longer {render_names(gone)}, in conflict with that" if gone else ""
    return f"selected on this machine ({LOCAL_FILE}): {'; '.join(texts)}{lost}"


def _list_gone(before: Names, now: Names) -> list[str]:
    return [] if ALL in (before, now) else [name for name in before if name not in now]


def _render_names(value: Names) -> str:
    return f'"{ALL}"' if value == ALL else ", ".join(value) or "none"


def _choose(
    run: Run, wanted: Mapping[str, Sequence[str]], *, all_packages: bool
) -> dict[str, Names]:
    """Choose what each key is to hold: a list of the local policy replaces the team's.

    What rules and variables say holds only where they do, and is left out.
    """
    policy = run.policy.for_every_command()
    for key in ("extras", "groups"):
        check_defined(run.workspace, key, wanted[key])
    items = [Item("extra", canonicalize_name(name)) for name in wanted["extras"]]
    items += [Item("group", canonicalize_name(name)) for name in wanted["groups"]]
    if not items and not all_packages:
        hint = "`--extra NAME`, `--group NAME`, `--all-packages`"
        raise XrunError("nothing to select", hint=hint)
    conflicts = Conflicts(run.workspace)
    is_whole = all_packages or policy.packages == ALL
    members = conflicts.everyone if is_whole else conflicts.home.members
    had = conflicts.select(members, policy.extras, policy.groups)
    wider = conflicts.extend(had, items)
    if wider is None:
        raise _make_conflict(conflicts, conflicts.select_members(members).adding(*items))
    chosen: dict[str, Names] = {"packages": ALL} if all_packages else {}
    for key, already in (("extras", policy.extras), ("groups", policy.groups)):
        new = canonicalize_names(wanted[key])
        gone = getattr(had, key) - getattr(wider, key)
        if already == ALL and new | gone:
            chosen[key] = tuple(sorted(getattr(wider, key))) if gone else ALL
        elif new or gone & {*already}:
            chosen[key] = tuple(sorted({*already} - gone | new))
    return chosen


def _make_conflict(conflicts: Conflicts, selection: Selection) -> XrunError:
    """Make the error of what cannot be selected at once, nor beside what uv selects by itself."""
    names = render_names([str(item) for item in sorted(conflicts.find(selection), key=str)])
    return XrunError(
        f"not selected, because they conflict ([tool.uv] conflicts): {names}",
        hint="for one run, `--no-group NAME` leaves a default group out, `--package NAME` "
        "selects one member alone",
    )


def check_defined(workspace: Workspace, key: str, names: Sequence[str]) -> None:
    """Check that some member defines what is selected.

    Args:
        workspace: The members.
        key: `extras` or `groups`.
        names: As typed.

    Raises:
        XrunError: None does.
    """
    if key == "extras" and has_open_extras(workspace.members):
        return
    defined = sorted(list_defined(workspace.members, key))
    unknown = next((name for name in names if canonicalize_name(name) not in defined), None)
    if unknown is None:
        return
    hint = f"defined: {', '.join(defined) or 'none'}"
    meant = render_meant(unknown, defined)
    raise XrunError(f'unknown {key[:-1]} "{unknown}"{meant}', hint=hint)
