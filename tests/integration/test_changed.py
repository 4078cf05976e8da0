"""Whatever changes after a run that is remembered, the next one does what uv does then."""

from __future__ import annotations

import dataclasses
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.projects import Project, Pyproject, inline_metadata
from support.snapshots import site_packages

from .arena import Arena
from .conformance import Runner, differences
from .row import Mode, Row
from .rows_selection import SEE
from .states import SIMPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.sandbox import Sandbox

    from .conftest import ProjectFactory

Change = tuple[str, str, "Callable[[Project], object]"]


def replace(project: Project, name: str, old: str, new: str) -> None:
    """Replace text in a file of the project, which it has."""
    text = (project.folder / name).read_text()
    assert old in text
    project.write(name, text.replace(old, new))


def keep_times(project: Project, name: str, old: str, new: str) -> None:
    """The same, with the size and the times of before."""
    path = project.folder / name
    before = path.stat()
    assert len(old) == len(new)
    replace(project, name, old, new)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def find(project: Project, pattern: str) -> Path:
    """Find something in the environment."""
    return next(site_packages(project.environment).glob(pattern))


def write_config(project: Project, text: str) -> None:
    """Write uv's configuration of the user."""
    folder = project.sandbox.home / ".config" / "uv"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "uv.toml").write_text(text)


def retarget(path: Path, target: str) -> None:
    """Have a link lead elsewhere."""
    path.unlink()
    path.symlink_to(target)


def link(project: Project) -> None:
    """Put a link in the place of the environment."""
    project.environment.rename(project.folder / "moved")
    project.environment.symlink_to(project.folder / "moved")


def declare(**values: object) -> Callable[[Project], object]:
    """Declare something else."""
    words = {"dependencies": SIMPLE.dependencies, "groups": SIMPLE.groups, "extras": SIMPLE.extras}
    return lambda project: project.declare(Pyproject(**{**words, **values}))  # type: ignore[arg-type]


def edit(name: str, old: str, new: str) -> Callable[[Project], object]:
    """Edit a file."""
    return lambda project: replace(project, name, old, new)


def write(name: str, text: str, mode: int | None = None) -> Callable[[Project], object]:
    """Write a file."""
    return lambda project: project.write(name, text, mode)


DECLARED: tuple[Change, ...] = (
    ("one more dependency", "simple", declare(dependencies=("alpha<2", "probe", "beta"))),
    ("one dependency less", "simple", declare(dependencies=("alpha<2",))),
    ("another range", "simple", declare(dependencies=("alpha", "probe"))),
    ("a range of the same size", "simple", lambda p: keep_times(p, "pyproject.toml", "<2", "!2")),
    ("one more group", "simple", declare(groups={**SIMPLE.groups, "new": ("gamma",)})),
    ("another default group", "simple", edit("pyproject.toml", '["zeta"]', '["beta"]')),
    ("no TOML", "simple", write("pyproject.toml", "[project\n")),
    ("no pyproject.toml", "simple", lambda p: (p.folder / "pyproject.toml").unlink()),
    ("another Python", "simple", edit("pyproject.toml", ">=3.10", "<3.5")),
    ("unmanaged", "simple", edit("pyproject.toml", "[tool.uv]\n", "[tool.uv]\nmanaged = false\n")),
    ("an unknown setting", "simple", edit("pyproject.toml", "[tool.uv]\n", "[tool.uv]\nodd = 1\n")),
    (
        "a warning",
        "simple",
        edit("pyproject.toml", "[tool.uv]\n", "[tool.uv]\ndev-dependencies = []\n"),
    ),
    ("touched", "simple", edit("pyproject.toml", "alpha", "alpha")),
    ("no lock file", "simple", lambda p: (p.folder / "uv.lock").unlink()),
    ("no lock", "simple", write("uv.lock", "")),
    ("another version locked", "simple", edit("uv.lock", "alpha-1.0", "alpha-9.0")),
    ("a member more", "workspace", lambda p: p.declare(Pyproject("three"), "three")),
    (
        "a member asks for more",
        "workspace",
        lambda p: p.declare(Pyproject("one", ("gamma",)), "one"),
    ),
    ("a member is gone", "workspace", lambda p: shutil.rmtree(p.folder / "two")),
    ("the project itself", "package", edit("pyproject.toml", '"0.1"', '"0.2"')),
)

AROUND: tuple[Change, ...] = (
    ("a pin", "simple", write(".python-version", "3.5\n")),
    ("uv.toml", "simple", write("uv.toml", "offline = true\n")),
    ("a uv.toml that is none", "simple", write("uv.toml", "odd\n")),
    ("the user's configuration", "simple", lambda p: write_config(p, "compile-bytecode = true\n")),
    ("the user's configuration is none", "simple", lambda p: write_config(p, "odd\n")),
    ("a local policy", "simple", write("xrun.local.toml", 'lock = "locked"\n')),
    ("another script", "simple", edit("x.py", "import", "print(1); import")),
    ("a folder named as the program", "simple", write("python3/__main__.py", "print(1)\n")),
    ("a file named as the program", "simple", write("python3", "#!/bin/sh\n", 0o755)),
)

INSTALLED: tuple[Change, ...] = (
    ("no environment", "simple", lambda p: shutil.rmtree(p.environment)),
    ("no Python", "simple", lambda p: (p.environment / "bin" / "python").unlink()),
    (
        "another Python behind it",
        "simple",
        lambda p: retarget(p.environment / "bin/python", "/bin/sh"),
    ),
    ("nothing behind it", "simple", lambda p: retarget(p.environment / "bin/python", "/no/such")),
    ("another name is gone", "simple", lambda p: (p.environment / "bin" / "python3").unlink()),
    ("a stray", "simple", lambda p: p.install("delta")),
    ("another version", "simple", lambda p: p.install("alpha==2.0")),
    ("one uninstalled", "simple", lambda p: p.uv("pip", "uninstall", "--no-config", "alpha")),
    ("metadata is gone", "simple", lambda p: shutil.rmtree(find(p, "alpha-*.dist-info"))),
    (
        "a program is gone",
        "simple",
        lambda p: (p.environment / "bin" / "probe").unlink(missing_ok=True),
    ),
    ("no METADATA", "simple", lambda p: find(p, "alpha*/METADATA").unlink()),
    ("no RECORD", "simple", lambda p: find(p, "alpha*/RECORD").unlink()),
    ("no note of uv's", "package", lambda p: find(p, "mine*/uv_cache.json").unlink()),
    ("a source edited", "package", write("src/mine/__init__.py", "x = 1\n")),
    ("a source more", "package", write("src/mine/more.py", "x = 1\n")),
    ("another prompt", "simple", edit(".venv/pyvenv.cfg", "home", "prompt = x\nhome")),
    ("a relocated environment", "simple", lambda p: p.environment.rename(p.folder / "moved")),
    ("a link in its place", "elsewhere", link),
)


def annotate(project: Project) -> None:
    """Give a script inline metadata."""
    project.write("x.py", inline_metadata(("gamma",), project.sandbox.index) + "import gamma\n")


ROWS = {"another script": Row("script", ("x.py",)), "metadata": Row("script", ("x.py",))}
# What uv warns of there is said of the dry run, and not of the step that mends it.
ROWS["nothing behind it"] = Row("see", SEE, compares_stderr=False)
ROWS |= {
    f"a {kind} named as the program": Row("name", ("python3", "-V")) for kind in ("file", "folder")
}
CHANGES = (*DECLARED, *AROUND, *INSTALLED, ("metadata", "simple", annotate))


@pytest.fixture(scope="module")
def arena(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    yield Arena(sandbox, tmp_path_factory.mktemp("changed"))
    sandbox.forget()


@pytest.mark.parametrize(("name", "state", "change"), CHANGES, ids=[each[0] for each in CHANGES])
def test_a_changed_input_is_seen_as_without_a_stamp(
    arena: Arena, xrun: tuple[str, ...], name: str, state: str, change: Callable[[Project], object]
) -> None:
    found = ROWS.get(name, Row("see", SEE))
    row = dataclasses.replace(found, state=state)
    remembering, runner = Runner(arena, LATER), Runner(arena, xrun)
    outcomes = []
    for run in (runner.as_uv, runner.as_xrun):
        runner.prepare(row, Mode.EXACT)
        if run == runner.as_xrun or state == "package":  # which is built once more by any first run
            remembering.as_xrun(row, Mode.EXACT)
        change(arena.project())
        outcomes.append(run(row, Mode.EXACT))
    assert differences(row, *outcomes) == ""


@pytest.mark.parametrize("mode", ["exact", "report", "separate"])
def test_what_uv_warns_of_is_said_once(
    make_project: ProjectFactory, xrun: tuple[str, ...], mode: str
) -> None:
    """Of a resolution (by the step alone), and of the project (by the run that follows too)."""
    legacy = '[tool.uv]\ndev-dependencies = ["gamma"]\n'
    line, said = ("--resolution=lowest", "true"), []
    for name, words in {"ours": [*xrun, *line], "uvs": ["uv", "run", *line]}.items():
        project = make_project(Pyproject(name=name, dependencies=("alpha",)))
        text = (project.folder / "pyproject.toml").read_text()
        project.write("pyproject.toml", text.replace("[tool.uv]\n", legacy))
        project.sync()
        result = project.run(*words, XRUN_MODE=mode)
        kinds = (b"warning:", b"Ignoring existing lockfile")
        said.append(sorted(x for x in result.stderr.splitlines() if x.startswith(kinds)))
    assert said[0] == said[1]
    assert len(said[0]) >= 3
