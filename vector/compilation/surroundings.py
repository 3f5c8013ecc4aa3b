"""What a step can see besides its arguments: where Python keeps it, found by walking from the step's code."""

from __future__ import annotations

import enum
import functools
import pickle
import random
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from vector.compilation.tracers import Tracer
from vector.nn.module import Module
from vector.optim.optimizer import Optimizer
from vector.tensor import Tensor
from vector.trees import tree_leaves

ABSENT = (AttributeError, LookupError, ValueError)  # an unset attribute, a missing item, an empty cell
_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "vector", "numba", "scipy"}
"""Packages whose code reads what it is given; what their objects hold is looked at nevertheless."""


class Place(NamedTuple):
    """Where a value is kept.

    Attributes:
        owner: the object that holds it.
        kind: "attribute" or "item", by `key`; a "number" of an optimizer, which decides by whether it is 0; its "rate",
            by which it decides nothing; its "count", a list whose items it moves on itself; the "length" or the
            "members" of the owner.
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
        """What it holds now; `ABSENT` if it is not there."""
        try:
            if self.kind == "attribute":
                return getattr(self.owner, self.key)
            if self.kind == "length":
                return len(self.owner)
            return frozenset(self.owner) if self.kind == "members" else self.owner[self.key]
        except ABSENT:
            return ABSENT

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
        places: each by what it is known as, with what it held.
        tensors: all Tensors that were met.
        counted: lists of numbers that optimizers move on at each of their steps.
    """

    def __init__(self, roots: Iterable[tuple[str, Any]], moving: Iterable[Any] = ()) -> None:
        self._moving, self._words = frozenset(moving), set[str]()
        known = -1
        while len(self._words) > known:  # each look may find code, and with it more names
            known = len(self._words)
            self._look([*roots])

    def moving(self) -> list[Place]:
        """The places whose arrays are arguments."""
        return [place for key, (place, value) in self.places.items() if key in self._moving and holds_arrays(value)]

    def fixed(self) -> list[tuple[Place, Any]]:
        """The other places, with what they hold."""
        moving = {place.known_as for place in self.moving()}
        return [found for key, found in self.places.items() if key not in moving]

    def memory(self) -> list[Any]:
        """All arrays, those of Tensors and of moving places too."""
        held = [*self._met.values(), *(x for place in self.moving() for x in tree_leaves([place.read()]))]
        return [x for x in (getattr(x, "_array", x) for x in held) if isinstance(x, np.ndarray)]

    def randomness(self) -> dict[int, Any]:
        """Where every generator of random numbers stands, those of NumPy and Python that belong to nobody too."""
        kinds = (np.random.Generator, np.random.RandomState, random.Random)
        found = {id(x): x for x in self._met.values() if isinstance(x, kinds)}
        states = {key: object() if isinstance(x, random.SystemRandom) else pickle.dumps(x) for key, x in found.items()}
        return states | {0: pickle.dumps((random.getstate(), np.random.get_state()))}  # noqa: NPY002  # the user's

    def others(self, earlier: Surroundings) -> set[Any]:
        """The places whose array or Tensor is another than it was."""
        both = [(key, it[1], earlier.places[key][1]) for key, it in self.places.items() if key in earlier.places]
        arrays = (np.ndarray, Tensor)
        return {key for key, x, y in both if x is not y and isinstance(x, arrays) and isinstance(y, arrays)}

    # ---------------------------------------------------------------- the walk

    def _look(self, waiting: list[tuple[str, Any]]) -> None:
        self.places: dict[Any, tuple[Place, Any]] = {}
        self.tensors: list[Tensor] = []
        self.counted: list[list[Any]] = []
        self._met: dict[int, Any] = {}  # by address, and alive, so that no other comes to lie there
        self._waiting = waiting
        while waiting:
            path, x = waiting.pop()
            if id(x) in self._met:
                continue
            self._met[id(x)] = x
            for place in self._inside(path, x):
                value = place.read()
                if value is not ABSENT:
                    self.places[place.known_as] = place, value
                    if place.kind in ("attribute", "item") and place.known_as not in self._moving:
                        waiting.append((place.path, value))

    def _inside(self, path: str, x: Any) -> Iterator[Place]:
        """The places that an object keeps its values in; what it leads to in other ways waits to be looked at."""
        if isinstance(x, Tensor):
            self.tensors.append(x)
            names = [("_array", "data"), ("grad", "grad"), ("requires_grad", "requires_grad")]
            return (Place(x, "attribute", key, f"{path}.{name}") for key, name in names)
        if isinstance(x, (list, deque, dict)):
            keys = x if isinstance(x, dict) else range(len(x))
            items = [Place(x, "item", key, f"{path}[{key!r}]") for key in keys]
            return iter([Place(x, "length", None, f"len({path})"), *items])
        if isinstance(x, set):
            return iter([Place(x, "members", None, path)])
        if isinstance(x, (FunctionType, ModuleType, type)):
            return self._of_function(path, x) if isinstance(x, FunctionType) else self._of_names(path, x)
        if isinstance(x, tuple):
            self._waiting += [(f"{path}[{i}]", item) for i, item in enumerate(x)]
        elif isinstance(x, MethodType):
            self._waiting += [(path.rpartition(".")[0] or "self", x.__self__), (path, x.__func__)]
        elif isinstance(x, functools.partial):
            self._waiting += [(path, x.func), (f"{path}.args", x.args), (f"{path}.keywords", x.keywords)]
        elif hasattr(x, "__wrapped__"):
            self._waiting.append((path, x.__wrapped__))
        elif not is_opaque(x):
            return self._of_object(path, x)
        return iter(())

    def _of_function(self, path: str, x: FunctionType) -> Iterator[Place]:
        for name, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=True):
            yield Place(cell, "attribute", "cell_contents", name)
        for key in ("__defaults__", "__kwdefaults__"):
            yield Place(x, "attribute", key, f"{path}'s defaults")
        if not _is_library(x):
            names = set(_names(x.__code__))
            self._words |= names
            yield from (Place(x.__globals__, "item", key, key) for key in names & x.__globals__.keys())
            yield from (Place(vars(x), "item", key, f"{path}.{key}") for key in vars(x))

    def _of_names(self, path: str, x: type | ModuleType) -> Iterator[Place]:
        """A class, or a module: of its names those that code mentions, and the methods that Python calls."""
        for key, value in () if _is_library(x) else vars(x).items():
            function = getattr(value, "fget", getattr(value, "__func__", value))
            called = key.startswith("__") and (key != "__init__" or x.__name__ in self._words)
            if isinstance(function, FunctionType) and (key in self._words or called):
                self._waiting.append((f"{path}.{key}", function))
            if key in self._words and (isinstance(value, FunctionType) or not hasattr(value, "__get__")):
                yield Place(x, "attribute", key, f"{path}.{key}")
        self._waiting += [(path, base) for base in getattr(x, "__bases__", ())]

    def _of_object(self, path: str, x: Any) -> Iterator[Place]:
        self._waiting.append((path, type(x)))
        own, ours = getattr(x, "__dict__", {}), _is_library(type(x))
        if isinstance(x, Optimizer):
            self.counted += [own[key] for key in x.counted if isinstance(own.get(key), list)]
            for key in [key for key in own if not key.startswith("_")]:
                number = "rate" if key in x.asked else "number"
                kind = number if ours and type(own[key]) in (int, float) else "count" if key in x.counted else "item"
                yield Place(own, kind, key, f"{path}.{key}")
            return
        if isinstance(x, Module):
            yield Place(x, "attribute", "training", f"{path}.training")  # the class's, until it is first set
        yield Place(own, "length", None, f"the number of attributes of {path}")
        whole = type(x).__module__.startswith(("vector.optim.", "vector.nn."))
        names = [key for key in own if whole or key in self._words or (isinstance(x, Module) and _is_part(own[key]))]
        yield from (Place(own, "item", key, f"{path}.{key}") for key in names)
        yield from (Place(x, "attribute", key, f"{path}.{key}") for cls in type(x).__mro__ for key in slots(cls))


def holds_arrays(value: Any) -> bool:
    """Whether an array or a Tensor, or what stands for one, is in some nested lists, tuples and dictionaries."""
    return any(isinstance(x, (np.ndarray, Tensor, Tracer)) for x in tree_leaves([value]))


def _is_part(x: Any) -> bool:
    """Whether a module finds it by itself, as one of its parts."""
    return any(isinstance(y, (Module, Tensor)) for y in (x if isinstance(x, (list, tuple)) else [x]))


def is_opaque(x: Any) -> bool:
    """Whether only the object itself counts: numbers and text, and what Python and NumPy keep for themselves."""
    module = type(x).__module__
    ours = module.startswith("vector.") and not module.startswith("vector.compilation.")
    return isinstance(x, enum.Enum) or (_is_library(type(x)) and not ours and not isinstance(x, SimpleNamespace))


def slots(cls: type) -> tuple[str, ...]:
    """The attributes for which a class has a place of its own."""
    names = vars(cls).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(name for name in names if not name.startswith("__"))


def _is_library(x: Any) -> bool:
    """Whether a function, class or module comes with Python, NumPy or this library."""
    module = x.__name__ if isinstance(x, ModuleType) else x.__module__ or ""
    if isinstance(x, FunctionType) and x.__code__.co_filename.startswith("<doctest"):  # of a library's own examples
        return False
    if module == "builtins":  # so say those, too, that are made by exec
        return isinstance(x, type) and not x.__flags__ & 1 << 9  # CPython's mark of classes that Python code makes
    return module.partition(".")[0] in _LIBRARIES


def _names(code: CodeType) -> Iterator[str]:
    """The names, and the texts that may be names, of code and of the functions written in it."""
    yield from code.co_names
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _names(x)
        elif isinstance(x, str):
            yield x
