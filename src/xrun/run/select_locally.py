"""Select extras, groups and members from now on, on this machine: written into the local policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.errors import XrunError
from xrun.policy import ALL
from xrun.policy.files import LOCAL_FILE
from xrun.project.groups import list_conflicts
from xrun.project.names import canonicalize_name
from xrun.run.keep_locally import find_local_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xrun.policy import Names
    from xrun.run.request import Run


def select_locally(
    subject: Run, wanted: Mapping[str, Sequence[str]], *, all_packages: bool = False
) -> str:
    """Select extras, groups and members on this machine, beside what is selected already.

    Args:
        subject: The project.
        wanted: Names, by key (`extras`, `groups`).
        all_packages: Whether every member is selected.

    Returns:
        What is said of it.

    Raises:
        XrunError: Nothing is wanted, something that is not defined, or it cannot be written.
    """
    from xrun.policy.edit import exclude_from_git, set_key

    path = find_local_file(subject.workspace)
    chosen = _choose(subject, wanted, all_packages=all_packages)
    for key, value in chosen.items():
        set_key(path, key, value)
    exclude_from_git(path)
    texts = [f"{key}: {_render(value)}" for key, value in chosen.items()]
    return f"selected on this machine ({LOCAL_FILE}): {'; '.join(texts)}"


def _render(value: Names) -> str:
    return f'"{ALL}"' if value == ALL else ", ".join(value)


def _choose(
    subject: Run, wanted: Mapping[str, Sequence[str]], *, all_packages: bool
) -> dict[str, Names]:
    """Choose what each key is to hold: a list of the local policy replaces the team's.

    What rules and variables say holds only where they do, and is left out.

    Raises:
        XrunError: Nothing is wanted, or something that is not defined.
    """
    policy = subject.policy.for_every_command()
    chosen: dict[str, Names] = {}
    for key, already in (("extras", policy.extras), ("groups", policy.groups)):
        if wanted[key]:
            _check_defined(subject, key, wanted[key])
            new: set[str] = {*map(canonicalize_name, wanted[key])}
            stays = {*already} - _list_conflicting(subject, key[:-1], new)
            chosen[key] = ALL if already == ALL else tuple(sorted(stays | new))
    if all_packages:
        chosen["packages"] = ALL
    if not chosen:
        hint = "`--extra NAME`, `--group NAME`, `--all-packages`"
        raise XrunError("nothing to select", hint=hint)
    return chosen


def _list_conflicting(subject: Run, kind: str, new: set[str]) -> set[str]:
    """List what cannot be selected beside the new: `[tool.uv] conflicts`, each set of them."""
    found: set[str] = set()
    for each in list_conflicts(subject.workspace):
        names = {name for its_kind, name in each if its_kind == kind}
        found |= names if names & new else set()
    return found - new


def _check_defined(subject: Run, key: str, names: Sequence[str]) -> None:
    """Check that some member defines what is to be selected.

    Raises:
        XrunError: None does.
    """
    members = subject.workspace.members
    if any("optional-dependencies" in member.dynamic for member in members) and key == "extras":
        return  # only a build could say which extras there are
    defined = sorted({name for member in members for name in getattr(member, key)})
    for name in names:
        if canonicalize_name(name) not in defined:
            known = ", ".join(defined) or "none"
            raise XrunError(f"no {key[:-1]} here is named {name}", hint=f"defined: {known}")
