"""Separate environments: `.venv` is left alone, and what is used stays whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.markers import mark
from support.processes import run_at_once
from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said, versions_in
from support.snapshots import snapshot

from .test_in_use import running
from .test_keep import keep
from .test_kept_through_everything import make_python

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
WHERE = ("python", "-c", "import sys; print(sys.prefix)")
DECLARED = Pyproject(
    dependencies=("alpha",), extras={"x": ("zeta",)}, groups={"g": ("probe",), "h": ("delta",)}
)


@pytest.fixture
def apart(make_project: ProjectFactory) -> Project:
    """A project whose policy runs everything in separate environments."""
    project = make_project(DECLARED)
    project.write("xrun.toml", 'mode = "separate"\n')
    return project


@pytest.fixture
def chosen(make_project: ProjectFactory) -> Project:
    """A project with an extra and groups, in mode exact."""
    return make_project(DECLARED)


def find_prefix(project: Project, xrun: Xrun, *options: str, **variables: str) -> Path:
    """Where a command runs."""
    result = project.run(*xrun, *options, *WHERE, **variables)
    assert result.status == 0, result.stderr
    return Path(result.stdout.decode().strip())


def test_the_first_use_says_so_and_later_ones_are_silent(apart: Project, xrun: Xrun) -> None:
    before = apart.snapshot()
    first = apart.run(*xrun, *WHERE)
    (line,) = said(first)
    assert "separate environment" in line
    prefix = Path(first.stdout.decode().strip())
    assert str(prefix.parent).replace(str(apart.sandbox.home), "~") in line
    assert prefix.is_relative_to(apart.sandbox.home / ".cache" / "xrun")
    for program in (xrun, LATER, xrun):
        again = apart.run(*program, *WHERE)
        assert (again.status, again.stdout, again.stderr) == (0, first.stdout, b"")
    assert apart.snapshot() == before


def test_what_is_installed_by_hand_is_not_there(apart: Project, xrun: Xrun) -> None:
    apart.install("beta")
    assert apart.run(*xrun, "python", "-c", "import beta").status == 1
    assert "beta==1.0" in apart.installed()
    prefix = find_prefix(apart, xrun)
    apart.install("beta", environment=prefix)
    assert apart.run(*xrun, "python", "-c", "import beta").status == 1


def test_the_users_own_variables_are_the_commands(apart: Project, xrun: Xrun) -> None:
    show = ("python", "-c", "import os; print(os.environ.get('UV_PROJECT_ENVIRONMENT'))")
    result = apart.run(*xrun, *show, UV_PROJECT_ENVIRONMENT="elsewhere")
    assert (result.status, result.stdout) == (0, b"elsewhere\n")
    assert not (apart.folder / "elsewhere").exists()


def test_an_activated_environment_causes_no_warning(apart: Project, xrun: Xrun) -> None:
    find_prefix(apart, xrun)
    result = apart.run(*xrun, "true", VIRTUAL_ENV=str(apart.environment))
    assert (result.status, result.stderr) == (0, b"")


def test_nested_uv_in_another_project_stays_there(
    apart: Project, xrun: Xrun, make_project: ProjectFactory
) -> None:
    other = make_project(Pyproject(name="other", dependencies=("epsilon",)))
    sync = f"cd {other.folder} && {apart.sandbox.uv} sync -q && {apart.sandbox.uv} run -q python -c"
    result = apart.run(*xrun, "sh", "-c", f'{sync} "import epsilon"')
    assert result.status == 0, result.stderr
    assert other.installed() == ("epsilon==1.0",)
    assert apart.run(*xrun, "python", "-c", "import alpha").status == 0


def test_what_with_adds_is_not_installed_there(apart: Project, xrun: Xrun) -> None:
    prefix = find_prefix(apart, xrun)
    result = apart.run(*xrun, "--with", "epsilon", "python", "-c", "import alpha, epsilon")
    assert result.status == 0, result.stderr
    assert not list(prefix.glob("lib/*/site-packages/epsilon"))


def test_each_selection_has_its_own(apart: Project, xrun: Xrun) -> None:
    options = [(), ("--extra", "x"), ("--only-group", "g")]
    places = [find_prefix(apart, xrun, *each) for each in options]
    assert len(set(places)) == len(options)
    assert find_prefix(apart, xrun, "--all-extras") == places[1]


@pytest.mark.parametrize("name", ["XRUN_EXTRAS", "XRUN_GROUPS"])
def test_a_variable_for_one_command_leaves_the_environment_as_it_is(
    chosen: Project, xrun: Xrun, name: str
) -> None:
    choice = {name: "x" if name == "XRUN_EXTRAS" else "g"}
    typed = find_prefix(chosen, xrun, f"--{name[5:-1].lower()}={choice[name]}")
    assert find_prefix(chosen, xrun, **choice) == typed != chosen.environment
    assert chosen.installed() == ("alpha==2.0",)
    assert find_prefix(chosen, xrun) == chosen.environment


def test_a_changed_lock_is_followed(apart: Project, xrun: Xrun) -> None:
    prefix = find_prefix(apart, xrun)
    apart.declare(Pyproject(dependencies=("alpha<2", "epsilon")))
    result = apart.run(*xrun, "python", "-c", "import alpha, epsilon; print(alpha.__version__)")
    assert (result.status, result.stdout, names_in(line_with(said(result), "replaced"))) == (
        *(0, b"1.0\n"),
        ["alpha"],
    )
    assert find_prefix(apart, xrun) == prefix


def test_while_it_is_in_use_a_changed_lock_makes_another(apart: Project, xrun: Xrun) -> None:
    prefix = find_prefix(apart, xrun)
    waiting = "import sys; print('there', flush=True); sys.stdin.read(); import alpha"
    with apart.started(*xrun, "python", "-c", waiting) as other:
        apart.declare(Pyproject(dependencies=("epsilon",)))
        assert find_prefix(apart, xrun) != prefix
    assert other.returncode == 0
    assert find_prefix(apart, xrun) == prefix


def test_a_failing_sync_is_uvs_to_tell_and_nothing_runs(apart: Project, xrun: Xrun) -> None:
    apart.declare(Pyproject(dependencies=("nowhere-to-be-found",)))
    result = apart.run(*xrun, "touch", "ran")
    assert result.status not in {0, 125}
    assert b"nowhere-to-be-found" in result.stderr
    assert not (apart.folder / "ran").exists()


@pytest.mark.parametrize("damage", ["marker", "interpreter", "pyvenv.cfg", "empty"])
def test_what_is_damaged_is_rebuilt(apart: Project, xrun: Xrun, damage: str) -> None:
    prefix = find_prefix(apart, xrun)
    module = next(prefix.glob("lib/*/site-packages/alpha/__init__.py"))
    if damage == "marker":
        mark(apart.sandbox, prefix)
        module.unlink()
    elif damage == "interpreter":
        (prefix / "bin" / "python").unlink()
    elif damage == "pyvenv.cfg":
        (prefix / "pyvenv.cfg").unlink()
    else:
        for path in sorted(prefix.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    result = apart.run(*xrun, "python", "-c", "import alpha, sys; print(sys.prefix)")
    assert (result.status, result.stdout.decode().strip()) == (0, str(prefix)), result.stderr
    assert apart.run(*xrun, "true").stderr == b""


def test_what_is_kept_goes_along(apart: Project, xrun: Xrun) -> None:
    apart.install("beta", "probe")
    keep(apart, '"beta", "probe"', mode="separate")
    first = apart.run(*xrun, "python", "-c", "import beta, gamma, probe")
    assert (first.status, len(said(first))) == (0, 1), first.stderr
    again = apart.run(*xrun, "probe")
    assert (again.status, again.stdout, again.stderr) == (0, b"probe []\n", b"")
    program = find_prefix(apart, xrun) / "bin" / "probe"
    assert str(program.parent).encode() in program.read_bytes()
    keep(apart, '"probe"', mode="separate")
    gone = apart.run(*xrun, "python", "-c", "import beta")
    assert (gone.status, "beta" in names_in(line_with(said(gone), "removed"))) == (1, True)


def test_another_version_that_is_kept_replaces_the_one_that_went_along(
    chosen: Project, xrun: Xrun
) -> None:
    show = ("--extra", "x", "python", "-c", "import eta; print(eta.__version__)")
    chosen.install("eta==1.0")
    keep(chosen, '"eta"')
    assert chosen.run(*xrun, *show).stdout == b"1.0\n"
    chosen.install("eta==2.0")
    result = chosen.run(*xrun, *show)
    assert (result.status, result.stdout) == (0, b"2.0\n"), result.stderr
    assert versions_in(line_with(said(result), "replaced")) == ["1.0", "2.0"]
    prefix = find_prefix(chosen, xrun, "--extra", "x")
    listed = chosen.run(f"{xrun[0]}ctl", "restore", "--list", UV_PROJECT_ENVIRONMENT=str(prefix))
    assert b"eta 1.0 (replaced by 2.0)" in listed.stdout


@pytest.mark.parametrize("declared", [("zeta",), ("zeta", "eta")])
def test_what_is_restored_there_stays_there(
    chosen: Project, xrun: Xrun, declared: tuple[str, ...]
) -> None:
    chosen.declare(replace(DECLARED, extras={"x": declared}))
    prefix = find_prefix(chosen, xrun, "--extra", "x")
    chosen.install("eta==1.0", environment=prefix)
    chosen.run(*xrun, "--extra", "x", "true")
    back = chosen.run(f"{xrun[0]}ctl", "restore", "eta", UV_PROJECT_ENVIRONMENT=str(prefix))
    assert back.status == 0, back.stderr
    show = ("python", "-c", "import eta, sys; print(eta.__version__, sys.prefix)")
    for _ in range(2):
        result = chosen.run(*xrun, "--extra", "x", *show)
        assert result.stdout.decode().split() == ["1.0", str(prefix)], result.stderr
    assert chosen.installed() == ("alpha==2.0",)
    shutil.rmtree(prefix)
    missed = chosen.run(*xrun, "--extra", "x", "true")
    advised = [command for line in said(missed) for command in commands_in(line)]
    assert any(str(prefix) in command for command in advised) == ("eta" not in declared)


def test_another_selection_goes_elsewhere_and_leaves_the_first_alone(
    chosen: Project, xrun: Xrun
) -> None:
    for options in (("--extra", "x"), ("--only-group", "g"), ("--group", "h", "--no-dev")):
        assert find_prefix(chosen, xrun, *options) != chosen.environment
    assert find_prefix(chosen, xrun) == chosen.environment
    assert chosen.installed() == ("alpha==2.0",)
    assert find_prefix(chosen, LATER, "--extra", "x") != chosen.environment
    assert find_prefix(chosen, xrun, "--extra", "x") != chosen.environment


def test_what_the_policy_selects_is_no_other_selection(chosen: Project, xrun: Xrun) -> None:
    chosen.write("xrun.toml", 'extras = ["x"]\n')
    for options in ((), ("--extra", "x")):
        assert find_prefix(chosen, xrun, *options) == chosen.environment
    assert "zeta==1.0" in chosen.installed()


def test_rebuild_does_as_uv_does(chosen: Project, xrun: Xrun) -> None:
    chosen.write("xrun.toml", 'other-selection = "rebuild"\n')
    assert find_prefix(chosen, xrun, "--extra", "x") == chosen.environment
    assert "zeta==1.0" in chosen.installed()
    assert find_prefix(chosen, xrun, "--exact") == chosen.environment
    assert "zeta==1.0" not in chosen.installed()


def test_typed_exact_stays_where_it_is(chosen: Project, xrun: Xrun) -> None:
    assert find_prefix(chosen, xrun, "--exact", "--extra", "x") == chosen.environment


def test_a_python_that_a_group_requires_is_chosen_by_uv(chosen: Project, xrun: Xrun) -> None:
    """The Python of `.venv` is not asked for, where a group does not take it."""
    file = chosen.folder / "pyproject.toml"
    table = '\n[tool.uv.dependency-groups.g]\nrequires-python = ">=3.99"\n'
    file.write_text(file.read_text() + table)
    line = ("--no-python-downloads", "--group", "g", "true")
    by_uv = chosen.run(str(chosen.sandbox.uv), "run", *line)
    result = chosen.run(*xrun, *line)
    assert result.status == by_uv.status
    errors = [each.stderr.decode().splitlines() for each in (by_uv, result)]
    assert line_with(errors[0], "error:", "3.99") in errors[1]


def test_another_python_goes_elsewhere(chosen: Project, xrun: Xrun, tmp_path: Path) -> None:
    python = make_python(chosen, tmp_path / "python")
    assert find_prefix(chosen, xrun, "-p", str(python)) != chosen.environment
    assert find_prefix(chosen, xrun, UV_PYTHON=str(python)) != chosen.environment
    assert find_prefix(chosen, xrun) == chosen.environment


def test_with_something_kept_the_two_stay_apart(chosen: Project, xrun: Xrun) -> None:
    chosen.install("delta")
    keep(chosen, '"delta"')
    before = chosen.snapshot()
    for _ in range(2):
        result = chosen.run(*xrun, "--extra", "x", "python", "-c", "import zeta, delta")
        assert result.status == 0, result.stderr
        assert find_prefix(chosen, xrun) == chosen.environment
    assert chosen.snapshot() == before


def test_what_is_held_is_held_there_too(chosen: Project, xrun: Xrun) -> None:
    chosen.install("alpha==1.0")
    keep(chosen, '"alpha==1.0"')
    for is_first in (True, False):
        show = ("python", "-c", "import alpha; print(alpha.__version__)")
        result = chosen.run(*xrun, "--extra", "x", *show)
        assert (result.status, result.stdout) == (0, b"1.0\n"), result.stderr
        assert any("holding" in line for line in said(result)) == is_first


def test_a_report_for_another_selection_names_what_is_exact_and_leaves_the_first_alone(
    chosen: Project, xrun: Xrun
) -> None:
    chosen.sync("--extra", "x")
    result = chosen.run(*xrun, "--group", "g", "true", XRUN_MODE="report")
    assert commands_in(said(result)[-1]) == ["XRUN_MODE=separate xrun --group g true"]
    before = chosen.installed()
    prefix = find_prefix(chosen, xrun, "--group", "g", XRUN_MODE="separate")
    assert (prefix != chosen.environment, chosen.installed()) == (True, before)


def test_a_refusal_for_a_member_names_the_run_that_is_exact(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), members=("one",)))
    project.declare(Pyproject(name="one", dependencies=("delta",)), "one")
    project.sync()
    refused = project.run(*xrun, "true", folder="one", XRUN_MODE="refuse")
    assert (refused.status, project.installed()) == (125, ("alpha==2.0",))
    advised = [each for line in said(refused) for each in commands_in(line)]
    assert "XRUN_MODE=separate xrun true" in advised
    assert not [command for command in advised if command.startswith("xrunctl sync")]
    again = project.run(*xrun, "true", folder="one", XRUN_MODE="separate")
    assert (again.status, project.installed()) == (0, ("alpha==2.0",))


def test_a_rule_that_selects_otherwise_goes_elsewhere(chosen: Project, xrun: Xrun) -> None:
    chosen.write("xrun.toml", '[[rules]]\ncommand = ["python"]\nextras = ["x"]\n')
    assert find_prefix(chosen, xrun) != chosen.environment
    chosen.run(*xrun, "true")
    assert chosen.installed() == ("alpha==2.0",)


def test_members_do_not_take_from_each_other(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), members=("one", "two")))
    project.declare(Pyproject(name="one", dependencies=("delta",)), "one")
    project.declare(Pyproject(name="two", dependencies=("epsilon",)), "two")
    project.sync()
    before = project.installed()
    for folder, module in (("one", "delta"), ("two", "epsilon"), ("one", "delta")):
        result = project.run(*xrun, "python", "-c", f"import {module}", folder=folder)
        assert result.status == 0, result.stderr
    assert project.installed() == before
    assert find_prefix(project, xrun) == project.environment


def test_from_a_members_folder_the_environment_is_looked_at_for_the_root(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), members=("one",)))
    project.declare(Pyproject(name="one", dependencies=("delta",)), "one")
    project.sync()
    project.install("epsilon")
    ctl = f"{xrun[0]}ctl"
    checked = project.run(ctl, "check", folder="one")
    assert (checked.status, b"uv add epsilon" in checked.stdout) == (1, True), checked.stdout
    assert project.run(ctl, "sync", folder="one").status == 0
    assert project.installed() == ("alpha==2.0",)


def test_while_others_are_there_it_runs_elsewhere(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    with running(project, *xrun, XRUN_MODE="report"):
        for begins in (True, False):
            result = project.run(*LATER, *WHERE)
            assert result.stdout.decode().strip() != str(project.environment)
            told = [line for line in said(result) if "in use by" in line]
            assert ["separate environment" in line for line in told] == [True] * begins
    assert find_prefix(project, xrun) == project.environment
    assert project.installed() == ("alpha==2.0",)


def test_what_a_command_starts_stays_with_it(project: Project, xrun: Xrun) -> None:
    inner = f"uv pip install -q --no-index --find-links {project.sandbox.index} beta"
    script = f"{inner} && {xrun[0]} python -c 'import sys, beta; print(sys.prefix)'"
    result = project.run(*xrun, "sh", "-c", script)
    assert (result.status, result.stdout.decode().strip()) == (0, str(project.environment)), (
        result.stderr
    )


def test_what_a_command_starts_selects_for_itself(chosen: Project, xrun: Xrun) -> None:
    show = "-c 'import sys; print(sys.prefix)'"
    inner = f"{xrun[0]} --extra x python {show} && {xrun[0]} python {show}"
    result = chosen.run(*xrun, "sh", "-c", inner)
    prefix = find_prefix(chosen, xrun, "--extra", "x")
    assert result.stdout.decode().split() == [str(prefix), str(chosen.environment)], result.stderr
    assert chosen.installed() == ("alpha==2.0",)


def test_a_cache_on_another_file_system_is_told(apart: Project, xrun: Xrun, tmp_path: Path) -> None:
    other = Path("/dev/shm") / f"xrun-test-{os.getpid()}"
    if not other.parent.is_dir() or other.parent.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system")
    try:
        result = apart.run(
            *xrun, "true", XDG_CACHE_HOME=str(other), UV_CACHE_DIR=str(apart.sandbox.cache)
        )
        assert result.status == 0, result.stderr
        assert "another file system" in said(result)[0]
    finally:
        subprocess.run(
            [sys.executable, "-c", "import shutil, sys; shutil.rmtree(sys.argv[1])", str(other)],
            check=True,
        )


def test_where_none_can_be_made_the_projects_own_is_changed(chosen: Project, xrun: Xrun) -> None:
    in_the_way = chosen.sandbox.home / ".cache" / "xrun" / "environments"
    moved = in_the_way.with_name("moved")
    if in_the_way.exists():
        in_the_way.rename(moved)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.touch()
    try:
        result = chosen.run(*xrun, "--extra", "x", *WHERE)
    finally:
        in_the_way.unlink()
        if moved.exists():
            moved.rename(in_the_way)
    assert (result.status, result.stdout.decode().strip()) == (0, str(chosen.environment))
    (*_, line) = said(result)
    assert "separate environment cannot be made" in line
    assert "zeta==1.0" in chosen.installed()


def test_the_project_itself_is_installed_from_its_folder(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(name="itself", dependencies=("alpha",), package=True))
    project.write("xrun.toml", 'mode = "separate"\n')
    result = project.run(*xrun, "python", "-c", "import itself; print(itself.__file__)")
    assert result.status == 0, result.stderr
    assert Path(result.stdout.decode().strip()).is_relative_to(project.folder / "src")


def test_many_at_once_make_it_once(apart: Project, xrun: Xrun) -> None:
    ended = run_at_once([*xrun, "python", "-c", "import alpha"], apart.place(), 8)
    assert [each.status for each in ended] == [0] * 8
    assert sum(b"made a separate environment" in each.stderr for each in ended) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give away")
def test_someone_elses_is_left_alone_and_another_is_used(apart: Project, xrun: Xrun) -> None:
    prefix = find_prefix(apart, xrun)
    os.chown(prefix.parent, 12345, 12345)
    apart.declare(Pyproject(dependencies=("epsilon",)))
    result = apart.run(*xrun, *WHERE)
    assert result.status == 0, result.stderr
    assert Path(result.stdout.decode().strip()) != prefix
    assert line_with(said(result), "12345")
    assert said(apart.run(*xrun, *WHERE)) == []  # it was said
    assert list(prefix.glob("lib/*/site-packages/alpha"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give away")
def test_a_cache_folder_of_someone_elses_keeps_no_selection_out(
    chosen: Project, xrun: Xrun
) -> None:
    prefix = find_prefix(chosen, xrun, "--extra=x")
    cache = prefix.parents[2]
    os.chown(cache, 12345, 12345)
    try:
        result = chosen.run(*xrun, "--extra=x", *WHERE)
    finally:  # all tests of the session share it
        os.chown(cache, 0, 0)
    assert result.status == 0, result.stderr
    beside = cache.with_name(f"{cache.name}-0")
    assert Path(result.stdout.decode().strip()).is_relative_to(beside)
    assert beside.name in line_with(said(result), "12345")


@pytest.mark.parametrize("change", ["more", "less"])
def test_what_is_declared_otherwise_meanwhile(apart: Project, xrun: Xrun, change: str) -> None:
    """What is below another command is compared too where both are in one environment."""
    again = f"{' '.join(xrun)} python -c"
    if change == "more":
        inner = f"{apart.sandbox.uv} add -q epsilon && {again} 'import alpha, epsilon'"
    else:  # the command above keeps what it has
        remove = f"{apart.sandbox.uv} remove -q alpha"
        inner = f"{remove} && ! {again} 'import alpha' && $VIRTUAL_ENV/bin/python -c 'import alpha'"
    result = apart.run(*xrun, "sh", "-c", inner)
    assert result.status == 0, result.stderr


ADDING = """
import os, sys, time
from pathlib import Path
from xrun.environment.environment import Environment
from xrun.environment.change_lock import ChangeLock
from xrun.environment.marker import begin_step, end_step
folder = Path(os.environ["VIRTUAL_ENV"])
environment = Environment(folder, "")
lock = ChangeLock(folder)
lock.take()
begin_step(environment)
print("adding", flush=True)
time.sleep(1)
end_step(environment)
lock.release()
"""


def test_what_is_below_waits_for_who_adds_something(chosen: Project, xrun: Xrun) -> None:
    chosen.write("adding.py", ADDING)
    there = f"env -u XRUN_GATES {sys.executable} adding.py"
    again = f"{' '.join(xrun)} python -c 'import zeta'"
    inner = f"mkfifo told; {there} > told & read word < told; {again}; found=$?; wait; exit $found"
    result = chosen.run(*xrun, "--extra", "x", "sh", "-c", inner)
    assert result.status == 0, result.stderr


def test_what_is_looked_at_is_where_runs_go(apart: Project, xrun: Xrun, xrunctl: str) -> None:
    own = apart.installed()
    assert apart.run(xrunctl, "check").status == 1  # it is yet to be made
    assert apart.run(xrunctl, "sync").status == 0
    prefix = find_prefix(apart, xrun)
    apart.install("epsilon", environment=prefix)
    found = apart.run(xrunctl, "check", "--output-format", "json")
    document = json.loads(found.stdout)
    assert document["environment"] == str(prefix)
    assert [each["name"] for each in document["findings"]] == ["epsilon"]
    looked = json.loads(apart.run(xrunctl, "doctor", "--output-format", "json").stdout)
    assert looked["environment"] == str(prefix)
    assert b"epsilon" in apart.run(xrunctl, "sync").stderr
    assert apart.run(xrunctl, "check").status == 0
    assert apart.run(xrunctl, "restore", "epsilon").status == 0
    assert apart.run(*xrun, "python", "-c", "import epsilon").status == 0
    assert apart.installed() == own
    own_check = apart.run(xrunctl, "check", "--output-format", "json", XRUN_MODE="exact")
    assert json.loads(own_check.stdout)["environment"] == str(apart.environment)


@pytest.mark.parametrize("is_apart", [True, False])
def test_what_went_from_another_environment_is_brought_back_there(
    chosen: Project, xrun: Xrun, xrunctl: str, *, is_apart: bool
) -> None:
    chosen.sync()
    prefix = find_prefix(chosen, xrun, "--extra=x") if is_apart else chosen.environment
    chosen.install("epsilon", environment=prefix)
    chosen.run(*xrun, *(["--extra=x"] if is_apart else []), "true")
    chosen.write("xrun.toml", f'mode = "{"exact" if is_apart else "separate"}"\n')
    result = chosen.run(xrunctl, "restore", "epsilon")
    assert result.status == 2
    (command,) = commands_in(result.stderr.decode())
    path = f"{Path(xrunctl).parent}:{chosen.sandbox.path}"
    assert chosen.run("sh", "-c", command, PATH=path).status == 0
    assert "epsilon==1.0" in snapshot(prefix).distributions


def test_what_cannot_be_put_away_is_not_run(apart: Project, xrun: Xrun) -> None:
    prefix = find_prefix(apart, xrun)
    (site,) = prefix.glob("lib/*/site-packages")
    (site / "old-1.0.egg-info").write_text("Name: old\nVersion: 1.0\n")  # of distutils
    result = apart.run(*xrun, "true")
    assert result.status == 125
    assert "old" in names_in(*said(result))


def test_it_has_the_python_that_uv_run_has(apart: Project, xrun: Xrun, tmp_path: Path) -> None:
    python = make_python(apart, tmp_path / "python")
    show = ("python", "-c", "import sys; print(sys.base_prefix)")
    before = apart.run(*xrun, *show)
    shutil.rmtree(apart.environment)
    apart.uv("venv", "-q", "-p", str(python))
    apart.sync()
    expected = apart.run("uv", "run", *show).stdout
    assert expected == f"{tmp_path / 'python'}\n".encode() != before.stdout
    apart.write("pyproject.toml", (apart.folder / "pyproject.toml").read_text() + "\n")
    for _ in range(2):
        assert apart.run(*xrun, *show).stdout == expected
    typed = ("-p", "{}.{}".format(*sys.version_info), *show)
    assert apart.run(*xrun, *typed).stdout == apart.run("uv", "run", *typed).stdout == expected
