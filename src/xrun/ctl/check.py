"""`xrunctl check`: how the environment differs from what the project declares."""

from __future__ import annotations

import enum
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from xrun.ctl.explaining import explain_drift
from xrun.ctl.messages import render_check, render_summary
from xrun.ctl.recursive import check_projects
from xrun.ctl.target import STATUS_DRIFT, STATUS_NOT_DONE, ProjectOption, fail, find_subject
from xrun.errors import XrunError
from xrun.policy.files import render_path
from xrun.report import notices
from xrun.report.github import render_github, render_github_error
from xrun.report.json import ProjectResult, load_schema, render_json, render_json_many
from xrun.report.text import decide_colour, find_width, render_rows
from xrun.run.guard import check_is_whole
from xrun.words import render_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xrun.drift import Drift


class OutputFormat(str, enum.Enum):
    """For whom the result is."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


OutputFile = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads this at run time, on Python 3.10 too
    typer.Option(
        "--output-file", metavar="FILE", help="Write the result there, and print nothing."
    ),
]


def _print_schema(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_asked:
        print(load_schema())
        raise typer.Exit


def check(
    project: ProjectOption = None,
    *,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Every uv project below the folder.")
    ] = False,
    output_format: Annotated[
        OutputFormat,
        typer.Option("--output-format", help="For people, programs, or GitHub's annotations."),
    ] = OutputFormat.TEXT,
    output_file: OutputFile = None,
    _schema: Annotated[
        bool,
        typer.Option(
            "--schema", callback=_print_schema, is_eager=True, help="Print the schema of the JSON."
        ),
    ] = False,
) -> None:
    """Say how the environment differs from what is declared."""
    folder = Path(os.path.abspath(project or os.curdir))  # noqa: PTH100 - not resolved, as uv does
    results = check_projects(folder) if recursive else [_check_one(project, folder)]
    shown = Shown(results, folder, is_one=not recursive, is_file=output_file is not None)
    text = RENDERERS[output_format](shown)
    for result in results:
        if result.error is not None:
            where = f"{render_path(result.project)}: " if recursive else ""
            first, *more = notices.render_error(result.error)
            told = first.replace(notices.PREFIX, notices.PREFIX + where, 1)
            print("\n".join([told, *more]), file=sys.stderr)
    try:
        _write(text, output_file)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise fail(XrunError(f"cannot be written: {problem}")) from None
    if any(result.error is not None for result in results):
        raise typer.Exit(STATUS_NOT_DONE)
    if any(result.drift is not None and result.drift.fails_check for result in results):
        raise typer.Exit(STATUS_DRIFT)


def _check_one(project: str | None, folder: Path) -> ProjectResult:
    try:
        subject = find_subject(project, remembers=False)
        check_is_whole(subject.environment, subject.policy.keep)
        explained = explain_drift(subject)
    except (XrunError, OSError) as problem:
        error = problem if isinstance(problem, XrunError) else XrunError(str(problem))
        return ProjectResult(folder, None, error, "")
    uv = ".".join(map(str, subject.facts.version))
    place, root = subject.workspace.project.folder, subject.workspace.root.folder
    return ProjectResult(place, explained.drift, None, uv, explained.advise, root)


@dataclass(frozen=True)
class Shown:
    """What is to be shown: results, and for which surroundings.

    Attributes:
        results: Of one project, or of all below a folder.
        folder: Where was looked.
        is_one: Whether it is about one project.
        is_file: Whether it goes to a file, not to a terminal.
    """

    results: Sequence[ProjectResult]
    folder: Path
    is_one: bool
    is_file: bool

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it as it comes out."""
        return not self.is_file and sys.stdout.isatty()


def _render_text(shown: Shown) -> str:
    blocks = [
        _render_drift(result, result.drift, shown)
        for result in shown.results
        if result.drift is not None and (shown.is_one or not result.drift.is_clean)
    ]
    if shown.is_one:
        return "\n".join(line for block in blocks for line in block)
    summary = render_summary(shown.results, render_path(shown.folder))
    return "\n\n".join(["\n".join(block) for block in blocks] + [summary])


def _render_drift(result: ProjectResult, drift: Drift, shown: Shown) -> list[str]:
    """Render one project: a line, a row for each finding, what settles most of them."""
    where = "" if shown.is_one else f"{render_path(result.project)}: "
    first, last = render_check(drift)
    rows = render_rows(
        drift,
        has_colour=decide_colour(os.environ, is_terminal=shown.is_terminal),
        width=find_width() if shown.is_terminal else None,
        advice=result.advice,
    )
    return [render_safe(where) + first, *rows, *last]


def _render_json(shown: Shown) -> str:
    if shown.is_one:
        return render_json(shown.results[0])
    return render_json_many(shown.results)


def _render_github(shown: Shown) -> str:
    base = Path(os.environ.get("GITHUB_WORKSPACE") or os.curdir).absolute()
    blocks = [_annotate(result, base) for result in shown.results]
    return "\n".join(block for block in blocks if block)


def _annotate(result: ProjectResult, base: Path) -> str:
    if result.error is not None:
        return render_github_error(result.error)
    if result.drift is None:
        return ""
    root = result.root or result.project
    return render_github(result.drift, root=root, base=base, advice=result.advice)


RENDERERS: Mapping[OutputFormat, Callable[[Shown], str]] = {
    OutputFormat.TEXT: _render_text,
    OutputFormat.JSON: _render_json,
    OutputFormat.GITHUB: _render_github,
}


def _write(text: str, file: Path | None) -> None:
    """Write the result, to a file whole or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    if file is None:
        if text:
            print(text, flush=True)
        return
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text + "\n" if text else "", encoding="utf-8")
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
