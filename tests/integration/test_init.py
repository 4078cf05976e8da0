"""`xrunctl init` writes a policy that fits, once, and names the lines that call `uv run`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
import tomli

from support.processes import Place
from support.projects import Pyproject
from support.sayings import commands_in, line_with, said
from support.terminals import Size, run_on_terminal
from unit.repositories import needs_git
from xrun import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import Result
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
PIP = {
    "command": ["pip install", "pip3 install", "python* -m pip install", "uv pip install"],
    "deny": "`uv add {names}` declares it",
}
CI = {"when": "ci", "mode": "refuse", "lock": "locked"}
HEAD = {"required-version": f">={__version__}"}


@pytest.fixture
def workspace(make_project: ProjectFactory) -> Project:
    """A workspace with a member that has an extra and a group."""
    project = make_project(Pyproject(dependencies=("alpha",), members=("part",)))
    part = Pyproject("part", extras={"more": ("delta",)}, groups={"test": ("zeta",)})
    project.declare(part, "part")
    project.sync()
    return project


def git(project: Project, *arguments: str) -> bytes:
    result = project.run("git", *arguments)
    assert result.status == 0, result.stderr
    return result.stdout


def load(project: Project) -> dict[str, object]:
    return tomli.loads((project.folder / "xrun.toml").read_text())


def show(project: Project) -> dict[Path, bytes]:
    """Show every file of a project, git's own too."""
    return {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}


def check_refused(result: Result, *words: str) -> None:
    """It is refused with lines that have these words in them, one word or name each."""
    assert (result.status, result.stdout.decode()) == (2, "")
    lines = said(result)
    assert len(lines) == len(result.stderr.splitlines()) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True)), lines


def test_it_writes_what_fits_and_says_it(project: Project, xrunctl: str) -> None:
    result = project.run(xrunctl, "init")
    assert (result.status, result.stderr) == (0, b"")
    assert load(project) == {**HEAD, "mode": "exact", "rules": [CI, PIP]}
    text = (project.folder / "xrun.toml").read_text()
    shown = "".join(f"  {line}\n" if line.strip() else "\n" for line in text.splitlines())
    head, rest = result.stdout.decode().split(f"\n\n{shown}\n")
    assert "xrun.toml" in head
    assert commands_in(rest) == ["xrun python", "xrunctl check"]
    assert not (project.folder / "xrun.local.toml").exists()


def test_a_mode_can_be_chosen(project: Project, xrunctl: str) -> None:
    assert project.run(xrunctl, "init", "--mode", "sometimes").status == 2
    assert not (project.folder / "xrun.toml").exists()
    assert project.run(xrunctl, "init", "--mode", "refuse").status == 0
    assert load(project)["mode"] == "refuse"


def test_an_editor_finds_the_schema_beside_the_policy(project: Project, xrunctl: str) -> None:
    assert project.run(xrunctl, "init", "--schema").status == 0
    first, *_ = (project.folder / "xrun.toml").read_text().splitlines()
    assert first == "#:schema ./xrun.schema.json"
    schema = json.loads((project.folder / "xrun.schema.json").read_text())
    jsonschema.validate(load(project), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"mod": "exact"}, schema)


@needs_git
def test_in_a_workspace_it_is_for_every_member_wherever_one_is(
    workspace: Project, xrunctl: str
) -> None:
    git(workspace, "init")
    result = workspace.run(xrunctl, "init", folder="part")
    assert (result.status, result.stderr) == (0, b"")
    policy = load(workspace)
    assert policy == {**HEAD, "mode": "exact", "packages": "all", "rules": [CI, PIP]}
    text = (workspace.folder / "xrun.toml").read_text()
    assert '# extras = ["more"]' in text
    assert '# groups = ["test"]' in text
    told = result.stdout.decode()
    first = told.splitlines()[0]
    assert f"{workspace.folder}/xrun.toml" in first
    exclude = workspace.folder / ".git" / "info" / "exclude"
    assert exclude.read_text().splitlines()[-1] == "xrun.local.toml"
    assert str(exclude) in line_with(told.splitlines(), "git", "xrun.local.toml")
    assert "xrun python" in commands_in(told)
    workspace.write("xrun.local.toml", "")
    status = git(workspace, "status", "--porcelain").decode()
    assert "?? xrun.toml\n" in status
    assert "xrun.local.toml" not in status


@needs_git
def test_what_git_ignores_already_is_not_told(project: Project, xrunctl: str) -> None:
    git(project, "init")
    project.write(".gitignore", "xrun.local.toml\n")
    result = project.run(xrunctl, "init")
    assert b"xrun.local.toml" not in result.stdout
    assert b"xrun.local" not in (project.folder / ".git" / "info" / "exclude").read_bytes()


@needs_git
def test_an_exclude_file_that_cannot_be_written_is_told(project: Project, xrunctl: str) -> None:
    git(project, "init")
    info = project.folder / ".git" / "info"
    (info / "exclude").unlink()
    (info / "exclude").mkdir()
    result = project.run(xrunctl, "init")
    assert result.status == 0, result.stderr
    lines = result.stdout.decode().splitlines()
    assert "cannot be written" in line_with(lines, "xrun.local.toml", ".git/info/exclude")


@needs_git
def test_without_a_lock_file_in_ci_there_is_no_rule_for_it(project: Project, xrunctl: str) -> None:
    git(project, "init")
    project.write(".gitignore", "uv.lock\n")
    told = project.run(xrunctl, "init", "--dry-run").stdout.decode()
    assert "uv.lock" in line_with(told.splitlines(), 'lock = "locked"', "git")
    (project.folder / "uv.lock").unlink()
    told = project.run(xrunctl, "init").stdout.decode()
    assert "uv.lock" in line_with(told.splitlines(), 'lock = "locked"', "left out")
    without = {"when": "ci", "mode": "refuse"}
    assert load(project) == {**HEAD, "mode": "exact", "rules": [without, PIP]}


def test_members_that_conflict_are_not_selected_together(
    make_project: ProjectFactory, xrunctl: str
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",)))
    conflict = "[tool.uv]\nconflicts = [[{ package = 'part' }, { package = 'project' }]]\n"
    project.declare(Pyproject(members=("part",)))
    project.write("part/pyproject.toml", f"[project]\nname='part'\nversion='1'\n{conflict}")
    told = project.run(xrunctl, "init").stdout.decode()
    assert 'packages = "all"' in line_with(told.splitlines(), "left out", "conflict")
    assert "packages" not in load(project)


@needs_git
def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Project, xrunctl: str) -> None:
    git(workspace, "init")
    workspace.sandbox.forget()
    before = show(workspace)
    dry = workspace.run(xrunctl, "init", "--dry-run")
    assert dry.status == 0
    assert show(workspace) == before
    assert not (workspace.sandbox.home / ".cache" / "xrun").exists()
    done = workspace.run(xrunctl, "init")
    lines = zip(dry.stdout.splitlines(), done.stdout.splitlines(), strict=True)
    other = [(first, second) for first, second in lines if first != second]
    assert len(other) == 2  # what is written, and what git is to ignore
    assert all(b"would" in first and b"would" not in second for first, second in other)


def test_a_policy_that_is_there_is_never_overwritten(workspace: Project, xrunctl: str) -> None:
    hint = "`xrunctl keep --team`"
    path = workspace.write("xrun.toml", "broken")
    before = show(workspace)
    result = workspace.run(xrunctl, "init")
    check_refused(result, "xrun.toml", hint)
    result = workspace.run(xrunctl, "init", "--dry-run", folder="part")
    check_refused(result, str(path), hint)
    assert show(workspace) == before
    path.unlink()
    path.symlink_to("missing")
    check_refused(workspace.run(xrunctl, "init"), "xrun.toml", hint)
    assert not (workspace.folder / "missing").exists()


def test_a_policy_in_pyproject_is_one(make_project: ProjectFactory, xrunctl: str) -> None:
    project = make_project(Pyproject(more="[tool.xrun]\n"))
    check_refused(
        project.run(xrunctl, "init"),
        "pyproject.toml has [tool.xrun]",
        "xrun.toml",
    )
    assert not (project.folder / "xrun.toml").exists()


def test_where_there_is_nothing_to_be_exact_about_it_is_refused(
    project: Project, xrunctl: str, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    result = project.run(xrunctl, "init", folder=str(outside))
    check_refused(result, str(outside), "`uv init`")
    project.declare(Pyproject(managed=False))
    result = project.run(xrunctl, "init")
    assert result.status == 2
    assert "pyproject.toml" in said(result)[0]
    assert not (project.folder / "xrun.toml").exists()
    assert list(outside.iterdir()) == []


def test_what_cannot_be_written_whole_is_not_there(project: Project, xrunctl: str) -> None:
    result = project.run("sh", "-c", f"ulimit -f 0; exec '{xrunctl}' init")
    check_refused(result, "xrun.toml cannot be written")
    assert not (project.folder / "xrun.toml").exists()


def test_the_lines_that_call_uv_run_are_named_and_stay(project: Project, xrunctl: str) -> None:
    project.write("Makefile", "test:\n\tuv run pytest \x1b[31m\u202e\n# uv run\n")
    project.write(".github/workflows/ci.yml", "- run: uv run x\n" * 12)
    project.write("package.json", '{"scripts": {"a": "uv run x"}}')
    before = show(project)
    told = project.run(xrunctl, "init").stdout.decode().splitlines()
    start = told.index(line_with(told, "`uv run`", "xrun.toml"))
    assert told[start + 1 :][:2] == [
        "  Makefile:2: uv run pytest [31m",
        "  .github/workflows/ci.yml:1: - run: uv run x",
    ]
    assert "4 more" in told[start + 11]
    assert ".github/workflows/ci.yml, package.json" in told[start + 11]
    assert "xrunctl init --fix" in told[start + 12]
    assert {path: content for path, content in show(project).items() if path in before} == before


@pytest.fixture
def calling(project: Project) -> Project:
    """A project in git, with lines that call `uv run`, and one file that is not committed."""
    project.write("Makefile", "test:\n\tuv run pytest\n\t$(UV) run x\n")
    project.write("run.sh", "#!/bin/sh\r\nuv run x\r\n", 0o755)
    project.write("justfile", "a:\n  uv run x\n")
    git(project, "init")
    git(project, "add", "Makefile", "run.sh", "pyproject.toml", "uv.lock")
    git(project, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "first")
    return project


@needs_git
def test_a_fix_rewrites_what_is_safe_in_clean_files(calling: Project, xrunctl: str) -> None:
    (calling.folder / "b.mk").symlink_to("justfile")
    result = calling.run(xrunctl, "init", "--fix")
    assert (result.status, result.stderr) == (0, b"")
    assert git(calling, "diff", "--name-only").decode().split() == ["Makefile", "run.sh"]
    assert (calling.folder / "Makefile").read_text() == "test:\n\txrun pytest\n\t$(UV) run x\n"
    assert (calling.folder / "run.sh").read_bytes() == b"#!/bin/sh\r\nxrun x\r\n"
    assert (calling.folder / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (calling.folder / "justfile").read_text() == "a:\n  uv run x\n"
    told = result.stdout.decode().splitlines()
    line_with(told, "2 lines", "Makefile", "run.sh")
    line_with(told, "Makefile:3", "$(UV)")
    line_with(told, "b.mk:2", "uv run x")
    assert (calling.folder / "xrun.toml").exists()
    before = show(calling)
    again = calling.run(xrunctl, "init", "--fix", "--mode", "ask")
    assert (again.status, show(calling)) == (0, before)
    assert again.stdout.decode().splitlines()[0] == "the policy stays as it is: xrun.toml"


@needs_git
def test_a_dry_fix_shows_a_diff(calling: Project, xrunctl: str) -> None:
    before = show(calling)
    result = calling.run(xrunctl, "init", "--fix", "--dry-run")
    assert (result.status, show(calling)) == (0, before)
    told = result.stdout.decode().splitlines()
    diff = told[told.index("--- a/Makefile") :]
    assert diff[1:6] == [
        "+++ b/Makefile",
        "@@ -1,3 +1,3 @@",
        " test:",
        "-\tuv run pytest",
        "+\txrun pytest",
    ]


@needs_git
def test_on_a_terminal_of_80_columns_no_line_is_wider(project: Project, xrunctl: str) -> None:
    git(project, "init")
    groups = {f"group-{number}": ("alpha",) for number in range(20)}
    project.declare(Pyproject(dependencies=("alpha",), groups=groups))
    project.write("Makefile", f"a:\n\tuv run {'x' * 100}\n" * 20)
    place = Place(project.folder, project.sandbox.environ(TERM="xterm"))
    result = run_on_terminal([xrunctl, "init"], place, size=Size(40, 80))
    lines = result.stdout.decode().replace("\r\n", "\n").splitlines()
    assert result.status == 0
    assert any(line.endswith("…") for line in lines)
    assert [line for line in lines if len(line) > 80] == []


def test_xrun_follows_what_is_written(workspace: Project, xrunctl: str, xrun: Xrun) -> None:
    assert workspace.run(xrunctl, "init").status == 0
    assert workspace.run(*xrun, "true").status == 0
    result = workspace.run(*xrun, "pip", "install", "beta")
    assert result.status == 125
    assert "uv add beta" in commands_in(*said(result))
    path = workspace.folder / "xrun.toml"
    path.write_text(path.read_text().replace("# extras", "extras").replace("# groups", "groups"))
    assert workspace.run(*xrun, "true").status == 0
    assert workspace.installed() == ("alpha==2.0", "delta==1.0", "zeta==1.0")
    workspace.declare(Pyproject(dependencies=("alpha", "epsilon"), members=("part",)))
    assert workspace.run(*xrun, "true", CI="1").status != 0  # the lock file is outdated
    assert workspace.run(*xrun, "true").status == 0
    assert workspace.run(*xrun, "true", CI="1").status == 0
    workspace.install("beta")
    assert workspace.run(*xrun, "true", CI="1").status == 125
