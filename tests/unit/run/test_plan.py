"""Each decision of the design is a row of the plan's table, and a row here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from xrun.environment.environment import Environment
from xrun.policy.keep import Keep
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import resolve_policy
from xrun.project.uv_variables import select_read
from xrun.project.workspace import Project, Workspace, find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass, field
from xrun.run.facts import Facts, Script
from xrun.run.plan import TABLE, Plan, Response, Sync, Target, resolve_plan
from xrun.run.request import Request
from xrun.run.usage import is_misused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.policy.policy import Policy

NEW = (0, 13, 9)
PROJECT = """
[project]
name = "app"
version = "1"
[project.optional-dependencies]
cuda = []
[dependency-groups]
dev = []
test = []
"""


@dataclass(frozen=True)
class Given:
    """A situation: what was typed, what the policy says, what is so."""

    typed: str
    policy: Mapping[str, object] = field(default_factory=dict)
    pyproject: str | None = PROJECT
    version: tuple[int, ...] = NEW
    environ: Mapping[str, str] = field(default_factory=dict)
    script: tuple[bool, bool] | None = None  # has metadata, has lock
    can_ask: bool = False
    is_streamed: bool = False


def make_policy(**values: object) -> Policy:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return resolve_policy([LayerValues(Layer.WORKSPACE, "xrun.toml", named)])


def plan_for(given: Given, folder: Path) -> Plan:
    if given.pyproject is not None:
        (folder / "pyproject.toml").write_text(given.pyproject)
    workspace = find_workspace(folder) if given.pyproject is not None else None
    script = Script(folder / "s.py", *given.script) if given.script else None
    facts = Facts(
        uv="/bin/uv",
        version=given.version,
        folder=folder,
        start=folder,
        workspace=workspace,
        script=script,
        environment=Environment(folder / ".venv", ".venv") if workspace else None,
        environ=select_read(given.environ, given.version),
        can_ask=given.can_ask,
        is_streamed_script=given.is_streamed,
    )
    policy = make_policy(**given.policy)
    invocation = parse_invocation(given.typed.split())
    return resolve_plan(Request(invocation, facts, policy, is_refused=is_misused(invocation)))


ASK = {"mode": "ask"}
CASES: dict[str, tuple[Given, str, tuple[str, ...], Response]] = {
    # name: what is given, the row that decides, what is injected, what is done about drift
    "no command": (Given(""), "nothing to run", (), Response.NOTHING),
    "help": (Given("-q --help"), "nothing to run", (), Response.NOTHING),
    "off": (Given("pytest", {"mode": "off"}), "off", (), Response.NOTHING),
    "off beats typed": (Given("--exact pytest", {"mode": "off"}), "off", (), Response.NOTHING),
    "exact": (Given("pytest"), "exact", (), Response.PREPARE),
    "exact typed": (Given("--exact pytest"), "exact", (), Response.PREPARE),
    "exact typed twice": (Given("--exact --exact pytest"), "refused by uv", (), Response.NOTHING),
    "package twice": (
        Given("--package a --package=a x"),
        *("refused by uv", (), Response.NOTHING),
    ),
    "no-sync twice": (Given("--no-sync --no-sync x"), "refused by uv", (), Response.NOTHING),
    "a flag with a value": (Given("--no-sync=true x"), "refused by uv", (), Response.NOTHING),
    "unknown option": (Given("--frobnicate x"), "refused by uv", (), Response.NOTHING),
    "requirements missing": (
        Given("--with-requirements missing.txt --no-sync x"),
        *("requirements missing", ("--isolated",), Response.NOTHING),
    ),
    "requirements of a script missing": (
        Given("--with-requirements missing.txt s.py", script=(True, False)),
        *("requirements missing", (), Response.NOTHING),
    ),
    "requirements missing beside a script from standard input": (
        Given("--with-requirements missing.txt -", is_streamed=True),
        *("requirements missing", (), Response.NOTHING),
    ),
    "behind the command": (Given("pytest --exact --no-sync"), "exact", (), Response.PREPARE),
    "inexact typed": (Given("--inexact x"), "inexact", (), Response.REPORT),
    "no-exact typed": (Given("--no-exact x"), "inexact", (), Response.REPORT),
    "exact behind inexact": (Given("--inexact --exact x"), "exact", (), Response.PREPARE),
    "inexact behind exact": (Given("--exact --inexact x"), "inexact", (), Response.REPORT),
    "no-sync": (Given("--no-sync x"), "no sync", (), Response.REPORT),
    "UV_NO_SYNC": (Given("x", environ={"UV_NO_SYNC": "1"}), "no sync", (), Response.REPORT),
    "UV_NO_SYNC=0": (Given("x", environ={"UV_NO_SYNC": "0"}), "exact", (), Response.PREPARE),
    "UV_NO_SYNC in the one uv that ignores it": (
        Given("x", environ={"UV_NO_SYNC": "1"}, version=(0, 9, 23)),
        "exact",
        (),
        Response.PREPARE,
    ),
    "no-sync in refuse": (
        Given("--no-sync x", {"mode": "refuse"}),
        "no sync",
        (),
        Response.REFUSE,
    ),
    "ask at a terminal": (Given("x", ASK, can_ask=True), "exact", (), Response.ASK),
    "ask without one": (Given("x", ASK), "refuse", (), Response.REFUSE),
    "ask, no-sync, at a terminal": (
        Given("--no-sync x", ASK, can_ask=True),
        "no sync",
        (),
        Response.REPORT,
    ),
    "ask, no-sync, without one": (Given("--no-sync x", ASK), "no sync", (), Response.REFUSE),
    "ask, exact typed": (Given("--exact x", ASK), "exact", (), Response.PREPARE),
    "ask, script": (
        Given("s.py", ASK, script=(True, False), can_ask=True),
        "script with metadata",
        (),
        Response.ASK,
    ),
    "isolated by policy": (
        Given("x", {"mode": "isolated"}),
        "isolated",
        ("--isolated",),
        Response.NOTHING,
    ),
    "separate": (Given("x", {"mode": "separate"}), "separate", (), Response.SEPARATE),
    "separate and an active one": (
        Given("--active x", {"mode": "separate"}),
        "separate, active",
        (),
        Response.REPORT,
    ),
    "separate and inexact": (
        Given("--inexact x", {"mode": "separate"}),
        "inexact",
        (),
        Response.REPORT,
    ),
    "separate and exact typed": (
        Given("--exact x", {"mode": "separate"}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "isolated typed": (Given("--isolated x"), "isolated", (), Response.NOTHING),
    "UV_ISOLATED": (Given("x", environ={"UV_ISOLATED": "1"}), "isolated", (), Response.NOTHING),
    "isolated typed beats exact typed": (
        Given("--exact --isolated x"),
        "isolated",
        (),
        Response.NOTHING,
    ),
    "exact typed beats isolated by policy": (
        Given("--exact x", {"mode": "isolated"}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "isolated typed with no-sync": (
        Given("--isolated --no-sync x"),
        "isolated, no sync",
        (),
        Response.SAY,
    ),
    "isolated by policy with no-sync": (
        Given("--no-sync x", {"mode": "isolated"}),
        "isolated, no sync",
        ("--isolated",),
        Response.SAY,
    ),
    "no-project": (Given("--no-project x"), "no project", (), Response.REPORT),
    "UV_NO_PROJECT": (
        Given("x", environ={"UV_NO_PROJECT": "1"}),
        "no project",
        (),
        Response.REPORT,
    ),
    "outside": (Given("x", pyproject=None), "outside a project", (), Response.NOTHING),
    "managed = false": (
        Given("x", pyproject=PROJECT + "[tool.uv]\nmanaged = false\n"),
        "unmanaged",
        (),
        Response.UNKNOWN,
    ),
    "no [project]": (
        Given("x", pyproject="[tool.black]\n"),
        "no [project]",
        (),
        Response.REPORT,
    ),
    "no [project], isolated": (
        Given("x", {"mode": "isolated", "lock": "locked"}, pyproject="[tool.black]\n"),
        "isolated",
        ("--isolated",),
        Response.NOTHING,
    ),
    "no [project], isolated, no-sync": (
        Given("--no-sync x", {"mode": "isolated"}, pyproject="[tool.black]\n"),
        "isolated",
        ("--isolated",),
        Response.NOTHING,
    ),
    "no-project, isolated": (
        Given("--no-project x", {"mode": "isolated", "groups": ["test"], "lock": "locked"}),
        "isolated",
        ("--isolated",),
        Response.NOTHING,
    ),
    "no-project typed, isolated typed": (
        Given("--no-project --isolated x", environ={"UV_NO_SYNC": "1"}),
        *("isolated", (), Response.NOTHING),
    ),
    "managed = false, isolated": (
        Given(
            "x",
            {"mode": "isolated", "groups": ["test"]},
            pyproject=f"{PROJECT}[tool.uv]\nmanaged = false\n",
        ),
        *("isolated", ("--isolated",), Response.NOTHING),
    ),
    "no project, isolated": (
        Given("x", {"mode": "isolated"}, pyproject=None),
        *("isolated", ("--isolated",), Response.NOTHING),
    ),
    "a virtual workspace root has no [project]": (
        Given("x", pyproject="[tool.uv.workspace]\nmembers = []\n"),
        "exact",
        (),
        Response.PREPARE,
    ),
    "a script from a URL": (
        Given("https://example.org/s.py"),
        "remote script",
        (),
        Response.REPORT,
    ),
    "options that exclude each other": (
        Given("-q -v x"),
        "refused by uv",
        (),
        Response.NOTHING,
    ),
    "no-project with another environment": (
        Given("--no-project x", environ={"UV_PYTHON": "3.12"}),
        "no project",
        (),
        Response.NOTHING,
    ),
    "UV_NO_DEV=0": (
        Given("x", {"groups": ("test",)}, environ={"UV_NO_DEV": "0"}),
        "exact",
        ("--group=test",),
        Response.PREPARE,
    ),
    "UV_ISOLATED in a uv that does not read it": (
        Given("x", environ={"UV_ISOLATED": "1"}, version=(0, 8, 13)),
        "exact",
        (),
        Response.PREPARE,
    ),
    "all extras beside a typed one": (
        Given("--extra cuda x", {"extras": "all"}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "broken pyproject.toml": (Given("x", pyproject="["), "unreadable", (), Response.REPORT),
    "broken pyproject.toml, no-project": (
        Given("--no-project x", pyproject="["),
        "no project",
        (),
        Response.REPORT,
    ),
    "uv without --exact": (Given("x", version=(0, 5, 13)), "old uv", (), Response.UNKNOWN),
    "uv without dry run": (Given("x", version=(0, 5, 29)), "old uv", (), Response.UNKNOWN),
    "uv with dry run": (Given("x", version=(0, 5, 30)), "exact", (), Response.PREPARE),
    "uv of unknown version": (Given("x", version=()), "exact", (), Response.PREPARE),
    "refuse": (Given("x", {"mode": "refuse"}), "refuse", (), Response.REFUSE),
    "refuse, exact typed": (Given("--exact x", {"mode": "refuse"}), "exact", (), Response.PREPARE),
    "report": (Given("x", {"mode": "report"}), "report", (), Response.REPORT),
    "script with metadata": (
        Given("s.py", script=(True, False)),
        "script with metadata",
        (),
        Response.PREPARE,
    ),
    "script with metadata, isolated by policy": (
        Given("s.py", {"mode": "isolated"}, script=(True, False)),
        "script with metadata",
        (),
        Response.PREPARE,
    ),
    "script with metadata, no-sync typed": (
        Given("--no-sync s.py", script=(True, False)),
        "script with metadata",
        (),
        Response.PREPARE,
    ),
    "script with metadata gets no selection": (
        Given("s.py", {"groups": ("test",), "lock": "locked"}, script=(True, False)),
        "script with metadata",
        (),
        Response.PREPARE,
    ),
    "script with its own lock gets the lock option": (
        Given("s.py", {"lock": "locked"}, script=(True, True)),
        "script with metadata",
        ("--locked",),
        Response.PREPARE,
    ),
    "script with metadata, uv that does not clean it": (
        Given("s.py", script=(True, False), version=(0, 6, 16)),
        "script with metadata",
        (),
        Response.UNKNOWN,
    ),
    "script with metadata, refuse": (
        Given("s.py", {"mode": "refuse"}, script=(True, False)),
        "script with metadata",
        (),
        Response.REFUSE,
    ),
    **{
        f"script from standard input, {mode}": (
            Given("-", {"mode": mode, "groups": ("test",)}, is_streamed=True),
            *("script from standard input", ("--exact",), Response.NOTHING),
        )
        for mode in ("exact", "ask", "refuse", "separate", "isolated")
    },
    "script from standard input, report": (
        Given("-", {"mode": "report"}, is_streamed=True),
        *("script from standard input", (), Response.NOTHING),
    ),
    "script from standard input, exact typed": (
        Given("--exact -", is_streamed=True),
        *("script from standard input", (), Response.NOTHING),
    ),
    "script from standard input, uv that does not clean it": (
        Given("-", is_streamed=True, version=(0, 6, 16)),
        *("script from standard input", (), Response.UNKNOWN),
    ),
    "script without metadata is the project's": (
        Given("s.py", script=(False, False)),
        "exact",
        (),
        Response.PREPARE,
    ),
    "selection": (
        Given("x", {"extras": ("cuda",), "groups": ("test",)}),
        "exact",
        ("--extra=cuda", "--group=test"),
        Response.PREPARE,
    ),
    "all extras and groups": (
        Given("x", {"extras": "all", "groups": "all"}),
        "exact",
        ("--all-extras", "--all-groups"),
        Response.PREPARE,
    ),
    "selection in report": (
        Given("x", {"mode": "report", "groups": ("test",)}),
        "report",
        ("--group=test",),
        Response.REPORT,
    ),
    "no selection where nothing is synced": (
        Given("--no-sync x", {"groups": ("test",)}),
        "no sync",
        (),
        Response.REPORT,
    ),
    "only-group typed": (
        Given("--only-group dev x", {"extras": ("cuda",), "groups": ("test",)}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "all-extras typed": (
        Given("--all-extras x", {"extras": ("cuda",), "groups": ("test",)}),
        "exact",
        ("--group=test",),
        Response.PREPARE,
    ),
    "no-dev typed": (Given("--no-dev x", {"groups": ("test",)}), "exact", (), Response.PREPARE),
    "UV_NO_DEV": (
        Given("x", {"groups": ("test",)}, environ={"UV_NO_DEV": "1"}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "lock": (Given("x", {"lock": "frozen"}), "exact", ("--frozen",), Response.PREPARE),
    "lock typed": (
        Given("--locked x", {"lock": "frozen"}),
        "exact",
        (),
        Response.PREPARE,
    ),
    "upgrade typed": (Given("-U x", {"lock": "locked"}), "exact", (), Response.PREPARE),
    "UV_FROZEN": (
        Given("x", {"lock": "locked"}, environ={"UV_FROZEN": "1"}),
        "exact",
        (),
        Response.PREPARE,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_situation_has_its_row(name: str, tmp_path: Path) -> None:
    given, row, inject, response = CASES[name]
    plan = plan_for(given, tmp_path)
    assert (plan.row, plan.inject, plan.response) == (row, inject, response)


def test_every_row_but_what_needs_a_file_system_is_tested() -> None:
    tested = {row for _, row, _, _ in CASES.values()}
    assert tested == {row.name for row in TABLE} - {"not writable"}


def test_an_environment_that_cannot_be_changed_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    monkeypatch.setattr(Environment, "is_writable", property(lambda _: False))
    plan = plan_for(Given("x"), tmp_path)
    assert (plan.row, plan.inject, plan.response) == ("not writable", (), Response.REPORT)
    assert plan.reason == ".venv is not writable"


def test_reasons_name_what_is_in_the_way(tmp_path: Path) -> None:
    typed = plan_for(Given("--no-sync x"), tmp_path)
    assert typed.reason == "--no-sync (typed) leaves .venv as it is"
    assert typed.sync is Sync.NONE
    old = plan_for(Given("x", version=(0, 5, 13)), tmp_path)
    assert old.response is Response.UNKNOWN
    assert "uv 0.5.13 has no --exact (0.5.14 has" in old.reason


def test_outside_a_project_a_reason_is_said_only_where_exactness_was_asked_for(
    tmp_path: Path,
) -> None:
    assert plan_for(Given("x", pyproject=None), tmp_path).response is Response.NOTHING
    asked = Given("x", {"mode": "exact"}, pyproject=None)
    assert plan_for(asked, tmp_path).response is Response.SAY
    assert plan_for(Given("--exact x", pyproject=None), tmp_path).response is Response.SAY


def test_a_script_is_compared_with_its_own_environment(tmp_path: Path) -> None:
    assert plan_for(Given("s.py", script=(True, False)), tmp_path).target is Target.SCRIPT
    assert plan_for(Given("s.py", script=(False, False)), tmp_path).target is Target.PROJECT


def test_a_member_gets_only_names_that_it_defines(tmp_path: Path) -> None:
    root = Project(
        tmp_path,
        {
            "project": {"name": "root"},
            "dependency-groups": {"test": []},
            "tool": {"uv": {"workspace": {"members": []}}},
        },
    )
    member = Project(
        tmp_path / "ma",
        {"project": {"name": "ma", "optional-dependencies": {"x": []}}},
    )
    facts = Facts(
        "/bin/uv", NEW, member.folder, member.folder, Workspace(member, root), None, None, {}
    )
    policy = make_policy(groups=("test",), extras=("x",))
    assert resolve_plan(Request(parse_invocation(["pytest"]), facts, policy)).inject == (
        "--extra=x",
    )


@pytest.mark.parametrize("version", [(0, 5, 13), (0, 5, 29)])
def test_what_an_old_uv_cannot_say_is_unknown_not_clean(
    version: tuple[int, ...], tmp_path: Path
) -> None:
    plan = plan_for(Given("x", {"mode": "refuse"}, version=version), tmp_path)
    assert plan.response is Response.UNKNOWN


def test_the_policys_keep_is_for_the_projects_environment_alone(tmp_path: Path) -> None:
    entry = Keep(Requirement("gdal"))
    policy = {"keep": (entry,)}
    assert [each.requirement.name for each in plan_for(Given("x", policy), tmp_path).keep] == [
        "gdal"
    ]
    script = Given("s.py", policy, script=(True, False))
    assert plan_for(script, tmp_path).keep == ()
