"""`xrunctl why`: all that is known of one distribution, and what settles it."""

from __future__ import annotations

import time

from xrun.ctl.check import find_drift, find_importers
from xrun.ctl.output import find_columns, render_entry
from xrun.ctl.restore_text import render_gone, render_made
from xrun.ctl.target import PROJECT, failing, find_reach, find_used_run, parse_name
from xrun.ctl.verbs import Argument
from xrun.drift.declarations import find_declarations, find_selectors, list_roots
from xrun.drift.finding import Finding, Kind
from xrun.drift.imports.findings import search
from xrun.environment.attic.choose import Presence, find_presence
from xrun.environment.attic.journal import list_dropped
from xrun.environment.attic.store import list_removals
from xrun.environment.environment import Environment
from xrun.environment.needs import find_needs, name_needs
from xrun.policy.problems import render_meant
from xrun.project.conflicts import Conflicts
from xrun.report.describe import render_origin
from xrun.run.guard import check_is_whole
from xrun.run.permission import check_agrees
from xrun.words import render_names, render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Annotated

    from xrun.drift.advice import Adviser
    from xrun.drift.finding import Imports
    from xrun.environment.attic.store import Removal
    from xrun.run.request import Run

MOST_REMOVALS = 3  # that are listed of one distribution


def why(
    name: Annotated[str, Argument(metavar="NAME", help="A distribution.")],
    *,
    project: Annotated[str | None, PROJECT] = None,
) -> None:
    """Say what is known of a distribution, and what settles it.

    Who installed, needs, declares, imports, removed or keeps it.
    """
    with failing():
        wanted = parse_name(name)
        run = find_used_run(project, remembers=False)
        check_is_whole(run.environment, run.policy.keep)
        check_agrees(run.request, "nothing was changed")
        adviser = find_importers(run, find_drift(run), also=[wanted])
        rows = list(_list_rows(wanted, run, adviser))
    print(_render_head(wanted, run, adviser))
    for word, text in rows:
        print("\n".join(render_entry(f"  {word:9}  ", text, find_columns())))


def _render_head(name: str, run: Run, adviser: Adviser) -> str:
    """Render what it is: installed in which version, and whether that is as declared."""
    distribution = run.environment.find(name)
    where = shorten_home(run.environment.name)
    state = next((each.kind.word for each in adviser.drift.about(name)), "")
    if distribution is None:
        meant = render_meant(name, run.environment.distributions, least=0.8)
        return f"{name} is not installed in {where}" + (f": {state}" if state else meant)
    kept = next((each for each in adviser.drift.kept if each.name == name), None)
    if kept is not None and kept.locked is not None:
        state = f"held, instead of {kept.locked}"
    elif kept is not None:
        is_known = find_declarations(run.workspace, name)
        state = "kept, declared but not selected" if is_known else "kept, not declared"
    state = state or "as declared"
    return render_safe(f"{name} {distribution.version} in {where}: {state}")


def _list_rows(name: str, run: Run, adviser: Adviser) -> Iterator[tuple[str, str]]:
    """List what is known, a word and a text each."""
    environment = run.environment
    distribution = environment.find(name)
    now = time.time()
    if distribution is not None:
        provenance = distribution.provenance
        asked = "asked for by name" if provenance.is_requested else ""
        url = provenance.direct_url.get("url")
        origin = (render_origin(provenance, now), asked, f"from {url}" if url else "")
        yield "installed", ", ".join(filter(None, origin)) or "nothing says by whom"
        yield "needed by", _render_needed_by(name, run)
    declared = find_declarations(run.workspace, name)
    places = [f"{each.file}, {each.place}" for each in declared]
    yield "declared", "; ".join(places) if places else _render_undeclared(name, adviser)
    imports = adviser.imports if distribution is not None else _search_attic(name, run)
    if imports is not None:
        importers = imports.by_distribution.get(name, ())
        yield "imported", render_names([str(each) for each in importers]) or "nowhere"
    for kept in adviser.drift.kept:
        if kept.name == name:
            through = f" through {kept.needed_by}" if kept.needed_by else ""
            reason = f": {kept.reason}" if kept.reason else ""
            yield "kept", f"{kept.origin}{through}{reason}"
    yield from _list_removals(name, run, now)
    about = list(adviser.drift.about(name))
    if distribution is None and not about:
        about = list(_find_absent(name, run, imports))
    cure = next(filter(None, map(adviser.advise, reversed(about))), "")
    if cure:
        yield "settle it", find_reach(run).point(cure)


def _find_absent(name: str, run: Run, imports: Imports | None) -> Iterator[Finding]:
    """Find what there is to settle about something that is not installed."""
    importers = imports.by_distribution.get(name, ()) if imports else ()
    selected = Conflicts(run.workspace).read_words(run.sync.selection)
    declaring = find_selectors(run.workspace, [name], run.environment)[name]
    selectors = tuple(each for each in declaring if not selected.has(each))
    if selectors:
        yield Finding(Kind.UNSELECTED, name, selectors=selectors, importers=importers)
    elif importers and not declaring:
        yield Finding(Kind.UNDECLARED, name, importers=importers)


def _render_needed_by(name: str, run: Run) -> str:
    environment = run.environment
    roots = [(each, frozenset[str]()) for each in environment.distributions]
    roots += list_roots(run.workspace, environment)
    needs = name_needs(find_needs(environment, roots, besides=[name]))
    users = sorted(user for user, needed in needs.items() if name in needed and user != name)
    return render_names(users) or "nothing that is installed"


def _render_undeclared(name: str, adviser: Adviser) -> str:
    kinds = {each.kind for each in adviser.drift.about(name)}
    if kinds & {Kind.UNDECLARED, Kind.FORMER} or any(
        each.name == name for each in adviser.drift.kept
    ):
        return "nowhere"
    if name not in adviser.drift.environment.distributions:
        return "nowhere by name"
    return "not by name" if kinds else "not by name; something that is declared needs it"


def _search_attic(name: str, run: Run) -> Imports | None:
    """Search for lines that import what was removed; `None` where its files are gone."""
    for removal in list_removals(run.environment):
        if any(each.name == name for each in removal.distributions):
            attic = Environment(removal.find_stowed(""), run.environment.name)
            return search(run.workspace, attic, [name])
    return None


def _list_removals(name: str, run: Run, now: float) -> Iterator[tuple[str, str]]:
    """List in which removals it went: those in the attic by their number, then the journal's."""
    environment = run.environment
    numbered: list[tuple[int, Removal]] = [*enumerate(list_removals(environment), start=1)]
    numbered += [(0, each) for each in list_dropped(environment)]
    found = [
        (number, removal, each)
        for number, removal in numbered
        for each in removal.distributions
        if each.name == name
    ]
    for number, removal, each in found[:MOST_REMOVALS]:
        went = f"{render_gone(each)}, {render_made(removal, now)}"
        if not number:
            yield "removed", f"{went}; no backup is left"
        elif find_presence(environment, removal, each) is Presence.WHOLE:
            yield "removed", went
        else:
            restore = find_reach(run).render("restore", "--at", str(number), name)
            yield "removed", f"{went}; `{restore}` brings it back"
    if len(found) > MOST_REMOVALS:
        yield "", f"and {len(found) - MOST_REMOVALS} more before"
