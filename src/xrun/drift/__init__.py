"""How an environment differs from what the project declares, in uv's own judgement."""

from __future__ import annotations

from xrun.drift.compare import Comparison
from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind

__all__ = [
    "Comparison",
    "Drift",
    "Finding",
    "Importer",
    "Kept",
    "Kind",
]
