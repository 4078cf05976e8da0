"""Policy text and variables, parsed: values out, and every problem at its place."""

from __future__ import annotations

from xrun import __version__
from xrun.policy.forms import cast, parse_each
from xrun.policy.keys import KEYS, REQUIRED_VERSION, Layer
from xrun.policy.problems import Problem, Wrong, render_unknown
from xrun.policy.rules import CONDITIONS, RULES
from xrun.proxy.dataclass import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.specifiers import SpecifierSet

    from xrun.policy.keys import Key
    from xrun.policy.rules import Rule


@dataclass(frozen=True)
class LayerValues:
    """What one file or variable says.

    Attributes:
        layer: The layer that it is of.
        source: How messages name it.
        values: Key name -> value; only keys that stand there.
        rules: Its rules, in order.
    """

    layer: Layer
    source: str
    values: Mapping[str, object]
    rules: tuple[Rule, ...] = ()


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
    known = {key.name: key for key in (*KEYS, RULES)}
    if problem := check_version(table, source):
        return LayerValues(layer, source, {}), [problem]

    def parse(name: str, value: object) -> object:
        key = known.get(name)
        if key is None:
            names = [each.name for each in known.values() if layer in each.layers]
            raise Wrong(_render_unknown(name, names), is_key=True)
        if layer not in key.layers:
            raise Wrong(_render_layers(key, layer), is_key=True)
        return key.form.parse(value)

    values, wrong = parse_each(table, parse)
    rules = cast("tuple[Rule, ...]", values.pop(RULES.name, ()))
    problems = [replace(each, source=source, place=each.place.removeprefix(".")) for each in wrong]
    return LayerValues(layer, source, values, rules), problems


def check_version(table: Mapping[str, object], source: str) -> Problem | None:
    """Check `required-version` before anything else: a newer file may hold what is unknown here."""
    required = table.get(REQUIRED_VERSION.name)
    if required is None:
        return None
    from packaging.version import Version

    try:
        specifier = REQUIRED_VERSION.form.parse(required)
    except Wrong:
        return None  # reported with the other problems
    if Version(__version__) in cast("SpecifierSet", specifier):
        return None
    found = f"this policy needs xrun {required}; this is xrun {__version__}"
    return Problem(source, REQUIRED_VERSION.name, found)


def _render_layers(key: Key, layer: Layer) -> str:
    """Render that a key stands where it may not, and where it may."""
    if not key.layers:
        return _render_in_rules(key.name)
    known = ", ".join(each.word for each in sorted(key.layers))
    return f"{key.name} cannot stand in a {layer.word} policy, only in one of: {known}"


def _render_unknown(name: str, known: Iterable[str]) -> str:
    if name == "tool":
        return 'unknown key "tool"; in this file keys stand at the top, without [tool.xrun]'
    return _render_in_rules(name) if name in CONDITIONS else render_unknown("key", name, known)


def _render_in_rules(name: str) -> str:
    return f"{name} can stand in a rule only: move it below a line [[{RULES.name}]]"


def parse_variables(environ: Mapping[str, str]) -> tuple[list[LayerValues], list[Problem]]:
    """Parse the `XRUN_*` variables; an empty one that takes a word counts as not set."""
    layers: list[LayerValues] = []
    problems: list[Problem] = []
    for key in KEYS:
        divide, text = key.form.divide, environ.get(key.variable) if key.variable else None
        if key.variable is None or text is None or not (divide or text.strip()):
            continue
        try:
            value = key.form.parse(divide(text.strip()) if divide else text.strip())
            layers.append(LayerValues(Layer.ENVIRONMENT, key.variable, {key.name: value}))
        except Wrong as wrong:
            problems += wrong.list_problems(key.variable)
    return layers, problems
