"""An environment is changed in a step before the command: nothing is lost if it cannot end well.

A stand-in for uv does on cue what the real one, which it then becomes, cannot be made to do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject, inline_metadata
from support.snapshots import site_packages

from .test_between_steps import cue
from .test_keep import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
SHOW = ("python", "-c", VERSION)
PARENT = (
    "python",
    "-c",
    "import os; print(open(f'/proc/{os.getppid()}/cmdline').read().replace(chr(0), ' '))",
)
BACKEND = """
import zipfile
import {needed}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = "needs-1.0-py3-none-any.whl", "needs-1.0.dist-info/"
    files = {{
        "needs.py": "",
        info + "METADATA": "Metadata-Version: 2.1\\nName: needs\\nVersion: 1.0\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    files[info + "RECORD"] = "".join(f"{{each}},,\\n" for each in [*files, info + "RECORD"])
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return name
"""
BUILT = """
no-build-isolation-package = ["needs"]
[tool.uv.sources]
needs = { path = "needs" }
[[tool.uv.dependency-metadata]]
name = "needs"
version = "1.0"
requires-dist = []
"""
NEEDS = '[project]\nname = "needs"\nversion = "1.0"\n'
NEEDS += '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project with one dependency and an extra."""
    return make_project(Pyproject(dependencies=("alpha",), extras={"x": ("zeta",)}))


def declare_build(project: Project, needed: str) -> None:
    """Declare a dependency whose build imports something that nothing declares."""
    project.write("needs/pyproject.toml", NEEDS)
    project.write("needs/backend.py", BACKEND.format(needed=needed))
    text = Pyproject(dependencies=("alpha", "needs")).text(project.sandbox.index)
    project.write("pyproject.toml", text.replace("package = false\n", f"package = false{BUILT}", 1))
    project.uv("lock")


def test_a_build_may_need_what_is_extraneous(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    declare_build(project, "beta")
    result = project.run(*xrun, "python", "-c", "import needs")
    assert result.status == 0, result.stderr
    assert "beta==1.0" not in project.installed()
    assert b"beta" in result.stderr  # what went is named


@pytest.mark.parametrize("mode", ["exact", "report", "separate"])
def test_where_uv_cannot_finish_nothing_is_removed(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("beta")
    declare_build(project, "not_there")
    before = project.snapshot()
    result = project.run(*xrun, "python", "-c", "pass", XRUN_MODE=mode)
    assert result.status == 1
    assert b"not_there" in result.stderr  # uv's own error
    assert project.snapshot() == before
    assert b"removed" not in result.stderr


def test_what_uv_half_replaced_is_put_back(project: Project, xrun: Xrun, tmp_path: Path) -> None:
    project.install("alpha==1.0", "beta")
    packages = site_packages(project.environment)
    edited = packages / "alpha" / "__init__.py"
    text = edited.read_text()
    edited.unlink()  # not through the link into uv's cache
    edited.write_text(text + "# by hand\n")
    script = (
        f'"$UV" "$@"; rm {packages}/alpha-2.0.dist-info/METADATA; echo "error: full" >&2; exit 2'
    )
    result = project.run(*xrun, *SHOW, PATH=cue(project, tmp_path / "bin", "sync", script))
    assert result.status == 2
    assert b"error: full" in result.stderr
    assert b"put back" in result.stderr
    assert (packages / "alpha-1.0.dist-info").is_dir()
    assert "# by hand" in edited.read_text()
    assert "beta==1.0" in project.installed()
    assert project.run(*xrun, *SHOW).stdout.strip() == b"2.0"


def fresh(project: Project) -> None:
    project.run("rm", "-r", str(project.environment))


def adding(project: Project) -> None:
    project.run("rm", "-r", str(project.environment))
    project.sync("--no-install-package=alpha")


def replacing(project: Project) -> None:
    project.install("alpha==1.0")


@pytest.mark.parametrize(
    ("prepare", "lost", "mode"),
    [
        (fresh, "RECORD", "exact"),
        (fresh, "../alpha/__init__.py", "report"),
        (adding, "METADATA", "exact"),
        (adding, "empty RECORD", "report"),
        (replacing, "RECORD", "report"),
        (replacing, "empty METADATA", "exact"),
    ],
)
def test_what_an_interrupted_step_left_is_mended_by_the_next_run(  # noqa: PLR0913, PLR0917
    project: Project,
    xrun: Xrun,
    tmp_path: Path,
    prepare: Callable[[Project], None],
    lost: str,
    mode: str,
) -> None:
    prepare(project)
    packages = f"{project.environment}/lib/python3.*/site-packages"
    path = f"{packages}/alpha-2.0.dist-info/{lost.rpartition(chr(32))[2]}"
    empty = f"path=$(echo {path}); rm $path; : > $path"  # not through the link into uv's cache
    spoil = empty if lost.startswith("empty") else f"rm {path}"
    killed = f'"$UV" "$@"; {spoil}; kill -9 $PPID $$'
    first = cue(project, tmp_path / "bin", "sync", killed)
    assert project.run(*xrun, *SHOW, PATH=first, XRUN_MODE=mode).status < 0
    assert project.run(*xrun, "true", XRUN_MODE="refuse").status == 125
    result = project.run(*xrun, *SHOW, XRUN_MODE=mode)
    assert (result.status, result.stdout.strip()) == (0, b"2.0")
    assert b"reinstalled" in result.stderr
    assert b"alpha" in result.stderr
    info = site_packages(project.environment) / "alpha-2.0.dist-info"
    assert all((info / name).stat().st_size for name in ("RECORD", "METADATA"))
    assert project.run(*xrun, *SHOW, XRUN_MODE=mode).stderr == b""


@pytest.mark.parametrize("kind", ["script", "separate"])
def test_so_is_what_is_left_in_other_environments(
    project: Project, xrun: Xrun, tmp_path: Path, kind: str
) -> None:
    project.write("s.py", inline_metadata(("zeta",), project.sandbox.index) + "import zeta\n")
    words = {"script": ["s.py"], "separate": ["--extra", "x", "python", "-c", "import zeta"]}[kind]
    found = f'$(find {project.sandbox.root} -path "*/environments*/*/zeta*" -name RECORD)'
    path = cue(project, tmp_path / "bin", "sync", f'"$UV" "$@"; rm {found}; kill -9 $PPID $$')
    assert project.run(*xrun, *words, PATH=path).status < 0
    result = project.run(*xrun, *words)
    assert result.status == 0, result.stderr
    assert b"reinstalled" in result.stderr


def test_a_half_made_environment_is_made_again(project: Project, xrun: Xrun) -> None:
    fresh(project)
    (project.environment / "bin").mkdir(parents=True)
    (project.environment / ".gitignore").write_text("*")
    result = project.run(*xrun, *SHOW)
    assert (result.status, result.stdout.strip()) == (0, b"2.0")


@pytest.mark.parametrize("mode", ["exact", "report", "refuse", "separate"])
def test_programs_that_copy_the_line_of_their_parent_get_what_was_typed(
    project: Project, xrun: Xrun, mode: str
) -> None:
    for _ in range(2):
        result = project.run(*xrun, *PARENT, XRUN_MODE=mode, XRUN_LAUNCH="uv")
        if mode == "refuse":
            project.sync()
        active = "--active " if mode == "separate" else ""
        told = result.stdout.decode().strip()
        assert told.startswith(f"{project.sandbox.uv} run {active}python -c"), told


def test_only_what_is_held_keeps_uv_from_syncing(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0", "beta")
    project.write("xrun.toml", 'keep = ["beta"]\n')
    assert b"--no-sync" not in project.run(*xrun, *PARENT, XRUN_LAUNCH="uv").stdout
    project.install("alpha==1.0")
    project.write("xrun.toml", 'keep = ["alpha==1.0"]\n')
    assert b"--no-sync" in project.run(*xrun, *PARENT, XRUN_LAUNCH="uv").stdout


@pytest.mark.parametrize("dies", ["kill -9 $$", "echo nonsense; exit 0", "exit 0"])
def test_a_question_that_gets_no_answer_changes_nothing(
    project: Project, xrun: Xrun, tmp_path: Path, dies: str
) -> None:
    project.install("alpha==1.0", "beta")
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    asked = f'case "$*" in *--dry-run*) {dies};; esac'
    program.write_text(f'#!/bin/sh\n{asked}\nexec {project.sandbox.uv} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{project.sandbox.path}"
    before = project.snapshot()
    for mode, status in (("exact", 125), ("report", 0), ("refuse", 125)):
        result = project.run(*xrun, "true", PATH=path, XRUN_MODE=mode)
        assert (result.status, b"gave no answer" in result.stderr) == (status, True)
    assert project.run(*xrun, "--no-sync", "true", PATH=path).status == 0
    assert project.snapshot() == before


def test_uv_is_not_started_again_once_the_environment_is_another(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    project.install("beta")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    script = f'"$UV" "$@"; rm {project.environment}/pyvenv.cfg; exit 0'
    path = cue(project, tmp_path / "bin", "sync", script)
    result = project.run(*xrun, "touch", "ran", PATH=path)
    assert result.status == 125
    assert not (project.folder / "ran").exists()


def test_nor_is_a_separate_environment_changed_without_an_answer(
    project: Project, xrun: Xrun, tmp_path: Path
) -> None:
    show = ("--extra", "x", "python", "-c", "import sys; print(sys.prefix)")
    prefix = project.run(*xrun, *show).stdout.decode().strip()
    project.install("alpha==1.0", environment=Path(prefix))
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    asked = 'case "$*" in *--dry-run*) kill -9 $$;; esac'
    program.write_text(f'#!/bin/sh\n{asked}\nexec {project.sandbox.uv} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{project.sandbox.path}"
    assert project.run(*xrun, *show, PATH=path, XRUN_MODE="separate").status == 125
    assert (site_packages(Path(prefix)) / "alpha-1.0.dist-info").is_dir()
