"""One run, with the questions that the rows of the plan ask of it. Nothing is read or started."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.proxy.command_line import FLAGS
from xrun.run.selection import resolve_lock, resolve_selection

if TYPE_CHECKING:
    from xrun.policy import Mode, Policy
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts

# Flags that uv does not take beside each other.
CONFLICTS = (
    {"--quiet", "--verbose"},
    {"--module", "--script"},
    {"--module", "--gui-script"},
    {"--script", "--gui-script"},
)

# The options with a value that uv refuses twice, also with the same value (uv 0.13.9).
SINGLE = frozenset(
    (
        *("--cache-dir", "--color", "--config-file", "--default-index", "--directory"),
        *("--exclude-newer", "--fork-strategy", "--index-strategy", "--index-url"),
        *("--keyring-provider", "--link-mode", "--max-recursion-depth", "--package"),
        *("--prerelease", "--project", "--python", "--python-fetch", "--python-platform"),
        *("--python-preference", "--resolution"),
    )
)

# The flags that may stand more than once.
MANY = frozenset({"--quiet", "--verbose"})


@dataclass(frozen=True)
class Case:
    """One run, with the questions that the rows ask of it."""

    policy: Policy
    invocation: Invocation
    facts: Facts

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
    def is_misused(self) -> bool:
        """Whether uv refuses the line before it does a thing."""
        once = FLAGS - MANY | SINGLE
        names = [name for name, _ in self.invocation.typed if name in once]
        is_twice = len({*names}) < len(names)
        has_value = any(value for name, value in self.invocation.typed if name in FLAGS - MANY)
        is_conflict = any(pair <= self.invocation.names for pair in CONFLICTS)
        is_unknown = bool(self.invocation.unknown)
        return is_twice or has_value or is_conflict or is_unknown or self.facts.lacks_env_file

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
        return self.facts.environment.name if self.facts.environment else ".venv"

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
        variables = ("CONDA_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON")
        return (
            is_elsewhere
            or self.is_isolated
            or self.invocation.has("--python")
            or any(self.facts.environ.get(name) for name in variables)
        )

    @property
    def is_remote(self) -> bool:
        """Whether the script comes from a URL: it may say what it needs, and is not here yet."""
        return self.invocation.command[0].startswith(("http:/", "https:/"))

    @property
    def has_script_environment(self) -> bool:
        """Whether a script with inline metadata runs, in an environment of its own."""
        return self.facts.script is not None and self.facts.script.has_metadata

    @cached_property
    def selection(self) -> tuple[str, ...]:
        """The policy's selection and lock, as options."""
        workspace = self.facts.workspace
        if workspace is None:
            return ()
        chosen = resolve_selection(self.policy, self.invocation, workspace, self.facts)
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
        return ".".join(map(str, self.facts.version))
