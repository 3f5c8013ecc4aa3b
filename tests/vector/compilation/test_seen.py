"""A number that lies where Python code may keep one is no constant of a plan, wherever that is."""

import argparse
import array
import collections
import configparser
import contextvars
import ctypes
import functools
import operator
import re
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.vector.compilation.twins import Config, World, batch, outcome, twins
from vector import Tensor
from vector.compilation import CaptureError, compile

Made = tuple[Callable[[Any], Any], Callable[[Any], object]]
"""A step, and what gives its number another value."""


class Described:
    def __init__(self, kept: Any) -> None:
        self.kept = kept

    def __get__(self, owner: Any, kind: Any) -> Any:
        return self.kept.n


class Kind(type):
    @property
    def n(cls) -> Any:
        return cls._kept.n  # type: ignore[attr-defined]


def of_object(hold: Callable[[Any], Any], step: Callable[[Any, Any], Any]) -> Callable[[], Made]:
    """A step that finds its number by way of what holds an object, and what sets it there."""

    def make() -> Made:
        kept = Config(n=2)
        held = hold(kept)
        return lambda x: step(x, held), lambda n: setattr(kept, "n", n)

    return make


def of_items(wrap: Callable[[Any], Any], step: Callable[[Any, Any], Any]) -> Callable[[], Made]:
    """A step that finds its number in what is made of a dictionary."""

    def make() -> Made:
        kept = {"n": 2}
        wrapped = wrap(kept)
        return lambda x: step(x, wrapped), lambda n: kept.update(n=n)

    return make


def of_attribute(holder: Any) -> Callable[[], Made]:
    """A step that reads an attribute of an object of another kind."""

    def make() -> Made:
        held: Any = holder()
        held.n = 2
        return lambda x: x * held.n, lambda n: setattr(held, "n", n)

    return make


def of_context() -> Made:
    kept: Any = contextvars.ContextVar("n", default=2)
    return lambda x: x * kept.get(), kept.set


def in_context() -> Made:
    kept: Any = contextvars.ContextVar("kept")
    kept.set(Config(n=2))
    return lambda x: x * kept.get().n, lambda n: setattr(kept.get(), "n", n)


def of_buffer(kept: Any, n: Any = 0) -> Callable[[], Made]:
    def make() -> Made:
        held = kept()
        return lambda x: x * held[n], lambda value: operator.setitem(held, n, value)

    return make


def of_number() -> Made:
    held = ctypes.c_double(2)
    return lambda x: x * held.value, lambda n: setattr(held, "value", n)


def of_parser() -> Made:
    held = configparser.ConfigParser()
    held.read_dict({"step": {"n": "2"}})
    return lambda x: x * held.getint("step", "n"), lambda n: held.set("step", "n", str(n))


def derived(base: Any) -> Any:
    """An object of a class of the user's, which has attributes."""
    return type("Derived", (base,), {})()


def derived_of(kept: Any) -> Any:
    held: Any = collections.UserDict()
    held.data = kept
    return held


SEEN: dict[str, Callable[[], Made]] = {
    "a namespace of argparse": of_attribute(argparse.Namespace),
    "attributes of a thread": of_attribute(threading.local),
    "an attribute of a dictionary": of_attribute(lambda: derived(dict)),
    "an attribute of a list": of_attribute(lambda: derived(list)),
    "an attribute of a tuple": of_attribute(lambda: derived(tuple)),
    "an attribute of a set": of_attribute(lambda: derived(set)),
    "an attribute of a deque": of_attribute(lambda: derived(collections.deque)),
    "an attribute of a Tensor": of_attribute(lambda: type("Derived", (Tensor,), {})(np.ones(2))),
    "an attribute of a partial": of_attribute(lambda: functools.partial(int)),
    "a member of a set": of_object(lambda kept: {kept}, lambda x, held: x * next(iter(held)).n),
    "a member of a frozen set": of_object(lambda kept: frozenset([kept]), lambda x, held: x * next(iter(held)).n),
    "a weak reference": of_object(weakref.ref, lambda x, held: x * held().n),
    "a descriptor": of_object(lambda kept: type("P", (), {"n": Described(kept)})(), lambda x, held: x * held.n),
    "a metaclass": of_object(lambda kept: Kind("P", (), {"_kept": kept}), lambda x, held: x * held.n),
    "np.vectorize": of_object(lambda kept: np.vectorize(lambda y: y * kept.n), lambda x, held: x * held(3.0)),
    "a partial of getattr": of_object(lambda kept: functools.partial(getattr, kept, "n"), lambda x, held: x * held()),
    "a name that is data": of_object(lambda kept: (kept, "n"), lambda x, held: x * getattr(*held)),
    "a name in a list": of_object(lambda kept: (kept, ["n"]), lambda x, held: x * getattr(held[0], held[1][0])),
    "an attribute's getter": of_object(lambda kept: (operator.attrgetter("n"), kept), lambda x, it: x * it[0](it[1])),
    "a bound method": of_items(lambda kept: kept.get, lambda x, get: x * get("n")),
    "a view of values": of_items(lambda kept: kept.values(), lambda x, values: x * sum(values)),
    "a proxy": of_items(types.MappingProxyType, lambda x, held: x * held["n"]),
    "a chain of maps": of_items(collections.ChainMap, lambda x, held: x * held["n"]),
    "a user's dictionary": of_items(derived_of, lambda x, held: x * held["n"]),
    "a context": of_context,
    "an object in a context": in_context,
    "a row of bytes": of_buffer(lambda: bytearray([2])),
    "Python's array": of_buffer(lambda: array.array("d", [2])),
    "an array of ctypes": of_buffer(lambda: (ctypes.c_double * 1)(2)),
    "a number of ctypes": of_number,
    "a parser": of_parser,
}


@pytest.mark.parametrize("place", SEEN)
def test_a_number_that_lies(place: str) -> None:
    """It was taken for a constant: replays went on with the number of the recording."""

    def make() -> World:
        step, change = SEEN[place]()
        return World(step=step, draw=batch, change=change)

    def between(i: int, world: World) -> None:
        if i in (4, 7):
            world.change(3 if i == 4 else 2)

    twins(make, between)


def test_a_name_that_is_put_together() -> None:
    """`getattr(config, f"rate{i}")`: no line has that name."""

    def make() -> World:
        config = Config(rate0=2, rate1=3, other=4)

        def step(x: Any) -> Any:
            return sum(x * getattr(config, f"rate{i}") for i in range(2))

        return World(step=step, draw=batch, config=config)

    def between(i: int, world: World) -> None:
        world.config.rate1 = 3 if i < 4 else 5
        world.config.other = i

    compiled = twins(make, between)
    assert compiled
    assert "other" not in compiled.explain()


# -------------------------------------------------------------------- numbers that the step itself moves on


def in_a_closure() -> Callable[[Any], Any]:
    count = 0

    def step(x: Any) -> Any:
        nonlocal count
        count += 1
        return x * count

    return step


def in_a_list() -> Callable[[Any], Any]:
    held = [0]

    def step(x: Any) -> Any:
        held[0] += 1
        return x * held[0]

    return step


def in_a_nested_object() -> Callable[[Any], Any]:
    held = Config(inner=Config(t=0))

    def step(x: Any) -> Any:
        held.inner.t += 1
        return x * held.inner.t

    return step


def in_a_length() -> Callable[[Any], Any]:
    seen: list[int] = []

    def step(x: Any) -> Any:
        seen.append(0)
        return x * len(seen)

    return step


MOVED = {
    "count += 1": in_a_closure, "held[0] += 1": in_a_list, "held.inner.t += 1": in_a_nested_object,
    "seen.append(0)": in_a_length,
}  # fmt: skip


@pytest.mark.parametrize("line", MOVED)
def test_a_number_that_the_step_moves_on(line: str) -> None:
    """The refusal told the place, and no line of the step."""
    compiled = compile(MOVED[line](), native=False)
    eager = MOVED[line]()
    got: Any = None
    for i in range(9):
        got = outcome(compiled, batch(i))
        if isinstance(got, Exception):
            break
        np.testing.assert_array_equal(got, eager(*batch(i)))
    with pytest.raises(CaptureError, match=rf"was \d+, now \d+ \(in: test_seen\.py:\d+: {re.escape(line)}\); pass"):
        raise got


# -------------------------------------------------------------------- what explain() counts


def test_other_signatures_are_told() -> None:
    """A step that was given another shape each time was recorded each time, and nothing said so."""
    compiled = compile(lambda x, scale=1: x * scale, native=False)
    for n in (2, 2, 3, 3, 3, 4):
        compiled(np.ones((n, 2), np.float32))
    compiled(np.ones((4, 2)), 2)
    note = "recorded again because the signature was (float32 (4, 2)), now (float64 (4, 2), 2) (3 times)"
    assert note in compiled.explain()


def test_a_float_that_decides_is_told() -> None:
    compiled = compile(lambda x, c: x * 2 if c > 0 else x, native=False)
    for c in (1.0, 1.0, 1.0, -1.0):
        compiled(np.ones(2), c)
    assert "recorded again because a float that it decides by was 1.0, now -1.0" in compiled.explain()


def test_recordings_that_differ_are_told() -> None:
    counter = iter(range(100))
    compiled = compile(lambda x: x * min(next(counter), 2), native=False)
    for _ in range(6):
        compiled(np.ones(2))
    assert "recorded again because it does not do the same each time: in np.multiply" in compiled.explain()


class Stern:
    """Such as a namespace that is filled when it is asked, which says in its own way what it lacks."""

    def __init__(self) -> None:
        self.factor = 2.0

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"there is no {name}")


class SternSlots:
    __slots__ = ("factor", "unset")

    def __init__(self) -> None:
        self.factor = 2.0

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"there is no {name}")


@pytest.mark.parametrize("kind", [Stern, SternSlots])
def test_what_an_object_lacks_is_not_asked(kind: type[Any]) -> None:
    """What it has is seen as ever."""
    seen = kind()

    def step(x: Any) -> Any:
        return (x * seen.factor).sum()

    fast = compile(step)
    for _ in range(3):
        assert fast(np.ones(3)).item() == 6
    assert fast.is_ready(np.ones(3))
    seen.factor = 5.0
    assert [fast(np.ones(3)).item() for _ in range(3)] == [15, 15, 15]
