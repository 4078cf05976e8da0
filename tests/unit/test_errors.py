"""What the system says of a file, in xrun's words."""

from __future__ import annotations

import pytest

from xrun.errors import render_cause


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PermissionError(13, "Permission denied", "/cache"), "Permission denied: /cache"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("not a link"), "not a link"),
    ],
)
def test_the_cause_names_the_file_and_no_number(error: OSError, text: str) -> None:
    assert render_cause(error) == text
