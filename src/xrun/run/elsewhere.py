"""Running in a separate environment: which run does, what that is for, and how it runs there."""

from __future__ import annotations

import os
from pathlib import Path

from xrun.drift.dry_run import ask_dry_run
from xrun.drift.kept import find_named
from xrun.environment.marker import was_interrupted
from xrun.environment.separate import Purpose, Separate, find_foreign, is_sound, resolve_separate
from xrun.errors import UvFailedError
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass, replace
from xrun.proxy.stamp import ACTIVE, WITHIN, take_identities
from xrun.run.plan import Response, Target
from xrun.run.selection import read_selection, selects_as_untyped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.drift.compare import Comparison
    from xrun.environment.change_lock import Locks
    from xrun.environment.environment import Environment
    from xrun.run.request import Run

MOST = 4  # environments for one purpose, while each is in use


@dataclass(frozen=True)
class Elsewhere:
    """The separate environment that a run goes to, and what is seen there.

    Attributes:
        run: The run in it.
        separate: Where it is.
        purpose: What it is for.
        number: Which of those for the purpose it is, while the first ones are in use.
        inputs: The identities of all files that decide; `None` if some have none.
        comparison: What uv would do; `None` where it is yet to be made, or uv cannot say.
        is_interrupted: Whether a step that changed it did not end well.
        copied: How many bytes are copied to make it; 0 where they are linked.
        lacking: The names of what is kept and has to be copied into it.
        absent: What is kept, and of no use to its Python, or has no RECORD to copy it by.
        foreign: The environments that come first for the purpose, and belong to someone else.
    """

    run: Run
    separate: Separate
    purpose: Purpose
    number: int = 0
    inputs: dict[str, str] | None = None
    comparison: Comparison | None = None
    is_interrupted: bool = False
    copied: int = 0
    lacking: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    foreign: tuple[Path, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether it is as declared, with what is kept."""
        is_exact = self.comparison is not None and self.comparison.is_clean
        return is_exact and not self.is_interrupted and not self.lacking


def goes_by_selection(run: Run, comparison: Comparison) -> bool:
    """Whether a run goes to a separate environment because of what it selects.

    The project's own is for the policy's selection at the workspace root, and for the Python that
    it has. A group may ask for another Python too.
    """
    is_for_python = comparison.drift.is_replaced and bool(_find_named_python(run))
    return may_move(run) and (is_for_python or not run.selects_as_home)


def _find_named_python(run: Run) -> str:
    """Find the Python that was named, typed or by a variable; empty where none was."""
    return run.invocation.last("--python") or run.facts.environ.get("UV_PYTHON") or ""


def may_move(run: Run) -> bool:
    """Whether a run may go to a separate environment by itself: by its policy, and as typed."""
    return (
        run.policy.other_selection == "separate"
        and run.plan.mode == "exact"
        and run.plan.target is Target.PROJECT
        and not run.invocation.has("--exact", "--active")
        and run.facts.environment is not None
    )


def resolve_purpose(run: Run) -> Purpose:
    """Resolve what the separate environment of a run is for: a workspace, a Python, a selection."""
    facts = run.facts
    root = facts.workspace.root.folder if facts.workspace else facts.folder
    python, words = _find_named_python(run), {*read_selection(run.request, run.plan.selection)}
    words |= {f"--python={python}"} if python else set()
    return Purpose(root, tuple(sorted(words)))


def find_used(run: Run) -> Run:
    """Find the run in the environment that it uses: in mode separate one that its path names."""
    if run.plan.response is not Response.SEPARATE:
        return run
    purpose = resolve_purpose(run)
    several = [resolve_separate(purpose, number) for number in range(MOST)]
    moved = move(run, next((each for each in several if not find_foreign(each)), several[0]))
    environment = replace(moved.environment, name=str(moved.environment.folder))
    facts = replace(moved.facts, environment=environment)
    return replace(moved, request=replace(moved.request, facts=facts))


def enter_unchanged(
    environment: Environment, inputs: Mapping[str, str] | None, locks: Locks
) -> bool:
    """Enter an environment if nothing that decides has changed since; no change lock is needed.

    Args:
        environment: Which it is.
        inputs: The identities of all that decides, taken before uv was asked.
        locks: Of the run.
    """
    if inputs is None or not locks.try_to_enter(str(environment.folder)):
        return False
    if take_identities(inputs) == inputs and not was_interrupted(environment):
        return True
    locks.leave()
    return False


def name_kept(run: Run) -> tuple[str, ...]:
    """Name what the policy keeps in the project's own environment."""
    environment = run.facts.environment
    if environment is None or not run.plan.keep:
        return ()
    return tuple(sorted(find_named(environment, run.plan.keep)))


def find_above(run: Run, locks: Locks) -> Run | None:
    """Find the run as it is in the separate environment of the command that started it.

    A run in the same workspace that selects nothing itself needs what was selected above, as it
    would in the project's own environment. Where it comes to the same environment by itself,
    nothing is found, and it is compared like any other run.
    """
    folder, workspace = run.facts.environ.get(WITHIN, ""), run.facts.workspace
    elsewhere = {"--python", "--active", "--exact", "--inexact", "--no-sync"}
    is_ours = run.plan.response in {Response.PREPARE, Response.SEPARATE}
    is_ours = is_ours and run.plan.target is Target.PROJECT and not run.policy.is_for_command
    if not folder or workspace is None or run.invocation.names & elsewhere or not is_ours:
        return None
    separate = Separate(Path(folder).parent)
    purpose = separate.read_purpose()
    if purpose is None or purpose.root != workspace.root.folder:
        return None
    if not selects_as_untyped(run.request, run.plan.selection):
        return None
    if was_interrupted(separate.environment):  # or something is just being added there
        locks.wait_for(separate.environment.folder)
    if not is_sound(separate.environment) or was_interrupted(separate.environment):
        return None
    is_same = run.plan.response is Response.SEPARATE and separate == resolve_separate(
        resolve_purpose(run)
    )
    return None if is_same else move(run, separate)


def move(run: Run, separate: Separate) -> Run:
    """Move a run to a separate environment, which uv and the command learn from variables."""
    folder = str(separate.environment.folder)
    variables = {"VIRTUAL_ENV": folder, WITHIN: folder}
    facts = replace(
        run.facts,
        environment=separate.environment,
        environ={**run.facts.environ, **variables},
    )
    selection = tuple(word for word in run.plan.selection if word != ACTIVE)
    syncs = (ACTIVE, *_select_python(run), *selection)
    plan = replace(run.plan, inject=selection, selection=syncs, mode="separate")
    request = replace(run.request, facts=facts)
    return replace(run, request=request, plan=plan, variables=variables)


def _select_python(run: Run) -> tuple[str, ...]:
    """Select the Python that `uv run` would use: the project's own environment's while it fits.

    For another environment uv would look on PATH, where another one may come first. What a group
    requires `uv python find` does not know (0.13.9), so the dry run is asked.
    """
    home, workspace = run.facts.environment, run.facts.workspace
    if home is None or not home.exists:
        return ()
    if workspace is not None and any(
        each.find("tool", "uv", "dependency-groups") for each in workspace.members
    ):
        try:
            fits = ask_dry_run(run.sync).action != "replace"
        except UvFailedError:  # uv says why once more
            fits = False
        if not fits:
            return ()
    named = _find_named_python(run)
    words = ["python", "find", f"--project={run.facts.start}", *([named] if named else [])]
    python = uv.ask_uv(run.facts.uv, words).stdout.strip()
    is_own = python.startswith(f"{home.folder}{os.sep}")
    return (f"--python={os.path.realpath(python)}",) if is_own else ()
