"""Stands for a server: it runs a while, and imports what it needs as it needs it."""

from __future__ import annotations

import time

time.sleep(6)
import six  # noqa: E402 - late on purpose

print("the server still has", six.__name__)
