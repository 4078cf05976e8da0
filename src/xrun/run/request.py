"""One request: what was typed, what is so, and the policy; made once, then only asked.

`read_request` reads; the questions that the rows of the plan ask read and start nothing.
"""

from __future__ import annotations

import os
import time
from functools import cached_property, partial
from pathlib import Path

from xrun.environment.environment import USUAL
from xrun.policy.load import load_policy
from xrun.policy.rules import read_circumstances
from xrun.project.groups import RESOLVING, SELECTING
from xrun.project.names import canonicalize_name
from xrun.project.uv_variables import decide_colour, find_typed_colour, render_version
from xrun.proxy import uv
from xrun.proxy.command_line import Invocation, parse_invocation
from xrun.proxy.dataclass import dataclass, field
from xrun.proxy.stamp import list_deciding, render_key
from xrun.report import notices
from xrun.run.facts import find_uv, gather_facts, make_no_project
from xrun.run.plan import Target
from xrun.run.selection import (
    make_sync,
    resolve_lock,
    resolve_selection,
    selects_as_home,
    selects_as_untyped,
)
from xrun.run.usage import find_refusal, is_misused, may_be_refused
from xrun.words import render_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xrun.drift.dry_run import SyncCommand
    from xrun.environment.environment import Environment
    from xrun.policy.keys import Mode
    from xrun.policy.policy import Policy
    from xrun.project.workspace import Workspace
    from xrun.report.reach import Reach
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan

MOST_REMEMBERED = 100  # columns of a command line


@dataclass(frozen=True)
class Request:
    """One run as it was asked for, with the questions that are asked of it.

    Attributes:
        invocation: What was typed behind `xrun`, split.
        facts: What is so.
        policy: What should happen.
        typed: What was typed, as it was.
        is_terminal: Whether standard error is a terminal.
        key: What tells this kind of run from others, as it was started.
        is_refused: Whether uv refuses what was typed before it does a thing.
        since: When xrun began to read what decides, in nanoseconds since the epoch.
        is_verbose: Whether decisions are reported too: `-v` was typed, which is none of the rest.
    """

    invocation: Invocation
    facts: Facts
    policy: Policy
    typed: tuple[str, ...] = ()
    is_terminal: bool = False
    key: str = ""
    is_refused: bool = False
    since: int | None = None
    is_verbose: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether notices are left out; refusals are not."""
        return self.invocation.has("--quiet")

    @property
    def is_mute(self) -> bool:
        """Whether uv's own errors are left out too, as uv does (`-qq`)."""
        return self.invocation.counts("--quiet") > 1

    @property
    def has_colour(self) -> bool:
        """Whether uv would colour what it says on standard error."""
        typed = find_typed_colour(self.invocation)
        return decide_colour(self.facts.environ, is_terminal=self.is_terminal, typed=typed)

    @property
    def program(self) -> str:
        """The command's first word, as a distribution of that name would be called."""
        return canonicalize_name(os.path.basename(self.invocation.command[0]))  # noqa: PTH119

    @property
    def command_line(self) -> str:
        """What was typed, as backups remember it; `xrunctl sync` where it was no run."""
        from xrun.report.width import shorten  # with it a pattern

        line = render_line(["xrun", *self.typed]) if self.typed else "xrunctl sync"
        return shorten(line, MOST_REMEMBERED)

    @property
    def mode(self) -> Mode:
        """The mode for this run: what was typed is stronger than the policy, but for `off`."""
        return self.mode_and_why[0]

    @cached_property
    def mode_and_why(self) -> tuple[Mode, str]:
        """The mode for this run, and why it is not the policy's; empty where it is."""
        if self.policy.mode == "off":
            return "off", ""
        if self.is_isolated:
            is_typed = self.invocation.has("--isolated")
            return "isolated", "--isolated (typed)" if is_typed else "UV_ISOLATED"
        typed = self.invocation.last_of("--exact", "--inexact")
        if typed is not None:
            return "exact" if typed == "--exact" else "report", f"{typed} (typed)"
        if self.policy.mode == "ask" and not self.facts.can_ask:
            return "refuse", "there is no terminal free to ask at"
        return self.policy.mode, ""

    @property
    def removes(self) -> bool:
        """Whether what is extraneous would be removed, at once or after a question."""
        return self.mode in {"exact", "ask"}

    @property
    def is_isolated(self) -> bool:
        """Whether an isolated environment was asked for by hand."""
        return self.invocation.has("--isolated") or self.facts.is_true("UV_ISOLATED")

    @property
    def is_active(self) -> bool:
        """Whether the activated environment was asked for by hand."""
        return self.invocation.last_of("--active", "--no-active") == "--active"

    @property
    def no_sync(self) -> str:
        """What keeps uv from changing the environment; empty if nothing does."""
        if self.invocation.has("--no-sync"):
            return "--no-sync (typed)"
        return "UV_NO_SYNC" if self.facts.is_true("UV_NO_SYNC") else ""

    @property
    def no_project(self) -> str:
        """What keeps uv from looking for a project; empty if nothing does."""
        if self.invocation.has("--no-project"):
            return "--no-project (typed)"
        return "UV_NO_PROJECT" if self.facts.is_true("UV_NO_PROJECT") else ""

    @property
    def environment_name(self) -> str:
        """How messages name the environment."""
        return self.facts.environment.name if self.facts.environment else USUAL

    @property
    def is_outside(self) -> bool:
        """Whether there is no project."""
        return self.facts.workspace is None

    @property
    def is_unreadable(self) -> bool:
        """Whether a `pyproject.toml` that counts is not TOML, which is uv's to tell."""
        workspace = self.facts.workspace
        return workspace is not None and not (workspace.project.is_read and workspace.root.is_read)

    @property
    def is_unmanaged(self) -> bool:
        """Whether the project says `managed = false`."""
        workspace = self.facts.workspace
        return workspace is not None and not workspace.project.is_managed

    @property
    def is_undeclared(self) -> bool:
        """Whether there is a `pyproject.toml` in which nothing is declared."""
        workspace = self.facts.workspace
        return workspace is not None and not workspace.project.declares

    @property
    def declares_nothing(self) -> bool:
        """Whether no project counts in which something is declared."""
        is_ignored = self.is_outside or bool(self.no_project) or self.is_unmanaged
        return is_ignored or self.is_undeclared

    @property
    def is_read_only(self) -> bool:
        """Whether an environment is there that cannot be changed."""
        environment = self.facts.environment
        return environment is not None and environment.exists and not environment.is_writable

    @property
    def is_inexact(self) -> bool:
        """Whether `--inexact` was typed, and no `--exact` behind it."""
        return self.invocation.last_of("--exact", "--inexact") == "--inexact"

    @property
    def uses_other_environment(self) -> bool:
        """Whether a run without a project would not even use the project's own environment."""
        active = self.facts.environ.get("VIRTUAL_ENV")
        own = self.facts.environment
        is_elsewhere = bool(active and own and Path(active) != own.folder)
        is_missing = bool(own and own.dangling)
        variables = ("CONDA_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON")
        return (
            is_elsewhere
            or is_missing
            or self.is_isolated
            or self.invocation.has("--python")
            or any(self.facts.environ.get(name) for name in variables)
        )

    @property
    def has_script_environment(self) -> bool:
        """Whether a script with inline metadata runs, in an environment of its own."""
        return self.facts.script is not None and self.facts.script.has_metadata

    @cached_property
    def as_read(self) -> Invocation:
        """What was typed, as uv reads it: beside `--no-project` it passes over a selection."""
        if not self.no_project:
            return self.invocation
        typed = tuple(each for each in self.invocation.typed if each[0] not in SELECTING)
        return Invocation(self.invocation.options, self.invocation.command, typed)

    @cached_property
    def selection(self) -> tuple[str, ...]:
        """The policy's selection and lock, as options."""
        workspace = self.facts.workspace
        if workspace is None:
            return ()
        chosen = resolve_selection(self.policy, self.as_read, workspace, self.facts)
        return (*chosen, *resolve_lock(self.policy, self.invocation, self.facts))

    @property
    def script_lock(self) -> tuple[str, ...]:
        """The policy's lock as an option for a script; only where the script has a lock file."""
        script = self.facts.script
        if script is None or not script.has_lock:
            return ()
        return resolve_lock(self.policy, self.invocation, self.facts)

    @property
    def uses_lock(self) -> bool:
        """Whether there is a lock file, or would be one, that the run goes by."""
        if self.has_script_environment:
            return self.facts.script is not None and self.facts.script.has_lock
        return not self.is_outside and not self.no_project

    @property
    def enforced_lock(self) -> tuple[str, ...]:
        """The lock as an option where it is enforced: mode `off` does not lift that."""
        if "lock" not in self.policy.floors or not self.uses_lock or self.no_sync:
            return ()
        return resolve_lock(self.policy, self.invocation, self.facts)

    def can(self, since: tuple[int, ...]) -> bool:
        """Whether this uv is at least of a version; one that does not say its version is new."""
        return not self.facts.version or self.facts.version >= since

    def render_version(self) -> str:
        """Render uv's version for a message."""
        return render_version(self.facts.version)


@dataclass(frozen=True)
class Run:
    """A request with its plan.

    Attributes:
        request: What was asked for; in a separate environment that is its environment.
        plan: What to do.
        variables: What uv and the command get beside the variables of this process.
    """

    request: Request
    plan: Plan
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def invocation(self) -> Invocation:
        """What was typed."""
        return self.request.invocation

    @property
    def facts(self) -> Facts:
        """What is so."""
        return self.request.facts

    @property
    def policy(self) -> Policy:
        """What should happen."""
        return self.request.policy

    @property
    def environment(self) -> Environment:
        """The project's environment.

        Raises:
            XrunError: There is no project.
        """
        if self.facts.environment is None:
            raise make_no_project(self.facts)
        return self.facts.environment

    @property
    def workspace(self) -> Workspace:
        """The project.

        Raises:
            XrunError: There is none.
        """
        if self.facts.workspace is None:
            raise make_no_project(self.facts)
        return self.facts.workspace

    @cached_property
    def sync(self) -> SyncCommand:
        """The `uv sync` that syncs what the run would sync."""
        return make_sync(self.request, self.plan, self.variables)

    @cached_property
    def selects_as_home(self) -> bool:
        """Whether it selects what the project's environment is for."""
        return selects_as_home(self.request, self.plan.selection)

    @property
    def where(self) -> str:
        """The folder of the environment that the command runs in, as far as only facts say it."""
        if self.plan.mode == "isolated" or self.plan.target is Target.SCRIPT:
            return ""
        if self.facts.environment is None:  # outside a project uv uses what is activated
            return self.facts.environ.get("VIRTUAL_ENV", "")
        return str(self.facts.environment.folder)

    @property
    def reach(self) -> Reach:
        """How `xrunctl` reaches the environment."""
        from xrun.report.reach import find_reach  # not needed where nothing is said

        return find_reach(self.facts.workspace, self.facts.environment, self.facts.environ)

    @property
    def rendered_mode(self) -> str:
        """The mode as a refusal says it, and where it comes from."""
        source = self.policy.origins.get("mode", "")
        return notices.render_mode(self.policy.mode, source, can_ask=self.facts.can_ask)

    @property
    def matches_policy(self) -> bool:
        """Whether it is for the environment and the selection that `xrunctl` knows."""
        is_project = self.plan.target is Target.PROJECT and not self.variables
        declares = self.facts.workspace is not None and self.facts.workspace.project.declares
        others = ("--python", "--active", "--no-editable", "--no-editable-package", *RESOLVING)
        is_own = not self.invocation.has(*others)
        is_own = is_own and not self.policy.is_for_command
        is_own = is_own and is_project and declares
        return is_own and selects_as_untyped(self.request, self.plan.selection)


def read_request(
    argv: Sequence[str], *, is_terminal: bool = False, remembers: bool = True
) -> Request:
    """Read what a run is made of; whether it is allowed is not looked at.

    Args:
        argv: What was typed behind `xrun`.
        is_terminal: Whether standard error is a terminal.
        remembers: Whether uv's answers about itself may be written into the cache folder.

    Raises:
        UvNotFoundError: There is no uv.
        PolicyError: The policy cannot be followed.
        FileNotFoundError: The current folder is gone.
    """
    since = time.time_ns()
    program = find_uv()
    version = uv.read_version(program, remembers=remembers)

    def parse(words: Sequence[str]) -> Invocation:
        takes_value = partial(uv.read_takes_value, program, remembers=remembers)
        return parse_invocation(words, takes_value)

    invocation = parse(argv)
    refused = is_misused(invocation)
    is_verbose = invocation.has("--verbose") and not refused
    if is_verbose:
        invocation = _take_verbose(invocation, parse)
        argv = (*invocation.options, *invocation.command)
    facts = gather_facts(invocation, program, version, os.environ)
    circumstances = read_circumstances(invocation, os.environ, is_terminal=is_terminal)
    policy = load_policy(facts.workspace, facts.folder, os.environ, circumstances)
    key = render_key(invocation, program, list_deciding()) if invocation.command else ""
    if not refused and invocation.command and policy.mode != "off":
        is_asked = may_be_refused(invocation, facts.environ)
        refused = is_asked and find_refusal(invocation, program) is not None
    return Request(
        invocation,
        facts,
        policy,
        typed=tuple(argv),
        is_terminal=is_terminal,
        key=key,
        is_refused=refused,
        since=since,
        is_verbose=is_verbose,
    )


def _take_verbose(invocation: Invocation, parse: Callable[[list[str]], Invocation]) -> Invocation:
    """Take one `-v` out of the words of a command line: xrun's own. Further ones are uv's."""
    typed = list(invocation.typed)
    typed.remove(("--verbose", ""))
    words, command = invocation.options, invocation.command
    for at, word in enumerate(words):
        cluster = word if word.startswith("--") else word.replace("v", "", 1)
        less = [] if word in {"-v", "--verbose"} else [cluster]
        found = parse([*words[:at], *less, *words[at + 1 :], *command])
        if [*found.typed] == typed and found.command == command:
            return found
    return invocation
