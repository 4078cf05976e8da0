"""Policy text and variables, parsed: values out, and every problem at its place."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from xrun import __version__
from xrun.policy.keys import ALL, KEYS, REQUIRED_VERSION, Key, Layer, Mismatch

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Problem:
    """Something wrong in a policy.

    Attributes:
        source: The file or the variable.
        place: The key path, or the line and column where the text is not TOML.
        message: What was expected and what was found.
    """

    source: str
    place: str
    message: str


@dataclass(frozen=True)
class LayerValues:
    """What one layer says: key name -> value; only keys that stand there."""

    layer: Layer
    source: str
    values: Mapping[str, object]


def parse_table(
    table: Mapping[str, object], layer: Layer, source: str
) -> tuple[LayerValues, list[Problem]]:
    """Parse one file's policy table.

    Args:
        table: The decoded table.
        layer: The layer that the file is; decides which keys may stand in it.
        source: How messages name the file.

    Returns:
        The values, and all problems of the table, in the order of the file.
    """
    known = {key.name: key for key in KEYS}
    values: dict[str, object] = {}
    problems: list[Problem] = []
    required = table.get(REQUIRED_VERSION.name)
    if required is not None and (problem := _check_version(required, source)):
        return LayerValues(layer, source, {}), [problem]
    for name, value in table.items():
        key = known.get(name)
        try:
            if key is None:
                problems.append(Problem(source, name, _render_unknown(name, known)))
            elif layer not in key.layers:
                problems.append(Problem(source, name, "cannot stand in this file"))
            else:
                values[name] = key.parse(value)
        except Mismatch as mismatch:
            problems.append(Problem(source, name, str(mismatch)))
    return LayerValues(layer, source, values), problems


def _check_version(required: object, source: str) -> Problem | None:
    """Check `required-version` before anything else: a newer file may hold what is unknown here."""
    try:
        specifier = REQUIRED_VERSION.parse(required)
    except Mismatch:
        return None  # told with the other problems
    if Version(__version__) in specifier:  # type: ignore[operator]
        return None
    found = f"asks for xrun {required}, this is {__version__}"
    return Problem(source, REQUIRED_VERSION.name, found)


def _render_unknown(name: str, known: Mapping[str, Key]) -> str:
    if name == "tool":
        return "unknown key; in this file keys stand at the top, without [tool.xrun]"
    near = difflib.get_close_matches(name, known, n=1)
    return f'unknown key; did you mean "{near[0]}"?' if near else "unknown key"


def parse_variables(environ: Mapping[str, str]) -> tuple[list[LayerValues], list[Problem]]:
    """Parse the `XRUN_*` variables; an empty one that takes a word counts as not set."""
    layers: list[LayerValues] = []
    problems: list[Problem] = []
    for key in KEYS:
        text = environ.get(key.variable) if key.variable else None
        if text is None or key.variable is None:
            continue
        is_list = isinstance(key.default, tuple)
        if not text.strip() and not is_list:
            continue
        value: object = text.strip()
        if is_list and value != ALL:
            value = [part.strip() for part in text.split(",") if part.strip()]
        try:
            parsed = {key.name: key.parse(value)}
            layers.append(LayerValues(Layer.ENVIRONMENT, key.variable, parsed))
        except Mismatch as mismatch:
            problems.append(Problem(key.variable, "", str(mismatch)))
    return layers, problems
