"""A compiled step gives back what the eager step does, and leaves the same marks, or says why not."""

import dataclasses
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import NUMBA, Config, Pair, World, at, batch, rows, twins, weights
from vector.compilation import CaptureError, compile


def counting(returned: Callable[[int, Any], Any]) -> World:
    """A step that counts its calls."""
    counter = 0

    def step(x: Any) -> Any:
        nonlocal counter
        counter += 1
        return returned(counter, x)

    return World(step=step, draw=batch)


OUTPUTS: dict[str, Callable[[int, Any], Any]] = {
    "swapped": lambda n, x: (x * 2, x + 1) if n % 2 else (x + 1, x * 2),
    "swapped names": lambda n, x: {"a": x * 2, "b": x + 1} if n % 2 else {"b": x * 2, "a": x + 1},
    "counter": lambda n, x: (x * 2, n),
    "even": lambda n, x: [x * 2, n % 2 == 0],
    "structure": lambda n, x: [x * 2] if n % 2 else (x * 2,),
    "kind": lambda n, x: vector.tensor([1.0]) if n % 2 else np.ones(1),
    "text": lambda n, x: {"x": x * 2, "text": f"step {n}"},
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_outputs_that_differ_from_call_to_call(kind: str) -> None:
    """What was returned was not compared between the recordings: every replay gave what the second one had."""
    twins(lambda: counting(OUTPUTS[kind]), refused="counter")


@pytest.mark.parametrize("kind", OUTPUTS)
def test_outputs_that_differ_by_something_outside(kind: str) -> None:
    def make() -> World:
        config = Config(n=0)
        return World(step=lambda x: OUTPUTS[kind](config.n, x), draw=batch, config=config)

    twins(make, at(3, 6)(lambda world: setattr(world.config, "n", world.config.n + 1)))


def test_outputs_of_every_shape() -> None:
    def step(x: Any) -> Any:
        y = x * 2
        return {"a": [y, (y, None)], "b": Pair(x[1:3]), 3: "text", "c": (), "d": x, "e": {}, "f": y.T[::2], "n": -0.0}

    twins(lambda: World(step=step, draw=batch))


SIZES: dict[str, Callable[[Any], Any]] = {
    "unique": lambda x: np.unique(x).size,
    "argwhere": lambda x: len(np.argwhere(x > 0)),
    "argwhere in a number": lambda x: x.sum() / len(np.argwhere(x > 0)),
    "nonzero": lambda x: np.nonzero(x > 0)[0].shape[0],
    "flatnonzero": lambda x: np.flatnonzero(x > 0),
    "mask": lambda x: x[x > 0],
    "mask in a mean": lambda x: x[x > 0].mean(),
    "compress": lambda x: np.compress(x[:, 0] > 0, x, axis=0),
    "repeat": lambda x: np.repeat(x[:, 0], (x[:, 1] > 0) + 1),
    "where": lambda x: np.where(x > 0)[0],
    "unique values": np.unique,
    "count": lambda x: np.arange(np.unique(x).size) * 2,
}


@pytest.mark.parametrize("kind", SIZES)
def test_sizes_that_depend_on_numbers(kind: str) -> None:
    """A size was a constant of the plan: 12 different numbers of the first minibatch, and so of all."""

    def draw(i: int) -> tuple[Any, ...]:
        return (np.round(rows(0 if i < 3 else i) * 2),)

    twins(
        lambda: World(step=SIZES[kind], draw=draw), refused=r"size|shape|unique|argwhere|nonzero|repeat|compress|where"
    )


def test_sizes_of_a_mask_in_training() -> None:
    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w)[x[:, 0] > 0] ** 2).mean()
            loss.backward()
            w.data -= 0.1 * w.grad
            return loss

        return World(step=step, draw=lambda i: (rows(0 if i < 3 else i),), w=w)

    twins(make, refused=r"size|shape|mask|getitem|\[")


# -------------------------------------------------------------------- Python that a replay does not run


def mutating(kind: str) -> World:
    """A step that leaves a mark in Python's own objects, where nothing else of the step can see it."""
    calls = 0
    holder = Config(calls=0, log=[], table={}, seen=set(), queue=list(range(20)))

    def count() -> None:
        nonlocal calls
        calls += 1

    marks: dict[str, Callable[[Any], object]] = {
        "closure": lambda x: count(),
        "attribute": lambda x: setattr(holder, "calls", holder.calls + 1),
        "append": lambda x: holder.log.append(1.0),
        "append a result": lambda x: holder.log.append(x.sum()),
        "entry": lambda x: holder.table.update(steps=holder.table.get("steps", 0) + 1),
        "set": lambda x: holder.seen.add(len(holder.seen)),
        "new attribute": lambda x: setattr(holder, f"call{len(vars(holder))}", 1),
        "pop": lambda x: holder.queue.pop(),
    }

    def step(x: Any) -> Any:
        y = x * 2
        marks[kind](y)
        return y

    return World(step=step, draw=batch, holder=holder, calls=lambda: calls)


NAMES = {
    "closure": "calls", "attribute": "calls", "append": "log", "append a result": "log", "entry": "table|steps",
    "set": "seen", "new attribute": "call", "pop": "queue",
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_marks_left_in_python_objects(kind: str) -> None:
    """A counter, a log or a table stood still after the recordings."""
    twins(lambda: mutating(kind), refused=NAMES[kind], must=kind == "closure")


@dataclasses.dataclass
class Held:
    """What a step may not return its arrays in."""

    total: Any


@pytest.mark.parametrize(
    "make", [Held, lambda x: deque([x]), lambda x: Held({"inner": x})], ids=["object", "deque", "deep"]
)
def test_results_in_an_object_are_refused(make: Callable[[Any], Any]) -> None:
    """The caller was given the stand-ins that the object held."""
    compiled = compile(lambda x: (x, make(x * 2)), native=False)
    for i in range(3):
        with pytest.raises(
            CaptureError, match=r"results in lists, tuples and dictionaries, got some in a (Held|deque)"
        ):
            compiled(rows(i))


W, EDGES = np.ones((2, 3)), np.array([0.0, 1.0, 2.0, 3.0])
MIXED: dict[str, Callable[[Any], Any]] = {
    "a whole and an empty part": lambda x: np.split(x, [0]),
    "a whole and an empty part of an outside array": lambda x: [*np.split(W, [0]), x],
    "parts, some empty": lambda x: np.array_split(x, 5),
    "parts of a result, some empty": lambda x: np.array_split(2 * x, 5),
    "an operand beside a new array": lambda x: np.histogram(x, EDGES),
    "an argument beside a new array": lambda x: np.histogram(W, x),
    "an operand beside a view": lambda x: list(np.broadcast_arrays(x, W)),
}


@pytest.mark.filterwarnings("ignore:future versions will not create a writeable array from broadcast_array")
@pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)])
@pytest.mark.parametrize("kind", MIXED)
def test_a_call_that_gives_operands_views_and_new_arrays(kind: str, native: bool) -> None:
    def step(x: Any) -> Any:
        return [2 * a for a in MIXED[kind](x)]

    compiled = compile(step, native=native)
    for i in range(5):
        x = np.arange(3.0) + i
        for a, b in zip(compiled(x), step(x), strict=True):
            np.testing.assert_array_equal(a, b)
    assert compiled.is_ready(np.arange(3.0))
