"""Which of uv's own lines a step says on, as `uv run` would have said them."""

from __future__ import annotations

import pytest

from xrun.run.change import select_said

RED = "\x1b[1m\x1b[33m"


@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ('warning: `dep==1.0` is yanked (reason: "bad")', True),
        (f"{RED}warning\x1b[0m: The package `a` does not have an extra named `b`", True),
        (
            "Resolving despite existing lockfile due to change in pre-release mode: `a` vs. `b`",
            True,
        ),
        ("warning: `VIRTUAL_ENV=/x` does not match the project environment path", False),
        ("Resolved 5 packages in 3ms", False),
    ],
)
def test_what_a_resolution_warns_of_is_said_by_the_step(line: str, is_said: bool) -> None:  # noqa: FBT001 - a row
    assert select_said([line], ()) == ([line] if is_said else [])
