"""What a run tells: how it speaks, the rows of its report, and the command that mends drift."""

from __future__ import annotations

from xrun.drift.finding import Kind
from xrun.proxy.dataclass import dataclass, replace
from xrun.report import notices
from xrun.report.progress import show_progress
from xrun.run.plan import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from xrun.drift.compare import Comparison
    from xrun.drift.finding import Drift, Finding
    from xrun.run.request import Run

MOST_ROWS = 4  # a report has six lines: these, one above, one below


@dataclass(frozen=True)
class Voice:
    """What a run says, and where.

    Attributes:
        say: Prints lines on standard error.
        ask: Prints a question at the terminal and gives the line that is typed; empty at its end.
        is_quiet: Whether notices are left out; refusals and errors are not.
        shows_progress: Whether there is a terminal to show on what takes long.
    """

    say: Callable[[Sequence[str]], None]
    ask: Callable[[str], str] = lambda _: ""
    is_quiet: bool = False
    shows_progress: bool = False

    def tell(self, lines: Sequence[str]) -> None:
        """Say a notice, unless `-q` was typed."""
        if lines and not self.is_quiet:
            self.say(lines)

    def show(self, what: str) -> AbstractContextManager[object]:
        """Show that something is done, if it takes long."""
        return show_progress(what, is_terminal=self.shows_progress)

    def tell_waiting(self, holder: str) -> None:
        """Say who holds a lock that is waited for."""
        self.tell(notices.render_waiting(holder))


def classify_run(run: Run, comparison: Comparison) -> Comparison:
    """Tell apart what no selection has and what this run's lacks."""
    from xrun.drift.classify import classify  # not needed where nothing is removed

    return classify(run.sync, comparison)


def render_cure_of(run: Run, drift: Drift, *, may_run: bool) -> str:
    """Render the command that makes the environment of a run exact; empty where none does.

    Args:
        run: The run.
        drift: What differs.
        may_run: Whether the same run in mode exact would do it.
    """
    request, moves = run.request, _would_move(run)
    obstacle = request.no_sync or request.no_project or ("--inexact" if request.is_inexact else "")
    may_run = may_run and not obstacle
    if obstacle and moves:
        return notices.render_moving(obstacle.partition(" ")[0])
    if request.is_read_only or (may_run and moves):
        return "" if obstacle or request.is_active else notices.render_separately(request.typed)
    is_whole = drift.environment.is_virtual or not drift.environment.exists
    matches_policy = run.matches_policy and is_whole and not moves
    sync = run.reach.render("sync") if matches_policy else ""
    may_loosen = "mode" not in run.policy.floors
    return notices.render_cure(drift, request.typed, sync, may_run=may_run, may_loosen=may_loosen)


def _would_move(run: Run) -> bool:
    """Whether mode exact would leave the environment alone, because of the selection."""
    is_project = run.plan.target is Target.PROJECT and not run.invocation.has("--active")
    may_move = is_project and run.policy.other_selection == "separate"
    return may_move and not run.selects_as_home


def render_rows_of(run: Run, drift: Drift, seconds: float) -> list[str]:
    """Render the rows of a run's report: a few, unless `-v` was typed.

    Args:
        run: The run.
        drift: What is reported.
        seconds: How long the sources are searched for who imports it.
    """
    from xrun.drift.advice import Adviser  # none of these where nothing is reported
    from xrun.drift.imports.findings import add_importers
    from xrun.report.text import render_rows
    from xrun.report.width import find_width

    facts = run.facts
    adviser = add_importers(Adviser(drift, facts.workspace, facts.environ), seconds=seconds)
    # That something kept is imported is `xrunctl check`'s to tell: a run may go on.
    going = {each.name for each in drift.extraneous}
    findings = tuple(
        each
        for each in adviser.drift.findings
        if each.kind is not Kind.IMPORTED or each.name in going
    )
    may_sync = run.matches_policy and not _would_move(run)

    def advise(finding: Finding) -> str:
        advice = adviser.advise(finding)
        return run.reach.point(advice) if may_sync or not advice.startswith("xrunctl sync") else ""

    return render_rows(
        replace(adviser.drift, findings=findings),
        most=None if run.request.is_verbose else MOST_ROWS,
        has_colour=run.request.has_colour,
        width=find_width() if run.request.is_terminal else None,
        advice=advise,
    )


def render_refusal(run: Run, drift: Drift) -> tuple[str, str]:
    """Render the first and the last line around the rows of a refusal."""
    cure = render_cure_of(run, drift, may_run=True)
    may_loosen = "mode" not in run.policy.floors
    typed = run.request.typed
    return notices.render_refused(drift, run.rendered_mode, cure, typed, may_loosen=may_loosen)
