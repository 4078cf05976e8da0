"""The drift of a verb's project, explained: compared, told apart, searched for imports."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING

from xrun.ctl.progress import show_progress
from xrun.drift import classify
from xrun.drift.explain import Explained, explain
from xrun.drift.kept import compare_keeping
from xrun.drift.strays import find_strays
from xrun.run.guard import check_is_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xrun.run.request import Run


def explain_drift(subject: Run, *, also: Iterable[str] = (), is_alone: bool = True) -> Explained:
    """Explain how the environment of a project differs from what is declared.

    Args:
        subject: The project.
        also: Distributions whose importers are looked for beside those of the findings.
        is_alone: Whether the search may use the whole machine, and show its progress.

    Raises:
        UvFailedError: uv could not say what it would do.
        NotAnEnvironmentError: uv speaks of another environment.
    """
    comparison = compare_keeping(subject.sync, subject.plan.keep)
    check_is_named(comparison)
    comparison = classify(subject.sync, comparison)
    strays = find_strays(subject.environment, os.environ)
    drift = dataclasses.replace(comparison.drift, findings=(*comparison.drift.findings, *strays))
    if not is_alone:
        return explain(subject.workspace, drift, subject.facts.environ, also=also)
    with show_progress("searched for imports", is_terminal=sys.stderr.isatty()) as tell:
        return explain(subject.workspace, drift, subject.facts.environ, also=also, tell=tell)
