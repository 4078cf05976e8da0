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
        (f"{RED}warning\x1b[0m: The field is deprecated", False),
        ("Resolving despite existing lockfile due to change in pre-release mode", True),
        ("Ignoring existing lockfile due to change in resolution mode", True),
        ("warning: something that no version has said yet", True),
        ("Resolved 5 packages in 3ms", False),
        (" - six==1.0", False),
        ("Installed 1 package in 3ms", True),
    ],
)
def test_what_the_run_does_not_repeat_is_said_of_the_step(line: str, *, is_said: bool) -> None:
    repeated = ("warning: The field is deprecated",)
    assert select_said([line], ("Installed ",), repeated) == ([line] if is_said else [])
