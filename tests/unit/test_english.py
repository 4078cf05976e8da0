"""Words that may not come back: in code, messages, help pages and examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = {"src": (".py", ".md"), "examples": (".md", ".toml"), ".": ("README.md",)}
TEXTS = sorted(
    path
    for folder, endings in KINDS.items()
    for path in (ROOT / folder).glob("*" if folder == "." else "**/*")
    if path.name.endswith(endings)
)
WORSE = {
    "again, or rebuild, reinstall": r"\banew\b",
    "a noun, or someone else": r"\b(?:nobody|somebody|whoever|whomever|whosoever)\b",
    "unchanged": r"\bas last time\b",
    "reported, shown": r"\b(?:is|are|was|be) told\b(?! apart)|\btold (?:of|by|with|at|to)\b",
    "because": r", for (?:it|they|that|this|there) (?:is|are|has|have|was|would|could|can|may)\b",
    "a shorter word": r"\b(?:lest|hence|thereof|therein|albeit|heretofore)\b",
}


@pytest.mark.parametrize("better", WORSE)
def test_word_has_not_come_back(better: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()} (better: {better})"
        for path in TEXTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(WORSE[better], line, re.IGNORECASE)
    ]
    assert found == []


def test_there_are_texts_to_look_at() -> None:
    """A folder that moved would leave nothing to look at."""
    endings = {path.suffix for path in TEXTS}
    assert endings >= {".py", ".md"}
    assert ROOT / "README.md" in TEXTS
    assert ROOT / "src" / "xrun" / "words.py" in TEXTS
