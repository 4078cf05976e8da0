"""What `xrun` does where what it says cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
CODE = "import sys; from xrun.proxy.main import main; sys.argv[0] = 'xrun'; sys.exit(main())"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_standard_error_changes_no_status(tmp_path: Path) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE, "true"],
            cwd=tmp_path,
            env={**os.environ, "XRUN_MODE": "no such mode"},
            stderr=full,
            check=False,
        )
    assert done.returncode == 125
