"""What a step can see besides its arguments: where Python keeps it, found by walking from the step's code."""

from __future__ import annotations

import ctypes
import dis
import enum
import functools
import gc
import itertools
import pickle
import random
import re
import sys
import threading
import weakref
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from inspect import getattr_static
from types import CodeType, FunctionType, GenericAlias, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from vector.arrays import array_of
from vector.compilation.tracers import Tracer
from vector.nn.module import Module
from vector.numpy_protocol import in_line
from vector.optim.optimizer import Optimizer
from vector.tensor import Tensor
from vector.trees import tree_leaves

ABSENT = (Exception,)  # for an unset attribute, a missing item, an empty cell, and whatever a `__getattr__` raises
_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "vector", "numba", "llvmlite", "scipy"}
"""Packages whose code reads only what it is given, so that the walk leaves it out; it goes through their objects."""
_BYTES = bytearray, array, ctypes.Array, ctypes.Structure, ctypes._SimpleCData
_WHOLE: dict[str, tuple[Any, Any]] = {
    "members": (set, frozenset), "context": (ContextVar, ContextVar.get), "bytes": (_BYTES, bytes), "length": ((), len),
}  # fmt: skip
"""Kinds of places that are a whole object: of which classes, and how it is read."""
_FINDING = frozenset({"getattr", "vars", "__dict__", "attrgetter"})
"""What finds attributes by a text, which may be put together of pieces."""


class Place(NamedTuple):
    """Where a value is kept.

    Attributes:
        owner: the object that holds it.
        kind: "attribute" or "item", by `key`; an optimizer's "number", whose being 0 decides what the step does; its
            "rate", which decides nothing; its "count", a list whose items it moves on itself; the "length", the
            "members" or the "bytes" of the owner, or what it is in this "context".
        path: what users write for it, such as "model.layers[0].training".
    """

    owner: Any
    kind: str
    key: Any
    path: str

    @property
    def known_as(self) -> Any:
        """Its identity: the owner's id, the kind and the key."""
        return id(self.owner), self.kind, self.key

    def read(self) -> Any:
        """What it holds now; `ABSENT` if it is not there."""
        try:
            if self.kind == "attribute":
                return getattr(self.owner, self.key)
            return _WHOLE[self.kind][1](self.owner) if self.kind in _WHOLE else self.owner[self.key]
        except ABSENT:
            return ABSENT

    def write(self, value: Any) -> None:
        """Keep something else there."""
        if self.kind == "attribute":
            setattr(self.owner, self.key, value)
        else:
            self.owner[self.key] = value


class Surroundings:
    """The places that a step can reach, each with what it held when the walk found it.

    Of the user's objects, classes and modules the walk takes the names that occur in the code of the step, or in code
    that it can reach: an attribute that no line names does not decide what the step does.

    roots: (how users call it, object): the step itself, and those of its arguments that are no numbers.
    lifted: the places whose arrays and Tensors are others at each call, and so are arguments; the walk stops there.

    places: each under its identity, with what it held. tensors: all Tensors on the way.
    counted: lists of numbers that optimizers move on at each of their steps.
    """

    def __init__(self, roots: Iterable[tuple[str, Any]], lifted: Iterable[Any] = ()) -> None:
        self._lifted, self._words = frozenset(lifted), set[str]()
        self._pieces: list[str] = []
        known = -1
        while len(self._words) > known:  # each walk may find code, and with it more names
            known = len(self._words)
            self._walk([*roots])

    def lifted(self) -> list[Place]:
        """The places whose arrays are arguments."""
        return [place for key, (place, value) in self.places.items() if key in self._lifted and holds_arrays(value)]

    def fixed(self) -> list[tuple[Place, Any]]:
        """The other places, with what they hold."""
        lifted = {place.known_as for place in self.lifted()}
        return [found for key, found in self.places.items() if key not in lifted]

    def memory(self) -> list[Any]:
        """All arrays, those of Tensors and of lifted places too."""
        held = [*self._met.values(), *(x for place in self.lifted() for x in tree_leaves([place.read()]))]
        found = (array_of(x) for x in held if isinstance(x, (np.ndarray, Tensor)))
        return [x for x in found if isinstance(x, np.ndarray)]

    def randomness(self) -> dict[int, Any]:
        """The state of every generator of random numbers, of NumPy's and Python's global ones too."""
        kinds = (np.random.Generator, np.random.RandomState, random.Random)
        found = {id(x): x for x in self._met.values() if isinstance(x, kinds)}
        states = {key: object() if isinstance(x, random.SystemRandom) else pickle.dumps(x) for key, x in found.items()}
        return states | {0: pickle.dumps((random.getstate(), np.random.get_state()))}  # noqa: NPY002  # the user's

    def replaced(self, earlier: Surroundings) -> set[Any]:
        """The places that hold another array or Tensor than earlier."""
        both = [(key, it[1], earlier.places[key][1]) for key, it in self.places.items() if key in earlier.places]
        arrays = (np.ndarray, Tensor)
        return {key for key, x, y in both if x is not y and isinstance(x, arrays) and isinstance(y, arrays)}

    def line_that_sets(self, place: Place) -> str:
        """The line, in brackets, by which the step gives a place another value; "" if none names it."""
        calls = place.kind in ("length", "members")  # as s.append(x)
        for name in re.findall(r"\w+", place.path)[::-1]:
            for code in self._codes:
                lines = itertools.groupby(dis.get_instructions(code), lambda it: it.positions and it.positions.lineno)
                for number, line in lines:
                    parts = [(it.opname.partition("_")[0], it.opname, it.argval) for it in line]
                    kinds = {kind for kind, op, _ in parts if "FAST" not in op}
                    sets = "STORE" in kinds or (calls and "CALL" in kinds)
                    if sets and any(value == name for *_, value in parts):
                        return in_line(code.co_filename, number)
        return ""

    def _walk(self, waiting: list[tuple[str, Any]]) -> None:
        self.places: dict[Any, tuple[Place, Any]] = {}
        self.tensors: list[Tensor] = []
        self.counted: list[list[Any]] = []
        self._codes: list[CodeType] = []
        self._met: dict[int, Any] = {}  # by id, and alive, so that no other object gets it
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
                    if place.kind in ("attribute", "item", "context") and place.known_as not in self._lifted:
                        waiting.append((place.path, value))

    def _inside(self, path: str, x: Any) -> Iterator[Place]:
        """The places in which an object keeps its values; what else it refers to is added to the waiting list."""
        if isinstance(x, GenericAlias):  # Callable[..., int] shows its origin's attributes, with all classes ever asked
            self._waiting.append((path, x.__origin__))
            return
        if isinstance(x, Tensor):
            self.tensors.append(x)
            names = [("_array", "data"), ("grad", "grad"), ("requires_grad", "requires_grad")]
            yield from (Place(x, "attribute", key, f"{path}.{name}") for key, name in names)
        elif isinstance(x, (list, deque, dict)):
            keys = [*x] if isinstance(x, dict) else range(len(x))
            yield Place(x, "length", None, f"len({path})")
            yield from (Place(x, "item", key, f"{path}[{key!r}]") for key in keys)
        elif isinstance(x, FunctionType):
            yield from self._of_function(path, x)
        elif isinstance(x, (ModuleType, type)):
            yield from self._of_names(path, x)
        else:
            yield from (Place(x, kind, None, path) for kind, (types, _) in _WHOLE.items() if isinstance(x, types))
            self._refer(path, x)
        ends = isinstance(x, (FunctionType, ModuleType, type, np.ndarray)) or type(x) is Tensor
        if not ends and (has_own(x) or not is_opaque(x)):  # also of the user's lists and dictionaries
            yield from self._of_object(path, x)

    def _refer(self, path: str, x: Any) -> None:
        """Add to the waiting list what an object, which is no container of places, refers to."""
        if isinstance(x, str):
            self._words.add(x)  # an attribute may be found by a text that is data
        elif isinstance(x, tuple):
            self._waiting += [(f"{path}[{i}]", item) for i, item in enumerate(x)]
        elif isinstance(x, MethodType):
            self._waiting += [(path.rpartition(".")[0] or "self", x.__self__), (path, x.__func__)]
        elif isinstance(x, functools.partial):
            self._waiting += [(path, x.func), (f"{path}.args", x.args), (f"{path}.keywords", x.keywords)]
        elif isinstance(x, weakref.ref):
            self._waiting.append((path, x()))
        elif has_own(x, "__wrapped__"):
            self._waiting.append((path, x.__wrapped__))
        elif type(x).__module__.partition(".")[0] in sys.stdlib_module_names and not has_own(x):
            self._waiting += [(path, y) for y in gc.get_referents(x)]  # such as a bound method, a view or a set

    def _of_function(self, path: str, x: FunctionType) -> Iterator[Place]:
        for name, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=True):
            yield Place(cell, "attribute", "cell_contents", name)
        for key in ("__defaults__", "__kwdefaults__"):
            yield Place(x, "attribute", key, f"{path}'s defaults")
        if not _is_library(x):
            self._codes += (codes := [*_codes(x.__code__)])
            names = {x for code in codes for x in (*code.co_names, *code.co_consts) if isinstance(x, str)}
            self._words |= names
            finds = (code for code in codes if not _FINDING.isdisjoint(code.co_names))
            self._pieces += [x for code in finds for x in code.co_consts if isinstance(x, str) and x]
            yield from (Place(x.__globals__, "item", key, key) for key in names & x.__globals__.keys())
            yield from (Place(vars(x), "item", key, f"{path}.{key}") for key in vars(x))

    def _of_names(self, path: str, x: type | ModuleType) -> Iterator[Place]:
        """Of a class or a module: the names that code mentions, and the methods that Python calls by itself."""
        for key, value in () if _is_library(x) else vars(x).items():
            function = getattr(value, "fget", getattr(value, "__func__", value))
            called = key.startswith("__") and (key != "__init__" or x.__name__ in self._words)
            if isinstance(function, FunctionType) and (key in self._words or called):
                self._waiting.append((f"{path}.{key}", function))
            if key in self._words and (isinstance(value, FunctionType) or not hasattr(value, "__get__")):
                yield Place(x, "attribute", key, f"{path}.{key}")
            elif key in self._words:  # a descriptor
                self._waiting.append((f"{path}.{key}", value))
        self._waiting += [(path, base) for base in (*getattr(x, "__bases__", ()), type(x))]

    def _of_object(self, path: str, x: Any) -> Iterator[Place]:
        self._waiting.append((path, type(x)))
        own, ours = vars(x) if has_own(x) else {}, _is_library(type(x))
        if isinstance(x, Optimizer):
            self.counted += [own[key] for key in x.counted if isinstance(own.get(key), list)]
            for key in [key for key in own if not key.startswith("_")]:
                number = "rate" if key in x.asked else "number"
                kind = number if ours and type(own[key]) in (int, float) else "count" if key in x.counted else "item"
                yield Place(own, kind, key, f"{path}.{key}")
            return
        if isinstance(x, Module):
            yield Place(x, "attribute", "training", f"{path}.training")  # the class's, until it is first set
        if isinstance(x, threading.local):  # each thread has attributes of its own
            yield from (Place(x, "attribute", key, f"{path}.{key}") for key in own)
            return
        yield Place(own, "length", None, f"the number of attributes of {path}")
        whole = type(x).__module__.startswith(("vector.optim.", "vector.nn.", "collections", "numpy", "configparser"))
        pieces = tuple(self._pieces)
        for key, value in own.items():
            made = isinstance(key, str) and (key.startswith(pieces) or key.endswith(pieces))  # as f"layer{i}"
            if whole or made or key in self._words or (isinstance(x, Module) and _is_part(value)):
                yield Place(own, "item", key, f"{path}.{key}")
        yield from (Place(x, "attribute", key, f"{path}.{key}") for cls in type(x).__mro__ for key in slots(cls))


def holds_arrays(value: Any) -> bool:
    """Whether an array, a Tensor or a tracer is in some nested lists, tuples and dictionaries."""
    return any(isinstance(x, (np.ndarray, Tensor, Tracer)) for x in tree_leaves([value]))


def _is_part(x: Any) -> bool:
    """Whether a module treats it as one of its own submodules or parameters."""
    return any(isinstance(y, (Module, Tensor)) for y in (x if isinstance(x, (list, tuple)) else [x]))


def is_opaque(x: Any) -> bool:
    """Whether the walk ends at an object: numbers and text, and objects of Python's and NumPy's own classes."""
    module = type(x).__module__
    ours = module.startswith("vector.") and not module.startswith("vector.compilation.")
    return isinstance(x, enum.Enum) or (_is_library(type(x)) and not ours and not isinstance(x, SimpleNamespace))


def has_own(x: Any, name: str = "__dict__") -> bool:
    """Whether an object has an attribute, without asking its `__getattr__`, which may raise what it likes."""
    return getattr_static(x, name, None) is not None


def slots(cls: type) -> tuple[str, ...]:
    """The attributes that a class keeps in slots."""
    names = vars(cls).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(name for name in names if not name.startswith("__"))


def _is_library(x: Any) -> bool:
    """Whether a function, class or module comes with Python, NumPy or this library."""
    module = x.__name__ if isinstance(x, ModuleType) else x.__module__ or ""
    if isinstance(x, FunctionType) and x.__code__.co_filename.startswith("<doctest"):  # of a library's own examples
        return False
    if module == "builtins":  # also the module of classes that exec makes
        return isinstance(x, type) and not x.__flags__ & 1 << 9  # CPython's mark of classes that Python code makes
    return module.partition(".")[0] in _LIBRARIES


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Code, and that of the functions written in it."""
    yield code
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _codes(x)
