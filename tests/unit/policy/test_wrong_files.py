"""Wrong policies as one table: where each problem is reported, and in which words.

`^` marks the place in the text, and is taken out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import platformdirs
import pytest

from unit.make import write
from xrun.policy.every_rule import check_layers, list_looser
from xrun.policy.load import read_layers
from xrun.policy.problems import render_meant, render_unknown
from xrun.policy.rules import Circumstances
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.policy.problems import Problem

PROJECT = """\
[project]
name = "team"
[project.optional-dependencies]
plots = []
[dependency-groups]
test = []
docs = []
"""
RULE = '[[rules]]\ncommand = "pytest"\n'

TEXTS = [
    ('mode = ^"exac"', 'unknown mode "exac" (did you mean "exact"?)'),
    ('mode = ^"Exact"', 'did you mean "exact"?'),
    ('mode = ^"strict"', 'unknown mode "strict"; expected "exact", "ask"'),
    ('  mode  =  ^"reprot" # comment', 'did you mean "report"?'),
    ("mode = ^true", "found true"),
    ("mode = ^[1]", "found an array"),
    ('mode = ^"""exac\n"""', "unknown mode"),
    ('lock = ^"lock"', 'did you mean "locked"?'),
    ("lock = ^'frozn'", 'did you mean "frozen"?'),
    ('launch = ^"dirct"', 'did you mean "direct"?'),
    ('packages = ^"al"', 'did you mean "all"?'),
    ('packages = ^["x"]', 'expected "current" or "all"'),
    ('other-selection = ^"seperate"', 'did you mean "separate"?'),
    ('^other_selection = "separate"', 'did you mean "other-selection"?'),
    ('^"mo.de" = 1', "unknown key"),
    ("^modes = 1", 'did you mean "mode"?'),
    ("^zzz = 1", 'expected "required-version", "extends", "mode"'),
    ("mode = 'exact'\n^mode = 'off'", "mode stands here twice, first in line 1"),
    ("[[rules]]\nwhen = 'ci'\n^when = 'ci'\nmode = 'off'", "twice, first in line 2"),
    ("mode = ^exact", 'a text needs quotation marks: "exact"'),
    ('mode = "exact^\nlock = "x"', "a quotation mark is missing"),
    ("mode = ^'exact\n", "a quotation mark is missing"),
    ("mode = ^'''exact\n", "quotation marks are missing"),
    ("groups = [\n^", "expected a value, found the end of the file"),
    ("mode ^'exact'", "expected `=` after the key"),
    ("mode = ^", "expected a value"),
    ("^= 1", "expected `key = value`"),
    ('groups = ["test"^', "the array is not closed"),
    ("required-version = 0.1^.0", 'unexpected ".0" behind the value'),
    ('groups = ["test", ^"tset"]', 'unknown group "tset" (did you mean "test"?)'),
    ('groups = [\n\t"docs",\n\t^"lint", # x\n]', 'unknown group "lint"; expected "docs" or "test"'),
    ("extras = ^'plots'", 'write ["plots"]'),
    ("extras = ['plots', ^'plot']", 'did you mean "plots"?'),
    ("extras = [^1]", "expected a name"),
    ("extras = [^'a b']", "expected a name"),
    ("extras = ^{}", "expected an array of names"),
    ('keep = ^"gdal"', 'write ["gdal"]'),
    ('keep = ["six", ^"gdal >> 3"]', "expected a requirement"),
    ('keep = [^"日本"]', "expected a requirement"),
    ('keep = [{ name = "a", ^reasn = "b" }]', 'did you mean "reason"?'),
    ('keep = [^{ reason = "b" }]', "name is missing"),
    ('keep = [{ name = ^"a = 1" }]', "expected a requirement"),
    ('keep = [{ name = "a", until = ^"soon" }]', "expected a date such as"),
    ('keep = [{ name = "a", until = ^2020-01-01 }]', "2020-01-01 has come"),
    ('keep = [{ name = "a", until = ^2020-01-01 10:00:00 }]', "expected a date such as"),
    ('keep = [^"@editor"]', 'did you mean "@editors"?'),
    ('keep = [^"a @ https://example.org/a.whl"]', "a URL cannot be kept"),
    ('[[keep]]\nname = "a"\n[[keep]]\n^nam = "b"\nname = "c"', 'did you mean "name"?'),
    ('[[keep]]\nname = "a"\n^[[keep]]\nreason = "b"', "name is missing"),
    ('extends = [^"no.toml"]', "there is no no.toml"),
    ('extends = ^"."', "expected a file, found a folder: ."),
    ('extends = ^"https://example.org/x.toml"', "a URL is never fetched"),
    ('extends = ^"git+https://example.org/x"', "a URL is never fetched"),
    ('extends = ^"xrun.toml"', "extends in a circle"),
    ("extends = [^1]", "expected a path"),
    ('required-version = ^">=99"', "this policy needs xrun >=99"),
    ('required-version = ^"latest"', "expected a version specifier"),
    ('enforce = [^"mod"]', 'did you mean "mode"?'),
    ('enforce = ^"mode"', 'write ["mode"]'),
    ('^deny = "no"', "can stand in a rule only"),
    ('^command = "pytest"', "can stand in a rule only"),
    ("^[rules]\nmode = 'off'", "expected an array of tables"),
    ("[^rule]\nmode = 'off'", 'did you mean "rules"?'),
    (f"{RULE}mode = ^'of'", 'did you mean "off"?'),
    (f"{RULE}^mod = 'off'", 'did you mean "mode"?'),
    (f"{RULE}mode = 'off'\n^packages = 'all'", "cannot stand in a rule"),
    (f"{RULE}when = ['ci', ^'CI']\nmode = 'off'", 'did you mean "ci"?'),
    (f"{RULE}keep = [^'a b']", "expected a requirement"),
    (f"{RULE}groups = [^'tests']", 'did you mean "test"?'),
    (f"{RULE}mode = 'off'\n[[rules]]\ncommand = [^1]\nmode = 'off'", "expected a pattern"),
    ("^[[rules]]\nmode = 'off'", 'add "command" or "when"'),
    (f"^{RULE}", "the rule changes nothing"),
    ("rules = [{ command = 'x', mode = ^'of' }]", 'did you mean "off"?'),
    ("[^tool.xrun]\nmode = 'off'", "keys stand at the top"),
]


def split(text: str) -> tuple[str, int, int]:
    """Split a text from the place that is marked in it: line and column."""
    before, _, after = text.partition("^")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def check(folder: Path, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    workspace, now = find_workspace(folder), Circumstances()
    layers = read_layers(workspace, folder, environ or {})
    return layers.locate([*check_layers(layers, workspace, now), *list_looser(layers, now)])


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write(tmp_path / "project", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(("text", "words"), TEXTS, ids=[text for text, _ in TEXTS])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_problem_is_reported_where_it_is(text: str, words: str, end: str, project: Path) -> None:
    content, line, column = split(text)
    write(project, {"xrun.toml": content.replace("\n", end).encode()})
    (problem,) = check(project)
    assert problem.location == f"xrun.toml:{line}:{column}"
    assert words in problem.message


WRONG = 'groups = ["test"]\nmode = "exac"\n'
FILES = {
    "pyproject.toml": (f"{PROJECT}[tool.xrun]\n{WRONG}", 10),
    "xrun.local.toml": (WRONG, 2),
    "base.toml": (WRONG, 2),
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_reported_alike(name: str, project: Path) -> None:
    text, line = FILES[name]
    write(project, {name: text} | ({"xrun.toml": f'extends = "{name}"'} if "base" in name else {}))
    (problem,) = check(project)
    assert problem.location == f"{name}:{line}:8"


def test_a_dotted_table_of_the_project_is_found_too(project: Path) -> None:
    write(project, {"pyproject.toml": f'{PROJECT}[tool]\nxrun = {{ mode = "exac" }}\n'})
    assert [each.location for each in check(project)] == ["pyproject.toml:9:17"]
    write(project, {"pyproject.toml": f'tool.xrun.mode = "exac"\n{PROJECT}'})
    assert [each.location for each in check(project)] == ["pyproject.toml:1:18"]


@pytest.mark.parametrize("find", [platformdirs.site_config_path, platformdirs.user_config_path])
def test_files_of_no_project_are_reported_by_their_path(find: object, project: Path) -> None:
    assert callable(find)
    file = write(find("xrun", appauthor=False), {"xrun.toml": WRONG}) / "xrun.toml"
    assert [each.location for each in check(project)] == [f"{file}:2:8"]


def test_what_is_looser_than_enforced_is_a_warning_at_its_place(project: Path) -> None:
    write(
        platformdirs.site_config_path("xrun", appauthor=False), {"xrun.toml": 'enforce = ["mode"]'}
    )
    write(project, {"xrun.toml": '\n\nmode = "off"\n'})
    (problem,) = check(project)
    assert (problem.location, problem.is_warning) == ("xrun.toml:3:8", True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("XRUN_MODE", "^exac"),
        ("XRUN_LAUNCH", "^vu"),
        ("XRUN_GROUPS", "test,^tset"),
        ("XRUN_GROUPS", "test, ^a b"),
        ("XRUN_KEEP", "a,^b b,c"),
        ("XRUN_POLICY", "^no.toml"),
    ],
)
def test_variables_have_a_line_too(name: str, text: str, project: Path) -> None:
    value, _, column = split(text)
    (problem,) = check(project, {name: value})
    assert problem.at is not None
    assert (problem.location, problem.at.text) == (name, f"{name}={value}")
    assert problem.at.column == len(name) + 1 + column


def test_the_nearest_name_is_meant_whatever_its_case() -> None:
    assert render_meant("Reqests", ["requests", "rich"]) == ' (did you mean "requests"?)'
    assert render_meant("pytest-cov", ["pytest"], least=0.8) == ""
    assert render_unknown("group", "x", []) == 'unknown group "x"'
