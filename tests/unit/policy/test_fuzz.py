"""Any policy in any layer: read or refused with its place, and merged as POLICY says.

The oracle below says the rules of merging once more, in as few words as it can.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import tomlkit
from hypothesis import event, given
from hypothesis import strategies as st

from support.fuzz import fuzzed
from unit.make import write
from xrun.policy.edit import add_keep, set_key
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.keep import parse_keep
from xrun.policy.load import load_policy, read_layers
from xrun.policy.problems import PolicyError
from xrun.policy.rules import Circumstances
from xrun.project.workspace import find_workspace
from xrun.report.notices import render_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from xrun.policy.policy import Policy

Table = dict[str, Any]
MODES = ("off", "report", "ask", "exact", "refuse", "separate", "isolated")
RANK = {"off": 0, "report": 1, "ask": 2, "update": 0, "frozen": 1, "locked": 2}
STRICTEST = 3
DISTRIBUTIONS = ("gdal", "ipdb", "ruff", "Rich")
DEFAULTS: Table = {
    "mode": "exact",
    "lock": "update",
    "extras": (),
    "groups": (),
    "packages": "current",
    "other-selection": "separate",
    "launch": "direct",
    "deny": False,
}
PROJECT = """\
[project]
name = "team"
[project.optional-dependencies]
a = []
b = []
[dependency-groups]
a = []
b = []
[tool.uv.workspace]
members = ["member"]
"""
MEMBER = '[project]\nname = "member"\n'
FILES = {
    "system": "home/etc/xrun/xrun.toml",
    "user": "home/.config/xrun/xrun.toml",
    "workspace": "root/xrun.toml",
    "project": "root/member/xrun.toml",
    "local": "root/xrun.local.toml",
}
VARIABLES = {key: f"XRUN_{key.upper()}" for key in ("mode", "launch", "extras", "groups", "keep")}

NAMES = st.just("all") | st.lists(st.sampled_from(["a", "b"]), unique=True, max_size=2)
KEEP = st.lists(st.sampled_from(DISTRIBUTIONS), max_size=2)
EFFECTS: dict[str, st.SearchStrategy[Any]] = {
    "mode": st.sampled_from(MODES),
    "lock": st.sampled_from(["update", "frozen", "locked"]),
    "extras": NAMES,
    "groups": NAMES,
    "keep": KEEP,
    "other-selection": st.sampled_from(["separate", "rebuild"]),
    "launch": st.sampled_from(["direct", "uv"]),
}
CONDITIONS: dict[str, st.SearchStrategy[Any]] = {
    "command": st.sampled_from(["pytest", "py*", "ruff", ["ruff", "pytest -x"], "pytest -k"]),
    "when": st.sampled_from(["ci", "hook", ["hook", "ci"], "terminal"]),
}
EXCEPTIONS = {key: values for key, values in EFFECTS.items() if key != "launch"}
EXCEPTIONS["deny"] = st.sampled_from(["no", False])
RULE = st.fixed_dictionaries({}, optional={**CONDITIONS, **EXCEPTIONS}).filter(
    lambda rule: CONDITIONS.keys() & rule.keys() and rule.keys() - CONDITIONS.keys()
)
PACKAGES = st.sampled_from(["current", "all"])
ENFORCE = st.lists(st.sampled_from(["mode", "lock", "keep", "deny"]), unique=True)


def make_tables(layer: str) -> st.SearchStrategy[Table]:
    """Make right tables of one layer."""
    keys = {**EFFECTS, "packages": PACKAGES, "rules": st.lists(RULE, max_size=2)}
    more = {} if layer in {"project", "local"} else {"enforce": ENFORCE}
    return st.fixed_dictionaries({}, optional={**keys, **more})


LAYERS = st.fixed_dictionaries({}, optional={layer: make_tables(layer) for layer in FILES})
ENVIRON = st.fixed_dictionaries({}, optional={key: EFFECTS[key] for key in VARIABLES})


class Merged(NamedTuple):
    """What layers come to."""

    values: Table
    keep: list[str]
    is_refused: bool


def holds(rule: Table) -> bool:
    """Whether a rule holds for `pytest -x` in CI."""
    command, when = rule.get("command", "pytest"), rule.get("when", "ci")
    patterns = [command] if isinstance(command, str) else command
    is_it = any(pattern in {"pytest", "py*", "pytest -x"} for pattern in patterns)
    return is_it and (when == "ci" or "ci" in when)


def is_looser(key: str, value: Any, floor: Any) -> bool:
    """Whether a value is looser than what is enforced."""
    if key == "deny":
        return bool(floor) and not value
    return RANK.get(value, STRICTEST) < RANK.get(floor, STRICTEST)


def merge(layers: list[Table], environ: Table) -> Merged:
    """Merge as POLICY.md says: layer by layer its keys, then its rules, then the variables."""
    values, keep, floors, is_refused = dict(DEFAULTS), list[str](), Table(), False
    for layer in [*layers, environ]:
        for said in (layer, *filter(holds, layer.get("rules", ()))):
            for key, value in said.items():
                if key == "keep":
                    known = floors.get("keep", {name.lower() for name in value})
                    keep += [name for name in value if name.lower() in known]
                    is_refused |= said is environ and any(n.lower() not in known for n in value)
                elif key in floors and is_looser(key, value, floors[key]):
                    is_refused |= said is environ
                elif key in values:
                    values[key] = tuple(sorted(value)) if isinstance(value, list) else value
        for key in layer.get("enforce", ()):
            floors[key] = {name.lower() for name in keep} if key == "keep" else values[key]
    return Merged(values, keep, is_refused)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the home lies; the machine's own places are below it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "home" / "etc"))
    write(tmp_path, {"root/pyproject.toml": PROJECT, "root/member/pyproject.toml": MEMBER})
    monkeypatch.chdir(tmp_path / "root" / "member")
    return tmp_path


def put(home: Path, layers: dict[str, str | bytes]) -> None:
    """Write the files of layers, and no others."""
    for layer, file in FILES.items():
        (home / file).unlink(missing_ok=True)
        if layer in layers:
            write(home, {file: layers[layer]})


def render_variables(environ: Table) -> dict[str, str]:
    """Render what stands in variables."""
    texts = {
        key: value if isinstance(value, str) else ",".join(value) for key, value in environ.items()
    }
    return {VARIABLES[key]: text for key, text in texts.items()}


RUN = Circumstances(("pytest", "-x"), frozenset({"ci"}))


def load(variables: dict[str, str]) -> tuple[Policy | None, list[str]]:
    """Load the policy of a run in the current folder, or say why there is none."""
    here = Path.cwd()
    try:
        return load_policy(find_workspace(here), here, variables, RUN), []
    except PolicyError as error:
        return None, render_error(error)


@fuzzed(40, full=3000)
@given(layers=LAYERS, environ=ENVIRON)
def test_layers_are_merged_as_the_rules_say(
    home: Path, layers: dict[str, Table], environ: Table
) -> None:
    put(home, {layer: tomlkit.dumps(table) for layer, table in layers.items()})
    expected = merge([layers[layer] for layer in FILES if layer in layers], environ)
    policy, told = load(render_variables(environ))
    assert (policy is None) is expected.is_refused, told
    if policy is None:
        return
    found = {key: policy.find_step(key).value for key in DEFAULTS}
    assert found == expected.values
    assert [str(entry.requirement) for entry in policy.keep] == expected.keep


# What is no policy, or hardly: of every type that TOML 1.1 has, under any name.
LEAVES = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**20, max_value=10**30),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.times(),
    st.datetimes() | st.datetimes(timezones=st.just(timezone.utc)),
    st.sampled_from(
        ["all", "exact", "locked", "gdal>=3", "@editors", "a", "https://x", "package:x/y"]
    ),
    st.sampled_from(["../member/xrun.toml", "xrun.toml", ".", "pytest", "", " ", "\0", "=="]),
)
KEY = st.sampled_from(
    (
        *(*DEFAULTS, "keep", "rules", "enforce", "extends", "required-version", "command", "when"),
        *("name", "reason", "until", "moed", "tool", "Mode", "", "\u00fc", "a b"),
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=8,
)
ANY_TABLE = st.dictionaries(KEY, VALUES, max_size=4)
NEAR = st.builds(lambda right, odd: {**right, **odd}, make_tables("user"), ANY_TABLE)


def render(value: Any) -> str:
    """Render a value as TOML 1.1 has it: inline tables may go over several lines."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{\n" + "".join(f"{render(k)} = {render(v)},\n" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(render, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return str(value)


def render_table(table: Table) -> str:
    """Render a file."""
    return "".join(f"{render(key)} = {render(value)} # why\n" for key, value in table.items())


TEXTS = st.one_of(
    NEAR.map(render_table),
    NEAR.map(render_table),
    ANY_TABLE.map(render_table),
    st.builds(
        lambda t, at, c: t[:at] + c + t[at:],
        NEAR.map(render_table),
        st.integers(0, 60),
        st.text(max_size=3),
    ),
    st.binary(max_size=30),
)
CONTENTS = st.dictionaries(st.sampled_from([*FILES]), TEXTS, min_size=1)
WORDS = st.dictionaries(
    st.sampled_from([*VARIABLES.values(), "XRUN_POLICY"]),
    st.text(st.characters(exclude_characters="\0"), max_size=6)
    | st.sampled_from(["all", "exact", "a,b", "gdal>=3,<4", "@editors", "../xrun.toml", "\udcff"]),
    max_size=2,
)


@fuzzed(60, full=10000)
@given(contents=CONTENTS, variables=WORDS)
def test_any_text_is_read_or_refused_with_its_place(
    home: Path, contents: dict[str, str | bytes], variables: dict[str, str]
) -> None:
    put(
        home,
        {k: v if isinstance(v, bytes) else v.encode(errors="replace") for k, v in contents.items()},
    )
    here = Path.cwd()
    workspace = find_workspace(here)
    layers = read_layers(workspace, here, variables)
    checked = check_layers(layers, workspace, Circumstances())
    list_looser(layers, Circumstances())
    event(f"problems: {bool(checked)}")
    for problem in checked:
        source = here / problem.source
        assert (
            problem.source in variables or problem.source.startswith("package:") or source.exists()
        )
        assert problem.message
        for name in (
            () if problem.source in variables else problem.place.replace("[", ".").split(".")[:1]
        ):
            text = source.read_text("utf-8", "replace") if source.is_file() else ""
            is_spelled = "\\" not in text  # else by an escape, maybe
            assert "line " in name or name in text or not is_spelled
    policy, told = load(variables)
    if policy is None:
        assert checked, f"a run refuses what `policy check` does not: {told}"
        assert "XRUN=0" in told[-1]
    else:
        mine = [each for each in checked if "no project here defines" not in each.message]
        assert not mine, f"`policy check` tells what a run does not: {mine}"


# The parts of a file: what stands around the key that is edited, and the forms of that key itself.
AROUND = st.lists(
    st.sampled_from(
        [
            "# a comment\n",
            "\n",
            'mode = "off"   # why\n',
            "lock='frozen'\n",
            "\n\n  # indented\n",
            'required-version = ">=0"# tight\n',
            '"other-selection" = """rebuild"""\n',
            'extras = [ "a",\t"b" , ] # both\n',
        ]
    ),
    unique=True,
    max_size=4,
)
BEHIND = st.sampled_from(["", "# the end", "\n[[rules]] # one\nwhen = 'ci'\nlock = \"locked\"\n"])
LISTED = st.sampled_from(["", "a", "b", "a b"]).map(str.split)
LIST_FORMS = st.sampled_from(
    [
        lambda names: f"[{', '.join(names)}]",
        lambda names: f"[ {' , '.join(names)} ] # why",
        lambda names: "[" + "".join(f"\n    {name}, # {name}" for name in names) + "\n]",
        lambda names: "[\n  # first\n" + ",\n".join(f"\t{name}" for name in names) + "\n]",
        lambda names: "[" + ",\n        ".join(names) + "]",
    ]
)


def remove_blanks(content: bytes) -> bytes:
    """Remove what may stand anywhere in a list: blanks, and a comma behind the last."""
    return b"".join(content.replace(b",", b"").split())


class Edited(NamedTuple):
    """A file whose key is edited."""

    before: list[str]
    behind: str
    names: list[str]
    form: Callable[[list[str]], str]
    quote: str
    end: str
    key: str


EDITED = st.builds(
    Edited,
    *(AROUND, BEHIND, LISTED, LIST_FORMS),
    quote=st.sampled_from(["'", '"']),
    end=st.sampled_from(["\n", "\r\n"]),
    key=st.sampled_from(["groups", "keep"]),
)


@fuzzed(30, full=5000)
@given(edited=EDITED)
def test_what_is_edited_leaves_the_rest_as_it_is(edited: Edited) -> None:
    before, behind, names, form, quote, end, key = edited
    own = f"{key} = " + form([f"{quote}{name}{quote}" for name in names]) + "\n"
    with TemporaryDirectory() as place:
        file = Path(place, "xrun.toml")
        original = "".join([*before, own, behind]).replace("\n", end).encode()
        file.write_bytes(original)
        if key == "keep":
            assert add_keep(file, parse_keep([*names, "new"])) == ("new",)
        else:
            set_key(file, "groups", [*names, "new"])
        text = file.read_bytes().decode().replace(end, "\n")
        assert text.startswith("".join(before))
        assert text.rstrip("\n").endswith(behind.rstrip("\n"))
        assert tomlkit.parse(text)[key] == [*names, "new"]
        for name in names:
            assert f"# {name}" not in own or f"# {name}" in text
        if key == "groups":
            set_key(file, "groups", names)
            assert remove_blanks(file.read_bytes()) == remove_blanks(original)
