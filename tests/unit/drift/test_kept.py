"""What is kept: the entries that match, all that they need, and nothing that is declared goes."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from unit.make import Installed, make_environment
from xrun.drift import kept
from xrun.drift.compare import Comparison, list_extraneous
from xrun.drift.dry_run import DryRun, SyncCommand
from xrun.drift.finding import Drift, Finding, Kind
from xrun.drift.grouping import split_requested
from xrun.drift.kept import compare_keeping, find_closure, find_idle, find_named, list_own, spare
from xrun.environment.environment import Environment
from xrun.environment.needs import find_needs, name_needs
from xrun.errors import KeptWouldBeLostError
from xrun.policy.keep import Keep
from xrun.proxy.dataclass import replace
from xrun.run.guard import check_keeps

NAMES = ["a", "b", "c", "d", "e", "f", "g"]


def keep(*entries: str) -> list[Keep]:
    return [
        Keep(Requirement(entry), origin=f"xrun.toml, keep[{at}]")
        for at, entry in enumerate(entries)
    ]


def compare(
    environment: Environment, *, removed: list[str], replaced: dict[str, str] | None = None
) -> Comparison:
    """Make what comes of uv's answer: what it would remove, and what it would replace."""
    installed = {name: each.version for name, each in environment.distributions.items()}
    versions = {name: installed[name] for name in removed}
    findings = list(list_extraneous(versions, environment))
    for name, version in (replaced or {}).items():
        findings.append(Finding(Kind.OTHER, name, installed[name], version))
    outgoing = {name: installed[name] for name in (*removed, *(replaced or {}))}
    answer = DryRun(environment.folder, "check", replaced or {}, outgoing, "use")
    return Comparison(answer, Drift(environment, tuple(findings)))


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return make_environment(tmp_path / ".venv", python="3.12.4")


@pytest.mark.parametrize(
    ("entry", "is_kept"),
    [
        ("gdal", True),
        ("GDAL", True),
        ("gdal>=3.8,<4", True),
        ("gdal==3.8.*", True),
        ("gdal>=4", False),
        ("gdal; python_version >= '3.12'", True),
        ("gdal; python_version < '3.12'", False),
        ("gdal; sys_platform == 'no-such'", False),
        ("gdal[numpy]", True),
        ("other", False),
    ],
)
def test_an_entry_keeps_what_name_specifier_and_marker_match(
    environment: Environment,
    entry: str,
    is_kept: bool,  # noqa: FBT001 - a column of the table
) -> None:
    Installed("gdal", "3.8.4").install(environment)
    assert bool(find_named(environment, keep(entry))) is is_kept


def test_a_pre_release_that_is_installed_is_matched(environment: Environment) -> None:
    Installed("gdal", "4.0rc1").install(environment)
    assert find_named(environment, keep("gdal>=3"))


def test_the_closure_follows_extras_and_markers(environment: Environment) -> None:
    needs = ("b", "c; extra == 'x'", "d; python_version < '3'", "e[y]; extra == 'x'")
    Installed("a", needs=needs).install(environment)
    Installed("e", needs=("f; extra == 'y'", "a")).install(environment)
    for name in "bcdf":
        Installed(name).install(environment)
    assert find_closure(environment, keep("a")) == {"a", "b"}
    assert find_closure(environment, keep("a[x]")) == {"a", "b", "c", "e", "f"}
    assert find_closure(environment, keep("e")) == {"e", "a", "b"}


def test_what_is_kept_becomes_a_note(environment: Environment) -> None:
    Installed("a", needs=("b",)).install(environment)
    for name in "bc":
        Installed(name).install(environment)
    found = spare(compare(environment, removed=["a", "b", "c"]), keep("a"))
    assert [each.name for each in found.drift.findings] == ["c"]
    told = [(each.name, each.origin, each.needed_by, each.locked) for each in found.drift.kept]
    assert told == [
        ("a", "xrun.toml, keep[0]", "", None),
        ("b", "xrun.toml, keep[0]", "a", None),
    ]
    assert found.changed == {"c"}
    assert not found.is_clean


def test_only_what_a_specifier_holds_is_held_against_the_lock(environment: Environment) -> None:
    Installed("a", needs=("b<2", "c>=1")).install(environment)
    for name in "bc":
        Installed(name).install(environment)
    replaced = {"a": "2.0", "b": "2.0", "c": "2.0"}
    found = spare(compare(environment, removed=[], replaced=replaced), keep("a==1.*"))
    assert [each.name for each in found.drift.held] == ["a"]
    assert [each.name for each in found.drift.findings] == ["b", "c"]
    assert found.drift.kept[0].locked == "2.0"
    assert found.drift.kept[0].unmet == ("b<2",)
    assert not found.is_clean


def test_what_is_held_is_clean(environment: Environment) -> None:
    Installed("a").install(environment)
    comparison = compare(environment, removed=[], replaced={"a": "2.0"})
    assert not comparison.is_clean
    held = spare(comparison, keep("a>=1"))
    assert held.is_clean
    assert not held.drift.is_exact
    assert (
        spare(comparison, keep("a", "a>=1")).drift.held
        == spare(comparison, keep("b", "a>=1")).drift.held
    )


def test_what_is_declared_follows_the_lock_unless_a_specifier_holds_it(
    environment: Environment,
) -> None:
    Installed("a").install(environment)
    Installed("b").install(environment)
    comparison = compare(environment, removed=["b"], replaced={"a": "2.0"})
    entries = keep("a", "b", "c", "a; python_version < '3'", "a>=1")
    found = spare(comparison, entries[:4])
    assert ([each.name for each in found.drift.findings], found.drift.held) == (["a"], ())
    assert [each.origin for each in find_idle(found, entries)] == ["xrun.toml, keep[0]"]


def test_what_a_kept_one_lacks_is_told_as_long_as_it_lacks_it(environment: Environment) -> None:
    Installed("a", needs=("b<2",)).install(environment)
    Installed("b", "2.0").install(environment)
    (kept,) = spare(compare(environment, removed=["a"]), keep("a")).drift.kept
    assert kept.unmet == ("b<2",)


def test_xruns_own_are_not_removed_but_follow_the_lock(environment: Environment) -> None:
    Installed("xrun", needs=("typer",)).install(environment)
    Installed("typer").install(environment)
    own = [Keep(Requirement("xrun"), origin="xrun itself")]
    found = spare(compare(environment, removed=["xrun", "typer"]), [], own)
    assert found.is_clean
    replaced = spare(compare(environment, removed=["typer"], replaced={"xrun": "2"}), [], own)
    assert [each.name for each in replaced.drift.findings] == ["xrun"]


@pytest.mark.parametrize(
    ("locked", "direct_url", "is_lost"),
    [("1.0", None, False), ("2.0", None, True), ("1.0", {"url": "file:///x"}, True)],
)
def test_an_environment_is_not_rebuilt_without_what_is_kept(
    environment: Environment,
    locked: str,
    direct_url: object,
    is_lost: bool,  # noqa: FBT001 - a column
) -> None:
    Installed("a", direct_url=direct_url).install(environment)
    answer = DryRun(environment.folder, "replace", {"a": locked}, {}, "use")
    comparison = Comparison(answer, Drift(environment, is_replaced=True))
    found = spare(comparison, keep("a==1.*"))
    if not is_lost:
        check_keeps(found)
        return
    with pytest.raises(KeptWouldBeLostError) as caught:
        check_keeps(found)
    assert caught.value.details == ("a 1.0",)
    assert "xrun.toml, keep[0]" in caught.value.hint


needs_of = st.dictionaries(
    st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES), max_size=3), max_size=len(NAMES)
)


@settings(max_examples=60)
@given(
    needs=needs_of,
    declared=st.sets(st.sampled_from(NAMES), max_size=3),
    kept=st.sets(st.sampled_from(NAMES), max_size=3),
)
def test_what_a_declared_or_kept_one_needs_is_never_named_for_removal(
    needs: dict[str, set[str]], declared: set[str], kept: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = make_environment(Path(folder) / ".venv")
        for name in NAMES:
            Installed(name, needs=tuple(sorted(needs.get(name, ())))).install(environment)
        # uv keeps what is declared with all that this needs, and would remove the rest.
        wanted = set(find_needs(environment, ((name, ()) for name in declared)))
        removed = [name for name in NAMES if name not in wanted]
        found = spare(compare(environment, removed=removed), keep(*sorted(kept)))
        going = {finding.name for finding in found.drift.extraneous}
        safe = set(find_needs(environment, ((name, ()) for name in declared | kept)))
        assert going == set(NAMES) - safe
        every = name_needs(find_needs(environment, ((name, ()) for name in NAMES)))
        assert not any(going & every[name] for name in safe)


@settings(max_examples=100)
@given(needs=needs_of, marked=st.sets(st.sampled_from(NAMES)))
def test_grouping_names_each_once_and_what_is_needed_below_what_needs_it(
    needs: dict[str, set[str]], marked: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = make_environment(Path(folder) / ".venv")
        for name in NAMES:
            needed = tuple(sorted(needs.get(name, ())))
            by = "pip"
            Installed(name, needs=needed, installer=by, is_requested=name in marked).install(
                environment
            )
        findings = list(list_extraneous(dict.fromkeys(NAMES, "1.0"), environment))
        requested, needed_only = split_requested(findings)
        assert sorted(each.name for each in (*requested, *needed_only)) == NAMES
        roots = {each.name for each in requested}
        assert marked <= roots
        reached = set(find_needs(environment, ((name, ()) for name in roots)))
        assert {each.name for each in needed_only} <= reached


def test_what_an_entry_says_counts_more_than_what_xrun_keeps_itself(
    environment: Environment,
) -> None:
    Installed("xrun").install(environment)
    own = Keep(Requirement("xrun"), origin="xrun itself")
    found = spare(compare(environment, removed=["xrun"]), keep("xrun"), [own])
    assert [each.origin for each in found.drift.kept] == ["xrun.toml, keep[0]"]


@pytest.mark.parametrize("may_rebuild", [True, False])
def test_nothing_is_held_in_an_environment_that_is_rebuilt(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    may_rebuild: bool,  # noqa: FBT001 - a parameter
) -> None:
    Installed("a").install(environment)
    comparison = compare(environment, removed=[], replaced={"a": "1.0"})
    rebuilt = replace(comparison, drift=replace(comparison.drift, is_replaced=True))
    monkeypatch.setattr(kept, "compare", lambda _: rebuilt)
    sync = SyncCommand("uv", (), (), (), {}, None, environment)
    found = compare_keeping(sync, keep("a==1.*"), may_rebuild=may_rebuild)
    assert [each.name for each in found.drift.held] == ([] if may_rebuild else ["a"])


def test_until_says_nothing_about_what_matches(environment: Environment) -> None:
    # That an entry has come to its end is an error when the policy is loaded, never a removal.
    Installed("a").install(environment)
    entry = Keep(Requirement("a"), until=date(2020, 1, 1))
    assert find_named(environment, [entry])[canonicalize_name("A")] is entry


def test_an_environment_that_is_yet_to_be_made_has_nothing_of_xruns(tmp_path: Path) -> None:
    assert list(list_own(str(tmp_path / "uv"), Environment(tmp_path / "nothing", ".venv"))) == []
