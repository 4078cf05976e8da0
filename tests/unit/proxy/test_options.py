"""The table of options agrees with itself."""

from __future__ import annotations

import pytest

from xrun.proxy.options import ALIASES, FLAGS, NOT_FOR_SYNC, VALUE_OPTIONS
from xrun.proxy.stamp import CHANGES_SOMETHING

CANONICAL = (FLAGS | VALUE_OPTIONS) - set(ALIASES)


def test_no_option_is_both_a_flag_and_one_with_a_value() -> None:
    assert not FLAGS & VALUE_OPTIONS


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_an_alias_takes_a_value_exactly_if_its_canonical_name_does(alias: str) -> None:
    kind = FLAGS if alias in FLAGS else VALUE_OPTIONS
    assert {alias, ALIASES[alias]} <= kind
    assert ALIASES[alias] in CANONICAL


@pytest.mark.parametrize("names", [NOT_FOR_SYNC, CHANGES_SOMETHING], ids=["sync", "changes"])
def test_lists_hold_canonical_names_alone(names: frozenset[str]) -> None:
    assert names <= CANONICAL


def test_every_short_option_is_an_alias() -> None:
    assert {name for name in FLAGS | VALUE_OPTIONS if not name.startswith("--")} <= set(ALIASES)
