from __future__ import annotations

import sys
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from benchmarks import command
from benchmarks.contest import BARE, CHECK, NAMED, OWN_CHECK, PLAIN, SEPARATE, XRUN
from benchmarks.growth import LOOP, RECURSIVE, Axis
from benchmarks.measuring import Contestant, Sample, measure, take_times
from benchmarks.plots import render_contest_plot, render_growth_plot
from benchmarks.targets import Target, judge_growth, judge_resident, judge_unchanged

if TYPE_CHECKING:
    from pathlib import Path


def took(*seconds: float) -> Sample:
    """A sample of a machine that does nothing else."""
    return Sample(seconds, seconds)


CONTEST = {
    "small": {
        BARE: took(0.010, 0.010, 0.012),
        PLAIN: took(0.020, 0.020, 0.060),
        XRUN: took(0.010, 0.016, 0.036),
        SEPARATE: took(0.040, 0.050, 0.090),
    }
}


def make_contestant(folder: Path, code: str, **how: str) -> Contestant:
    return Contestant("one", (sys.executable, "-c", code), folder, {}, **how)  # type: ignore[arg-type]


def test_ratios_are_taken_round_by_round() -> None:
    xrun, separate = judge_unchanged("small", CONTEST["small"])
    assert xrun.seen == pytest.approx(0.6)
    assert separate.seen == pytest.approx(2.0)
    assert xrun.holds()
    assert not separate.holds(2)
    assert separate.holds(3)


def test_what_names_certificates_is_judged_beside_its_like() -> None:
    named = {f"{XRUN}{NAMED}": took(0.010), f"{PLAIN}{NAMED}": took(0.040)}
    usual = {XRUN: took(0.010), PLAIN: took(0.020), SEPARATE: took(0.020)}
    targets = [*judge_unchanged("small", {**usual, **named})]
    assert [each.seen for each in targets] == pytest.approx([0.5, 1.0, 0.25, 0.5])
    assert [NAMED in each.what for each in targets] == [False, False, True, True]


def test_what_grows_is_judged_by_what_is_added() -> None:
    checks = {CHECK: [took(0.010), took(0.110)], OWN_CHECK: [took(0.100), took(0.300)]}
    loops = {LOOP: [took(1.0), took(2.0)], RECURSIVE: [took(2.0), took(1.0)]}
    axes = {
        "distributions": Axis("distributions", (10, 1000), checks),
        "projects": Axis("projects", (1, 190), loops),
    }
    further, recursive = judge_growth(axes)
    assert further.seen == pytest.approx(2.0)
    assert recursive.seen == pytest.approx(0.5)


def test_nothing_may_stay_beside_a_command_with_nothing_due() -> None:
    targets = [*judge_resident({"unchanged": 9.0, "a report is due": 9.0})]
    assert [each.holds() for each in targets] == [False, True]


def test_each_contestant_runs_once_a_round_and_warm_ups_do_not_count(tmp_path: Path) -> None:
    turns: list[str] = []
    argv = (sys.executable, "-c", "")
    contestants = [
        Contestant(name, argv, tmp_path, {}, partial(turns.append, name)) for name in "abc"
    ]
    samples = measure(contestants, rounds=5, warm_ups=1)
    assert [len(sample.seconds) for sample in samples.values()] == [5, 5, 5]
    rounds = ["".join(turns[at : at + 3]) for at in range(0, len(turns), 3)]
    assert {"".join(sorted(each)) for each in rounds} == {"abc"}
    assert len(set(rounds)) > 1


def test_a_contestant_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="status 3\ntold"):
        take_times(make_contestant(tmp_path, "import sys; print('told', file=sys.stderr); exit(3)"))
    with pytest.raises(RuntimeError, match="status 0"):
        take_times(make_contestant(tmp_path, "pass", until="never"))


@pytest.mark.parametrize(("seen", "status"), [((2.0,), 0), ((9.0, 2.0), 0), ((9.0, 8.0, 9.0), 1)])
def test_the_best_of_some_attempts_is_judged(
    monkeypatch: pytest.MonkeyPatch, seen: tuple[float, ...], status: int
) -> None:
    found = iter(seen)

    def judge(_rounds: int) -> list[Target]:
        return [Target("what", "unit", next(found), limit=1.1)]

    monkeypatch.setattr(command, "SLACK", 2.0)
    assert command.hold([judge]) == status
    assert next(found, None) is None


def test_plots_are_whole_and_tell_each_name() -> None:
    twice = {name: [sample] * 2 for name, sample in CONTEST["small"].items()}
    contest = render_contest_plot(CONTEST, "<caption>")
    growth = render_growth_plot([Axis("projects", (1, 10), twice)], "<caption>")
    for plot in (contest, growth):
        root = ET.fromstring(plot)
        told = {each.text for each in root.iter() if each.tag.endswith("text")}
        assert {BARE, PLAIN, XRUN, SEPARATE, "<caption>"} <= told


def test_labels_that_would_cover_each_other_are_moved_apart() -> None:
    axis = Axis("projects", (1, 10), {name: [took(1.0)] * 2 for name in "abcde"})
    root = ET.fromstring(render_growth_plot([axis], ""))
    texts = [each for each in root.iter() if each.tag.endswith("text")]
    labels = [each for each in texts if each.text in {*"abcde"}]
    below = next(each for each in texts if each.text == "10")  # the number on the axis
    heights = sorted(float(each.attrib["y"]) for each in (*labels, below))
    assert all(low + 13 <= high for low, high in pairwise(heights))
