"""Data classes that are not compiled: what `dataclasses` does, as far as it is used here.

The standard library's module imports `inspect` and compiles the methods of each class, which took
a third of the CPU time of a run that compares (CPython 3.11, some sixty classes). Here all classes
share the methods below. To a type checker they are the standard library's own.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import asdict, dataclass, field, replace
    from typing import Any

__all__ = ["asdict", "dataclass", "field", "replace"]


class _Field:
    """How a field gets its value where none is given, and whether it counts in the hash."""

    def __init__(self, default_factory: Callable[[], object], *, hash: bool = True) -> None:  # noqa: A002
        self.make = default_factory
        self.counts = hash


def _dataclass(cls: Any = None, *, frozen: bool = False) -> Any:
    """Give a class its fields, from its annotations and those of its bases, and its methods."""
    if cls is None:
        return _freeze if frozen else _dataclass
    fields: dict[str, _Field | None] = {}
    for base in cls.__mro__[-2:0:-1]:  # as a rule none
        fields.update(base.__dict__.get("__fields__", {}))
    own = cls.__dict__
    for name in own.get("__annotations__", ()):
        fields[name] = _keep(cls, name) if name in own else None
    cls.__fields__ = fields
    for name, method in (FROZEN_METHODS if frozen else METHODS).items():
        setattr(cls, name, method)
    return cls


def _freeze(cls: Any) -> Any:
    return _dataclass(cls, frozen=True)


def _keep(cls: Any, name: str) -> _Field:
    """Keep the default of a field that stands in the class."""
    default = cls.__dict__[name]
    if isinstance(default, _Field):
        delattr(cls, name)
        return default
    return _Field(lambda: default)


def _fill(self: Any, /, *values: object, **named: object) -> None:
    fields = self.__fields__
    filled = dict(zip(fields, values, strict=False))
    filled.update(named)
    is_wrong = len(filled) != len(values) + len(named)
    for name, default in fields.items():
        if name not in filled:
            is_wrong = is_wrong or default is None
            filled[name] = default and default.make()
    if is_wrong or len(filled) != len(fields):
        twice = {*list(fields)[: len(values)]} & named.keys()
        missing = {name for name in list(fields)[len(values) :] if fields[name] is None}
        odd = twice | (named.keys() - fields.keys()) | (missing - named.keys())
        wrong = ", ".join(sorted(odd)) or f"{len(values)} values"
        raise TypeError(f"{type(self).__name__}({', '.join(fields)}): wrong are {wrong}")
    self.__dict__.update(filled)


def _refuse(self: object, name: str, value: object = None) -> None:  # noqa: ARG001
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")


def _asdict(value: Any) -> dict[str, object]:
    return {name: value.__dict__[name] for name in value.__fields__}


def _replace(value: Any, /, **changes: object) -> Any:
    return type(value)(**(_asdict(value) | changes))


def _equal(self: Any, other: Any) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _asdict(self) == _asdict(other)


def _hash(self: Any) -> int:
    return hash(
        tuple(
            self.__dict__[name]
            for name, default in self.__fields__.items()
            if default is None or default.counts
        )
    )


def _render(self: Any) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in _asdict(self).items())
    return f"{type(self).__name__}({fields})"


METHODS = {"__eq__": _equal, "__hash__": None, "__init__": _fill, "__repr__": _render}
FROZEN_METHODS = {**METHODS, "__delattr__": _refuse, "__hash__": _hash, "__setattr__": _refuse}

if not TYPE_CHECKING:
    asdict, dataclass, field, replace = _asdict, _dataclass, _Field, _replace
