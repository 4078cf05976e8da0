"""The schema's verdict is the parser's, as far as a schema can say it: all of `tests/data/policy`.

What it cannot see stands in `UNSEEN`, each with the reason.
"""

from __future__ import annotations

import json
from datetime import date, time
from typing import TYPE_CHECKING

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from unit.policy.test_data import DATA, SAMPLES, list_cases
from xrun.policy.keys import KEYS, Layer
from xrun.policy.layers import parse_table
from xrun.policy.rules import CONDITIONS, RULES
from xrun.policy.schema import make_schema, render_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = json.loads(render_schema())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)

NOT_TOML = "what is no TOML never comes to a schema"
OTHER_FILES = "it is about other files, and what there is of them"
LAYER = "a schema does not know of which layer a file is; the descriptions say it"
PROJECT = "the project says which extras and groups there are"
DAY = "it depends on the day"
VARIABLES = "it is about variables, not about a file"

UNSEEN = {
    "both-in-one-folder": OTHER_FILES,
    "byte-order-mark": NOT_TOML,
    "encoding": NOT_TOML,
    "extends-cycle": OTHER_FILES,
    "extends-folder": OTHER_FILES,
    "extends-itself": OTHER_FILES,
    "extends-missing": OTHER_FILES,
    "extends-not-toml": NOT_TOML,
    "extends-package-missing": OTHER_FILES,
    "extends-pyproject-without-policy": OTHER_FILES,
    "extras-undefined": PROJECT,
    "folder": NOT_TOML,
    "groups-undefined": PROJECT,
    "keep-until-come": DAY,
    "keep-until-come-editors": DAY,
    "layer-local": LAYER,
    "layer-project": LAYER,
    "several-of-one-key": PROJECT,
    "syntax": NOT_TOML,
    "syntax-key-twice": NOT_TOML,
    "syntax-no-value": NOT_TOML,
    "syntax-open-string": NOT_TOML,
    "variable-policy-folder": VARIABLES,
    "variable-policy-url": VARIABLES,
    "variables": VARIABLES,
    "variables-looser": VARIABLES,
}


def list_policies(kind: str, name: str) -> Iterator[object]:
    """List the policies of a case, each as a validator of TOML gets it."""
    source = DATA / kind / name
    files = source.rglob("*.toml") if source.is_dir() else [source.with_name(f"{name}.toml")]
    for path in files:
        if path.name == "run.toml" or not path.is_file():
            continue
        try:
            document: object = tomli.loads(path.read_bytes().decode())
        except ValueError:
            continue  # an editor says so
        if path.name == "pyproject.toml" and isinstance(document, dict):
            document = document.get("tool", {}).get("xrun", {})
        yield make_json(document)


def make_json(value: object) -> object:
    """Make of TOML what validators make of it: dates and times are strings."""
    if isinstance(value, dict):
        return {key: make_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [make_json(each) for each in value]
    return value.isoformat() if isinstance(value, (date, time)) else value


def is_valid(table: object) -> bool:
    return bool(VALIDATOR.is_valid(make_json(table)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(make_schema())) == SCHEMA


@pytest.mark.parametrize("name", list_cases("valid"))
def test_a_valid_policy_is_valid(name: str) -> None:
    for policy in list_policies("valid", name):
        VALIDATOR.validate(policy)


@pytest.mark.parametrize("name", list_cases("invalid"))
def test_an_invalid_policy_is_invalid_where_a_schema_can_see_it(name: str) -> None:
    is_seen = not all(VALIDATOR.is_valid(policy) for policy in list_policies("invalid", name))
    assert is_seen is (name not in UNSEEN), UNSEEN.get(name)


# Whether an `extends` can be followed is found out as it is followed, not as it is parsed.
FOLLOWED = {
    **dict.fromkeys(["https://a/b", "file:///x", "package:acme", "package:acme/../x"], False),
    **dict.fromkeys(["package:/x", "package:acme//x"], False),
    **dict.fromkeys(["../x.toml", "package:acme/x.toml", "package:acme/x/..y", "C:/x"], True),
}


@pytest.mark.parametrize(("reference", "is_right"), FOLLOWED.items())
def test_what_can_never_be_followed_is_invalid(reference: str, *, is_right: bool) -> None:
    assert is_valid({"extends": reference}) is is_right
    assert is_valid({"extends": ["x.toml", reference]}) is is_right


def test_nothing_stands_in_the_list_that_is_no_case() -> None:
    assert UNSEEN.keys() <= {*list_cases("invalid")}


ONE = [
    *(True, False, 0, 1.5, "", " ", "all", "exact", "off", "locked", "rebuild", "ci", "mode"),
    *("pytest", "a b", "-a", "a-", "A.b_c-1", "@editors", "@Editors", "é"),
    *("gdal>=3,<4", "gdal (>=3)", "gdal[a,b]", "gdal[a]>=3; sys_platform == 'linux'"),
    *("gdal=3", "gdal >> 3", "gdal[a] @ https://example.org/x", "gdal==3.8.*", "gdal ~= 3.0"),
    *(">=0.1", ">=0.1, <2,", "~= 1.0", "===x", "new", ">", "> =1", ">>1", "== 1.*", ","),
    *("../x.toml", "package:acme/x.toml", "C:/x", "2026-12-31"),
]
TABLES: list[object] = [
    *({}, {"name": "gdal"}, {"name": "gdal", "reason": "x", "until": date(2099, 1, 31)}),
    *({"name": "gdal", "until": "2099-02-30"}, {"name": "gdal", "reason": 1}, {"reason": "x"}),
    *({"name": "gdal", "zzz": 1}, {"name": 1}, {"name": "gdal", "until": "20990131"}),
    *({"command": "x"}, {"mode": "off"}, {"command": "x", "mode": "off"}, {"when": "ci", "x": 1}),
    *({"when": ["ci", "hook"], "deny": False}, {"when": [], "lock": "frozen"}),
    *({"command": ["x", ""], "mode": "off"}, {"command": "x", "packages": "all"}),
]
VALUES: list[object] = [*ONE, *TABLES]
VALUES += [[], *([each] for each in VALUES), [[]], *(["gdal", each] for each in VALUES)]


@pytest.mark.parametrize("name", [*(key.name for key in KEYS), RULES.name, *CONDITIONS])
def test_every_value_of_every_key_has_the_verdict_of_the_parser(name: str) -> None:
    for value in VALUES:
        tables: list[dict[str, object]] = [{name: value}]
        if name != RULES.name:
            tables.append({"rules": [{"command": "x", "mode": "off", name: value}]})
        for table in tables:
            _, problems = parse_table(table, Layer.WORKSPACE, "file")
            told = [each for each in problems if "this policy needs" not in each.message]
            assert is_valid(table) is (told == []), (table, told)


@given(
    st.dictionaries(
        st.sampled_from([*SAMPLES, "command", "zzz"]),
        st.sampled_from([*SAMPLES.values(), *ONE[:12]]),
        max_size=3,
    )
)
def test_any_table_has_the_verdict_of_the_parser(table: dict[str, object]) -> None:
    _, problems = parse_table(table, Layer.WORKSPACE, "file")
    assert is_valid(table) is (problems == [])


def test_every_key_says_what_it_means_and_where_it_may_stand() -> None:
    keys = {key.name: key for key in (*KEYS, RULES) if key.layers}
    assert SCHEMA["properties"].keys() == keys.keys()
    for name, told in SCHEMA["properties"].items():
        assert told["description"].startswith(keys[name].help)
    assert "system, user, workspace." in SCHEMA["properties"]["enforce"]["description"]
    assert "XRUN_KEEP" in SCHEMA["properties"]["keep"]["description"]
    assert SCHEMA["properties"]["mode"]["default"] == "exact"
    assert SCHEMA["properties"]["keep"]["default"] == []
    assert "default" not in SCHEMA["properties"]["required-version"]


def test_a_rule_takes_its_conditions_and_the_keys_that_are_for_rules() -> None:
    rule = SCHEMA["properties"]["rules"]["items"]
    effects = {key.name for key in KEYS if key.is_for_rules}
    assert rule["properties"].keys() == {*CONDITIONS, *effects}
    assert all(each["description"] for each in rule["properties"].values())
