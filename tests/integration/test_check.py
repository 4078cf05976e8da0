"""`xrunctl check` for programs and for many projects at once."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from support.markers import mark
from support.processes import Place, Process, wait_until
from support.projects import Project, Pyproject
from support.sayings import commands_in
from xrun.report.json import load_schema

if TYPE_CHECKING:
    from support.processes import Result

    from .conftest import ProjectFactory

JSON = ("--output-format", "json")


@pytest.fixture
def drifted(project: Project) -> Project:
    """A project with something undeclared that it imports."""
    project.install("delta")
    project.write("src/app.py", "import os\nimport delta\n")
    return project


def load(result: Result) -> dict[str, list[dict[str, object]]]:
    """Load a document that the shipped schema describes."""
    document = json.loads(result.stdout)
    schema = json.loads(load_schema())
    jsonschema.Draft202012Validator(schema).validate(document)
    return dict(document)


def test_the_document_is_what_the_schema_says(drifted: Project, xrunctl: str) -> None:
    drifted.write("xrun.toml", 'keep = ["zeta"]\n')
    drifted.install("zeta")
    document = load(drifted.run(xrunctl, "check", *JSON))
    assert [(each["code"], each["cure"]) for each in document["findings"]] == [
        ("XR101", "uv add delta"),
        ("XR301", "uv add delta"),
    ]
    assert document["findings"][1]["imported_at"] == [{"line": 2, "path": "src/app.py"}]
    assert [each["name"] for each in document["kept"]] == ["zeta"]
    shown = json.loads(drifted.run(xrunctl, "check", "--schema").stdout)
    assert shown["$schema"].endswith("/2020-12/schema")


def test_github_is_told_at_the_line(drifted: Project, xrunctl: str) -> None:
    words = ("check", "--output-format", "github")
    result = drifted.run(xrunctl, *words)
    assert result.status == 1
    line = result.stdout.decode().splitlines()[0]
    assert line.startswith("::error file=src/app.py,line=2,title=XR301 delta::")
    assert line.endswith("uv add delta")
    above = drifted.run(xrunctl, *words, GITHUB_WORKSPACE=str(drifted.folder.parent))
    assert b"::error file=project/src/app.py,line=2," in above.stdout


def test_advice_names_the_project_that_is_not_found_from_here(
    drifted: Project, xrunctl: str
) -> None:
    drifted.uv("pip", "uninstall", "-p", ".venv", "alpha")
    words, sync = (
        ("--project", drifted.folder.name),
        f"xrunctl sync --project {drifted.folder.name}",
    )
    document = load(drifted.run(xrunctl, "check", *words, *JSON, folder=".."))
    assert sync in [each["cure"] for each in document["findings"]]
    text = drifted.run(xrunctl, "check", *words, folder="..").stdout.decode()
    assert commands_in(text.splitlines()[-1]) == [sync]
    assert sync in drifted.run(xrunctl, "why", "alpha", *words, folder="..").stdout.decode()


@pytest.mark.parametrize("left", ["", "METADATA"])
def test_what_an_interrupted_step_has_half_installed_is_no_stray(
    drifted: Project, xrunctl: str, left: str
) -> None:
    def find_codes() -> set[object]:
        document = load(drifted.run(xrunctl, "check", *JSON))
        return {each["code"] for each in document["findings"]}

    (info,) = drifted.environment.glob("lib/*/site-packages/alpha-*.dist-info")
    (info.parent / "of_alpha.py").touch()
    assert "XR201" in find_codes()
    mark(drifted.sandbox, drifted.environment)
    assert "XR201" in find_codes()  # nothing is half installed
    for file in info.iterdir():
        if file.name != left:
            file.unlink()
    if not left:
        info.rmdir()
    assert {"XR203" if left else "XR103"} == find_codes() - {"XR101", "XR301"}


@pytest.mark.parametrize("form", ["text", "json", "github", "gitlab", "sarif"])
def test_a_file_gets_what_would_be_printed(drifted: Project, xrunctl: str, form: str) -> None:
    words = ("check", "--output-format", form)
    printed = drifted.run(xrunctl, *words)
    written = drifted.run(xrunctl, *words, "--output-file", "out.txt")
    assert (written.status, written.stdout, written.stderr) == (1, b"", b"")
    assert (drifted.folder / "out.txt").read_bytes() == printed.stdout
    nowhere = drifted.run(xrunctl, *words, "--output-file", "missing/out.txt")
    assert nowhere.status == 2
    assert b"cannot be written" in nowhere.stderr


def test_an_error_is_a_document_too(project: Project, xrunctl: str) -> None:
    project.write("xrun.toml", "mod = 1\n")
    result = project.run(xrunctl, "check", *JSON)
    assert result.status == 2
    assert load(result)["error"] is not None
    told = project.run(xrunctl, "check", "--output-format", "github")
    assert told.stdout.startswith(b"::error ")


@pytest.fixture
def repository(make_project: ProjectFactory, drifted: Project) -> Project:
    """A folder with three uv projects, one of them a workspace, and things that are none."""
    folder = drifted.folder.parent
    project = make_project(Pyproject("space", dependencies=("beta",), members=("part",)))
    project.declare(Pyproject("part", dependencies=("zeta",)), "part")
    project.uv("lock")
    other = Project(drifted.sandbox, folder / "deep" / "in")
    other.folder.mkdir(parents=True)
    other.declare(Pyproject("in"))
    other.sync()
    Project(drifted.sandbox, folder / "foreign").write("pyproject.toml", "[tool.other]\n")
    Project(drifted.sandbox, folder / ".hidden").write("pyproject.toml", "[project]\n")
    return Project(drifted.sandbox, folder)


def test_every_project_below_is_checked(repository: Project, xrunctl: str) -> None:
    words = ("check", "--recursive", "--project", str(repository.folder))
    result = repository.run(xrunctl, *words, *JSON)
    assert result.status == 1
    projects = load(result)["projects"]
    found = {Path(str(each["project"])).name: each["findings"] for each in projects}
    assert {name: bool(findings) for name, findings in found.items()} == {
        "in": False,
        "project": True,
        "space": False,
    }
    text = repository.run(xrunctl, "check", "--recursive").stdout.decode()
    assert text.startswith("project: .venv ")
    assert "1 undeclared" in text.splitlines()[0]
    assert text.splitlines()[-1].startswith("3 projects: 1 ")


def test_one_that_cannot_be_checked_does_not_hide_the_others(
    repository: Project, xrunctl: str
) -> None:
    repository.write("deep/in/xrun.toml", "mod = 1\n")
    result = repository.run(xrunctl, "check", "--recursive")
    assert result.status == 2
    assert result.stdout.startswith(b"project: .venv ")
    assert re.findall(rb"\d+", result.stdout.splitlines()[-1]) == [b"3", b"1", b"1"]
    assert [line for line in result.stderr.splitlines() if line.startswith(b"xrun: deep/in: ")]


HANG = """#!/bin/sh
case $1 in --version) echo uv 0.13.9; exit;; esac
echo $$ >> PIDS
exec sleep 1000
"""


def test_ctrl_c_ends_all_at_once(repository: Project, xrunctl: str, tmp_path: Path) -> None:
    for name in "abcdef":
        repository.write(f"many/{name}/pyproject.toml", "[project]\nname = 'x'\n[tool.uv]\n")
    uv, pids = tmp_path / "uv", tmp_path / "pids"
    uv.write_text(HANG.replace("PIDS", str(pids)))
    uv.chmod(0o700)
    pids.touch()
    place = Place(repository.folder / "many", repository.sandbox.environ(PATH=f"{tmp_path}:/bin"))
    with Process([xrunctl, "check", "--recursive"], place) as process:
        wait_until(lambda: len(pids.read_text().splitlines()) > 1)
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"")
    assert process.returncode == 130
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_nothing_below_is_no_error(project: Project, xrunctl: str) -> None:
    (project.folder / "empty").mkdir()
    result = project.run(xrunctl, "check", "--recursive", folder="empty")
    assert (result.status, len(result.stdout.splitlines())) == (0, 1)


def test_no_network_where_there_is_a_lock(repository: Project, xrunctl: str) -> None:
    text = (repository.folder / "project" / "pyproject.toml").read_text()
    repository.write("project/pyproject.toml", text.replace('"alpha"', '"alpha", "nowhere"'))
    variables = {"UV_OFFLINE": None, "UV_INDEX_URL": "http://127.0.0.1:9/simple"}
    words = ("check", "--recursive", *JSON)
    result = repository.run(xrunctl, *words, folder=".", **variables)
    assert result.status == 1
    projects = {Path(str(each["project"])).name: each for each in load(result)["projects"]}
    findings = projects["project"]["findings"]
    assert isinstance(findings, list)
    assert "XR105" in {each["code"] for each in findings}
