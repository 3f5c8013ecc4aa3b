"""What a function sees besides its arguments: it decided the recording, which is replayed only while it stays.

A walk from the function finds it: what Python's objects refer to (closures, defaults, `self`, items), and the globals
and attributes that code on the way names. Values count by identity, as their numbers are read at each call; numbers,
strings and arrays by type and value. Installed packages are taken to stay.
"""

import dis
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from gc import get_referents
from itertools import chain, repeat
from operator import attrgetter, methodcaller
from pickle import dumps
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from scalar.op import Op
from scalar.value import Value

_ITEMS: Any = list | tuple | set | frozenset | deque | dict
_ARRAYS: Any = np.ndarray | array | bytearray
_GENERATORS: Any = random.Random | np.random.Generator | np.random.RandomState
_HIDING: Any = Iterator | ContextVar | memoryview | attrgetter | methodcaller
_REFLECTION = {"getattr", "hasattr", "vars", "dir", "__dict__", "asdict", "astuple", "copy", "deepcopy", "replace"}
"""With these code reads attributes that it does not name, as patterns do."""


def _names(code: CodeType) -> set[str]:
    """All names in the code and in the functions written in it."""
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return {*code.co_names, *(["vars"] if dis.opmap["MATCH_CLASS"] in code.co_code[::2] else [])}.union(*inner)


def _home(x: Any) -> str:
    """Whose a module, a class or a function is: "installed", "scalar", this "compiler" or the "user"'s."""
    own = not isinstance(x, FunctionType) or vars(sys.modules.get(x.__module__ or "", x)) is x.__globals__
    home = getattr(x, "__module__", "") or x.__name__ if own else "user"  # as that of a doctest is
    package, _, inner = str(home).partition(".")
    if str(home).startswith(__name__.rpartition(".")[0]):
        return "compiler"
    if package == "scalar" or (package == "builtins" and getattr(x, "__flags__", 0) & 1 << 9):  # so says exec, too
        return "user" if package != "scalar" else "compiler" if inner.startswith("value") else "scalar"
    file = getattr(sys.modules.get(package), "__file__", "") or ""
    return "installed" if package in sys.stdlib_module_names or "-packages" in file else "user"


class Surroundings:
    """What f sees at this moment; `words` are the names that code on the way mentions, and more are added.

    Attributes:
        key: (where, what it counts as) of all that counts. Where these are equal, f does the same.
        values: the Values among them, by their ids.

    Raises:
        TypeError: f sees something that hides what it gives, such as an iterator, or globals that it does not name.
    """

    def __init__(self, name: str, f: Callable[..., Any], words: set[str]) -> None:
        self._words = words
        known = -1
        while known < len(words):  # code found late names attributes of what was found early
            known = len(words)
            self._walk([(name, f), *[("random", x) for x in (random.random, np.random.rand) if "random" in words]])
        self._saved = self._now()

    def hold(self) -> bool:
        """Whether each place has the very object of that moment. If not, it may still have an equal one."""
        return self._now()[1:] == self._saved[1:]

    def _now(self) -> tuple[Any, ...]:
        named = (map(get, names, repeat(self)) for get, names in self._named)
        objects = np.fromiter(chain(get_referents(*self._owners), *self._keys, *named), object)
        return objects, objects.tobytes(), [*map(len, self._sized)], [*map(dumps, self._arrays)]

    def _walk(self, waiting: list[tuple[str, Any]]) -> None:
        self.values: dict[int, Value] = {}
        lists: list[list[Any]] = [[] for _ in range(5)]
        self._owners, self._sized, self._arrays, self._keys, self._named = lists
        self._seen: dict[int, tuple[int, Any]] = {}  # with the objects, so that no later one gets an id of theirs
        places: list[tuple[str, Any]] = []
        while waiting:
            where, x = waiting.pop()
            if isinstance(x, int | float | str | bytes | None):
                what: Any = type(x), x.hex() if isinstance(x, float) else x
            elif id(x) in self._seen:
                what = self._seen[id(x)][0]
            else:
                self._seen[id(x)] = len(self._seen), x
                waiting += self._parts(where, x)
                content = isinstance(x, _ARRAYS | _GENERATORS)
                what = dumps(x) if content else (type(x), len(x)) if isinstance(x, _ITEMS) else id(x)
            places.append((where, what))
        self.key = tuple(places)

    def _parts(self, where: str, x: Any) -> Iterator[tuple[str, Any]]:
        """What x leads on to, after a note of what is to be compared at each call."""
        if isinstance(x, _HIDING) or (isinstance(x, np.ndarray) and x.dtype.hasobject):
            raise TypeError(
                f"compile: expected f to see what can be compared, got the {type(x).__name__} {where}, which hides "
                "what it gives; pass that as an argument"
            )
        if isinstance(x, ModuleType | type) and _home(x) in ("user", "scalar" if isinstance(x, type) else "user"):
            called = {n for n, part in vars(x).items() if n[:2] == "__" and isinstance(part, FunctionType)}
            called -= {"__repr__", *(["__init__"] if x.__name__ not in self._words else [])}
            self._sized.append(vars(x))
            yield from self._look_up(vars(x), f"{where}.", [n for n in vars(x) if n in called or self._read(n)])
            yield from ((where, base) for base in getattr(x, "__bases__", ()))
        elif not isinstance(x, ModuleType | type | CodeType | Op | _GENERATORS):
            yield from self._of_function(where, x) if isinstance(x, FunctionType) else self._of_object(where, x)

    def _of_function(self, where: str, x: FunctionType) -> Iterator[tuple[str, Any]]:
        names = _names(x.__code__)
        self._words |= names
        if _home(x) == "user":
            if unnamed := names & {"eval", "exec", "globals", "locals"}:
                raise TypeError(f"compile: expected f to name what it sees, got {where}, which calls {min(unnamed)}")
            self._owners.append(x)
            yield where, vars(x)
            yield from chain(self._look_up(x.__globals__, "", names), self._look_up(sys.modules, "", names))
        yield from zip(x.__code__.co_freevars, x.__closure__ or (), strict=True)
        yield from ((where, part) for part in (x.__code__, x.__defaults__, x.__kwdefaults__))

    def _of_object(self, where: str, x: Any) -> Iterator[tuple[str, Any]]:
        kind, parts = type(x), get_referents(x)
        if isinstance(x, Value) and x.role != "constant":
            self.values[id(x)] = x
            parts = [] if kind is Value else [kind]
        else:
            self._owners.append(x)
        self._arrays += [x] if isinstance(x, _ARRAYS) else []
        self._sized += [x] if isinstance(x, _ITEMS) else []
        everything = _home(kind) == "installed" and kind is not SimpleNamespace
        for inner in (x, getattr(x, "__dict__", None)):
            if isinstance(inner, dict):
                self._owners.append(inner)
                self._keys.append(inner.keys())  # to which it does not always refer
                read = [key for key in inner if inner is x or everything or self._read(key)]
                yield from ((f"{where}.{key}" if isinstance(key, str) else where, inner[key]) for key in read)
                known = {id(inner), *map(id, inner.values())}
                parts = [part for part in parts if id(part) not in known]
        yield from ((where, part) for part in [*parts, *(x if isinstance(x, dict) else ())])

    def _read(self, name: str) -> bool:
        return name in self._words or not self._words.isdisjoint(_REFLECTION)

    def _look_up(self, home: Any, where: str, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        self._named.append((home.get, [*names]))
        return ((f"{where}{name}", home.get(name, _REFLECTION)) for name in self._named[-1][1])
