"""What is kept stays and what goes is in the attic, in the corners of options and variables."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.interpreters import copy_interpreter
from support.processes import Place, Process
from support.projects import Project, Pyproject
from support.sayings import line_with, names_in, said, versions_in
from support.terminals import Typed, run_on_terminal
from xrun.environment.change_lock import Locks

from .test_keep import VERSION, keep

if TYPE_CHECKING:
    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
CHANGING = ("--exact", "-U", "--reinstall", "--reinstall-package=alpha", "--no-cache")
# Each with the next one, so that each is the first of some two and the second of others.
PAIRS = tuple(zip(CHANGING, (*CHANGING[1:], CHANGING[0]), strict=True))
DRIFTED = ("alpha==2.0", "delta==1.0")


def list_attic(project: Project) -> list[str]:
    """What has been put away on this machine, by the folders of the distributions."""
    attic = project.sandbox.home / ".local" / "state" / "xrun" / "attic"
    return sorted({path.parent.name for path in attic.rglob("*.dist-info/METADATA")})


def make_python(project: Project, folder: Path) -> Path:
    """Make another Python by another path, so that uv rebuilds the environment for it."""
    copy_interpreter(project.sandbox, folder)
    return folder / "bin" / "python3"


def make_local(project: Project, name: str = "alpha") -> Path:
    """Write a folder that version 2.0 of a distribution can be built from."""
    folder = Path("local") / name
    file = project.declare(Pyproject(name=name, package=True), str(folder))
    file.write_text(file.read_text().replace('version = "0.1"', 'version = "2.0"'))
    project.write(str(folder / "src" / name / "__init__.py"), "local = True\n")
    return project.folder / folder


@pytest.mark.parametrize("options", [*PAIRS, CHANGING], ids=" ".join)
def test_no_options_together_take_it_away(
    project: Project, xrun: Xrun, options: tuple[str, ...]
) -> None:
    project.install("beta", "delta")
    keep(project, '"beta"')
    result = project.run(*xrun, *options, "python", "-c", VERSION)
    assert (result.status, result.stdout) == (0, b"2.0\n"), result.stderr
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
    assert "delta-1.0.dist-info" in list_attic(project)


@pytest.mark.parametrize(
    "variables",
    [
        {"UV_ENV_FILE": ".env", "UV_NO_ENV_FILE": "1"},
        {"UV_ENV_FILE": "my\\ file.env"},
        {"UV_ENV_FILE": "my\\ file.env other"},
    ],
    ids=str,
)
def test_a_file_of_variables_changes_nothing_about_it(
    project: Project, xrun: Xrun, variables: dict[str, str]
) -> None:
    project.write("my file.env", "")
    project.install("beta", "delta")
    keep(project, '"beta"')
    project.run(*xrun, "true", **variables)
    assert {"beta==1.0", "gamma==1.0"} <= {*project.installed()}


def test_what_uv_does_not_refuse_is_cleaned_as_ever(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    project.run(*xrun, "true", UV_ENV_FILE=".env", UV_NO_ENV_FILE="1")
    assert project.installed() == ("alpha==2.0",)
    assert "delta-1.0.dist-info" in list_attic(project)


@pytest.mark.parametrize("words", [["--exact"], ["--exact", "--help"]], ids=" ".join)
def test_a_list_of_commands_removes_nothing(project: Project, xrun: Xrun, words: list[str]) -> None:
    project.install("delta")
    project.run(*xrun, *words)
    assert project.installed() == DRIFTED


def test_typed_where_nothing_is_declared_it_removes_nothing(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    project.write("pyproject.toml", "[tool.uv]\n")
    (project.folder / "uv.lock").unlink()
    result = project.run(*xrun, "--exact", "true")
    assert project.installed() == DRIFTED
    assert "[project]" in said(result)[0]


def test_what_changed_while_another_one_held_the_gate_is_put_away_as_it_is(
    project: Project, xrun: Xrun, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.install("alpha==1.0")
    environ = project.sandbox.environ()
    for name in ("HOME", "XDG_CACHE_HOME"):
        if name in environ:
            monkeypatch.setenv(name, environ[name])
    with Locks() as locks:
        locks.choose(project.environment)
        locks.take()
        with Process([*xrun, "true"], project.place()) as waiting:
            assert b"waiting" in waiting.read_until(stream=waiting.stderr)
            project.install("delta", "eta==1.0")
            shutil.rmtree(next(project.environment.glob("lib/*/site-packages/alpha-1.0.dist-info")))
            locks.release()
            assert waiting.wait() == 0
    assert project.installed() == ("alpha==2.0",)
    assert {"delta-1.0.dist-info", "eta-1.0.dist-info"} <= {*list_attic(project)}


@pytest.mark.parametrize("mode", ["exact", "report"])
@pytest.mark.parametrize("variables", [{}, {"UV_NO_SYNC": "1"}], ids=str)
def test_an_environment_without_its_python_is_not_rebuilt_without_it(
    project: Project, xrun: Xrun, tmp_path: Path, mode: str, variables: dict[str, str]
) -> None:
    python = make_python(project, tmp_path / "python")
    shutil.rmtree(project.environment)
    project.uv("venv", "--python", str(python))
    project.sync()
    project.install("beta")
    keep(project, '"beta"', mode=mode)
    (tmp_path / "python").rename(tmp_path / "gone")
    result = project.run(*xrun, "true", **variables)
    assert result.status == 125
    assert "not run" in said(result)[0]
    assert b"Python" in result.stderr
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_an_environment_elsewhere_does_not_take_its_place(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    keep(project, '"beta"', mode="report")
    for variables in ({}, {"UV_NO_SYNC": "1"}):
        result = project.run(*xrun, "true", UV_PREVIEW="1", **variables)
        assert result.status == 125
        assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_kept_just_as_it_is_locked_it_comes_into_the_new_environment(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    keep(project, '"alpha==1.0"')
    python = make_python(project, tmp_path / "python")
    result = project.run(
        *xrun, "-p", str(python), "python", "-c", "import alpha, sys; print(sys.base_prefix)"
    )
    assert result.status == 0, result.stderr
    assert Path(result.stdout.decode().strip()).resolve() == (tmp_path / "python").resolve()


def test_it_is_not_run_where_uv_cannot_say_whether_it_stays(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0")
    keep(project, '"alpha==1.0"')
    uv = project.write(
        "fake/uv",
        '#!/bin/sh\ncase "$*" in *--dry-run*) echo "error: operation timed out" >&2; exit 2;; '
        f'esac\nexec {project.sandbox.uv} "$@"\n',
        0o755,
    )
    result = project.run(*xrun, "true", UV=str(uv))
    assert (result.status, result.stderr) == (2, b"error: operation timed out\n")
    assert project.installed() == ("alpha==1.0",)
    assert project.run(*xrun, "--no-sync", "true", UV=str(uv)).status == 0


def test_a_local_build_of_the_locked_version_is_another_source(
    project: Project, xrun: Xrun
) -> None:
    local = make_local(project)
    project.uv("pip", "install", "--no-config", "--no-index", "-p", ".venv", "-e", str(local))
    result = project.run(*xrun, "python", "-c", "import alpha; print(alpha.__version__)")
    assert (result.status, result.stdout) == (0, b"2.0\n"), result.stderr
    line = line_with(said(result)[:1], "replaced", "source")
    assert (names_in(line), versions_in(line)) == (["alpha"], ["2.0"])


def test_a_local_build_of_the_locked_version_can_be_kept(project: Project, xrun: Xrun) -> None:
    local = make_local(project)
    project.uv("pip", "install", "--no-config", "--no-index", "-p", ".venv", "-e", str(local))
    keep(project, '"alpha==2.0"')
    result = project.run(*xrun, "python", "-c", "import alpha; print(alpha.local)")
    assert (result.status, result.stdout) == (0, b"True\n"), result.stderr


def test_the_project_itself_is_merely_rebuilt(make_project: ProjectFactory, xrun: Xrun) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    local = make_local(project, name="iota")
    text = project.folder.joinpath("pyproject.toml").read_text()
    text = text.replace('["alpha"]', '["alpha", "iota"]')
    text += f'\n[tool.uv.sources]\niota = {{ path = "{local}", editable = true }}\n'
    project.write("pyproject.toml", text)
    project.sync()
    os.utime(local / "pyproject.toml")
    result = project.run(*xrun, "python", "-c", "import iota")
    assert (result.status, said(result)) == (0, []), result.stderr


def test_the_lock_file_is_written_around_what_is_held(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0")
    keep(project, '"alpha==1.0"')
    declared = project.folder / "pyproject.toml"
    declared.write_text(declared.read_text().replace(">=3.10", ">=3.9"))
    assert project.run(*xrun, "true").status == 0
    assert "3.9" in (project.folder / "uv.lock").read_text()
    assert project.installed() == ("alpha==1.0",)


def test_leaving_adds_what_is_newly_declared(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0", "delta")
    keep(project, '"alpha==1.0"', mode="ask")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    place = Place(project.folder, project.sandbox.environ(NO_COLOR="1"))
    command = (*xrun, "python", "-c", "import delta, epsilon; print('ran')")
    result = run_on_terminal(command, place, [Typed(b"l\n", after=b"or [?] ")])
    assert result.stdout.rstrip().endswith(b"ran")
    assert project.installed() == ("alpha==1.0", "delta==1.0", "epsilon==1.0")


def test_without_an_attic_what_is_newly_declared_is_added(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.install("alpha==1.0", "delta")
    keep(project, '"alpha==1.0"')
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    (project.environment / ".xrun").touch()  # in the way of the attic
    result = project.run(*xrun, "python", "-c", "import epsilon", XDG_STATE_HOME=os.devnull)
    assert result.status == 0, result.stderr
    assert [line for line in said(result) if "backed up" in line] == said(result)[:1]
    assert project.installed() == ("alpha==1.0", "delta==1.0", "epsilon==1.0")


def test_to_leave_and_to_keep_are_not_offered_where_it_would_be_rebuilt(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    project.install("delta")
    project.write("xrun.toml", 'mode = "ask"\n')
    python = make_python(project, tmp_path / "python")
    place = Place(project.folder, project.sandbox.environ(NO_COLOR="1"))
    command = (*xrun, "-p", str(python), "true")
    events = [Typed(b"leave\n", b"or [?] "), Typed(b"s\n", b"or [?] ", times=2)]
    result = run_on_terminal(command, place, events)
    assert b"[r]ebuild" in result.stdout
    assert b"[l]eave" not in result.stdout
    assert b"[k]eep" not in result.stdout
    assert result.status == 125
    assert project.installed() == DRIFTED
    project.write("xrun.toml", 'mode = "refuse"\n')
    refused = project.run(*xrun, "-p", str(python), "true")
    assert refused.status == 125
    assert "XRUN_MODE=report" not in refused.stderr.decode()


def test_what_no_one_owns_is_named_when_the_environment_is_rebuilt(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    site_packages = next(project.environment.glob("lib/*/site-packages"))
    (site_packages / "mine.py").write_text("")
    project.write("xrun.toml", 'other-selection = "rebuild"\n')
    project.install("delta")
    python = make_python(project, tmp_path / "python")
    result = project.run(*xrun, "-p", str(python), "true")
    assert result.status == 0, result.stderr
    assert "mine.py" in line_with(said(result), "mine.py")


def test_what_is_typed_before_the_question_is_no_answer(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    project.write("xrun.toml", 'mode = "ask"\n')
    place = Place(project.folder, project.sandbox.environ(NO_COLOR="1"))
    events = [Typed(b"r\n", after=b""), Typed(b"s\n", after=b"or [?] ")]
    result = run_on_terminal((*xrun, "true"), place, events)
    assert result.status == 125
    assert project.installed() == DRIFTED


def test_the_answer_keep_holds_all_that_was_listed(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0", "delta")
    project.write("xrun.toml", 'mode = "ask"\n')
    place = Place(project.folder, project.sandbox.environ(NO_COLOR="1"))
    command = (*xrun, "python", "-c", VERSION)
    result = run_on_terminal(command, place, [Typed(b"k\n", after=b"or [?] ")])
    assert result.status == 0, result.stdout
    assert project.installed() == ("alpha==1.0", "delta==1.0")


@pytest.mark.parametrize("last", ["twin-one", "twin-two"])
def test_a_kept_one_that_shares_files_is_whole_at_once_or_named(
    project: Project, xrun: Xrun, last: str
) -> None:
    for name in sorted(("twin-one", "twin-two"), key=lambda name: name == last):
        project.install(name)
    keep(project, '"twin-one"')
    result = project.run(*xrun, "python", "-c", "import twin, twin.one; print(twin.who)")
    has_its_own = last == "twin-one"
    assert (result.status, result.stdout) == (0, b"1\n" if has_its_own else b"2\n"), result.stderr
    assert ("twin-one" in names_in(*said(result))) is not has_its_own


def test_a_marker_that_no_one_knows_keeps_nothing(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    keep(project, "\"delta; 'x' in extras\"")
    result = project.run(*xrun, "true")
    assert result.status == 0, result.stderr
    assert project.installed() == ("alpha==2.0",)
