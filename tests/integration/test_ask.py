"""Mode ask: one question at the terminal; without one, as refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.processes import Place
from support.sayings import line_with, names_in, said
from support.terminals import Typed, run_on_terminal

if TYPE_CHECKING:
    from support.processes import Result
    from support.projects import Project

Xrun = tuple[str, ...]
QUESTION = b"or [?] "
CLEAN = ("alpha==2.0",)
DRIFTED = ("alpha==2.0", "beta==1.0", "gamma==1.0")
COMMAND = ("python", "-c", "import beta; print('ran')")


@pytest.fixture
def drifted(project: Project) -> Project:
    """A project that is asked about: beta and gamma are extraneous."""
    project.install("beta")
    project.write("xrun.toml", 'mode = "ask"\n')
    return project


def ask(
    project: Project, xrun: Xrun, *answers: bytes, command: tuple[str, ...] = COMMAND
) -> Result:
    """Run on a terminal, with an answer each time that the question stands there."""
    place = Place(project.folder, project.sandbox.environ(NO_COLOR="1"))
    events = [Typed(answer, QUESTION, times) for times, answer in enumerate(answers, start=1)]
    return run_on_terminal((*xrun, *command), place, events)


def test_the_question_says_what_it_is_about(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"s\n")
    assert result.status == 125
    text = result.stdout.decode()
    assert 'mode is "ask" (xrun.toml)' in said(result)[0]
    assert "undeclared  beta 1.0" in text
    assert "gamma" in names_in(*text.splitlines())
    assert "not run" in said(result)[-1]
    assert "ran" not in text
    assert drifted.installed() == DRIFTED


def test_the_answer_remove_is_as_mode_exact(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"r\n")
    assert result.status == 1
    assert names_in(line_with(said(result), "removed", "and 1 it needs")) == ["beta"]
    assert drifted.installed() == CLEAN


def test_leave_runs_as_it_is_and_asks_again_next_time(drifted: Project, xrun: Xrun) -> None:
    for answer in (b"leave\n", b"\n"):  # the default
        result = ask(drifted, xrun, answer)
        assert (result.status, result.stdout.count(QUESTION)) == (0, 1)
        assert result.stdout.rstrip().endswith(b"ran")
    assert drifted.installed() == DRIFTED


def test_keep_writes_the_local_policy_and_asks_no_more(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"K\n")
    assert result.status == 0
    assert names_in(line_with(said(result), "kept", "xrun.local.toml")) == ["beta"]
    assert result.stdout.rstrip().endswith(b"ran")
    assert "beta" in (drifted.folder / "xrun.local.toml").read_text()
    again = ask(drifted, xrun)
    assert (again.status, again.stdout.split()) == (0, [b"ran"])


def test_what_is_no_answer_explains_them_and_asks_again(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"what\n", b"?\n", b"s\n")
    assert result.status == 125
    assert result.stdout.count(QUESTION) == 3
    explained = re.findall(r"^\[(\w)\]\w+: ", "\n".join(said(result)), re.MULTILINE)
    assert explained == [*"rlks", *"rlks"]


def test_the_end_of_input_stops(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"\x04")
    assert result.status == 125
    assert drifted.installed() == DRIFTED


def test_an_interrupt_at_the_question_ends_it(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"\x03")
    assert result.status in {-2, 130}
    assert drifted.installed() == DRIFTED


def test_what_is_typed_ahead_is_the_commands(drifted: Project, xrun: Xrun) -> None:
    result = ask(drifted, xrun, b"l\nhello\n", command=("head", "-n1"))
    assert result.status == 0
    assert result.stdout.count(b"hello") == 2  # echoed by the terminal, and read by the command


def test_without_a_terminal_it_is_as_refuse(drifted: Project, xrun: Xrun) -> None:
    result = drifted.run(*xrun, "touch", "ran")
    assert result.status == 125
    line = line_with(said(result)[:1], "not run", "no terminal")
    assert 'mode is "ask" (xrun.toml)' in line
    assert not (drifted.folder / "ran").exists()
    assert drifted.installed() == DRIFTED


def test_a_program_on_standard_input_is_not_read_for_an_answer(
    drifted: Project, xrun: Xrun
) -> None:
    result = ask(drifted, xrun, command=("-",))
    assert result.status == 125
    assert QUESTION not in result.stdout


def test_a_clean_environment_is_not_asked_about(project: Project, xrun: Xrun) -> None:
    project.write("xrun.toml", 'mode = "ask"\n')
    result = ask(project, xrun, command=("true",))
    assert (result.status, result.stdout) == (0, b"")
    assert project.run(*xrun, "true").stderr == b""
