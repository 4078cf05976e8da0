"""What sees drift where xrun was not typed: hooks of pre-commit, and the plugin of pytest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import Place, run
from support.projects import Project, Pyproject
from support.sandbox import find_uv
from unit.repositories import make_repository, needs_git, own_git

if TYPE_CHECKING:
    from support.processes import Result

    from .conftest import ProjectFactory

ROOT = Path(__file__).parents[2]
LOAD = "from importlib.metadata import entry_points as e; [x.load() for x in e(group='pytest11')]"
NETWORK = ("PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

__all__ = ["own_git"]


def test_the_plugin_can_be_built_and_is_found_by_pytest(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "plugin"
    shutil.copytree(ROOT / "examples" / "pytest-xrun", source)
    project.uv("build", "--wheel", "--out-dir", str(tmp_path), str(source))
    (wheel,) = tmp_path.glob("*.whl")
    project.uv("pip", "install", "--no-config", "--no-index", str(wheel))
    assert project.run(str(project.environment / "bin" / "python"), "-c", LOAD).status == 0
    assert "pytest_xrun==" in " ".join(project.installed())


@pytest.fixture
def hooked(make_project: ProjectFactory, tmp_path: Path, outer_environ: dict[str, str]) -> Project:
    """A project in git with all hooks of this repository; skipped where pre-commit is not had."""
    there = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    files = {name: (ROOT / name).read_bytes() for name in there}
    shutil.copytree(ROOT / "src", tmp_path / "hooks" / "src")
    hooks = make_repository(tmp_path / "hooks", files)
    project = make_project(Pyproject(dependencies=("alpha",)))
    project.write(".gitignore", ".venv\n")
    project.write("xrun.toml", 'mode = "exact"\n')
    used = "[{id: xrun-check}, {id: xrun-policy}, {id: xrun-sync}]"
    config = f"repos:\n- repo: {hooks}\n  rev: HEAD\n  hooks: {used}\n"
    project.write(".pre-commit-config.yaml", config)
    make_repository(project.folder, {"app.py": "import delta\n"})
    if pre_commit(project, outer_environ, "install-hooks").status != 0:
        pytest.skip("pre-commit, or what its hooks need, cannot be installed")
    return project


def pre_commit(project: Project, outer: dict[str, str], *words: str) -> Result:
    return run_there(project, outer, "uvx", "--no-config", "-q", "pre-commit", *words)


def run_there(project: Project, outer: dict[str, str], *command: str) -> Result:
    """Run a command where package indexes are to be had."""
    given = {name: outer[name] for name in (*NETWORK, *PROXIES) if name in outer}
    tools = os.pathsep.join([str(find_uv().parent), project.sandbox.environ()["PATH"]])
    home = str(project.folder.parent / "pre-commit")
    variables = {**given, "PATH": tools, "PRE_COMMIT_HOME": home}
    environ = project.sandbox.environ(**variables, UV_OFFLINE=None)
    return run(command, Place(project.folder, environ, timeout=300))


@needs_git
@pytest.mark.network
@pytest.mark.usefixtures("own_git")
@pytest.mark.skipif(os.environ.get("XRUN_TEST_NETWORK") == "0", reason="XRUN_TEST_NETWORK=0")
def test_hooks_see_drift_and_mend_it_at_a_checkout(
    hooked: Project, outer_environ: dict[str, str]
) -> None:
    assert pre_commit(hooked, outer_environ, "run", "--all-files").status == 0
    hooked.install("delta")
    found = pre_commit(hooked, outer_environ, "run", "xrun-check", "--all-files")
    assert found.status == 1
    assert b"app.py:1 imports it" in found.stdout
    assert pre_commit(hooked, outer_environ, "run", "xrun-policy", "--all-files").status == 0
    hooked.write("xrun.toml", "mod = 1\n")
    assert pre_commit(hooked, outer_environ, "run", "xrun-policy", "--all-files").status == 1
    hooked.write("xrun.toml", 'mode = "exact"\n')
    stages = ("post-checkout", "post-merge", "post-rewrite")
    words = [word for stage in stages for word in ("-t", stage)]
    assert pre_commit(hooked, outer_environ, "install", *words).status == 0
    assert hooked.installed() == ("alpha==2.0", "delta==1.0")
    assert run_there(hooked, outer_environ, "git", "checkout", "-b", "other").status == 0
    assert hooked.installed() == ("alpha==2.0",)
