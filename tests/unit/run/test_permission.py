"""What is typed against what is enforced: refused, or at least as strict."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.make import LOCK_ORDER, MODE_ORDER, write
from xrun.environment.environment import Environment
from xrun.errors import NotAllowedError, XrunError
from xrun.policy.keys import MODES, Layer
from xrun.policy.layers import LayerValues
from xrun.policy.load import load_policy
from xrun.policy.policy import resolve_policy
from xrun.policy.rules import Circumstances, Rule
from xrun.project.workspace import Project, Workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import replace
from xrun.report.notices import render_error
from xrun.run.facts import Facts, Script
from xrun.run.permission import check_allowed, tell_ignored
from xrun.run.plan import Plan, Response, resolve_plan
from xrun.run.request import Request
from xrun.run.usage import is_misused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOTHING: Mapping[str, str] = {}
SYSTEM = "/etc/xrun.toml"


def make_case(  # noqa: PLR0913 - a situation has that many sides
    typed: str,
    policy: Mapping[str, object],
    environ: Mapping[str, str] = NOTHING,
    *,
    folder: Path,
    script: tuple[bool, bool] | None = None,
    can_ask: bool = False,
    has_project: bool = True,
) -> Request:
    """Make a run under a policy, in a project of one folder."""
    project = Project(folder, {"project": {"name": "app"}})
    enforced = {"enforce": tuple(key for key in ("mode", "lock") if key in policy), **policy}
    facts = Facts(
        uv="/bin/uv",
        version=(0, 13, 9),
        folder=folder,
        start=folder,
        workspace=Workspace(project, project) if has_project else None,
        script=Script(folder / "s.py", *script) if script else None,
        environment=Environment(folder / ".venv", ".venv"),
        environ=environ,
        can_ask=can_ask,
    )
    resolved = resolve_policy([LayerValues(Layer.SYSTEM, SYSTEM, enforced)])
    invocation = parse_invocation(typed.split())
    return Request(invocation, facts, resolved, is_refused=is_misused(invocation))


def plan(case: Request) -> Plan:
    return resolve_plan(case)


def is_allowed(case: Request) -> bool:
    try:
        check_allowed(case, plan(case))
    except NotAllowedError:
        return False
    return True


EXACT = {"mode": "exact"}
REFUSE = {"mode": "refuse"}
LOCKED = {"lock": "locked"}
FROZEN = {"lock": "frozen"}


@pytest.mark.parametrize(
    ("typed", "policy", "environ", "expected"),
    [
        ("x", EXACT, {}, True),
        ("--exact x", EXACT, {}, True),
        ("--isolated x", EXACT, {}, True),
        ("--inexact x", EXACT, {}, False),
        ("--no-exact x", EXACT, {}, False),
        ("--inexact --exact x", EXACT, {}, True),
        ("--exact --inexact x", EXACT, {}, False),
        ("x --inexact", EXACT, {}, True),
        ("--no-sync x", EXACT, {}, False),
        ("x", EXACT, {"UV_NO_SYNC": "1"}, False),
        ("x", EXACT, {"UV_NO_SYNC": "0"}, True),
        ("--no-project x", EXACT, {}, False),
        ("--no_workspace x", EXACT, {}, False),
        ("x", EXACT, {"UV_NO_PROJECT": "true"}, False),
        ("--no-project x", EXACT, {"VIRTUAL_ENV": "/other"}, False),
        ("--isolated --no-sync x", EXACT, {}, False),
        ("--no-sync x", {"mode": "isolated"}, {}, False),
        ("--exact x", {"mode": "isolated"}, {}, True),
        ("--no-sync x", REFUSE, {}, True),
        ("--no-project x", REFUSE, {}, True),
        ("--no-project --isolated x", REFUSE, {}, True),
        ("--inexact x", REFUSE, {}, False),
        ("--inexact --no-sync x", REFUSE, {}, False),
        ("--no-sync x", {"mode": "ask"}, {}, True),
        ("--inexact x", {"mode": "ask"}, {}, False),
        ("--inexact x", {"mode": "report"}, {}, True),
        ("--no-sync x", {"mode": "report"}, {}, True),
        ("--inexact x", {"mode": "off"}, {}, True),
        ("x", LOCKED, {}, True),
        ("--locked x", LOCKED, {}, True),
        ("x", LOCKED, {"UV_LOCKED": "1"}, True),
        ("--frozen x", LOCKED, {}, False),
        ("x", LOCKED, {"UV_FROZEN": "1"}, False),
        ("--locked x", LOCKED, {"UV_FROZEN": "1"}, False),
        ("--locked --no-frozen x", LOCKED, {"UV_FROZEN": "1"}, True),
        ("--no-locked x", LOCKED, {}, False),
        ("--no-locked x", LOCKED, {"UV_LOCKED": "1"}, False),
        ("--no-frozen x", LOCKED, {}, False),
        ("--no-upgrade x", LOCKED, {}, True),
        ("--no-upgrade --locked x", LOCKED, {}, True),
        ("-U x", LOCKED, {}, False),
        ("-U --locked x", LOCKED, {}, False),
        ("-P six x", LOCKED, {}, False),
        ("--upgrade-group dev x", LOCKED, {}, False),
        ("x -U", LOCKED, {}, True),
        ("--locked x", FROZEN, {}, True),
        ("--frozen x", FROZEN, {}, True),
        ("--no-frozen x", FROZEN, {}, False),
        ("-U x", FROZEN, {}, False),
        ("-U x", {"lock": "update"}, {}, True),
        ("--no-project -U --with six x", LOCKED, {}, True),
        ("--inexact -U x", {}, {}, True),
    ],
)
def test_what_is_typed_is_refused_where_it_is_looser(
    typed: str,
    policy: Mapping[str, object],
    environ: Mapping[str, str],
    tmp_path: Path,
    *,
    expected: bool,
) -> None:
    assert is_allowed(make_case(typed, policy, environ, folder=tmp_path)) is expected


@pytest.mark.parametrize(
    ("typed", "policy", "script", "expected"),
    [
        ("s.py", EXACT, (True, False), True),
        ("--inexact s.py", EXACT, (True, False), False),
        ("--no-sync s.py", EXACT, (True, False), True),
        ("--no-project s.py", EXACT, (True, False), True),
        ("--no-sync s.py", EXACT, (False, False), False),
        ("-U s.py", LOCKED, (True, True), False),
        ("-U s.py", LOCKED, (True, False), True),
        ("--frozen s.py", LOCKED, (False, False), False),
    ],
)
def test_of_a_script_what_says_something_there_counts(
    typed: str,
    policy: Mapping[str, object],
    script: tuple[bool, bool],
    tmp_path: Path,
    *,
    expected: bool,
) -> None:
    assert is_allowed(make_case(typed, policy, folder=tmp_path, script=script)) is expected


def test_at_a_terminal_no_sync_is_looser_than_a_question(tmp_path: Path) -> None:
    case = make_case("--no-sync x", {"mode": "ask"}, folder=tmp_path, can_ask=True)
    assert not is_allowed(case)


@pytest.mark.parametrize("option", ["--no-upgrade", "-q"])
def test_what_does_not_loosen_the_lock_leaves_the_policys_in_force(
    option: str, tmp_path: Path
) -> None:
    assert "--locked" in plan(make_case(f"{option} x", LOCKED, folder=tmp_path)).inject


WAYS_OUT = [
    ("--project {out} x", {}, "--project (typed)"),
    ("--directory={out} x", {}, "--directory (typed)"),
    ("x", {"UV_PROJECT": "{out}"}, "UV_PROJECT"),
    ("x", {"UV_WORKING_DIR": "{out}"}, "UV_WORKING_DIR"),
    ("x", {"UV_WORKING_DIRECTORY": "{out}"}, "UV_WORKING_DIRECTORY"),
]


def make_outside(
    typed: str, environ: Mapping[str, str], policy: Mapping[str, object], folder: Path
) -> Request:
    """Make a run that something may lead to a folder outside any project."""
    out = write(folder / "outside", {})
    variables = {name: value.format(out=out) for name, value in environ.items()}
    typed = typed.format(out=out)
    return make_case(typed, policy, variables, folder=folder / "outside", has_project=False)


@pytest.mark.parametrize(("typed", "environ", "told"), WAYS_OUT)
def test_nothing_leads_out_of_a_project_where_a_mode_is_enforced(
    typed: str,
    environ: Mapping[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(write(tmp_path / "app", {"pyproject.toml": '[project]\nname = "app"\n'}))
    case = make_outside(typed, environ, EXACT, tmp_path)
    with pytest.raises(NotAllowedError, match=f"^not run: {re.escape(told)} is looser than mode"):
        check_allowed(case, plan(case))
    assert is_allowed(make_outside(typed, environ, {"mode": "report"}, tmp_path))
    assert is_allowed(make_outside("x", {"UV_PROJECT": ""}, EXACT, tmp_path))


@pytest.mark.parametrize(("typed", "environ", "told"), WAYS_OUT)
def test_from_outside_a_project_nothing_leads_out_of_one(
    typed: str,
    environ: Mapping[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told
    assert is_allowed(make_outside(typed, environ, EXACT, tmp_path))
    gone = write(tmp_path / "gone", {"file": ""})
    monkeypatch.chdir(gone)
    shutil.rmtree(gone)
    assert is_allowed(make_outside(typed, environ, EXACT, tmp_path))


@pytest.mark.parametrize("typed", ["--no-sync x", "--no-project x", "-U x", "--frozen x"])
def test_outside_a_project_there_is_nothing_to_loosen(typed: str, tmp_path: Path) -> None:
    policy = {**EXACT, **LOCKED}
    assert is_allowed(make_case(typed, policy, folder=tmp_path, has_project=False))


@pytest.mark.parametrize(
    ("typed", "environ", "told"),
    [
        ("--inexact x", {}, '--inexact (typed) is looser than mode = "exact"'),
        ("x", {"UV_NO_SYNC": "1"}, 'UV_NO_SYNC is looser than mode = "exact"'),
        ("--no-project x", {}, '--no-project (typed) is looser than mode = "exact"'),
        ("-U x", {}, '--upgrade (typed) is looser than lock = "locked"'),
        ("x", {"UV_FROZEN": "1"}, 'UV_FROZEN is looser than lock = "locked"'),
        (
            "--no-locked -P six x",
            {},
            '--no-locked (typed) with --upgrade-package (typed) is looser than lock = "locked"',
        ),
    ],
)
def test_a_refusal_names_what_was_typed_the_file_and_the_key(
    typed: str, environ: Mapping[str, str], told: str, tmp_path: Path
) -> None:
    case = make_case(typed, {**EXACT, **LOCKED}, environ, folder=tmp_path)
    with pytest.raises(NotAllowedError) as caught:
        check_allowed(case, plan(case))
    assert render_error(caught.value) == [f"xrun: not run: {told}, which {SYSTEM} enforces"]


def test_a_denied_command_is_not_run_but_help_is_given(tmp_path: Path) -> None:
    rule = Rule(2, (("*",),), (), {"deny": "not\there"})
    layer = LayerValues(Layer.LOCAL, "local.toml", {}, (rule,))
    case = make_case("x", {}, folder=tmp_path)
    policy = resolve_policy([layer], None, Circumstances(("x",)))
    denied = Request(case.invocation, case.facts, policy)
    with pytest.raises(NotAllowedError) as caught:
        check_allowed(denied, plan(denied))
    assert render_error(caught.value) == [
        "xrun: not run: not here",
        "xrun: denied by local.toml, rules[2].deny",
    ]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("pip install -U six 'a[b]>=2'", "six 'a[b]>=2'"),
        ("-m pip install -q six", "six"),
        ("uv pip install --python 3.11 -r requirements.txt six==1", "six==1"),
        ("pip install -e . ./x https://a/b.whl", "NAME"),
        ("pytest six", "NAME"),
    ],
)
def test_a_denial_names_what_was_to_be_installed(typed: str, names: str, tmp_path: Path) -> None:
    rule = Rule(0, (("*",),), (), {"deny": "`uv add {names}` declares it"})
    layer = LayerValues(Layer.LOCAL, "local.toml", {}, (rule,))
    case = make_case("x", {}, folder=tmp_path)
    policy = resolve_policy([layer], None, Circumstances(("x",)))
    denied = Request(parse_invocation(shlex.split(typed)), case.facts, policy)
    with pytest.raises(NotAllowedError, match=re.escape(f"`uv add {names}` declares it")):
        check_allowed(denied, plan(denied))


def test_a_lock_that_is_enforced_holds_in_mode_off_too(tmp_path: Path) -> None:
    off = {"mode": "off"}
    assert plan(make_case("x", {**off, **LOCKED}, folder=tmp_path)).inject == ("--locked",)
    free = {**off, **LOCKED, "enforce": ("mode",)}
    assert plan(make_case("x", free, folder=tmp_path)).inject == ()
    none = make_case("x", {**off, **LOCKED}, folder=tmp_path, has_project=False)
    assert plan(none).inject == ()


OPTIONS = st.lists(
    st.sampled_from(
        [
            *("--exact", "--inexact", "--no-exact", "--no-sync", "--no-project", "--isolated"),
            *("--active", "--no-active"),
            *("--locked", "--no-locked", "--frozen", "--no-frozen", "-U", "-P six"),
            *("--upgrade-group dev", "--no-upgrade", "--only-dev", "--no-dev", "--active", "-q"),
        ]
    ),
    unique=True,
    max_size=4,
)
NAMES = ["UV_NO_SYNC", "UV_NO_PROJECT", "UV_FROZEN", "UV_LOCKED", "UV_ISOLATED"]
VARIABLES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "0", ""]))
SCRIPT = st.sampled_from([None, (True, True), (True, False), (False, False)])


def rank(order: Sequence[Sequence[str]], value: str) -> int:
    return next(rank for rank, row in enumerate(order) if value in row)


def read_mode(chosen: Plan, words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Read as what a run comes out, from what uv is given and what is done about drift."""
    if chosen.response is Response.REFUSE:
        return "refuse"
    if chosen.response is Response.SEPARATE:
        return "separate"
    if chosen.response in {Response.PREPARE, Response.ASK}:
        return "exact" if chosen.response is Response.PREPARE else "ask"
    is_isolated = "--isolated" in words or environ.get("UV_ISOLATED") == "1"
    if is_isolated and "no sync" not in chosen.row and "no project" not in chosen.row:
        return "isolated"
    return "report" if chosen.row != "off" else "off"


def read_lock(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Read what uv may do to the lock file; of what contradicts itself the looser."""
    if {"-U", "-P", "--upgrade-group"} & set(words):
        return "update"
    for word in ("frozen", "locked"):
        said = [each for each in words if each in {f"--{word}", f"--no-{word}"}]
        by_variable = not said and environ.get(f"UV_{word.upper()}") == "1"
        if said[-1:] == [f"--{word}"] or by_variable:
            return word
    return "update"


RUNS = st.tuples(
    OPTIONS,
    VARIABLES,
    SCRIPT,
    st.booleans(),
    st.sampled_from([*MODES]),
    st.sampled_from(["update", "frozen", "locked"]),
)


@settings(max_examples=250)
@given(RUNS)
def test_nothing_typed_loosens_what_is_enforced(
    tmp_path_factory: pytest.TempPathFactory,
    run: tuple[list[str], dict[str, str], tuple[bool, bool] | None, bool, str, str],
) -> None:
    options, environ, script, can_ask, mode, lock = run
    folder = tmp_path_factory.getbasetemp()
    typed = " ".join([*options, "s.py" if script else "x"])
    policy = {"mode": mode, "lock": lock}
    case = make_case(typed, policy, environ, folder=folder, script=script, can_ask=can_ask)
    chosen = plan(case)
    if not is_allowed(case) or chosen.row in {"refused by uv", "nothing to run"}:
        return
    words = [*chosen.inject, *case.invocation.options]
    assert rank(MODE_ORDER, read_mode(chosen, words, environ)) >= rank(MODE_ORDER, mode)
    is_locking = "--no-sync" not in words and not case.no_sync and not case.no_project
    if is_locking and script != (True, False):
        assert rank(LOCK_ORDER, read_lock(words, environ)) >= rank(LOCK_ORDER, lock)


def test_what_is_ignored_is_told_once_for_each_change_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    system = tmp_path / "home" / "etc" / "xrun"
    write(system, {"xrun.toml": 'enforce = ["mode", "lock"]\nlock = "locked"\n'})
    write(tmp_path, {"xrun.toml": 'mode = "off"\nlock = "frozen"\n'})

    def run(folder: Path = tmp_path) -> list[str]:
        """Say what a run in a folder is told."""
        said: list[str] = []
        tell_ignored(load_policy(None, tmp_path, {}), folder, said.extend)
        return said

    told = [
        f'xrun: ignored in xrun.toml: {key} = "{value}" is looser than {key} = "{floor}", which '
        f"{system / 'xrun.toml'} enforces"
        for key, value, floor in (("mode", "off", "exact"), ("lock", "frozen", "locked"))
    ]
    told = [line.replace(f"{system / 'xrun.toml'}", "home/etc/xrun/xrun.toml") for line in told]
    assert run() == told
    assert run() == []
    assert run(tmp_path / "elsewhere") == told
    write(tmp_path, {"xrun.toml": 'mode = "report"\n'})
    assert run() == [told[0].replace("off", "report")]
    assert run() == []
    write(tmp_path, {"xrun.toml": ""})
    assert run() == []


@pytest.mark.parametrize(
    ("typed", "extras", "told"),
    [
        ("--extra gpu true", ("cpu",), ["extra cpu", "extra gpu", "--no-extra cpu"]),
        ("true", "all", ['"cpu"', '"gpu"', 'extras = ["cpu", "more"]', "--no-extra gpu"]),
        ("--extra gpu true", "all", ["extra cpu", "extra gpu", "--no-extra cpu"]),
        ("--extra gpu --no-extra cpu true", ("cpu",), []),
        ("--no-extra gpu true", "all", []),
        ("--extra more true", ("cpu",), []),
        # uv's to tell, whatever the policy selects besides
        *(("--extra cpu --extra gpu true", names, []) for names in ((), ("cpu",), "all")),
        ("--extra CPU,gpu true", ("cpu",), []),
    ],
)
def test_what_conflicts_with_what_the_policy_selects_is_told(
    typed: str, extras: object, told: list[str], tmp_path: Path
) -> None:
    conflict = [[{"extra": "cpu"}, {"extra": "gpu"}]]
    project = {"name": "app", "optional-dependencies": {"cpu": [], "gpu": [], "more": []}}
    case = make_case(typed, {"extras": extras}, folder=tmp_path)
    root = Project(tmp_path, {"project": project, "tool": {"uv": {"conflicts": conflict}}})
    facts = replace(case.facts, workspace=Workspace(root, root))
    case = replace(case, facts=facts)
    if not told:
        check_allowed(case, resolve_plan(case))
        return
    with pytest.raises(XrunError) as caught:
        check_allowed(case, resolve_plan(case))
    text = " ".join(render_error(caught.value))
    assert not [each for each in [*told, SYSTEM] if each not in text], text


def test_a_group_of_the_policy_that_includes_what_conflicts_is_told(tmp_path: Path) -> None:
    conflict = [[{"group": "old"}, {"group": "new"}]]
    groups = {"old": [], "new": [], "both": [{"include-group": "old"}]}
    tables = {
        "project": {"name": "app"},
        "dependency-groups": groups,
        "tool": {"uv": {"conflicts": conflict}},
    }
    case = make_case("--group new true", {"groups": ("both",)}, folder=tmp_path)
    root = Project(tmp_path, tables)
    case = replace(case, facts=replace(case.facts, workspace=Workspace(root, root)))
    with pytest.raises(NotAllowedError, match=r"group new and group both .* conflict") as caught:
        check_allowed(case, resolve_plan(case))
    assert "`--no-group both`" in caught.value.hint
