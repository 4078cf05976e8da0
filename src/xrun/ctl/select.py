"""`xrunctl select`: extras and groups that belong to the environment on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from xrun.ctl.messages import render_selected
from xrun.ctl.target import ProjectOption, fail, find_subject
from xrun.errors import XrunError
from xrun.policy import ALL
from xrun.project.groups import list_conflicts
from xrun.project.names import canonicalize_name
from xrun.run.keep_locally import find_local_file

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.policy import Names
    from xrun.run.request import Run

NamesOption = Optional[list[str]]  # noqa: UP045 - typer reads this at run time, on Python 3.10 too


def select(
    extras: Annotated[
        NamesOption, typer.Option("--extra", metavar="NAME", help="An extra; may be repeated.")
    ] = None,
    groups: Annotated[
        NamesOption, typer.Option("--group", metavar="NAME", help="A group; may be repeated.")
    ] = None,
    *,
    all_packages: Annotated[
        bool, typer.Option("--all-packages", help="Every member of the workspace.")
    ] = False,
    project: ProjectOption = None,
) -> None:
    """Select what belongs to the environment on this machine, beside what is selected already."""
    from xrun.policy.edit import exclude_from_git

    try:
        subject = find_subject(project, remembers=True)
        _check_asked(extras, groups, all_packages=all_packages)
        path = find_local_file(subject.workspace)
        chosen = _write(path, subject, extras or [], groups or [], all_packages=all_packages)
        exclude_from_git(path)
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    for line in render_selected(chosen):
        print(line, file=sys.stderr)


def _check_asked(extras: list[str] | None, groups: list[str] | None, *, all_packages: bool) -> None:
    """Check that something is to be selected.

    Raises:
        XrunError: Nothing is.
    """
    if not (extras or groups or all_packages):
        hint = "`--extra NAME`, `--group NAME`, `--all-packages`"
        raise XrunError("nothing to select", hint=hint)


def _write(
    path: Path, subject: Run, extras: list[str], groups: list[str], *, all_packages: bool
) -> dict[str, str]:
    """Write what is selected; a list of the local policy replaces the team's, so it holds both.

    What rules and variables say holds only where they do, and is not written.

    Returns:
        Each key with what it holds now.
    """
    from xrun.policy.edit import set_key

    policy = subject.policy.for_every_command()
    chosen: dict[str, Names] = {}
    for key, names, already in (
        ("extras", extras, policy.extras),
        ("groups", groups, policy.groups),
    ):
        if names:
            _check_defined(subject, key, names)
            new: set[str] = {canonicalize_name(name) for name in names}
            stays = {*already} - _list_conflicting(subject, key[:-1], new)
            chosen[key] = ALL if already == ALL else tuple(sorted(stays | new))
    for key, value in chosen.items():
        set_key(path, key, value)
    told = {key: f'"{ALL}"' if value == ALL else ", ".join(value) for key, value in chosen.items()}
    if all_packages:
        set_key(path, "packages", ALL)
        told["packages"] = f'"{ALL}"'
    return told


def _list_conflicting(subject: Run, kind: str, new: set[str]) -> set[str]:
    """List what cannot be selected beside the new: `[tool.uv] conflicts`, each set of them."""
    found: set[str] = set()
    for each in list_conflicts(subject.workspace):
        names = {name for its_kind, name in each if its_kind == kind}
        found |= names if names & new else set()
    return found - new


def _check_defined(subject: Run, key: str, names: list[str]) -> None:
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
