"""How long tests go on that try what no one thought of, and whether each time the same.

With `XRUN_TEST_FUZZ=full` they try some hundred times as much, each time something else; what fails
is printed with the line that repeats it (`@reproduce_failure`).

What they found, and what was changed:
- `--exact= COMMAND`, and any flag with an empty value: uv refuses it, but xrun took it for the flag
  and made the environment exact first. It is left for uv to refuse.
- `--pre COMMAND` resolves once more, and uv's line about that was lost in the step before the
  command. It is said.
- A `direct_url.json` or a marker in METADATA that is nested some thousand times, and a number in a
  backup's manifest or in the journal that is no float (`1e999`, 400 digits) raised where it was
  read. They are passed over as anything malformed.
Left as they are, because uv refuses either way: of two errors in one line the other may be told
(`--with-requirements missing` beside one that uv tells first).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

FULL = os.environ.get("XRUN_TEST_FUZZ") == "full"
"""Whether there is time: set `XRUN_TEST_FUZZ=full` before a release, or for a night."""


def fuzzed(short: int, *, full: int) -> settings:
    """Make the settings of a fuzzed test: so many examples, `full` of them if there is time."""
    return settings(
        max_examples=full if FULL else short,
        derandomize=not FULL,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
