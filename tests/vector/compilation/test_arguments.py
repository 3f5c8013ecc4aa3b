"""A compiled step takes every argument for what it is now, never for what it was at the recording."""

import dataclasses
import enum
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import (
    Config,
    Pair,
    World,
    at,
    batch,
    both,
    descend,
    rows,
    scaled,
    seldom,
    twins,
    weights,
)
from vector import nn


def test_tensors_that_require_gradients() -> None:
    """Sixty new tensors were answered with what the first was: their addresses identified them."""

    def make() -> World:
        return World(
            step=lambda w: (w * w).sum(),
            draw=lambda i: (vector.Tensor(np.full(2, float(i // 20)), requires_grad=True),),
        )

    twins(make, calls=60)


def test_gradients_of_an_argument() -> None:
    def step(w: Any) -> Any:
        loss = (w * w).sum()
        loss.backward()
        return loss, w.grad

    twins(lambda: World(step=step, draw=lambda i: (nn.parameter(rows(i)),)))


def test_an_argument_that_the_step_trains() -> None:
    def make() -> World:
        w = weights()
        return World(step=descend, draw=lambda i: (w, vector.Tensor(rows(i))), w=w)

    twins(make)


class Mode(enum.Enum):
    """A choice."""

    PLAIN = 1
    DOUBLE = 2

    @property
    def scale(self) -> int:
        return self.value


@dataclasses.dataclass(frozen=True)
class Frozen:
    """Settings that are compared by value."""

    scale: Any


class Slotted:
    """Settings without a dictionary."""

    __slots__ = ("scale",)

    def __init__(self, scale: Any) -> None:
        self.scale = scale


MAKERS: dict[str, Callable[[int], Any]] = {
    "an object": lambda n: Config(scale=n),
    "an object of floats": lambda n: Config(scale=float(n)),
    "a data class": Frozen,
    "a named tuple": Pair,
    "an object with slots": Slotted,
    "a simple namespace": lambda n: types.SimpleNamespace(scale=n),
    "a choice": lambda n: Mode(1 + n % 2),
    "an array inside": lambda n: Config(scale=np.full(4, n, np.float32)),
    "a tensor inside": lambda n: Config(scale=vector.tensor(np.full(4, n, np.float32))),
    "zero of another sign": lambda n: Frozen(-0.0 if n % 2 else 0.0),
    "a number of another type": lambda n: Frozen([1, 1.0, True, np.float64(1)][n % 4]),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_new_objects_at_each_call(kind: str) -> None:
    """An object at the address of a dead one was taken for it."""
    make = MAKERS[kind]

    def draw(i: int) -> tuple[Any, ...]:
        return rows(0) if kind != "a number of another type" else np.arange(4, dtype=np.int8), make(i // 4)

    twins(lambda: World(step=scaled, draw=draw), calls=16, refused="config|scale|Config")


@pytest.mark.parametrize("kind", ["an object", "an object of floats", "an object with slots", "an array inside"])
def test_an_object_that_changes(kind: str) -> None:
    def make() -> World:
        config = MAKERS[kind](2)
        return World(step=scaled, draw=lambda i: (rows(i), config), config=config)

    twins(make, at(3, 6)(lambda world: setattr(world.config, "scale", world.config.scale * 2)))


def of_set(x: Any, choices: Any) -> Any:
    return x * len(choices) + sum(choices)


@pytest.mark.parametrize("kind", [set, frozenset, list, tuple, dict.fromkeys, bytes, range])
def test_new_containers_at_each_call(kind: Any) -> None:
    twins(
        lambda: World(
            step=of_set, draw=lambda i: (rows(0), kind(range(i // 4)) if kind is not range else range(i // 4))
        ),
        calls=16,
    )


def test_a_set_that_changes() -> None:
    def make() -> World:
        choices = {1, 2}
        return World(step=of_set, draw=lambda i: (rows(i), choices), choices=choices)

    twins(make, at(4, 6)(lambda world: world.choices.add(max(world.choices) + 1)))


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (lambda x: x.view(np.matrix), "matrix"),
        (lambda x: np.ma.masked_array(x, x > 0), "masked|Masked"),
    ],
    ids=["matrix", "masked array"],
)
@pytest.mark.parametrize("place", ["argument", "nested", "outside"])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_of_other_classes_are_refused(made: Callable[[Any], Any], named: str, place: str) -> None:
    """`np.matrix` multiplies in its own way, and a mask was lost: an argument was taken for its bare numbers."""

    def make() -> World:
        kept = made(rows(0, (4, 4)))
        steps: dict[str, World] = {
            "argument": World(step=lambda x: x * x, draw=lambda i: (made(rows(i, (4, 4))),)),
            "nested": World(step=lambda d: d["x"][0] * d["x"][0], draw=lambda i: ({"x": [made(rows(i, (4, 4)))]},)),
            "outside": World(step=lambda x: x * kept, draw=lambda i: (rows(i, (4, 4)),)),
        }
        return steps[place]

    twins(make, refused=named, must=place != "outside")


@seldom
@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i4"])
def test_other_byte_orders(dtype: str, native: bool) -> None:
    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w) ** 2).mean()
            loss.backward()
            w.data -= 0.01 * w.grad
            return loss, x + 1, (x * 2 - 1) * x

        return World(step=step, draw=lambda i: (rows(i).astype(dtype),), w=w)

    twins(make, native=native)


@both
@pytest.mark.parametrize("write", ["add", "item", "out"])
def test_a_read_only_argument_that_is_written_to(native: bool, write: str) -> None:
    """A replay wrote into read-only memory."""

    def step(x: Any) -> Any:
        if write == "add":
            x += 1
        elif write == "item":
            x[1:] = x[:-1] * 2
        else:
            np.multiply(x, 2, out=x)
        return x.sum()

    def draw(i: int) -> tuple[Any, ...]:
        x = rows(i)
        x.flags.writeable = i < 4
        return (x,)

    twins(lambda: World(step=step, draw=draw), native=native, raises="read-only")


def test_a_read_only_argument_that_is_read() -> None:
    def draw(i: int) -> tuple[Any, ...]:
        return (np.broadcast_to(rows(i)[:1], (5, 4)) if i % 2 else rows(i),)

    twins(lambda: World(step=lambda x: (x * 2).sum(0), draw=draw), calls=12)


# -------------------------------------------------------------------- numbers that are equal


def test_zeros_of_both_signs_in_one_step() -> None:
    """0.0 and −0.0 are equal, so the second product was taken for a repetition of the first."""
    twins(lambda: World(step=lambda x: (x * 0.0, x * -0.0, np.copysign(x, 0.0), np.copysign(x, -0.0)), draw=batch))


def test_ones_of_three_types_in_one_step() -> None:
    def step(x: Any) -> Any:
        return x * 1, x * 1.0, x * True, x * np.int8(1), x * np.float64(1)

    twins(lambda: World(step=step, draw=lambda i: (np.arange(i, i + 4, dtype=np.int8),)))


EQUAL: dict[str, tuple[Any, Any, Any]] = {
    "zeros": (0.0, -0.0, np.float32),
    "int and float": (1, 1.0, np.int8),
    "int and bool": (1, True, bool),
    "float and NumPy's": (2.0, np.float64(2), np.float32),
    "NaN": (float("nan"), 0.0, np.float32),
}


@pytest.mark.parametrize("kind", EQUAL)
def test_equal_numbers_that_are_not_the_same(kind: str) -> None:
    first, second, dtype = EQUAL[kind]

    def make() -> World:
        config = Config(scale=first)
        return World(step=lambda x: x * config.scale, draw=lambda i: (np.arange(1, 5).astype(dtype),), config=config)

    twins(make, at(4)(lambda world: setattr(world.config, "scale", second)))
