"""`xrunctl sync`: the environment made exact by the policy, without a command."""

from __future__ import annotations

import os
import sys

from xrun.ctl.output import show, tell_waiting
from xrun.ctl.target import (
    PROJECT,
    STATUS_DRIFT,
    STATUS_NOT_DONE,
    failing,
    find_reach,
    find_run,
)
from xrun.ctl.verbs import Exit
from xrun.drift.strays import find_strays
from xrun.environment.change_lock import Locks
from xrun.errors import InUseError
from xrun.proxy.dataclass import replace
from xrun.run.carry_out import make_exact
from xrun.run.elsewhere import find_used
from xrun.run.permission import check_agrees
from xrun.run.tell import Voice
from xrun.words import PREFIX, render_names, render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Annotated

    from xrun.drift.finding import Drift


def sync(project: Annotated[str | None, PROJECT] = None) -> None:
    """Make the environment what is declared and selected."""
    voice = Voice(show, shows_progress=sys.stderr.isatty())
    with failing(), Locks(tell_waiting) as locks:
        run = find_run(project, remembers=True)
        check_agrees(run.request, "nothing was changed")
        try:
            done = make_exact(run, locks, voice)
        except InUseError as error:
            again = f"`{find_reach(run).render('sync')}` makes it exact when that has ended"
            hint = error.hint or f"nothing was changed; {again}"
            raise InUseError(error.message, hint=hint) from None
    if done.status != 0 or done.left:
        raise Exit(STATUS_NOT_DONE)
    if done.drift is not None:
        found = find_strays(replace(done.drift.environment), os.environ)  # as it is now
        strays = [each.name for each in found if each.kind.fails_check]
        drift = replace(done.drift, environment=find_used(run).environment)
        show(render_synced(drift, strays, find_reach(run).render("check")))
        if strays:
            raise Exit(STATUS_DRIFT)


def render_synced(
    drift: Drift, strays: Sequence[str] = (), check: str = "xrunctl check"
) -> list[str]:
    """Render the last line of a sync, with what a check finds and uv does not see."""
    name = shorten_home(render_safe(drift.environment.name))
    if strays:
        names = render_names([*map(render_safe, strays)])
        return [f"{PREFIX}{name} has what is declared, but is not exact (`{check}`): {names}"]
    if drift.held:
        held = render_names([each.name for each in drift.held])
        return [f"{PREFIX}{name} is as declared, but for what is held: {held}"]
    return [f"{PREFIX}{name} is {'exactly' if drift.is_clean else 'now exactly'} as declared"]
