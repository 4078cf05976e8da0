"""Ask uv what it would change, and say what that means."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xrun import uv
from xrun.drift.answer import HAS_JSON, SyncAnswer, parse_answer
from xrun.drift.finding import Drift, Finding, Kind
from xrun.environment import Environment
from xrun.errors import UvFailedError
from xrun.options import NOT_FOR_SYNC
from xrun.plan import Plan, Target
from xrun.selection import EVERYTHING, SELECTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xrun.environment import Provenance
    from xrun.facts import Facts
    from xrun.invocation import Invocation

# What says how uv talks, not what it does: the answer is read by a program.
TALK = frozenset({"--quiet", "--verbose", "--color", "--no-color", "--no-progress"})

# Variables that would change the answer's form, or that mean the run and not the question.
NOT_FOR_QUESTIONS = ("FORCE_COLOR", "CLICOLOR_FORCE", "RUST_LOG", "UV_NO_PROJECT", "UV_NO_SYNC")


# How uv refuses options that it knows, in `sync` as in `run`.
USAGE = ("cannot be used with", "cannot be used multiple times", "invalid value")


@dataclass(frozen=True)
class Comparison:
    """What uv would do, and what that means.

    Attributes:
        answer: uv's answer.
        drift: What is not as declared; extraneous distributions all count as undeclared until
            `classify` has told them apart.
    """

    answer: SyncAnswer
    drift: Drift

    @property
    def needs_preparing(self) -> bool:
        """Whether uv would remove or replace something; where it only adds, the run may do it."""
        return bool(self.drift.extraneous or self.drift.of(Kind.OTHER) or self.drift.is_replaced)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing at all to do."""
        return not self.answer.changes and not self.drift.findings


def build_sync(
    facts: Facts, invocation: Invocation, plan: Plan, *, everything: Iterable[str] | None = None
) -> list[str]:
    """Build the `uv sync` that syncs what a run would sync.

    Args:
        facts: Of the run.
        invocation: What was typed; what `uv sync` does not take is left out.
        plan: With the policy's selection.
        everything: A selection to ask for instead of the run's own.
    """
    script = facts.script if plan.target is Target.SCRIPT else None
    args = ["sync"]
    if script is not None:
        args.append(f"--script={script.path}")
    elif facts.workspace and not invocation.has("--project") and "UV_PROJECT" not in facts.environ:
        # `uv run` may have found the project by the script's folder; `uv sync` would not.
        args.append(f"--project={facts.workspace.project.folder}")
    leave_out = NOT_FOR_SYNC | TALK
    if everything is not None or script is not None:
        leave_out |= SELECTING
    selection = [word for word in plan.selection if word.partition("=")[0] not in leave_out]
    args += [*(everything or ()), *selection]
    for name, value in invocation.typed:
        if name not in leave_out and name not in invocation.unknown:
            args.append(f"{name}={value}" if value else name)
    return args


def ask(facts: Facts, args: list[str]) -> SyncAnswer:
    """Ask uv what a `uv sync` would do; nothing is changed.

    Raises:
        UvFailedError: uv answered with an error; its last line stands in the message.
    """
    form = ["--output-format", "json"] if facts.version >= HAS_JSON or not facts.version else []
    environ = {key: value for key, value in os.environ.items() if key not in NOT_FOR_QUESTIONS}
    done = uv.ask_uv(facts.uv, [*args, "--dry-run", *form], {**environ, "NO_COLOR": "1"})
    answer = parse_answer(done.stdout, done.stderr, done.returncode)
    if answer is None:
        raise _make_error(done.stderr)
    return answer


def _make_error(stderr: str) -> UvFailedError:
    """Make an error of uv's own: its line stands in the message."""
    said = [line for line in stderr.splitlines() if line.strip()]
    line = next((line for line in said if line.startswith("error")), said[-1] if said else "")
    error = UvFailedError(f"`uv sync --dry-run` failed ({line.removeprefix('error: ')})")
    error.is_usage = any(word in line for word in USAGE)
    return error


def compare(facts: Facts, invocation: Invocation, plan: Plan) -> Comparison:
    """Compare the environment of a run with what it should hold.

    Raises:
        UvFailedError: uv could not say.
    """
    answer = ask(facts, build_sync(facts, invocation, plan))
    environment = _choose_environment(facts, plan, answer)
    replaced = answer.action == "replace"
    reinstalls = replaced or invocation.has("--reinstall", "--reinstall-package")
    found = _find(answer, environment, reinstalls=reinstalls)
    findings = tuple(sorted(found, key=_order))
    return Comparison(answer, Drift(environment, findings, is_replaced=replaced))


def _choose_environment(facts: Facts, plan: Plan, answer: SyncAnswer) -> Environment:
    """Choose the environment that was compared: the project's, or the one uv keeps for a script."""
    if plan.target is Target.PROJECT and facts.environment is not None:
        return facts.environment
    folder = answer.environment or facts.folder / ".venv"
    script = facts.script.path.name if facts.script else ""
    return Environment(folder, f"the environment of {script}")


def _order(finding: Finding) -> tuple[str, str]:
    return finding.kind.code, finding.name


def _find(answer: SyncAnswer, environment: Environment, *, reinstalls: bool) -> Iterator[Finding]:
    """Find what uv's changes mean, name by name.

    Where uv installs anew whatever is there, the same version again means nothing.
    """
    installed = {name: found.version for name, found in environment.distributions.items()}
    incoming = {change.name: change.version for change in answer.changes if not change.is_removal}
    outgoing = {change.name: change.version for change in answer.changes if change.is_removal}
    if (
        answer.action == "replace"
    ):  # uv names only what the new environment gets; all of the old one goes
        outgoing = dict(installed)
    extraneous = {name for name in outgoing if name not in incoming}
    for name in extraneous:
        yield _make_extraneous(name, outgoing[name], extraneous, environment)
    for name, version in incoming.items():
        if name not in outgoing:
            yield Finding(Kind.MISSING, name, locked=version)
            continue
        provenance = _read_provenance(name, environment)
        if version is not None and version != outgoing[name]:
            yield Finding(Kind.OTHER, name, outgoing[name], version, provenance)
        elif not reinstalls and not (provenance and provenance.is_local):
            # The same version again: another source, but for a folder that is merely built anew.
            yield Finding(Kind.OTHER, name, outgoing[name], outgoing[name], provenance)
    if answer.is_lock_stale:
        yield Finding(Kind.STALE_LOCK, "uv.lock")


def _make_extraneous(
    name: str, version: str | None, extraneous: set[str], environment: Environment
) -> Finding:
    needed_by = frozenset(
        other
        for other in extraneous
        if other != name
        and (found := environment.distributions.get(other))
        and name in found.read_needed(environment.markers)
    )
    provenance = _read_provenance(name, environment)
    return Finding(Kind.UNDECLARED, name, version, None, provenance, needed_by)


def _read_provenance(name: str, environment: Environment) -> Provenance | None:
    distribution = environment.distributions.get(name)
    return distribution.read_provenance() if distribution else None


def classify(
    facts: Facts, invocation: Invocation, plan: Plan, comparison: Comparison
) -> Comparison:
    """Tell unselected distributions from undeclared ones, by a second question to uv.

    What is still extraneous with every member, extra and group selected is undeclared.
    """
    drift = comparison.drift
    if not drift.extraneous or plan.target is Target.SCRIPT:
        return comparison
    undeclared = {finding.name for finding in drift.extraneous}
    for everything in _list_selections(facts):
        args = build_sync(facts, invocation, plan, everything=everything)
        try:
            answer = ask(facts, args)
        except UvFailedError:  # extras that conflict cannot be selected at once
            continue
        undeclared &= _read_extraneous(answer, drift)
        if everything == EVERYTHING:
            break
    findings = [
        finding
        if finding.kind is not Kind.UNDECLARED or finding.name in undeclared
        else dataclasses.replace(finding, kind=Kind.UNSELECTED)
        for finding in drift.findings
    ]
    return dataclasses.replace(
        comparison, drift=dataclasses.replace(drift, findings=tuple(sorted(findings, key=_order)))
    )


def _read_extraneous(answer: SyncAnswer, drift: Drift) -> set[str]:
    """Read which of the drift's distributions another selection would not have either."""
    incoming = {change.name for change in answer.changes if not change.is_removal}
    if answer.action == "replace":
        return {finding.name for finding in drift.extraneous} - incoming
    outgoing = {change.name for change in answer.changes if change.is_removal}
    return outgoing - incoming


def _list_selections(facts: Facts) -> Iterator[tuple[str, ...]]:
    """List what to ask for: everything at once; where that conflicts, one extra or group a time."""
    yield EVERYTHING
    yield ("--all-packages",)
    members = facts.workspace.members if facts.workspace else ()
    for name in sorted({name for member in members for name in member.extras}):
        yield ("--all-packages", f"--extra={name}")
    for name in sorted({name for member in members for name in member.groups}):
        yield ("--all-packages", f"--group={name}")
