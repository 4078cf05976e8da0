"""Drift as annotations of lines and files, and as the workflow commands that GitHub takes."""

from __future__ import annotations

import time
from collections import Counter

from xrun.drift.finding import Kind
from xrun.drift.grouping import split_requested
from xrun.project.workspace import PYPROJECT
from xrun.proxy.dataclass import dataclass
from xrun.report.describe import (
    Describer,
    count_alike,
    render_absent,
    render_harmless,
    render_subject,
    render_unparsed,
)
from xrun.words import PREFIX, count, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from xrun.drift.finding import Drift, Finding
    from xrun.errors import XrunError
    from xrun.report.describe import Advice

ERROR, WARNING, NOTICE = "error", "warning", "notice"
# How many annotations of a level GitHub shows for one step.
MOST = 10
IMPORTED_KEPT = "{} is imported here, but it is kept, not declared"


@dataclass(frozen=True)
class Annotation:
    """What stands beside a line or a file.

    Attributes:
        level: `error`, `warning` or `notice`.
        title: Short.
        message: Harmless; what it is, and what settles it.
        file: Relative to the folder of the checkout, with `/`; empty where it is about none.
        line: Counted from 1.
        code: Of the kind of finding; empty where it is about none.
    """

    level: str
    title: str
    message: str
    file: str = ""
    line: int | None = None
    code: str = ""

    def render(self) -> str:
        """Render the workflow command."""
        line = str(self.line) if self.line is not None else ""
        given = {"file": self.file, "line": line, "title": self.title}
        properties = ",".join(
            f"{key}={_escape_property(text)}" for key, text in given.items() if text
        )
        return f"::{self.level} {properties}::{_escape_data(self.message)}"


def render_github(annotations: Iterable[Annotation]) -> str:
    """Render annotations as workflow commands, as many as GitHub shows; empty for none."""
    counts: Counter[str] = Counter()
    lines = []
    for annotation in annotations:
        counts[annotation.level] += 1
        if counts[annotation.level] <= MOST:
            lines.append(annotation.render())
    for level, number in counts.items():
        if number > MOST:
            more = count(number - MOST, f"more {level}")
            lines.append(f"{PREFIX}and {more}: `xrunctl check` names all")
    return "\n".join(lines)


def annotate_error(error: XrunError) -> Annotation:
    """Make an annotation of why a check could not be done."""
    parts = (error.message, *error.details, error.hint)
    message = "\n".join(filter(None, map(render_harmless, parts)))
    return Annotation(ERROR, "xrunctl check", message)


def annotate_drift(
    drift: Drift, *, root: Path, base: Path, advice: Advice | None = None, merges: bool = True
) -> Iterator[Annotation]:
    """Make annotations of findings, those at a line of the project first.

    Args:
        drift: What was found.
        root: The workspace root.
        base: The folder of the checkout, to which paths are relative.
        advice: Says what settles a finding; may say nothing.
        merges: Whether what many findings share is one annotation.
    """
    describer = Describer(drift, time.time(), advice)
    yield from _list_imported(describer, root, base)
    file = _render_path(root / PYPROJECT, base)
    if drift.is_replaced:
        name = render_harmless(drift.environment.name)
        yield Annotation(ERROR, "xrunctl check", f"{name} would be rebuilt", file)
    # What only another needs goes last, because the last ones are not shown.
    _, needed = split_requested(drift.extraneous)
    if drift.is_absent and merges:
        yield Annotation(ERROR, "xrunctl check", render_absent(drift), file)
    findings = drift.apart if merges else drift.findings
    shown = [each for each in findings if not _is_at_lines(each, describer)]
    shown.sort(key=lambda each: each in needed)
    for alike in describer.list_alike(shown) if merges else ([each] for each in shown):
        is_one = len(alike) == 1
        yield _annotate(alike[0], describer, file) if is_one else _merge(alike, describer, file)
    for note in describer.list_notes():
        state = ", ".join(filter(None, (f"is {note.state}", note.more)))
        message = f"{render_subject(note.kept)} {state}: {'; '.join(note.explain())}"
        yield Annotation(NOTICE, f"{note.state} {note.kept.name}", message, file)
    if drift.unparsed:
        yield Annotation(NOTICE, "xrunctl check", render_unparsed(drift.unparsed))


def _is_at_lines(finding: Finding, describer: Describer) -> bool:
    """Whether a finding is shown at the lines that import it."""
    imported = describer.find_imported(finding) or finding
    return imported.kind is Kind.IMPORTED and bool(imported.importers)


def _list_imported(describer: Describer, root: Path, base: Path) -> Iterator[Annotation]:
    """List an annotation for each importing line: first one of each distribution, then another."""
    found = describer.drift.of(Kind.IMPORTED)
    for at in range(max((len(finding.importers) for finding in found), default=0)):
        for finding in found:
            if at < len(finding.importers):
                importer = finding.importers[at]
                file = _render_path(root / importer.path, base)
                yield _annotate(finding, describer, file, importer.line)


def _annotate(
    finding: Finding, describer: Describer, file: str, line: int | None = None
) -> Annotation:
    """Make the annotation of a finding: what it is, by whom and when, what settles it."""
    is_kept = finding.kind is Kind.IMPORTED and finding.name in describer.kept
    sentence = IMPORTED_KEPT if is_kept else finding.kind.sentence
    has_origin = not finding.kind.explanation
    parts = "; ".join(filter(None, describer.explain_origin(finding))) if has_origin else ""
    message = sentence.format(render_subject(finding)) + (f" ({parts})" if parts else "")
    cure = describer.render_cure(finding)
    level = ERROR if finding.kind.fails_check else WARNING
    title = f"{finding.kind.code} {finding.name}"
    message = f"{message}: {cure}" if cure else message
    return Annotation(level, title, message, file, line, finding.kind.code)


def _merge(alike: Sequence[Finding], describer: Describer, file: str) -> Annotation:
    """Make one annotation of findings of one kind that one command settles."""
    how_many, kind = count_alike(alike), alike[0].kind
    names = render_harmless(render_names([each.name for each in alike]))
    message = kind.sentence.format(f"each of {how_many} ({names})")
    cure = describer.render_cure(alike[0])
    level = ERROR if kind.fails_check else WARNING
    message = f"{message}: {cure}" if cure else message
    return Annotation(level, f"{kind.code} {how_many}", message, file, code=kind.code)


def _render_path(path: Path, base: Path) -> str:
    """Render a path as services take it; outside of the checkout it stays absolute."""
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def _escape_data(text: str) -> str:
    """Escape a message, as GitHub's toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    """Escape a property, as GitHub's toolkit does."""
    return _escape_data(render_safe(text)).replace(":", "%3A").replace(",", "%2C")
