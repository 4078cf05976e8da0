"""What makes xrun slow, not exact or unsafe on a machine and in a project, and what mends it."""

from __future__ import annotations

from xrun.ctl.doctor.verb import doctor

__all__ = ["doctor"]
