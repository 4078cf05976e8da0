"""Nothing is ever removed from an interpreter that is not a virtual environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.interpreters import copy_interpreter
from support.projects import Project, Pyproject
from support.sayings import line_with, names_in, said
from support.snapshots import snapshot

if TYPE_CHECKING:
    from support.sandbox import Sandbox

Xrun = tuple[str, ...]


@pytest.fixture
def base(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A base Python of the test's own, with two distributions in it."""
    folder = tmp_path / "base"
    executable = copy_interpreter(sandbox, folder)
    project = Project(sandbox, tmp_path)
    source = ["--no-config", "--no-index", "--find-links", str(sandbox.index)]
    project.uv("pip", "install", "--python", str(executable), *source, "delta", "alpha==1.0")
    return folder


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path, base: Path) -> Project:
    """A project whose environment was made by that Python."""
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(sandbox, folder)
    project.declare(Pyproject(dependencies=("alpha",)))
    python = str(base / "bin" / "python")
    project.uv("venv", "--python", python)
    project.uv("sync", "--python", python)
    return project


def test_the_advice_of_a_damaged_environment_loses_nothing_that_is_kept(
    project: Project, xrun: Xrun
) -> None:
    project.write("xrun.toml", 'keep = ["delta"]\n')
    project.install("delta")
    (project.environment / "pyvenv.cfg").unlink()
    for command in (xrun[0], "true"), (str(Path(xrun[0]).with_name("xrunctl")), "check"):
        result = project.run(*command)
        assert any(names_in(line) == ["delta"] and "kept" in line for line in said(result))


@pytest.mark.parametrize("is_warm", [True, False], ids=["cache warm", "cache cold"])
@pytest.mark.parametrize("mode", ["exact", "report", "refuse"])
def test_a_damaged_environment_stops_the_run(
    project: Project, base: Path, xrun: Xrun, mode: str, *, is_warm: bool
) -> None:
    before = snapshot(base)
    if is_warm:
        project.run(*xrun, "true")
    (project.environment / "pyvenv.cfg").unlink()
    cache = {} if is_warm else {"UV_CACHE_DIR": str(project.folder / "cold")}
    result = project.run(*xrun, "touch", "ran", XRUN_MODE=mode, **cache)
    assert result.status == 125
    assert "not run: .venv is damaged" in said(result)[0]
    assert "pyvenv.cfg" in said(result)[0]
    assert not (project.folder / "ran").exists()
    assert snapshot(base) == before
    assert project.run("xrunctl", "sync", PATH=f"{xrun[0].rpartition('/')[0]}").status == 2
    assert snapshot(base) == before


def test_the_advice_mends_a_damaged_environment(project: Project, xrun: Xrun) -> None:
    (project.environment / "pyvenv.cfg").unlink()
    project.run("rm", "-r", ".venv")
    assert project.run(*xrun, "python", "-c", "import alpha").status == 0


def test_a_stamp_does_not_hide_that_the_file_is_gone(
    project: Project, base: Path, xrun: Xrun
) -> None:
    for program in (LATER, xrun):
        assert said(project.run(*program, "true")) == []
    before = snapshot(base)
    (project.environment / "pyvenv.cfg").unlink()
    assert project.run(*xrun, "true").status == 125
    assert snapshot(base) == before


def test_a_base_python_as_environment_loses_nothing(
    project: Project, base: Path, xrun: Xrun
) -> None:
    before = snapshot(base)
    result = project.run(*xrun, "true", UV_PROJECT_ENVIRONMENT=str(base))
    assert result.status == 125
    assert "pyvenv.cfg" in said(result)[0]
    assert snapshot(base) == before


def test_a_base_python_with_nothing_to_remove_is_used(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun
) -> None:
    folder = tmp_path / "clean"
    copy_interpreter(sandbox, folder)
    project = Project(sandbox, tmp_path)
    project.declare(Pyproject(dependencies=("alpha",)))
    for _ in range(2):
        result = project.run(
            *xrun, "python", "-c", "import alpha", UV_PROJECT_ENVIRONMENT=str(folder)
        )
        assert (result.status, said(result)) == (0, [])
    # Debian's Python installs into `local/lib/python3.11/dist-packages`.
    assert [path.name for path in folder.rglob("*.dist-info")] == ["alpha-2.0.dist-info"]


def test_active_is_guarded_too(project: Project, base: Path, xrun: Xrun) -> None:
    before = snapshot(base)
    result = project.run(*xrun, "--active", "true", VIRTUAL_ENV=str(base))
    assert result.status == 125
    assert snapshot(base) == before


def test_a_preview_that_moves_the_environment_is_refused_only_while_something_is_there(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun
) -> None:
    """The preview of uv 0.13 keeps all environments in one place, `.venv` being a link to it."""
    folder = tmp_path / "app"
    folder.mkdir()
    project = Project(sandbox, folder)
    project.declare(Pyproject(dependencies=("alpha",)))
    project.uv("sync")
    project.install("delta")
    lock = (folder / "uv.lock").read_text()
    lines = {
        ("--preview", "touch", "ran"): {},
        ("--preview", "--no-sync", "touch", "ran"): {"XRUN_MODE": "refuse"},
        ("--no-sync", "touch", "ran"): {"UV_PREVIEW_FEATURES": "centralized-project-envs"},
        (): {"UV_PREVIEW": "1"},
    }
    for words, variables in lines.items():
        for content in (lock, "not TOML"):  # of which uv cannot say what it would do
            project.write("uv.lock", content)
            if content != lock and "--no-sync" not in words:
                continue
            result = project.run(*xrun, *words, **variables)
            assert result.status == 125
            assert "link" in line_with(said(result), "not run", ".venv")
    project.write("uv.lock", lock)
    assert "delta==1.0" in project.installed()
    assert project.run(*xrun, "--preview", "true", XRUN="0").status == 0
    assert project.environment.is_symlink()
    project.install("delta")
    assert project.run(*xrun, "--preview", "python", "-c", "import alpha").status == 0
    assert project.installed() == ("alpha==2.0",)


def test_a_link_to_one_of_uvs_environments_follows_uv(
    sandbox: Sandbox, tmp_path: Path, xrun: Xrun
) -> None:
    """The link is deleted, or the project is moved: uv 0.13 points it elsewhere, and so does xrun.

    The environments of the preview stay in uv's cache; what is in one is removed and comes back.
    """
    xrunctl = str(Path(xrun[0]).with_name("xrunctl"))
    folder = tmp_path / "app"
    folder.mkdir()
    project = Project(sandbox, folder)
    project.declare(Pyproject(dependencies=("alpha",)))
    project.uv("sync", "--preview")
    project.install("delta")
    project.environment.unlink()
    preview = {"UV_PREVIEW_FEATURES": "centralized-project-envs"}
    refused = project.run(*xrun, "touch", "ran", XRUN_MODE="refuse", **preview)
    assert refused.status == 125
    assert project.run(xrunctl, "check", **preview).status == 1
    assert not project.environment.is_symlink()
    assert project.run(*xrun, "true", **preview).status == 0
    assert project.installed() == ("alpha==2.0",)
    assert project.run(xrunctl, "restore", **preview).status == 0
    assert "delta==1.0" in project.installed()
    moved = Project(sandbox, tmp_path / "moved")
    folder.rename(moved.folder)
    kept = moved.run(*xrun, "touch", "ran", **preview)
    assert kept.status == 125
    assert "delta" in line_with(said(kept), "not run", "kept")
    moved.folder.joinpath("xrun.local.toml").unlink()
    before = moved.environment.resolve()
    assert moved.run(*xrun, "python", "-c", "import alpha", **preview).status == 0
    assert moved.environment.resolve() != before
    assert moved.installed() == ("alpha==2.0",)


def test_a_dangling_link_is_said_to_be_that(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.environment.rename(project.folder / "moved")
    project.environment.symlink_to("elsewhere")
    for words in ((*xrun, "true"), (*xrun, "--no-sync", "true"), (xrunctl, "check")):
        result = project.run(*words)
        assert result.status in {125, 2}
        assert "link" in line_with(said(result), ".venv", "elsewhere")
    assert project.run(*xrun, "--no-project", "true").status == 0
