"""What makes xrun slow, not exact or unsafe on a machine and in a project, and what mends it."""

from __future__ import annotations

from xrun.ctl.doctor.checks import CHECKS, examine
from xrun.ctl.doctor.diagnosis import Diagnosis, Severity
from xrun.ctl.doctor.scene import Scene, gather_scene

__all__ = ["CHECKS", "Diagnosis", "Scene", "Severity", "examine", "gather_scene"]
