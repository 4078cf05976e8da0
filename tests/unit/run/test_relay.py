"""What of uv's own words comes through while it syncs."""

from __future__ import annotations

import os
import sys

import pytest

from xrun.run import relay

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

CLEAR = "\r\x1b[2K"
SAID = (
    "Using CPython 3.11\n"
    f"⠋ Resolving{CLEAR}\x1b[2mResolved \x1b[1m2 packages\x1b[0m in 1ms\x1b[0m\n"
    f"███ [1/2] six{CLEAR}\x1b[2mInstalled \x1b[1m2 packages\x1b[0m in 2ms\x1b[0m\n"
    " \x1b[32m+\x1b[39m \x1b[1msix\x1b[0m\x1b[2m==1.17.0\x1b[0m\n"
    " - old==1.0\n ~ odd==1.0\n"
    "error: no\n  cause: why\n"
)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_the_list_of_changes_is_left_out_and_progress_is_not(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = b""
    content = SAID.encode()
    chunks = iter([*(content[at : at + size] for at in range(0, len(content), size)), b""])

    def write(_: int, data: bytes) -> int:
        nonlocal shown
        shown += data
        return len(data)

    monkeypatch.setattr(os, "read", lambda *_: next(chunks))
    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "close", lambda _: None)
    relay._copy(0, (*relay.OWN_TO_SYNC, b"Using CPython"))
    text = shown.decode()
    assert "1.17.0" not in text
    assert "old" not in text
    assert "odd" not in text
    assert "⠋ Resolving" in text
    assert "Installed" in text
    assert text.endswith("error: no\n  cause: why\n")
    assert "Resolved" not in text
    assert "Using" not in text
