"""What people read of a run that is foreseen: short, safe, and with room for nothing wider."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from unit.ctl.test_explain_json import REFUSED, make_explanation, make_rich_policy
from unit.drifts import HOSTILE
from xrun.ctl.explain_text import render_explanation
from xrun.ctl.explanation import Act, Explanation, Step
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import Policy, resolve_policy
from xrun.proxy.dataclass import replace
from xrun.report.width import measure


def make_policy(**values: object) -> Policy:
    return resolve_policy([LayerValues(Layer.WORKSPACE, "xrun.toml", values)])


def render_top(
    explanation: Explanation, policy: Policy | None = None, width: int = 80
) -> list[str]:
    """Render what stands above the policy."""
    lines = render_explanation(policy or make_policy(), explanation, width)
    return lines[: lines.index("")]


def test_a_run_is_told_in_the_order_of_time() -> None:
    explanation = Explanation(
        ("pytest",),
        "exact",
        command=("/nowhere/uv", "run", "--exact", "pytest", "-k", "a b"),
        is_clean=False,
        before=(Step(Act.REMOVE, "remove x"), Step(Act.INSTALL, "install y")),
        after=(Step(Act.REMIND, "remind"),),
        notes=("a note",),
    )
    assert render_top(explanation, make_policy(mode="exact")) == [
        "dry run: nothing is run, nothing is changed",
        "  mode     exact (xrun.toml)",
        "  before   remove x",
        "           install y",
        "  runs     /nowhere/uv run --exact pytest -k 'a b'",
        "  after    remind",
        "  note     a note",
    ]


@pytest.mark.parametrize(
    ("is_clean", "told"),
    [
        (True, "nothing: all is as declared"),
        (False, "nothing"),
        (None, "nothing; nothing is compared either"),
    ],
)
def test_that_nothing_is_done_first_says_whether_anybody_looked(
    *, is_clean: bool | None, told: str
) -> None:
    explanation = Explanation(("x",), "exact", command=("uv", "run", "x"), is_clean=is_clean)
    assert f"  before   {told}" in render_top(explanation)


def test_the_mode_is_told_with_why_it_is_not_the_policys() -> None:
    policy = make_policy(mode="report")
    explanation = Explanation(("x",), "isolated", "--isolated (typed)", command=("uv", "run", "x"))
    assert render_top(explanation, policy)[1] == (
        "  mode     isolated, not report (xrun.toml): --isolated (typed)"
    )


def test_the_files_of_a_policy_are_wrapped() -> None:
    names = [f"/etc/{name}/an-organisation-of-people/xrun.toml" for name in "abc"]
    files = {name: Path(name) for name in names}
    lines = render_explanation(replace(make_policy(), files=files), None, 80)
    assert lines[2:5] == [
        f"policy, of {names[0]},",
        f"           {names[1]},",
        f"           {names[2]} (weakest first)",
    ]


def test_a_reason_is_told_once() -> None:
    word = "--inexact (typed)"
    explanation = Explanation(("x",), "report", word, reason=word, command=("uv", "run", "x"))
    assert render_top(explanation)[1] == f"  mode     report, not exact (default): {word}"


def test_a_refusal_has_no_steps_and_no_command() -> None:
    assert render_top(REFUSED)[2:] == ["  not run  x", "           a", "           y"]


def test_where_uv_is_not_started_there_are_no_steps() -> None:
    assert render_top(Explanation(("-h",), "off", "xrun itself answers -h"))[2:] == []


@pytest.mark.parametrize("text", ["import sys\nprint('a\\\\n')", "\t'\x1b[2J\u202e", "数据 'a'"])
def test_a_command_can_be_copied_whatever_is_in_it(text: str) -> None:
    explanation = Explanation(("x",), "exact", command=("/u", "run", "x", text))
    (line,) = [line for line in render_top(explanation) if line.startswith("  runs ")]
    words = line.split(maxsplit=4)[4]
    assert line.isprintable()
    bash = ["bash", "-c", f"printf %s {words}"]
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    shown = subprocess.run(bash, stdout=subprocess.PIPE, env=environ, check=True)
    assert shown.stdout.decode() == text


def test_nothing_is_wider_than_the_terminal_but_what_is_copied() -> None:
    text = " ".join(["word"] * 60)
    for width in (60, 80, 120):
        lines = render_explanation(make_rich_policy(text), make_explanation(text), width)
        wide = [line for line in lines if measure(line) > width]
        assert [line.split()[0] for line in wide] == ["runs"]
        assert sum(line.count("word") for line in lines) >= 60 * 10


def test_without_a_terminal_there_are_eighty_columns() -> None:
    policy, explanation = make_rich_policy(), make_explanation()
    assert render_explanation(policy, explanation, None) == render_explanation(
        policy, explanation, 80
    )


def test_no_text_steers_a_terminal() -> None:
    lines = render_explanation(make_rich_policy(HOSTILE), make_explanation(HOSTILE), 80)
    assert all(line.isprintable() for line in lines)


def test_the_home_folder_is_told_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    explanation = Explanation(
        ("x",), "separate", command=("uv", "run", "x"), variables={"VIRTUAL_ENV": "/home/me/e"}
    )
    assert "  sets     VIRTUAL_ENV=~/e" in render_top(explanation)


def test_every_key_is_told_with_where_it_comes_from_and_what_it_is_over() -> None:
    lines = [" ".join(line.split()) for line in render_explanation(make_rich_policy(), None, 200)]
    at = lines.index("lock locked /etc/xrun.toml (system); enforced")
    assert lines[at + 1] == "ignored: update (xrun.local.toml), looser than what is enforced"
    over = "all (/etc/xrun.toml, rules[1].groups); test (/etc/xrun.toml)"
    assert f"groups lint XRUN_GROUPS (environment); over {over}" in lines
    assert (
        "mode off /etc/xrun.toml, rules[1].mode (system); over exact (/etc/xrun.toml); enforced"
        in lines
    )
    assert "packages current default" in lines


def test_each_rule_is_told_with_why_it_matches_or_not() -> None:
    policy = make_rich_policy()
    lines = [" ".join(line.split()) for line in render_explanation(policy, None, 200)]
    rules = lines[lines.index("rules") + 1 :]
    assert rules == [
        '/etc/xrun.toml, rules[0] matches command "pytest" or "python -m pytest" and when ci or '
        "hook: deny = a reason",
        "/etc/xrun.toml, rules[1] matches when terminal: mode = off, groups = all, deny = no",
        '/etc/xrun.toml, rules[2] matches command "pytest": keep = six',
    ]
    lines = render_explanation(resolve_policy([]), None, 80)
    assert "rules" not in lines
