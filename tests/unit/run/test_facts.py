"""From where uv looks for the project: each row is what uv 0.11.33 and 0.13.9 did."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import gather_facts

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("outer", "outer/inner", "outer/inner/app")  # the innermost is no project
TABLE = {
    "outer/inner": [
        "python -c pass",
        "PYTHON -c pass",
        "pytest",
        "-m app",
        "x.py",
        "./x.py",
        ".",
        "./",
        "./.",
        "..",
        "../.",
        "app",
        "./app",
        "app/",
        "app/x.py",
        "app/app.pyz",
        "app.pyz",
        "app/..",
        "--script app/none.py",
        "../plain.zip",
        "../none.py",
        "../docs",
        "--project . ../x.py",
        "--directory app ../x.py",
        "--directory .. inner/x.py",
        "--directory .. --project inner python",
    ],
    "outer": [
        "../x.py",
        "../app.pyz",
        "../inner",
        "../../outer/x.py",
        "--script ../none.py",
        "--script ../docs",
        "--directory .. python",
        "--directory .. inner",
        "--directory .. ./inner/",
        "--project .. x.py",
    ],
}


@pytest.fixture
def inner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project within another, both with programs of every kind; the current folder."""
    for name in NAMES:
        write(tmp_path / name, {"__main__.py": "", "x.py": ""})
        for file, entry in (("app.pyz", "__main__.py"), ("plain.zip", "module.py")):
            with zipfile.ZipFile(tmp_path / name / file, "w") as archive:
                archive.writestr(entry, "")
    for name in NAMES[:2]:
        write(tmp_path / name, {"pyproject.toml": '[project]\nname = "x"\n', "docs/a.md": ""})
    monkeypatch.chdir(tmp_path / "outer" / "inner")
    return tmp_path / "outer" / "inner"


@pytest.mark.parametrize(
    ("line", "project"), [(line, project) for project, lines in TABLE.items() for line in lines]
)
def test_a_project_is_looked_for_from_beside_a_path_that_python_runs(
    line: str, project: str, inner: Path
) -> None:
    facts = gather_facts(parse_invocation(line.split()), "uv", (0, 13, 9), {})
    assert facts.workspace is not None
    assert facts.workspace.project.folder == inner.parents[1] / project


@pytest.mark.parametrize("line", ["../x.py", "../app.pyz", "../inner", "."])
def test_an_older_uv_looks_from_the_current_folder(line: str, inner: Path) -> None:
    facts = gather_facts(parse_invocation(line.split()), "uv", (0, 11, 33), {})
    assert facts.workspace is not None
    assert facts.workspace.project.folder == inner


def test_variables_name_the_folder_too(inner: Path) -> None:
    for variables in ({"UV_WORKING_DIR": ".."}, {"UV_PROJECT": "../pyproject.toml"}):
        facts = gather_facts(parse_invocation(["python"]), "uv", (0, 13, 9), variables)
        assert facts.workspace is not None
        assert facts.workspace.project.folder == inner.parent
