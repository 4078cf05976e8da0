"""The team's policy at work: layers, rules, enforcement, and no stamp that was made for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.processes import Place
from support.projects import Pyproject
from support.terminals import run_on_terminal

from .test_removal import said, settle

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
    team.write("xrun.toml", RULES)
    settle()
    expected = {
        "pytest": ("alpha==2.0", "beta==1.0", "gamma==1.0"),
        "ruff": ("alpha==2.0", "delta==1.0"),
    }
    for _ in range(2):
        for name, installed in expected.items():
            for _again in range(2):
                assert team.run(*xrun, name).status == 0
                assert team.installed() == installed
            settle()
            assert team.run(*xrun, name).stderr == b""
    assert team.run(*xrun, "-q", "true").status == 0
    assert team.installed() == ("alpha==2.0",)


def test_a_module_and_a_script_are_what_python_would_run(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", '[[rules]]\ncommand = "python -m http*"\ndeny = "no"\n')
    assert team.run(*xrun, "-m", "http.server", "--help").status == 125
    assert team.run(*xrun, "python", "-m", "http.server", "--help").status == 125
    assert team.run(*xrun, "-m", "json.tool", "--help").status == 0


def test_a_stamp_without_rules_ends_as_they_appear_and_with_them(team: Project, xrun: Xrun) -> None:
    settle()
    assert team.run(*xrun, "pytest").stderr == b""
    team.write("xrun.toml", '[[rules]]\ncommand = "pytest"\ndeny = "not here"\n')
    assert team.run(*xrun, "pytest").status == 125
    settle()
    assert team.run(*xrun, "ruff").status == 0
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
    assert result.stderr.decode().splitlines() == [
        "xrun: not run: Declare it:[2J uv add NAME",
        "xrun: denied by xrun.toml, rules[0].deny",
    ]
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
    settle()
    for _ in range(2):
        assert team.run(*xrun, "ruff").stderr == b""
        assert team.run(*xrun, "ruff", **environ).status == 125


def test_a_stamp_made_at_a_terminal_does_not_count_without_one(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", '[[rules]]\nwhen = "terminal"\ndeny = "not at a terminal"\n')
    settle()
    place = Place(team.folder, team.sandbox.environ())
    for _ in range(2):
        assert team.run(*xrun, "ruff").stderr == b""
        assert run_on_terminal((*xrun, "ruff"), place).status == 125


def test_a_changed_file_that_is_extended_takes_effect_in_the_next_run(
    team: Project, xrun: Xrun
) -> None:
    shared = team.write("../shared.toml", 'mode = "exact"\n')
    team.write("xrun.toml", 'extends = "../shared.toml"\n')
    settle()
    assert team.run(*xrun, "ruff").stderr == b""
    shared.write_text('[[rules]]\ncommand = "ruff"\ndeny = "not here"\n')
    assert team.run(*xrun, "ruff").status == 125
    shared.unlink()
    assert b"extends   there is no " in team.run(*xrun, "ruff").stderr


def test_the_organisations_policy_takes_effect_as_it_appears(
    team: Project, xrun: Xrun, system: Path
) -> None:
    settle()
    assert team.run(*xrun, "ruff").stderr == b""
    system.write_text("mode = 1\n")
    assert team.run(*xrun, "ruff").status == 125
    system.unlink()
    assert team.run(*xrun, "ruff").status == 0


def test_a_named_policy_takes_effect_as_it_changes(team: Project, xrun: Xrun) -> None:
    team.write("xrun.toml", 'mode = "refuse"\n')
    named = team.write("ci.toml", "")
    settle()
    for _ in range(2):
        assert team.run(*xrun, "ruff", XRUN_POLICY="ci.toml").stderr == b""
    named.write_text("mode = 1\n")
    assert team.run(*xrun, "ruff", XRUN_POLICY="ci.toml").status == 125
    assert team.run(*xrun, "ruff", XRUN_POLICY="none.toml").status == 125
    assert team.run(*xrun, "ruff").status == 0


def test_names_of_variables_are_selected_where_they_are_defined(team: Project, xrun: Xrun) -> None:
    assert team.run(*xrun, "true", XRUN_GROUPS="test,lint").status == 0
    assert team.installed() == ("alpha==2.0", "beta==1.0", "delta==1.0", "gamma==1.0")
    result = team.run(*xrun, "true", XRUN_GROUPS="tests")
    assert result.status == 125
    assert said(result)[0] == "xrun: XRUN_GROUPS has 1 problem; nothing was run"
