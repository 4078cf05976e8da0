"""Which command settles what, where the environment cannot be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.drifts import make_drift
from unit.make import Installed, make_environment, write
from xrun.drift.advice import Adviser
from xrun.drift.finding import Finding, Importer, Kind
from xrun.environment.distribution import Provenance
from xrun.environment.environment import Environment
from xrun.project.conflicts import Item
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT = """\
[project]
name = "app"
[project.optional-dependencies]
plot = []
"""
BY_PIP = Provenance("pip", None, is_requested=True, direct_url={})


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("is_writable", [True, False])
def test_no_advice_needs_an_environment_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, *, is_writable: bool
) -> None:
    workspace = find_workspace(write(tmp_path, {"pyproject.toml": PROJECT}))
    environment = make_environment(tmp_path / ".venv")
    Installed("six").install(environment)
    selectors = (Item("extra", "plot"),) if kind is Kind.UNSELECTED else ()
    finding = Finding(kind, "six", "1.0", "2.0", BY_PIP, selectors=selectors)
    monkeypatch.setattr(Environment, "is_writable", property(lambda _: is_writable))
    drift = replace(make_drift(finding), environment=environment)
    advice = Adviser(drift, workspace, {}).advise(finding)
    writes = {*("xrunctl sync", "uv pip install", "uv pip uninstall", "rm ", "delete ")}
    is_writing = advice.startswith(tuple(writes))
    assert not is_writing or is_writable
    if advice.startswith("uv add"):
        assert ("--no-sync" in advice) is not is_writable


@pytest.mark.parametrize(
    ("selection", "environ", "file", "advice"),
    [
        ((), {}, "app.py", "uv add six"),
        (("--no-dev",), {}, "app.py", "uv add six"),
        (("--only-group=dev",), {}, "app.py", ""),
        (("--only-dev",), {}, "app.py", ""),
        ((), {}, "tests/test_app.py", "uv add --dev six"),
        (("--only-dev",), {}, "tests/test_app.py", "uv add --dev six"),
        (("--no-dev",), {}, "tests/test_app.py", ""),
        (("--no-default-groups",), {}, "tests/test_app.py", ""),
        ((), {"UV_NO_DEV": "1"}, "tests/test_app.py", ""),
    ],
)
def test_what_would_not_be_selected_is_not_declared(
    tmp_path: Path, selection: tuple[str, ...], environ: Mapping[str, str], file: str, advice: str
) -> None:
    workspace = find_workspace(write(tmp_path, {"pyproject.toml": PROJECT}))
    finding = Finding(Kind.UNDECLARED, "six", "1.0", None, BY_PIP, importers=(Importer(file, 1),))
    fixed = frozenset({"group"}) if selection or environ else frozenset[str]()
    drift = replace(make_drift(finding), selection=selection, fixed=fixed)
    assert Adviser(drift, workspace, environ).advise(finding) == advice
