"""Every sentence of the run path: short, safe for a terminal, right in number."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

import pytest

from support.sayings import commands_in
from unit.drifts import HOSTILE, make_drift, many, requests
from unit.make import Installed, make_environment
from xrun import __version__
from xrun.ctl.check import render_check
from xrun.ctl.sync import render_synced
from xrun.drift.finding import Drift, Finding, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.errors import XrunError
from xrun.policy.keys import MODES
from xrun.project.user_folders import Distrusted
from xrun.proxy.dataclass import replace
from xrun.report.about import render_about
from xrun.report.describe import render_origin, render_sync
from xrun.report.notices import (
    ANSWERS,
    QUESTION,
    QUESTION_REBUILD,
    render_answers,
    render_closed,
    render_cure,
    render_decision,
    render_distrusted,
    render_error,
    render_foreign,
    render_mode,
    render_not_exact,
    render_refused,
    render_report,
    render_separately,
    render_start,
)
from xrun.report.removals import render_left
from xrun.words import render_age, render_line, render_names, render_safe

HOUR = 3600
DAY = 24 * HOUR

MODE = render_mode("refuse", "")


def provenance(
    *, by: str = "pip", at: float | None = None, is_requested: bool = False
) -> Provenance:
    return Provenance(by, at, is_requested=is_requested, direct_url={})


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 minute ago"),
        (119, "1 minute ago"),
        (120, "2 minutes ago"),
        (HOUR - 1, "59 minutes ago"),
        (HOUR, "1 hour ago"),
        (2 * HOUR, "2 hours ago"),
        (DAY - 1, "23 hours ago"),
        (DAY, "1 day ago"),
        (400 * DAY, "400 days ago"),
        (-400 * DAY, "at unknown time"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(seconds: float, expected: str) -> None:
    assert render_age(1_000_000_000, 1_000_000_000 + seconds) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ""),
        (provenance(by=""), ""),
        (provenance(by="uv"), "by uv"),
        (provenance(at=0), "by pip, 2 hours ago"),
        (provenance(by="", at=0), "2 hours ago"),
        (provenance(by=HOSTILE), "by evil[2J]0;titlexrun: removed nothing31mback"),
    ],
)
def test_an_origin_is_told_as_far_as_it_is_known(found: Provenance | None, expected: str) -> None:
    assert render_origin(found, 2 * HOUR) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ""),
        (1, "d1"),
        (5, "d1, d2, d3, d4, d5"),
        (6, "d1, d2, d3, d4, d5 and 1 more"),
        (199, "d1, d2, d3, d4, d5 and 194 more"),
    ],
)
def test_at_most_five_names_are_told(number: int, expected: str) -> None:
    assert render_names([f"d{at}" for at in range(1, number + 1)]) == expected


def test_nothing_printable_is_lost_and_nothing_else_is_kept() -> None:
    assert render_safe("Zoë's dist-1.0+ü (x)") == "Zoë's dist-1.0+ü (x)"
    assert render_safe(HOSTILE).isprintable()
    assert render_safe("\udcff\x00\x7f\x85") == ""


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("--no-sync (typed) leaves .venv as it is", "not exact: --no-sync (typed) le"),
        ("", ".venv is not as declared"),
    ],
)
def test_what_surrounds_a_report_says_why_and_what_next(reason: str, expected: str) -> None:
    first, last = render_report(make_drift(*requests()), reason, "do this")
    assert first.startswith(f"xrun: {expected}")
    assert last == "xrun: do this"
    assert render_report(make_drift(), reason, "")[1].startswith("xrun: the next exact run ")


@pytest.mark.parametrize(
    ("matches_policy", "may_run", "expected"),
    [
        (True, True, "`xrunctl sync` makes .venv exact"),
        (True, False, "`xrunctl sync` makes .venv exact"),
        (False, True, "`XRUN_MODE=exact xrun --extra a pytest -k 'a b'` makes .venv exact"),
        (False, False, ""),
    ],
)
def test_the_cure_is_the_one_that_fits_the_selection(
    expected: str, *, matches_policy: bool, may_run: bool
) -> None:
    command = ["--extra", "a", "pytest", "-k", "a b"]
    cure = render_cure(
        make_drift(), command, "xrunctl sync" if matches_policy else "", may_run=may_run
    )
    assert cure == expected


def test_a_stale_lock_file_is_mended_before_a_sync() -> None:
    stale = make_drift(*requests(), Finding(Kind.STALE_LOCK, "uv.lock"))
    cure = render_cure(stale, ["x"], "xrunctl sync --project a", may_run=True)
    assert commands_in(cure) == ["uv lock && xrunctl sync --project a"]
    assert render_sync(make_drift()) == "`xrunctl sync`"
    assert render_sync(make_drift(), stale) == "`uv lock && xrunctl sync`"


def test_an_archive_that_was_rebuilt_is_locked_before_a_sync(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text('source = { path = "six-1.0-py3-none-any.whl" }\nhash = "sha256:1"\n')
    (tmp_path / "six-1.0-py3-none-any.whl").write_text("rebuilt")
    drift = replace(make_drift(Finding(Kind.OTHER, "six", "1.0", "1.0")), lock=lock)
    assert render_sync(drift) == "`uv lock -P six && xrunctl sync`"
    assert render_sync(replace(drift, findings=requests())) == "`xrunctl sync`"
    lock.write_text(lock.read_text() + hashlib.sha256(b"rebuilt").hexdigest())
    assert render_sync(replace(drift)) == "`xrunctl sync`"


@pytest.mark.parametrize("source", ["xrun.toml", ""])
def test_a_refusal_names_the_policy_and_the_two_ways_on(source: str) -> None:
    drift = make_drift(*requests())
    first, last = render_refused(
        drift, render_mode("refuse", source), "do this", ["pytest", "-k", "a b"]
    )
    where = f" ({source})" if source else ""
    assert first == f'xrun: not run: .venv has drifted and mode is "refuse"{where}'
    expected = "xrun: do this; `XRUN_MODE=report xrun pytest -k 'a b'` runs it once as it is"
    assert last == expected


def test_a_refusal_for_a_stale_lock_file_alone_names_it_and_no_looser_mode() -> None:
    """`XRUN_MODE=report` would not run it either, where the policy says `locked`."""
    stale = Finding(Kind.STALE_LOCK, "uv.lock")
    first, last = render_refused(make_drift(stale), MODE, "do this", ["x"])
    assert "uv.lock" in first
    assert ".venv" not in first
    assert commands_in(first, last) == []
    assert commands_in(*render_refused(make_drift(*requests(), stale), MODE, "", ["x"])) == []


def test_where_a_mode_is_enforced_no_looser_one_is_advised() -> None:
    drift = make_drift(*requests())
    assert render_refused(drift, MODE, "do this", ["x"], may_loosen=False)[1] == "xrun: do this"
    undeclared = replace(drift, adding="")
    cure = render_cure(undeclared, ["x"], "", may_run=True, may_loosen=False)
    assert "XRUN_MODE" not in cure


def test_asking_without_a_terminal_says_so() -> None:
    assert render_mode("ask", "xrun.toml") == 'mode is "ask" (xrun.toml)'
    no_terminal = render_mode("ask", "xrun.toml", can_ask=False)
    assert no_terminal == 'mode is "ask" (xrun.toml), and there is no terminal free to ask at'


def test_a_refusal_for_what_is_only_missing_does_not_speak_of_drift() -> None:
    missing = Finding(Kind.MISSING, "attrs", None, "25.3.0")
    first, _ = render_refused(make_drift(missing), MODE, "do this", ["cmd"])
    assert first.startswith('xrun: not run: .venv is not complete and mode is "refuse"')


def test_a_refusal_says_that_the_environment_would_be_rebuilt() -> None:
    first, _ = render_refused(make_drift(is_replaced=True), MODE, "do this", ["cmd"])
    assert first.startswith("xrun: not run: .venv would be rebuilt and ")


def test_nothing_in_a_command_steers_the_terminal() -> None:
    cure = render_cure(make_drift(), [HOSTILE], "", may_run=True)
    lines = [cure, *render_refused(make_drift(), render_mode("ask", HOSTILE), "", [HOSTILE])]
    assert all(line.isprintable() for line in lines)


def test_the_commands_that_are_offered_are_whole() -> None:
    command = ["python", "-c", "print(" + "1 + " * 30 + "1)"]
    cure = render_cure(make_drift(), command, "", may_run=True)
    assert command[-1] in cure
    assert command[-1] in render_refused(make_drift(), MODE, cure, command)[1]


def test_a_check_counts_by_kind() -> None:
    missing = Finding(Kind.MISSING, "attrs", None, "25.3.0")
    stale = Finding(Kind.STALE_LOCK, "uv.lock")
    first, last = render_check(make_drift(*requests(), missing, stale))
    assert first == ".venv is not as declared: 5 undeclared, 1 missing, 1 lock file out of date"
    assert last == ["`uv lock && xrunctl sync` makes .venv exact"]
    _, last = render_check(make_drift(requests()[0], missing))
    assert last == ["`xrunctl sync` makes .venv exact"]
    assert render_check(make_drift()) == (".venv is exactly as declared", [])


def test_an_environment_that_is_yet_to_be_made_is_one_line() -> None:
    missing = [Finding(Kind.MISSING, name, None, "1") for name in ("attrs", "idna")]
    one = ".venv does not exist yet: `xrunctl sync` makes it, with 2 distributions"
    assert render_check(make_drift(*missing)) == (one, [])
    stale = Finding(Kind.STALE_LOCK, "uv.lock")
    assert "`uv lock && xrunctl sync`" in render_check(make_drift(*missing, stale))[0]
    leak = Finding(Kind.LEAK, "PYTHONPATH")
    assert make_drift(*missing, stale, leak).apart == (leak,)


def test_a_check_closes_with_what_a_sync_comes_to(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    Installed("old").install(environment)  # no RECORD says what of it could be removed
    stray, missing = Finding(Kind.STRAY, "lib/helper.py"), Finding(Kind.MISSING, "attrs")
    old = (Finding(Kind.UNDECLARED, "old", "1.0"), Finding(Kind.NO_RECORD, "old", "1.0"))

    def close(*findings: Finding, held: tuple[Kept, ...] = ()) -> list[str]:
        return render_check(Drift(environment, findings, kept=held))[1]

    assert close(stray) == []
    (last,) = close(*old, stray, missing)
    assert last.endswith("exact, once old, lib/helper.py are settled as above")
    gdal = Kept("gdal", "3.8", "xrun.toml, keep[0]", locked="3.9")
    (last,) = close(missing, held=(gdal,))
    assert last == "`xrunctl sync` makes .venv as declared, but for what is held: gdal"


def test_a_check_says_that_the_environment_would_be_rebuilt() -> None:
    first, last = render_check(make_drift(is_replaced=True))
    assert first == ".venv is not as declared: a sync rebuilds it for another Python"
    assert last == ["`xrunctl sync` makes .venv exact"]


def test_a_sync_says_whether_it_changed_anything() -> None:
    assert render_synced(make_drift(*many(1))) == ["xrun: .venv is now exactly as declared"]
    assert render_synced(make_drift(is_replaced=True)) == render_synced(make_drift(*many(1)))
    assert render_synced(make_drift()) == ["xrun: .venv is exactly as declared"]
    told = "xrun: .venv has what is declared, but is not exact (`xrunctl check`): lib/helper.py"
    assert render_synced(make_drift(), ["lib/helper.py"]) == [told]


def test_an_error_is_told_with_its_details_and_what_to_do() -> None:
    error = XrunError("not run: x", details=("a   b", "cc  d"), hint="do y")
    assert render_error(error) == ["xrun: not run: x", "  a   b", "  cc  d", "xrun: do y"]
    assert render_error(XrunError("not run: x")) == ["xrun: not run: x"]


def test_why_a_run_is_not_exact_is_one_line() -> None:
    assert render_not_exact("because") == ["xrun: not exact: because"]
    assert render_not_exact(HOSTILE)[0].startswith("xrun: not exact: evil")
    assert render_left(["a", "b"]) == [
        "xrun: not exact: not removed: a, b, because no RECORD lists the files; "
        "`xrunctl check` names what settles it"
    ]


def test_v_adds_the_decision_and_the_command_line() -> None:
    assert render_decision('mode is "exact"', "") == ['xrun: mode is "exact"']
    assert render_start(["uv", "run", "a b"], "/x", "") == [
        "xrun: runs `uv run 'a b'`",
        "xrun: started in /x, directly, as uv would start it",
    ]
    assert render_start(["uv"], "", "it warns")[1] == "xrun: started, by uv: it warns"


def test_the_help_names_every_mode_in_80_columns() -> None:
    assert render_about("--version") == f"xrun {__version__}"
    about = render_about("--help")
    assert about.startswith(f"xrun {__version__}: ")
    assert max(map(len, about.splitlines())) <= 80
    assert all(mode in about for mode in MODES)
    assert (render_about("-h"), render_about("-V")) == (about, render_about("--version"))


def test_what_is_not_believed_is_told_with_what_is_used_and_what_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    cache, state = Path("/home/a b/xrun"), Path("/state/xrun")
    distrusted = Distrusted((cache, cache / "stamps", state / "attic"), ((state, "root"),))
    assert render_distrusted(distrusted) == [
        "xrun: others could write to /home/a b/xrun, /state/xrun/attic: all is compared again",
        "xrun: /state/xrun belongs to root: xrun-1000, beside it, is used",
        'xrun: `sudo chown -R "$(id -un)" /state/xrun` gives it back',
    ]
    assert render_closed(cache, cache, "root").endswith(
        "\"$(id -un)\" '/home/a b/xrun'` gives it back)"
    )
    monkeypatch.setattr("xrun.report.notices.is_own", lambda _: True)  # a mount, or `chattr +i`
    assert "chown" not in (own := render_closed(cache, cache / "one", "me"))
    assert "/home/a b/xrun/one" in own
    monkeypatch.setattr("os.geteuid", lambda: 0)
    hostile = render_foreign(Path(f"/{HOSTILE}"), "nobody", "another")
    assert [line.isprintable() for line in hostile] == [True]
    assert render_distrusted(Distrusted()) == []


def test_where_nothing_can_be_written_another_environment_is_exact() -> None:
    told = "`XRUN_MODE=separate xrun pytest 'a b'` runs it in an exact environment of its own"
    assert render_separately(["pytest", "a b"]) == told


def test_a_check_advises_no_sync_alone_for_what_none_removes() -> None:
    unread = Finding(Kind.NO_RECORD, "attrs", "25.3.0", None)
    (cure,) = render_check(make_drift(Finding(Kind.UNDECLARED, "attrs", "25.3.0", None), unread))[1]
    assert "once attrs is settled" in cure


def test_each_answer_is_explained() -> None:
    lines = render_answers(["leave", "stop"])
    assert lines == [
        "xrun: [l]eave: run the command with them; the next run asks again",
        "xrun: [s]top: do not run the command, and change nothing",
    ]
    assert all(f"[{word[0]}]{word[1:]}" in QUESTION + QUESTION_REBUILD for word in ANSWERS)


def test_an_answer_has_room_behind_its_question() -> None:
    longest = max(map(len, ANSWERS))
    assert len(f"{QUESTION} {'x' * longest}") <= 80


def test_a_command_line_is_quoted_as_shlex_does() -> None:
    words = ["", "a b", *map(chr, range(0x250))]
    assert [render_line([word]) for word in words] == [render_safe(shlex.quote(x)) for x in words]
    assert render_line(["uv", "add", "--project", "a b"]) == "uv add --project 'a b'"
