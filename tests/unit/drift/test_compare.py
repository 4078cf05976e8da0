"""What uv's changes mean for an environment, name by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import Installed
from xrun.drift import compare
from xrun.drift.dry_run import DryRun, SyncCommand
from xrun.drift.finding import Kind
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from xrun.environment.environment import Environment

    Versions = dict[str, str | None]


def answer(environment: Environment, incoming: Versions, outgoing: Versions) -> DryRun:
    return DryRun(environment.folder, "check", incoming, outgoing, "use")


def find(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    answer: DryRun,
    *,
    reinstalls: bool = False,
) -> list[tuple[Kind, str]]:
    """Find what an answer of uv's means."""
    monkeypatch.setattr(compare, "ask_dry_run", lambda _: answer)
    sync = SyncCommand("uv", (), (), (), {}, None, environment, reinstalls=reinstalls)
    return [(each.kind, each.name) for each in compare.compare(sync).drift.findings]


def test_a_change_is_a_finding(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        Installed(name).install(environment)
    changes = answer(environment, {"b": "2.0", "d": "1.0"}, {"a": "1.0", "b": "1.0"})
    assert find(environment, monkeypatch, changes) == [
        (Kind.UNDECLARED, "a"),
        (Kind.MISSING, "d"),
        (Kind.OTHER, "b"),
    ]


@pytest.mark.parametrize("reinstalls", [True, False])
def test_the_same_version_again_means_nothing_where_uv_reinstalls(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    reinstalls: bool,  # noqa: FBT001 - a parameter
) -> None:
    Installed("a").install(environment)
    same = answer(environment, {"a": "1.0"}, {"a": "1.0"})
    found = find(environment, monkeypatch, same, reinstalls=reinstalls)
    assert found == ([] if reinstalls else [(Kind.OTHER, "a")])


def test_the_same_folder_linked_again_means_nothing(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = {"url": "file:///app", "dir_info": {"editable": True}}
    Installed("app", direct_url=url).install(environment)
    again = answer(environment, {"app": "1.0"}, {"app": "1.0"})
    same, other = (replace(again, sources={"app": f"file:///{x}"}) for x in ("app/", "other"))
    assert find(environment, monkeypatch, same) == []
    assert find(environment, monkeypatch, other) == [(Kind.OTHER, "app")]


def test_all_goes_with_an_environment_that_is_rebuilt(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        Installed(name).install(environment)
    rebuilt = replace(answer(environment, {"b": "1.0"}, {}), action="replace")
    assert find(environment, monkeypatch, rebuilt) == [(Kind.UNDECLARED, "a")]
