"""What a run does, as a value: a decision, with what is changed and how the command starts."""

from __future__ import annotations

from xrun.drift.finding import Kind
from xrun.proxy.dataclass import dataclass
from xrun.proxy.stamp import CHANGES_SOMETHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xrun.drift.compare import Comparison
    from xrun.drift.finding import Drift, Finding
    from xrun.environment.environment import Environment
    from xrun.environment.separate import Separate
    from xrun.errors import UvFailedError
    from xrun.run.elsewhere import Elsewhere
    from xrun.run.request import Run

# What is done once a `uv sync` was given them.
DONE_BY_SYNC = CHANGES_SOMETHING - {"--no-cache"}


@dataclass(frozen=True)
class Change:
    """One step of xrun's own in which an environment is changed.

    Attributes:
        run: The run that needs it.
        comparison: What uv would do; `None` for a separate environment that is yet to be made, or
            of which uv cannot say it.
        removes: Whether what is extraneous goes; else only what uv itself would do is done.
        separate: The separate environment that is changed; `None` for any other.
        home: The run in the project's own environment, from which what is kept goes along.
        lacking: The names of what goes along; another version of it that is there is replaced.
    """

    run: Run
    comparison: Comparison | None
    removes: bool
    separate: Separate | None = None
    home: Run | None = None
    lacking: tuple[str, ...] = ()

    @property
    def environment(self) -> Environment:
        """What is changed, as it was when it was compared."""
        if self.separate is not None:
            return self.separate.environment
        assert self.comparison is not None  # noqa: S101 - only a separate one is not compared
        return self.comparison.drift.environment

    @property
    def is_rebuild(self) -> bool:
        """Whether all that is in the environment goes."""
        return self.comparison is not None and self.comparison.drift.is_replaced

    @property
    def outgoing(self) -> tuple[Finding, ...]:
        """What goes: what is removed, and what is replaced."""
        return list_outgoing(self.comparison, removes=self.removes)

    @property
    def syncs(self) -> bool:
        """Whether uv has something to do besides removing."""
        if self.comparison is None or self.is_rebuild or self.comparison.answer.is_lock_stale:
            return True
        coming = self.comparison.changed & self.comparison.answer.incoming.keys()
        return bool(self.moved or coming)

    @property
    def moved(self) -> tuple[str, ...]:
        """The names of what is reinstalled, because its scripts run in another environment."""
        if self.comparison is None or not self.removes:
            return ()
        return tuple(each.name for each in self.comparison.drift.of(Kind.MOVED))

    @property
    def around(self) -> tuple[str, ...]:
        """The names of what uv must not touch: what is held, or may come in meanwhile."""
        if self.comparison is None:
            return ()
        kept = {each.name for each in self.run.plan.holding}
        wanted = kept if self.is_rebuild else {*self.comparison.answer.incoming}
        held = {each.name for each in self.comparison.drift.held}
        return tuple(sorted({*held, *(kept - wanted)}))


def list_outgoing(comparison: Comparison | None, *, removes: bool) -> tuple[Finding, ...]:
    """List what goes from an environment: what is removed, and what is replaced.

    Args:
        comparison: What uv would do.
        removes: Whether what is extraneous goes.
    """
    if comparison is None:
        return ()
    drift = comparison.drift
    # With an environment that is rebuilt all goes that is in it.
    extraneous = drift.extraneous if removes or drift.is_replaced else ()
    return (*extraneous, *drift.of(Kind.OTHER))


@dataclass(frozen=True)
class Launch:
    """How the command is started.

    Attributes:
        run: The run.
        options: What is injected right behind `run`.
        left_out: Options (canonical names) that were typed and uv is not given.
        folder: The folder of the environment that the command runs in; empty for none that stays.
        remembers: Whether the next run like it may skip all that went before.
        report: What is reported after the command, if that ran: the drift that stays, or why uv
            could not say before what it would change.
        reminds: Whether a failure of the command is followed by what was removed before it.
        footnotes: Lines that are said after the command, or uv's own error, if that fails.
        comparison: What uv would have done; `None` where it was not asked, or there is none yet.
    """

    run: Run
    options: tuple[str, ...]
    left_out: frozenset[str] = frozenset({"--exact"})
    folder: str = ""
    remembers: bool = False
    report: Drift | UvFailedError | None = None
    reminds: bool = False
    footnotes: tuple[str, ...] = ()
    comparison: Comparison | None = None

    @property
    def arguments(self) -> list[str]:
        """What uv is given."""
        invocation = self.run.invocation
        is_cut = invocation.has(*self.left_out)
        words = invocation.without(*self.left_out) if is_cut else self.run.request.typed
        return ["run", *self.options, *words]

    @property
    def is_whole(self) -> bool:
        """Whether uv is given all that was typed."""
        return not self.run.invocation.has(*self.left_out)


@dataclass(frozen=True)
class Decision:
    """What is done for a run, in this order; the first that cannot go on ends it.

    Attributes:
        run: The run that was decided about.
        said: Lines that are said before the command.
        news: Lines about who is in the environment; said after those where they are news.
        absent: Kept distributions that the environment of the run lacks; said once.
        is_half_made: Whether the environment was left half made, and is deleted first.
        mends: Whether what an interrupted step left is mended first.
        question: The comparison that a question at the terminal is about.
        refused: The comparison, with the drift that the run is refused for; or uv's own refusal.
        change: The step that changes an environment.
        launch: How the command is started; `None` where it is not.
        elsewhere: The separate environment that the command goes to; `None` for the run's own.
        may_fail: Whether the run stays where it is if that environment cannot be had.
        why: Why the command runs elsewhere; may be empty.
        notes: What only an explanation says.
    """

    run: Run
    said: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    is_half_made: bool = False
    mends: bool = False
    question: Comparison | None = None
    refused: Comparison | UvFailedError | None = None
    change: Change | None = None
    launch: Launch | None = None
    elsewhere: Elsewhere | None = None
    may_fail: bool = False
    why: str = ""
    notes: tuple[str, ...] = ()
