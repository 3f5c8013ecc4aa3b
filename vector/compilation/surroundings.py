"""What a step can see besides its arguments: the places where Python keeps it, found by walking from the step's code."""

from __future__ import annotations

import enum
import functools
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from vector.nn.module import Module
from vector.optim.optimizer import Optimizer
from vector.structure import leaves
from vector.tensor import Tensor

_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "vector", "numba", "scipy"}
"""Packages whose code reads what it is given; what their objects hold is looked at nevertheless."""

ABSENT = (AttributeError, LookupError, ValueError)  # an unset attribute, a missing item, an empty cell


class Place(NamedTuple):
    """Where a value is kept.

    Attributes:
        owner: the object that holds it.
        kind: "attribute" or "item", by `key`; a "number" of an optimizer, of which a step decides by nothing but whether
            it is 0; a "rate", by which it decides nothing; a "count", which is what its items are by itself; the
            "length" or the "members" of the owner.
        path: what users write for it, such as "model.layers[0].training".
    """

    owner: Any
    kind: str
    key: Any
    path: str

    @property
    def known_as(self) -> Any:
        """What tells it from other places."""
        return id(self.owner), self.kind, self.key

    def read(self) -> Any:
        """What it holds now."""
        if self.kind == "attribute":
            return getattr(self.owner, self.key)
        if self.kind == "length":
            return len(self.owner)
        return frozenset(self.owner) if self.kind == "members" else self.owner[self.key]

    def write(self, value: Any) -> None:
        """Keep something else there."""
        if self.kind == "attribute":
            setattr(self.owner, self.key, value)
        else:
            self.owner[self.key] = value


class Surroundings:
    """The places that a step can reach, each with what it held when they were looked up.

    Of the user's own objects, classes and modules only the names count that stand in the code of the step, or in the
    code that it can reach: an attribute that no line names does not decide what the step does.

    Args:
        roots: (how users call it, object): the step itself, and those of its arguments that are no numbers.
        moving: the places whose arrays and Tensors are others at each call; what lies in these is not looked up.

    Attributes:
        tensors: all Tensors that were met, and `arrays`, all arrays.
        counted: lists of numbers that optimizers move on at each of their steps.
    """

    def __init__(self, roots: Iterable[tuple[str, Any]], moving: frozenset[Any] = frozenset()) -> None:
        self._roots, self._moving, self._words = list(roots), moving, set[str]()
        known = -1
        while len(self._words) > known:  # each look may find code, and with it more names
            known = len(self._words)
            self._look()

    def _look(self) -> None:
        self.places: dict[Any, tuple[Place, Any]] = {}
        self.tensors: list[Tensor] = []
        self.arrays: list[np.ndarray[Any, Any]] = []
        self.counted: list[list[Any]] = []
        self._met: dict[int, Any] = {}  # by address, and alive, so that no other comes to lie there
        waiting = list(reversed(self._roots))
        while waiting:
            path, x = waiting.pop()
            if id(x) in self._met:
                continue
            self._met[id(x)] = x
            waiting += self._beyond(path, x)
            for place in self._inside(path, x):
                try:
                    value = place.read()
                except ABSENT:
                    continue
                self.places[place.known_as] = place, value
                if place.kind in ("attribute", "item") and place.known_as not in self._moving:
                    waiting.append((place.path, value))

    def moving(self) -> list[Place]:
        """The places whose arrays are arguments."""
        return [place for key, (place, value) in self.places.items() if key in self._moving and holds_arrays(value)]

    def fixed(self) -> list[tuple[Place, Any]]:
        """The other places, with what they hold."""
        moving = {place.known_as for place in self.moving()}
        return [found for key, found in self.places.items() if key not in moving]

    def memory(self) -> list[np.ndarray[Any, Any]]:
        """All arrays, those of moving Tensors and tuples too."""
        held = [x for place in self.moving() for x in leaves([place.read()])]
        tensors = (x._array for x in (*held, *self.tensors) if isinstance(x, Tensor))
        return [x for x in (*self.arrays, *held, *tensors) if isinstance(x, np.ndarray)]

    def others(self, earlier: Surroundings) -> set[Any]:
        """The places whose array or Tensor is another than it was."""
        both = ((key, value, earlier.places[key][1]) for key, (_, value) in self.places.items() if key in earlier.places)
        arrays = (np.ndarray, Tensor)
        return {key for key, now, before in both if now is not before and isinstance(now, arrays) and isinstance(before, arrays)}

    def _inside(self, path: str, x: Any) -> Iterator[Place]:
        """The places that an object keeps its values in."""
        if isinstance(x, np.ndarray):
            self.arrays.append(x)
        elif isinstance(x, Tensor):
            self.tensors.append(x)
            for key, name in (("_array", "data"), ("grad", "grad"), ("requires_grad", "requires_grad")):
                yield Place(x, "attribute", key, f"{path}.{name}")
        elif isinstance(x, (list, deque)):
            yield Place(x, "length", None, f"len({path})")
            yield from (Place(x, "item", i, f"{path}[{i}]") for i in range(len(x)))
        elif isinstance(x, dict):
            yield Place(x, "length", None, f"len({path})")
            yield from (Place(x, "item", key, f"{path}[{key!r}]") for key in x)
        elif isinstance(x, set):
            yield Place(x, "members", None, path)
        elif isinstance(x, FunctionType):
            yield from self._of_function(path, x)
        elif isinstance(x, ModuleType):
            if not _is_library(x):
                yield from (Place(vars(x), "item", key, f"{path}.{key}") for key in self._words & vars(x).keys())
        elif isinstance(x, type):
            if not _is_library(x):
                plain = (key for key in self._words & vars(x).keys() if not hasattr(vars(x)[key], "__get__"))
                yield from (Place(x, "attribute", key, f"{path}.{key}") for key in plain)
        elif not is_opaque(x):
            yield from self._of_object(path, x)

    def _of_function(self, path: str, x: FunctionType) -> Iterator[Place]:
        for name, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=True):
            yield Place(cell, "attribute", "cell_contents", name)
        yield Place(x, "attribute", "__defaults__", f"{path}'s defaults")
        yield Place(x, "attribute", "__kwdefaults__", f"{path}'s defaults")
        if not _is_library(x):
            names = set(_names(x.__code__))
            self._words |= names
            yield from (Place(x.__globals__, "item", key, key) for key in names & x.__globals__.keys())
            yield from (Place(vars(x), "item", key, f"{path}.{key}") for key in vars(x))

    def _of_object(self, path: str, x: Any) -> Iterator[Place]:
        own = getattr(x, "__dict__", {})
        ours = _is_library(type(x))
        if isinstance(x, Optimizer):
            self.counted += [own[key] for key in x.counted if isinstance(own.get(key), list)]
            own_names: Iterable[str] = [key for key in own if not key.startswith("_")]
        else:
            own_names = own.keys() if ours or isinstance(x, Module) else self._words & own.keys()
            if isinstance(x, Module):
                yield Place(x, "attribute", "training", f"{path}.training")  # the class's, until it is first set
            yield Place(own, "length", None, f"the number of attributes of {path}")
        for key in own_names:
            kind = "item"
            if ours and isinstance(x, Optimizer) and type(own[key]) in (int, float):
                kind = "rate" if key in x.asked else "number"
            yield Place(own, "count" if isinstance(x, Optimizer) and key in x.counted else kind, key, f"{path}.{key}")
        own_slots = (name for cls in type(x).__mro__ for name in slots(cls))
        yield from (Place(x, "attribute", key, f"{path}.{key}") for key in own_slots)

    def _beyond(self, path: str, x: Any) -> list[tuple[str, Any]]:
        """What an object leads to, and cannot be exchanged in it."""
        if isinstance(x, tuple):
            return [(f"{path}[{i}]", item) for i, item in enumerate(x)]
        if isinstance(x, MethodType):
            return [(path.rpartition(".")[0] or "self", x.__self__), (path, x.__func__)]
        if isinstance(x, functools.partial):
            return [(path, x.func), (f"{path}.args", x.args), (f"{path}.keywords", x.keywords)]
        if isinstance(x, type):
            if _is_library(x):
                return []
            methods = [(key, value) for key, value in vars(x).items() if key in self._words or key.startswith("__")]
            found = [getattr(value, "__func__", getattr(value, "fget", value)) for _, value in methods]
            return [(path, f) for f in found if isinstance(f, FunctionType)] + [(path, base) for base in x.__bases__]
        if isinstance(x, (FunctionType, ModuleType)):
            return []
        if is_opaque(x):
            return [(path, x.__wrapped__)] if hasattr(x, "__wrapped__") else []
        return [(path, type(x))]


def holds_arrays(value: Any) -> bool:
    """Whether there is an array or a Tensor in some nested lists, tuples and dictionaries."""
    return any(isinstance(x, (np.ndarray, Tensor)) for x in leaves([value]))


def _is_library(x: Any) -> bool:
    """Whether a function, class or module comes with Python, NumPy or this library."""
    module = x.__name__ if isinstance(x, ModuleType) else x.__module__ or ""
    if module == "builtins":  # so say those, too, that are made by exec
        return isinstance(x, type) and not x.__flags__ & _ON_THE_HEAP
    return module.partition(".")[0] in _LIBRARIES


_ON_THE_HEAP = 1 << 9  # CPython's mark of classes that Python code makes


def is_opaque(x: Any) -> bool:
    """Whether only the object itself counts: numbers and text, and what Python and NumPy keep for themselves."""
    module = type(x).__module__
    ours = module.startswith("vector.") and not module.startswith("vector.compilation.")
    return isinstance(x, enum.Enum) or (_is_library(type(x)) and not ours and not isinstance(x, SimpleNamespace))


def slots(cls: type) -> tuple[str, ...]:
    """The attributes for which a class has a place of its own."""
    names = vars(cls).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(name for name in names if not name.startswith("__"))


def _names(code: CodeType) -> Iterator[str]:
    """The names, and the texts that may be names, of code and of the functions written in it."""
    yield from code.co_names
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _names(x)
        elif isinstance(x, str):
            yield x
