"""uv run, in an environment that holds exactly what the project declares."""

from __future__ import annotations

__version__ = "0.1.0"
