"""What the verbs of `xrunctl` say beside what a run says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.drift.finding import Kind
from xrun.messages import PREFIX, render_age, render_names, render_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.drift.finding import Drift
    from xrun.removal import Removal


def render_check(drift: Drift) -> tuple[str, list[str]]:
    """Render the first line of a check, and the last ones: what settles most of it."""
    name = drift.environment.name
    if drift.is_clean:
        return f"{name} is exactly as declared", []
    kinds = list(dict.fromkeys(finding.kind for finding in drift.findings))
    counts = [f"{len(drift.of(kind))} {kind.word}" for kind in kinds]
    if drift.is_replaced:
        counts.append("a sync builds it anew, for another Python")
    is_seen_by_uv = drift.is_replaced or any(kind.is_seen_by_uv for kind in kinds)
    sync = "`uv lock && xrunctl sync`" if Kind.STALE_LOCK in kinds else "`xrunctl sync`"
    cure = [f"{sync} makes {name} exact"] if is_seen_by_uv else []
    state = "not" if drift.fails_check else "exactly"
    return f"{name} is {state} as declared: {', '.join(counts)}", cure


def render_synced(drift: Drift) -> list[str]:
    """Render the last line of a sync."""
    name = drift.environment.name
    return [f"{PREFIX}{name} is {'exactly' if drift.is_clean else 'now exactly'} as declared"]


def render_removal(number: int, removal: Removal, now: float) -> str:
    """Render a removal in the attic as a row of a list."""
    names = ", ".join(render_safe(f"{each.name} {each.version}") for each in removal.distributions)
    return f"{number:3}  {render_age(removal.at, now):15}  {names}"


def render_restored(names: Sequence[str], where: str) -> list[str]:
    """Render what came back, and how it stays."""
    count = "1 distribution" if len(names) == 1 else f"{len(names)} distributions"
    stays = "declare it" if len(names) == 1 else "declare them"
    return [
        f"{PREFIX}brought back {count} to {where}: {render_names(names)}",
        f"{PREFIX}the next exact run removes what nothing declares: {stays} (`uv add`), or run "
        "with XRUN_MODE=report",
    ]
