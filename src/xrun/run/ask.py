"""Mode ask: one question at the terminal before anything is removed, and its answers."""

from __future__ import annotations

import enum

from xrun.drift.finding import Kind
from xrun.errors import NotAllowedError
from xrun.proxy.dataclass import replace
from xrun.report import notices
from xrun.report.removals import render_kept
from xrun.run.local_policy import keep_installed
from xrun.run.plan import Target
from xrun.run.tell import classify_run, render_rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xrun.drift.compare import Comparison
    from xrun.run.request import Run
    from xrun.run.tell import Voice

SEARCH_BEFORE = 0.3  # how long the sources are searched for imports before a question, in seconds


class Answer(enum.Enum):
    """What is answered; the first letter is enough."""

    REMOVE = "remove"
    REBUILD = "rebuild"
    LEAVE = "leave"
    KEEP = "keep"
    STOP = "stop"

    @property
    def removes(self) -> bool:
        """Whether the run goes on as in mode exact."""
        return self in {Answer.REMOVE, Answer.REBUILD}


CHOICES: tuple[Answer, ...] = (Answer.REMOVE, Answer.LEAVE, Answer.KEEP, Answer.STOP)
CHOICES_REBUILD: tuple[Answer, ...] = (Answer.REBUILD, Answer.STOP)


def ask(run: Run, comparison: Comparison, voice: Voice) -> Answer:
    """Ask what to do about what would be removed, until there is an answer."""
    comparison = classify_run(run, comparison)
    first = notices.render_asking(comparison.drift, run.rendered_mode)
    voice.say([first, *render_rows_of(run, comparison.drift, SEARCH_BEFORE)])
    question, choices, default = notices.QUESTION, CHOICES, Answer.LEAVE
    if comparison.drift.is_replaced:
        question, choices, default = notices.QUESTION_REBUILD, CHOICES_REBUILD, Answer.STOP
    while typed := voice.ask(question):
        word = typed.strip().lower()
        chosen = next((each for each in choices if each.value.startswith(word)), None)
        if not word:
            return default
        if chosen is not None:
            return chosen
        voice.say(notices.render_answers([each.value for each in choices]))
    return Answer.STOP  # the end of what is typed


def keep(run: Run, comparison: Comparison, voice: Voice) -> Run | None:
    """Keep what would be removed or replaced from now on.

    Returns:
        The run with what is kept now; `None` where nothing can be kept (a script's environment).

    Raises:
        NotAllowedError: What is kept is enforced.
    """
    workspace = run.facts.workspace
    if workspace is None or run.plan.target is not Target.PROJECT:
        return None
    if floor := run.policy.floors.get("keep"):
        raise NotAllowedError(f"not run: {floor.source} enforces keep, so nothing more is kept")
    replaced = comparison.drift.of(Kind.OTHER)
    going = (*comparison.drift.extraneous, *replaced)
    versions = {each.name: each.installed or "" for each in going}
    kept = keep_installed(
        workspace,
        replace(comparison.drift.environment),  # an answer may take long
        versions,
        "kept when xrun asked",
        already=run.plan.keep,
        held={each.name for each in replaced},
    )
    voice.say(render_kept([each.requirement.name for each in kept]))
    plan = replace(run.plan, keep=(*run.plan.keep, *kept))
    return replace(run, plan=plan)
