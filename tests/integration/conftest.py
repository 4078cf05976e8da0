"""Fixtures of the tests that run the real uv, offline, in a sandbox of the session."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.platforms import make_commands
from support.projects import Project, Pyproject
from support.sandbox import Sandbox, base_site_packages, make_sandbox
from support.snapshots import list_spoiled
from support.wheels import build_index

ProjectFactory = Callable[[Pyproject], Project]


LONG = frozenset(
    f"test_{name}.py" for name in ("fuzz_lines", "real_project", "server", "stress", "transcripts")
)
"""What takes longest comes first, so that at the end no process is left alone with it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder, and no other; begin with those that take long."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of wheels that serves as the only index."""
    return build_index(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Sandbox:
    """The session's machine; its uv cache is shared by all tests."""
    return make_sandbox(tmp_path_factory.mktemp("sandbox"), wheels)


@pytest.fixture(scope="session", autouse=True)
def base_interpreter_keeps_what_it_has() -> Iterator[None]:
    """Fails the session if a test installed into the shared base interpreter, or out of it."""
    before = sorted(base_site_packages().glob("*"))
    yield
    assert sorted(base_site_packages().glob("*")) == before


@pytest.fixture(scope="module", autouse=True)
def uv_cache_keeps_what_it_has(sandbox: Sandbox) -> Iterator[None]:
    """Fails the module if one of its tests wrote through a link into uv's cache, or emptied it."""
    yield
    assert list_spoiled(sandbox.cache) == []


@pytest.fixture
def make_project(sandbox: Sandbox, tmp_path: Path) -> ProjectFactory:
    """Makes locked and synced projects below the test's own folder."""

    def make(pyproject: Pyproject) -> Project:
        folder = tmp_path / pyproject.name
        folder.mkdir()
        project = Project(sandbox, folder)
        project.declare(pyproject)
        project.sync()
        return project

    return make


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project that declares alpha, locked and synced."""
    return make_project(Pyproject(dependencies=("alpha",)))


@pytest.fixture(scope="session")
def xrun(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """How the xrun under test is started: its console script, else the module."""
    platform = pytestconfig.getoption("--platform")
    if platform is not None:
        return make_commands(tmp_path_factory.mktemp(platform), platform)
    suffix = ".exe" if sys.platform == "win32" else ""
    script = Path(sys.executable).parent / f"xrun{suffix}"
    return (str(script),) if script.is_file() else (sys.executable, "-m", "xrun")


@pytest.fixture
def xrunctl(xrun: tuple[str, ...]) -> str:
    """How the xrunctl under test is started."""
    return str(Path(xrun[0]).with_name("xrunctl"))
