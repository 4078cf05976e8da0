"""The policy that counts for a run: its files and variables read, parsed, checked, resolved."""

from __future__ import annotations

import os
from datetime import datetime
from itertools import takewhile

from xrun.policy.chain import list_keeping, list_steps
from xrun.policy.enforce import render_looser
from xrun.policy.files import load_text, render_path
from xrun.policy.forms import ALL, cast
from xrun.policy.keys import Layer
from xrun.policy.layers import parse_table, parse_variables
from xrun.policy.policy import resolve_policy
from xrun.policy.problems import Problem, Wrong, make_policy_error, render_unknown
from xrun.policy.rules import read_circumstances
from xrun.policy.search import find_policy_files
from xrun.project.groups import has_open_extras, list_defined
from xrun.proxy.dataclass import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from xrun.policy.chain import Floor
    from xrun.policy.files import Found
    from xrun.policy.keys import Names
    from xrun.policy.layers import LayerValues
    from xrun.policy.policy import Policy
    from xrun.policy.rules import Circumstances
    from xrun.project.workspace import Workspace

# What stands in these is about this project alone, so that every name in them has to be right.
PROJECT_LAYERS = frozenset({Layer.WORKSPACE, Layer.PROJECT, Layer.LOCAL})


def load_policy(
    workspace: Workspace | None,
    folder: Path,
    environ: Mapping[str, str],
    circumstances: Circumstances | None = None,
    *,
    today: date | None = None,
) -> Policy:
    """Load the policy that counts for a run.

    Args:
        workspace: The project that the run is for, if there is one.
        folder: The current folder.
        environ: The environment variables.
        circumstances: What rules ask for; where no command is run, none of a command matches.
        today: The day that `until` is compared with; the local one if it is not given.

    Raises:
        PolicyError: With every problem of every file and variable.
    """
    circumstances = circumstances or read_circumstances(None, environ, is_terminal=os.isatty(2))
    layers = read_layers(workspace, folder, environ)
    policy = layers.resolve(circumstances)
    problems = [*check_unread(workspace, policy), *layers.problems]
    problems += list_problems(layers, policy, workspace, today=today)
    if problems:
        raise make_policy_error(layers.locate(problems))
    return policy


@dataclass(frozen=True)
class Layers:
    """What all files and variables say, before one policy is made of it.

    Attributes:
        found: The files.
        values: Of each file and variable, weakest first; only what is right in it.
        problems: What is wrong with them, each by itself.
        environ: The variables.
    """

    found: Found
    values: tuple[LayerValues, ...]
    problems: tuple[Problem, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, hash=False)

    def locate(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Locate problems of these files and variables, each once, in the order of their places."""
        from xrun.policy.positions import locate  # only for messages

        files = {file.source: file.path for file in self.found.files}
        return locate(dict.fromkeys(problems), files, self.environ)

    def resolve(self, circumstances: Circumstances) -> Policy:
        """Resolve them into one policy."""
        return resolve_policy(self.values, self.found, circumstances)

    def find_floors(self, layer: Layer, path: Path) -> Mapping[str, Floor]:
        """Find what is enforced before a file, there or yet to be made: looser has no effect there.

        Args:
            layer: The layer of the file.
            path: The file.
        """
        own = render_path(path)
        weaker = takewhile(lambda each: each.layer <= layer and each.source != own, self.values)
        return resolve_policy(weaker).floors


def read_layers(workspace: Workspace | None, folder: Path, environ: Mapping[str, str]) -> Layers:
    """Read the files and variables that count for a run; what is wrong is not raised."""
    found = find_policy_files(workspace, folder, environ)
    layers: list[LayerValues] = []
    problems = list(found.problems)
    for file in found.files:
        values, wrong = parse_table(file.table, file.layer, file.source)
        layers.append(values)
        problems += wrong
    variables, wrong = parse_variables(environ)
    return Layers(found, (*layers, *variables), (*problems, *wrong), environ)


def list_problems(
    layers: Layers, policy: Policy, workspace: Workspace | None, *, today: date | None = None
) -> Iterator[Problem]:
    """List what is wrong with layers beside each other, in this project, on this day.

    Args:
        layers: All of them.
        policy: What they come to for some run.
        workspace: The project, if there is one.
        today: The day; the local one if it is not given.
    """
    for step in policy.ignored:
        if step.layer is Layer.ENVIRONMENT:
            yield Problem(step.source, "", render_looser(step))
    yield from _check_dates(layers.values, today)
    yield from check_names(layers, policy, workspace)


def _check_dates(layers: Sequence[LayerValues], today: date | None) -> Iterator[Problem]:
    """Check that the day has not come from which on an entry of `keep` is an error."""
    for step in list_keeping(layers):
        for entry in step.entries:
            if entry.until is None:
                continue
            today = today or datetime.now().astimezone().date()
            if today >= entry.until:
                place = entry.origin.removeprefix(f"{step.source}, ")
                message = f"{entry.until} has come: move the date, or take the entry out"
                yield Problem(step.source, f"{place}.until", message)


def check_names(layers: Layers, policy: Policy, workspace: Workspace | None) -> Iterator[Problem]:
    """Check that some member defines each extra and group that the policy names."""
    if workspace is None:
        return
    for key in ("extras", "groups"):
        if key == "extras" and has_open_extras(workspace.members):
            continue
        defined = list_defined(workspace.members, key)
        own = (layer for layer in layers.values if layer.layer in PROJECT_LAYERS)
        said = (step for layer in own for step in list_steps(layer) if step.key == key)
        for step in (*said, policy.find_step(key)):
            for name in () if step.value == ALL else cast("Names", step.value):
                if name not in defined:
                    message = render_unknown(key[:-1], name, sorted(defined)) if defined else ""
                    message = message or f'unknown {key[:-1]} "{name}": none is defined here'
                    yield Problem(step.source, f"{step.place}[{name}]", message)


def check_unread(workspace: Workspace | None, policy: Policy | None = None) -> Iterator[Problem]:
    """Check that no policy is passed by because xrun cannot read what uv may (leap seconds).

    Args:
        workspace: The project, if there is one.
        policy: What all that could be read comes to: a file counts that mentions xrun, and each
            where something is enforced. Any other that is not TOML is uv's to tell. Without a
            policy every file counts.
    """
    projects = () if workspace is None else (workspace.root, workspace.project)
    for project in dict.fromkeys(each for each in projects if not each.is_read):
        if policy is None or policy.floors or "xrun" in project.unread:
            yield from list_file_problems(project.file)


def list_file_problems(path: Path) -> tuple[Problem, ...]:
    """List why a file cannot be read, or is not TOML; none if it can and is."""
    try:
        load_text(path)
    except Wrong as wrong:
        return wrong.list_problems(render_path(path))
    return ()
