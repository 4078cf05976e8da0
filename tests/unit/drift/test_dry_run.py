"""The question that uv is asked: the run's own options, as `uv sync` takes them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xrun.drift.dry_run import SyncCommand, ask
from xrun.errors import NoAnswerError, UvFailedError
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import Project, Workspace
from xrun.proxy import uv
from xrun.proxy.command_line import parse_invocation
from xrun.run.facts import Facts, Script
from xrun.run.plan import Plan, Target
from xrun.run.request import Request
from xrun.run.selection import make_sync

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xrun.drift.dry_run import DryRun

PROJECT = Project(Path("/project"), {"project": {"name": "project"}})
SCRIPT = Script(Path("/project/x.py"), has_metadata=True, has_lock=False)


def build(
    line: str, *selection: str, facts: Facts | None = None, target: Target = Target.PROJECT
) -> SyncCommand:
    """Make the `uv sync` for a line, from the project's folder."""
    facts = facts or make_facts(Workspace(PROJECT, PROJECT))
    request = Request(parse_invocation(line.split()), facts, resolve_policy([]))
    return make_sync(request, Plan(selection=selection, target=target), {})


def render(line: str, *selection: str) -> str:
    return " ".join(build(line, *selection).render())


def make_facts(workspace: Workspace | None, environ: dict[str, str] | None = None) -> Facts:
    here = Path("/project")
    return Facts("/bin/uv", (0, 13, 9), here, here, workspace, SCRIPT, None, environ or {})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cmd", ""),
        ("--exact cmd", ""),
        ("--inexact --no-sync --isolated cmd", ""),
        ("-q cmd", ""),
        ("-v --color always --no-progress cmd", ""),
        ("-m cmd", ""),
        ("-s cmd", ""),
        ("-w six --with-editable . --with-requirements r.txt cmd", ""),
        ("--env-file .env cmd", ""),
        ("--max-recursion-depth 3 cmd", ""),
        ("--extra a --group=b cmd --extra c", "--extra=a --group=b"),
        ("-p3.12 -U cmd", "--python=3.12 --upgrade"),
        ("--frozen --package x cmd", "--frozen --package=x"),
        ("--unheard-of cmd", ""),
        ("-- cmd", ""),
    ],
)
def test_asks_with_what_sync_takes(line: str, expected: str) -> None:
    assert render(line) == f"sync --project=/project {expected}".rstrip()


@pytest.mark.parametrize("name", ["--python", "--index-url", "--index"])
def test_an_empty_value_stays_one(name: str) -> None:
    assert render(f"{name}= --frozen cmd") == f"sync --project=/project {name}= --frozen"


def test_a_project_that_was_typed_is_not_said_twice() -> None:
    assert render("--project p cmd") == "sync --project=p"
    facts = make_facts(Workspace(PROJECT, PROJECT), {"UV_PROJECT": "p"})
    assert build("cmd", facts=facts).render() == ["sync"]
    assert build("cmd", facts=make_facts(None)).render() == ["sync"]


def test_the_policys_selection_stands_before_what_was_typed() -> None:
    expected = "sync --project=/project --locked --extra=a --group=b"
    assert render("--group b cmd", "--extra=a", "--locked") == expected


def test_another_selection_takes_the_place_of_both() -> None:
    sync = build("--group b --no-dev --frozen cmd", "--extra=a", "--locked")
    found = " ".join(sync.selecting("--all-packages", "--all-extras").render())
    assert found == "sync --project=/project --locked --frozen --all-packages --all-extras"


def test_a_script_is_asked_about_without_any_selection() -> None:
    args = build("--extra a -p 3.12 x.py", "--locked", target=Target.SCRIPT).render()
    assert args == ["sync", "--script=/project/x.py", "--locked", "--python=3.12"]


FRESH = "Would use existing environment at: /project/.venv\nWould uninstall\n - six==1.0\n"
STALE = f"Would update lockfile at: uv.lock\n{FRESH}"


class Old:
    """A uv that does not take a lock option beside `--dry-run`, in its own words (0.6.0)."""

    version = (0, 6, 14)

    def __init__(self, said: str = FRESH) -> None:
        self.said = said

    def __call__(
        self, _: str, args: Sequence[str], environ: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        fixed = {"--frozen", "--locked"} & {*args}
        fixed |= {name for name in ("UV_FROZEN", "UV_LOCKED") if environ.get(name) == "1"}
        if fixed:
            error = f"error: the argument '--dry-run' cannot be used with '{fixed.pop()}'\n"
            return subprocess.CompletedProcess([], 2, "", error)
        return subprocess.CompletedProcess([], 0, "", self.said)


def answer_of(old: Old, monkeypatch: pytest.MonkeyPatch, *options: str) -> DryRun:
    monkeypatch.setattr(uv, "ask_uv", old)
    return ask(SyncCommand("/bin/uv", old.version, options, (), {}))


@pytest.mark.parametrize("option", ["--frozen", "--locked", "UV_FROZEN", "UV_LOCKED"])
def test_an_old_uv_is_asked_without_what_fixes_the_lock_file(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if option.startswith("UV"):
        monkeypatch.setenv(option, "1")
    options = (option,) if option.startswith("-") else ()
    assert answer_of(Old(), monkeypatch, *options).outgoing == {"six": "1.0"}


def test_an_old_uv_refuses_a_stale_lock_file_in_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer_of(Old(STALE), monkeypatch, "--locked").is_refused
    with pytest.raises(UvFailedError, match=r"out of date; uv 0\.6\.15 can"):
        answer_of(Old(STALE), monkeypatch, "--frozen")


def test_what_an_old_uv_refuses_beside_each_other_it_is_asked_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UvFailedError, match="--dry-run") as raised:
        answer_of(Old(), monkeypatch, "--frozen", "--locked")
    assert not raised.value.is_usage


@pytest.mark.parametrize(("status", "said"), [(-9, ""), (0, "nonsense"), (0, "")])
def test_where_no_answer_comes_it_is_asked_twice(
    status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(_: str, args: Sequence[str], __: object) -> subprocess.CompletedProcess[str]:
        asked.append(args)
        return subprocess.CompletedProcess([], status, said, "")

    monkeypatch.setattr(uv, "ask_uv", answer)
    with pytest.raises(NoAnswerError, match="twice"):
        ask(SyncCommand("/bin/uv", (0, 13, 9), (), (), {}))
    assert len(asked) == 2
