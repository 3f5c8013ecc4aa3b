"""What an operation costs when there is nearly nothing to compute: a chain on arrays of 4 numbers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from benchmarks.suite import Measure, Suite, Turn
from benchmarks.targets import AtMost

OPERATIONS = 20
REPETITIONS = 300
X, W, B = (0.1, -0.2, 0.3, -0.4), (0.9, 1.1, -0.8, 1.2), (0.3, 0.1, -0.2, 0.4)
Gradients = Callable[[], Sequence[Any]]


def chain(inputs: Sequence[Any], tanh: Callable[[Any], Any]) -> Any:
    """Twenty operations, of which a tanh keeps the numbers small."""
    x, w, b = inputs
    for _ in range(OPERATIONS // 4):
        x = tanh((x * w + b) - w)
    return x


def timed(gradients: Gradients) -> Measure:
    """A turn: the median time per operation of forward and backward, and the gradients."""

    def turn() -> Turn:
        made, times = gradients(), []
        for _ in range(REPETITIONS):
            start = time.perf_counter()
            made = gradients()
            times.append(time.perf_counter() - start)
        outcome = [float(number) for gradient in made for number in gradient]
        return Turn({"µs per op": statistics.median(times) / OPERATIONS * 1e6}, outcome)

    return turn


def with_vector(case: str) -> Measure:
    """The chain on the vector engine."""
    import numpy as np

    import vector

    tensors = [vector.tensor(np.array(x, np.float32), requires_grad=True) for x in (X, W, B)]
    seed = np.ones(4, np.float32)

    def gradients() -> list[Any]:
        for x in tensors:
            x.grad = None
        chain(tensors, np.tanh).backward(seed)
        return [x.grad for x in tensors]

    return timed(gradients)


def with_torch(case: str) -> Measure:
    """The chain in PyTorch."""
    import torch

    tensors = [torch.tensor(x, requires_grad=True) for x in (X, W, B)]
    seed = torch.ones(4)

    def gradients() -> list[Any]:
        for x in tensors:
            x.grad = None
        chain(tensors, torch.tanh).backward(seed)
        return [x.grad for x in tensors]

    return timed(gradients)


def with_autograd(case: str) -> Measure:
    """The chain in HIPS autograd."""
    import autograd.numpy
    import numpy as np

    arrays = [np.array(x, np.float32) for x in (X, W, B)]
    seed = np.ones(4, np.float32)

    def gradients() -> Any:
        backward, _ = autograd.make_vjp(lambda arguments: chain(arguments, autograd.numpy.tanh))(arrays)
        return backward(seed)

    return timed(gradients)


def with_mygrad(case: str) -> Measure:
    """The chain in MyGrad."""
    import numpy as np

    mygrad = import_module("mygrad")  # it does not say which of its names are meant for others

    tensors = [mygrad.tensor(np.array(x, np.float32)) for x in (X, W, B)]
    seed = np.ones(4, np.float32)

    def gradients() -> list[Any]:
        for x in tensors:
            x.null_grad()
        chain(tensors, mygrad.tanh).backward(seed)
        return [x.grad for x in tensors]

    return timed(gradients)


SUITE = Suite(
    title="The price of an operation",
    about=f"A chain of {OPERATIONS} products, sums, differences and tanh on arrays of 4 float32, forward and backward "
    f"to its three inputs; median of {REPETITIONS} in each turn. All must find the same gradients.",
    cases=[f"chain of {OPERATIONS} ops, arrays of 4"],
    contestants={"vector": with_vector, "torch": with_torch, "autograd": with_autograd, "mygrad": with_mygrad},
    ours=("vector",),
    rounds=15,
    targets=[AtMost("vector", 0.6, ["torch"], "µs per op")],
    tolerance=1e-5,
    pause=0.05,
)
