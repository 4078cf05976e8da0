"""`python tests/benchmarks`, from any folder and with any Python 3.10 or newer."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.command import main  # noqa: E402 - the line above makes it be found

if __name__ == "__main__":
    sys.exit(main())
