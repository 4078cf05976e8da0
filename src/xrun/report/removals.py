"""What is said of a removal: what went, what settles it, what came back, what stays."""

from __future__ import annotations

import re
import time

from xrun.drift.finding import Kind
from xrun.drift.grouping import split_requested
from xrun.environment.environment import USUAL
from xrun.report.describe import render_origin
from xrun.report.notices import render_not_exact
from xrun.report.reach import HERE
from xrun.words import MOST_NAMES, PREFIX, render_line, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from xrun.drift.advice import Adviser
    from xrun.drift.finding import Drift, Finding, Kept
    from xrun.environment.attic.store import Removed
    from xrun.report.reach import Reach

MOST_QUIET = 2  # names of what is no longer declared, which is removed each day
PLACE = r", [\w.\[\]]+$"  # the key, behind the file
SPECIFIER = "[<>=!~]"  # where one begins, behind a name


def render_removed(
    drift: Drift,
    adviser: Adviser,
    *,
    is_verbose: bool = False,
    matches_policy: bool = True,
    reach: Reach = HERE,
) -> list[str]:
    """Render what was removed, and what to type if it should stay.

    Args:
        drift: What was removed and replaced.
        adviser: Knows what settles that.
        is_verbose: Whether all names are shown.
        matches_policy: Whether the run selected what the policy does: who typed another selection
            knows what selects the rest.
        reach: How `xrunctl` reaches the environment.
    """
    most = len(drift.findings) if is_verbose else MOST_NAMES
    lines = []
    name = drift.environment.name
    source = "" if name == USUAL else f" from {render_safe(name)}"
    undeclared, unselected = drift.of(Kind.UNDECLARED), drift.of(Kind.UNSELECTED)
    former, replaced = drift.of(Kind.FORMER), drift.of(Kind.OTHER)
    if undeclared:
        lines.append(_render_undeclared(undeclared, source, most, is_verbose=is_verbose))
        lines.append(_render_way_back(undeclared, drift, adviser, reach))
    if unselected:
        names = _list_names(unselected)
        lines.append(f"removed {len(names)} unselected{source}: {render_names(names, most=most)}")
        if matches_policy:
            lines += _render_ways(unselected, drift, adviser, reach)
    if former:
        names = _list_names(former)
        most = MOST_QUIET if len(names) > MOST_QUIET + 1 and not is_verbose else len(names)
        lines.append(f"removed {len(names)} no longer declared: {render_names(names, most=most)}")
    if replaced and not drift.is_replaced:
        lines.append(_render_replaced(replaced, "as locked", is_verbose=is_verbose))
        lines += _render_other_locks(replaced, drift, adviser, reach)
    return [PREFIX + line for line in lines]


def _list_names(findings: Sequence[Finding]) -> list[str]:
    """List the names of findings, what was asked for first."""
    return [each.name for group in split_requested(findings) for each in group]


def _render_undeclared(
    undeclared: Sequence[Finding], source: str, most: int, *, is_verbose: bool
) -> str:
    """Render `removed requests 2.34.2 (installed by pip 2 hours ago, undeclared) and 4 it …`."""
    requested, needed = split_requested(undeclared)
    names = _list_names(undeclared)
    if len(requested) > 1:
        return f"removed {len(names)} undeclared{source}: {render_names(names, most=most)}"
    (top,) = requested
    origin = render_origin(top.provenance, time.time(), between=" ")
    why = f"installed {origin}, undeclared" if origin else "undeclared"
    line = render_safe(f"removed {top.name} {top.installed} ({why}){source}")
    if not needed:
        return line
    more = f"{line} and {len(needed)} it needs"
    return f"{more}: {render_names(names[1:], most=most)}" if is_verbose else more


def _render_replaced(findings: Sequence[Finding], why: str, *, is_verbose: bool = False) -> str:
    """Render `replaced gdal 3.8.4 with 3.9.1, as locked`, or the first few of several."""
    (first, *others), most = findings, len(findings) if is_verbose else MOST_NAMES
    if others:
        shown = render_names([*map(render_change, findings)], most=most)
        return f"replaced {len(findings)}, {why}: {shown}"
    if first.installed == first.locked:
        return f"replaced {render_safe(render_change(first))}, {why}"
    return render_safe(f"replaced {first.name} {first.installed} with {first.locked}, {why}")


def render_moved_here(names: Sequence[str], where: str) -> list[str]:
    """Render what was reinstalled, because its scripts ran in another environment."""
    if not names:
        return []
    why = f"because {'its' if len(names) == 1 else 'their'} scripts ran in another environment"
    return [f"{PREFIX}reinstalled {render_names(names)} in {render_safe(where)}, {why}"]


def render_came_along(findings: Sequence[Finding], home: str) -> list[str]:
    """Render what was replaced, because what is kept in the project's own environment goes along.

    Args:
        findings: What was replaced.
        home: How the project's own environment is named.
    """
    kept = f"as kept in {render_safe(home)}"
    return [PREFIX + _render_replaced(findings, kept)] if findings else []


def render_not_there(names: Sequence[str], where: str, mode: str) -> list[str]:
    """Render that an environment of another kind has not what is kept in the project's own."""
    missing = f"missing from the {mode} environment: {render_names(names)}"
    return [f"{PREFIX}kept in {render_safe(where)} but {missing}"]


def render_unmet(drift: Drift) -> list[str]:
    """Render what kept distributions need and lose, because the lock file has another version.

    Args:
        drift: What was replaced, and what is kept.
    """
    came = {each.name for each in drift.findings}
    lines = []
    for each in drift.kept:
        unmet = [need for need in each.unmet if re.split(SPECIFIER, need)[0] in came]
        if unmet:
            lines.append(
                f"{PREFIX}{render_safe(each.name)} {render_safe(each.installed)} is kept and needs "
                f"{render_names(unmet)}, but the lock file has another version"
            )
    return lines


def render_held(held: Iterable[Kept]) -> list[str]:
    """Render what the policy holds against the lock file, with both versions and the reason."""
    lines = []
    for each in held:
        why = ": ".join(filter(None, (re.sub(PLACE, "", each.origin), each.reason)))
        is_source = each.locked == each.installed
        other = "the same from another source or build" if is_source else each.locked
        line = f"holding {each.name} {each.installed} instead of {other}"
        lines.append(PREFIX + render_safe(f"{line} ({why})" if why else line))
    return lines


def render_gone_kept(gone: Sequence[Removed], where: str) -> list[str]:
    """Render what was kept and is gone with an environment, with what installs it again."""
    if not gone:
        return []
    names = render_names([f"{each.name} {each.version}" for each in gone])
    command = [gone[0].render_install(where)]
    command += [render_line(each.words) for each in gone[1:]]
    return [
        f"{PREFIX}kept until now, and gone with the former {render_safe(where)}: {names}",
        f"{PREFIX}`{' '.join(command)}` installs {'it' if len(gone) == 1 else 'them'} again",
    ]


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
    verb, whose, it = ("is", "its", "it") if len(names) == 1 else ("are", "their", "them")
    return [
        f"{PREFIX}{render_names(names)} {verb} declared now, so {whose} `keep` without a version "
        f"has no effect; `{back}` brings {it} back and holds {it}"
    ]


def _render_ways(
    unselected: Sequence[Finding], drift: Drift, adviser: Adviser, reach: Reach
) -> Iterator[str]:
    """Render what selects unselected distributions: on this machine, for one run, or `uv add`."""
    findings = split_requested(unselected)[0]
    through = [each for each in findings if not each.selectors and _is_top(each)]
    ways = adviser.find_ways(findings)
    for way in ways:
        is_all = len(ways) == 1 and not through
        names = render_names([render_safe(each.name) for each in way.findings])
        what = ("it" if len(findings) == 1 else "them") if is_all else names
        once = f"`{render_safe(way.once)}` for one run" if way.once else ""
        select = reach.render("select", render_safe(way.select))
        here = f"`{select}` selects {what} on this machine" if way.select else ""
        line = ", ".join(filter(None, (here, once)))
        yield line if here else f"{once} selects {what}"
    if through and not drift.is_script:
        names = render_names([render_safe(each.name) for each in through])
        verb = "is" if len(through) == 1 else "are"
        count = 0 if ways else len(unselected)
        is_said = bool(drift.of(Kind.UNDECLARED))
        back = "" if is_said else _render_back(count, len(through), drift, reach)
        cures = ", ".join(filter(None, (_render_adding(through, adviser), back)))
        yield f"{names} {verb} locked only through others{': ' if cures else ''}{cures}"


def _is_top(finding: Finding) -> bool:
    """Whether it was asked for, and is not there only because another one needs it."""
    return finding.is_requested or not finding.needed_by


def _render_other_locks(
    findings: Sequence[Finding], drift: Drift, adviser: Adviser, reach: Reach
) -> Iterator[str]:
    """Render what locks just the version that was replaced."""
    for way in adviser.find_ways(findings):
        names = [render_safe(each.name) for each in way.findings]
        back = "" if drift.is_script else f", `{reach.render('restore', *names)}` brings it back"
        select = reach.render("select", render_safe(way.select))
        words = f"`{select}`" if way.select else f"`{render_safe(way.once)}`"
        yield f"{words} selects the former {render_names(names)}{back}"


def _render_way_back(
    undeclared: Sequence[Finding], drift: Drift, adviser: Adviser, reach: Reach
) -> str:
    """Render what declares what was removed, and what brings it back as it was."""
    requested = split_requested(undeclared)[0]
    back = _render_back(len(undeclared), len(requested), drift, reach)
    if len(requested) > MOST_NAMES:
        return f"{back}, `{reach.render('restore', '--list')}` names them" if back else ""
    adding = _render_adding(requested, adviser)
    return ", ".join(filter(None, (adding, back))) or "install it again where it belongs"


def _render_adding(requested: Sequence[Finding], adviser: Adviser) -> str:
    """Render what declares distributions; empty where nothing does, or they are too many."""
    adding = [f"`{render_safe(each)}`" for each in adviser.list_adding(requested)]
    if not adding or len(requested) > MOST_NAMES:
        return ""
    verb, them = "declares" if len(adding) == 1 else "declare", _render_them(len(requested))
    return f"{render_names(adding)} {verb} {them}"


def _render_back(count: int, requested: int, drift: Drift, reach: Reach) -> str:
    """Render what brings back all that was removed: `count` of one kind, `requested` by name."""
    if drift.is_script:
        return ""
    number = len(drift.extraneous)
    every = "both" if number == 2 else f"all {number}"  # noqa: PLR2004 - two
    what = _render_them(requested) if number == count else every
    return f"`{reach.render('restore')}` brings {what} back"


def _render_them(number: int) -> str:
    return "it" if number == 1 else "them"


def render_change(finding: Finding) -> str:
    """Render one distribution: its name, with the versions where they change."""
    if finding.kind is not Kind.OTHER:
        return finding.name
    if finding.installed == finding.locked:
        return f"{finding.name} {finding.installed} (another source or build)"
    return f"{finding.name} {finding.installed} -> {finding.locked}"


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
    first = render_safe(min(_list_names(removed), key=lambda name: name != program))
    what = f"{first} was" if len(removed) == 1 else f"{first} and {len(removed) - 1} more were"
    why = "" if drift.is_script else f" (`{reach.render('why', first)}`)"
    return [f"{PREFIX}exit {status}; {what} removed before this run{why}"]


def render_left(names: Sequence[str], reach: Reach = HERE) -> list[str]:
    """Render what could not be removed."""
    reason = f"not removed: {render_names(names)}, because no RECORD lists the files"
    return render_not_exact(f"{reason}; `{reach.render('check')}` names what settles it")


def render_shared(mended: Sequence[str], broken: Sequence[str], reach: Reach = HERE) -> list[str]:
    """Render what became of distributions that had files in common with what went."""
    lines = []
    if mended:
        which = f"{render_names(mended)}, which shared files with what was removed"
        lines.append(f"reinstalled {which}")
    if broken:
        lines.append(
            f"{render_names(broken)} lost files to what was removed, which had written over them; "
            f"`{reach.render('restore')}` brings that back"
        )
    return [PREFIX + line for line in lines]


def render_strays_gone(names: Sequence[str], where: str) -> list[str]:
    """Render which files went with an environment that was rebuilt; no backup has them."""
    if not names:
        return []
    which = render_names([*map(render_safe, names)])
    return [f"{PREFIX}rebuilt {render_safe(where)} without the files of no distribution: {which}"]


def render_returned(names: Sequence[str], broken: Sequence[str], where: str) -> list[str]:
    """Render what uv had half replaced when it failed: what is as it was, and what lacks files."""
    lines = []
    if names:
        lines.append(f"put back {render_names(names)}, because uv failed half-way")
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
