"""What a function sees besides its arguments: it decided the recording, which is replayed only while it stays.

A walk from the function finds it: closures, default arguments, the `self` of a method, items of containers, and the
globals and attributes that some code on the way names. Values count by identity, as their numbers are read at each
call; numbers, strings and arrays by type and value. The globals and classes of libraries are taken to stay.
"""

from __future__ import annotations

import dis
import pickle
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property, partial
from itertools import chain, repeat
from operator import call, is_
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from scalar.op import Op
from scalar.value import Value

PARTS: dict[type, tuple[str, ...]] = {
    FunctionType: ("__code__", "__closure__", "__defaults__", "__kwdefaults__"), CellType: ("cell_contents",),
    MethodType: ("__func__", "__self__"), BuiltinFunctionType: ("__self__",), partial: ("func", "args", "keywords"),
    property: ("fget",), cached_property: ("func",), staticmethod: ("__func__",), classmethod: ("__func__",), Op: (),
}  # fmt: skip
"""Where to go on from objects that hold functions."""
_PLAIN = (int, float, complex, str, bytes, type(None))
_CONTAINERS = (list, tuple, set, frozenset, deque, bytearray)
_ARRAYS = (np.ndarray, np.generic, array, memoryview)
_GENERATORS = (random.Random, np.random.Generator, np.random.RandomState)
_REFLECTION = {"getattr", "hasattr", "vars", "dir", "attrgetter", "__dict__"}


@cache
def _named(code: CodeType) -> tuple[set[str], set[str]]:
    """The globals that the code reads, and all names in it; with those of the functions written in it."""
    inner = [_named(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    named = [(x.opname, x.argval) for x in dis.get_instructions(code) if x.argval in code.co_names]
    reads = {name for op, name in named if op in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME")}
    names = {name for op, name in named if (op, code.co_name) != ("STORE_ATTR", "__init__")}
    return reads.union(*(x for x, _ in inner)), names.union(*(x for _, x in inner))


@cache
def _installed(package: str) -> bool:
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    return package in sys.stdlib_module_names or "-packages" in file


def _library(x: Any, *also: str) -> bool:
    """Whether a module, a class or a function is Python's or of an installed package."""
    package = str(x.__name__ if isinstance(x, ModuleType) else x.__module__).partition(".")[0]
    return package in also or (package != "scalar" and _installed(package))


def _content(x: Any) -> tuple[Any, ...]:
    return type(x), getattr(x, "dtype", 0), getattr(x, "shape", 0), x.tobytes()


class Surroundings:
    """What f sees at this moment.

    Attributes:
        places: (where, what it counts as) of all that counts. Where these are equal, f does the same.
        values: the Values among them, by their ids.

    Raises:
        TypeError: an iterator is among them, which gives something else each time.
    """

    def __init__(self, name: str, f: Callable[..., Any]) -> None:
        self._names: set[str] = set()
        known = -1
        while known < len(self._names):  # code found late names attributes of what was found early
            known = len(self._names)
            self._walk([(name, f), *([("random", [random.random, np.random.rand])] if "random" in self._names else [])])
        self.key = tuple([what for _, what in self.places])
        self._saved = [*self._now()]
        self._plain = self._numbers()

    def hold(self) -> bool:
        """Whether each place has the very object of that moment. If not, it may still have an equal one."""
        return all(map(is_, self._now(), self._saved)) and self._numbers() == self._plain

    def draws(self) -> list[bytes]:
        """Where the generators of random numbers stand."""
        return [pickle.dumps(generator) for generator in self._generators]

    def _now(self) -> Iterator[Any]:
        read = map(getattr, self._owners, self._attributes, repeat(None))
        return chain(read, map(call, self._lookups, self._keys), chain.from_iterable(self._containers))

    def _numbers(self) -> list[Any]:
        return [*map(len, self._containers), *map(_content, self._arrays)]

    def _walk(self, waiting: list[tuple[str, Any]]) -> None:
        self.places: list[tuple[str, Any]] = []
        self.values: dict[int, Value] = {}
        self._owners: list[Any] = []
        self._attributes: list[str] = []
        self._lookups: list[Callable[[str], Any]] = []
        self._keys: list[str] = []
        self._containers: list[Any] = []
        self._arrays: list[Any] = []
        self._generators: list[Any] = []
        self._seen: dict[int, tuple[int, Any]] = {}  # objects too, so that no later one gets an id of theirs
        while waiting:
            where, x = waiting.pop()
            if isinstance(x, _PLAIN):
                what: Any = type(x), x.hex() if isinstance(x, float) else x
            elif id(x) in self._seen:
                what = self._seen[id(x)][0]
            else:
                self._seen[id(x)] = len(self._seen), x
                before = len(waiting)
                waiting += self._parts(where, x)
                # A Value or what has no parts is this very object; others are as good with the same parts.
                what = id(x) if isinstance(x, (Value, type)) or len(waiting) == before else type(x)
                if isinstance(x, (*_CONTAINERS, dict)):
                    what = type(x), len(x)
                elif isinstance(x, _ARRAYS):
                    what = _content(x)
            self.places.append((where, what))

    def _parts(self, where: str, x: Any) -> Iterator[tuple[str, Any]]:
        """What x leads on to, after a note of what is to be compared at each call."""
        kind = type(x)
        if isinstance(x, dict):
            self._containers += [x.keys(), x.values()]
            yield from ((f"{where}[{key!r}]", part) for key, value in [*x.items()] for part in (key, value))
        elif isinstance(x, _CONTAINERS):
            self._containers += [x]
            yield from ((f"{where}[{i}]", part) for i, part in enumerate([*x]))
        elif isinstance(x, Value):
            self.values[id(x)] = x
            return (yield from self._read(where, x, self._followed(("label", "role"))))
        elif isinstance(x, _GENERATORS):
            return self._generators.append(x)
        elif isinstance(x, _ARRAYS):
            self._arrays.append(x)
            if getattr(x, "dtype", None) == object:
                yield from ((f"{where}[{i}]", part) for i, part in enumerate(x.ravel().tolist()))
        elif hasattr(kind, "__next__"):
            raise TypeError(f"compile: expected f to see the same each time it is called, got the iterator {where}")
        elif isinstance(x, (type, ModuleType)):
            if x is not Value and not _library(x, *["scalar"][isinstance(x, type) :]):
                called = {n for n, part in vars(x).items() if n[:2] == "__" and isinstance(part, FunctionType)}
                special = sorted(called - ({"__init__"} if x.__name__ not in self._names else set()) - {"__repr__"})
                yield from self._look_up(f"{where}.", vars(x), [*special, *self._followed(vars(x))])
                yield from ((where, base) for base in getattr(x, "__mro__", ()))
            return
        elif isinstance(x, FunctionType):
            reads, names = _named(x.__code__)
            self._names |= names
            if _library(x, "scalar"):
                return (yield from zip(x.__code__.co_freevars, x.__closure__ or (), strict=True))
            else:
                yield from self._look_up("", x.__globals__, sorted(reads))
                yield from ((n, sys.modules[n]) for n in sorted(reads - {*x.__globals__}) if n in sys.modules)
            yield from zip(x.__code__.co_freevars, x.__closure__ or (), strict=True)  # whose names say more
        if kind is CellType:
            if x != CellType():  # an empty one, which f did not read
                yield from ((where, part) for _, part in self._read(where, x, ["cell_contents"]))
        elif kind in PARTS:
            yield from self._read(where, x, PARTS[kind])
        elif not _library(kind):
            slots = [name for base in kind.__mro__ for name in vars(base).get("__slots__", ()) if hasattr(x, name)]
            yield from self._read(where, x, [*self._followed(slots), "__class__"])
        if state := getattr(x, "__dict__", None):
            self._containers += [state.keys()]
            yield from self._read(where, x, self._followed(state))

    def _read(self, where: str, x: Any, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for name in names:
            self._owners.append(x)
            self._attributes.append(name)
            yield f"{where}.{name}", getattr(x, name, None)

    def _look_up(self, where: str, names: Mapping[str, Any], keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for key in keys:
            self._lookups.append(names.get)
            self._keys.append(key)
            yield f"{where}{key}", names.get(key)

    def _followed(self, names: Iterable[str]) -> list[str]:
        everything = not self._names.isdisjoint(_REFLECTION)
        return [name for name in names if everything or name in self._names or name == "__wrapped__"]
