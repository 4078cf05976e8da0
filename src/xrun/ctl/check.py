"""`xrunctl check`: how the environment differs from what the project declares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from xrun.ctl.output import make_error, make_schema_option, show
from xrun.ctl.target import (
    PROJECT,
    STATUS_DRIFT,
    STATUS_NOT_DONE,
    fail,
    find_reach,
    find_used_run,
)
from xrun.ctl.verbs import Exit, Option
from xrun.drift.compare import order
from xrun.drift.dry_run import ask_dry_run_ahead
from xrun.drift.finding import Kind
from xrun.drift.kept import compare_keeping
from xrun.drift.strays import find_strays
from xrun.environment.marker import was_interrupted
from xrun.errors import XrunError
from xrun.policy.files import render_path
from xrun.project.uv_variables import decide_colour, render_version
from xrun.proxy.dataclass import replace
from xrun.report.json import ProjectResult, load_schema, render_json, render_json_many
from xrun.report.notices import render_error
from xrun.report.width import find_width, wrap
from xrun.run.guard import check_is_named, check_is_whole
from xrun.run.permission import check_agrees
from xrun.words import render_names, render_safe, shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Annotated, Literal

    from xrun.drift.advice import Adviser
    from xrun.drift.finding import Drift
    from xrun.report.describe import Advice
    from xrun.run.request import Run

# What an installer that was killed leaves of a distribution.
LACKING = (Kind.MISSING, Kind.OTHER, Kind.NO_RECORD, Kind.DAMAGED)


def check(
    project: Annotated[str | None, PROJECT] = None,
    *,
    recursive: Annotated[
        bool, Option("--recursive", help="Every uv project below the folder.")
    ] = False,
    output_format: Annotated[
        Literal["text", "json", "github", "gitlab", "sarif"],
        Option("--output-format", help="For people, programs, or a service."),
    ] = "text",
    output_file: Annotated[
        Path | None,
        Option("--output-file", metavar="FILE", help="Write the result there, and print nothing."),
    ] = None,
    _schema: Annotated[bool, make_schema_option(load_schema)] = False,
) -> None:
    """Say how the environment differs from what is declared."""
    folder = Path(os.path.abspath(project or os.curdir))  # noqa: PTH100 - not resolved, as uv does
    results = _check_below(folder) if recursive else [_begin(folder, project)()]
    if output_format == "json":
        text = render_json_many(results) if recursive else render_json(results[0])
    elif output_format != "text":
        from xrun.ctl.check_annotated import render_annotated

        text = render_annotated(results, output_format)
    else:
        is_terminal = output_file is None and sys.stdout.isatty()
        text = _render_text(results, folder if recursive else None, is_terminal=is_terminal)
    for result in results:
        if result.error is not None:
            show(_render_failed(result, result.error, is_one=not recursive))
    try:
        _write(text, output_file)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise fail(XrunError(f"{output_file} cannot be written: {problem.strerror}")) from None
    if any(result.error is not None for result in results):
        raise Exit(STATUS_NOT_DONE)
    if any(result.drift is not None and result.drift.fails_check for result in results):
        raise Exit(STATUS_DRIFT)


def _check_below(folder: Path) -> list[ProjectResult]:
    """Check every uv project below a folder; none uses the network where it has a lock file."""
    from xrun.ctl.check_many import check_projects

    return check_projects(folder, lambda each: _begin(each, str(each), is_alone=False))


def _begin(
    folder: Path, project: str | None, *, is_alone: bool = True
) -> Callable[[], ProjectResult]:
    """Begin to check a project: uv, if it is not the only one, already answers.

    Returns:
        Finishes that; what goes wrong is the result.
    """
    try:
        run = find_used_run(project, remembers=False, is_offline=not is_alone)
        check_is_whole(run.environment, run.policy.keep)
        check_agrees(run.request, "nothing was changed")
        if not is_alone:
            ask_dry_run_ahead(run.sync)
    except (XrunError, OSError) as problem:
        failed = _fail(folder, problem)
        return lambda: failed
    return lambda: _finish(folder, run, is_alone=is_alone)


def _finish(folder: Path, run: Run, *, is_alone: bool) -> ProjectResult:
    try:
        drift, advice = find_drift(run), None
        if drift.findings or drift.kept:  # as a rule not, and no source file has to be read
            drift, advice = _find_advice(run, drift, is_alone=is_alone)
    except (XrunError, OSError) as problem:
        return _fail(folder, problem)
    uv = render_version(run.facts.version)
    place, root = run.workspace.project.folder, run.workspace.root.folder
    return ProjectResult(place, drift, None, uv, advice, root)


def _fail(folder: Path, problem: XrunError | OSError) -> ProjectResult:
    return ProjectResult(folder, None, make_error(problem), "")


def _find_advice(run: Run, drift: Drift, *, is_alone: bool) -> tuple[Drift, Advice]:
    """Find who imports what was found, and what settles it, to be typed in the current folder."""
    reach = find_reach(run)
    drift = replace(drift, syncing=reach.render("sync"))
    adviser = find_importers(run, drift, is_alone=is_alone)
    return adviser.drift, lambda finding: reach.point(adviser.advise(finding))


def find_drift(run: Run) -> Drift:
    """Find how the environment of a project differs from what is declared.

    Raises:
        UvFailedError: uv could not say what it would do.
        NotAnEnvironmentError: uv speaks of another environment.
    """
    comparison = compare_keeping(run.sync, run.plan.keep)
    check_is_named(comparison)
    if comparison.drift.findings:
        from xrun.drift.classify import classify

        comparison = classify(run.sync, comparison)
    environment = comparison.drift.environment
    findings = [*comparison.drift.findings, *find_strays(environment, os.environ)]
    if any(each.kind in LACKING for each in findings) and was_interrupted(environment):
        # What is half installed has no RECORD of its files yet; the next run installs the rest.
        findings = [each for each in findings if each.kind is not Kind.STRAY]
    return replace(comparison.drift, findings=tuple(sorted(findings, key=order)))


def find_importers(
    run: Run, drift: Drift, *, also: Iterable[str] = (), is_alone: bool = True
) -> Adviser:
    """Find which lines of a project import what is not as declared, and what settles it.

    Args:
        run: Of the project.
        drift: What was found there.
        also: Distributions whose importers are looked for beside those of the findings.
        is_alone: Whether it may show its progress.
    """
    from xrun.drift.advice import Adviser
    from xrun.drift.imports.findings import add_importers
    from xrun.report.progress import show_progress

    adviser = Adviser(drift, run.workspace, run.facts.environ)
    is_shown = is_alone and sys.stderr.isatty()
    with show_progress("searching for imports", is_terminal=is_shown) as tell:
        return add_importers(adviser, also=also, tell=tell)


def _render_text(results: Sequence[ProjectResult], below: Path | None, *, is_terminal: bool) -> str:
    """Render one project; of all `below` a folder those that are not as declared, and a summary."""
    width, others, last = find_width() if is_terminal else None, results, []
    if below is not None:
        from xrun.ctl.check_many import render_absent, render_summary, split_absent

        absent, others = split_absent(results)
        others = [each for each in others if each.drift is not None and not each.drift.is_exact]
        last = [render_absent(absent)] if absent else []
        last = _wrap([*last, render_summary(results, render_path(below))], width)
    blocks = [
        _render_drift(each, each.drift, is_one=below is None, width=width, is_terminal=is_terminal)
        for each in others
        if each.drift is not None
    ]
    return "\n\n".join([*blocks, *(["\n".join(last)] if last else [])])


def _wrap(lines: Iterable[str], width: int | None) -> list[str]:
    """Wrap lines at a terminal's width; what follows the first of each is indented."""
    if width is None:
        return [*lines]
    return [
        ("  " if number else "") + part
        for line in lines
        for number, part in enumerate(wrap(line, max(width - 2, 1), breaks=False))
    ]


def _render_drift(
    result: ProjectResult, drift: Drift, *, is_one: bool, width: int | None, is_terminal: bool
) -> str:
    """Render one project: a line, a row for each finding, what settles most of them."""
    where = "" if is_one else f"{render_safe(render_path(result.project))}: "
    first, last = render_check(drift)
    if drift.is_clean and not drift.kept:
        return "\n".join(_wrap([where + first], width))
    from xrun.report.text import render_rows

    rows = render_rows(
        replace(drift, findings=drift.apart),
        has_colour=decide_colour(os.environ, is_terminal=is_terminal),
        width=width,
        advice=result.advice,
    )
    return "\n".join([*_wrap([where + first], width), *rows, *_wrap(last, width)])


def render_check(drift: Drift) -> tuple[str, list[str]]:
    """Render the first line of a check, and the last ones: what settles most of it."""
    name = shorten_home(render_safe(drift.environment.name))
    if drift.is_exact:
        return f"{name} is exactly as declared", []
    from xrun.report.describe import render_absent  # not needed so far

    if drift.is_absent:
        return render_absent(drift), []
    kinds = list(dict.fromkeys(finding.kind for finding in drift.findings))
    counts = [f"{len(drift.of(kind))} {_render_kind(kind, drift)}" for kind in kinds]
    if drift.is_replaced:
        counts.append("a sync rebuilds it for another Python")
    cure = _render_cure(drift, name)
    if cure and drift.environment.exists and not drift.environment.is_writable:
        cure = [f"{name} is not writable; `XRUN_MODE=separate xrun COMMAND` runs in an exact one"]
    if drift.is_replaced and drift.kept:
        cure = ["a sync would lose what is kept, and is refused: choose the Python that is there"]
    if drift.held:
        counts.append(f"{len(drift.held)} held")
    is_held = drift.held and not drift.fails_check
    state = "as declared, but for" if is_held else "exactly as declared:"
    state = "not as declared:" if drift.fails_check else state
    return f"{name} is {state} {', '.join(counts)}", cure


def _render_cure(drift: Drift, name: str) -> list[str]:
    """Render what a sync comes to; nothing where there is nothing that it mends."""
    if not drift.is_replaced and not any(each.kind.is_mended for each in drift.findings):
        return []
    from xrun.report.describe import render_sync

    staying = list(dict.fromkeys(render_safe(each.name) for each in drift.staying))
    verb = "is" if len(staying) == 1 else "are"
    first = f", once {render_names(staying)} {verb} settled as above" if staying else ""
    held = render_names([each.name for each in drift.held])
    state = f"as declared, but for what is held: {held}" if held else "exact"
    return [f"{render_sync(drift)} makes {name} {state}{first}"]


def _render_kind(kind: Kind, drift: Drift) -> str:
    """Render the word for a kind; who counts the imported has counted most of them already."""
    undeclared = {each.name for each in drift.of(Kind.UNDECLARED, Kind.FORMER)}
    is_counted = all(each.name in undeclared for each in drift.of(kind))
    return "of them imported" if kind is Kind.IMPORTED and is_counted else kind.word


def _render_failed(result: ProjectResult, error: XrunError, *, is_one: bool) -> list[str]:
    """Render why a project could not be checked; among others behind its path."""
    where = "" if is_one else f"{render_path(result.project)}: "
    error.message = where + error.message
    return render_error(error)


def _write(text: str, file: Path | None) -> None:
    """Write the result, to a file whole or not at all."""
    if file is None:
        if text:
            print(text, flush=True)
        return
    from xrun.project.replacing import replace_file

    replace_file(file, (text + "\n" if text else "").encode())
