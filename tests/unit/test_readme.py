"""The README is shown by package indexes too, where no file lies beside it."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
LINK = re.compile(r"\]\(([^)]+)\)|^\[[^\]]+\]: +(\S+)|(?:src|href)=\"([^\"]+)\"", re.MULTILINE)


def test_no_link_is_relative() -> None:
    targets = ["".join(found) for found in LINK.findall(README.read_text("utf-8"))]
    assert targets
    assert [each for each in targets if not each.startswith(("https://", "#"))] == []
