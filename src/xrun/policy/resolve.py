"""Layers in, one policy out; and where each of its values came from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from xrun.policy.keys import ALL, KEYS, Layer, Lock, Mode, Names, OtherSelection, Packages
from xrun.policy.parse import LayerValues, parse_table, parse_variables
from xrun.policy.problems import Problem, make_policy_error
from xrun.policy.search import find_policy_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from xrun.policy.keep import Keep
    from xrun.workspace import Workspace

# A file as messages name it, a variable, or "" for the default; several where a key adds up.
Origin = str


@dataclass(frozen=True)
class Policy:
    """How commands run here.

    Attributes:
        origins: For each key that something sets, the file or variable that does.
        places: Every policy path that was looked at, there or not.
        keep: The entries of all layers, those of the weakest first.
    """

    mode: Mode
    lock: Lock
    extras: Names
    groups: Names
    packages: Packages
    other_selection: OtherSelection
    origins: Mapping[str, Origin]
    places: tuple[Path, ...] = ()
    keep: tuple[Keep, ...] = ()

    @property
    def next_until(self) -> date | None:
        """The first day on which some entry of `keep` is an error; `None` if that never comes."""
        return min((entry.until for entry in self.keep if entry.until), default=None)


def load_policy(
    workspace: Workspace | None,
    folder: Path,
    environ: Mapping[str, str],
    *,
    today: date | None = None,
) -> Policy:
    """Load the policy that counts for a run.

    Args:
        workspace: The project that the run is for, if there is one.
        folder: The current folder.
        environ: The environment variables.
        today: The day that `until` is compared with; the local one if it is not given.

    Raises:
        PolicyError: With every problem of every file and variable.
    """
    found = find_policy_files(workspace, folder, environ)
    layers: list[LayerValues] = []
    problems = list(found.problems)
    for file in found.files:
        values, wrong = parse_table(file.table, file.layer, file.source)
        layers.append(values)
        problems += wrong
    variables, wrong = parse_variables(environ)
    layers += variables
    policy = resolve_policy(layers, found.places)
    problems += wrong
    problems += _check_dates(layers, today or datetime.now().astimezone().date())
    if workspace is not None:
        problems += _check_names(policy, workspace)
    if problems:
        raise make_policy_error([*dict.fromkeys(problems)])
    return policy


def resolve_policy(layers: Iterable[LayerValues], places: Sequence[Path] = ()) -> Policy:
    """Resolve layers, weakest first, into one policy: a stronger value replaces, or adds up."""
    values = {key.name: key.default for key in KEYS}
    adding = {key.name for key in KEYS if key.adds_up}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in adding:
                values[name], origins[name] = value, layer.source
            elif value:
                before = cast("tuple[Keep, ...]", values[name])
                values[name] = (*before, *_name_origins(layer, name))
                weaker = [origins[name]] if name in origins else []
                origins[name] = " and ".join([*weaker, layer.source])
    return Policy(
        mode=cast("Mode", values["mode"]),
        lock=cast("Lock", values["lock"]),
        extras=cast("Names", values["extras"]),
        groups=cast("Names", values["groups"]),
        packages=cast("Packages", values["packages"]),
        other_selection=cast("OtherSelection", values["other-selection"]),
        origins=origins,
        places=tuple(places),
        keep=cast("tuple[Keep, ...]", values["keep"]),
    )


def _name_origins(layer: LayerValues, name: str) -> Iterator[Keep]:
    """Give the entries of one layer the origin that messages name."""
    for entry in cast("tuple[Keep, ...]", layer.values[name]):
        place = "" if layer.layer is Layer.ENVIRONMENT else f", {name}{entry.origin}"
        yield dataclasses.replace(entry, origin=layer.source + place)


def _check_dates(layers: Iterable[LayerValues], today: date) -> list[Problem]:
    """Check that the day has not come from which on an entry of `keep` is an error."""
    problems: dict[Problem, None] = {}  # each once: a word stands for several entries
    for layer in layers:
        for entry in cast("tuple[Keep, ...]", layer.values.get("keep", ())):
            if entry.until is not None and today >= entry.until:
                message = f"has come ({entry.until}): decide again, then move the date or take "
                place = f"keep{entry.origin}.until"
                problems[Problem(layer.source, place, message + "the entry out")] = None
    return list(problems)


def _check_names(policy: Policy, workspace: Workspace) -> list[Problem]:
    """Check that some member defines each extra and group that the policy names."""
    problems = []
    for key, names in (("extras", policy.extras), ("groups", policy.groups)):
        if names == ALL or not names:
            continue
        if key == "extras" and any(
            "optional-dependencies" in member.dynamic for member in workspace.members
        ):
            continue  # only a build could say which extras there are
        defined = {name for member in workspace.members for name in getattr(member, key)}
        source = policy.origins.get(key, "")
        problems += [
            Problem(source, key, f'no project here defines "{name}"; {_render_defined(defined)}')
            for name in names
            if name not in defined
        ]
    return problems


def _render_defined(defined: set[str]) -> str:
    return "defined: " + ", ".join(sorted(defined)) if defined else "none is defined"
