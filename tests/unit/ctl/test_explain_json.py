"""The schema that is shipped holds for every explanation, and for nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from packaging.requirements import Requirement

from unit.breakers import drop, put
from unit.drifts import HOSTILE, undeclared
from xrun.ctl.explain_json import (
    FORMAT_VERSION,
    load_explain_schema,
    render_explanation_error,
    render_explanation_json,
)
from xrun.ctl.explanation import Act, Explanation, Step
from xrun.errors import XrunError
from xrun.policy.keep import Keep
from xrun.policy.keys import KEYS, MODES, Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import Policy, resolve_policy
from xrun.policy.rules import WHEN, Circumstances, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMA = json.loads(load_explain_schema())
VALIDATOR = Draft202012Validator(SCHEMA)


def make_rich_policy(text: str = "a reason") -> Policy:
    """Make a policy with all kinds of values, a rule of each kind, something ignored."""
    rules = (
        Rule(0, (("pytest",), ("python", "-m", "pytest")), ("ci", "hook"), {"deny": text}),
        Rule(1, (), ("terminal",), {"mode": "off", "groups": "all", "deny": False}),
        Rule(2, (("pytest",),), (), {"keep": (Keep(Requirement("six"), text),)}),
    )
    values: dict[str, object] = {
        "mode": "exact",
        "lock": "locked",
        "extras": "all",
        "groups": ("test",),
        "keep": (Keep(Requirement("gdal>=3; python_version > '3'"), text, None, "[0]"),),
        "enforce": ("mode", "lock"),
        "extends": ("a.toml",),
    }
    layers = [
        LayerValues(Layer.SYSTEM, "/etc/xrun.toml", values, rules),
        LayerValues(Layer.LOCAL, "xrun.local.toml", {"lock": "update"}),
        LayerValues(Layer.ENVIRONMENT, "XRUN_GROUPS", {"groups": ("lint",)}),
    ]
    return resolve_policy(layers, None, Circumstances(("pytest",), frozenset({"ci", "terminal"})))


def make_explanation(text: str = "some text") -> Explanation:
    return Explanation(
        typed=("pytest", text),
        mode="separate",
        why=text,
        row="exact",
        reason=text,
        command=("/bin/uv", "run", "--active", "pytest", text),
        variables={"VIRTUAL_ENV": "/cache/environment"},
        environment=Path("/cache/environment"),
        before=tuple(Step(act, text, (undeclared(text),), Path("/cache")) for act in Act),
        after=(Step(Act.REMIND, text),),
        notes=(text,),
    )


REFUSED = Explanation(("pytest",), "refuse", refusal=XrunError("x", details=("a",), hint="y"))
DOCUMENTS = {
    "policy": render_explanation_json(make_rich_policy(), None, project=Path("/p"), uv="0.13.9"),
    "no policy": render_explanation_json(None, make_explanation()),
    "no file": render_explanation_json(resolve_policy([]), make_explanation(), uv=""),
    "rich": render_explanation_json(make_rich_policy(), make_explanation(), uv="0.13.9"),
    "refused": render_explanation_json(make_rich_policy(), REFUSED, uv="0.13.9"),
    "hostile": render_explanation_json(make_rich_policy(HOSTILE), make_explanation(HOSTILE)),
    "error": render_explanation_error(XrunError("x", details=("a",), hint="y")),
}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_as_the_schema_says(name: str) -> None:
    VALIDATOR.validate(json.loads(DOCUMENTS[name]))
    assert all(line.isascii() and line.isprintable() for line in DOCUMENTS[name].splitlines())


BREAKERS = [
    ("rich", drop("run", "command")),
    ("rich", drop("policy", "keys", "mode")),
    ("rich", drop("policy", "keys", "mode", "from")),
    ("rich", drop("policy", "rules", 0, "why_not")),
    ("rich", put(1, "further")),
    ("rich", put(1, "run", "further")),
    ("rich", put(1, "policy", "keys", "further")),
    ("rich", put("wipe", "run", "before", 0, "act")),
    ("rich", put("", "run", "before", 0, "text")),
    ("rich", put("fast", "run", "mode")),
    ("rich", put([], "run", "command")),
    ("rich", put({"VIRTUAL_ENV": None}, "run", "variables")),
    ("rich", put("galaxy", "policy", "keys", "mode", "from", 0, "layer")),
    ("rich", put(["moon"], "policy", "rules", 0, "when")),
    ("rich", put({"a": 1}, "policy", "rules", 0, "sets")),
    ("rich", put(2, "version")),
    ("refused", put(["uv", "run"], "run", "command")),
    ("error", put("/p", "project")),
    ("error", put(json.loads(DOCUMENTS["rich"])["run"], "run")),
]


@pytest.mark.parametrize(("name", "break_it"), BREAKERS, ids=map(str, range(len(BREAKERS))))
def test_a_document_that_is_otherwise_is_not(name: str, break_it: Callable[[Any], object]) -> None:
    document = json.loads(DOCUMENTS[name])
    broken = copy.deepcopy(document)
    break_it(broken)
    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(broken)


def list_objects(schema: object) -> Iterator[dict[str, Any]]:
    """List the parts of the schema that describe an object in full."""
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield schema
        for value in schema.values():
            yield from list_objects(value)


def test_every_key_is_required_and_described() -> None:
    objects = [*list_objects(SCHEMA)]
    assert len(objects) == 11
    for each in objects:
        assert each["required"] == sorted(each["properties"])
        for found in each["properties"].values():
            target = found
            if "description" not in found:
                target = SCHEMA["$defs"][found["$ref"].rpartition("/")[2]]
            assert target["description"].endswith(".")


def test_the_schema_knows_each_word_and_the_version() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["step"]["properties"]["act"]["enum"] == [act.value for act in Act]
    assert definitions["run"]["properties"]["mode"]["enum"] == [*MODES]
    layers = [layer.word for layer in Layer]
    assert definitions["said"]["properties"]["layer"]["enum"] == ["default", *layers]
    assert definitions["rule"]["properties"]["layer"]["enum"] == layers[:-1]
    assert definitions["rule"]["properties"]["when"]["items"]["enum"] == [*WHEN]
    keys = definitions["policy"]["properties"]["keys"]
    assert keys["required"] == sorted(key.name for key in KEYS)
    assert definitions["document"]["properties"]["version"]["const"] == FORMAT_VERSION == 1


def test_lists_that_add_up_are_one_value_and_several_steps() -> None:
    keep = json.loads(DOCUMENTS["rich"])["policy"]["keys"]["keep"]
    assert [each["requirement"] for each in keep["value"]] == [
        'gdal>=3; python_version > "3"',
        "six",
    ]
    assert [each["key"] for each in keep["from"]] == ["keep", "rules[2].keep"]


def test_what_is_ignored_says_why() -> None:
    lock = json.loads(DOCUMENTS["rich"])["policy"]["keys"]["lock"]
    assert (lock["value"], lock["enforced_by"]) == ("locked", "/etc/xrun.toml")
    (ignored,) = lock["ignored"]
    assert ignored["file"] == "xrun.local.toml"
    assert ignored["why_ignored"].endswith("which /etc/xrun.toml enforces")
