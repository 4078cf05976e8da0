"""Stands for a server: it runs until it is ended, and imports what it needs as it needs it."""

from __future__ import annotations

import signal

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready", flush=True)
signal.sigwait({signal.SIGTERM})
import six  # noqa: E402 - late on purpose

print("the server still has", six.__name__)
