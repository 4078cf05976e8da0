"""What xrun costs, and what it costs where much has to be looked at: `python tests/benchmarks`."""

from __future__ import annotations
