"""The examples for CI services: their commands, started as a runner would start them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.processes import Result
    from support.projects import Project

EXAMPLES = Path(__file__).parents[2] / "examples" / "in-ci"
COMMAND = re.compile(r"^\s+(?:- |- run: |run: )(uvx .*)$", re.MULTILINE)
UVX = '#!/bin/sh\n[ "$1" != --from ] || shift 2\nexec "$@"\n'
POLICY = 'keep = ["delta"]\n[[rules]]\nwhen = "ci"\nmode = "refuse"\nlock = "locked"\n'


@pytest.fixture
def checked_out(project: Project, xrun: tuple[str, ...]) -> Project:
    """A project that imports what it keeps, and beside it what the service would install."""
    project.install("delta")
    project.write("src/app.py", "import os\nimport delta\n")
    project.write("xrun.toml", POLICY)
    project.write("../bin/uvx", UVX, 0o755)
    project.write("../bin/pytest", "#!/bin/sh\necho ran\n", 0o755)
    for program in (Path(xrun[0]), Path(xrun[0]).with_name("xrunctl")):
        (project.folder / "../bin" / program.name).symlink_to(program)
    return project


def run_example(project: Project, name: str, variable: str) -> list[Result]:
    """Run what an example runs, in a checkout that holds the project in a folder."""
    path = f"{project.folder.parent / 'bin'}{os.pathsep}{project.sandbox.environ()['PATH']}"
    environ = {"CI": "true", "PATH": path, variable: str(project.folder.parent)}
    commands = COMMAND.findall((EXAMPLES / name).read_text())
    return [project.run("sh", "-c", command, **environ) for command in commands]


def test_on_github_lines_are_annotated_and_a_log_is_written(checked_out: Project) -> None:
    policy, sync, tests, check, scan = run_example(checked_out, "github.yml", "GITHUB_WORKSPACE")
    assert [each.status for each in (policy, sync, tests, check, scan)] == [0, 0, 0, 1, 0]
    assert tests.stdout == b"ran\n"
    assert b"::error file=project/src/app.py,line=2,title=XR301 delta::" in check.stdout
    (result,) = [
        each
        for each in json.loads((checked_out.folder / "xrun.sarif").read_text())["runs"][0][
            "results"
        ]
        if each["level"] == "error"
    ]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], place["region"]) == ("XR301", {"startLine": 2})
    assert place["artifactLocation"] == {"uri": "project/src/app.py"}


def test_on_gitlab_a_code_quality_report_is_written(checked_out: Project) -> None:
    statuses = [each.status for each in run_example(checked_out, "gitlab.yml", "CI_PROJECT_DIR")]
    assert statuses == [0, 0, 0, 1]
    entries = json.loads((checked_out.folder / "code-quality.json").read_text())
    (entry,) = [each for each in entries if each["severity"] == "major"]
    place = {"path": "project/src/app.py", "lines": {"begin": 2}}
    assert (entry["check_name"], entry["location"]) == ("XR301", place)


def test_what_drifts_in_ci_fails_there(checked_out: Project) -> None:
    checked_out.write("../bin/pytest", "#!/bin/sh\necho ran\n", 0o755)
    checked_out.install("beta")
    path = f"{checked_out.folder.parent / 'bin'}{os.pathsep}{checked_out.sandbox.environ()['PATH']}"
    assert checked_out.run("xrun", "pytest", CI="true", PATH=path).status == 125
