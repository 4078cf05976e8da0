"""Which removal comes back: by its number, its names, or the last one; others are not read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xrun.environment.attic.choose import choose_removal
from xrun.environment.attic.store import Removal, Removed
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_removal(*names: str) -> Removal:
    return Removal(0, Path("/venv"), tuple(Removed(name, "1.0") for name in names))


REPLACED = replace(make_removal(), distributions=(Removed("six", "1.0", "2.0"),))
SWAP = replace(make_removal("six"), is_swap=True)
LAST, FORMER = make_removal("idna"), make_removal("six", "idna")


def test_without_a_name_it_is_the_last_that_a_run_removed() -> None:
    removals = [SWAP, REPLACED, LAST, FORMER]
    assert choose_removal(removals, []) is LAST
    assert choose_removal(removals, ["six"]) is SWAP
    assert choose_removal(removals, ["six", "idna"]) is FORMER
    assert choose_removal(removals, [], 4) is FORMER
    assert choose_removal([SWAP, REPLACED], []) is REPLACED
    assert choose_removal([SWAP], []) is SWAP
    assert choose_removal(removals, [], 5) is None
    assert choose_removal(removals, ["attrs"]) is choose_removal([], []) is None


def test_none_is_read_that_lies_behind_it() -> None:
    def read() -> Iterator[Removal]:
        yield LAST
        raise AssertionError

    assert choose_removal(read(), []) is choose_removal(read(), ["idna"]) is LAST
    assert choose_removal(read(), ["idna"], 1) is LAST
