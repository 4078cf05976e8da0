"""By whom a command is started, and why by uv."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.drift.compare import Comparison
from xrun.drift.dry_run import DryRun
from xrun.drift.finding import Drift
from xrun.environment.environment import Environment
from xrun.policy.keys import Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import resolve_policy
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import replace
from xrun.run.decision import Launch
from xrun.run.facts import Facts
from xrun.run.launcher import UNASKED, choose_launcher, find_reason
from xrun.run.plan import resolve_plan
from xrun.run.request import Request, Run

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "app"\nversion = "1"\n'


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("xrun.run.launcher.sys.platform", "linux")
    monkeypatch.setattr("xrun.proxy.REPLACES", True)


def make_launch(folder: Path, line: str = "pytest", **policy: object) -> Launch:
    """Make the launch of a command in an environment in which all is as declared."""
    if not (folder / "pyproject.toml").exists():
        write(folder, {"pyproject.toml": PROJECT})
    environment = Environment(folder / ".venv", ".venv")
    if not environment.exists:
        make_environment(environment.folder)
    workspace, uv = find_workspace(folder), str(folder / "uv")
    facts = Facts(uv, (0, 13, 9), folder, folder, workspace, None, environment, {"HOME": "/no"})
    values = [LayerValues(Layer.WORKSPACE, "xrun.toml", policy)] if policy else []
    words = line.split()
    request = Request(parse_invocation(words), facts, resolve_policy(values), tuple(words))
    run = Run(request, resolve_plan(request))
    comparison = Comparison(
        DryRun(environment.folder, "check", {}, {}, "use"), Drift(environment, ())
    )
    return Launch(run, (), folder=str(environment.folder), comparison=comparison)


def test_xrun_starts_it_where_nothing_is_left_to_do(tmp_path: Path) -> None:
    launcher = choose_launcher(make_launch(tmp_path))
    assert (launcher.text, launcher.why) == (f"python UV,DEPTH,NOFILE {tmp_path / 'uv'}", "")


@pytest.mark.parametrize(
    ("line", "why"), [("--with x y", "--with (typed)"), ("x", UNASKED)], ids=["typed", "unknown"]
)
def test_why_uv_starts_what_is_unchanged_is_found_without_asking(
    tmp_path: Path, line: str, why: str
) -> None:
    assert find_reason(replace(make_launch(tmp_path, line), comparison=None)) == why


@pytest.mark.parametrize(
    "line",
    ["-m x", "--extra a --group=b x", "--no-sync x", "--frozen -p 3.12 x", "-q x", "--script x"],
)
def test_options_that_only_select_leave_it_to_xrun(tmp_path: Path, line: str) -> None:
    assert choose_launcher(make_launch(tmp_path, line)).text


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("--with six x", "--with"),
        ("--env-file .env x", "--env-file"),
        ("--isolated x", "--isolated"),
        ("-v x", "--verbose"),
        ("--directory sub x", "--directory"),
        ("--compile-bytecode x", "--compile-bytecode"),
        ("--gui-script x", "--gui-script"),
        ("-m --script x", "typed"),
        ("--never-heard-of x", "--never-heard-of"),
    ],
)
def test_with_other_options_uv_starts_the_command(tmp_path: Path, line: str, word: str) -> None:
    launcher = choose_launcher(make_launch(tmp_path, line))
    assert not launcher.text
    assert word in launcher.why


@pytest.mark.parametrize(
    ("name", "is_uvs"),
    [
        ("UV_ENV_FILE", True),
        ("UV_PREVIEW", True),
        ("UV_COMPILE_BYTECODE", True),
        ("UV_RUN_RLIMIT_NOFILE", True),
        ("UV_NEVER_HEARD_OF", True),
        ("UV_INTERNAL__PARENT_INTERPRETER", True),
        ("UV_LINK_MODE", False),
        ("UV_INDEX_MINE_PASSWORD", False),
        ("UV_RUN_RECURSION_DEPTH", False),
        ("UVICORN_PORT", False),
    ],
)
def test_variables_that_may_do_more_are_uvs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, is_uvs: bool
) -> None:
    monkeypatch.setenv(name, "1")
    launcher = choose_launcher(make_launch(tmp_path))
    assert (launcher.why == name, not launcher.text) == (is_uvs, is_uvs)


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT + "[tool.uv]\ncompile-bytecode = true\n"},
        {"uv.toml": "upgrade = true\n"},
        {"uv.toml": 'link-mode = "copy"\n  preview-features = ["x"]\n'},
    ],
)
def test_settings_that_do_more_are_uvs(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    launcher = choose_launcher(make_launch(tmp_path))
    assert not launcher.text
    assert str(tmp_path) in launcher.why


def test_settings_of_other_tools_are_not_uvs(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PROJECT + "[tool.ruff]\npreview = true\n"})
    assert choose_launcher(make_launch(tmp_path)).text


def test_the_policy_decides_and_ray_where_it_says_nothing(tmp_path: Path) -> None:
    assert "xrun.toml" in choose_launcher(make_launch(tmp_path, launch="uv")).why
    write(tmp_path / ".venv" / "lib" / "python3.12" / "site-packages", {"ray/__init__.py": ""})
    assert "ray" in choose_launcher(make_launch(tmp_path)).why
    assert choose_launcher(make_launch(tmp_path, launch="direct")).text


def test_what_uv_has_to_say_or_to_do_is_uvs(tmp_path: Path) -> None:
    launch = make_launch(tmp_path)
    comparison = launch.comparison
    assert comparison is not None
    answer, folder = comparison.answer, tmp_path / "other"
    others = {
        "unknown": replace(launch, comparison=None),
        **{
            name: replace(launch, comparison=replace(comparison, answer=changed))
            for name, changed in (
                ("warns", replace(answer, warnings=("warning: x",))),
                ("refuses", replace(answer, is_refused=True)),
                ("elsewhere", replace(answer, environment=folder)),
            )
        },
    }
    assert [name for name, each in others.items() if choose_launcher(each).text] == []


def test_what_is_due_afterwards_is_no_reason(tmp_path: Path) -> None:
    launch = make_launch(tmp_path)
    assert launch.comparison is not None
    assert choose_launcher(replace(launch, report=launch.comparison.drift, reminds=True)).text


def test_another_environment_that_is_active_is_uvs_to_warn_of(tmp_path: Path) -> None:
    for line, is_uvs in (("x", True), ("--no-active x", False)):
        launch = make_launch(tmp_path, line)
        facts = replace(launch.run.facts, environ={"VIRTUAL_ENV": "/other"})
        request = replace(launch.run.request, facts=facts)
        launcher = choose_launcher(replace(launch, run=replace(launch.run, request=request)))
        assert (not launcher.text) is is_uvs


def test_a_uv_of_an_unknown_version_is_not_trusted(tmp_path: Path) -> None:
    launch = make_launch(tmp_path)
    for version in ((0, 5, 29), (0, 14, 0), ()):
        assert not choose_launcher(_with_version(launch, version), asks=False).text


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux")
@pytest.mark.parametrize(
    ("version", "starts"),
    [
        ((0, 5, 30), "python3 -"),
        ((0, 5, 31), "python3 DEPTH"),
        ((0, 11, 33), "python3 UV,DEPTH"),
        ((0, 12, 13), "python3 UV,DEPTH,NOFILE"),
        ((0, 12, 14), "python UV,DEPTH,NOFILE"),
    ],
)
def test_each_uv_starts_commands_in_its_own_way(
    version: tuple[int, ...], starts: str, tmp_path: Path
) -> None:
    launcher = choose_launcher(_with_version(make_launch(tmp_path), version), asks=False)
    assert launcher.text.rsplit(" ", 1)[0] == starts


def _with_version(launch: Launch, version: tuple[int, ...]) -> Launch:
    facts = replace(launch.run.facts, version=version)
    request = replace(launch.run.request, facts=facts)
    return replace(launch, run=replace(launch.run, request=request))
