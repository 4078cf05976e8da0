"""xrun's data classes beside the standard library's: the same classes, built by both."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from xrun.proxy import dataclass as own

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = pytest.mark.parametrize("module", [dataclasses, own], ids=["standard", "own"])


def build(module: Any) -> SimpleNamespace:
    """Build the same classes with one of the two modules."""

    @module.dataclass(frozen=True)
    class Base:
        name: str
        files: tuple[str, ...] = ()

        @cached_property
        def length(self) -> int:
            return len(self.files)

    @module.dataclass(frozen=True)
    class More(Base):
        sources: dict[str, str] = module.field(default_factory=dict, hash=False)
        size: int = 3

    @module.dataclass
    class Open:
        name: str
        found: list[str] = module.field(default_factory=list)

    return SimpleNamespace(Base=Base, More=More, Open=Open)


@MODULES
def test_fields_are_filled_in_order_by_name_and_by_default(module: Any) -> None:
    value = build(module).More("a", size=4)
    assert (value.name, value.files, value.sources, value.size) == ("a", (), {}, 4)
    assert build(module).More("a", ("b",), {"c": "d"}).sources == {"c": "d"}


@MODULES
def test_a_default_that_is_made_is_not_shared(module: Any) -> None:
    classes = build(module)
    classes.Open("a").found.append("x")
    assert classes.Open("a").found == []


@MODULES
def test_values_are_equal_by_their_fields_and_class(module: Any) -> None:
    classes = build(module)
    assert classes.Base("a") == classes.Base("a")
    assert classes.Base("a") != classes.Base("b")
    assert classes.Base("a") != classes.More("a")
    assert classes.Base("a") != "a"


@MODULES
def test_the_hash_leaves_out_what_it_is_told_to(module: Any) -> None:
    classes = build(module)
    one, other = classes.More("a", sources={"b": "c"}), classes.More("a", sources={})
    assert hash(one) == hash(other)
    assert hash(classes.Base("a")) != hash(classes.Base("b"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(classes.Open("a"))


@MODULES
def test_a_frozen_one_is_not_changed_but_remembers(module: Any) -> None:
    classes = build(module)
    value = classes.Base("a", ("x", "y"))
    with pytest.raises(AttributeError):
        value.name = "b"
    with pytest.raises(AttributeError):
        del value.name
    assert (value.length, value.__dict__["length"]) == (2, 2)
    assert value == classes.Base("a", ("x", "y"))
    opened = classes.Open("a")
    opened.name = "b"
    assert opened.name == "b"


@MODULES
def test_a_copy_differs_in_what_was_named(module: Any) -> None:
    classes = build(module)
    value = classes.Base("a", ("x", "y"))
    assert value.length == 2
    changed = module.replace(value, files=())
    assert (changed, changed.length) == (classes.Base("a"), 0)
    with pytest.raises(TypeError, match="colour"):
        module.replace(value, colour=1)
    assert module.asdict(value) == {"name": "a", "files": ("x", "y")}


@MODULES
@pytest.mark.parametrize(
    "make",
    [
        lambda base: base(),
        lambda base: base("a", (), 3),
        lambda base: base("a", name="a"),
        lambda base: base("a", colour=1),
    ],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_wrong_arguments_are_refused(module: Any, make: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        make(build(module).Base)


@MODULES
def test_a_value_renders_its_fields(module: Any) -> None:
    assert repr(build(module).Base("a")).endswith("Base(name='a', files=())")
