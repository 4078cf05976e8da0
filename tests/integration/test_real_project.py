"""Real projects with distributions from PyPI: what is found is exactly what was done to them."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest
import tomli

from support.processes import Argument, Place, Result, run
from support.projects import Project
from support.sandbox import Sandbox, make_sandbox
from support.sayings import said

from .test_restore import hashes
from .test_transcripts import NETWORK, PROXIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Xrunctl = Callable[..., Result]

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(os.environ.get("XRUN_TEST_NETWORK") == "0", reason="XRUN_TEST_NETWORK=0"),
]

Finding = tuple[str, str]  # code and name

# The day that everything is resolved for: what is released later changes nothing here.
DAY = "2026-06-01"
BUILD = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
PYPROJECT = f"""\
[project]
name = "observatory"
version = "0.1"
requires-python = ">=3.10"
dependencies = [
    "alembic", "fastapi", "httpx", "jinja2", "jsonschema", "python-dotenv", "pyyaml", "rich",
    "structlog", "tabulate", "tenacity", "typer",
]
[project.optional-dependencies]
report = ["prettytable"]
[dependency-groups]
dev = [
    "black", "coverage", "hypothesis", "nox", "pre-commit", "pytest", "pytest-mock",
    "pytest-xdist", "sphinx", "tox",
]
{BUILD}
[tool.uv]
exclude-newer = "{DAY}"
"""
STARS = f"""\
[project]
name = "stars"
version = "0.3"
dependencies = ["pyfiglet"]
{BUILD}"""

SOURCES = {
    "src/observatory/__init__.py": "import httpx\nfrom observatory import regex\n",
    "src/observatory/regex.py": "",  # the project's own, whatever else is installed by that name
    "src/observatory/web.py": """\
\"\"\"What the dome shows; `import pytz` stands here in words only.\"\"\"

from dateutil import parser
import flask, rich

try:
    import blinker
except ImportError:
    blinker = None

def show():
    from stars import catalogue
    return flask.jsonify(catalogue)
""",
    "tests/test_web.py": "import pytest\nfrom werkzeug.test import Client\n",
    "tests/test_report.py": "from prettytable import PrettyTable\n",
    # A script with inline metadata has an environment of its own.
    "scripts/plot.py": '# /// script\n# dependencies = ["toolz"]\n# ///\nimport toolz\n',
}


@dataclass(frozen=True)
class Machine(Sandbox):
    """A sandbox that reaches the package index as the machine of the tests does."""

    network: Mapping[str, str] = field(default_factory=dict)

    def environ(self, **changes: str | None) -> dict[str, str]:
        """The environment of a command: online, and nothing of the caller's pip."""
        online = {**self.network, "UV_OFFLINE": None, "PIP_CONFIG_FILE": os.devnull}
        return super().environ(**{**online, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **changes})


class RealProject(Project):
    """A project whose commands may take the time that downloads take."""

    def run(self, *command: Argument, folder: str = ".", **changes: str | None) -> Result:
        """Run any command in the project's folder; `changes` are to its environment."""
        environ = self.sandbox.environ(**changes)
        return run(command, Place(self.folder / folder, environ, timeout=300))


@pytest.fixture
def project(tmp_path: Path, outer_environ: dict[str, str]) -> RealProject:
    """A folder on a machine of its own, with an empty cache of uv."""
    network = {name: outer_environ[name] for name in (*NETWORK, *PROXIES) if name in outer_environ}
    root = make_sandbox(tmp_path / "machine", tmp_path / "no-index").root
    folder = tmp_path / "project"
    folder.mkdir()
    return RealProject(Machine(root, tmp_path / "no-index", network), folder)


class Direct(TypedDict):
    """Where what did not come from an index came from (PEP 610), as far as it is looked at."""

    url: str
    editable: bool


class Line(TypedDict):
    """A line of the project that imports something."""

    path: str
    line: int


class Said(TypedDict):
    """What a check says of a finding, as far as it is looked at here."""

    code: str
    name: str
    installed: str | None
    locked: str | None
    installer: str | None
    requested: bool | None
    needed_by: list[str]
    selectors: list[str]
    imported_at: list[Line]
    cure: str | None
    direct_url: Direct | None


Check = dict[Finding, Said]


@pytest.fixture
def xrunctl(project: RealProject, xrun: tuple[str, ...]) -> Xrunctl:
    """Runs a verb of the xrunctl under test in the project."""
    return partial(project.run, str(Path(xrun[0]).with_name("xrunctl")))


def check(xrunctl: Xrunctl, folder: str = ".") -> Check:
    """What is found, by code and name; no two findings share both."""
    result = xrunctl("check", "--output-format", "json", folder=folder)
    assert result.status in {0, 1}, result.stderr
    findings: list[Said] = json.loads(result.stdout)["findings"]
    found = {(each["code"], each["name"]): each for each in findings}
    assert len(found) == len(findings)
    return found


def ask_uv(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """What uv itself would uninstall and install, by name with the version."""
    answer = project.uv("sync", "--dry-run", "--output-format", "json")
    changes = json.loads(answer.stdout)["sync"]["changes"]
    going, coming = (
        {each["name"]: each["version"] for each in changes if each["action"] == action}
        for action in ("uninstalled", "installed")
    )
    assert len(going) + len(coming) == len(changes)
    return going, coming


def check_names(found: Check, project: Project) -> None:
    """The names and versions of XR101 to XR104 are those of uv's own dry run, and no others."""
    going, coming = ask_uv(project)
    ours = [each for (code, _), each in found.items() if code in {"XR101", "XR102", "XR104"}]
    assert {each["name"]: each["installed"] for each in ours} == going
    ours = [each for (code, _), each in found.items() if code in {"XR103", "XR104"}]
    assert {each["name"]: each["locked"] for each in ours} == coming


def find_wheel(project: Project, name: str) -> str:
    """The URL of a distribution's wheel on the index in use."""
    project.write("wanted.in", f"{name}\n")
    text = project.uv("pip", "compile", "-q", "--format", "pylock.toml", "wanted.in").stdout
    (package,) = tomli.loads(text.decode())["packages"]
    url: str = package["wheels"][0]["url"]
    return url


def write_all(project: Project, files: Mapping[str, str]) -> None:
    """Write the files of a project."""
    for name, text in files.items():
        project.write(name, text)


def pip_install(project: Project, *names: str) -> None:
    """Install as with any other environment: by the pip that is in it, on the day of the lock."""
    project.write("wanted.in", "".join(f"{name}\n" for name in names))
    project.uv("pip", "compile", "-q", "wanted.in", "-o", "constraints.txt")
    command = (".venv/bin/python", "-m", "pip", "install", "-q", "-c", "constraints.txt", *names)
    result = project.run(*command)
    assert result.status == 0, result.stderr


def pollute(project: Project) -> str:
    """Do to an environment what people do; return the URL that something came from."""
    project.uv("pip", "install", "pip")
    pip_install(project, "dateparser", "flask")
    write_all(project, {"../stars/pyproject.toml": STARS, "../stars/src/stars/__init__.py": ""})
    project.uv("pip", "install", "-e", "../stars")
    url = find_wheel(project, "toolz")
    project.uv("pip", "install", f"toolz @ {url}")
    project.uv("pip", "install", "tenacity==8.5.0")
    project.uv("pip", "uninstall", "tabulate")
    packages = next(project.environment.glob("lib/*/site-packages"))
    (packages / "leftover.py").write_text("import os\n")
    (packages / "lab.pth").write_text("../../../../lab\n")
    return url


def made_by(installer: str, cure: str | None, *needed_by: str, at: str = "") -> dict[str, object]:
    """What is to be said of something by hand: who, what settles it, what needs it, where used."""
    return {"installer": installer, "cure": cure, "needed_by": [*needed_by], "at": at}


def describe(said: Said) -> dict[str, object]:
    """What is said of a finding, in the form of `made_by`."""
    at = ", ".join(f"{each['path']}:{each['line']}" for each in said["imported_at"])
    return made_by(said["installer"] or "", said["cure"], *said["needed_by"], at=at)


def expect(project: Project, url: str) -> dict[Finding, dict[str, object]]:
    """What is to be found after `pollute`, with the extra `report` installed and not selected."""
    packages = next(project.environment.glob("lib/*/site-packages"))
    inside = packages.relative_to(project.environment)
    web, test = "src/observatory/web.py", "tests/test_web.py"
    return {
        ("XR101", "blinker"): made_by("pip", "uv add blinker", "flask", at=f"{web}:7"),
        ("XR101", "dateparser"): made_by("pip", "uv add dateparser"),
        ("XR101", "flask"): made_by("pip", "uv add flask", at=f"{web}:4"),
        ("XR101", "itsdangerous"): made_by("pip", None, "flask"),
        ("XR101", "pip"): made_by("uv", "xrunctl keep pip"),
        ("XR101", "pyfiglet"): made_by("uv", None, "stars"),
        ("XR101", "python-dateutil"): made_by(
            "pip", "uv add python-dateutil", "dateparser", at=f"{web}:3"
        ),
        ("XR101", "pytz"): made_by("pip", None, "dateparser"),
        ("XR101", "regex"): made_by("pip", None, "dateparser"),
        ("XR101", "six"): made_by("pip", None, "python-dateutil"),
        ("XR101", "stars"): made_by("uv", "uv add --editable ../stars", at=f"{web}:12"),
        ("XR101", "toolz"): made_by("uv", f"uv add 'toolz @ {url}'"),
        ("XR101", "tzlocal"): made_by("pip", None, "dateparser"),
        ("XR101", "werkzeug"): made_by("pip", "uv add --dev werkzeug", "flask", at=f"{test}:2"),
        ("XR102", "prettytable"): made_by(
            "uv", "xrunctl select --extra report", at="tests/test_report.py:1"
        ),
        ("XR102", "wcwidth"): made_by("uv", None, "prettytable"),
        ("XR103", "tabulate"): made_by("", "xrunctl sync"),
        ("XR104", "tenacity"): made_by("uv", "xrunctl sync"),
        **expect_strays(inside),
        ("XR301", "blinker"): made_by("pip", "uv add blinker", at=f"{web}:7"),
        ("XR301", "flask"): made_by("pip", "uv add flask", at=f"{web}:4"),
        ("XR301", "python-dateutil"): made_by("pip", "uv add python-dateutil", at=f"{web}:3"),
        ("XR301", "stars"): made_by("uv", "uv add --editable ../stars", at=f"{web}:12"),
        ("XR301", "werkzeug"): made_by("pip", "uv add --dev werkzeug", at=f"{test}:2"),
    }


def expect_strays(packages: Path) -> dict[Finding, dict[str, object]]:
    """What is to be found of files without an owner: no sync settles that."""
    return {
        ("XR201", f"{packages}/{name}"): made_by(
            "", f"delete .venv/{packages}/{name}, or move it into the project"
        )
        for name in ("lab.pth", "leftover.py")
    }


@pytest.fixture
def observatory(project: RealProject) -> RealProject:
    """A project of more than 60 distributions, synced with an extra that is not selected."""
    write_all(project, {"pyproject.toml": PYPROJECT, **SOURCES})
    project.uv("sync", "--extra", "report")
    assert len(project.installed()) >= 60
    return project


def test_all_that_was_done_is_found_and_goes_and_comes_back_file_by_file(
    observatory: RealProject, xrunctl: Xrunctl
) -> None:
    assert check(xrunctl).keys() == {("XR102", "prettytable"), ("XR102", "wcwidth")}
    url = pollute(observatory)
    found, expected = check(xrunctl), expect(observatory, url)
    assert {finding: describe(each) for finding, each in found.items()} == expected
    check_names(found, observatory)
    marked = {each["name"] for each in found.values() if each["requested"]}
    assert marked == {"dateparser", "flask"}
    assert found["XR102", "prettytable"]["selectors"] == ["--extra report"]
    stars = found["XR101", "stars"]["direct_url"]
    assert stars is not None
    assert stars["editable"]
    archive = found["XR101", "toolz"]["direct_url"]
    assert archive is not None
    assert (archive["url"], archive["editable"]) == (url, False)
    _check_removal(observatory, xrunctl, expected.keys())


def _check_removal(observatory: RealProject, xrunctl: Xrunctl, found: Collection[Finding]) -> None:
    """Check that a sync removes just what was found, and that all of it comes back as it was."""
    strays = {finding for finding in found if finding[0] == "XR201"}
    removed = {name for code, name in found if code in {"XR101", "XR102"}}
    before = hashes(observatory.environment)
    synced = xrunctl("sync")
    assert synced.status == 1, synced.stderr  # what no distribution owns is left
    assert check(xrunctl).keys() == strays
    assert ask_uv(observatory) == ({}, {})
    no_cache = str(observatory.folder / "no-cache")
    # What was replaced comes back only by its name.
    for names, count in (((), f"{len(removed)} distributions"), (("tenacity",), "1 distribution")):
        back = xrunctl("restore", *names, UV_OFFLINE="1", UV_CACHE_DIR=no_cache)
        assert back.status == 0, back.stderr
        assert f"brought back {count}" in said(back)[0]
    # What is kept is no finding, unless something imports it.
    assert {code for code, _ in check(xrunctl)} == {"XR201", "XR301"}
    observatory.uv("pip", "uninstall", "tabulate")  # it was not there
    assert hashes(observatory.environment) == before


WORKSPACE = f"""\
[project]
name = "monorepo"
version = "0.1"
requires-python = ">=3.10"
dependencies = ["core", "cli"]
[dependency-groups]
dev = ["pytest"]
[tool.uv]
exclude-newer = "{DAY}"
[tool.uv.workspace]
members = ["packages/*"]
[tool.uv.sources]
core = {{ workspace = true }}
cli = {{ workspace = true }}
"""


def render_member(name: str, *dependencies: str) -> str:
    """Render the `pyproject.toml` of a member."""
    table = f"name = {json.dumps(name)}\ndependencies = {json.dumps(dependencies)}\n"
    return f'[project]\nversion = "0.1"\nrequires-python = ">=3.10"\n{table}{BUILD}'


MEMBERS = {
    "xrun.toml": 'packages = "all"\n',
    "pyproject.toml": WORKSPACE,
    "packages/core/pyproject.toml": render_member("core", "attrs", "platformdirs"),
    "packages/core/src/core/__init__.py": "import attrs\nimport platformdirs\n",
    "packages/cli/pyproject.toml": render_member("cli", "core", "click"),
    "packages/cli/src/cli/__init__.py": "import click\n\nimport core\nimport pyfiglet\n",
    "packages/cli/tests/test_cli.py": "import cli\nimport pytest\n",
}


def test_what_one_member_of_a_workspace_imports(project: RealProject, xrunctl: Xrunctl) -> None:
    write_all(project, MEMBERS)
    project.uv("sync")
    assert check(xrunctl) == {}
    project.uv("pip", "install", "pyfiglet")
    cures = {".": "uv add --package cli pyfiglet", "packages/cli": "uv add pyfiglet"}
    for folder, cure in cures.items():
        by_hand = made_by("uv", cure, at="packages/cli/src/cli/__init__.py:4")
        found = check(xrunctl, folder)
        assert {finding: describe(each) for finding, each in found.items()} == {
            ("XR101", "pyfiglet"): by_hand,
            ("XR301", "pyfiglet"): by_hand,
        }
        check_names(found, project)
    for folder, cure in cures.items():
        declared = (project.folder / "packages/cli/pyproject.toml").read_text()
        project.uv(*shlex.split(cure)[1:], folder=folder)
        assert check(xrunctl, folder) == {}
        project.write("packages/cli/pyproject.toml", declared)
