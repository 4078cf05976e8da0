"""The team's policy at work: layers, rules, enforcement, and no stamp that was made for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.processes import Place
from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said
from support.terminals import Typed, run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]

GROUPS = {"test": ("beta",), "lint": ("delta",)}
RULES = """
[[rules]]
command = ["pytest", "python -c"]
groups = ["test"]
[[rules]]
command = "ruff"
groups = ["lint"]
"""


@pytest.fixture
def team(make_project: ProjectFactory) -> Project:
    """A project with two groups, and programs that stand for pytest and ruff."""
    project = make_project(Pyproject(dependencies=("alpha",), groups=GROUPS))
    for name in ("pytest", "ruff"):
        project.write(f".venv/bin/{name}", "#!/bin/sh\ntouch ran\n", 0o755)
    return project


@pytest.fixture
def system(team: Project) -> Iterator[Path]:
    """The organisation's policy on this machine; it is gone after the test."""
    path = team.sandbox.root / "etc" / "xrun" / "xrun.toml"
    path.parent.mkdir()
    yield path
    path.unlink(missing_ok=True)
    path.parent.rmdir()


def has_run(project: Project) -> bool:
    """Whether the program ran since this was asked last."""
    path = project.folder / "ran"
    found = path.exists()
    path.unlink(missing_ok=True)
    return found


def test_two_commands_in_turn_each_have_their_own(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", f'other-selection = "rebuild"\n{RULES}')
    expected = {
        "pytest": ("alpha==2.0", "beta==1.0", "gamma==1.0"),
        "ruff": ("alpha==2.0", "delta==1.0"),
    }
    for _ in range(2):
        for name, installed in expected.items():
            for _again in range(2):
                assert team.run(*LATER, name).status == 0
                assert team.installed() == installed
            assert team.run(*xrun, name).stderr == b""
    assert team.run(*xrun, "-q", "true").status == 0
    assert team.installed() == ("alpha==2.0",)


def test_a_module_and_a_script_are_what_python_would_run(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", '[[rules]]\ncommand = "python -m http*"\ndeny = "no"\n')
    assert team.run(*xrun, "-m", "http.server", "--help").status == 125
    assert team.run(*xrun, "python", "-m", "http.server", "--help").status == 125
    assert team.run(*xrun, "-m", "json.tool", "--help").status == 0


def test_a_stamp_without_rules_ends_as_they_appear_and_with_them(team: Project, xrun: Xrun) -> None:
    assert team.run(*LATER, "pytest").stderr == b""
    team.write("xrun.toml", '[[rules]]\ncommand = "pytest"\ndeny = "not here"\n')
    assert team.run(*xrun, "pytest").status == 125
    assert team.run(*LATER, "ruff").status == 0
    assert team.run(*xrun, "pytest").status == 125
    (team.folder / "xrun.toml").unlink()
    assert team.run(*xrun, "pytest").status == 0


def test_a_denied_command_is_not_run_and_its_message_steers_no_terminal(
    team: Project, xrun: Xrun
) -> None:
    message = "Declare it:\\u001b[2J\\nuv add NAME"
    team.write("xrun.toml", f'[[rules]]\ncommand = "pytest"\ndeny = "{message}"\n')
    result = team.run(*xrun, "-q", ".venv/bin/pytest")
    assert result.status == 125
    message, source = said(result)
    assert "not run: Declare it:[2J uv add NAME" in message
    assert b"\x1b" not in result.stderr
    assert "xrun.toml, rules[0].deny" in source
    assert not has_run(team)
    assert team.run(*xrun, "pytest", XRUN="0").status == 0
    assert has_run(team)


@pytest.mark.parametrize(
    ("when", "environ"),
    [("ci", {"CI": "true"}), ("hook", {"PRE_COMMIT": "1"}), ("hook", {"GIT_INDEX_FILE": "x"})],
)
def test_a_stamp_made_elsewhere_does_not_count_in_ci_or_a_hook(
    team: Project, xrun: Xrun, when: str, environ: dict[str, str]
) -> None:
    team.write("xrun.toml", f'[[rules]]\nwhen = "{when}"\ndeny = "not here"\n')
    for program in (LATER, xrun):
        assert team.run(*program, "ruff").stderr == b""
        assert team.run(*program, "ruff", **environ).status == 125


def test_a_stamp_made_at_a_terminal_does_not_count_without_one(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", '[[rules]]\nwhen = "terminal"\ndeny = "not at a terminal"\n')
    place = Place(team.folder, team.sandbox.environ())
    for program in (LATER, xrun):
        assert team.run(*program, "ruff").stderr == b""
        assert run_on_terminal((*program, "ruff"), place).status == 125


def test_a_changed_file_that_is_extended_takes_effect_in_the_next_run(
    team: Project, xrun: Xrun
) -> None:
    shared = team.write("../shared.toml", 'mode = "exact"\n')
    team.write("xrun.toml", 'extends = "../shared.toml"\n')
    assert team.run(*LATER, "ruff").stderr == b""
    shared.write_text('[[rules]]\ncommand = "ruff"\ndeny = "not here"\n')
    assert team.run(*xrun, "ruff").status == 125
    shared.unlink()
    assert b"--> xrun.toml:1:11" in team.run(*xrun, "ruff").stderr


def test_the_organisations_policy_takes_effect_as_it_appears(
    team: Project, xrun: Xrun, system: Path
) -> None:
    assert team.run(*LATER, "ruff").stderr == b""
    system.write_text("mode = 1\n")
    assert team.run(*xrun, "ruff").status == 125
    system.unlink()
    assert team.run(*xrun, "ruff").status == 0


def test_a_named_policy_takes_effect_as_it_changes(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", 'mode = "refuse"\n')
    named = team.write("ci.toml", "")
    for program in (LATER, xrun):
        assert team.run(*program, "ruff", XRUN_POLICY="ci.toml").stderr == b""
    named.write_text("mode = 1\n")
    assert team.run(*xrun, "ruff", XRUN_POLICY="ci.toml").status == 125
    assert team.run(*xrun, "ruff", XRUN_POLICY="none.toml").status == 125
    assert team.run(*xrun, "ruff").status == 0


def test_names_of_variables_are_selected_where_they_are_defined(team: Project, xrun: Xrun) -> None:
    command = ("python", "-c", "import alpha, beta, delta")
    assert team.run(*xrun, *command, XRUN_GROUPS="test,lint").status == 0
    assert team.run(*xrun, *command).status == 1
    result = team.run(*xrun, "true", XRUN_GROUPS="tests")
    assert result.status == 125
    assert "XRUN_GROUPS" in said(result)[0]
    assert b"tests" in result.stderr


def test_what_the_organisation_enforces_holds_for_every_run(
    team: Project, xrun: Xrun, system: Path
) -> None:
    system.write_text('lock = "locked"\nenforce = ["mode", "lock", "keep"]\n')
    team.write("xrun.toml", "")
    team.install("epsilon")
    runs: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--inexact",), {}),
        (("--no-sync",), {}),
        (("-U",), {}),
        ((), {"UV_NO_SYNC": "1"}),
        ((), {"UV_FROZEN": "1"}),
        ((), {"XRUN_MODE": "report"}),
        ((), {"XRUN_KEEP": "epsilon"}),
    ]
    for options, environ in runs:
        result = team.run(*LATER, "-q", *options, "pytest", **environ)
        assert result.status == 125, (options, environ)
        assert f"{system} enforces".encode() in result.stderr
    assert not has_run(team)
    assert "epsilon==1.0" in team.installed()
    assert team.run(*xrun, "pytest", XRUN="0", XRUN_MODE="report").status == 0
    assert has_run(team)
    assert "epsilon==1.0" in team.installed()
    assert team.run(*xrun, "pytest").status == 0
    assert "epsilon==1.0" not in team.installed()
    team.declare(Pyproject(dependencies=("alpha", "zeta"), groups=GROUPS))
    result = team.run(*xrun, "pytest")
    assert result.status != 0  # the lock file is not as declared, and may not be changed
    assert b"--locked" in result.stderr


def test_what_is_ignored_is_told_at_the_first_run_after_the_change(
    team: Project, xrun: Xrun, system: Path
) -> None:
    system.write_text('enforce = ["mode"]\n')
    team.write("xrun.toml", 'mode = "report"\n')
    team.run(*LATER, "-q", "pytest")
    (line,) = said(team.run(*LATER, "pytest"))
    assert "ignored in xrun.toml" in line
    assert line.index('mode = "report"') < line.index('mode = "exact"') < line.index(str(system))
    assert team.run(*xrun, "pytest").stderr == b""
    assert team.run(*xrun, "-x", "pytest").status == 2
    team.write("xrun.toml", 'mode = "off"\n')
    assert 'mode = "off"' in line_with(said(team.run(*xrun, "pytest")), "ignored in xrun.toml")
    assert team.run(*xrun, "ruff").stderr == b""


def test_a_named_policy_hides_nothing_that_is_enforced(team: Project, xrun: Xrun) -> None:
    rule = '[[rules]]\ncommand = "pytest"\ndeny = "not here"\n'
    team.write("ci.toml", rule.replace('"not here"', "false"))
    team.write("xrun.toml", rule)
    assert team.run(*xrun, "pytest", XRUN_POLICY="ci.toml").status == 0
    team.write("xrun.toml", f'enforce = ["deny"]\n{rule}')
    assert team.run(*xrun, "pytest", XRUN_POLICY="ci.toml").status == 125
    assert team.run(*xrun, "ruff", XRUN_POLICY="ci.toml").status == 0


def test_an_answer_keeps_nothing_where_that_is_enforced(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", 'mode = "ask"\nenforce = ["keep"]\n')
    team.install("epsilon")
    place = Place(team.folder, team.sandbox.environ())
    result = run_on_terminal((*xrun, "pytest"), place, [Typed(b"k\n", b"or [?] ")])
    assert result.status == 125
    assert "xrun.toml enforces keep" in line_with(said(result), "not run")
    assert not (team.folder / "xrun.local.toml").exists()
    assert "epsilon==1.0" in team.installed()


def test_an_entry_that_would_be_ignored_is_refused_not_written(
    team: Project, system: Path, xrunctl: str
) -> None:
    system.write_text('keep = ["delta"]\nenforce = ["keep"]\n')
    for options, file in (((), "xrun.local.toml"), (("--team",), "xrun.toml")):
        result = team.run(xrunctl, "keep", *options, "delta", "epsilon")
        assert result.status == 2
        refusal, advice = said(result)
        assert f"{system} enforces keep" in refusal
        assert names_in(refusal) == ["epsilon"]
        assert commands_in(advice) == ["uv add epsilon"]
        assert not (team.folder / file).exists()
        assert team.run(xrunctl, "keep", *options, "delta").status == 0
        assert (team.folder / file).exists()


def test_who_enforces_may_keep_more_in_the_same_file(team: Project, xrunctl: str) -> None:
    team.write("xrun.toml", 'enforce = ["keep"]\n')
    assert team.run(xrunctl, "keep", "epsilon").status == 2
    assert team.run(xrunctl, "keep", "--team", "epsilon").status == 0
    assert team.run(xrunctl, "keep", "epsilon", "--reason", "x").status == 0


def test_what_comes_back_and_may_not_be_kept_is_told(
    team: Project, xrun: Xrun, system: Path, xrunctl: str
) -> None:
    team.install("epsilon")
    team.run(*xrun, "true")
    system.write_text('enforce = ["keep"]\n')
    result = team.run(xrunctl, "restore")
    assert result.status == 2
    back, warning, advice = said(result)
    assert "brought back" in back
    assert f"{system} enforces keep" in warning
    assert names_in(back) == names_in(warning) == ["epsilon"]
    assert commands_in(advice) == ["uv add epsilon"]
    assert not (team.folder / "xrun.local.toml").exists()
    assert "epsilon==1.0" in team.installed()
