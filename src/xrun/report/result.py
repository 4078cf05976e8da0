"""What a check of one project among several gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.drift.finding import Drift
    from xrun.errors import XrunError
    from xrun.report.describe import Advice


@dataclass(frozen=True)
class ProjectResult:
    """What a check of one project gave: drift, or an error.

    Attributes:
        project: The project's folder.
        drift: What was found; `None` where nobody could look.
        error: Why nobody could look; `None` where there is drift to tell.
        uv: The version of uv that was asked.
        advice: Says what settles a finding of this project.
        root: The workspace root, where that is another folder.
    """

    project: Path
    drift: Drift | None
    error: XrunError | None
    uv: str
    advice: Advice | None = None
    root: Path | None = None
