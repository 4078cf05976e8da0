"""Selections are compared by what uv installs for them, however they are said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from support.projects import Project, Pyproject, index_table
from support.wheels import Wheel, build_index
from xrun.project.selection import normalise_selection
from xrun.project.uv_variables import select_read
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation

from .test_separate import find_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.sandbox import Sandbox

    from .conftest import ProjectFactory


Xrun = tuple[str, ...]

ROOT = """
[project.optional-dependencies]
x = ["root-x"]
y = ["root-y"]
all = ["root[x]", "root[y]"]
[dependency-groups]
dev = ["root-dev", { include-group = "test" }]
test = ["root-test"]
lint = ["root-lint"]
[tool.uv]
default-groups = ["dev", "lint"]
"""
PARTS = {
    "a": """
[project.optional-dependencies]
x = ["a-x"]
z = ["a-z"]
[dependency-groups]
dev = ["a-dev"]
test = [{ include-group = "other" }]
other = ["a-other"]
""",
    "b": """
[project.optional-dependencies]
x = ["b-x"]
[dependency-groups]
test = ["b-test"]
""",
}
NAMES = (
    *("root", "root-x", "root-y", "root-dev", "root-test", "root-lint"),
    *("a", "a-x", "a-z", "a-dev", "a-other", "b", "b-x", "b-test"),
)
FLAGS = (
    *("--all-extras", "--no-all-extras", "--all-groups", "--no-default-groups"),
    *("--dev", "--no-dev", "--only-dev", "--all-packages"),
)
EXTRA = st.sampled_from(["--extra", "--no-extra"])
GROUP = st.sampled_from(["--group", "--group", "--no-group", "--only-group"])
OPTIONS = st.one_of(
    st.sampled_from(FLAGS),
    st.builds("{}={}".format, EXTRA, st.sampled_from(["x", "X", "y", "z", "all"])),
    st.builds("{}={}".format, GROUP, st.sampled_from(["dev", "test", "lint", "other", "Dev"])),
    st.builds("--package={}".format, st.sampled_from(["root", "a", "b"])),
)
VARIABLES = st.fixed_dictionaries(
    {},
    optional={
        "UV_NO_DEV": st.sampled_from(["0", "1"]),
        "UV_NO_DEFAULT_GROUPS": st.sampled_from(["false", "true"]),
        "UV_NO_GROUP": st.sampled_from(["", "lint", "dev test"]),
    },
)


class Workspace:
    """A workspace whose every dependency, extra and group is a distribution of its own."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.project = Project(sandbox, folder)
        index = build_index(folder / "wheels", [Wheel(f"{name}-is") for name in NAMES])
        for name, more in {".": ROOT, **PARTS}.items():
            self._write(name, more, index)
        self.project.uv("lock")
        self.seen: dict[frozenset[str], frozenset[str]] = {}

    def _write(self, folder: str, more: str, index: Path) -> None:
        name = "root" if folder == "." else folder
        for each in NAMES:
            more = more.replace(f'"{each}"', f'"{each}-is"') if "-" in each else more
        head = f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.10"\n'
        tool = "" if "[tool.uv]" in more else "[tool.uv]\n"
        members = '[tool.uv.workspace]\nmembers = ["a", "b"]\n' if folder == "." else ""
        text = f'{head}dependencies = ["{name}-is"]\n{more}{tool}package = false\n{members}'
        self.project.write(
            f"{folder}/pyproject.toml", text + (index_table(index) if members else "")
        )

    def install(
        self, folder: str, options: Sequence[str], environ: Mapping[str, str]
    ) -> frozenset[str] | None:
        """What uv installs for a selection; `None` where it refuses."""
        if sum(each.startswith("--package") for each in options) > 1:
            return None  # `uv run` refuses what `uv sync` takes
        question = ("sync", *options, "--dry-run", "--output-format", "json")
        program = str(self.project.sandbox.uv)
        result = self.project.run(program, *question, folder=folder, **environ)
        if result.status != 0:
            return None
        return frozenset(each["name"] for each in json.loads(result.stdout)["sync"]["changes"])

    def normalise(
        self, folder: str, options: Sequence[str], environ: Mapping[str, str]
    ) -> frozenset[str]:
        """What xrun takes the selection for."""
        workspace = find_workspace(self.project.folder / folder)
        assert workspace is not None
        environ = select_read(environ, ())
        return normalise_selection(workspace, parse_invocation([*options, "true"]), environ)


@pytest.fixture(scope="module")
def workspace(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(sandbox, tmp_path_factory.mktemp("workspace"))


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(
    folder=st.sampled_from([".", ".", "a", "b"]),
    options=st.lists(OPTIONS, max_size=4),
    environ=VARIABLES,
)
def test_two_selections_are_the_same_if_uv_installs_the_same(
    workspace: Workspace, folder: str, options: list[str], environ: dict[str, str]
) -> None:
    installed = workspace.install(folder, options, environ)
    assume(installed is not None)
    assert installed is not None
    words = workspace.normalise(folder, options, environ)
    assert workspace.seen.setdefault(words, installed) == installed
    same = {words for words, names in workspace.seen.items() if names == installed}
    assert same == {words}


def test_other_words_for_the_same_selection_clean_the_project_s_environment(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    groups = {"dev": ("zeta",), "test": ("delta",)}
    project = make_project(Pyproject(dependencies=("alpha",), groups=groups))
    for line in ("--group dev", "--all-extras", "--no-default-groups --dev", "--package project"):
        project.install("epsilon")
        assert find_prefix(project, xrun, *line.split()) == project.environment
        assert project.installed() == ("alpha==2.0", "zeta==1.0")
    assert find_prefix(project, xrun, "--all-groups") != project.environment
