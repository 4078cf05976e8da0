"""`xrunctl check` for services: annotations of lines and files, of one project or many."""

from __future__ import annotations

import os
from pathlib import Path

from xrun.ctl.check_many import render_absent, split_absent
from xrun.errors import XrunError
from xrun.report.github import annotate_drift, annotate_error, render_github
from xrun.report.gitlab_sarif import render_gitlab, render_sarif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.report.github import Annotation
    from xrun.report.json import ProjectResult


def render_annotated(results: Sequence[ProjectResult], service: str) -> str:
    """Render results for a service: `github`, `gitlab`, or one that takes `sarif`."""
    if service == "github":
        return render_github(_annotate(results, merges=True))  # people read it
    render = render_gitlab if service == "gitlab" else render_sarif
    return render(_annotate(results, merges=False))


def _annotate(results: Sequence[ProjectResult], *, merges: bool) -> Iterator[Annotation]:
    """Make the annotations of each project; paths are relative to the checkout of the service."""
    names = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
    base = Path(next(filter(None, map(os.environ.get, names)), os.curdir)).absolute()
    absent, others = split_absent(results) if merges else ([], results)
    if absent:
        yield annotate_error(XrunError(render_absent(absent)))
    for each in others:
        if each.error is not None:
            yield annotate_error(each.error)
        elif each.drift is not None:
            root, advice = each.root or each.project, each.advice
            yield from annotate_drift(
                each.drift, root=root, base=base, advice=advice, merges=merges
            )
