"""Keep installed distributions from now on, on this machine: written into the local policy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from xrun.drift.compare import list_extraneous
from xrun.drift.grouping import split_requested
from xrun.drift.kept import find_closure, find_named
from xrun.policy.enforce import check_kept
from xrun.policy.files import LOCAL_FILE
from xrun.policy.keep import Keep
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from xrun.environment import Environment
    from xrun.policy.chain import Floor
    from xrun.project.workspace import Workspace


def find_local_file(workspace: Workspace) -> Path:
    """Find the file for what this checkout on this machine keeps, there or not."""
    return workspace.root.folder / LOCAL_FILE


def keep_installed(  # noqa: PLR0913 - what, where, why, and beside what
    workspace: Workspace,
    environment: Environment,
    versions: Mapping[str, str],
    reason: str,
    *,
    already: Iterable[Keep] = (),
    held: Collection[str] = (),
    floor: Floor | None = None,
) -> tuple[Keep, ...]:
    """Keep installed distributions; what only another one of them needs is kept through that.

    Args:
        workspace: Gets the entries in its local policy, which git then ignores.
        environment: Where they are installed; read again.
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

    now = replace(environment)
    already = list(already)
    holding = [each for each in already if each.holds]
    known = find_closure(now, already) - ({*held} - set(find_named(now, holding)))
    new = {name: version for name, version in versions.items() if name not in known}
    requested, needed = split_requested(list(list_extraneous(new, now)))
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
