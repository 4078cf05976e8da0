"""`xrunctl select`: extras and groups that belong to the environment on this machine."""

from __future__ import annotations

from xrun.ctl.output import say
from xrun.ctl.target import PROJECT, failing, find_run
from xrun.ctl.verbs import Option
from xrun.run.local_policy import select_locally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Annotated

NamesOption = list[str] | None


def select(
    extras: Annotated[
        NamesOption, Option("--extra", metavar="NAME", help="An extra; may be repeated.")
    ] = None,
    groups: Annotated[
        NamesOption, Option("--group", metavar="NAME", help="A group; may be repeated.")
    ] = None,
    *,
    all_packages: Annotated[
        bool, Option("--all-packages", help="Every member of the workspace.")
    ] = False,
    project: Annotated[str | None, PROJECT] = None,
) -> None:
    """Select extras and groups on this machine.

    They belong to the environment from now on, beside those that are selected already.
    """
    wanted = {"extras": extras or [], "groups": groups or []}
    with failing():
        run = find_run(project, remembers=True)
        said = select_locally(run, wanted, all_packages=all_packages)
    say([said])
