"""What is said of a removal: all that went is counted, what was asked for is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.drifts import HOSTILE, ORIGIN, make_drift, many, requests, undeclared
from unit.make import write
from xrun.drift.advice import Adviser
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.environment.attic.store import Removed
from xrun.environment.distribution import Provenance
from xrun.environment.environment import Environment
from xrun.project.conflicts import Item
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import replace
from xrun.report.removals import (
    render_came_along,
    render_gone_kept,
    render_held,
    render_left,
    render_not_there,
    render_overtaken,
    render_reminder,
    render_unmet,
)
from xrun.report.removals import render_removed as render

BACK = "`xrunctl restore` brings {} back"
ONE_BACK = BACK.format("it")


PYPROJECT = """\
[project]
name = "app"
[project.optional-dependencies]
a = []
cli = []
cu128 = []
[dependency-groups]
b = []
test = []
[tool.uv]
workspace.members = ["part"]
conflicts = [[{ extra = "a" }, { extra = "cli" }]]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of two members."""
    member = '[project]\nname = "part"\n'
    return write(tmp_path, {"pyproject.toml": PYPROJECT, "part/pyproject.toml": member})


def render_removed(
    drift: Drift, *, folder: Path | None = None, is_verbose: bool = False
) -> list[str]:
    """Render what was removed from the environment of a project, if it has a folder."""
    workspace = find_workspace(folder) if folder else None
    return render(drift, Adviser(drift, workspace, {}), is_verbose=is_verbose)


def test_of_one_removed_distribution_its_origin_is_said() -> None:
    assert render_removed(make_drift(undeclared("six", "1.17.0"))) == [
        "xrun: removed six 1.17.0 (installed by pip, undeclared)",
        f"xrun: `uv add six` declares it, {ONE_BACK}",
    ]


def test_five_removed_distributions_of_which_one_was_asked_for() -> None:
    first, second = render_removed(make_drift(*requests()))
    assert first == ("xrun: removed requests 2.34.2 (installed by pip, undeclared) and 4 it needs")
    assert second == f"xrun: `uv add requests` declares it, {ONE_BACK}"
    full, _ = render_removed(make_drift(*requests()), is_verbose=True)
    assert full == f"{first}: certifi, charset-normalizer, idna, urllib3"


def test_what_is_removed_from_another_environment_names_it() -> None:
    drift = replace(make_drift(undeclared("six")), environment=Environment(Path("/x"), "other"))
    assert render_removed(drift)[0].endswith("six 1.0 (installed by pip, undeclared) from other")


def test_five_removed_distributions_that_were_all_asked_for() -> None:
    first, second = render_removed(make_drift(*many(5)))
    assert first == "xrun: removed 5 undeclared: d001, d002, d003, d004, d005"
    assert second == f"xrun: `uv add d001 d002 d003 d004 d005` declares them, {BACK.format('them')}"


def test_199_removed_distributions_are_told_in_short_and_in_full_with_v() -> None:
    first, second = render_removed(make_drift(*many(199)))
    assert first == "xrun: removed 199 undeclared: d001, d002, d003, d004, d005 and 194 more"
    assert second == f"xrun: {BACK.format('them')}, `xrunctl restore --list` names them"
    assert "d199" in render_removed(make_drift(*many(199)), is_verbose=True)[0]


def test_what_did_not_come_from_an_index_is_declared_as_it_came() -> None:
    url = "https://host/six-1.tar.gz"
    remote = Provenance("pip", None, is_requested=False, direct_url={"url": url})
    finding = Finding(Kind.UNDECLARED, "six", "1", None, remote)
    last = render_removed(make_drift(finding))[-1]
    assert last == f"xrun: `uv add 'six @ {url}'` declares it, {ONE_BACK}"
    _, second = render_removed(make_drift(finding, undeclared("idna"), undeclared("rich")))
    commands = f"`uv add idna rich`, `uv add 'six @ {url}'`"
    assert second == f"xrun: {commands} declare them, {BACK.format('them')}"


def test_what_is_no_longer_declared_has_one_quiet_line() -> None:
    findings = [Finding(Kind.FORMER, name, "1.0") for name in ("attrs", "idna", "rich", "six")]
    (few,), (full,) = (render_removed(make_drift(*findings[:count])) for count in (4, 3))
    assert few == "xrun: removed 4 no longer declared: attrs, idna and 2 more"
    assert full == "xrun: removed 3 no longer declared: attrs, idna, rich"


def test_what_is_held_has_both_versions_and_the_reason() -> None:
    held = (
        Kept("gdal", "3.8.4", ORIGIN, "must match the system's libgdal", locked="3.9.1"),
        Kept("six", "1.0", "", locked="1.0"),
    )
    assert render_held(held) == [
        "xrun: holding gdal 3.8.4 instead of 3.9.1 (xrun.toml: must match the system's libgdal)",
        "xrun: holding six 1.0 instead of the same from another source or build",
    ]
    assert len("".join(render_held([Kept(HOSTILE, HOSTILE, HOSTILE)])).splitlines()) == 1


def test_what_was_kept_and_is_declared_now_is_said_with_what_holds_it() -> None:
    drift = make_drift(Finding(Kind.OTHER, "idna", "3.10", "3.7"), undeclared("six"))
    assert render_overtaken(drift, {"idna", "six"}) == [
        "xrun: idna is declared now, so its `keep` without a version has no effect; "
        "`xrunctl restore idna` brings it back and holds it"
    ]
    assert render_overtaken(drift, {"six"}) == []
    assert render_overtaken(replace(drift, is_replaced=True), {"idna"}) == []


def test_what_is_gone_with_an_environment_is_said_with_what_installs_it_again() -> None:
    assert render_gone_kept([], ".venv") == []
    assert render_gone_kept([Removed("idna", "3.10")], ".venv") == [
        "xrun: kept until now, and gone with the former .venv: idna 3.10",
        "xrun: `uv pip install --no-config -p .venv idna==3.10` installs it again",
    ]
    several = render_gone_kept([Removed("idna", "3.10"), Removed("six", "1 0")], ".venv")
    assert several[1].endswith("-p .venv idna==3.10 'six==1 0'` installs them again")


def test_what_a_kept_one_loses_is_said_when_it_loses_it() -> None:
    kept = (Kept("anchor", "1.0", ORIGIN, unmet=("alpha<2",)),)
    drift = make_drift(Finding(Kind.OTHER, "alpha", "1.0", "2.0"))
    (line,) = render_unmet(replace(drift, kept=kept))
    assert "alpha<2" in line
    assert render_unmet(replace(make_drift(), kept=kept)) == []


def test_unselected_and_replaced_distributions_have_lines_of_their_own(folder: Path) -> None:
    unselected = Finding(
        Kind.UNSELECTED, "iniconfig", "2.3.1", selectors=(Item("extra", "a"), Item("group", "b"))
    )
    older = Finding(Kind.OTHER, "idna", "3.6", "3.20")
    elsewhere = Finding(Kind.OTHER, "foo", "1", "1")
    first, cure, second = render_removed(make_drift(unselected, older, elsewhere), folder=folder)
    assert first == "xrun: removed 1 unselected: iniconfig"
    told = "`xrunctl select --extra a` selects it on this machine, `--extra a` for one run"
    assert cure == f"xrun: {told}"
    several = "idna 3.6 -> 3.20, foo 1 (another source or build)"
    assert second == f"xrun: replaced 2, as locked: {several}"


def test_one_that_was_replaced_has_both_versions_in_words() -> None:
    older, other = Finding(Kind.OTHER, "idna", "3.6", "3.20"), Finding(Kind.OTHER, "a", "1", "1")
    assert render_removed(make_drift(older)) == ["xrun: replaced idna 3.6 with 3.20, as locked"]
    told = ["xrun: replaced a 1 (another source or build), as kept in .venv"]
    assert render_came_along([other], ".venv") == told
    assert render_came_along([], ".venv") == []


def test_what_is_selected_by_several_options_is_told_in_one_command(folder: Path) -> None:
    group = Finding(Kind.UNSELECTED, "pytest", "9", selectors=(Item("group", "test"),))
    member = Finding(Kind.UNSELECTED, "part", "1", selectors=(Item("package", "part", "part"),))
    extra = Finding(Kind.UNSELECTED, "rich", "14", selectors=(Item("extra", "cli"),))
    _, cure = render_removed(make_drift(extra, member, group), folder=folder)
    assert cure == (
        "xrun: `xrunctl select --extra cli --group test --all-packages` selects them on this "
        "machine, `--all-packages --extra cli --group test` for one run"
    )


def test_what_conflicts_is_told_in_a_command_each(folder: Path) -> None:
    one = Finding(Kind.UNSELECTED, "rich", "14", selectors=(Item("extra", "cli"),))
    other = Finding(Kind.UNSELECTED, "six", "1", selectors=(Item("extra", "a"),))
    _, *lines = render_removed(make_drift(one, other), folder=folder)
    assert lines == [
        f"xrun: `xrunctl select --extra {extra}` selects {name} on this machine, "
        f"`--extra {extra}` for one run"
        for name, extra in (("rich", "cli"), ("six", "a"))
    ]


def test_what_another_selection_locks_is_told(folder: Path) -> None:
    torch = Finding(Kind.OTHER, "torch", "2.9+cu128", "2.9", selectors=(Item("extra", "cu128"),))
    _, cure = render_removed(make_drift(torch), folder=folder)
    assert cure == (
        "xrun: `xrunctl select --extra cu128` selects the former torch, "
        "`xrunctl restore torch` brings it back"
    )


def test_a_local_version_is_not_offered_to_uv_add() -> None:
    _, last = render_removed(make_drift(undeclared("torch", "2.9+cu128")))
    assert last == f"xrun: {ONE_BACK}"


def test_what_is_locked_only_through_others_is_to_be_declared() -> None:
    unselected = Finding(Kind.UNSELECTED, "requests", "2.34.2")
    need = Finding(Kind.UNSELECTED, "idna", "3.20", needed_by=frozenset({"requests"}))
    (_, cure) = render_removed(make_drift(unselected, need))
    told = f"requests is locked only through others: `uv add requests` declares it, {ONE_BACK}"
    assert cure == f"xrun: {told}"


def test_what_only_something_undeclared_needs_is_not_to_be_declared() -> None:
    needed = Finding(Kind.UNSELECTED, "idna", "3.20", needed_by=frozenset({"requests"}))
    *_, cure, last = render_removed(make_drift(undeclared("requests"), needed))
    assert cure == f"xrun: `uv add requests` declares it, {BACK.format('both')}"
    assert last == "xrun: removed 1 unselected: idna"


def test_an_option_is_said_to_select_only_what_it_selects(folder: Path) -> None:
    group = Finding(Kind.UNSELECTED, "pytest", "9", selectors=(Item("group", "test"),))
    through = Finding(Kind.UNSELECTED, "requests", "2.34.2")
    _, first, second = render_removed(make_drift(group, through), folder=folder)
    assert first.startswith("xrun: `xrunctl select --group test` selects pytest on this machine")
    assert second.endswith(f"`uv add requests` declares it, {BACK.format('both')}")


def test_in_a_new_environment_nothing_counts_as_replaced() -> None:
    older = Finding(Kind.OTHER, "idna", "3.6", "3.20")
    assert render_removed(make_drift(older, is_replaced=True)) == []
    assert render_removed(make_drift()) == []


@pytest.mark.parametrize("kind", [Kind.UNDECLARED, Kind.UNSELECTED, Kind.OTHER])
def test_nothing_in_a_removed_distribution_steers_the_terminal(kind: Kind) -> None:
    finding = Finding(
        kind, HOSTILE, HOSTILE, "1", Provenance(HOSTILE, None, is_requested=True, direct_url={})
    )
    environment = Environment(Path("/venv"), HOSTILE)
    drift = replace(make_drift(finding), environment=environment)
    lines = [
        *render_removed(drift),
        *render_reminder(1, drift),
        *render_left([HOSTILE]),
    ]
    lines += render_not_there([HOSTILE], HOSTILE, "isolated")
    assert all(line.isprintable() and line.startswith("xrun: ") for line in lines)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "d001 was removed"),
        (2, "d001 and 1 more were removed"),
        (199, "d001 and 198 more were removed"),
    ],
)
def test_a_failure_after_a_removal_is_reminded_of_it(number: int, expected: str) -> None:
    told = f"xrun: exit 3; {expected} before this run (`xrunctl why d001`)"
    assert render_reminder(3, make_drift(*many(number))) == [told]


def test_the_reminder_tells_first_what_was_to_be_run() -> None:
    (line,) = render_reminder(1, make_drift(*requests()), "idna")
    assert "exit 1; idna and 4 more " in line
    assert line.endswith("(`xrunctl why idna`)")


def test_the_reminder_tells_first_what_was_asked_for() -> None:
    (line,) = render_reminder(1, make_drift(*requests()[::-1]))
    assert "exit 1; requests and 4 more " in line


def test_a_name_that_a_shell_would_take_apart_is_quoted() -> None:
    _, cure = render_removed(make_drift(undeclared("six;reboot")))
    assert cure.startswith("xrun: `uv add 'six;reboot'` declares it")
