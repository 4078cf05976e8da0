"""What the README and the pages of `xrunctl help` name is there, and what they show can be read."""

from __future__ import annotations

import functools
import html
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from support.picture import PICTURE
from support.transcripts import normalise, read_steps
from xrun.ctl.app import make_command
from xrun.ctl.help import list_pages
from xrun.ctl.verbs import GROUPS, VERBS
from xrun.drift.finding import Kind
from xrun.policy.files import LOCAL_FILE, POLICY_FILE
from xrun.policy.keys import ENFORCEABLE, KEYS, MODES, Layer
from xrun.policy.layers import parse_table
from xrun.policy.rules import RULES
from xrun.policy.schema import ADDRESS
from xrun.proxy.options import FLAGS, VALUE_OPTIONS
from xrun.report.github import Annotation

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
PAGES = list_pages()
DOCUMENTS = {"README": ROOT / "README.md", **PAGES}
EXAMPLES = {path.parent.name: path for path in (ROOT / "examples").glob("*/README.md")}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
each_document = pytest.mark.parametrize("name", DOCUMENTS)


def read(name: str) -> str:
    return DOCUMENTS[name].read_text(encoding="utf-8")


@functools.cache
def read_sources(folder: str) -> str:
    return "".join(path.read_text("utf-8") for path in (ROOT / folder).rglob("*.py"))


def list_spans(text: str) -> list[str]:
    """List what is quoted in the text, code blocks left out; lines are joined."""
    return [" ".join(span.split()) for span in SPAN.findall(BLOCK.sub("", text))]


def list_commands(text: str) -> list[list[str]]:
    """List the command lines of `xrunctl` that a document quotes or shows, in words."""
    shown = [block for kind, block in BLOCK.findall(text) if kind != "text"]
    lines = [*list_spans(text), *re.sub(r"\s#.*", "", "".join(shown)).splitlines()]
    typed = re.compile(r"(?:^|[\s(&|;])xrunctl\b([^)|>&]*)")
    found = [words for line in lines for words in typed.findall(line)]
    return [shlex.split(re.sub(r"[][]|\.\.\.", "", words)) for words in found]


@pytest.mark.parametrize("path", [*DOCUMENTS.values(), *EXAMPLES.values()], ids=str)
def test_a_policy_that_is_shown_can_be_read(path: Path) -> None:
    for kind, block in BLOCK.findall(path.read_text(encoding="utf-8")):
        if kind == "toml":
            table = tomli.loads(block)
            policy = table["tool"].get("xrun", {}) if "tool" in table else table
            assert parse_table(policy, Layer.WORKSPACE, path.name)[1] == [], block


def test_what_editors_are_given_can_be_read() -> None:
    entry, settings, tasks = (
        json.loads(block) for kind, block in BLOCK.findall(read("editors")) if kind == "json"
    )
    assert entry["url"] == ADDRESS
    assert entry["fileMatch"] == [POLICY_FILE, LOCAL_FILE]
    assert ".venv" in settings["python.defaultInterpreterPath"]
    pattern = tasks["tasks"][1]["problemMatcher"]["pattern"]
    line = Annotation("error", "XR301 six", "six: uv add six", "src/a b.py", 3).render()
    found = re.fullmatch(pattern["regexp"], line)
    assert found is not None
    assert [found[pattern[key]] for key in ("severity", "file", "line", "code", "message")] == [
        *("error", "src/a b.py", "3", "XR301", "six: uv add six")
    ]


def test_hooks_start_verbs_that_there_are() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    shown = re.findall(r"^  - id: (\S+)", read("ci"), re.MULTILINE)
    assert re.findall(r"^- id: (\S+)$", hooks, re.MULTILINE) == shown
    assert {*re.findall(r"^  entry: xrunctl (.+)$", hooks, re.MULTILINE)} <= {*VERBS}


@each_document
def test_a_verb_that_is_named_takes_what_is_typed(name: str) -> None:
    for words in list_commands(read(name)):
        verb = next((each for each in (" ".join(words[:2]), *words[:1]) if each in VERBS), None)
        if verb is None:
            assert words[:1] in [[], ["VERB"], ["--help"], *([each] for each in GROUPS)], words
        elif rest := words[len(verb.split()) :]:
            make_command(verb).make_context(verb, rest, resilient_parsing="--help" in rest)
        if verb == "help" and words[1:] not in (["TOPIC"], ["NAME"]):
            assert not words[1:] or " ".join(words[1:]) in {*PAGES, *VERBS, *GROUPS}, words


@each_document
def test_an_option_that_is_named_exists(name: str) -> None:
    own = {option for verb in VERBS for each in make_command(verb).params for option in each.opts}
    typed = {span.split()[0].partition("=")[0] for span in list_spans(read(name))}
    options = {word for word in typed if re.fullmatch(r"--[a-z-]*[a-z]", word)}
    assert options - own - VALUE_OPTIONS - FLAGS == set()


@each_document
def test_a_variable_that_is_named_is_read(name: str) -> None:
    folder = {True: "tests", False: "src"}
    for variable in re.findall(r"\bXRUN_[A-Z_]+\b", read(name)):
        assert variable in read_sources(folder[variable.startswith("XRUN_TEST_")])


@each_document
def test_a_file_of_the_source_that_is_named_is_there(name: str) -> None:
    for path in re.findall(r"(?<![\w/])(?:tests|examples|src|findings)/[\w./-]*\w", read(name)):
        assert "NAME" in path or (ROOT / path).exists(), path


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_terminal(name: str) -> None:
    lines = [line for line in read(name).splitlines() if not line.startswith("xrun: ")]
    assert [line for line in lines if len(line) > 80] == []
    code = [line for _, block in BLOCK.findall(read(name)) for line in block.splitlines()]
    assert [line for line in code if len(line) > 78 and line in lines] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("README", PAGES),
        ("README", [folder.name for folder in (ROOT / "examples").iterdir()]),
        ("policy", [key.name for key in KEYS]),
        ("policy", [key.variable for key in KEYS if key.variable]),
        ("rules", [*ENFORCEABLE, *(key.name for key in KEYS if key.is_for_rules)]),
        ("modes", MODES),
        ("findings", [kind.code for kind in Kind]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_names_all_that_there_is(name: str, words: Iterable[str]) -> None:
    quoted = list_spans(read(name))
    assert [word for word in words if word not in quoted] == []
    assert f"[[{RULES.name}]]" in read("policy")


def test_the_readme_is_read_at_one_go() -> None:
    assert len(read("README").splitlines()) <= 180


def squeeze(text: str) -> str:
    """What differs from day to day taken out, and all spaces: a picture draws none alone."""
    return "".join(normalise(text).split())


def test_the_picture_shows_the_session_of_the_readme() -> None:
    texts = re.findall(r">([^<>]*)</text>", PICTURE.read_text(encoding="utf-8"))
    shown = squeeze(html.unescape("".join(texts)).replace("\xa0", " "))
    for step in read_steps(ROOT / "README.md"):
        assert squeeze(f"$ {step.command}\n{step.shown}") in shown
