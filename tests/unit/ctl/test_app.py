"""The verbs of `xrunctl`: all are there by name, and only the one that is called is imported."""

from __future__ import annotations

import functools
import inspect
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer._click.exceptions import UsageError
from typer.testing import CliRunner

from support.processes import Place, run
from xrun.ctl import app as application
from xrun.ctl.app import MOST_COLUMNS, app, make_command
from xrun.ctl.help import list_pages
from xrun.ctl.verbs import GROUPS, VERBS, Exit, find_call, find_function, find_module
from xrun.proxy import stamp

if TYPE_CHECKING:
    from pathlib import Path

# What a verb takes from another: how it compares.
BORROWS = {"why": ("xrun.ctl.check",)}
CODE = """
import sys
from xrun.ctl.app import VERBS, app
from xrun.ctl.verbs import find_module
status = 0
try:
    app(sys.argv[1:], prog_name="xrunctl")
except SystemExit as end:
    status = end.code
print(*set(map(find_module, VERBS)) & {*sys.modules}, file=sys.stderr)
sys.exit(status)
"""


def list_loaded(*words: str, folder: Path) -> list[str]:
    """List the verbs whose modules a call imports."""
    done = run([sys.executable, "-c", CODE, *words], Place(folder, os.environ))
    assert done.status == 0
    return done.stderr.decode().split()


@pytest.mark.parametrize("verb", {find_module(name): name for name in VERBS}.values())
def test_a_verb_imports_no_other_verb(verb: str, tmp_path: Path) -> None:
    own = {find_module(verb), *BORROWS.get(verb, ())}
    assert {*list_loaded(*verb.split(), "--help", folder=tmp_path)} == own


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_without_typer_gets_what_typer_would_give_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_function(name)
    seen: list[dict[str, object]] = []

    @functools.wraps(real)
    def call(**values: object) -> None:
        seen.append(values)
        raise Exit(7)

    monkeypatch.setattr(application, "find_function", lambda _: call)
    command = make_command(name)
    parameters = inspect.signature(real).parameters.values()
    used = {each.name: each.default for each in parameters if not each.name.startswith("_")}
    if inspect.Parameter.empty in used.values():
        assert find_call(name.split()) is None
        with pytest.raises(UsageError, match="Missing"):
            command.main([], standalone_mode=False)
        return
    flags = [opt for each in command.params if isinstance(each.default, bool) for opt in each.opts]
    for words in ([], *([flag] for flag in flags), flags[:2]):
        found: Any = find_call([*name.split(), *words])
        if found is None:
            assert words  # an eager one, or its short name
            continue
        assert found.func is real
        assert command.main(words, standalone_mode=False) == 7
        given = seen.pop()
        assert {each: given[each] for each in used} == {**used, **found.keywords}


TYPERS = (
    *(
        "",
        "check --recursive ",
        "che ck",
        "--recursive check",
        "check --help",
        "check --schema",
        "check --",
        "check -",
    ),
    *("check --recur", "check --recursive=1", "check --recursive x", "check --project", "init -"),
    *("env prune --everything", "env prune x --all", "restore --lists", "check --recursive --help"),
)


@pytest.mark.parametrize("words", TYPERS)
def test_typer_reads_what_is_more_than_flags(words: str) -> None:
    assert find_call(words.split(" ")) is None


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("check", {}),
        ("check --recursive", {"recursive": True}),
        ("check --recursive --recursive", {"recursive": True}),
        ("env prune --all", {"everything": True}),
    ],
)
def test_flags_need_no_typer(words: str, given: dict[str, bool]) -> None:
    found: Any = find_call(words.split())
    assert found.keywords == given


def test_typer_is_loaded_where_it_is_needed(tmp_path: Path) -> None:
    code = "import sys; from xrun.ctl import main; main()"
    for words, has_typer in (
        (["check"], False),
        (["check", "--recursive"], False),
        (["check", "--recursive", "--output-format", "text"], True),
    ):
        command = [sys.executable, "-X", "importtime", "-c", code, *words]
        done = run(command, Place(tmp_path, os.environ))
        assert done.status == (0 if len(words) > 1 else 2)
        assert bool(re.search(rb"\btyper$", done.stderr, re.MULTILINE)) is has_typer


def test_the_version_imports_no_verb(tmp_path: Path) -> None:
    assert list_loaded("-V", folder=tmp_path) == []


def show(*words: str, columns: int = 80) -> str:
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


PANELS = {name: f"{verb.panel}:" for name, verb in VERBS.items()}


def test_the_help_lists_all_verbs_below_their_headings() -> None:
    _, *blocks = show("--help").split("\n\n")
    listed: dict[str, str] = {}
    for heading, *lines in map(str.splitlines, blocks):
        rows = [line[2:15].strip() for line in lines if line[:3].strip()]
        assert len(rows) == len(lines) or heading not in PANELS.values()  # each in one line
        listed |= dict.fromkeys(rows, heading)
    assert {name: listed[name] for name in VERBS} == PANELS


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("verb", ["", *GROUPS, *VERBS])
def test_help_fits_and_cuts_nothing(verb: str, columns: int) -> None:
    text = show(*verb.split(), "-h", columns=columns)
    assert max(map(len, text.splitlines())) <= min(columns, MOST_COLUMNS)
    assert "..." not in text.replace("]...", "").replace("NAME...", "")
    assert "…" not in text


@pytest.mark.parametrize("words", [[], *([group] for group in GROUPS)], ids=str)
def test_a_double_dash_alone_is_no_verb(words: list[str]) -> None:
    bare, dashed = (CliRunner().invoke(app, each) for each in (words, [*words, "--"]))
    assert (dashed.exit_code, dashed.output) == (bare.exit_code, bare.output)


@pytest.mark.parametrize("verb", ["", "env", "keep"])
def test_help_is_coloured_where_that_is_wanted(verb: str) -> None:
    runner = CliRunner(env={"FORCE_COLOR": "1", "COLUMNS": "80"})
    painted = runner.invoke(app, [*verb.split(), "-h"], color=True).stdout
    assert "\x1b[1;32mUsage:\x1b[0m" in painted
    assert "\x1b[1;36m-h, --help\x1b[0m" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == show(*verb.split(), "-h")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_shows_examples_that_it_takes(verb: str) -> None:
    shown = show(*verb.split(), "--help").partition("Examples:\n")[2]
    assert VERBS[verb].examples
    assert f"`xrunctl help {VERBS[verb].page}`" in shown
    assert VERBS[verb].page in list_pages()
    for example in VERBS[verb].examples:
        assert example in shown
        words = shlex.split(example.partition(" > ")[0])
        start = ["xrunctl", *verb.split()]
        assert words[: len(start)] == start
        make_command(verb).make_context(verb, words[len(start) :])


def test_the_proxy_knows_every_verb() -> None:
    """The hot path has a list of its own, because it cannot load this package."""
    assert stamp.CTL_VERBS - {"policy"} == {name for name in VERBS if not name.startswith("policy")}


@pytest.mark.parametrize(
    ("line", "meant"), [("chekc", "check"), ("env prnue", "prune"), ("env chekc", "")]
)
def test_a_slip_is_answered_by_the_verb_that_is_meant(line: str, meant: str) -> None:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 2
    assert f"No such command '{line.rsplit(maxsplit=1)[-1]}'" in result.stderr
    assert result.stderr.endswith(f"Did you mean '{meant}'?\n" if meant else "'.\n")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("check --output-format jsn", '(did you mean "json"?)'),
        ("check --output-format pdf", "'sarif'"),
        ("init --mode exct", '(did you mean "exact"?)'),
        ("shell-init bsh", '(did you mean "bash"?)'),
        ("restore --at x", "'x' is not a "),  # said by typer in its own words
        ("restore --at 0", "0 is not in the range x>=1."),
    ],
)
def test_a_wrong_choice_is_answered_by_the_one_that_is_meant(line: str, meant: str) -> None:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 2
    assert meant in result.stderr.splitlines()[-1]
