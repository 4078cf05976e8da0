"""`xrunctl help`: pages as they are, verbs by their own help, and what was meant."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from xrun.ctl import help as verb
from xrun.ctl.app import app
from xrun.ctl.help import list_pages, read_title

PAGES = list_pages()


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, ["help", *words])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_the_topics_are_the_pages_with_a_line_each() -> None:
    _, *rows, last = ask().splitlines()
    assert [row.split()[0] for row in rows] == sorted(PAGES)
    assert all(read_title(PAGES[row.split()[0]]) in row and len(row) <= 80 for row in rows)
    assert "`xrunctl --help`" in last


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_printed_as_it_is_where_no_terminal_is(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    assert ask(name) == text
    assert text.startswith(f"# {name}: {read_title(PAGES[name])}\n\n")


def test_a_terminal_shows_a_page_as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "find_columns", lambda: 60)
    shown = ask("keep")
    assert max(map(len, shown.splitlines())) <= 60
    assert "# keep" not in shown


@pytest.mark.parametrize("name", ["check", "env", "env prune"])
def test_the_topic_of_a_verb_is_its_help(name: str) -> None:
    asked = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="xrunctl")
    assert ask(*name.split()) == asked.stdout


@pytest.mark.parametrize(("slip", "meant"), [("kep", "keep"), ("env prnue", "env prune")])
def test_a_slip_is_answered_by_the_topic_that_is_meant(slip: str, meant: str) -> None:
    result = CliRunner().invoke(app, ["help", *slip.split()])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f'"{slip}" (did you mean "{meant}"?)' in result.stderr


@pytest.mark.parametrize("name", ["../help", "", "qqqqqq", "pages/keep"])
def test_nothing_else_is_a_topic(name: str) -> None:
    result = CliRunner().invoke(app, ["help", name, "x"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`xrunctl help` lists" in result.stderr
