"""Every sentence of the run path. Values in, lines out; nothing is printed here.

A line that stands for itself begins with `xrun: `; rows below one are indented. At most five names
are said, then "and N more". Past tense for what is done, "not run:" for what is refused.
"""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from xrun import __version__
from xrun.drift.finding import Kind
from xrun.drift.grouping import split_requested
from xrun.wording import MOST_NAMES, count_of, render_names, render_origin, render_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xrun.drift.finding import Drift, Finding, Kept
    from xrun.errors import XrunError

PREFIX = "xrun: "

ABOUT = """\
xrun {version}: uv run, in an environment that holds exactly what the project declares

Usage: xrun [UV RUN'S OPTIONS] COMMAND [ARGUMENTS]

Everything is as `uv run` has it (`uv run --help`). Before the command xrun removes, by name, what
the project does not declare; how, the policy says: xrun.toml or [tool.xrun] in pyproject.toml.

  XRUN=0           run `uv run` as typed; read nothing, do nothing
  XRUN_MODE=MODE   exact, ask, refuse, isolated, report or off, for this run
  -v               say what was decided, and the command line that uv is given
  -q               say nothing but refusals

`xrunctl` checks and mends an environment: `xrunctl --help`.
"""


UV_MISSING = "not run: no uv found; looked at the variable UV, in PATH and beside xrun"
UV_MISSING_HINT = "`pip install uv` in xrun's own environment, or anywhere on PATH, brings one"


def render_about(option: str) -> str:
    """Render the answer to a leading `--version` or `--help`."""
    if option == "--version":
        return f"xrun {__version__}"
    return ABOUT.format(version=__version__).rstrip("\n")


def render_error(error: XrunError) -> list[str]:
    """Render an error: what is wrong, the details, what to do next."""
    lines = [PREFIX + error.message, *(f"  {detail}" for detail in error.details)]
    lines += [PREFIX + error.hint] if error.hint else []
    return [render_safe(line) for line in lines]  # a policy's text stands in them, and uv's


def render_removed(drift: Drift, *, is_verbose: bool = False) -> list[str]:
    """Render what was removed, and what to type if it should stay."""
    most = len(drift.findings) if is_verbose else MOST_NAMES
    lines = []
    undeclared, unselected = drift.of(Kind.UNDECLARED), drift.of(Kind.UNSELECTED)
    where = drift.environment.name
    if undeclared:
        requested, needed = split_requested(undeclared)
        line = f"removed {count_of(len(undeclared), 'undeclared')} from {where}: "
        lines.append(line + _render_group(requested, needed, most))
        lines.append(_render_way_back(requested, drift))
    if unselected:
        requested, needed = split_requested(unselected)
        names = [f"{each.name} {each.installed}" for each in (*requested, *needed)]
        lines.append(
            f"removed {count_of(len(unselected), 'unselected')} from {where}, locked but not in "
            f"this run's selection: {render_names(names, most=most)}"
        )
        lines.append(render_selectors(requested))
    replaced = drift.of(Kind.OTHER)
    if replaced and not drift.is_replaced:
        changes = [_render_change(finding) for finding in replaced]
        shown = render_names(changes, most=most)
        lines.append(f"replaced what was not as locked in {where}: {shown}")
        lines += [_render_other_lock(each, drift) for each in replaced if each.selectors]
    return [PREFIX + line for line in lines]


def render_not_there(names: Sequence[str], where: str) -> list[str]:
    """Render that a fresh environment has not what the policy keeps in the project's own."""
    return [
        f"{PREFIX}what is kept in {where} is not in an isolated environment: {render_names(names)}"
    ]


def render_unmet(kept: Iterable[Kept]) -> list[str]:
    """Render what kept distributions need and no longer have, for the lock file has another."""
    return [
        f"{PREFIX}{render_safe(each.name)} {render_safe(each.installed)} is kept and needs "
        f"{render_names(each.unmet)}, which is not what the lock file has"
        for each in kept
        if each.unmet
    ]


def render_selectors(findings: Sequence[Finding]) -> str:
    """Render what selects unselected distributions: on this machine, for one run, or `uv add`."""
    options = list(dict.fromkeys(each for finding in findings for each in finding.selectors[:1]))
    through = [render_safe(each.name) for each in findings if not each.selectors]
    if not options:
        return f"nothing declares {render_names(through)} by name: `uv add` what is imported here"
    once = render_safe(" ".join(options[:MOST_NAMES]))
    packages = any(option.startswith("--package") for option in options)
    names = [option for option in options if not option.startswith("--package")]
    words = " ".join([*names[:MOST_NAMES], *(["--all-packages"] if packages else [])])
    more = " and so on" if len(options) > MOST_NAMES else ""
    verb = "it" if len(findings) == 1 else "them"
    return (
        f"`xrunctl select {render_safe(words)}`{more} selects {verb} on this machine, `{once}` for "
        "one run"
    )


def _render_other_lock(finding: Finding, drift: Drift) -> str:
    """Render what locks just the version that was replaced."""
    back = (
        "" if drift.is_script else f"; `xrunctl restore {render_safe(finding.name)}` brings it back"
    )
    option = render_safe(finding.selectors[0])
    return f"`xrunctl select {option}` locks the {render_safe(finding.name)} that was there{back}"


def _render_way_back(requested: Sequence[Finding], drift: Drift) -> str:
    """Render what declares what was removed, and what brings it back as it was."""
    number = len(drift.extraneous)
    what = "it back and keeps it" if number == 1 else f"all {number} back and keeps them"
    back = "" if drift.is_script else f"`xrunctl restore` brings {what}"
    if back and len(drift.extraneous) > MOST_NAMES:
        back += " (`--list` names all)"
    adding = [render_safe(each.name) for each in requested if _comes_from_index(each)]
    if not adding or not drift.adding:
        return back or "install it again where it belongs"
    names = " ".join(adding[:MOST_NAMES])
    declares = "declares it" if len(adding) == 1 else "declares them"
    declares = declares if len(adding) <= MOST_NAMES else "and so on declares them"
    return f"`{drift.adding} {names}` {declares}" + (f"; {back}" if back else "")


def _comes_from_index(finding: Finding) -> bool:
    """Whether `uv add NAME` would bring the same thing back.

    No index for everyone has local versions (PEP 440): torch for CUDA comes from another.
    """
    is_from_url = finding.provenance is not None and finding.provenance.direct_url
    return not is_from_url and "+" not in (finding.installed or "")


def _render_change(finding: Finding) -> str:
    if finding.installed == finding.locked:
        return f"{finding.name} {finding.installed} (another source)"
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
        who = "it needs" if len(requested) == 1 else "they need"
        names = render_names([finding.name for finding in needed], most=most)
        text += f" and {len(needed)} that only {who}: {names}"
    return text


def render_left(names: Sequence[str]) -> list[str]:
    """Render what uv said it removed but could not."""
    which = render_names(names)
    reason = f"uv could not remove {which}: no RECORD says which files are its own"
    return render_not_exact(f"{reason}; delete them by hand")


def render_reminder(status: int, drift: Drift, program: str = "") -> list[str]:
    """Render the one line after a command that failed in an environment that was changed.

    Args:
        status: The command's.
        drift: What was removed.
        program: The command's first word: what was removed of that name stands first.
    """
    removed = drift.extraneous
    if not removed:
        return []
    requested, needed = split_requested(removed)
    names = [finding.name for finding in (*requested, *needed)]
    names.sort(key=lambda name: name != program)
    count = "1 distribution was" if len(removed) == 1 else f"{len(removed)} distributions were"
    why = "" if drift.is_script else f" (`xrunctl why {render_safe(names[0])}`)"
    return [f"{PREFIX}exit {status}; before this run {count} removed: {render_names(names)}{why}"]


def render_not_exact(reason: str) -> list[str]:
    """Render why a run is not exact, where nothing could be compared."""
    return [f"{PREFIX}this run is not exact: {render_safe(reason)}"]


def render_unknown(detail: str) -> list[str]:
    """Render that nothing is removed as uv could not be asked; its own error follows, as a rule."""
    line = "nothing is removed, for uv could not say what it would remove"
    return [f"{PREFIX}{line} ({render_safe(detail)})" if detail else f"{PREFIX}{line}"]


def render_report(drift: Drift, reason: str, cure: str) -> tuple[str, str]:
    """Render the first and the last line around the rows of a report."""
    declared = f"{drift.environment.name} is not as declared"
    first = f"this run was not exact: {reason}" if reason else declared
    return f"{PREFIX}{first}", f"{PREFIX}{cure or 'the next exact run makes it as declared'}"


def render_cure(drift: Drift, command: Sequence[str], *, is_policys: bool, may_run: bool) -> str:
    """Render what makes an environment exact: the policy's own, or that of one run's selection.

    Args:
        drift: What was found.
        command: What was typed behind `xrun`.
        is_policys: Whether the environment holds, or should hold, the policy's own selection.
        may_run: Whether the same run in mode exact would make it so.
    """
    name = drift.environment.name
    if not drift.adding:
        return "a [project] table would declare them; `XRUN_MODE=off` says nothing"
    if is_policys:
        return f"`xrunctl sync` makes {name} exact"
    words = render_safe(shlex.join([*command]))
    return f"`XRUN_MODE=exact xrun {words}` makes {name} exact" if may_run else ""


def render_lock_origin(lock: str, source: str) -> list[str]:
    """Render where a lock option comes from that nobody typed."""
    where = f" ({render_safe(source)})" if source else ""
    return [f'{PREFIX}`--{lock}` comes from the policy: lock = "{lock}"{where}']


QUESTION = f"{PREFIX}[r]emove, [l]eave this time, [k]eep on this machine, or [s]top? "
STOPPED = (f"{PREFIX}not run: stopped at the question; nothing was changed",)


def render_mode(mode: str, source: str, *, can_ask: bool = True) -> str:
    """Render the mode that refuses or asks, and where it comes from."""
    where = f" ({render_safe(source)})" if source else ""
    nobody = ", and there is no terminal to ask at" if mode == "ask" and not can_ask else ""
    return f'mode is "{mode}"{where}{nobody}'


def render_asking(drift: Drift, mode: str) -> str:
    """Render the line above the rows of a question."""
    name = drift.environment.name
    state = "would be built anew" if drift.is_replaced else "has more than is declared"
    return f"{PREFIX}{name} {state}, and {mode}"


def render_kept(names: Sequence[str]) -> list[str]:
    """Render what an answer keeps from now on."""
    if not names:
        return []
    return [f"{PREFIX}kept from now on, on this machine: {render_names(names)} (xrun.local.toml)"]


def render_refused(drift: Drift, mode: str, cure: str, command: Iterable[str]) -> tuple[str, str]:
    """Render the first and the last line around the rows of a refusal."""
    words = render_safe(shlex.join([*command]))
    is_incomplete = all(finding.kind is Kind.MISSING for finding in drift.findings)
    state = "is not complete" if is_incomplete else "has drifted"
    state = "would be built anew" if drift.is_replaced else state
    first = f"not run: {drift.environment.name} {state} and {mode}"
    once = f"`XRUN_MODE=report xrun {words}` runs it once as it is"
    return f"{PREFIX}{first}", PREFIX + (f"{cure}; {once}" if cure else once)


def render_decision(facts: Mapping[str, str]) -> list[str]:
    """Render how it was decided, which `-v` adds."""
    return [
        PREFIX
        + render_safe("; ".join(f"{name}: {value}" for name, value in facts.items() if value))
    ]


def render_command(argv: Sequence[str]) -> list[str]:
    """Render the command line that uv is given, which `-v` adds."""
    return [f"{PREFIX}runs {render_safe(shlex.join(argv))}"]
