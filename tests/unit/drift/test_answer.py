"""What uv answered, word for word, and what it means: each file of `tests/data/uv-answers`.

The files were taken from uv itself; only paths and times are put in order. To add a case, add a
file: status, both outputs, and what is expected (`none` where uv failed).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from xrun.drift.dry_run import DryRun, parse_answer

DATA = Path(__file__).parents[2] / "data" / "uv-answers"


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
    for change in answer.changes:
        lines.append(f"{'-' if change.is_removal else '+'} {change.name} {change.version or '-'}")
    return "\n".join(lines) + "\n"


def list_cases() -> list[str]:
    return sorted(path.stem for path in DATA.glob("*.txt"))


@pytest.mark.parametrize("name", list_cases())
def test_reads_what_uv_says(name: str) -> None:
    case = read_case(name)
    answer = parse_answer(case.stdout, case.stderr, case.status)
    assert show(answer) == case.expected


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
def test_where_the_json_is_not_as_known_the_words_count(stdout: str) -> None:
    stderr = "Would replace project environment at: /e/v\n - six==1.17.0\n"
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


def test_what_cannot_be_read_is_no_answer() -> None:
    assert parse_answer("nonsense", "", 0, is_json=True) is None
    assert parse_answer("", "", 0, is_json=True) is None
    assert parse_answer("", "", 0) is not None  # an old uv that would do nothing
