"""A policy file as a JSON Schema, for editors and for programs that write policies."""

from __future__ import annotations

import json

from xrun.policy.keys import FILES, KEYS
from xrun.policy.rules import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xrun.policy.forms import Schema
    from xrun.policy.keys import Key


# The name under which SchemaStore takes it. Not there yet, so that no policy names it.
ADDRESS = "https://www.schemastore.org/xrun.json"


def make_schema() -> Schema:
    """Make the schema out of the table of keys: draft 7, which editors of TOML understand.

    What it cannot say: in which layer a file is (the descriptions do), what other files hold, and
    which extras and groups there are. TOML's dates are strings in it, as validators make them.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ADDRESS,
        "title": "xrun's policy",
        "description": "How xrun runs commands: xrun.toml, xrun.local.toml, or [tool.xrun] in "
        "pyproject.toml.",
        "type": "object",
        "properties": {key.name: _describe(key) for key in (*KEYS, RULES) if key.layers},
        "additionalProperties": False,
    }


def render_schema() -> str:
    """Render the schema as JSON."""
    return json.dumps(make_schema(), indent=2)


def _describe(key: Key) -> Schema:
    """Describe a key: what it means, where it may stand, and what it is without."""
    sentences = [key.help]
    if key.adds_up:
        sentences.append("The lists of all policies count together.")
    if key.layers != FILES:
        layers = ", ".join(layer.word for layer in sorted(key.layers))
        sentences.append(f"Only in policies of the layers: {layers}.")
    if key.variable:
        sentences.append(f"{key.variable} sets it for one shell.")
    default = [] if key.default == () else key.default
    described: dict[str, object] = {"description": " ".join(sentences)}
    described |= {} if default is None else {"default": default}
    return {**described, **key.form.schema}
