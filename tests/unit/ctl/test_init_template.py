"""The policy that init writes: a few lines, each with why, and nothing but known keys."""

from __future__ import annotations

import itertools
from typing import cast

import pytest
import tomli

from xrun import __version__
from xrun.ctl.init_template import WIDTH, Shape, render_policy
from xrun.policy.keys import MODES
from xrun.project.offers import Offer

# As the specification has them; of `[[rules]]` each may hold these.
KEYS = {"required-version", "mode", "packages", "rules", "extras", "groups"}
RULE_KEYS = {"command", "when", "deny", "mode", "lock"}
LONG = Offer(tuple(f"name-{number}" for number in range(9)), ("x", "y", "z"))
FEW = Offer(("docs", "test"))
SHAPES = [
    Shape(has_members=each[0], extras=each[1], groups=each[2], has_lock=each[3])
    for each in itertools.product(
        (False, True), (Offer(), FEW, LONG), (Offer(), FEW, LONG), (False, True)
    )
]


def uncomment(text: str) -> str:
    return "".join(line.removeprefix("# ") for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_it_is_short_and_holds_what_the_project_needs(shape: Shape) -> None:
    text = render_policy(shape)
    assert len(text.splitlines()) <= 16
    policy = tomli.loads(text)
    assert policy["mode"] == "exact"
    assert policy.get("packages") == ("all" if shape.has_members else None)
    assert ("extras" in policy, "groups" in policy) == (False, False)
    pip, *others = reversed(policy["rules"])
    assert pip == {
        "command": ["pip install", "pip3 install", "python* -m pip install", "uv pip install"],
        "deny": "`uv add {names}` declares it",
    }
    lock = {"lock": "locked"} if shape.has_lock else {}
    assert others == [{"when": "ci", "mode": "refuse", **lock}]


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_what_is_commented_out_can_be_uncommented(shape: Shape) -> None:
    policy = tomli.loads(uncomment(render_policy(shape)))
    assert set(policy) <= KEYS
    assert all(set(rule) <= RULE_KEYS for rule in policy["rules"])
    for key, offer in (("extras", shape.extras), ("groups", shape.groups)):
        names = cast("list[str]", policy.get(key, []))
        assert bool(names) == bool(offer.names)
        assert offer.names[: len(names)] == tuple(names)


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_each_statement_says_why(shape: Shape) -> None:
    text = render_policy(shape).replace(",\n  ", ",")
    for line in filter(None, text.splitlines()):
        assert "  # " in line or line.startswith("command = "), line
    assert [line for line in render_policy(shape).splitlines() if len(line) > WIDTH] == []


def test_a_policy_with_all_parts_reads_so() -> None:
    extras = Offer(("cpu", "docs"), ("gpu",))
    assert (
        render_policy(Shape(has_members=True, extras=extras, groups=Offer(("test",))))
        == f"""\
required-version = ">={__version__}"  # which xrun may read this
mode = "exact"  # before a run, what nothing declares is removed from .venv
packages = "all"  # .venv has all members; "current" if one cannot be built
# extras = ["cpu", "docs"]  # not in .venv; conflicting: gpu
# groups = ["test"]  # not in .venv

[[rules]]  # in CI drift fails, and is not mended
when = "ci"  # the variable CI is set
mode = "refuse"  # after `xrunctl sync`, which makes .venv
lock = "locked"  # an outdated uv.lock fails too, and is not rewritten

[[rules]]  # xrun runs no pip install
command = ["pip install", "pip3 install",
           "python* -m pip install", "uv pip install"]
deny = "`uv add {{names}}` declares it"  # said instead, with the names typed
"""
    )


def test_names_that_do_not_fit_are_counted() -> None:
    line = render_policy(Shape(groups=LONG)).splitlines()[2]
    assert line == ('# groups = ["name-0"]  # not in .venv; 8 more; conflicting: x, y and 1 more')


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_its_reason(mode: str) -> None:
    first = render_policy(Shape(), mode).splitlines()[1]
    assert first.startswith(f'mode = "{mode}"  # ')
    assert len(first) <= WIDTH
