"""What is installed: an environment on disk, read without starting its interpreter."""

from __future__ import annotations

from xrun.environment.distribution import Distribution, Provenance, read_text
from xrun.environment.environment import Environment, find_environment
from xrun.environment.needs import find_extras, find_needs, name_needs

__all__ = [
    "Distribution",
    "Environment",
    "Provenance",
    "find_environment",
    "find_extras",
    "find_needs",
    "name_needs",
    "read_text",
]
