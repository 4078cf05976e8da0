"""What is said of a removal: what went, what settles it, what came back, what stays."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from xrun.drift.finding import Kind
from xrun.drift.grouping import split_requested
from xrun.report.describe import render_needed, render_origin
from xrun.report.notices import PREFIX, render_not_exact
from xrun.report.reach import HERE
from xrun.words import MOST_NAMES, count_of, render_names, render_safe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from xrun.drift.advice import Adviser
    from xrun.drift.finding import Drift, Finding, Kept
    from xrun.environment import Environment
    from xrun.environment.attic.store import Removed
    from xrun.report.reach import Reach

SPECIFIER = re.compile("[<>=!~]")  # where one begins, behind a name


def render_removed(
    drift: Drift,
    adviser: Adviser,
    *,
    is_verbose: bool = False,
    is_policys: bool = True,
    reach: Reach = HERE,
) -> list[str]:
    """Render what was removed, and what to type if it should stay.

    Args:
        drift: What was removed and replaced.
        adviser: Knows what settles that.
        is_verbose: Whether all names are shown.
        is_policys: Whether the run selected what the policy does: who typed another selection
            knows what selects the rest.
        reach: How `xrunctl` reaches the environment.
    """
    most = len(drift.findings) if is_verbose else MOST_NAMES
    lines = []
    undeclared, unselected = drift.of(Kind.UNDECLARED), drift.of(Kind.UNSELECTED)
    where = render_safe(drift.environment.name)
    if undeclared:
        requested, needed = split_requested(undeclared)
        line = f"removed {count_of(len(undeclared), 'undeclared')} from {where}: "
        lines.append(line + _render_group(requested, needed, most))
        lines.append(_render_way_back(requested, drift, adviser, reach))
    if unselected:
        requested, needed = split_requested(unselected)
        names = [f"{each.name} {each.installed}" for each in (*requested, *needed)]
        lines.append(
            f"removed {count_of(len(unselected), 'unselected')} from {where}, locked but not in "
            f"this run's selection: {render_names(names, most=most)}"
        )
        if is_policys:
            lines += _render_ways(requested, adviser, reach)
    former = drift.of(Kind.FORMER)
    if former:
        requested, needed = split_requested(former)
        names = [each.name for each in (*requested, *needed)]
        lines.append(f"removed {len(former)} no longer declared: {render_names(names, most=most)}")
    replaced = drift.of(Kind.OTHER)
    if replaced and not drift.is_replaced:
        shown = render_names([*map(render_change, replaced)], most=most)
        lines.append(f"replaced what was not as locked in {where}: {shown}")
        lines += _render_other_locks(replaced, drift, adviser, reach)
    return [PREFIX + line for line in lines]


def render_moved_here(names: Sequence[str], where: str) -> list[str]:
    """Render what was reinstalled, because its scripts ran in another environment."""
    ran = f"scripts of {render_names(names)} ran in another environment"
    return [f"{PREFIX}reinstalled in {render_safe(where)}, because {ran}"] if names else []


def render_came_along(findings: Sequence[Finding], where: str, home: str) -> list[str]:
    """Render what was replaced, because what is kept in the project's own environment goes along.

    Args:
        findings: What was replaced.
        where: How the separate environment is named.
        home: How the project's own is named.
    """
    if not findings:
        return []
    shown = render_names([*map(render_change, findings)])
    where, home = render_safe(where), render_safe(home)
    return [f"{PREFIX}replaced in {where} by what is kept in {home}: {shown}"]


def render_not_there(names: Sequence[str], where: str, mode: str) -> list[str]:
    """Render that an environment of another kind has not what is kept in the project's own."""
    article = "an" if mode == "isolated" else "a"
    return [
        f"{PREFIX}what is kept in {render_safe(where)} is not in {article} {mode} environment: "
        f"{render_names(names)}"
    ]


def render_unmet(drift: Drift) -> list[str]:
    """Render what kept distributions need and lose, because the lock file has another version.

    Args:
        drift: What was replaced, and what is kept.
    """
    came = {each.name for each in drift.findings}
    lines = []
    for each in drift.kept:
        unmet = [need for need in each.unmet if SPECIFIER.split(need)[0] in came]
        if unmet:
            lines.append(
                f"{PREFIX}{render_safe(each.name)} {render_safe(each.installed)} is kept and needs "
                f"{render_names(unmet)}, which is not what the lock file has"
            )
    return lines


def render_held(held: Iterable[Kept]) -> list[str]:
    """Render what the policy holds against the lock file, with both versions and the reason."""
    lines = []
    for each in held:
        why = ": ".join(filter(None, (each.origin, each.reason)))
        is_source = each.locked == each.installed
        other = "the same from another source or build" if is_source else each.locked
        line = f"holding {each.name} {each.installed} instead of {other}"
        lines.append(PREFIX + render_safe(f"{line} ({why})" if why else line))
    return lines


def render_gone_kept(gone: Sequence[Removed], where: str) -> list[str]:
    """Render what was kept and is gone with an environment, with what installs it again."""
    if not gone:
        return []
    name, names = render_safe(where), [f"{each.name} {each.version}" for each in gone]
    lines = [f"kept until now, and gone with the former {name}: {render_names(names)}"]
    lines += [f"`{render_safe(each.render_install(where))}` installs it again" for each in gone]
    return [PREFIX + line for line in lines[: MOST_NAMES + 1]]


def render_overtaken(drift: Drift, kept: Collection[str], reach: Reach = HERE) -> list[str]:
    """Render which of the replaced were kept, until something declared them.

    Args:
        drift: What was replaced.
        kept: The names that the policy keeps.
        reach: How `xrunctl` reaches the environment.
    """
    names = [each.name for each in drift.of(Kind.OTHER) if each.name in kept]
    if not names or drift.is_replaced:
        return []
    back = reach.render("restore", render_safe(" ".join(names[:MOST_NAMES])))
    verb, holds = ("is", "it") if len(names) == 1 else ("are", "them")
    return [
        f"{PREFIX}{render_names(names)} {verb} declared now, so that `keep` without a version has "
        f"no effect; `{back}` brings {holds} back and holds {holds}"
    ]


def _render_ways(findings: Sequence[Finding], adviser: Adviser, reach: Reach) -> Iterator[str]:
    """Render what selects unselected distributions: on this machine, for one run, or `uv add`."""
    ways = adviser.find_ways(findings)
    for way in ways:
        is_all = len(ways) == 1
        names = render_names([render_safe(each.name) for each in way.findings])
        what = ("it" if len(findings) == 1 else "them") if is_all else names
        once = f"`{render_safe(way.once)}` for one run" if way.once else ""
        select = reach.render("select", render_safe(way.select))
        here = f"`{select}` selects {what} on this machine" if way.select else ""
        line = ", ".join(filter(None, (here, once)))
        yield line if here else f"{once} selects {what}"
    through = [render_safe(each.name) for each in findings if not each.selectors]
    if through and not ways:
        yield f"nothing declares {render_names(through)} by name: `uv add` what is imported here"


def _render_other_locks(
    findings: Sequence[Finding], drift: Drift, adviser: Adviser, reach: Reach
) -> Iterator[str]:
    """Render what locks just the version that was replaced."""
    for way in adviser.find_ways(findings):
        names = [render_safe(each.name) for each in way.findings]
        back = "" if drift.is_script else f"; `{reach.render('restore', *names)}` brings it back"
        select = reach.render("select", render_safe(way.select))
        words = f"`{select}` locks" if way.select else f"`{render_safe(way.once)}` has"
        yield f"{words} the {render_names(names)} that was there{back}"


def _render_way_back(
    requested: Sequence[Finding], drift: Drift, adviser: Adviser, reach: Reach
) -> str:
    """Render what declares what was removed, and what brings it back as it was."""
    number = len(drift.extraneous)
    all_of_them = "both" if number == 2 else f"all {number}"  # noqa: PLR2004 - two
    what = "it back and keeps it" if number == 1 else f"{all_of_them} back and keeps them"
    if drift.of(Kind.UNSELECTED):  # which are not kept, but selected
        what = f"{all_of_them} back to stay"
    back = "" if drift.is_script else f"`{reach.render('restore')}` brings {what}"
    if back and len(drift.extraneous) > MOST_NAMES:
        back += " (`--list` names all)"
    adding = [render_safe(each) for each in adviser.list_adding(requested[:MOST_NAMES])]
    if not adding:
        return back or "install it again where it belongs"
    more = " and so on" if len(requested) > MOST_NAMES else ""
    verb = "declares" if len(adding) == 1 else "declare"
    them = "it" if len(requested) == 1 else "them"
    commands = render_names([f"`{each}`" for each in adding])
    return f"{commands}{more} {verb} {them}" + (f"; {back}" if back else "")


def render_change(finding: Finding) -> str:
    """Render one distribution: its name, with the versions where they change."""
    if finding.kind is not Kind.OTHER:
        return finding.name
    if finding.installed == finding.locked:
        return f"{finding.name} {finding.installed} (another source or build)"
    return f"{finding.name} {finding.installed} -> {finding.locked}"


def _render_group(requested: Sequence[Finding], needed: Sequence[Finding], most: int) -> str:
    """Render `requests 2.34.2 (by pip, 2 hours ago) and 4 that only it needs: certifi, …`."""
    now = time.time()
    shown = []
    for finding in requested[:most]:
        origin = render_origin(finding.provenance, now)
        shown.append(f"{finding.name} {finding.installed}" + (f" ({origin})" if origin else ""))
    text = ", ".join(map(render_safe, shown))
    if len(requested) > most:
        text += f" and {len(requested) - most} more"
    if needed:
        text += f" {render_needed(len(requested), [each.name for each in needed], most)}"
    return text


def render_reminder(status: int, drift: Drift, program: str = "", reach: Reach = HERE) -> list[str]:
    """Render the one line after a command that failed in an environment that was changed.

    Args:
        status: The command's.
        drift: What was removed.
        program: The command's first word: what was removed of that name stands first.
        reach: How `xrunctl` reaches the environment.
    """
    removed = drift.extraneous
    if not removed:
        return []
    requested, needed = split_requested(removed)
    names = [finding.name for finding in (*requested, *needed)]
    names.sort(key=lambda name: name != program)
    count = "1 distribution was" if len(removed) == 1 else f"{len(removed)} distributions were"
    why = "" if drift.is_script else f" (`{reach.render('why', render_safe(names[0]))}`)"
    return [f"{PREFIX}exit {status}; before this run {count} removed: {render_names(names)}{why}"]


def render_left(names: Sequence[str], environment: Environment) -> list[str]:
    """Render what uv said it removed but could not, and the folders that make it installed."""
    there = [each for each in environment.every_distribution if each.name in names]
    paths = [os.path.relpath(each.folder, environment.folder) for each in there]
    what = ["them", *(f"{environment.name}/{path}" for path in paths)]
    reason = f"uv could not remove {render_names(names)}: no RECORD says which files are its own"
    return render_not_exact(f"{reason}; delete by hand {' and '.join(what)}")


def render_shared(mended: Sequence[str], broken: Sequence[str], reach: Reach = HERE) -> list[str]:
    """Render what became of distributions that had files in common with what went."""
    lines = []
    if mended:
        lines.append(f"reinstalled because it shared files with what went: {render_names(mended)}")
    if broken:
        verb = "has" if len(broken) == 1 else "have"
        lines.append(
            f"{render_names(broken)} {verb} lost files that what went had in common with it; "
            f"`{reach.render('restore')}` brings them back"
        )
    return [PREFIX + line for line in lines]


def render_strays_gone(names: Sequence[str], where: str) -> list[str]:
    """Render which files went with an environment that was rebuilt; no backup has them."""
    if not names:
        return []
    which = render_names([*map(render_safe, names)])
    return [
        f"{PREFIX}{render_safe(where)} was rebuilt, without the files of no distribution: {which}"
    ]


def render_returned(names: Sequence[str], broken: Sequence[str], where: str) -> list[str]:
    """Render what uv had half replaced when it failed: what is as it was, and what lacks files."""
    lines = []
    if names:
        lines.append(f"put back as it was, because uv failed half-way: {render_names(names)}")
    if broken:
        verb = "lacks" if len(broken) == 1 else "lack"
        lines.append(
            f"{render_names(broken)} {verb} files in {render_safe(where)}; the next run mends that"
        )
    return [PREFIX + line for line in lines]


def render_kept(names: Sequence[str]) -> list[str]:
    """Render what an answer keeps from now on."""
    if not names:
        return []
    return [f"{PREFIX}kept from now on, on this machine: {render_names(names)} (xrun.local.toml)"]
