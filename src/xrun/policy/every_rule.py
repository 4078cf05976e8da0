"""All of a policy, whether it matters just now or not: every rule in its own case."""

from __future__ import annotations

from xrun.policy.chain import list_keeping
from xrun.policy.enforce import ADDING, render_looser
from xrun.policy.forms import ALL
from xrun.policy.keys import Layer
from xrun.policy.load import PROJECT_LAYERS, Layers, check_names, check_unread, list_problems
from xrun.policy.problems import Problem
from xrun.policy.rules import Circumstances, Rule
from xrun.project.conflicts import Conflicts
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xrun.policy.chain import Step
    from xrun.policy.keep import Keep
    from xrun.policy.policy import Policy
    from xrun.project.conflicts import Item
    from xrun.project.workspace import Workspace


@dataclass(frozen=True)
class RuleCase:
    """A rule, and the policies of the runs that it is for.

    Attributes:
        source: Its file, as messages name it.
        rule: The rule.
        policies: One for each of its patterns and words; of other rules those hold that hold there
            too.
    """

    source: str
    rule: Rule
    policies: tuple[Policy, ...]


def list_cases(layers: Layers) -> Iterator[RuleCase]:
    """List every rule of all layers, in the order in which they apply."""
    for layer in layers.values:
        for rule in layer.rules:
            runs = (
                Circumstances(words, frozenset({when} - {""}), rule)
                for words in rule.command or ((),)
                for when in rule.when or ("",)
            )
            yield RuleCase(layer.source, rule, tuple(map(layers.resolve, runs)))


def check_layers(
    layers: Layers, workspace: Workspace | None, now: Circumstances
) -> tuple[Problem, ...]:
    """Check all files and variables, for every run that a rule is for.

    Args:
        layers: All of them.
        workspace: The project, if there is one.
        now: What holds without a command.
    """
    problems = [*check_unread(workspace), *layers.problems]
    problems += list_problems(layers, layers.resolve(now), workspace)
    problems += check_conflicts(layers.resolve(now), workspace)
    for case in list_cases(layers):
        for policy in case.policies:
            problems += check_names(layers, policy, workspace)
            problems += check_conflicts(policy, workspace)
    return tuple(dict.fromkeys(problems))


def check_conflicts(policy: Policy, workspace: Workspace | None) -> Iterator[Problem]:
    """Check that what a policy selects at the workspace root can be selected at once.

    A run that leaves one of them out is none the worse for it, so that no run is refused for this.
    """
    if workspace is None:
        return
    conflicts = Conflicts(workspace)
    if not conflicts.sets:
        return
    members = conflicts.everyone if policy.packages == ALL else conflicts.home.members
    selection = conflicts.select(members, policy.extras, policy.groups)
    together = sorted(conflicts.find(selection), key=str)
    steps = {each: policy.find_step(f"{each.kind}s") for each in together}
    from_policy = [each for each, step in steps.items() if step.source and _is_named(policy, each)]
    if from_policy:
        both = " and ".join(sorted(f'"{each.name}"' for each in together))
        message = f"selects what conflicts ([tool.uv] conflicts): {both}; leave one of them out"
        key, step = f"{from_policy[-1].kind}s", steps[from_policy[-1]]
        out = {each.name for each in from_policy[-(len(together) - 1) :] if f"{each.kind}s" == key}
        if key != "packages":
            chosen = getattr(policy, key)
            names = getattr(selection, key) if chosen == ALL else {*map(canonicalize_name, chosen)}
            rest = ", ".join(f'"{name}"' for name in sorted(names - out))
            message += f", for example by `{key} = [{rest}]`"
        yield Problem(step.source, step.place, message)


def _is_named(policy: Policy, item: Item) -> bool:
    """Whether a policy names something, or all of its kind."""
    chosen = getattr(policy, f"{item.kind}s")
    return chosen == ALL or item.name in map(canonicalize_name, chosen)


def list_looser(layers: Layers, now: Circumstances) -> tuple[Problem, ...]:
    """List what in files does not count, as it is looser than what is enforced.

    In a variable that is an error, and `check_layers` tells it.
    """
    ignored = [step for step in layers.resolve(now).ignored if step.rule is None]
    for case in list_cases(layers):
        ignored += [x for each in case.policies for x in each.ignored if x.rule is case.rule]
    notes = (
        Problem(step.source, place, f"ignored: {message}", is_warning=True)
        for step in ignored
        if step.layer is not Layer.ENVIRONMENT
        for place, message in _explain_looser(step)
    )
    return tuple(dict.fromkeys(notes))


def list_idle(layers: Layers, is_idle: Callable[[Keep], bool]) -> tuple[Problem, ...]:
    """List the entries of `keep` in the project's own files that have no effect.

    Args:
        layers: All of them.
        is_idle: Whether what an entry names is declared, so that the lock file decides. A word that
            stands for several (`@editors`) has an effect as long as one of them has.
    """
    own = (layer for layer in layers.values if layer.layer in PROJECT_LAYERS)
    entries = [(step.source, each) for step in list_keeping(own) for each in step.entries]
    busy = {entry.origin for _, entry in entries if not is_idle(entry)}
    return tuple(
        Problem(
            source,
            entry.origin.removeprefix(f"{source}, "),
            f"no effect: {entry.name} is declared, so that the lock file decides; take the entry "
            f"out, or hold a version by a specifier",
            is_warning=True,
        )
        for source, entry in entries
        if entry.origin not in busy
    )


def _explain_looser(step: Step) -> Iterator[tuple[str, str]]:
    """Explain why a step does not count; of a list every entry by itself: key path and message."""
    if step.key not in ADDING:
        yield step.place, render_looser(step)
        return
    for entry in step.entries:
        place = entry.origin.removeprefix(f"{step.source}, ")
        yield place, render_looser(replace(step, value=(entry,)))
