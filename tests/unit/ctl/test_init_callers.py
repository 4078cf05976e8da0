"""Which lines call `uv run`: real calls in every tool's own form, and nothing that only says so."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.make import write
from unit.repositories import make_repository, needs_git, own_git
from xrun.ctl.init_callers import MOST_BYTES, OUTSIDE, Caller, find_callers
from xrun.ctl.init_calls import (
    AWAY,
    DENIED,
    IN_IMAGE,
    NAMED,
    NOT_ALLOWED,
    OWN,
    SELECTING_OTHERWISE,
    UNCLEAR,
    UNSYNCED,
    parse_calls,
)
from xrun.project.workspace import find_workspace

__all__ = ["own_git"]

PROJECT = '[project]\nname = "a"\nversion = "1"\n'


def make(content: str, name: str = "Makefile") -> Caller:
    return Caller(Path(name), name, content, tuple(parse_calls(content, name)))


def calls(content: str, name: str = "Makefile") -> list[tuple[int, str]]:
    lines = [line.split(":", 2) for line, _ in make(content, name).list_lines()]
    return [(int(number), text[1:]) for _, number, text in lines]


def reasons(content: str, name: str = "Makefile") -> list[str]:
    return [call.why for call in parse_calls(content, name)]


def find(folder: Path) -> list[Caller]:
    workspace = find_workspace(folder)
    assert workspace is not None
    return find_callers(workspace)


CALLING = (
    "uv run pytest",
    "\tuv run pytest",
    "\t@uv run pytest",
    "\t-uv  run pytest",
    "RUN := uv run",
    "uv --quiet run x",
    "uv -q --project backend run x",
    "uv --directory=backend run x",
    "uv --color never --offline run x",
    "~/.local/bin/uv run x",
    "uv.exe run x",
    "$(UV) run x",
    "${UV} run x",
    "$UV run x",
    "{{ uv }} run x",
    "cd a && uv run x",
    'echo "$(uv run version)"',
    "echo done; uv run x",
    "- run: uv run pytest",
    "entry: uv run --no-sync mypy",
    "uv run --isolated x",
    "uv run --with ruff ruff",
    "uv run --script x.py",
    '"test": "uv run pytest",',
    "bash -c 'uv run'",
    "command: [uv, run, pytest]",
    "command: [uv, --quiet, run, pytest]",
    'commands = [["uv", "run", "pytest"]]',
    'cmd = ["uv", "--quiet", "run", "pytest"]',
    'cmd = ["uv", "--project", "backend", "run", "pytest"]',
)
SAYING = (
    "# uv run pytest",
    "\t@# uv run pytest",
    "  // uv run pytest",
    "uv runner",
    "uv run-all",
    "uv run.sh",
    "uv_run x",
    "uvx run x",
    "my-uv run x",
    "lib.uv run x",
    "uv sync && npm run x",
    "uv --project backend sync run",
    "uv pip run",
    "uv tool run x",
    "- name: uv run pytest",
    'name: "what uv run does"',
    "description = uv run pytest",
    '"label": "uv run pytest",',
    '\t@echo "use uv run pytest"',
    "- run: echo uv run",
    'cmd = ["uv", "sync", "run"]',
    'name = ["a-uv", "run"]',
)


@pytest.mark.parametrize("line", CALLING)
def test_a_call_is_found(line: str) -> None:
    assert calls(f"first\n{line}\nlast\n") == [(2, line.strip().replace("  ", " "))]


@pytest.mark.parametrize("line", SAYING)
def test_what_only_speaks_of_a_call_is_none(line: str) -> None:
    assert calls(f"first\n{line}\nlast\n") == []


def test_a_line_is_told_once_and_every_line_is() -> None:
    content = "uv run a; uv run b\r\nx\r\nuv run c\r\n"
    assert calls(content) == [(1, "uv run a; uv run b"), (3, "uv run c")]


def test_a_call_over_several_lines_is_told_by_the_first() -> None:
    assert calls("a\n\tuv \\\n\t  run x \\\n\tmore\nuv run y") == [
        (2, "uv \\ run x \\"),
        (5, "uv run y"),
    ]
    nox = 'session.run(\n    "uv",\n    "run",\n    "pytest",\n)\n'
    assert calls(nox, "noxfile.py") == [(2, '"uv", "run",')]


def test_of_python_only_what_a_string_begins_with_counts() -> None:
    content = '''\
"""uv run nox does it."""
# session.run("uv", "run", "a")
session.run("uv", "run", "b")
os.system("uv run c")
session.log("then uv run d")
uv run e
'''
    assert [line for line, _ in calls(content, "noxfile.py")] == [3, 4]


def test_of_shared_files_only_the_tables_of_tools_that_run_something_count() -> None:
    content = """\
z = "uv run z"
[project]
readme = "uv run a"
[tool.poe.tasks]
b = "uv run b"
c.shell = '''
[ -f x ] && uv run c
'''
d = [
  ["uv", "run", "d"],
  ["x"]
]
[[tool.poe.tasks."e f"]] # more
cmd = ["uv", "run", "e"]
[tool.poetry.scripts]
f = "uv run f"
[tool.hatch.envs.default.scripts]
g = "uv run g"
[tool.taskipy.tasks]
h = "uv run h"
[ tool.pdm.scripts ]
i = "uv run i"
[tool.tox]
legacy_tox_ini = '''
[testenv:py]
commands = uv run j
'''
[tool.other]
k = "uv run k"
"""
    told = [text for _, text in calls(content, "pyproject.toml")]
    assert [match for text in told for match in re.findall(r"run\W+(\w)", text)] == [*"bcdeghij"]
    config = "[metadata]\ndescription_file = uv run a\n[tox:tox]\n[testenv]\ncommands = uv run b\n"
    assert calls(config, "setup.cfg") == [(5, "commands = uv run b")]


REWRITTEN = (
    ("uv run pytest", "xrun pytest"),
    ("\t@uv  run pytest", "\t@xrun pytest"),
    ("RUN := uv run", "RUN := xrun"),
    ("export RUN = uv run", "export RUN = xrun"),
    ("uv --quiet run x", "xrun --quiet x"),
    ("uv -q --project backend run x", "xrun -q --project backend x"),
    ("uv \\\n\t  run \\\n\t x", "xrun \\\n\t x"),
    ("uv \\\r\n run x\r\n", "xrun x\r\n"),
    ("cd a && uv run x; uv run y", "cd a && xrun x; xrun y"),
    ("A=1 B='x y' uv run x | uv run y", "A=1 B='x y' xrun x | xrun y"),
    ("if ! exec timeout 60 uv run x; then uv run y", "if ! exec timeout 60 xrun x; then xrun y"),
    ("  test) uv run x ;;", "  test) xrun x ;;"),
    ("t() { uv run x; }", "t() { xrun x; }"),
    ("alias t='uv run x'", "alias t='xrun x'"),
    ('echo "$(A=1 uv run x)"', 'echo "$(A=1 xrun x)"'),
    ("bash -c 'uv run x'", "bash -c 'xrun x'"),
    ('bash -lc "cd a && uv run x"', 'bash -lc "cd a && xrun x"'),
    ("""- run: bash -c "uv run 'x'" """, """- run: bash -c "xrun 'x'" """),
    ("  - uv run x", "  - xrun x"),
    ("entry: uv run mypy", "entry: xrun mypy"),
    ('"a": "A=1 uv run a && uv run b",', '"a": "A=1 xrun a && xrun b",'),
    ("command: [uv, -q, run, x]", "command: [xrun, -q, x]"),
    ('c = [["uv", "-q", "run", "x"], ["uv", "run"]]', 'c = [["xrun", "-q", "x"], ["xrun"]]'),
    ('{"command": "uv", "args": ["run", "x"]}', '{"command": "xrun", "args": ["x"]}'),
    ('"command": "uv",\n"type": "a",\n"args": [\n "run"\n]', None),
    ('{ cmd = "uv run a", help = "uv run b" }', '{ cmd = "xrun a", help = "uv run b" }'),
    ("V = $(shell uv run v)", "V = $(shell xrun v)"),
)
LEFT = (
    ("see uv run x", UNCLEAR),
    ("`uv run x` tests", UNCLEAR),
    ('echo "done; uv run x"', UNCLEAR),
    ("op run -- uv run x", UNCLEAR),
    ("uvx uv run x", UNCLEAR),
    ("python -m uv run x", UNCLEAR),
    ('[*before, "uv", "run"]', UNCLEAR),
    ("cat <<EOF\nuv run x\nEOF\n", UNCLEAR),
    ("define HELP\nuv run x\nendef\n", UNCLEAR),
    ("docker run a uv run x", AWAY),
    ("ssh host 'uv run x'", AWAY),
    ("$(UV) run x", NAMED),
    ("{{ uv }} run x", NAMED),
    ("~/.local/bin/uv run x", NAMED),
    ("uv.exe run x", NAMED),
    ("uv run pip install x", DENIED),
    ("uv run python -m pip install x", DENIED),
    ("uv run --help", OWN),
)


@pytest.mark.parametrize(("line", "rewritten"), REWRITTEN, ids=range(len(REWRITTEN)))
def test_a_command_is_rewritten_and_nothing_else(line: str, rewritten: str | None) -> None:
    rewritten = rewritten or line.replace('"uv"', '"xrun"').replace('"run"', "")
    assert make(line).rewrite() == rewritten
    assert make(f"first\n{line}\nlast\n").rewrite() == f"first\n{rewritten}\nlast\n"
    assert [call for call in make(rewritten).calls if not call.why] == []


@pytest.mark.parametrize(("line", "why"), LEFT, ids=range(len(LEFT)))
def test_what_is_not_clear_is_left_with_a_reason(line: str, why: str) -> None:
    assert reasons(line) == [why]
    assert make(line).rewrite() == line


def test_in_python_a_call_is_rewritten_where_it_is_run() -> None:
    content = 'a.run("uv", "run", "b")\na.run(\n    "uv",\n    "run",\n)\nsystem("uv run c")\n'
    rewritten = 'a.run("xrun", "b")\na.run(\n    "xrun",\n)\nsystem("xrun c")\n'
    assert make(content, "noxfile.py").rewrite() == rewritten
    assert reasons('log("uv run x")\nsplit = "uv run x".split()\n', "noxfile.py") == [UNCLEAR, ""]


def test_in_a_script_a_text_over_several_lines_is_left() -> None:
    content = "# don't\nusage='\nuv run a\n'\nb \"c\" # it's\nuv run d\n"
    assert (
        reasons(content, "x.sh") == reasons(f"#!/bin/sh\n{content}", "scripts/x") == [UNCLEAR, ""]
    )


def test_in_ci_xrun_comes_by_uvx_where_the_environment_is_made_first() -> None:
    name = ".github/workflows/ci.yml"
    assert reasons("- run: uv run x", name) == [UNSYNCED]
    assert reasons("- run: uv sync --all-extras\n- run: uv run x", name) == [UNSYNCED]
    content = "- run: uv sync --locked\n- run: uv run -q x\n- run: uv run --group a x\n"
    assert reasons(content, name) == ["", SELECTING_OTHERWISE]
    assert make(content, name).rewrite() == content.replace("uv run -q", "uvx xrun -q")
    assert reasons("- xrunctl sync\n- uv run x", ".gitlab-ci.yml") == [""]


def test_what_runs_in_an_image_is_left() -> None:
    names = ["Dockerfile", "docker/run.sh", "compose.yaml", ".devcontainer/devcontainer.json"]
    assert {reasons("RUN uv run x", name)[0] for name in names} == {IN_IMAGE}


def test_tox_has_to_allow_xrun() -> None:
    content = "[testenv]\nallowlist_externals =\n  uv\n{}commands = uv run x\n"
    assert reasons(content.format(""), "tox.ini") == [NOT_ALLOWED]
    assert reasons(content.format("  xrun\n"), "tox.ini") == [""]
    table = '\n[tool.tox.env_run_base]\ncommands = [["uv", "run", "x"]]\n'
    assert reasons(table, "pyproject.toml") == [NOT_ALLOWED]
    assert reasons('\n[tool.poe.tasks]\na = "uv run x"\n', "pyproject.toml") == [""]


def test_prose_in_yaml_and_behind_code_is_not_found() -> None:
    hooks = "description: |\n    uv run a\n\n    uv run b\nentry: uv run c\n"
    assert calls(hooks, ".pre-commit-config.yaml") == [(5, "entry: uv run c")]
    assert calls('test: a ## uv run b\n\tuv run "# c"\n') == [(2, 'uv run "# c"')]


def test_every_tools_file_is_searched_the_members_too(tmp_path: Path) -> None:
    names = [
        *("GNUmakefile", "a.mk", "justfile", ".github/workflows/a.yml"),
        *(".github/workflows/b.yaml", ".github/actions/a/action.yml", ".gitlab-ci.yml"),
        *(".pre-commit-config.yaml", "tox.ini", "tox.toml", "package.json", ".vscode/tasks.json"),
        *(".devcontainer/devcontainer.json", "Dockerfile", "docker/x", "compose.yml", "a.sh"),
        *("scripts/a/b.sh", ".github/actions/a/b.sh", ".husky/pre-commit"),
        *("b/Makefile", "b/.justfile", "b/Dockerfile", "b/bin/c.sh"),
    ]
    more = [
        "src/Makefile",
        "c/Makefile",
        ".github/workflows/x.txt",
        "a.md",
        "scripts/a.py",
        "bin/b",
    ]
    write(tmp_path, dict.fromkeys([*names, *more], "uv run x\n"))
    write(tmp_path, {"noxfile.py": 'run("uv", "run")', "setup.cfg": "[testenv]\nuv run x\n"})
    write(tmp_path, {"bin/a": "#!/usr/bin/env bash\nuv run x\n"})
    root = f'{PROJECT}[tool.uv.workspace]\nmembers = ["b"]\n[tool.poe.tasks]\nx = "uv run x"\n'
    write(tmp_path, {"pyproject.toml": root, "b/pyproject.toml": PROJECT.replace('"a"', '"b"')})
    files = [each.file for each in find(tmp_path / "b")]
    assert {*files} == {*names, "noxfile.py", "setup.cfg", "pyproject.toml", "bin/a"}
    assert len(files) == len({*files})
    assert files[-4:] == ["b/Makefile", "b/.justfile", "b/Dockerfile", "b/bin/c.sh"]


@needs_git
@pytest.mark.usefixtures("own_git")
def test_what_the_repository_above_a_project_has_is_listed_and_left(tmp_path: Path) -> None:
    files = {"Makefile": "", ".github/workflows/a.yml": "uv sync\n", ".pre-commit-config.yaml": ""}
    texts = {name: f"{text}uv run x\n" for name, text in files.items()}
    make_repository(tmp_path, {**texts, "b/pyproject.toml": PROJECT, "b/Makefile": "uv run x\n"})
    found = {each.file: each.calls[0].why for each in find(tmp_path / "b")}
    above = ("../.github/workflows/a.yml", "../.pre-commit-config.yaml")
    assert found == {"Makefile": "", **dict.fromkeys(above, OUTSIDE)}


def test_what_is_no_text_or_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": PROJECT,
            "Makefile": b"uv run x\n\0",
            "makefile": "x",
            "tox.ini": b"uv run \xff\n",
            "a.mk": "uv run x\n" * (MOST_BYTES // 8),
            "b.mk/uv run x": "",
            "justfile": "uv run x\n",
        },
    )
    (tmp_path / "c.mk").symlink_to("missing")
    os.mkfifo(tmp_path / "d.mk")
    assert [each.file for each in find(tmp_path)] == ["justfile"]


def test_links_are_followed_within_the_project_and_a_file_is_told_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", {"pyproject.toml": PROJECT, "tools/x": "uv run x\n"})
    write(tmp_path / "a-outside", {"Makefile": "uv run x\n", "workflows/a.yml": "uv run x\n"})
    (folder / "Makefile").symlink_to(tmp_path / "a-outside" / "Makefile")
    (folder / ".github").symlink_to(tmp_path / "a-outside")
    (folder / "a.mk").symlink_to("tools/x")
    (folder / "b.mk").symlink_to("tools/x")
    assert [each.file for each in find(folder)] == ["a.mk"]
    (tmp_path / "link").symlink_to(folder)
    assert [each.file for each in find(tmp_path / "link")] == ["a.mk"]


def test_links_that_lead_back_up_end(tmp_path: Path) -> None:
    folder = write(tmp_path, {"pyproject.toml": PROJECT, "scripts/a.sh": "uv run x\n"})
    for name in ("scripts/up", "scripts/above", "scripts/again"):
        (folder / name).symlink_to("..")
    assert [each.file for each in find(folder)] == ["scripts/a.sh"]


@given(st.text(st.sampled_from(list("uvrn -=\\\n\"',[]$(){}@#:;")) | st.characters(), max_size=200))
def test_any_text_is_searched_and_rewritten(content: str) -> None:
    lines = content.split("\n")
    for name in ("Makefile", "noxfile.py", "pyproject.toml", "a.sh", ".gitlab-ci.yml"):
        caller = make(content, name)
        numbers = [call.line for call in caller.calls]
        assert numbers == sorted(numbers)
        assert all(1 <= number <= len(lines) for number in numbers)
        is_rewritten = any(not call.why for call in caller.calls)
        assert (caller.rewrite() != content) == is_rewritten


@pytest.mark.parametrize(
    "piece",
    [
        "uv ",
        "uv run ",
        "<<A\n",
        "uv -a ",
        "uv --project ",
        '"uv",',
        '"uv","-a",',
        '"--project",',
        "\\\n",
        " ",
    ],
)
def test_nothing_takes_the_search_long(piece: str) -> None:
    content = f'uv {piece * 5_000} "uv",{piece * 5_000}'
    calls(content)
    calls(content, "a.sh")
    calls(content, "noxfile.py")
