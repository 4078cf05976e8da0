"""The account of a policy: what holds, by what, over what."""

from __future__ import annotations

from packaging.requirements import Requirement

from xrun.policy.account import Account, list_accounts
from xrun.policy.keep import Keep
from xrun.policy.keys import KEYS, Layer
from xrun.policy.layers import LayerValues
from xrun.policy.policy import Policy, resolve_policy
from xrun.policy.rules import Circumstances, Rule


def account(policy: Policy, key: str) -> Account:
    return next(each for each in list_accounts(policy) if each.key == key)


def places(account: Account) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The steps that hold and those that are overridden, each by its source and key path."""
    holding = [(step.source, step.place) for step in account.holding]
    return holding, [(step.source, step.place) for step in account.overridden]


def test_every_key_has_its_account_in_order() -> None:
    accounts = [*list_accounts(resolve_policy([]))]
    assert [each.key for each in accounts] == [key.name for key in KEYS]
    assert not any(each.is_said or each.ignored or each.floor for each in accounts)


def test_the_strongest_holds_over_all_that_is_weaker() -> None:
    rule = Rule(0, (("pytest",),), (), {"mode": "separate"})
    layers = [
        LayerValues(Layer.USER, "user.toml", {"mode": "ask"}),
        LayerValues(Layer.WORKSPACE, "xrun.toml", {"mode": "report"}, (rule,)),
    ]
    found = account(resolve_policy(layers, None, Circumstances(("pytest",))), "mode")
    assert places(found) == (
        [("xrun.toml", "rules[0].mode")],
        [("xrun.toml", "mode"), ("user.toml", "mode"), ("", "mode")],
    )


def test_what_adds_up_and_what_each_file_says_for_itself_overrides_nothing() -> None:
    values = {"keep": (Keep(Requirement("gdal")),), "enforce": ("mode",), "extends": ("a.toml",)}
    layers = [
        LayerValues(Layer.SYSTEM, "etc.toml", values),
        LayerValues(Layer.WORKSPACE, "xrun.toml", values),
    ]
    policy = resolve_policy(layers)
    for key in values:
        holding, overridden = places(account(policy, key))
        assert holding == [("etc.toml", key), ("xrun.toml", key)]
        assert overridden == []


def test_what_is_looser_than_enforced_is_ignored() -> None:
    layers = [
        LayerValues(Layer.SYSTEM, "etc.toml", {"mode": "exact", "enforce": ("mode",)}),
        LayerValues(Layer.LOCAL, "xrun.local.toml", {"mode": "off"}),
    ]
    found = account(resolve_policy(layers), "mode")
    assert [step.source for step in found.holding] == ["etc.toml"]
    assert [step.source for step in found.ignored] == ["xrun.local.toml"]
    assert found.floor is not None
    assert found.floor.source == "etc.toml"
