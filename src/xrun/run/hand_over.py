"""One run on its way to uv: what was typed, what is so, what is to be done."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun.project.groups import SELECTING
from xrun.project.names import canonicalize_name
from xrun.proxy import run_lock, uv
from xrun.proxy.command_line import CHANGES_SOMETHING
from xrun.proxy.files import has_separate
from xrun.report import notices
from xrun.run.plan import Target
from xrun.run.request import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from xrun.drift import Comparison
    from xrun.environment.change_lock import Gate
    from xrun.policy import Policy
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan

# What is done once a `uv sync` was given them.
DONE_BY_SYNC = CHANGES_SOMETHING - {"--no-cache"}


@dataclass(frozen=True)
class Run:
    """One run: what was typed, what is so, what is to be done.

    Attributes:
        typed: What was typed behind `xrun`.
        say: Prints lines on standard error.
        ask: Prints a question at the terminal and gives the line that is typed; empty at its end.
        is_terminal: Whether standard error is a terminal.
        gate: The gate of the environment, held while it is decided what to do.
        key: What tells this kind of run from others, as it was started.
        left_out: Options (canonical names) that were typed and uv is not given.
        since: When xrun began to read what decides, in nanoseconds since the epoch.
        script_environment: The folder of the environment that uv keeps for the script, once known.
    """

    typed: tuple[str, ...]
    invocation: Invocation
    facts: Facts
    policy: Policy
    plan: Plan
    say: Callable[[Sequence[str]], None]
    ask: Callable[[str], str]
    is_terminal: bool
    gate: Gate
    key: str
    left_out: frozenset[str] = frozenset()
    script_environment: str = ""
    since: int | None = None

    @property
    def case(self) -> Case:
        """What it was planned by."""
        return Case(self.policy, self.invocation, self.facts)

    @property
    def is_quiet(self) -> bool:
        """Whether notices are left out; refusals are not."""
        return self.invocation.has("--quiet")

    @property
    def mode_told(self) -> str:
        """The mode as a refusal tells it."""
        source = self.policy.origins.get("mode", "")
        return notices.render_mode(self.policy.mode, source, can_ask=self.facts.can_ask)

    @property
    def uv_args(self) -> list[str]:
        """What uv is given."""
        is_cut = self.invocation.has(*self.left_out)
        words = self.invocation.without(*self.left_out) if is_cut else self.typed
        return ["run", *self.plan.inject, *words]

    def tell(self, lines: Sequence[str]) -> None:
        """Say a notice, unless `-q` was typed."""
        if not self.is_quiet:
            self.say(lines)

    def hand_over(self) -> NoReturn:
        """Become uv."""
        self._announce()
        self._enter()
        self._tidy()
        self.gate.release()
        uv.exec_uv(self.facts.uv, self.uv_args)

    def spawn(self) -> int:
        """Run uv and wait for it; return its status."""
        self._announce()
        self._enter()
        self.gate.release()
        status = uv.spawn_uv(self.facts.uv, self.uv_args)
        self._tidy()
        return status

    @property
    def where(self) -> str:
        """The folder of the environment that the command runs in; empty for none that stays."""
        if self.plan.mode == "isolated":
            return ""
        if self.plan.target is Target.SCRIPT:
            return self.script_environment
        if self.facts.environment is None:  # outside a project uv uses what is activated
            return self.facts.environ.get("VIRTUAL_ENV", "")
        return str(self.facts.environment.folder)

    def _enter(self) -> None:
        """Enter the environment, so that nobody takes anything from it while the command runs."""
        folder = self.where
        if folder and run_lock.enter(folder) is None:  # somebody takes something from it just now
            if self.gate.is_held_above:
                return  # and waits for this
            self.gate.take()
            run_lock.enter(folder, waits=True)

    def _tidy(self) -> None:
        """Tidy up, once a day; there is no later moment where this process becomes uv."""
        if self.plan.mode != "off" and has_separate():
            from xrun.environment.expired import tidy_if_due

            tidy_if_due()

    def _announce(self) -> None:
        if self.invocation.has("--verbose"):
            self.say(notices.render_command([self.facts.uv, *self.uv_args]))

    def uncompared(self) -> Run:
        """The same run where nothing was compared: what uv would remove has not been named."""
        return self if self.plan.is_as_typed else self.without_exact()

    def without_exact(self) -> Run:
        """The same run with no `--exact`, injected or typed: uv only adds."""
        inject = tuple(word for word in self.plan.inject if word != "--exact")
        plan = dataclasses.replace(self.plan, inject=inject)
        return dataclasses.replace(self, plan=plan, left_out=self.left_out | {"--exact"})

    def compared(self, comparison: Comparison) -> Run:
        """The same run after a comparison: uv may not remove anything, nor replace what is kept.

        What comes in after the comparison was not named and is not in the attic: another one may
        just be installing it, and `--exact` would take it away again. Where something is kept, all
        that uv would sync is synced before, around that.
        """
        this = self.without_exact()
        if this.plan.target is Target.SCRIPT:
            folder = str(comparison.drift.environment.folder)
            this = dataclasses.replace(this, script_environment=folder)
        is_uvs = this.plan.is_as_it_is or comparison.answer.is_refused
        return this if is_uvs or not comparison.is_keeping else this.as_it_is()

    def settled(self, comparison: Comparison) -> Run:
        """The same run where all is as it should be: uv need not look again, and must not.

        It looks all the same where it has something to say (a warning), which is said nowhere else,
        or something to do that changes no distribution (`--compile-bytecode`).
        """
        compiles = "UV_COMPILE_BYTECODE"
        does = self.invocation.has("--compile-bytecode") or self.facts.is_true(compiles)
        says = (comparison.answer.warns or does) and not self.plan.keep
        is_uvs = self.plan.is_as_it_is or comparison.answer.is_refused or self.plan.reason
        # What comes by standard input may be a script with metadata: uv warns of the option there.
        may_be_script = self.plan.target is Target.SCRIPT or self.invocation.command[0] == "-"
        return self if says or is_uvs or may_be_script else self.as_it_is()

    def as_it_is(self) -> Run:
        """The same run in the environment as it is then: uv syncs nothing.

        Beside `--no-sync` a typed `--exact` says nothing, so it may stay.
        """
        injected = "--no-sync" in self.plan.inject
        inject = self.plan.inject if injected else ("--no-sync", *self.plan.inject)
        plan = dataclasses.replace(self.plan, inject=inject)
        return dataclasses.replace(self, plan=plan, left_out=self.left_out - {"--exact"})

    def but_for_builds(self) -> Run:
        """The same run in an environment that is clean, but for what uv may build around."""
        return dataclasses.replace(self, plan=dataclasses.replace(self.plan, is_as_it_is=False))

    def building(self) -> Run:
        """The same run, but that uv may build anew what is merely old (the project itself)."""
        plan = dataclasses.replace(self.plan, inject=self.plan.selection, is_as_it_is=False)
        return dataclasses.replace(self, plan=plan)

    @property
    def program(self) -> str:
        """The command's first word, as a distribution of that name would be called."""
        return canonicalize_name(os.path.basename(self.invocation.command[0]))  # noqa: PTH119

    @property
    def is_policys(self) -> bool:
        """Whether the run is for the environment and the selection that `xrunctl` knows."""
        elsewhere = {*SELECTING, "--python", "--active"} & self.invocation.names
        is_project = self.plan.target is Target.PROJECT
        declares = self.facts.workspace is not None and self.facts.workspace.project.declares
        return is_project and declares and not elsewhere and not self.policy.is_for_command

    def without_done(self) -> Run:
        """The same run after a sync: it need not upgrade, reinstall or look anew once more."""
        return dataclasses.replace(self, left_out=self.left_out | DONE_BY_SYNC)
