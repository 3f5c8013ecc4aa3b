"""A compiled step binds names and attributes to the arrays that the eager step binds them to."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import (
    World,
    at,
    both,
    descend,
    kinds,
    rows,
    seldom,
    square,
    twins,
    weights,
    with_globals,
)
from vector import nn

H: Any  # a step that reads it has globals of its own


def rebound(w: Any, new: Any) -> None:
    w.data = new


# -------------------------------------------------------------------- assignments


def before_and_after(w: Any, x: Any) -> Any:
    before = w.data
    w.data = before - 0.5 * x
    return w.data - before


def swap(w: Any, x: Any, other: Any) -> Any:
    w.data, other.data = other.data, w.data
    return w.data * 2, other.data * 3


def swap_and_write(w: Any, x: Any, other: Any) -> Any:
    w.data, other.data = other.data, w.data
    w.data += x
    return w.data * 2, other.data * 3


def alias(w: Any, x: Any, other: Any) -> Any:
    other.data = w.data
    w.data += x
    return other.data * 2


def keep_and_write(w: Any, x: Any) -> Any:
    w.data = x
    w.data += 1
    return x * 2


def twice(w: Any, x: Any) -> Any:
    first = w.data
    w.data = first + x
    second = w.data
    w.data = second * 0.5
    first += 1
    return first * 1, second * 1, w.data * 1


REBINDINGS: dict[str, Callable[..., Any]] = {
    "before and after": before_and_after,
    "swap": swap,
    "swap and write": swap_and_write,
    "an alias": alias,
    "twice": twice,
    "a wider type": lambda w, x: rebound(w, w.data * np.float64(0.5) + x.astype(np.float64)),
    "a narrower type": lambda w, x: rebound(w, (w.data + x).astype(np.float16)),
    "a smaller shape": lambda w, x: rebound(w, w.data[:2] * 0.5),
    "a row": lambda w, x: rebound(w, x[0]),
    "another rank": lambda w, x: rebound(w, x[None]),
    "the argument": lambda w, x: rebound(w, x),  # noqa: PLW0108  # its closure is tested
    "the argument, written to": keep_and_write,
    "a part of the argument": lambda w, x: rebound(w, x[1:]),
    "a view": lambda w, x: rebound(w, w.data.T),
    "a constant": lambda w, x: rebound(w, np.zeros((4, 4), np.float32)),
    "zeros alike": lambda w, x: rebound(w, np.zeros_like(x)),
    "a result": lambda w, x: rebound(w, x * 2),
    "itself": lambda w, x: rebound(w, w.data),
    "a tensor's": lambda w, x: rebound(w, (vector.Tensor(x) * w).data),
}


@kinds(REBINDINGS, "before and after", "swap", "a wider type")
def test_assigned_numbers(kind: str, native: bool) -> None:
    """`p.data = new` wrote into the old memory, which another name may hold, in its dtype and shape."""

    def make() -> World:
        w, other = weights(), weights(seed=98)
        held = w.data

        def step(x: Any) -> Any:
            more = (other,) if kind in ("swap", "swap and write", "an alias") else ()
            made = REBINDINGS[kind](w, x, *more)
            return made, w.data * 2, held * 1

        return World(step=step, draw=square, w=w, other=other, held=held)

    twins(make, native=native)


@both
def test_assigned_numbers_in_training(native: bool) -> None:
    def make() -> World:
        w = weights()
        average = vector.Tensor(w.data.copy())

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w) ** 2).mean()
            loss.backward()
            old = w.data
            w.data = w.data - 0.1 * w.grad
            average.data = 0.9 * average.data + 0.1 * w.data
            return loss, w.data - old, average.data

        return World(step=step, draw=square, w=w, average=average)

    twins(make, native=native)


@pytest.mark.parametrize("kind", ["new memory", "a view", "another type"])
def test_numbers_assigned_between_the_calls(kind: str) -> None:
    def make() -> World:
        w = weights()
        return World(step=lambda x: descend(w, x), draw=square, w=w)

    def between(world: World) -> None:
        new = {"new memory": rows(5, (4, 4)), "a view": world.w.data.T, "another type": rows(5, (4, 4), np.float64)}
        world.w.data = new[kind]

    twins(make, at(4, 6)(between))


class Cell:
    """A state that each call moves on."""

    def __init__(self, h: Any) -> None:
        self.h = h

    def __call__(self, x: Any) -> Any:
        self.h = self.h * 0.5 + x
        return self.h * 2


class ReadingCell(Cell):
    """One that also says what it was."""

    def __call__(self, x: Any) -> Any:
        before = self.h
        self.h = self.h * 0.5 + x
        return before, self.h, self.h - before


class Net(nn.Module):
    """A module with such a state, a Tensor or an array."""

    def __init__(self, h: Any) -> None:
        self.weight = weights()
        self.h = h

    def __call__(self, x: Any) -> Any:
        out = vector.tanh(x @ self.weight) + self.h
        self.h = out.detach() if isinstance(self.h, vector.Tensor) else out.data
        return out


class Lazy(Cell):
    """One that begins without."""

    def __call__(self, x: Any) -> Any:
        self.h = x * 1 if self.h is None else self.h * 0.5 + x
        return self.h


STATES: dict[str, Callable[[], Any]] = {
    "array": lambda: np.ones((4, 4), np.float32),
    "tensor": lambda: vector.tensor(np.ones((4, 4), np.float32)),
    "number": lambda: 1.0,
    "row": lambda: np.ones(4, np.float32),
}


@seldom
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", [Cell, ReadingCell, Net])
def test_a_state_that_the_step_moves_on(kind: Any, state: str, native: bool) -> None:
    """`self.h = self.h * .5 + x` was refused, or h left a stand-in."""
    if kind is Net and state == "number":
        state = "row"

    def make() -> World:
        cell = kind(STATES[state]())
        return World(step=cell, draw=square, cell=cell)

    twins(make, native=native)


@pytest.mark.parametrize("state", ["array", "tensor"])
def test_a_state_set_back_between_the_calls(state: str) -> None:
    def make() -> World:
        cell = ReadingCell(STATES[state]())
        return World(step=cell, draw=square, cell=cell)

    twins(make, at(4, 7)(lambda world: setattr(world.cell, "h", STATES[state]())))


def test_a_state_that_begins_without() -> None:
    def make() -> World:
        cell = Lazy(None)
        return World(step=cell, draw=square, cell=cell)

    twins(make)


@pytest.mark.parametrize("place", ["closure", "global", "entry", "item"])
def test_a_state_in_other_places(place: str) -> None:
    def make() -> World:
        h = np.ones((4, 4), np.float32)
        table, items = {"h": h}, [h]

        def closure(x: Any) -> Any:
            nonlocal h
            h = h * 0.5 + x
            return h * 2

        def of_global(x: Any) -> Any:
            global H  # noqa: PLW0603  # which names the step binds is what is tested
            H = H * 0.5 + x
            return H * 2

        def entry(x: Any) -> Any:
            table["h"] = table["h"] * 0.5 + x
            return table["h"] * 2

        def item(x: Any) -> Any:
            items[0] = items[0] * 0.5 + x
            return items[0] * 2

        steps = {"closure": closure, "global": with_globals(of_global, H=h), "entry": entry, "item": item}
        return World(step=steps[place], draw=square, table=table, items=items)

    twins(make, refused=r"\bh\b|\bH\b|table|items")
