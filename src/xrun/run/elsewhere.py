"""Moving to another environment: which run does, by itself or by its policy, and where it goes."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.change_lock import Gate
from xrun.environment.processes import is_nested
from xrun.environment.separate import Purpose, Separate, find_folder, resolve_separate
from xrun.environment.space import MOST_COPIED, find_device, measure
from xrun.errors import XrunError
from xrun.project.groups import list_needless
from xrun.proxy import uv
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.stamp import ACTIVE, WITHIN
from xrun.run.plan import Response, Target
from xrun.run.selection import resolve_selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xrun.drift import Comparison
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.hand_over import Run

SET = ("VIRTUAL_ENV", WITHIN)  # for what runs in a separate environment
SWITCHES = ("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS")  # variables that select
NAMES = ("UV_NO_GROUP",)


def selects_elsewhere(this: Run, comparison: Comparison) -> bool:
    """Whether a run selects something else than the project's environment is for.

    That is for the policy's selection at the workspace root, as its files say it for every command,
    and for the Python that it has.
    """
    facts, workspace = this.facts, this.facts.workspace
    if workspace is None:
        return False
    if comparison.drift.is_replaced:
        return this.invocation.has("--python") or bool(facts.environ.get("UV_PYTHON"))
    nothing = parse_invocation(["true"])
    at_root = dataclasses.replace(workspace, project=workspace.root)
    bare = dataclasses.replace(facts, environ={}, workspace=at_root)
    home = resolve_selection(this.policy.for_every_command(), nothing, at_root, bare)
    wanted = list_selection(facts, this.invocation, this.plan.selection)
    return wanted != list_selection(bare, nothing, home)


def may_move(this: Run) -> bool:
    """Whether a run may go to a separate environment by itself: by its policy, and as typed.

    Not while something that is kept is installed, which is nowhere else; nor away from the
    environment that a command above it runs in.
    """
    environment = this.facts.environment
    return (
        this.policy.other_selection == "separate"
        and this.plan.mode == "exact"
        and this.plan.target is Target.PROJECT
        and not this.invocation.has("--exact", "--active")
        and environment is not None
        and not is_nested(environment.folder)
    )


def move(this: Run, number: int = 0) -> tuple[Purpose, Separate, Run]:
    """Move a run to the separate environment for what it selects, which is changed only before it.

    This process and what it starts use that environment from then on.

    Args:
        this: The run, for the project's own environment.
        number: Of the environment, for while the first ones are in use.

    Returns:
        What the environment is for, the environment, and the run in it.
    """
    purpose = resolve_purpose(this.facts, this.invocation, this.plan.selection)
    separate = resolve_separate(purpose, number)
    return purpose, separate, _move_to(separate, this)


def find_above(this: Run) -> Run | None:
    """Find the run in the separate environment that the command above runs in, as it is.

    A run that selects nothing itself, in the same workspace, is part of what goes on there: what
    was selected above is what it needs too, as it would be in the project's own environment. Where
    it would come to the very same environment without that, nothing is found: it is compared, then.
    """
    folder, workspace = this.facts.environ.get(WITHIN, ""), this.facts.workspace
    elsewhere = {*SELECTING, "--python", "--active", "--exact", "--inexact", "--no-sync"}
    modes = {"exact": Response.PREPARE, "separate": Response.SEPARATE}
    is_ours = this.plan.response is modes.get(this.plan.mode) and not this.policy.is_for_command
    if not folder or workspace is None or this.invocation.names & elsewhere or not is_ours:
        return None
    separate = Separate(Path(folder).parent)
    purpose = separate.read_purpose()
    if purpose is None or purpose.root != workspace.root.folder:
        return None
    gate = Gate(separate.environment.folder, this.gate.tell)
    gate.take()  # somebody may just be adding something
    is_whole = separate.is_whole
    gate.release()
    if not is_whole:
        return None
    is_there = this.plan.target is Target.PROJECT and separate.environment.exists
    is_same = this.plan.response is Response.SEPARATE and separate == resolve_separate(
        resolve_purpose(this.facts, this.invocation, this.plan.selection)
    )
    return _move_to(separate, this) if is_there and not is_same else None


def _move_to(separate: Separate, this: Run) -> Run:
    """Move a run to a separate environment, which this process and what it starts use then."""
    selection = tuple(word for word in this.plan.selection if word != ACTIVE)
    plan = dataclasses.replace(
        this.plan,
        inject=(ACTIVE, "--no-sync", *selection),
        selection=(ACTIVE, *selection),
        keep=(),
        mode="separate",
    )
    this.gate.release()
    this = this.without_exact()
    return dataclasses.replace(
        this,
        plan=plan,
        left_out=this.left_out | {"--active", "--no-active"},  # one of them is enough
        facts=use(this.facts, separate),
        gate=Gate(separate.environment.folder, this.gate.tell),
    )


def list_selection(
    facts: Facts, invocation: Invocation, selection: Iterable[str]
) -> frozenset[str]:
    """List what is selected, as options, so that two selections can be told apart.

    Args:
        facts: Of the run; the member that it is for counts, and the variables that select.
        invocation: What was typed.
        selection: What the policy selects.
    """
    words = {*invocation.render_options(invocation.names - SELECTING)}
    words |= {word for word in selection if word.partition("=")[0] in SELECTING}
    words |= {name for name in SWITCHES if facts.is_true(name)}
    words |= {f"{name}={facts.environ[name]}" for name in NAMES if facts.environ.get(name)}
    workspace = facts.workspace
    if workspace is None:
        return frozenset(words)
    is_open = not {"--package", "--all-packages"} & {word.partition("=")[0] for word in words}
    if is_open and not workspace.is_at_root:
        words.add(f"--package={workspace.project.name}")
    return frozenset(words.difference(list_needless(workspace, words)))


def resolve_purpose(facts: Facts, invocation: Invocation, selection: Iterable[str]) -> Purpose:
    """Resolve what the environment of a run is for: a workspace, a Python and a selection."""
    root = facts.workspace.root.folder if facts.workspace else facts.folder
    python = invocation.last("--python") or facts.environ.get("UV_PYTHON")
    words = {*list_selection(facts, invocation, selection)}
    words |= {f"--python={python}"} if python else set()
    return Purpose(root, tuple(sorted(words)))


def use(facts: Facts, separate: Separate) -> Facts:
    """Use a separate environment from now on: in what uv is asked, and in the command."""
    chosen = dict.fromkeys(SET, str(separate.environment.folder))
    os.environ.update(chosen)
    environ = {**facts.environ, **chosen}
    return dataclasses.replace(facts, environment=separate.environment, environ=environ)


def check_space(facts: Facts, separate: Separate) -> int:
    """Check, before one is made, that its files can be linked from uv's cache, or are not too many.

    Returns:
        How many bytes will about be copied: as many as the project's own environment has; 0 where
        they are linked, or nothing is known.

    Raises:
        XrunError: They are more than a gigabyte.
    """
    cache = uv.ask_uv(facts.uv, ["cache", "dir"]).stdout.strip()
    if not cache or find_device(Path(cache)) == find_device(separate.folder):
        return 0
    root = facts.workspace.root.folder if facts.workspace else facts.folder
    size = measure(root / ".venv")
    if size > MOST_COPIED:
        raise XrunError(
            f"not run: a separate environment would copy about {size >> 20} MB, for uv's cache "
            f"({cache}) is on another file system than xrun's ({find_folder()})",
            hint='UV_CACHE_DIR or XDG_CACHE_HOME puts them on one; `other-selection = "rebuild"` '
            'or `mode = "exact"` does without',
        )
    return size
