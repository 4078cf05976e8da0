"""What `xrun` does where what it says cannot be written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.processes import Place, Process

FULL = Path("/dev/full")
CODE = "import sys; from xrun.proxy.main import main; sys.argv[0] = 'xrun'; sys.exit(main())"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_standard_error_changes_no_status(tmp_path: Path) -> None:
    with FULL.open("w") as full:
        place = Place(tmp_path, {**os.environ, "XRUN_MODE": "no such mode"})
        with Process([sys.executable, "-c", CODE, "true"], place, stderr=full) as process:
            assert process.wait() == 125


SAID = b"xrun: the answer cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("redirection", "end"),
    [("> /dev/full", (1, SAID)), (">&-", (0, b"")), ("", (1, b""))],
    ids=["full", "closed", "left"],
)
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_xrun_says_of_itself_is_not_read(
    redirection: str, end: tuple[int, bytes], option: str
) -> None:
    if "/dev/full" in redirection and not FULL.exists():
        pytest.skip("this system has no /dev/full")
    reader, writer = os.pipe()
    os.close(reader)
    command = ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-c", CODE, option]
    environ = {**os.environ, "PYTHONUNBUFFERED": ""}
    with Process(command, env=environ, stdout=writer) as process:
        os.close(writer)
        _, told = process.communicate()
    assert (process.returncode, told) == end
