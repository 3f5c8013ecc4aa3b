"""What a function sees besides its arguments: it decided the recording, which is replayed only while it stays.

A walk from the function finds it: closures, default arguments, the `self` of a method, items of containers, and the
globals and attributes that some code on the way names. Values count by identity, as their numbers are read at each
call; numbers, strings and arrays by type and value. What installed packages keep to themselves is taken to stay.
"""

from __future__ import annotations

import dis
import pickle
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import cache, cached_property, partial, partialmethod, singledispatchmethod
from inspect import ismemberdescriptor
from itertools import chain, repeat
from operator import attrgetter, call, methodcaller
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from scalar.op import Op
from scalar.value import Value

PARTS: dict[type, tuple[str, ...]] = {
    MethodType: ("__func__", "__self__"), BuiltinFunctionType: ("__self__",), partial: ("func", "args", "keywords"),
    partialmethod: ("func", "args", "keywords"), staticmethod: ("__func__",), classmethod: ("__func__",),
    property: ("fget", "fset"), cached_property: ("func",), Op: (),
}  # fmt: skip
"""Where to go on from objects that hold functions."""
_ITEMS: Any = list | tuple | set | frozenset | deque | bytearray
_ARRAYS: Any = np.ndarray | np.generic | array | memoryview
_GENERATORS: Any = random.Random | np.random.Generator | np.random.RandomState
_REFLECTION = {
    "getattr", "hasattr", "vars", "dir", "__dict__", "asdict", "astuple", "copy", "deepcopy", "replace", "MATCH_CLASS",
}  # fmt: skip
"""Names and instructions with which code reads attributes that it does not name."""

Places = Iterator[tuple[str, Any]]
"""Where something is, and what is there."""


@cache
def _named(code: CodeType) -> tuple[set[str], set[str]]:
    """The globals that the code reads, and all names in it; with those of the functions written in it."""
    inner = [_named(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    named = [(x.opname, x.argval) for x in dis.get_instructions(code) if x.argval in code.co_names]
    reads = {name for op, name in named if op in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME")}
    names = {name for op, name in named if (op, code.co_name) != ("STORE_ATTR", "__init__")}
    names |= _REFLECTION & {x.opname for x in dis.get_instructions(code)}
    return reads.union(*(x for x, _ in inner)), names.union(*(x for _, x in inner))


@cache
def _slots(kind: type) -> list[str]:
    return [name for base in kind.__mro__ for name, part in vars(base).items() if ismemberdescriptor(part)]


@cache
def _installed(package: str) -> bool:
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    return package in sys.stdlib_module_names or (package != "scalar" and "-packages" in file)


def _package(x: Any) -> str:
    """The package of a module, a class or a function."""
    return str(x.__name__ if isinstance(x, ModuleType) else x.__module__).partition(".")[0]


def _content(x: Any) -> tuple[Any, ...]:
    return type(x), getattr(x, "dtype", 0), getattr(x, "shape", 0), x.tobytes()


class Surroundings:
    """What f sees at this moment.

    Args:
        name: f's.
        f: the function.
        names: those that code on the way names, as far as they are known; more are added.

    Attributes:
        places: (where, what it counts as) of all that counts. Where these are equal, f does the same.
        values: the Values among them, by their ids.

    Raises:
        TypeError: f sees an iterator, which gives something else each time, or reads globals that it does not name.
    """

    def __init__(self, name: str, f: Callable[..., Any], names: set[str]) -> None:
        self._names = names
        known = -1
        while known < len(self._names):  # code found late names attributes of what was found early
            known = len(self._names)
            self._walk([(name, f), *([("random", [random.random, np.random.rand])] if "random" in self._names else [])])
        self.key = tuple([what for _, what in self.places])
        self._objects = [*self._now()]  # plain values too
        self._saved = self._sizes(), self._ids(), [*map(_content, self._arrays)]

    def hold(self) -> bool:
        """Whether each place has the very object of that moment. If not, it may still have an equal one."""
        sizes, ids, contents = self._saved
        same = self._sizes() == sizes and self._ids() == ids
        return same and (not contents or [*map(_content, self._arrays)] == contents)

    def draws(self) -> list[bytes]:
        """Where the generators of random numbers stand."""
        return [pickle.dumps(generator) for generator in self._generators]

    def _now(self) -> Iterator[Any]:
        read = map(getattr, self._owners, self._attributes, repeat(None))
        return chain(read, map(call, self._lookups, self._keys), chain.from_iterable(self._containers))

    def _sizes(self) -> list[int]:
        return [*map(len, self._containers), *map(len, self._states)]

    def _ids(self) -> bytes:
        """The addresses of all objects in a row, by the shortest way."""
        return np.fromiter(self._now(), object, len(self._objects)).tobytes()

    # ---------------------------------------------------------------- the walk

    def _walk(self, waiting: list[tuple[str, Any]]) -> None:
        self.places: list[tuple[str, Any]] = []
        self.values: dict[int, Value] = {}
        self._owners: list[Any] = []
        self._attributes: list[str] = []
        self._lookups: list[Callable[[Any], Any]] = []
        self._keys: list[Any] = []
        self._containers: list[Any] = []
        self._states: list[Any] = []
        self._arrays: list[Any] = []
        self._generators: list[Any] = []
        seen: dict[int, tuple[int, Any]] = {}
        self._seen = seen  # with the objects, so that no later one gets an id of theirs
        while waiting:
            where, x = waiting.pop()
            if isinstance(x, int | float | complex | str | bytes | None):
                what: Any = type(x), x.hex() if isinstance(x, float) else x
            elif id(x) in seen:
                what = seen[id(x)][0]
            else:
                seen[id(x)] = len(seen), x
                parts = [*self._parts(x, where)]
                waiting += parts
                if isinstance(x, _ARRAYS):
                    what = _content(x)
                elif isinstance(x, Value | type) or not (parts or isinstance(x, _ITEMS | dict)):
                    what = id(x)
                else:  # another one does as well, if its parts do
                    what = type(x), len(x) if isinstance(x, _ITEMS | dict) else 0
            self.places.append((where, what))

    @singledispatchmethod
    def _parts(self, x: Any, where: str) -> Places:
        """What x leads on to, after a note of what is to be compared at each call."""
        kind = type(x)
        if isinstance(x, Iterator):
            raise TypeError(f"compile: expected f to see the same each time it is called, got the iterator {where}")
        if isinstance(x, _GENERATORS):
            self._generators.append(x)
        elif kind is ContextVar:
            yield from self._look_up(x, where, [None])
        elif kind is CellType:
            filled = x != CellType()  # an empty one f did not read
            yield from ((where, part) for _, part in self._read(x, where, ["cell_contents"] * filled))
        elif kind in (attrgetter, methodcaller):
            self._names.update(*(str(name).split(".") for name in x.__reduce__()[1]))
        elif kind in PARTS:
            yield from self._read(x, where, PARTS[kind])
        elif not _installed(_package(kind)):
            slots = self._followed(_slots(kind))  # type: ignore[arg-type]  # mypy takes classes for unhashable
            yield from self._read(x, where, [*slots, "__class__"])
        if (state := getattr(x, "__dict__", None)) is not None:
            self._states.append(state)
            yield from self._read(x, where, self._followed(state))

    _object = _parts.func

    @_parts.register(dict)
    def _(self, x: dict[Any, Any], where: str) -> Places:
        self._containers += [x.keys(), x.values()]
        yield from self._object(x, where)
        yield from ((f"{where}[{key!r}]", part) for key, value in [*x.items()] for part in (key, value))

    @_parts.register(_ITEMS)
    def _(self, x: Any, where: str) -> Places:
        self._containers.append(x)
        yield from self._object(x, where)
        yield from ((f"{where}[{i}]", part) for i, part in enumerate([*x]))

    @_parts.register(_ARRAYS)
    def _(self, x: Any, where: str) -> Places:
        self._arrays.append(x)
        items = x.ravel().tolist() if getattr(x, "dtype", None) == np.dtype(object) else []
        yield from ((f"{where}[{i}]", part) for i, part in enumerate(items))

    @_parts.register(Value)
    def _(self, x: Value, where: str) -> Places:
        self.values[id(x)] = x
        number = ["role", "data"] if x.role == "constant" else []  # which derivatives read while they are recorded
        return self._read(x, where, [*number, *self._followed(("label", "role"))])

    @_parts.register(ModuleType | type)
    def _(self, x: Any, where: str) -> Places:
        package, state = _package(x), vars(x)
        if _installed(package) or x is Value or (package == "scalar" and isinstance(x, ModuleType)):
            return
        self._states.append(state)
        called = {name for name, part in state.items() if name[:2] == "__" and isinstance(part, FunctionType)}
        called -= {"__repr__", *(["__init__"] if x.__name__ not in self._names else [])}
        yield from self._look_up(state, f"{where}.", [*sorted(called), *self._followed(state)])
        yield from ((where, base) for base in getattr(x, "__mro__", ()))

    @_parts.register(FunctionType)
    def _(self, x: FunctionType, where: str) -> Places:
        reads, names = _named(x.__code__)
        self._names |= names
        if unnamed := reads & {"eval", "exec", "globals"}:
            raise TypeError(f"compile: expected f to name what it sees, got {where}, which calls {min(unnamed)}")
        yield from self._object(x, where)
        home = vars(sys.modules.get(x.__module__ or "", x))
        if home is not x.__globals__ or not (_installed(_package(x)) or _package(x) == "scalar"):
            yield from self._read(x, where, ("__code__", "__closure__", "__defaults__", "__kwdefaults__"))
            yield from self._look_up(x.__globals__, "", sorted(reads))
            yield from ((n, sys.modules[n]) for n in sorted(reads - {*x.__globals__}) if n in sys.modules)
        yield from zip(x.__code__.co_freevars, x.__closure__ or (), strict=True)  # last, so that their names count

    def _read(self, x: Any, where: str, names: Iterable[str]) -> Places:
        for name in names:
            self._owners.append(x)
            self._attributes.append(name)
            yield f"{where}.{name}", getattr(x, name, None)

    def _look_up(self, x: Any, where: str, keys: Iterable[Any]) -> Places:
        for key in keys:
            self._lookups.append(x.get)
            self._keys.append(key)
            yield f"{where}{key or ''}", x.get(key)

    def _followed(self, names: Iterable[str]) -> list[str]:
        everything = not self._names.isdisjoint(_REFLECTION)
        return [name for name in names if everything or name in self._names or name == "__wrapped__"]
