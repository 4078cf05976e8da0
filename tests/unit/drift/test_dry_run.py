"""uv's dry run: the question, which has the run's own options, and what the answer means.

What uv answered stands word for word in the files of `tests/data/uv-answers`, which were taken from
uv itself; only paths and times are put in order. To add a case, add a file: status, both outputs,
and what is expected (`none` where uv failed).
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xrun.drift.dry_run import (
    DryRun,
    SyncCommand,
    ask_dry_run,
    ask_dry_run_ahead,
    parse_answer,
)
from xrun.errors import NoAnswerError, UvFailedError
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import Project, Workspace
from xrun.proxy import uv
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass
from xrun.run.facts import Facts, Script
from xrun.run.plan import Plan, Target
from xrun.run.request import Request
from xrun.run.selection import make_sync

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATA = Path(__file__).parents[2] / "data" / "uv-answers"
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
        ("-v --color always --no-progress cmd", "--verbose"),
        ("-m cmd", ""),
        ("-s cmd", ""),
        ("-w six --with-editable . --with-requirements r.txt cmd", ""),
        ("--env-file .env cmd", ""),
        ("--max-recursion-depth 3 cmd", ""),
        ("--extra a --group=b cmd --extra c", "--extra=a --group=b"),
        ("-p3.12 -U cmd", "--python=3.12 --upgrade"),
        ("--locked --package x cmd", "--locked --package=x"),
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


def test_a_member_is_asked_about_from_the_root() -> None:
    # A project between the two, itself a member, would hide the root from the member's folder.
    member = Project(Path("/project/between/member"), {"project": {"name": "member"}})
    facts = make_facts(Workspace(member, PROJECT))
    args = build("--package member cmd", facts=facts).render()
    assert args == ["sync", "--project=/project", "--package=member"]
    assert build("cmd", facts=facts).render() == ["sync", f"--project={member.folder}"]


def test_the_policys_selection_stands_before_what_was_typed() -> None:
    expected = "sync --project=/project --locked --extra=a --group=b"
    assert render("--group b cmd", "--extra=a", "--locked") == expected


def test_another_selection_takes_the_place_of_both() -> None:
    sync = build("--group b --no-dev --frozen cmd", "--extra=a", "--locked")
    found = " ".join(sync.with_selection("--all-packages", "--all-extras").render())
    assert found == "sync --project=/project --locked --frozen --all-packages --all-extras"


def test_a_script_is_asked_about_without_any_selection() -> None:
    args = build("--extra a -p 3.12 x.py", "--locked", target=Target.SCRIPT).render()
    assert args == ["sync", "--script=/project/x.py", "--locked", "--python=3.12"]


@pytest.mark.parametrize("is_offline", [True, False])
@pytest.mark.parametrize("has_certificates", [True, False])
def test_what_is_asked_ahead_is_what_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_offline: bool, has_certificates: bool
) -> None:
    if has_certificates:
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    program, asked = tmp_path / "uv", tmp_path / "asked"
    program.write_text(f"#!/bin/sh\necho \"$SSL_CERT_DIR $*\" >> {asked}\necho '{ANSWER}'\n")
    program.chmod(0o700)
    version = (0, 13, 9)
    sync = SyncCommand(str(program), version, ("-v",), (), {}, is_offline=is_offline)
    ask_dry_run_ahead(sync)
    assert ask_dry_run(sync).action == "check"
    assert len(asked.read_text().splitlines()) == 1
    assert ask_dry_run(sync).action == "check"
    first, again = asked.read_text().splitlines()
    assert first == again


ANSWER = '{"sync": {"environment": {"path": "/x"}, "action": "check", "changes": []}}'
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
    return ask_dry_run(SyncCommand("/bin/uv", old.version, options, (), {}))


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


# A uv that notes that it was asked, and what it then does.
UV = """#!/bin/sh
echo asked >> "$0.log"
{}
"""
ANSWER = '{"sync": {"environment": {"path": "/e"}, "action": "check", "changes": []}, "lock": null}'


def ask_script(folder: Path, does: str, *, is_offline: bool = False) -> DryRun:
    script = folder / "uv"
    script.write_text(UV.format(does))
    script.chmod(0o755)
    return ask_dry_run(SyncCommand(str(script), (0, 13, 9), (), (), {}, is_offline=is_offline))


def count_asked(folder: Path) -> int:
    return (folder / "uv.log").read_text().count("asked")


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("kill -9 $$", "twice: a signal ended it (9)"),
        ("kill -15 $$", "twice: a signal ended it (15)"),
        ("echo nonsense", "twice: it cannot be read"),
        (r"head -c 99999 /dev/zero | tr '\0' '['", "twice: it cannot be read"),
        ("echo nonsense >&2", "twice: it cannot be read"),
        ("exit 0", "twice: it cannot be read"),
        ("exit 2", "twice: it ended with 2"),
        ("echo Killed >&2; exit 137", "twice: it ended with 137"),  # a wrapper of uv
    ],
)
def test_where_no_answer_comes_it_is_asked_twice(does: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError) as raised:
        ask_script(tmp_path, does)
    assert raised.value.message.endswith(told)
    assert count_asked(tmp_path) == 2


@pytest.mark.parametrize("first", ["kill -9 $$", "echo nonsense; exit"])
def test_the_second_answer_is_as_good_as_the_first(first: str, tmp_path: Path) -> None:
    does = f"[ -e once ] || {{ : > once; {first}; }}; echo '{ANSWER}'".replace(
        "once", str(tmp_path / "once")
    )
    assert ask_script(tmp_path, does).environment == Path("/e")
    assert count_asked(tmp_path) == 2


def test_what_changes_nothing_needs_no_network(tmp_path: Path) -> None:
    stale = 'case "$*" in *--frozen*) ;; *) echo error: no network >&2; exit 2;; esac'
    online = f"case \"$*\" in *--offline*) ;; *) exit 3;; esac; {stale}; echo '{ANSWER}'"
    found = ask_script(tmp_path, online, is_offline=True)
    assert (found.environment, found.is_lock_stale) == (Path("/e"), True)
    with pytest.raises(NoAnswerError):  # which says nothing about the lock file
        ask_script(tmp_path, f"case \"$*\" in *--frozen*) echo '{ANSWER}';; esac", is_offline=True)


def test_without_network_certificates_are_read_where_a_build_fails_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))  # of which uv warns
    does = f'echo "$SSL_CERT_FILE $SSL_CERT_DIR" >> "$0.log"; echo \'{ANSWER}\''
    all_of_it = ["asked", f"{tmp_path} {tmp_path}/missing"]
    spared = ["asked", f" {tmp_path}/missing"]

    def read_log() -> list[str]:
        lines = (tmp_path / "uv.log").read_text().splitlines()
        (tmp_path / "uv.log").unlink()
        return lines

    ask_script(tmp_path, does)
    assert read_log() == all_of_it
    ask_script(tmp_path, does, is_offline=True)
    assert read_log() == spared
    needs = f'{does}; [ "$SSL_CERT_FILE" ] || {{ echo error: a build >&2; exit 1; }}'
    ask_script(tmp_path, needs, is_offline=True)
    assert read_log() == [*spared, *all_of_it]


def test_an_error_of_uvs_is_an_answer(tmp_path: Path) -> None:
    with pytest.raises(UvFailedError, match="no such thing") as raised:
        ask_script(tmp_path, "echo error: no such thing >&2; exit 2")
    assert not isinstance(raised.value, NoAnswerError)
    assert count_asked(tmp_path) == 1


def test_an_error_of_uvs_stands_with_its_warnings_alone(tmp_path: Path) -> None:
    lines = ("warning: experimental", "Resolved 4 packages in 1ms", "error: `a` and `b` conflict")
    said = "; ".join(f"echo '{line}' >&2" for line in lines)
    with pytest.raises(UvFailedError) as raised:
        ask_script(tmp_path, f"{said}; exit 2")
    assert raised.value.said == (lines[0], lines[2])


def test_members_that_conflict_are_run_alone(tmp_path: Path) -> None:
    said = "error: Package `a` and package `b` are incompatible with the declared conflicts: {a, b}"
    with pytest.raises(UvFailedError) as raised:
        ask_script(tmp_path, f"echo '{said}' >&2; exit 2")
    assert "--package a" in raised.value.hint


@dataclass(frozen=True)
class Case:
    """An answer of uv, and what is expected of it."""

    status: int
    stdout: str
    stderr: str
    expected: str


def read_case(name: str) -> Case:
    head, stdout, stderr, expected = re.split(
        r"^=== .*\n", (DATA / f"{name}.txt").read_text("utf-8"), flags=re.MULTILINE
    )
    return Case(int(head.split()[1]), stdout, stderr, expected)


def show(answer: DryRun | None) -> str:
    """Show an answer, a line for each thing that it says."""
    if answer is None:
        return "none\n"
    environment = answer.environment.as_posix() if answer.environment else "-"
    lines = [f"environment {environment}", f"action {answer.action}"]
    lines += [f"lock {answer.lock_action or '-'}", *(["refused"] if answer.is_refused else [])]
    for sign, versions in (("-", answer.outgoing), ("+", answer.incoming)):
        lines += [f"{sign} {name} {version or '-'}" for name, version in versions.items()]
    return "\n".join(lines) + "\n"


def list_cases() -> list[str]:
    return sorted(path.stem for path in DATA.glob("*.txt"))


@pytest.mark.parametrize("name", list_cases())
def test_reads_what_uv_says(name: str) -> None:
    case = read_case(name)
    answer = parse_answer(case.stdout, case.stderr, case.status)
    assert sorted(show(answer).splitlines()) == sorted(case.expected.splitlines())


@pytest.mark.parametrize("name", list_cases())
def test_a_lock_is_stale_where_uv_would_write_one(name: str) -> None:
    case = read_case(name)
    answer = parse_answer(case.stdout, case.stderr, case.status)
    is_stale = "lock update" in case.expected or "lock create" in case.expected
    assert (answer is not None and answer.is_lock_stale) is is_stale


def test_a_failing_status_is_believed_more_than_the_json_beside_it() -> None:
    case = read_case("0.9.18-extraneous")
    assert parse_answer(case.stdout, case.stderr, 0) is not None
    for status in (1, 2, 101, -9):
        assert parse_answer(case.stdout, case.stderr, status) is None


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"sync": null}',
        '{"sync": {"action": "check"}}',
        '{"sync": {"environment": {"path": 1}, "action": "check"}}',
        '{"sync": {"environment": {"path": "/e"}, "action": "check", "changes": [1]}}',
        '{"sync": {"environment": {"path": "/e"}, "action": "check"}, "lock": []}{',
    ],
)
def test_where_the_json_is_not_as_known_the_words_count_unless_json_was_asked_for(
    stdout: str,
) -> None:
    stderr = "Would replace project environment at: /e/v\n - six==1.17.0\n"
    assert parse_answer(stdout, stderr, 0, is_json=True) is None
    assert show(parse_answer(stdout, stderr, 0)) == (
        "environment /e/v\naction replace\nlock -\n- six 1.17.0\n"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (" - six==1.17.0", "- six 1.17.0\n"),
        (" + six==1.17.0", "+ six 1.17.0\n"),
        (" ~ six==1.17.0", "- six 1.17.0\n+ six 1.17.0\n"),
        (" + a.b_c-d==1!2.0.post1+x", "+ a.b_c-d 1!2.0.post1+x\n"),
        (" + foo @ git+https://git.example/a b@0123", "+ foo -\n"),
        (" - foo==0.1.0 (from file:///a folder)", "- foo 0.1.0\n"),
        (" - x==1", "- x 1\n"),
        ("- six==1.17.0", ""),
        ("  - six==1.17.0", ""),
        (" - six", ""),
        (" - not a name==1.0", ""),
        (" - six==1.17.0 and more", ""),
        ("warning: - six==1.17.0", ""),
        (" - -six==1.0", ""),
    ],
)
def test_a_change_is_told_by_a_line_of_exactly_this_form(line: str, expected: str) -> None:
    answer = parse_answer("", f"Resolved 5 packages in 3ms\n{line}\n", 0)
    assert show(answer) == f"environment -\naction check\nlock -\n{expected}"


@pytest.mark.parametrize(
    ("line", "environment", "action"),
    [
        ("Discovered existing environment at: /e/v", "/e/v", "check"),
        ("Would use project environment at: /e/v", "/e/v", "check"),
        ("Would use script environment at: /e/v", "/e/v", "check"),
        ("Would create virtual environment at: /e/v", "/e/v", "create"),
        ("Would create script environment at: /e/v", "/e/v", "create"),
        ("Would replace existing virtual environment at: /e/v", "/e/v", "replace"),
        ("Would update script environment at: /e/v", "/e/v", "update"),
        ("Would use project environment at: /two words", "/two words", "check"),
        ("Would use project environment at: .venv", "-", "check"),
        ("Would replace project environment at: .venv", "-", "replace"),
        ("Would make no changes", "-", "check"),
    ],
)
def test_the_environment_is_told_by_a_line(line: str, environment: str, action: str) -> None:
    expected = f"environment {environment}\naction {action}\nlock -\n"
    assert show(parse_answer("", line + "\n", 0)) == expected


def test_a_distribution_that_is_reinstalled_goes_and_comes() -> None:
    change = '{"name": "six", "version": "1.0", "action": "reinstalled"}'
    sync = f'{{"environment": {{"path": "/e"}}, "action": "check", "changes": [{change}]}}'
    answer = parse_answer(f'{{"sync": {sync}, "lock": null}}', "", 0)
    assert show(answer).endswith("lock -\n- six 1.0\n+ six 1.0\n")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_of_one_name_another_goes_than_comes(order: tuple[int, ...]) -> None:
    lines = (" - six==2.0\n", " ~ six==1.0\n")
    answer = parse_answer("", "".join(lines[each] for each in order), 0)
    assert answer is not None
    assert (answer.outgoing, answer.incoming) == ({"six": "2.0"}, {"six": "1.0"})
    pairs = (("2.0", "uninstalled"), ("1.0", "reinstalled"))
    changes = [{"name": "six", "version": each, "action": action} for each, action in pairs]
    changes = [changes[each] for each in order]
    sync = {"environment": {"path": "/e"}, "action": "check", "changes": changes}
    answer = parse_answer(json.dumps({"sync": sync}), "", 0)
    assert answer is not None
    assert (answer.outgoing, answer.incoming) == ({"six": "2.0"}, {"six": "1.0"})


def test_what_cannot_be_read_is_no_answer() -> None:
    assert parse_answer("nonsense", "", 0, is_json=True) is None
    assert parse_answer("", "", 0, is_json=True) is None
    assert parse_answer("", "", 0) is not None  # an old uv that would do nothing
