"""Which lines call `uv run`: real calls in every tool's own form, and nothing that only says so."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.make import write
from xrun.ctl.init_callers import MOST_BYTES, Caller, find_callers, parse_calls
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "a"\nversion = "1"\n'


def calls(content: str, name: str = "Makefile") -> list[tuple[int, str]]:
    return list(parse_calls(content, name))


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
def test_what_only_speaks_of_it_is_not(line: str) -> None:
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


def test_every_tools_file_is_searched_the_members_too(tmp_path: Path) -> None:
    names = [
        *("GNUmakefile", "a.mk", "justfile", ".github/workflows/a.yml"),
        *(".github/workflows/b.yaml", ".github/actions/a/action.yml", ".gitlab-ci.yml"),
        *(".pre-commit-config.yaml", "tox.ini", "tox.toml", "package.json", ".vscode/tasks.json"),
        *("b/Makefile", "b/.justfile"),
    ]
    more = ["src/Makefile", "c/Makefile", ".github/workflows/x.txt", "a.md"]
    write(tmp_path, dict.fromkeys([*names, *more], "uv run x\n"))
    write(tmp_path, {"noxfile.py": 'run("uv", "run")', "setup.cfg": "[testenv]\nuv run x\n"})
    root = f'{PROJECT}[tool.uv.workspace]\nmembers = ["b"]\n[tool.poe.tasks]\nx = "uv run x"\n'
    write(tmp_path, {"pyproject.toml": root, "b/pyproject.toml": PROJECT.replace('"a"', '"b"')})
    found = find(tmp_path / "b")
    assert {each.file for each in found} == {*names, "noxfile.py", "setup.cfg", "pyproject.toml"}
    assert Caller("b/Makefile", 1, "uv run x") in found
    assert [each.file for each in found][-2:] == ["b/Makefile", "b/.justfile"]


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
    assert find(folder) == [Caller("a.mk", 1, "uv run x")]
    (tmp_path / "link").symlink_to(folder)
    assert find(tmp_path / "link") == [Caller("a.mk", 1, "uv run x")]


@given(st.text(st.sampled_from(list("uvrn -=\\\n\"',[]$(){}@#:;")) | st.characters(), max_size=200))
def test_any_text_is_searched(content: str) -> None:
    lines = content.replace("\r\n", "\n").split("\n")
    for name in ("Makefile", "noxfile.py", "pyproject.toml"):
        numbers = [number for number, _ in calls(content, name)]
        assert numbers == sorted(set(numbers))
        assert all(1 <= number <= len(lines) for number in numbers)


@pytest.mark.parametrize(
    "piece", ["uv ", "uv -a ", "uv --project ", '"uv",', '"uv","-a",', '"--project",', "\\\n", " "]
)
def test_nothing_takes_the_search_long(piece: str) -> None:
    content = f'uv {piece * 20_000} "uv",{piece * 20_000}'
    calls(content)
    calls(content, "noxfile.py")
