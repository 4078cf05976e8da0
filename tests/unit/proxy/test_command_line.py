"""Splitting: what are uv's options, what is the command."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from xrun.proxy.command_line import Invocation, parse_invocation
from xrun.proxy.options import ALIASES, FLAGS, VALUE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable


def show(invocation: Invocation) -> str:
    """Show what was typed in one line: `--quiet --python=3.12`."""
    return " ".join(f"{name}={value}" if value else name for name, value in invocation.typed)


# What is typed, which options those are, and the command.
SPLITS = [
    ("pytest -x", "", "pytest -x"),
    ("-q pytest", "--quiet", "pytest"),
    ("-p 3.12 cmd", "--python=3.12", "cmd"),
    ("-p3.12 cmd", "--python=3.12", "cmd"),
    ("-p=3.12 cmd", "--python=3.12", "cmd"),
    ("-qp3.12 cmd", "--quiet --python=3.12", "cmd"),
    ("-qp 3.12 cmd", "--quiet --python=3.12", "cmd"),
    ("-qp=3.12 cmd", "--quiet --python=3.12", "cmd"),
    ("-qwsix cmd", "--quiet --with=six", "cmd"),
    ("-qw six cmd", "--quiet --with=six", "cmd"),
    ("-qqv cmd", "--quiet --quiet --verbose", "cmd"),
    ("-qmU site", "--quiet --module --upgrade", "site"),
    ("--python=3.12 cmd", "--python=3.12", "cmd"),
    ("--python 3.12 cmd", "--python=3.12", "cmd"),
    ("--with a=b cmd", "--with=a=b", "cmd"),
    ("--extra=a,b cmd", "--extra=a,b", "cmd"),
    ("--extra a b cmd", "--extra=a", "b cmd"),
    ("--with - cmd", "--with=-", "cmd"),
    ("-- cmd --exact", "", "cmd --exact"),
    ("--exact -- echo a -- b", "--exact", "echo a -- b"),
    ("-- --exact", "", "--exact"),
    ("-- -- echo", "", "-- echo"),
    ("cmd -- x", "", "cmd -- x"),
    ("-", "", "-"),
    ("-q - --exact", "--quiet", "- --exact"),
    ("-m site --help", "--module", "site --help"),
    ("--module site -p x", "--module", "site -p x"),
    ("-s tool --exact", "--script", "tool --exact"),
    ("x.py -p 3.12", "", "x.py -p 3.12"),
    ("cmd --exact --no-sync -q", "", "cmd --exact --no-sync -q"),
    ("--no-exact cmd", "--inexact", "cmd"),
    ("-n -U cmd", "--no-cache --upgrade", "cmd"),
    ("--no_workspace cmd", "--no-project", "cmd"),
    ("-q", "--quiet", ""),
    ("--", "", ""),
    ("", "", ""),
    ("-p", "", ""),
    ("--exact -p", "--exact", ""),
]


@pytest.mark.parametrize(
    ("line", "typed", "command"), SPLITS, ids=[line or "nothing" for line, *_ in SPLITS]
)
def test_splits_as_uv_does(line: str, typed: str, command: str) -> None:
    invocation = parse_invocation(line.split())
    assert (show(invocation), " ".join(invocation.command)) == (typed, command)
    assert [*invocation.options, *invocation.command] == line.split()
    assert not invocation.unknown


@pytest.mark.parametrize("name", sorted(VALUE_OPTIONS))
def test_every_value_option_takes_the_next_word_or_what_is_attached(name: str) -> None:
    canonical = ALIASES.get(name, name)
    attached = f"{name}=v" if name.startswith("--") else f"{name}v"
    for words in ([name, "v"], [attached], [f"{name}=v"]):
        invocation = parse_invocation([*words, "cmd", "-q"])
        assert invocation.typed == ((canonical, "v"),)
        assert invocation.command == ("cmd", "-q")


@pytest.mark.parametrize("name", sorted(FLAGS))
def test_no_flag_takes_the_next_word(name: str) -> None:
    invocation = parse_invocation([name, "cmd"])
    assert (invocation.typed, invocation.command) == (((ALIASES.get(name, name), ""),), ("cmd",))


# What uv's help is said to say of options that the table does not have.
HELP = {"--new-flag": False, "--new-value": True, "-x": False, "-y": True}


@pytest.mark.parametrize(
    ("line", "asked", "typed", "command"),
    [
        ("--new-flag cmd", "--new-flag", "--new-flag", "cmd"),
        ("--new-value v cmd", "--new-value", "--new-value=v", "cmd"),
        ("--new-value=v cmd", "--new-value", "--new-value=v", "cmd"),
        ("-qxv cmd", "-x", "--quiet -x --verbose", "cmd"),
        ("-qy v cmd", "-y", "--quiet -y=v", "cmd"),
        ("-yv cmd", "-y", "-y=v", "cmd"),
        ("cmd --new-flag", "", "", "cmd --new-flag"),
    ],
)
def test_looks_up_what_the_table_does_not_know(
    line: str, asked: str, typed: str, command: str
) -> None:
    questions: list[str] = []

    def takes_value(name: str) -> bool | None:
        questions.append(name)
        return HELP.get(name)

    invocation = parse_invocation(line.split(), takes_value)
    assert " ".join(questions) == asked
    assert (show(invocation), " ".join(invocation.command)) == (typed, command)
    assert not invocation.unknown


@pytest.mark.parametrize("takes_value", [None, HELP.get], ids=["no look-up", "not in the help"])
@pytest.mark.parametrize("name", ["--newer", "-z"])
def test_takes_for_a_flag_what_no_one_knows(
    name: str, takes_value: Callable[[str], bool | None] | None
) -> None:
    invocation = parse_invocation([name, "cmd", "x"], takes_value)
    assert (invocation.command, invocation.unknown) == (("cmd", "x"), (name,))


@pytest.mark.parametrize("word", ["--exact=", "--exact=true", "--quiet==", "--new-flag="])
def test_a_flag_with_a_value_is_for_uv_to_refuse(word: str) -> None:
    invocation = parse_invocation([word, "cmd"], HELP.get)
    assert (invocation.command, invocation.unknown) == (("cmd",), (word.partition("=")[0],))
    assert not parse_invocation(["--python=", "--new-value=", "cmd"], HELP.get).unknown


@pytest.mark.parametrize(
    "word",
    ["", " ", "a b", "ü", "\udcff\udcfe", "=", "--=", "a\nb"],
    ids=["empty", "blank", "space", "ü", "not UTF-8", "equals", "equals option", "line break"],
)
def test_leaves_every_word_as_it_was_typed(word: str) -> None:
    for argv in (["cmd", word], ["--with", word, "cmd"], [f"--with={word}", "cmd"], [word, "cmd"]):
        invocation = parse_invocation(argv)
        assert [*invocation.options, *invocation.command] == argv
    assert parse_invocation(["--with", word, "cmd"]).values("--with") == (word,)


def test_an_empty_word_is_a_command() -> None:
    assert parse_invocation(["-q", "", "x"]).command == ("", "x")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cmd", None),
        ("--exact cmd", "--exact"),
        ("--exact --inexact cmd", "--inexact"),
        ("--exact --no-exact cmd", "--inexact"),
        ("--no-exact --exact cmd", "--exact"),
        ("--exact cmd --inexact", "--exact"),
    ],
)
def test_the_last_of_exact_and_inexact_holds(line: str, expected: str | None) -> None:
    assert parse_invocation(line.split()).last_of("--exact", "--inexact") == expected


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("x.py", "x.py"),
        ("-q sub/x.py arg.py", "sub/x.py"),
        ("X.PY", "X.PY"),
        ("x.pyw", "x.pyw"),
        ("x.pyc", "x.pyc"),
        ("-s tool", "tool"),
        ("--gui-script tool", "tool"),
        ("python x.py", None),
        ("tool", None),
        ("-m x.py", None),
        ("-", None),
        ("-q", None),
    ],
)
def test_tells_what_is_run_as_a_script(line: str, script: str | None) -> None:
    assert parse_invocation(line.split()).script == script


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", True),
        ("-q", True),
        ("--help cmd", True),
        ("-h", True),
        ("--show-settings cmd", True),
        ("-V cmd", True),
        ("cmd --help", False),
        ("-- --help", False),
    ],
)
def test_tells_where_uv_only_says_something_about_itself(line: str, *, expected: bool) -> None:
    assert parse_invocation(line.split()).asks_for_help is expected


def test_finds_the_values_of_an_option_in_order_and_counts_them() -> None:
    invocation = parse_invocation(
        ["--extra", "a", "--extra=b", "-wx", "--extra", "c", "cmd", "--extra"]
    )
    assert invocation.values("--extra") == ("a", "b", "c")
    assert (invocation.last("--extra"), invocation.counts("--extra")) == ("c", 3)
    assert (invocation.last("--group"), invocation.counts("--group")) == (None, 0)
    assert invocation.has("--group", "--with")
    assert not invocation.has("--group", "--python")


ALPHABET = "-- - -q -p -p3 -qp -x --exact --no-sync --with --with=a --new cmd".split()  # noqa: SIM905


FEWER = "-- -q -p -qp --exact --with cmd".split()  # noqa: SIM905 - a word of each kind


def test_holds_for_every_short_line() -> None:
    for length in range(5):
        for argv in itertools.product(ALPHABET if length < 4 else FEWER, repeat=length):
            found = parse_invocation(argv)
            assert found.options + found.command == argv
            before = parse_invocation(["--isolated", *argv])
            assert before.command == found.command, f"an option before {argv} moves the command"
            assert before.typed == (("--isolated", ""), *found.typed)
            if found.command:
                other = parse_invocation([*found.options, "other", "--frozen", "-p"])
                assert other.typed == found.typed, f"the command of {argv} decides its options"
                assert other.command == ("other", "--frozen", "-p")


@pytest.mark.parametrize(
    ("line", "names", "expected"),
    [
        ("-q --exact -p3.12 cmd -q", "--exact", "--quiet --python=3.12 cmd -q"),
        ("--exact cmd", "--exact --inexact", "cmd"),
        ("--exact -- --cmd --exact", "--exact", "-- --cmd --exact"),
        ("--python= --frozen cmd", "--frozen", "--python= cmd"),
        ("-wx --with y cmd", "--with", "cmd"),
    ],
)
def test_a_line_without_some_options_keeps_the_others_and_the_command(
    line: str, names: str, expected: str
) -> None:
    assert " ".join(parse_invocation(line.split()).without(*names.split())) == expected
